"""A chat of a preview, played from nothing: somebody, somewhere, and what they pressed and typed.

Pure, in the real engine: nothing is kept between two looks, the moves are played again each time.
A move is an option's own id (it stays when words change), a wish (``!help``), or ``>typed words``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot.content.transcripts import option_of, press
from bot.engine.model import Release, Target
from bot.engine.session import Message, Position, Reply, Session, Text, Turn
from bot.engine.turn import open_at, take_turn
from bot.wording import Bubble, speak

MOST_MOVES = 60
LONGEST_MOVE = 300


@dataclass(frozen=True, slots=True)
class Scene:
    """Who plays what: ``known`` is what they have told before, ``step`` where they come in."""

    conversation: str
    step: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    language: str = "nl"
    channel: str = "web"
    moves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A bubble with the key of its text; no key where it shows a service."""

    bubble: Bubble
    key: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Pressable:
    """A button: the move that presses it, its words and the key of its words."""

    move: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Act:
    """One turn: what the person said (nothing at first), and what was answered."""

    mine: str
    said: tuple[Said, ...]
    buttons: tuple[Pressable, ...]
    visited: tuple[Position, ...]
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class Played:
    """A chat. ``stopped`` says that a move is no longer possible; ``broken`` that nothing is."""

    acts: tuple[Act, ...]
    stopped: bool = False
    broken: bool = False
    ended: bool = False

    @property
    def visited(self) -> tuple[Position, ...]:
        """Every step that was walked."""
        return tuple(position for act in self.acts for position in act.visited)


def play(release: Release, scene: Scene, now: datetime) -> Played:
    """Play a scene to where it can be played; never raises for a script that is not whole."""
    acts: list[Act] = []
    try:
        turn = _opened(release, scene, now)
        acts.append(_act(release, turn, now, ""))
        for move in scene.moves[:MOST_MOVES]:
            message = _message(turn.reply, move)
            if message is None:
                return Played(tuple(acts), stopped=True)
            mine = _words(acts[-1], move)
            turn = take_turn(release, turn.session, message, now)
            acts.append(_act(release, turn, now, mine))
    except (KeyError, RuntimeError, StopIteration):
        return Played(tuple(acts), broken=True)
    return Played(tuple(acts), ended=turn.reply.ended)


def _opened(release: Release, scene: Scene, now: datetime) -> Turn:
    session = Session(language=scene.language, channel=scene.channel, answers=dict(scene.known))
    return open_at(release, session, Target(scene.step, scene.conversation), now)


def _message(reply: Reply, move: str) -> Message | None:
    if move.startswith(">"):
        return Message(text=move[1 : LONGEST_MOVE + 1])
    if move.startswith("!"):
        return Message(choice=move)
    return press(reply, move)


def _words(act: Act, move: str) -> str:
    """Return what the person seems to have said: the words on the button, or what they typed."""
    if move.startswith(">"):
        return move[1 : LONGEST_MOVE + 1]
    return next((button.label for button in act.buttons if button.move == move), move)


def _act(release: Release, turn: Turn, now: datetime, mine: str) -> Act:
    spoken = speak(release, turn.session, now)
    shown = [choice for choice in turn.reply.choices if release.catalog.has(choice.text.key)]
    buttons = tuple(
        Pressable(option_of(button.id), button.label, choice.text.key)
        for choice, button in zip(shown, spoken.buttons, strict=True)
    )
    said = tuple(_said(release, turn, now))
    return Act(mine, said, buttons, turn.visited, spoken.language, spoken.direction)


def _said(release: Release, turn: Turn, now: datetime) -> Iterator[Said]:
    """Speak each item by itself, so that every bubble knows where its words come from."""
    for item in turn.reply.items:
        alone = msgspec.structs.replace(turn.reply, items=(item,), choices=())
        session = msgspec.structs.replace(turn.session, reply=alone)
        key = item.key if isinstance(item, Text) else ""
        service = "" if isinstance(item, Text) else item.service
        yield from (Said(b, key, service) for b in speak(release, session, now).bubbles)
