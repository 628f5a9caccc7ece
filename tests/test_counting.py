"""A live chat counts a choice after it is on disk: never twice, whatever comes again or dies."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import chat as live
from bot.chat import Chat, Outcome
from bot.content.load import Content
from bot.engine.session import Count, Message, Session, Turn
from bot.privacy.keys import KeyRing
from bot.store.live import LiveStore, StoreError
from tests.conftest import NOON, ROOT

NO = Count("eten.today", "no")


class Killed(BaseException):
    """The process is gone at this instant."""


class Person:
    """Somebody in Telegram, and the server that they talk to: it can die and start again."""

    def __init__(self, content: Content, folder: Path) -> None:
        self.content, self.folder = content, folder
        self.counts: list[Count] = []
        self.dies = False
        self.updates: list[Message] = []
        self.buttons: list[str] = []

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Chat]:
        with KeyRing(self.folder / "keys") as ring:
            async with LiveStore.open(self.folder / "live.sqlite", ring) as store:
                yield Chat(self.content.release, store, lambda: NOON, self._count)

    def _count(self, count: Count) -> None:
        if self.dies:
            raise Killed
        self.counts.append(count)

    async def say(self, **message: object) -> Outcome | None:
        self.updates.append(Message(**message))
        return await self.again()

    async def again(self) -> Outcome | None:
        """The last update, as it comes for the first time or once more."""
        async with self.server() as chat, chat.flight("telegram", "7") as flight:
            try:
                outcome = await flight.take(self.updates[-1], update=len(self.updates))
            except Killed:
                return None
        self.buttons += [button.id for button in outcome.spoken.buttons]
        return outcome

    async def choose(self, option: str) -> Outcome | None:
        return await self.say(choice=next(b for b in reversed(self.buttons) if f".{option}~" in b))


@pytest.fixture
async def asked(counting: Content, tmp_path: Path) -> Person:
    """Somebody before whom the question stands."""
    person = Person(counting, tmp_path)
    await person.say(text="ik heb honger")
    return person


async def test_a_choice_is_counted_when_it_is_on_disk(asked: Person) -> None:
    await asked.choose("no")
    assert asked.counts == [NO]


async def test_an_update_that_comes_again_counts_once(asked: Person) -> None:
    """The server starts anew in between, as it does after a crash."""
    await asked.choose("no")
    await asked.again()
    assert asked.counts == [NO]


async def test_what_dies_between_commit_and_count_is_lost_and_not_counted_twice(
    asked: Person,
) -> None:
    asked.dies = True
    await asked.choose("no")
    asked.dies = False
    await asked.again()
    await asked.say(command="terug")
    await asked.choose("yes")
    assert asked.counts == []


async def test_what_could_not_be_saved_is_counted_when_it_comes_again(
    asked: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail_once_at_saving(asked, monkeypatch)
    assert asked.counts == [NO]


async def fail_once_at_saving(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose on a full disk; Telegram brings the choice again."""
    with monkeypatch.context() as full:
        full.setattr(LiveStore, "save", fails)
        with pytest.raises(StoreError):
            await person.choose("no")
    await person.again()


async def fails(*_: object) -> None:
    raise StoreError("full")


async def test_counting_before_saving_would_count_twice(
    asked: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, without what protects: counted first, committed after."""

    def hasty(*given: object) -> Turn:
        turn = taken(*given)
        if turn.count:
            asked.counts.append(turn.count)
        return msgspec.structs.replace(turn, count=None)

    taken: Callable[..., Turn] = live.take_turn
    monkeypatch.setattr(live, "take_turn", hasty)
    await fail_once_at_saving(asked, monkeypatch)
    assert asked.counts == [NO, NO]


async def test_a_repeated_turn_of_the_web_counts_once(counting: Content, tmp_path: Path) -> None:
    person = Person(counting, tmp_path)
    async with person.server() as chat:
        for text, expected in (("ik heb honger", None), ("nee", 1), ("nee", 1)):
            async with chat.flight("web", "a") as flight:
                await flight.take(Message(text=text), expected=expected)
    assert person.counts == [NO]


def test_only_the_composition_root_hands_the_tally_to_a_chat() -> None:
    """Preview, rehearsal, terminal and tests of scripts take turns too, and reach no counter."""
    files = (ROOT / "bot").rglob("*.py")
    named = {path.name for path in files if re.search(r"\bTally\b|\bTALLY\b", path.read_text())}
    assert named == {"app.py", "keys.py", "tally.py"}


async def presses_often(person: Person) -> None:
    """Thirty times back and the same choice again."""
    for _ in range(30):
        await person.choose("no")
        await person.say(command="terug")


async def test_attack_one_person_alone_makes_no_majority(asked: Person) -> None:
    await presses_often(asked)
    assert asked.counts == [NO]


async def test_without_a_mark_in_the_session_one_person_makes_a_majority(
    asked: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: Callable[..., Turn] = live.take_turn

    def forgetful(*given: object) -> Turn:
        turn = taken(*given)
        session: Session = msgspec.structs.replace(turn.session, counted=())
        return msgspec.structs.replace(turn, session=session)

    monkeypatch.setattr(live, "take_turn", forgetful)
    await presses_often(asked)
    assert asked.counts == [NO] * 30


Move = Callable[[Person, int], Awaitable[object]]
MOVES: dict[str, Move] = {
    "press": lambda one, n: one.say(choice=one.buttons[-1 - n % min(4, len(one.buttons))]),
    "old": lambda one, n: one.say(choice=one.buttons[n % len(one.buttons)]),
    "words": lambda one, n: one.say(text=("ja", "nee", "ik heb honger", "2")[n % 4]),
    "back": lambda one, _: one.say(command="terug"),
    "start": lambda one, _: one.say(command="start"),
    "again": lambda one, _: one.again(),
}


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 40), st.booleans()), max_size=10
    )
)
async def test_a_chat_counts_once_at_most_whatever_happens(
    counting: Content, moves: list[tuple[str, int, bool]]
) -> None:
    """Redelivered, pressed again, gone back, begun anew, or killed between commit and count."""
    with tempfile.TemporaryDirectory() as folder:
        person = Person(counting, Path(folder))
        await person.say(text="ik heb honger")
        for name, number, dies in moves:
            person.dies = dies
            await MOVES[name](person, number)
            if dies:
                person.dies = False
                await person.again()
        assert len(person.counts) <= 1
