"""Two versions of a file beside each other: where they differ, somebody chooses.

For what cannot be brought together by key, such as a new step on both sides. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LIVE, MINE, BOTH = "live", "mine", "both"
CHOICES = (LIVE, MINE, BOTH)

_NEAR = 3
"""Equal lines between two differences that are shown as one: a choice should read as a whole."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are the same in both versions, or differ."""

    live: tuple[str, ...]
    mine: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Say whether there is nothing to choose."""
        return self.live == self.mine

    def chosen(self, choice: str) -> tuple[str, ...]:
        """Return the lines of a choice; what is the same needs none."""
        if self.same or choice == LIVE:
            return self.live
        if choice == MINE:
            return self.mine
        # The last line of a file may lack its end.
        whole = tuple(line if line.endswith("\n") else f"{line}\n" for line in self.live)
        return whole + self.mine


def blocks(live: str, mine: str) -> tuple[Block, ...]:
    """Cut two versions into blocks; those that are the same and those that differ alternate."""
    ours, theirs = live.splitlines(keepends=True), mine.splitlines(keepends=True)
    found: list[Block] = []
    for block in _cut(ours, theirs):
        if found and not (found[-1].same or block.same):
            last = found.pop()
            block = Block(last.live + block.live, last.mine + block.mine)
        found.append(block)
    return tuple(found)


def _cut(live: Sequence[str], mine: Sequence[str]) -> Iterator[Block]:
    codes = SequenceMatcher(None, live, mine, autojunk=False).get_opcodes()
    for number, (kind, a, b, c, d) in enumerate(codes):
        here, there = tuple(live[a:b]), tuple(mine[c:d])
        between = 0 < number < len(codes) - 1
        if kind == "equal" and between and b - a < _NEAR:
            # Joined with its neighbours; kept apart from `same` by having a different other side.
            yield from _glue(here, there)
        else:
            yield Block(here, there)


def _glue(live: tuple[str, ...], mine: tuple[str, ...]) -> Iterator[Block]:
    yield Block(live, ())
    yield Block((), mine)


def joined(parts: Sequence[Block], choices: Sequence[str]) -> str:
    """Return the file that the choices make, one for each block that differs, in order.

    Raises `ValueError` when a choice is missing or unknown: nobody's text is chosen by itself.
    """
    differing = sum(not part.same for part in parts)
    if len(choices) != differing or set(choices) - set(CHOICES):
        raise ValueError("one choice for each difference")
    left = iter(choices)
    lines = [line for part in parts for line in part.chosen("" if part.same else next(left))]
    return "".join(lines)
