"""A release with one file of words changed, at once: everything else is what was compiled before.

For the preview of a draft. The ear is not trained anew: what people type leads where it led.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.catalog import SOURCE, Catalog, Forms
from bot.content.conversations import Script
from bot.content.load import Content
from bot.content.source import SourceText


def with_script(content: Content, script: Script) -> Content:
    """Return the content with a conversation in the place of the one of the same file."""
    name = script.conversation.id
    scripts = {**content.scripts, name: script}
    return _with(content, scripts, _replaced(content.sources, script))


def without_script(content: Content, file: str) -> Content:
    """Return the content without the conversation of a file."""
    scripts = {name: script for name, script in content.scripts.items() if script.file != file}
    return _with(content, scripts, tuple(s for s in content.sources if s.file != file))


def with_catalog(content: Content, language: str, texts: Mapping[str, Forms]) -> Content:
    """Return the content with other translations in one language."""
    catalog = content.release.catalog
    names = {f"language.{code}": (known.name,) for code, known in catalog.languages.items()}
    changed = replace(catalog, texts={**catalog.texts, language: {**texts, **names}})
    return replace(content, release=replace(content.release, catalog=changed))


def _replaced(sources: tuple[SourceText, ...], script: Script) -> tuple[SourceText, ...]:
    """Put the texts of a script where those of its file stood."""
    at = next((n for n, s in enumerate(sources) if s.file == script.file), len(sources))
    before = tuple(s for s in sources[:at] if s.file != script.file)
    after = tuple(s for s in sources[at:] if s.file != script.file)
    return (*before, *script.sources, *after)


def _with(
    content: Content, scripts: Mapping[str, Script], sources: tuple[SourceText, ...]
) -> Content:
    conversations = {name: script.conversation for name, script in scripts.items()}
    catalog = _spoken(content.release.catalog, content.sources, sources)
    release = replace(content.release, conversations=conversations, catalog=catalog)
    return replace(content, release=release, scripts=scripts, sources=sources)


def _spoken(catalog: Catalog, old: tuple[SourceText, ...], new: tuple[SourceText, ...]) -> Catalog:
    texts = dict(catalog.texts[SOURCE])
    for source in {s.key for s in old} - {s.key for s in new}:
        texts.pop(source, None)
    texts |= {s.key: _forms(s) for s in new}
    return replace(catalog, texts={**catalog.texts, SOURCE: texts})


def _forms(source: SourceText) -> Forms:
    return (source.text,) if isinstance(source.text, str) else tuple(source.text.values())
