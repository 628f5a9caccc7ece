"""Play the tests that stand in the scripts, in the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.content.conversations import Transcript
from bot.content.strict import problem
from bot.engine.model import Release, Target
from bot.engine.session import Message, Reply, Session, Shown, Turn
from bot.engine.turn import open_at, take_turn

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
"""A Tuesday at noon, for tests that do not care about the hour."""


def failures(release: Release, tests: tuple[Transcript, ...]) -> Iterator[str]:
    """Play every test; yield what did not happen as ``file:line: what, and what to do``."""
    for test in tests:
        try:
            missed = list(play(release, test))
        except (KeyError, RuntimeError) as error:
            missed = [f"stops with {type(error).__name__} at {error}"]
        for text in missed:
            yield problem(test.file, test.line, f"test of {test.conversation}: {text}")


def play(release: Release, test: Transcript, now: datetime = NOON) -> Iterator[str]:
    """Play one test; yield each expectation that was not met."""
    turn = begin(release, test, now)
    seen = _Seen()
    seen.add(turn)
    for move in test.play:
        message = Message(text=move[1:]) if move.startswith(">") else press(turn.reply, move)
        if message is None:
            buttons = ", ".join(option_of(choice.id) for choice in turn.reply.choices)
            yield f"'{move}' is no button at '{_waiting(turn)}'; the buttons are: {buttons}"
            return
        turn = take_turn(release, turn.session, message, now)
        seen.add(turn)
    way = f"on the way {' -> '.join(seen.steps)}"
    shown = f"it shows {', '.join(sorted(seen.shown)) or 'nothing'}"
    yield from (f"never visits '{step}' {way}" for step in test.visits if step not in seen.steps)
    for service in test.shows:
        if service not in seen.shown:
            yield f"never shows '{service}' {way}; {shown}: give it back, or mend the test"
    yield from (f"never says {key} {way}" for key in test.says if key not in seen.said)


@dataclass
class _Seen:
    """What the turns of a test touched: steps, services and texts."""

    steps: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)

    def add(self, turn: Turn) -> None:
        self.steps += [position.step for position in turn.visited]
        for item in turn.reply.items:
            if isinstance(item, Shown):
                self.shown.add(item.service)
            else:
                self.said.add(item.key)


def begin(release: Release, test: Transcript, now: datetime) -> Turn:
    """Return the turn that opens a test's conversation for the person that is given."""
    known = dict(test.given)
    language, channel = known.pop("language", "nl"), known.pop("channel", "web")
    session = Session(language=language, channel=channel, answers=known)
    return open_at(release, session, Target(conversation=test.conversation), now)


def press(reply: Reply, option: str) -> Message | None:
    """Return the message of pressing an option by its own id, or None when it is no button."""
    for choice in reply.choices:
        if option in (option_of(choice.id), choice.id):
            return Message(choice=choice.id)
    return None


def option_of(choice: str) -> str:
    """Return the own id of the option that a button presses."""
    return choice.rpartition("~")[0].rpartition(".")[2] or choice


def _waiting(turn: Turn) -> str:
    return turn.session.stack[-1].step if turn.session.stack else "the end"
