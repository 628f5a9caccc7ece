"""Play the tests of the scripts on two releases, side by side, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.content.conversations import Transcript
from bot.content.transcripts import NOON, begin, press
from bot.engine.model import Release
from bot.engine.session import Message, Turn
from bot.engine.turn import take_turn
from bot.wording import speak

STOPS = "⨯"
"""Ends a side on which the next move is no longer possible."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A test that goes differently: its conversation, its moves, and both sides in lines."""

    conversation: str
    play: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]


def replay(
    old: Release, new: Release, tests: Iterable[Transcript], now: datetime = NOON
) -> tuple[Replayed, ...]:
    """Return the tests that do not say the same on both releases, in Dutch."""
    found = []
    for test in tests:
        before, after = tuple(lines(old, test, now)), tuple(lines(new, test, now))
        if before != after:
            found.append(Replayed(test.conversation, test.play, before, after))
    return tuple(found)


def lines(release: Release, test: Transcript, now: datetime) -> Iterator[str]:
    """Yield what a test says and hears, line by line; nothing when its conversation is not there.

    A release that cannot play the test to its end stops with `STOPS`.
    """
    if test.conversation not in release.conversations:
        return
    turn = begin(release, test, now)
    yield from _said(release, turn, now)
    for move in test.play:
        typed = move.startswith(">")
        message = Message(text=move[1:]) if typed else press(turn.reply, move)
        if message is None:
            yield STOPS
            return
        yield f"> {move.removeprefix('>')}"
        turn = take_turn(release, turn.session, message, now)
        yield from _said(release, turn, now)


def _said(release: Release, turn: Turn, now: datetime) -> Iterator[str]:
    spoken = speak(release, turn.session, now)
    yield from (bubble.text for bubble in spoken.bubbles)
    if spoken.buttons:
        yield " ".join(f"[{button.label}]" for button in spoken.buttons)
