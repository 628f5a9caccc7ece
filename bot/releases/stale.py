"""A Dutch text changed: what becomes of its translations.

"Spelling only" leaves them as they are. "Meaning changed" marks them stale (fuzzy, with the former
Dutch text beside them): still served, listed for translators, and in the way of publishing where
the text is critical. Only the entries of these keys are touched, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from babel.messages.pofile import denormalize, normalize

from bot.releases.parts import take_apart

SPELLING, MEANING = "spelling", "meaning"
WIDTH = 100

_FLAGS = re.compile(r"^#,.*$", re.MULTILINE)
_PREVIOUS = re.compile(r"^#\| .*\n", re.MULTILINE)
_MSGID = re.compile(r'^msgid ((?:".*"\n?)+)', re.MULTILINE)
_MSGSTR = re.compile(r'^msgstr ((?:".*"\n?)+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A Dutch text that changed, and what its author says of it."""

    key: str
    new: str
    sort: str


def follow(po: str, rewritten: Mapping[str, Rewritten]) -> str:
    """Return a catalog in which entries follow their Dutch texts.

    Entries without a translation get the new Dutch text alone; plural texts are left to
    ``lucht extract``.
    """
    parts = take_apart("x.po", po)
    changed = {
        key: _entry(entry, rewritten[key])
        for key, entry in parts.values.items()
        if key in rewritten and _MSGID.search(entry) and "msgid_plural" not in entry
    }
    return parts.put(changed)


def stale_keys(po: str) -> tuple[str, ...]:
    """Return the keys whose translation is marked stale."""
    return tuple(key for key, entry in take_apart("x.po", po).values.items() if _is_stale(entry))


def _entry(entry: str, text: Rewritten) -> str:
    former = _MSGID.search(entry)
    if former is None or denormalize(former[1]) == text.new:
        return entry
    msgid = f"msgid {normalize(text.new, width=WIDTH)}\n"
    renewed = _MSGID.sub(lambda _: msgid, entry, count=1)
    return _marked(renewed, former[0]) if text.sort == MEANING and _filled(entry) else renewed


def _marked(entry: str, former: str) -> str:
    """Mark an entry stale; the text it was translated from stands beside it."""
    lines = former.rstrip("\n").splitlines()
    note = "".join(f"#| {line}\n" for line in lines)
    if not _is_stale(entry):
        flags = _FLAGS.search(entry)
        if flags:
            entry = entry.replace(flags[0], flags[0].replace("#,", "#, fuzzy,", 1), 1)
        else:
            note = f"#, fuzzy\n{note}"
    # Somebody who has not translated the text before last still needs the first of them.
    return entry if _PREVIOUS.search(entry) else entry.replace("msgctxt ", f"{note}msgctxt ", 1)


def _is_stale(entry: str) -> bool:
    flags = _FLAGS.search(entry)
    return flags is not None and "fuzzy" in flags[0]


def _filled(entry: str) -> bool:
    found = _MSGSTR.search(entry)
    return found is not None and bool(denormalize(found[1]))
