"""Updates by polling: the offset moves on only past what was kept and sent."""

import asyncio

import pytest

from bot.handlers.telegram import Polling
from tests.telegram.conftest import Bot
from tests.telegram.fake_api import FakeApi
from tests.telegram.fake_chat import FakeChat


async def test_a_text_is_answered_and_confirmed(poller: Bot) -> None:
    """The way of every turn without a public address."""
    poller.person().type("hoi")
    await poller.api.settled()
    assert poller.api.texts(1001) == ["hoi"]
    assert poller.api.received("deleteWebhook") == [{}]


async def test_a_button_stops_waiting(poller: Bot) -> None:
    """By a call of its own, since there is no webhook to answer."""
    poller.person().forge("a.b.yes~1")
    await poller.api.settled()
    assert poller.said() == ["a.b.yes~1"]
    assert not poller.api.queries


async def test_nothing_is_confirmed_before_it_was_sent(poller: Bot) -> None:
    """While a turn is in flight its update stays with Telegram."""
    gate = poller.chat.slow["1001"] = asyncio.Event()
    number = poller.person().type("hoi")
    poller.person(1002).type("taart")
    await poller.api.until(lambda: poller.api.texts(1002) == ["taart"])
    # Hearing another text takes another poll, which would confirm what was finished.
    poller.person(1002).type("nog")
    await poller.api.until(lambda: poller.api.texts(1002) == ["taart", "nog"])
    assert poller.api.waiting()[0] == number
    gate.set()
    await poller.api.settled()
    assert poller.said() == ["taart", "nog", "hoi"]


async def test_one_slow_chat_stops_nobody_else(poller: Bot) -> None:
    """Others go on being heard, each in order and once, however often Telegram repeats itself."""
    gate = poller.chat.slow["1001"] = asyncio.Event()
    poller.person(1001).type("een")
    poller.person(1001).type("twee")
    for text in ("a", "b", "c"):
        poller.person(1002).type(text)
        await poller.api.until(lambda: text in poller.api.texts(1002))  # noqa: B023
    assert poller.said() == ["a", "b", "c"]
    gate.set()
    await poller.api.settled()
    assert poller.said() == ["a", "b", "c", "een", "twee"]


async def test_after_a_crash_updates_come_again_and_have_one_effect(api: FakeApi) -> None:
    """The process dies after sending and before confirming; the row knows."""
    chat = FakeChat()
    first = Bot(api, chat, webhook=False)
    await first.start()
    first.person().type("hoi")
    await api.settled()
    await first.stop()
    api.update(1001, {"message": {"chat": {"id": 1001, "type": "private"}, "text": "hoi"}})
    chat.rows["1001"].seen = 2
    second = Bot(api, chat, webhook=False)
    await second.start()
    await api.settled()
    await second.stop()
    assert second.said() == ["hoi"]
    assert api.texts(1001) == ["hoi"]


async def test_what_could_not_be_kept_is_tried_again(poller: Bot) -> None:
    """The store fails once; the answer is late, not lost, and the next one waits for it."""
    poller.chat.broken = 1
    poller.person().type("een")
    poller.person().type("twee")
    await poller.api.settled()
    assert poller.said() == ["een", "twee"]


async def test_polling_goes_on_when_telegram_does_not_answer(
    poller: Bot, capfd: pytest.CaptureFixture[str]
) -> None:
    """A server error is waited out."""
    poller.api.fail("getUpdates", 502)
    poller.person().type("een")
    poller.person().type("twee")
    await poller.api.settled()
    assert poller.said() == ["een", "twee"]
    assert '"telegram_poll_failed", "code": 502' in capfd.readouterr().err


async def test_polling_goes_on_after_an_answer_that_makes_no_sense(poller: Bot) -> None:
    """Nobody would be heard any more if it stopped."""
    poller.api.nonsense = 2
    poller.person().type("een")
    poller.person().type("twee")
    await poller.api.settled()
    assert poller.said() == ["een", "twee"]


async def test_without_a_menu_everybody_is_answered(api: FakeApi) -> None:
    """A text that is missing costs the menu, not the chat."""
    bot = Bot(api, FakeChat(), webhook=False)
    bot.chat.release.catalog.missing = {"lucht.interrupts.stop.button"}
    await bot.start(introduced=False)
    bot.person().type("hoi")
    await api.settled()
    assert api.texts(1001) == ["hoi"]
    assert api.received("setMyCommands") == []
    await bot.stop()


async def test_stopping_finishes_the_turn_in_flight(api: FakeApi) -> None:
    """Who just pressed a button gets the answer before we go."""
    bot = Bot(api, FakeChat(), webhook=False)
    await bot.start()
    gate = bot.chat.slow["1001"] = asyncio.Event()
    bot.person().type("hoi")
    await api.until(lambda: bot.chat.locks["1001"].locked())
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert api.texts(1001) == ["hoi"]


class Broken:
    """A channel in which one chat always fails."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def read(self, update: dict[str, int]) -> object:
        return FakeIncoming(update["update_id"])

    async def answer(self, incoming: "FakeIncoming") -> None:
        if incoming.update == 1:
            raise OSError("canary")
        self.done.append(incoming.update)


class FakeIncoming:
    """An update of a chat with the same number."""

    query = ""

    def __init__(self, update: int) -> None:
        self.update = self.chat = update


async def test_an_update_that_fails_alone_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    """Others prove that the store works, so trying for ever would only stop the queue."""
    updates = [[{"update_id": 1}], [{"update_id": 1}, {"update_id": 2}]]
    channel = Broken()

    confirmed = asyncio.Event()

    async def poll(offset: int, wait: int) -> list[dict[str, object]]:
        if offset > 2:
            confirmed.set()
            await asyncio.sleep(3600)
        return updates[0 if not polling.busy else 1]  # type: ignore[return-value]

    polling = Polling(channel, poll, pauses=(0, 0, 0))  # type: ignore[arg-type]
    running = asyncio.create_task(polling.run())
    await asyncio.wait_for(confirmed.wait(), 60)
    running.cancel()
    assert channel.done == [2]
    assert "telegram_turn_given_up" in capfd.readouterr().err
