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
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import IO, TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import normalize, read_po, unescape, write_po

from bot.content.source import SourceText

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PREVIOUS = re.compile(rf"(?:^|\s)msgid\s+({_QUOTED}(?:\s+{_QUOTED})*)")
_WIDTH = 100

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
            new.obsolete[key] = _as_translated(message)
    return new


def read_catalog(path: Path) -> Catalog:
    """Read a PO file, with the former texts of fuzzy messages, which Babel takes for comments."""
    return parse_catalog(path.parts[-3], path.read_text(encoding="utf-8"))


def parse_catalog(language: str, text: str, *, strict: bool = False) -> Catalog:
    """Read the text of a PO file as `read_catalog` reads a file.

    With ``strict``, raises `babel.messages.pofile.PoFileError` when it is none.
    """
    catalog = read_po(BytesIO(text.encode()), locale=language, abort_invalid=strict)
    lines = text.splitlines()
    for message in (*catalog, *catalog.obsolete.values()):
        message.user_comments = [c for c in message.user_comments if not c.startswith("|")]
        if former := _former_text(lines, message.lineno or 0):
            message.previous_id = [former]
    return catalog


def _former_text(lines: list[str], line: int) -> str:
    """Return what stands behind ``#|`` above a line, as gettext writes it or as Babel wraps it."""
    above = takewhile(str.strip, reversed(lines[: max(line - 1, 0)]))
    marked = [text[2:].strip() for text in above if text.startswith("#|")]
    found = _PREVIOUS.search(" ".join(reversed(marked)))
    return "".join(map(unescape, re.findall(_QUOTED, found[1]))) if found else ""


def write_catalog(file: IO[bytes], catalog: Catalog) -> None:
    """Write a PO file that changes only where a text changed: no dates, no line numbers."""
    whole = BytesIO()
    write_po(whole, catalog, width=_WIDTH, include_lineno=False)
    text = whole.getvalue().decode()
    for message in catalog:
        if message.previous_id:
            # Babel would wrap the former text as if it were prose, which no tool can read back.
            head = f"\nmsgctxt {normalize(str(message.context), width=_WIDTH)}\n"
            text = text.replace(head, f"\n{_former(message)}{head}", 1)
    file.write(text.encode())


def _former(message: Message) -> str:
    return f"#| msgid {normalize(_single(message.previous_id[0]), prefix='#| ', width=_WIDTH)}"


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


def _as_translated(message: Message) -> Message:
    """Return a message that goes, under the text that its translation belongs to.

    An obsolete message has no mark, so that it would come back as if it had been looked at.
    """
    if message.fuzzy and message.previous_id:
        former = message.previous_id[0]
        message.id = former if isinstance(message.id, str) else (former, *message.id[1:])
    return message


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
