"""Kill the running product at random instants: no effect is lost, and none happens twice."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.content.load import Content
from bot.engine.session import Message, Session
from bot.engine.turn import take_turn
from bot.handlers.updates import render
from bot.privacy.keys import KeyRing
from bot.record import Record, open_record
from bot.store.live import LiveStore
from bot.wording import speak
from tests.conftest import NOON
from tests.process.conftest import Served, served
from tests.telegram.fake_api import FakeApi, Person

pytestmark = pytest.mark.slow

CHATS = range(70_000_000_001, 70_000_000_009)
TYPED = ("ik heb honger", "terug", "7411 KT", "hoi")


@dataclass
class Expected:
    """What must become of a chat when every update has exactly one effect."""

    session: Session = field(default_factory=lambda: Session(channel="telegram"))
    texts: list[str] = field(default_factory=list)

    def take(self, content: Content, message: Message) -> None:
        """Take the turn as the engine does, and note what is to be on the screen."""
        turn = take_turn(content.release, self.session, message, NOON)
        self.session = turn.session
        if turn.reply.items:
            spoken = speak(content.release, self.session, NOON)
            self.texts += [str(payload["text"]) for payload in render(spoken)]


def talk(content: Content, api: FakeApi, turns: int, dice: random.Random) -> dict[int, Expected]:
    """Let everybody press and type; nothing waits for an answer. Return what must come of it."""
    expected: dict[int, Expected] = defaultdict(Expected)
    for _ in range(turns):
        chat = dice.choice(CHATS)
        here, person = expected[chat], Person(api, chat)
        choices = [c.id for c in here.session.reply.choices if c.id != "!erase"]
        if choices and dice.random() < 0.8:
            person.forge(pressed := dice.choice(choices))
            here.take(content, Message(choice=pressed, language="nl"))
        else:
            person.type(typed := dice.choice(TYPED))
            here.take(content, Message(text=typed, language="nl"))
    return expected


async def play(
    content: Content, process: Served, api: FakeApi, turns: int, kills: int, webhook: bool
) -> dict[int, Expected]:
    """Talk, and kill the process again and again while updates are under way."""
    dice = random.Random(turns)
    settings = {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_URL": api.url}
    if webhook:
        settings["LUCHT_PUBLIC_URL"] = "https://lucht.example"
        api.send_to = f"{process.url}/telegram"
    expected = talk(content, api, turns, dice)
    for left in range(kills, 0, -1):
        await process.start(**settings)
        # So many are answered in each life that some are left for the last.
        goal = len(api.waiting()) * (left - 1) // left + dice.randrange(4)
        await api.until(lambda goal=goal: len(api.waiting()) <= goal)  # type: ignore[misc]
        await asyncio.sleep(dice.uniform(0, 0.02))
        await process.end()
    await process.start(**settings)
    await api.settled()
    await process.end()
    # The sign of a button was taken away just before a kill; doing so again does no harm.
    api.problems = [one for one in api.problems if "query is too old" not in one]
    return expected


async def kept(folder: Path) -> dict[int, Record | None]:
    """Return what is in the row of every chat."""
    with KeyRing(folder / "keys") as ring:
        async with LiveStore.open(folder / "data" / "live.sqlite", ring) as store:
            rows = {chat: await store.load("telegram", str(chat)) for chat in CHATS}
    return {chat: open_record(row) if row else None for chat, row in rows.items()}


def in_order(wanted: list[str], screen: list[str]) -> bool:
    """Whether all that was wanted is there in its order, whatever stands between."""
    rest = iter(screen)
    return all(text in rest for text in wanted)


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_a_kill_at_any_instant_loses_nothing_and_repeats_nothing(
    real: Content, api: FakeApi, tmp_path: Path, webhook: bool
) -> None:
    """Every chat is where one effect of each update leads; every reply came, none is made up.

    A message may stand on the screen twice: Telegram cannot be asked whether it took one.
    """
    kills = 10
    async with served(tmp_path) as process:
        expected = await play(real, process, api, 240, kills, webhook)
    rows = await kept(tmp_path)
    again = 0
    for chat, wanted in expected.items():
        row = rows[chat]
        assert row is not None
        assert row.session == wanted.session
        assert (row.sent, row.late, row.erasing) == (True, (), False)
        screen = api.texts(chat)
        assert in_order(wanted.texts, screen)
        assert set(screen) <= set(wanted.texts)
        again += len(screen) - len(wanted.texts)
    assert again <= kills * len(CHATS) * 6


@pytest.mark.parametrize("mode", ["forgetful", "hasty"])
async def test_without_protection_the_same_kills_would_show(
    real: Content, api: FakeApi, tmp_path: Path, mode: str
) -> None:
    """Without seen-marks an effect happens twice; acknowledged before it is kept, it is lost."""
    async with served(tmp_path, mode) as process:
        expected = await play(real, process, api, 200, 8, True)
    rows = await kept(tmp_path)
    turns = [
        (row.session.turn if (row := rows[c]) else 0, e.session.turn) for c, e in expected.items()
    ]
    if mode == "forgetful":
        assert any(found > wanted for found, wanted in turns)
    else:
        assert any(found < wanted for found, wanted in turns)
