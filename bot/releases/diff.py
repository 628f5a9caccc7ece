"""What differs between two releases: per file in lines, per text in words.

A reviewer reads this and nothing else, so everything that differs is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import blake2b
from typing import TypeAlias

from bot.catalog import SOURCE, Catalog, Forms
from bot.releases.parts import take_apart
from bot.releases.rebase import Edits
from bot.releases.tree import Files, blob_id

Piece: TypeAlias = tuple[str, str]
"""``same``, ``out`` or ``in``, and the words or lines it is about."""

AROUND = 3
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs. ``kind`` is ``added``, ``removed`` or ``changed``."""

    path: str
    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that differs in one language; ``""`` where there is none."""

    language: str
    key: str
    old: str
    new: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the words that go out and come in."""
        return tuple(_pieces(_WORDS.findall(self.old), _WORDS.findall(self.new)))


def compare_files(old: Files, new: Files) -> tuple[FileChange, ...]:
    """Return every file that differs, with the lines that do and some lines around them."""
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before != after:
            kind = "added" if before is None else "removed" if after is None else "changed"
            found.append(FileChange(path, kind, _lines(before or b"", after or b"")))
    return tuple(found)


def compare_texts(old: Catalog, new: Catalog) -> tuple[TextChange, ...]:
    """Return every text that differs, the Dutch ones first."""
    languages = dict.fromkeys([SOURCE, *new.texts, *old.texts])
    return tuple(
        change
        for code in languages
        for change in _texts(code, old.texts.get(code, {}), new.texts.get(code, {}))
    )


def change_id(base: Files, edits: Edits) -> str:
    """Return the hash of what a draft changes: approval is bound to it.

    Values that change in a file by key, old and new, count by themselves: they stay the same
    change when the rest of the file moves. Anything else binds to both whole files.
    """
    sums = blake2b(digest_size=32)
    for path in sorted(edits):
        for line in (path, *_change(path, base.get(path), edits[path])):
            sums.update(f"{len(line.encode())} {line}\n".encode())
    return sums.hexdigest()


def _change(path: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    keys = changed_parts(path, old, new)
    if keys is None:
        yield from ("whole", _named(old), _named(new))
        return
    yield "parts"
    for key, (before, after) in sorted(keys.items()):
        yield from (key, before, after)


def changed_parts(
    path: str, old: bytes | None, new: bytes | None
) -> Mapping[str, tuple[str, str]] | None:
    """Return the raw values that differ by key, or None when more than values differs."""
    if old is None or new is None:
        return None
    try:
        before, after = take_apart(path, old.decode()), take_apart(path, new.decode())
    except UnicodeDecodeError:
        return None
    if not before.spans or before.frame != after.frame:
        return None
    pairs = {key: (raw, after.values[key]) for key, raw in before.values.items()}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _named(content: bytes | None) -> str:
    return "none" if content is None else blob_id(content)


def _texts(
    language: str, old: Mapping[str, Forms], new: Mapping[str, Forms]
) -> Iterator[TextChange]:
    for key in (*new, *(key for key in old if key not in new)):
        if old.get(key) != new.get(key):
            before, after = old.get(key, ()), new.get(key, ())
            yield TextChange(language, key, " / ".join(before), " / ".join(after))


def _lines(old: bytes, new: bytes) -> tuple[Piece, ...]:
    before, after = (text.decode(errors="replace").splitlines(True) for text in (old, new))
    return tuple(_shortened(list(_pieces(before, after))))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
            continue
        if a < b:
            yield "out", "".join(old[a:b])
        if c < d:
            yield "in", "".join(new[c:d])


def _shortened(pieces: list[Piece]) -> Iterator[Piece]:
    """Leave out lines that are far from any change."""
    for number, (kind, text) in enumerate(pieces):
        lines = text.splitlines(True)
        if kind != "same" or len(lines) <= 2 * AROUND:
            yield kind, text
            continue
        first, last = number == 0, number == len(pieces) - 1
        head = [] if first else lines[:AROUND]
        tail = [] if last else lines[-AROUND:]
        yield "same", "".join([*head, "…\n", *tail])
