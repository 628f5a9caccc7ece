"""Rehearse a release: what happens to somebody who waits at a question of an older one.

Every position that the older release can leave somebody in is tried with the engine's own rule
for it. No session is read and nobody is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.engine.model import Ask, Release, Run
from bot.engine.session import Position, Session, Stack
from bot.engine.walk import Walk

GOES_ON, ASKED_AGAIN, MOVES = "on", "again", "moves"
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of somebody who waits at ``where``. ``to`` is where they are asked next."""

    where: Stack
    kind: str
    to: Position


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many positions go on as they are, and the fate of each other one."""

    unchanged: int
    changed: tuple[Fate, ...]


def positions(release: Release) -> Iterator[Stack]:
    """Yield every position at which a release can wait: questions, in parts by all their callers.

    A part that runs itself is followed once.
    """
    for name in release.conversations:
        yield from _below(release, (), name)


def rehearse(older: Iterable[Release], new: Release, now: datetime) -> Rehearsal:
    """Try every position of the older releases on the new one, each position once a wording."""
    unchanged = 0
    changed: dict[tuple[Stack, str], Fate] = {}
    seen: set[tuple[Stack, str]] = set()
    for release in older:
        for stack in positions(release):
            key = stack, _asked(release, stack)
            if key in seen:
                continue
            seen.add(key)
            fate = fate_of(stack, key[1], new, now)
            if fate.kind == GOES_ON:
                unchanged += 1
            else:
                changed[key] = fate
    return Rehearsal(unchanged, tuple(changed.values()))


def fate_of(stack: Stack, asked: str, new: Release, now: datetime) -> Fate:
    """Return what the engine does with somebody who waits at a question with a fingerprint."""
    walk = Walk(new, Session(stack=stack, asked=asked), now)
    walk.settle()
    settled = tuple(walk.stack)
    walk.resume()
    to = walk.stack[-1]
    if settled == stack and walk.asked == asked and tuple(walk.stack) == stack:
        return Fate(stack, GOES_ON, to)
    return Fate(stack, ASKED_AGAIN if to == stack[-1] else MOVES, to)


def by_conversation(rehearsal: Rehearsal) -> Mapping[str, tuple[Fate, ...]]:
    """Return the fates by the conversation in which somebody waits."""
    found: dict[str, list[Fate]] = {}
    for fate in rehearsal.changed:
        found.setdefault(fate.where[-1].conversation, []).append(fate)
    return {name: tuple(fates) for name, fates in sorted(found.items())}


def _below(release: Release, above: Stack, name: str) -> Iterator[Stack]:
    open_ = {position.conversation for position in above}
    if name in open_ or name not in release.conversations or len(above) >= _DEEPEST:
        return
    for step in release.conversations[name].steps.values():
        here = (*above, Position(name, step.id))
        if isinstance(step, Ask):
            yield here
        elif isinstance(step, Run):
            yield from _below(release, here, step.conversation)


def _asked(release: Release, stack: Stack) -> str:
    step = release.conversations[stack[-1].conversation].steps[stack[-1].step]
    return step.fingerprint if isinstance(step, Ask) else ""
