"""Bring a change up to a base that moved, by key: what both changed differently is a conflict.

Nobody's text is ever chosen over another's, and no byte is touched that neither changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.releases.entries import Entries, take_entries
from bot.releases.parts import Parts, take_apart
from bot.releases.tree import Files

WHOLE = "*"
"""Stands for the key where a file as a whole is in conflict."""

Edits: TypeAlias = Mapping[str, bytes | None]
"""What a draft makes of files: new content, or None for a file that is removed."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key of a file that two people changed differently since they last agreed."""

    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Rebased:
    """Edits on the new base. A file in conflict keeps the draft's own content."""

    edits: Edits
    conflicts: tuple[Conflict, ...] = field(default=())


def rebase(base: Files, edits: Edits, moved: Files) -> Rebased:
    """Return the edits of a draft on ``base`` as edits on ``moved``, which replaced it."""
    result: dict[str, bytes | None] = {}
    conflicts: list[Conflict] = []
    for path, ours in edits.items():
        merged, keys = merge(path, base.get(path), ours, moved.get(path))
        conflicts += (Conflict(path, key) for key in keys)
        if merged != moved.get(path):
            result[path] = merged
    return Rebased(result, tuple(conflicts))


def merge(
    path: str, base: bytes | None, ours: bytes | None, theirs: bytes | None
) -> tuple[bytes | None, tuple[str, ...]]:
    """Merge two versions of a file that come from the same base; return the keys in conflict."""
    if ours in (base, theirs):
        return theirs, ()
    if theirs == base:
        return ours, ()
    if base is None or ours is None or theirs is None:
        return ours, (WHOLE,)
    try:
        texts = [content.decode() for content in (base, ours, theirs)]
    except UnicodeDecodeError:
        return ours, (WHOLE,)
    entries = [take_entries(path, text) for text in texts]
    if all(entries):
        text, keys = _merge_entries(path, *filter(None, entries))
    else:
        text, keys = _merge_parts(*(take_apart(path, text) for text in texts))
    return (ours if keys else text.encode()), keys


def _merge_entries(
    path: str, base: Entries, ours: Entries, theirs: Entries
) -> tuple[str, tuple[str, ...]]:
    """Merge the directory entry by entry: two people who keep two of them never meet."""
    head, clash = _either(base.head, ours.head, theirs.head)
    blocks: dict[str, str] = {}
    keys = [WHOLE] if clash else []
    for name in _in_order(base, ours, theirs):
        versions = [one.blocks.get(name, "") for one in (base, ours, theirs)]
        block, clash = _either(*versions)
        if clash and all(versions):
            block, inner = _merge_values(path, *versions)
            clash = bool(inner)
        keys += [name] if clash else []
        if block:
            blocks[name] = block
    if not blocks:
        return "", (WHOLE,)
    return theirs.with_blocks(head, list(blocks.values())), tuple(keys)


def _in_order(base: Entries, ours: Entries, theirs: Entries) -> list[str]:
    """Return every id: in their order, with what we added behind what it stands behind here."""
    order, before = list(theirs.blocks), ""
    for name in ours.blocks:
        if name not in order and name not in base.blocks:
            order.insert(order.index(before) + 1 if before in order else len(order), name)
        before = name
    return [*order, *(name for name in base.blocks if name in ours.blocks and name not in order)]


def _either(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """Return the version that changed, and whether both did, differently."""
    before, mine, their = (text.rstrip("\n") for text in (base, ours, theirs))
    if mine in (before, their):
        return theirs, False
    return ours, their != before


def _merge_values(path: str, base: str, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
    """Merge two versions of one entry in which values changed and nothing else."""
    parts = [take_apart(path, text) for text in (base, ours, theirs)]
    frames = {one.frame for one in parts}
    return _put(*parts) if parts[0].spans and len(frames) == 1 else (ours, (WHOLE,))


def _merge_parts(base: Parts, ours: Parts, theirs: Parts) -> tuple[str, tuple[str, ...]]:
    """Put the changes of whoever changed values alone into the other's text."""
    if not base.spans:
        return ours.text, (WHOLE,)
    frame = base.frame
    if ours.frame == frame:
        return _put(base, ours, theirs)
    if theirs.frame == frame:
        return _put(base, theirs, ours)
    return ours.text, (WHOLE,)


def _put(base: Parts, values: Parts, onto: Parts) -> tuple[str, tuple[str, ...]]:
    before, there = base.values, onto.values
    changed = {key: raw for key, raw in values.values.items() if raw != before[key]}
    numbered, now = _numbered(before), _numbered(there)
    moved = {name for name in {*numbered, *now} if numbered.get(name) != now.get(name)}
    clash = [
        key
        for key, raw in changed.items()
        if there.get(key) not in (before[key], raw) or any(key.startswith(one) for one in moved)
    ]
    return onto.put(changed), tuple(clash)


def _numbered(values: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the lists whose items are known by their number, with the numbers they have.

    In a list that became longer or shorter a number is no longer the same item.
    """
    found: dict[str, set[str]] = {}
    for key in values:
        names = key.split(".")
        for at, name in enumerate(names):
            if name.isdecimal():
                found.setdefault(".".join(names[:at]) + ".", set()).add(name)
    return found
