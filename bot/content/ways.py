"""The way to a step, in words: which steps, and which buttons somebody presses.

A moderator who reads that something is wrong at ``offers`` wants to know how people come there.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from bot.content.conversations import Script
from bot.content.load import Content
from bot.engine.model import Ask, Condition, Conversation, Step, Target, When, targets
from bot.engine.session import Position

ARROW = " -> "
_PROBLEM = re.compile(r"([^:]+):(\d+): ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button on the way, by the key of its text; ``place`` when a place was typed instead."""

    text: str = ""
    place: str = ""


Way: TypeAlias = tuple[Position | Pressed, ...]


class Words:
    """Says ways with the Dutch texts of a content."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.texts = {source.key: source.text for source in content.sources}

    def way(self, way: Iterable[Position | Pressed]) -> str:
        """Return steps by their ids and buttons by their words, in order."""
        return ARROW.join(filter(None, map(self._move, way)))

    def _move(self, move: Position | Pressed) -> str:
        if isinstance(move, Position):
            return move.step
        if move.place:
            return f'"{self.town(move.place)}"'
        return self.button(move.text)

    def button(self, key: str) -> str:
        """Return the words of a button; nothing when it has none."""
        text = self.texts.get(key, "")
        return f'"{text}"' if isinstance(text, str) and text else ""

    def town(self, code: str) -> str:
        """Return the name of a municipality for its code."""
        found = self.content.release.directory.places.municipalities.get(code)
        return found.name if found else code

    def towards(self, conversation: Conversation, step: str) -> str:
        """Return the shortest way to a step from where its conversation begins."""
        for start in (conversation.start, *self._entries(conversation.id)):
            found = _shortest(conversation, start, step)
            if found:
                return self._told(conversation, found)
        return ""

    def _told(self, conversation: Conversation, way: tuple[str, ...]) -> str:
        moves = [way[0]]
        for here, there in pairwise(way):
            moves += [*self._by(conversation.steps[here], there), there]
        return ARROW.join(moves)

    def _by(self, step: Step, there: str) -> Iterator[str]:
        """Say what makes a step lead to another one: a button, or what is known of somebody."""
        if isinstance(step, Ask):
            buttons = (o.text for o in step.options.values() if o.goto == Target(there))
            yield from filter(None, [self.button(next(buttons, ""))])
        elif isinstance(step, When):
            cases = (case for case, target in step.branches if target == Target(there))
            yield from filter(None, [_case(next(cases, {}))])

    def _entries(self, name: str) -> list[str]:
        """Return the steps at which other conversations enter this one."""
        others = (s.conversation for s in self.content.scripts.values())
        goals = (t for other in others for step in other.steps.values() for t in targets(step))
        return [target.step for target in goals if target.conversation == name and target.step]


def _case(case: Condition) -> str:
    said = (f"{name} is {' or '.join(values)}" for name, values in case.items())
    return f"({', '.join(said)})" if case else ""


def _shortest(conversation: Conversation, start: str, step: str) -> tuple[str, ...]:
    """Return the step ids of the shortest way within a conversation; nothing when there is none."""
    waiting: deque[tuple[str, ...]] = deque([(start,)])
    seen = {start}
    while waiting:
        way = waiting.popleft()
        if way[-1] == step:
            return way
        here = conversation.steps.get(way[-1])
        for target in targets(here) if here else ():
            if not target.conversation and not target.is_end and target.step not in seen:
                seen.add(target.step)
                waiting.append((*way, target.step))
    return ()


def with_ways(content: Content, problems: Iterable[str]) -> Iterator[str]:
    """Add the way to the step to each problem that stands in one and does not tell it yet."""
    words = Words(content)
    scripts = {script.file: script for script in content.scripts.values()}
    for problem in problems:
        way = "" if ARROW in problem else _way(words, scripts, problem)
        yield f"{problem} (on the way {way})" if way else problem


def _way(words: Words, scripts: Mapping[str, Script], problem: str) -> str:
    place = _PROBLEM.match(problem)
    script = scripts.get(place[1]) if place else None
    if script is None or place is None:
        return ""
    step = _step_at(script, int(place[2]))
    way = words.towards(script.conversation, step) if step else ""
    return way if ARROW in way else ""


def _step_at(script: Script, line: int) -> str:
    """Return the step in which a line stands; nothing when it stands outside the steps."""
    above = [(first, name) for name, first in script.lines.items() if first <= line]
    return max(above)[1] if above and line <= script.last else ""
