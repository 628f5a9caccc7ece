"""Read ``locales/``: the languages, and one catalog of texts by key from all of them."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.catalog import SOURCE, Catalog, Forms, Language
from bot.content.merge import plural_of, read_catalog
from bot.content.source import SourceText
from bot.content.strict import Fields, read_yaml

DOMAIN = "lucht"


class Entry(NamedTuple):
    """Where a translation stands in its file, and whether its Dutch text changed since."""

    line: int
    stale: bool


Entries: TypeAlias = Mapping[tuple[str, str], Entry]
"""The translations by language and key."""


def po_path(folder: Path, language: str) -> Path:
    """Return where the catalog of a language stands."""
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_languages(folder: Path) -> tuple[dict[str, Language], list[str]]:
    """Read ``languages.yaml``, in its order."""
    block, problems = read_yaml(folder / "languages.yaml", "locales/languages.yaml")
    fields = Fields(block, "locales/languages.yaml", problems)
    languages = {code: _language(code, inner) for code, inner in fields.named("languages")}
    fields.done()
    for language in languages.values():
        for code in language.fallback:
            if code not in languages:
                fields.wrong(
                    f"'{language.code}' falls back to unknown '{code}'; add it or remove it"
                )
    if SOURCE not in languages:
        fields.wrong(f"'{SOURCE}' is missing; it is the language of the sources")
    return languages, problems


def _language(code: str, fields: Fields) -> Language:
    language = Language(
        code=code,
        name=fields.text("name", needed=True),
        direction=fields.one_of("direction", ("ltr", "rtl"), "ltr"),
        status=fields.one_of("status", ("source", "draft", "confirmed"), "draft"),
        fallback=fields.texts("fallback"),
        offered=fields.one_of("offered", ("yes", "no"), "yes") == "yes",
    )
    fields.done()
    return language


def build_catalog(
    folder: Path, languages: Mapping[str, Language], sources: Iterable[SourceText]
) -> tuple[Catalog, Entries]:
    """Return the texts of every language by key, and where each translation stands.

    Dutch comes from the sources themselves. Every language has the own name of every language, so
    that nobody reads it as a borrowed text.
    """
    texts: dict[str, dict[str, Forms]] = {code: {} for code in languages}
    texts[SOURCE] = {source.key: _forms(source) for source in sources}
    entries: dict[tuple[str, str], Entry] = {}
    for code in languages:
        path = po_path(folder, code)
        if code != SOURCE and path.is_file():
            usable = [message for message in read_catalog(path) if _usable(message)]
            texts[code] = {str(m.context): _strings(m) for m in usable}
            entries |= {(code, str(m.context)): Entry(m.lineno or 1, m.fuzzy) for m in usable}
    names = {f"language.{code}": (language.name,) for code, language in languages.items()}
    for own in texts.values():
        own.update(names)
    rules = {code: plural_rule(code) for code in languages}
    return Catalog(languages, texts, rules), entries


def texts_of(content: bytes, language: str) -> dict[str, Forms]:
    """Return the texts by key of a catalog that is no file (the console edits contents)."""
    return _texts(read_po(BytesIO(content), locale=language))


def _texts(catalog: Iterable[Message]) -> dict[str, Forms]:
    return {str(m.context): _strings(m) for m in catalog if _usable(m)}


def plural_rule(language: str) -> Callable[[int], int]:
    """Return the function that gives the index of the plural form for a number."""
    return gettext.c2py(plural_of(language)[1])


def _forms(source: SourceText) -> Forms:
    return (source.text,) if isinstance(source.text, str) else tuple(source.text.values())


def _strings(message: Message) -> Forms:
    string = message.string
    return (string,) if isinstance(string, str) else tuple(string or ())


def _usable(message: Message) -> bool:
    return bool(message.context) and all(_strings(message) or ("",))
