"""Bring a change up to a base that moved, by key: what both changed differently is a conflict.

Nobody's text is ever chosen over another's, and no byte is touched that neither changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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
    text, keys = _merge_parts(*(take_apart(path, text) for text in texts))
    return (ours if keys else text.encode()), keys


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
    clash = [key for key, raw in changed.items() if there.get(key) not in (before[key], raw)]
    return onto.put(changed), tuple(clash)
