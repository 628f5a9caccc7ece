"""Bring a catalog up to date with the source texts, by key.

Babel's own ``Catalog.update`` matches a message by its text and, when that fails, by likeness, so
that a rewritten sentence loses its translation and a new one inherits another question's. Here
the key (``msgctxt``) is the identity: a rewritten sentence keeps its translation, marked fuzzy,
with the former Dutch text beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import denormalize, read_po, write_po

from bot.content.source import SourceText

_PREVIOUS = re.compile(r'^\|\s*msgid\s+(".*)$', re.DOTALL)

# Babel has no rules for these and guesses Germanic ones. Source: Unicode CLDR 46, plural rules
# (ti: one is 0 and 1; so: one is 1; pap: one is 1).
PLURALS = {
    "ti": (2, "(n > 1)"),
    "so": (2, "(n != 1)"),
    "pap": (2, "(n != 1)"),
}

FOUNDED = datetime(2026, 11, 23, tzinfo=UTC)
"""Stands where Babel writes the time of extraction, so that a file changes only with its texts."""

MsgId: TypeAlias = str | tuple[str, ...]


def plural_of(language: str) -> tuple[int, str]:
    """Return the number of plural forms of a language and the expression that picks one."""
    catalog = Catalog(locale=language)
    return PLURALS.get(language, (catalog.num_plurals, catalog.plural_expr))


def merge(
    language: str, sources: Iterable[SourceText], old: Catalog | None, renamed: Mapping[str, str]
) -> Catalog:
    """Return a catalog with exactly the source texts, in their order, and the old translations.

    ``renamed`` maps the beginning of a former key to today's (``eten.honger`` to ``eten.intro``).
    What has no source any more is kept as obsolete: nobody's work is lost.
    """
    before = _by_key(old, renamed)
    new = Catalog(locale=language, project="Lucht", header_comment=_header(language), fuzzy=False)
    new._num_plurals, new._plural_expr = plural_of(language)  # type: ignore[assignment]
    new.creation_date = FOUNDED
    new.revision_date = old.revision_date if old is not None else FOUNDED
    for source in sources:
        _add(new, source, before.pop(source.key, None))
    for key, message in before.items():
        if _filled(message.string):
            new.obsolete[key] = message
    return new


def read_catalog(path: Path) -> Catalog:
    """Read a PO file, with the former texts of fuzzy messages where Babel leaves them out."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parts[-3])
    for message in catalog:
        found = [match for c in message.user_comments if (match := _PREVIOUS.match(c))]
        if found:
            message.previous_id = [denormalize(found[0][1])]
            message.user_comments = [c for c in message.user_comments if not _PREVIOUS.match(c)]
    return catalog


def write_catalog(file: IO[bytes], catalog: Catalog) -> None:
    """Write a PO file that changes only where a text changed: no dates, no line numbers."""
    write_po(file, catalog, width=100, include_lineno=False, include_previous=True)


def _by_key(old: Catalog | None, renamed: Mapping[str, str]) -> dict[str, Message]:
    if old is None:
        return {}
    known = [m for m in (*old, *old.obsolete.values()) if m.context]
    return {_renamed(str(message.context), renamed): message for message in known}


def _renamed(key: str, renamed: Mapping[str, str]) -> str:
    for former, present in renamed.items():
        if key.startswith(f"{former}."):
            return present + key.removeprefix(former)
    return key


def _add(new: Catalog, source: SourceText, old: Message | None) -> None:
    msgid: MsgId = source.text if isinstance(source.text, str) else tuple(source.text.values())
    empty: MsgId = "" if isinstance(msgid, str) else ("",) * new.num_plurals
    kept = old.string if old is not None and _same_shape(old.string, empty) else empty
    changed = old is not None and old.id != msgid and _filled(kept)
    flags = {"fuzzy"} if changed or (old is not None and old.fuzzy and _filled(kept)) else set()
    previous = ([old.id] if changed else old.previous_id) if old is not None and flags else []
    new.add(
        msgid,
        kept,
        locations=[(source.file, None)],  # type: ignore[list-item]
        flags=flags,
        auto_comments=[source.note] if source.note else [],
        user_comments=old.user_comments if old is not None else (),
        previous_id=[_single(one) for one in previous],
        context=source.key,
    )


def _filled(string: object) -> bool:
    return any(string) if isinstance(string, (str, tuple, list)) else False


def _same_shape(one: object, other: MsgId) -> bool:
    return isinstance(one, str) == isinstance(other, str)


def _single(msgid: MsgId | list[str]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]


def _header(language: str) -> str:
    return (
        f"# Lucht in {language}. The key of a text is its msgctxt; the Dutch text is its msgid.\n"
        "# Status and fallback of the language: locales/languages.yaml."
    )
