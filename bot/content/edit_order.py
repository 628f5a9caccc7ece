"""Edits of the order of a conversation: answers up and down, a step elsewhere, one more case.

As in `bot.content.edit`: the text of a file in, a text out that reads well, or an `EditError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.content.edit import edited
from bot.content.edit_tree import (
    EditError,
    case_of,
    check_target,
    set_way,
    step_of,
    steps_of,
    way_of,
    ways_of,
)
from bot.engine.model import END

MOST_CASES = 8


def move_option(text: str, step: str, option: str, by: int) -> str:
    """Move an answer up (-1) or down (1) among the others."""

    def change(root: CommentedMap) -> None:
        options = step_of(root, step).get("options")
        if not isinstance(options, CommentedMap) or option not in options:
            raise EditError("no_such_text")
        to = list(options).index(option) + by
        if not 0 <= to < len(options):
            raise EditError("no_further")
        _put_at(options, option, to)

    return edited(text, change)


def add_case(text: str, step: str, case: Mapping[str, Sequence[str]], target: str) -> str:
    """Add a case to a step that depends on something; it counts after those that are there."""

    def change(root: CommentedMap) -> None:
        cases = _cases(root, step)
        if len(cases) >= MOST_CASES:
            raise EditError("too_many_cases")
        check_target(root, target)
        cases.append(case_of(case, target))

    return edited(text, change)


def remove_case(text: str, step: str, way: str) -> str:
    """Take a case away (``when.0``); the last one goes with its step."""

    def change(root: CommentedMap) -> None:
        cases = _cases(root, step)
        if way not in ways_of(step_of(root, step)) or not way.startswith("when."):
            raise EditError("no_such_step")
        if len(cases) == 1:
            raise EditError("last_case")
        del cases[int(way.removeprefix("when."))]

    return edited(text, change)


def _cases(root: CommentedMap, step: str) -> CommentedSeq:
    cases = step_of(root, step).get("when")
    if not isinstance(cases, CommentedSeq):
        raise EditError("no_such_step")
    return cases


def move_step(text: str, step: str, to: str, way: str) -> str:
    """Put a step on another way: what led to it leads on, and it leads to where that way led.

    Without ``to`` it becomes the first of the conversation. Raises `EditError` (``moves_apart``)
    when it leads to several places: nobody can say which of them goes along.
    """

    def change(root: CommentedMap) -> None:
        moved = step_of(root, step)
        if to == step:
            raise EditError("no_such_step")
        before = step_of(root, to) if to else None
        if before is not None and way not in ways_of(before):
            raise EditError("no_such_step")
        _take_off(root, step, _onward(root, moved, step))
        target = way_of(before, way) if before is not None else str(root.get("start", ""))
        for own in list(_own_ways(root, moved)):
            set_way(*own, target)
        if before is not None:
            set_way(before, way, step)
        else:
            root["start"] = step
        names = [name for name in steps_of(root) if name != step]
        _put_at(steps_of(root), step, names.index(to) + 1 if to else 0)

    return edited(text, change)


def _onward(root: CommentedMap, moved: CommentedMap, step: str) -> str:
    """Return the one place to which a step leads."""
    targets = {way_of(*own) for own in _own_ways(root, moved)} - {step}
    if len(targets) != 1:
        raise EditError("moves_apart")
    return targets.pop()


def _own_ways(root: CommentedMap, moved: CommentedMap) -> Iterator[tuple[CommentedMap, str]]:
    """Yield the ways on which a step leads on; those of what a search says that finds nothing too.

    Such a step goes along when it leads on as the search itself does.
    """
    for way in list(ways_of(moved)):
        if way != "none":
            yield moved, way
            continue
        part = steps_of(root).get(way_of(moved, way))
        if part is not None and part.get("goto") == moved.get("goto"):
            yield part, "goto"


def _take_off(root: CommentedMap, step: str, onward: str) -> None:
    """Let everything that leads to a step lead on to where it leads."""
    if root.get("start") == step:
        if onward == END or onward.startswith("/"):
            raise EditError("first_step")
        root["start"] = onward
    for other in steps_of(root).values():
        for way in list(ways_of(other)):
            if way_of(other, way) == step:
                set_way(other, way, onward)


def _put_at(holder: CommentedMap, name: str, to: int) -> None:
    """Put a key at another place; a comment goes with what it stands behind."""
    comments = dict(holder.ca.items)
    value = holder.pop(name)
    holder.insert(to, name, value)
    holder.ca.items.update(comments)
