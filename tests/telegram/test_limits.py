"""How fast we send, how long we try, and who never waits."""

from dataclasses import replace

import pytest

from bot.handlers.botapi import AiohttpRequest, RefusedError, call, make_bot
from bot.handlers.pace import Bucket, Gate, Limits
from tests.telegram.conftest import QUICK, Bot
from tests.telegram.fake_api import FakeApi
from tests.telegram.fake_chat import FakeChat


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_a_burst_and_then_a_steady_rate() -> None:
    """Two at once, then one every half second."""
    bucket = Bucket(rate=2, burst=2, now=0)
    waits = []
    for _ in range(4):
        waits.append(bucket.wait(0))
        bucket.take()
    assert waits == [0, 0, 0.5, 1.0]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """A quiet night does not allow a flood in the morning."""
    bucket = Bucket(rate=1, burst=1, now=0)
    assert bucket.full(9999)
    bucket.take()
    assert bucket.wait(9999) == 1


def test_one_busy_chat_does_not_slow_another() -> None:
    """Each chat has a bucket of its own, under the one for everybody."""
    gate = Gate(Limits(rate=100, burst=100, chat_rate=1, chat_burst=1), Clock())
    assert gate.reserve(1, 10, urgent=False) == 0
    assert gate.reserve(1, 10, urgent=False) == 1
    assert gate.reserve(2, 10, urgent=False) == 0


def test_danger_never_waits_and_others_wait_for_it() -> None:
    """It takes its token all the same."""
    gate = Gate(Limits(rate=1, burst=1, chat_rate=100, chat_burst=100), Clock())
    assert gate.reserve(1, 10, urgent=False) == 0
    assert gate.reserve(2, 10, urgent=True) == 0
    assert gate.reserve(3, 10, urgent=False) == 2


def test_who_would_wait_too_long_takes_nothing() -> None:
    """The reply stays in its row; the next in line is not slowed by it."""
    gate = Gate(Limits(rate=1, burst=1, chat_rate=1, chat_burst=1), Clock())
    gate.reserve(1, 10, urgent=False)
    assert gate.reserve(2, 0.5, urgent=False) is None
    assert gate.reserve(2, 10, urgent=False) == 1


def test_chats_that_are_quiet_are_forgotten() -> None:
    """A chat id stays in memory for seconds only."""
    clock = Clock()
    gate = Gate(Limits(chat_rate=1, chat_burst=1), clock)
    for chat in range(64):
        gate.reserve(chat, 10, urgent=True)
    clock.now += 60
    gate.reserve(64, 10, urgent=True)
    assert set(gate.chats) == {64}


async def test_a_short_flood_limit_is_waited_for(bot: Bot) -> None:
    """Telegram names the seconds; when they fit, the reply goes out in the same turn."""
    bot.api.fail("sendMessage", 429, retry_after=0, times=2)
    bot.person().type("hoi")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["hoi"]
    assert bot.api.statuses == [200]


async def test_after_a_long_flood_limit_the_reply_goes_out_with_the_next(bot: Bot) -> None:
    """It waits in its row; the update is acknowledged so that the next may come."""
    bot.api.fail("sendMessage", 429, retry_after=60)
    bot.person().type("een")
    await bot.api.settled()
    assert bot.api.texts(1001) == []
    assert bot.chat.rows["1001"].waiting is not None
    bot.person().type("twee")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["een\n\ntwee"]
    assert bot.api.statuses == [200, 200]


async def test_erasing_is_not_behind_a_flood_limit(bot: Bot) -> None:
    """Whatever waits is dropped, the screen is cleared at once."""
    bot.api.fail("sendMessage", 429, retry_after=60, times=2)
    for text in ("hoi", "/wis"):
        bot.person().type(text)
    await bot.api.settled()
    assert bot.api.screens[1001] == {}
    assert bot.chat.rows == {}


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failing_server_is_tried_again(bot: Bot, status: int) -> None:
    """Within the ten seconds; nobody notices."""
    bot.api.fail("sendMessage", status, times=2)
    bot.person().type("hoi")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["hoi"]


async def test_a_server_that_never_answers_costs_only_the_budget(api: FakeApi) -> None:
    """Then the reply waits."""
    hasty = Bot(api, FakeChat(), replace(QUICK, send_seconds=0.3))
    api.fail("sendMessage", 0, times=99)
    await hasty.start()
    api.send_to = hasty.url
    hasty.person().type("een")
    await api.settled()
    assert hasty.chat.rows["1001"].waiting is not None
    await hasty.stop()


async def test_a_message_that_telegram_refuses_is_left_out(
    bot: Bot, capfd: pytest.CaptureFixture[str]
) -> None:
    """Trying again would not help; the log has the number and no word of it."""
    bot.api.fail("sendMessage", 400)
    bot.person().type("canary")
    await bot.api.settled()
    assert bot.chat.rows["1001"].waiting is None
    assert capfd.readouterr().err == '{"event": "telegram_refused", "count": 1}\n'


async def test_our_own_limit_makes_a_reply_wait_but_not_danger(api: FakeApi) -> None:
    """The second text would have to wait too long; danger does not, and nothing goes before it."""
    limits = Limits(chat_rate=0.01, chat_burst=1)
    bot = Bot(api, FakeChat(), limits)
    await bot.start()
    api.send_to = bot.url
    for text in ("een", "twee"):
        bot.person().type(text)
    await api.settled()
    assert api.texts(1001) == ["een"]
    bot.person().type("ik wil dood")
    await api.settled()
    assert api.texts(1001) == ["een", "ik wil dood"]
    await bot.stop()


async def test_our_own_limit_does_not_hold_back_what_erasing_says(api: FakeApi) -> None:
    """Somebody who erases wants to see that it is done."""
    bot = Bot(api, FakeChat(), Limits(chat_rate=0.01, chat_burst=1))
    await bot.start()
    api.send_to = bot.url
    for text in ("een", "/wis"):
        bot.person().type(text)
    await api.settled()
    assert api.texts(1001) == ["gewist\n\nnl:telegram.left_over"]
    await bot.stop()


async def test_what_telegram_answers_is_in_no_exception(api: FakeApi) -> None:
    """Its words may be somebody's, and the address holds the token."""
    bot = make_bot("1:fake", api.url)
    await bot.request.initialize()
    api.fail("getMe", 429, retry_after=7)
    with pytest.raises(RefusedError) as refused:
        await call(bot, "getMe", {})
    assert (refused.value.code, refused.value.retry_after) == (429, 7)
    await api.stop()
    with pytest.raises(Exception, match="No answer from the Bot API") as unreachable:
        await call(bot, "getMe", {})
    assert unreachable.value.__cause__ is None
    assert "fake" not in repr(unreachable.value)
    await bot.request.shutdown()
    await api.start()


async def test_the_request_class_can_be_closed_and_opened(api: FakeApi) -> None:
    """As python-telegram-bot asks of it."""
    bot = make_bot("1:fake", api.url)
    assert isinstance(bot.request, AiohttpRequest)
    async with bot:
        assert (await bot.get_me()).username == "LuchtBot"
    with pytest.raises(Exception, match="not initialized"):
        await call(bot, "getMe", {})


def test_the_limits_of_the_tests_are_not_those_of_the_product() -> None:
    """Ten seconds, five for erasing, thirty a second."""
    assert Limits() != QUICK
    assert (Limits().send_seconds, Limits().erase_seconds, Limits().rate) == (10, 5, 30)


async def test_what_arrived_of_a_reply_that_waits_can_be_erased(bot: Bot) -> None:
    """The first part is on the screen, the second met a flood limit."""
    bot.api.fail("sendMessage", 429, retry_after=60, after=1)
    bot.person().type("x" * 4096 + "|twee")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["x" * 4096]
    assert bot.chat.rows["1001"].waiting is not None
    bot.person().type("/wis")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["gewist\n\nnl:telegram.left_over"]
