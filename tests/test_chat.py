"""The one live caller: what was acknowledged is on disk, nothing twice, erase at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Chat, Flight, Outcome
from bot.content.load import Content
from bot.engine.session import Message
from bot.privacy.keys import KeyRing
from bot.store.live import LiveStore, StoreError
from bot.wording import Bubble
from tests.conftest import NOON


@asynccontextmanager
async def opened(content: Content, folder: Path) -> AsyncIterator[Chat]:
    with KeyRing(folder / "keys") as ring:
        async with LiveStore.open(folder / "live.sqlite", ring) as store:
            yield Chat(content.release, store, lambda: NOON)


@pytest.fixture
async def chat(small: Content, tmp_path: Path) -> AsyncIterator[Chat]:
    async with opened(small, tmp_path) as one:
        yield one


async def web(chat: Chat, name: str = "a", expected: int | None = None, **message: Any) -> Outcome:
    async with chat.flight("web", name) as flight:
        return await flight.take(Message(**message), expected=expected)


async def update(chat: Chat, number: int, **message: Any) -> Outcome:
    async with chat.flight("telegram", "7") as flight:
        return await flight.take(Message(**message), update=number, incoming=number)


async def update_and_send(chat: Chat, number: int, **message: Any) -> Outcome:
    async with chat.flight("telegram", "7") as flight:
        outcome = await flight.take(Message(**message), update=number, incoming=number)
        await flight.sent([number + 1000])
        return outcome


def texts(outcome: Outcome) -> list[str]:
    return [bubble.text for bubble in outcome.spoken.bubbles]


def texts_of(bubbles: Iterable[Bubble]) -> list[str]:
    return [bubble.text for bubble in bubbles]


def button(outcome: Outcome, label: str) -> str:
    return next(one.id for one in outcome.spoken.buttons if one.label == label)


async def test_a_chat_goes_on_where_it_was(chat: Chat) -> None:
    await web(chat)
    await web(chat, text="Ik ben een kind")
    assert texts(await web(chat, text="Genoeg eten"))[-1] == "Heb je vandaag gegeten?"


async def test_a_restart_loses_nothing_that_was_answered(small: Content, tmp_path: Path) -> None:
    async with opened(small, tmp_path) as one:
        await web(one)
        await web(one, text="Ik ben een kind")
    async with opened(small, tmp_path) as other:
        assert texts(await web(other, command="resume")) == ["Waar gaat het over?"]


async def test_two_chats_know_nothing_of_each_other(chat: Chat) -> None:
    await web(chat, "a")
    await web(chat, "a", text="Ik ben een kind")
    assert texts(await web(chat, "b"))[-1] == "Wie ben je?"


async def test_a_repeated_turn_has_one_effect_and_the_same_answer(chat: Chat) -> None:
    await web(chat)
    first = await web(chat, expected=1, text="Ik ben een kind")
    again = await web(chat, expected=1, text="Ik ben een kind")
    assert again.spoken == first.spoken
    assert not again.conflict


async def test_an_older_turn_is_a_conflict_and_shows_the_state(chat: Chat) -> None:
    await web(chat)
    await web(chat, expected=1, text="Ik ben een kind")
    now = await web(chat, expected=2, text="Genoeg eten")
    old = await web(chat, expected=1, text="Ik ben ouder")
    assert (old.conflict, old.spoken) == (True, now.spoken)


async def test_danger_is_answered_even_in_an_older_turn(chat: Chat) -> None:
    await web(chat)
    await web(chat, expected=1, text="Ik ben een kind")
    assert (await web(chat, expected=0, text="ik wil dood")).spoken.signal == "suicide"


@pytest.mark.parametrize("broken", ["load", "save"])
async def test_danger_is_answered_although_nothing_can_be_kept(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """On a full disk everybody else is asked to come back; then all is as it was before."""
    await update_and_send(chat, 1)
    at = await web(chat)

    async def fails(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(chat._store, broken, fails)
    with pytest.raises(StoreError):
        await web(chat, expected=1, text="Ik ben een kind")
    danger = await web(chat, expected=1, text="ik wil dood")
    assert (danger.spoken.signal, danger.spoken.turn, danger.kept) == (
        "suicide",
        at.spoken.turn + 1 if broken == "save" else 1,
        False,
    )
    # In Telegram the update is done with: it would be answered again and again.
    assert (await update_and_send(chat, 2, text="ik wil dood")).spoken.signal == "suicide"
    monkeypatch.undo()
    assert (await web(chat, expected=1, text="Ik ben een kind")).spoken.turn == 2


async def test_a_redelivered_update_has_no_second_effect(chat: Chat) -> None:
    await update_and_send(chat, 1)
    done = await update_and_send(chat, 2, text="Ik ben een kind")
    again = await update(chat, 2, text="Ik ben een kind")
    assert (again.send, again.spoken) == (False, done.spoken)


async def test_a_reply_that_was_not_sent_waits_for_the_next_message(chat: Chat) -> None:
    await update_and_send(chat, 1)
    await update(chat, 2, text="Ik ben een kind")
    again = await update(chat, 2, text="Ik ben een kind")
    assert again.send, "redelivery finishes what was not sent"
    after = await update_and_send(chat, 3, text="Genoeg eten")
    assert [bubble.text for bubble in after.late] == ["Waar gaat het over?"]
    assert (await update_and_send(chat, 4, text="Ja")).late == ()


async def test_two_replies_that_were_not_sent_both_wait(chat: Chat) -> None:
    """Each in its place, also when the second is brought again; then nothing is owed any more."""
    await update_and_send(chat, 1)
    await update(chat, 2, text="Ik ben een kind")
    await update(chat, 3, text="Genoeg eten")
    again = await update(chat, 3, text="Genoeg eten")
    assert again.send
    assert [bubble.text for bubble in again.late] == ["Waar gaat het over?"]
    after = await update_and_send(chat, 4, text="Dat zeg ik liever niet")
    assert [bubble.text for bubble in after.late] == [
        "Waar gaat het over?",
        "Fijn dat je het zegt.",
        "Heb je vandaag gegeten?",
    ]
    assert (await update_and_send(chat, 5, text="Deventer")).late == ()


async def test_what_is_owed_is_not_said_twice(chat: Chat) -> None:
    """Somebody who presses start again and again gets one greeting in the end."""
    for number in range(1, 9):
        await update(chat, number, command="start")
    late = (await update_and_send(chat, 9, command="language")).late
    assert [bubble.text for bubble in late].count("Wie ben je?") == 1


async def test_nothing_goes_before_the_number_and_nothing_is_lost_by_it(chat: Chat) -> None:
    """What is owed waits while danger is answered, and goes out with the next turn."""
    await update_and_send(chat, 1)
    await update(chat, 2, text="Ik ben een kind")
    danger = await update_and_send(chat, 3, text="ik wil dood")
    assert (danger.late, danger.spoken.bubbles[0].kind) == ((), "first")
    after = await update_and_send(chat, 4, command="resume")
    assert texts_of(after.late) == ["Waar gaat het over?"]


async def test_a_number_that_could_not_be_sent_goes_before_all_that_is_owed(chat: Chat) -> None:
    """However much waits, and however often it was tried."""
    await update_and_send(chat, 1)
    await update(chat, 2, text="Ik ben een kind")
    await update(chat, 3, text="ik wil dood")
    assert (await update(chat, 3, text="ik wil dood")).late == ()
    after = await update(chat, 4, text="Genoeg eten")
    assert after.late[0].kind == "first"
    assert "Waar gaat het over?" in texts_of(after.late)


async def test_a_silent_message_keeps_what_is_owed_and_is_remembered(chat: Chat) -> None:
    """An edit answers nothing; it is not forgotten that a reply waits."""
    await update_and_send(chat, 1)
    await update(chat, 2, text="Ik ben een kind")
    assert not (await update(chat, 3, text="taart", edited=True)).send
    after = await update_and_send(chat, 4, text="Genoeg eten")
    assert texts_of(after.late) == ["Waar gaat het over?"]


async def test_a_late_turn_of_an_erased_chat_leaves_nothing_of_it(chat: Chat) -> None:
    """It was under way when somebody left: the chat is new, and its words led nowhere."""
    await web(chat)
    await web(chat, text="wissen")
    late = await web(chat, expected=1, text="ik heb honger")
    assert (late.spoken.turn, texts(late)[-1]) == (1, "Wie ben je?")
    assert (await web(chat, command="resume")).spoken.bubbles[-1].text == "Wie ben je?"


async def test_danger_in_a_late_turn_of_an_erased_chat_is_answered(chat: Chat) -> None:
    await web(chat)
    await web(chat, text="wissen")
    assert (await web(chat, expected=1, text="ik wil dood")).spoken.signal == "suicide"


async def test_erasing_waits_for_the_turn_in_flight_and_ends_it(chat: Chat) -> None:
    """The turn began first and ends first; nothing of it is left."""
    await update_and_send(chat, 1)

    async def slow_turn() -> None:
        async with chat.flight("telegram", "7") as flight:
            await flight.take(Message(text="Ik ben een kind"), update=2, incoming=2)
            await asyncio.sleep(0.05)
            await flight.sent([1002])

    async def erase() -> tuple[int, ...] | None:
        async with chat.flight("telegram", "7") as flight:
            outcome = await flight.take(Message(command="erase"), update=3, incoming=3)
            await flight.erased()
            return outcome.erase

    _, ids = await asyncio.gather(slow_turn(), erase())
    assert ids == (1, 2, 3, 1001, 1002)
    assert await _row(chat, "telegram", "7") is None


async def test_messages_of_a_chat_are_answered_one_after_the_other(chat: Chat) -> None:
    running: list[int] = []

    async def one(number: int) -> None:
        async with chat.flight("web", "a") as flight:
            running.append(number)
            await flight.take(Message())
            await asyncio.sleep(0)
            assert running[-1] == number
        running.append(0)

    await asyncio.gather(*(one(n) for n in range(1, 20)))
    assert chat._locks == {}


async def test_erase_names_every_message_and_leaves_nothing(chat: Chat) -> None:
    await update_and_send(chat, 1)
    await update_and_send(chat, 2, text="Ik ben een kind")
    async with chat.flight("telegram", "7") as flight:
        outcome = await flight.take(Message(command="erase"), update=3, incoming=3)
        assert outcome.erase == (1, 2, 3, 1001, 1002)
        await flight.erased()
    assert await _row(chat, "telegram", "7") is None


async def test_a_crash_in_the_middle_of_erasing_ends_in_erasing(
    small: Content, tmp_path: Path
) -> None:
    async with opened(small, tmp_path) as one:
        await update_and_send(one, 1)
        await update(one, 2, command="erase")
    async with opened(small, tmp_path) as other:
        late = await update(other, 2, command="erase")
        assert late.erase == (1, 2, 1001)
        late = await update(other, 3, text="Ik ben een kind")
        assert late.erase == (1, 2, 3, 1001), "the mark erases, whatever comes next"


async def test_on_the_web_erase_is_done_at_once(chat: Chat) -> None:
    await web(chat)
    assert texts(await web(chat, text="wissen"))[0].startswith("Alles is gewist")
    assert await _row(chat, "web", "a") is None


async def test_another_token_takes_over_and_the_old_one_opens_nothing(chat: Chat) -> None:
    await web(chat, "a")
    await web(chat, "a", text="Ik ben een kind")
    await chat.rename("web", "a", "b")
    assert await _row(chat, "web", "a") is None
    assert texts(await web(chat, "b", command="resume")) == ["Waar gaat het over?"]


async def test_another_release_goes_live_between_two_turns(chat: Chat, real: Content) -> None:
    await web(chat)
    chat.release = real.release
    assert (await web(chat, text="hallo")).spoken.bubbles


async def _row(chat: Chat, channel: str, name: str) -> bytes | None:
    async with chat.flight(channel, name) as flight:
        assert isinstance(flight, Flight)
        return await chat._store.load(channel, name)
