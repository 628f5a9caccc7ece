"""Undo and redo of one file in a draft, read from its edits: nothing is ever removed.

An undo is an edit like any other that puts the former content back. Letters typed one after the
other into the same text by the same person are taken back together. What was merged onto a new
base cannot be undone: it was somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.store.releases import Edit

UNDO, REDO = "undo", "redo"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a file: the number of its last edit, who made it, the file before and after."""

    number: int
    account: str
    kind: str
    before: str
    after: str


@dataclass(slots=True)
class History:
    """What can be undone and done again, nearest last."""

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)


def history(edits: Iterable[Edit], path: str, base: str) -> History:
    """Return the changes of a file. ``base`` names its content before the first of them."""
    found, here, typing = History(), base, False
    for edit in edits:
        if edit.path != path:
            continue
        _take(found, edit, here, typing)
        typing = edit.kind not in (UNDO, REDO)
        here = edit.blob
    return found


def _take(found: History, edit: Edit, here: str, typing: bool) -> None:
    if not edit.account:
        found.done.clear()
        found.undone.clear()
    elif edit.kind == UNDO and found.done:
        found.undone.append(found.done.pop())
    elif edit.kind == REDO and found.undone:
        found.done.append(found.undone.pop())
    else:
        found.undone.clear()
        _add(found.done, edit, here, typing)


def _add(done: list[Change], edit: Edit, here: str, typing: bool) -> None:
    last = done[-1] if done and typing else None
    if last and edit.kind and (last.kind, last.account) == (edit.kind, edit.account):
        done[-1] = replace(last, number=edit.number, after=edit.blob)
    else:
        done.append(Change(edit.number, edit.account, edit.kind, here, edit.blob))
