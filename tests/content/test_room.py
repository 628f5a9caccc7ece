"""Every record fits: what the checks find is never smaller than what a chat comes to hold."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from bot.content.load import Content
from bot.content.report import examine
from bot.content.room import Room, problems
from bot.engine.model import Interrupt
from bot.engine.session import (
    SESSION_BYTES,
    Message,
    Position,
    Session,
    Shown,
    Stack,
    Text,
)
from bot.engine.turn import take_turn
from tests.conftest import NIGHT, NOON, edit

DAYS = (NOON, NIGHT)
TYPED = ("ik heb honger", "ik wil dood", "Deventer", "Bergen", "7411KT", "xyzzy", "taal", "foto")


def anything(content: Content, session: Session, dice: random.Random) -> Message:
    """Return what somebody may do now: press, type, or wish for something."""
    wishes: list[Interrupt] = list(content.release.frame.interrupts.values())
    choices = session.reply.choices
    kind = dice.random()
    if kind < 0.6 and choices:
        return Message(choice=dice.choice(choices).id)
    if kind < 0.8:
        return Message(text=dice.choice(TYPED))
    return Message(command=dice.choice(wishes).id)


def sessions(content: Content, seed: int, turns: int) -> list[Session]:
    """Play at random; return every session on the way."""
    dice = random.Random(seed)
    session, found = Session(channel="telegram"), []
    for _ in range(turns):
        message = anything(content, session, dice)
        turn = take_turn(content.release, session, message, dice.choice(DAYS))
        session = turn.session
        found.append(session)
    return found


def without_back(session: Session) -> int:
    return len(msgspec.msgpack.encode(msgspec.structs.replace(session, back=session.back[-1:])))


@pytest.mark.parametrize("which", ["small", "real"])
def test_no_chat_holds_more_than_the_checks_say(which: str, request: pytest.FixtureRequest) -> None:
    """Two thousand random turns: each session is at most what was found for where it stands."""
    content: Content = request.getfixturevalue(which)
    bound: dict[Stack, int] = dict(Room(content).sizes())
    played = [s for seed in range(20) for s in sessions(content, seed, 100) if s.stack]
    assert len({session.stack for session in played}) >= 7
    for session in played:
        assert without_back(session) <= bound[session.stack], session.stack


def test_the_real_content_has_room_to_grow(real: Content) -> None:
    """No record comes near the end of its row."""
    assert max(size for _, size in Room(real).sizes()) <= SESSION_BYTES
    assert list(problems(real)) == []


def test_the_longest_way_is_what_can_be_said_at_once(small: Content) -> None:
    """From "no" to the question of the place; and past every search, with the most it can find."""
    ways = Room(small)._ways()
    told = [item.key for item in ways[stack("eten.where", "plaats.ask")] if isinstance(item, Text)]
    assert told == ["eten.now.say"]
    after = ways[stack("begin.more")]
    assert sum(isinstance(item, Shown) for item in after) == 2 + 2
    assert [item.key for item in after if isinstance(item, Text)] == [
        "eten.offers.say",
        "eten.keep.say",
    ]


def stack(*names: str) -> Stack:
    return tuple(Position(*name.split(".")) for name in names)


def test_a_loop_over_two_conversations_is_found(root: Path) -> None:
    """Neither file alone has it; walking it would never end."""
    edit(root, "conversations/eten.yaml", "wilt., goto: end}", "wilt., goto: /praten}")
    edit(root, "conversations/praten.yaml", "phone}.', goto: ask", "phone}.', goto: /eten.keep")
    (found,) = examine(root, NOON.date()).problems
    assert "a loop without a question: " in found
    assert "eten.keep" in found


def test_a_conversation_that_runs_itself_is_found(root: Path) -> None:
    """It would never come back."""
    edit(
        root,
        "conversations/shared/plaats.yaml",
        "goto: end}",
        "goto: again}",
    )
    text = (root / "conversations/shared/plaats.yaml").read_text()
    text = text.replace("steps:\n", "steps:\n  again: {run: shared/plaats, goto: end}\n", 1)
    (root / "conversations/shared/plaats.yaml").write_text(text)
    (found,) = examine(root, NOON.date()).problems
    assert "a loop without a question: " in found
