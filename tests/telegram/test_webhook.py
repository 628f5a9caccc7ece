"""Updates by webhook: acknowledged after the turn is kept and sent, and never a second effect."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.config import Settings
from bot.handlers import keys, telegram
from bot.handlers.telegram import SECRET_HEADER, webhook_secret
from tests.telegram.conftest import QUICK, Bot
from tests.telegram.fake_api import FakeApi
from tests.telegram.fake_chat import FakeChat


async def post(bot: Bot, body: bytes, secret: str | None = None) -> tuple[int, bytes]:
    headers = {SECRET_HEADER: webhook_secret("1:fake") if secret is None else secret}
    async with (
        aiohttp.ClientSession() as client,
        client.post(bot.url, data=body, headers=headers) as response,
    ):
        return response.status, await response.read()


async def test_a_text_is_answered_and_acknowledged(bot: Bot) -> None:
    """The way of every turn."""
    bot.person().type("hoi")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["hoi"]
    assert bot.chat.rows["1001"].ids == [1, 2]
    assert bot.chat.rows["1001"].waiting is None


async def test_a_button_is_answered_in_the_answer_to_the_webhook(bot: Bot) -> None:
    """The waiting sign goes without a request of its own."""
    bot.person().type("hoi")
    await bot.api.settled()
    bot.person().press("ja")
    await bot.api.settled()
    assert bot.said() == ["hoi", "a.b.yes~1"]
    assert bot.api.received("answerCallbackQuery")
    assert not bot.api.queries


async def test_forged_and_old_buttons_are_acknowledged_and_go_to_the_engine(bot: Bot) -> None:
    """The engine knows what to say to a button that it never made."""
    bot.person().forge("../../etc/passwd")
    await bot.api.settled()
    assert bot.said() == ["../../etc/passwd"]
    assert not bot.api.queries


async def test_telegram_is_told_where_to_bring_which_updates(bot: Bot) -> None:
    """With a secret that can be made from the token and says nothing about it."""
    (payload,) = bot.api.received("setWebhook")
    assert payload["url"] == "https://lucht.example/telegram"
    assert payload["secret_token"] == webhook_secret("1:fake")
    assert "fake" not in payload["secret_token"]
    assert set(payload["allowed_updates"]) == {
        *("message", "edited_message", "callback_query", "my_chat_member")
    }


async def test_commands_are_registered_in_every_language(bot: Bot) -> None:
    """Dutch for everybody, then the languages that are offered; private chats only."""
    await bot.api.until(lambda: len(bot.api.received("setMyCommands")) == 4)
    lists = bot.api.received("setMyCommands")
    assert [payload.get("language_code") for payload in lists] == [None, "nl", "en", "ar"]
    assert {"command": "wis", "description": "ar:lucht.interrupts.erase.button"} in lists[3][
        "commands"
    ]
    assert all(payload["scope"] == {"type": "all_private_chats"} for payload in lists)


@pytest.mark.parametrize("secret", ["", "canary", "\udcff", webhook_secret("1:other")])
async def test_a_wrong_secret_is_refused_without_a_trace(
    bot: Bot, secret: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing of what was posted is looked at, answered or logged."""
    body = b'{"update_id": 9, "message": {"text": "canary", "chat": {"id": 1, "type": "private"}}}'
    assert await post(bot, body, secret) == (403, b"")
    assert bot.chat.taken == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"canary"', b"\xff\xfe{}"])
async def test_malformed_json_is_a_bad_request(bot: Bot, body: bytes) -> None:
    """It cannot come from Telegram; nothing happens."""
    assert await post(bot, body) == (400, b"")


@pytest.mark.parametrize("body", [b"{}", b'{"update_id": 3, "chat_boost": {"canary": 1}}'])
async def test_unknown_kinds_are_acknowledged(bot: Bot, body: bytes) -> None:
    """Otherwise Telegram would bring them again for a day."""
    assert await post(bot, body) == (200, b"")


async def test_a_very_large_update_is_read(bot: Bot) -> None:
    """A long text in answer to a long text is larger than what a visitor may send."""
    bot.person().send(text="x" * 4096, reply_to_message={"text": "y" * 4096})
    await bot.api.settled()
    assert bot.api.texts(1001) == ["x" * 4096]


async def test_a_redelivered_update_has_one_effect(bot: Bot) -> None:
    """Telegram may bring an update again although it was answered."""
    bot.person().type("hoi")
    await bot.api.settled()
    message = {"message_id": 1, "chat": {"id": 1001, "type": "private"}, "text": "hoi"}
    assert await bot.api.post({"update_id": 1, "message": message})
    assert bot.said() == ["hoi"]
    assert bot.api.texts(1001) == ["hoi"]


async def test_an_update_that_could_not_be_kept_comes_again(
    bot: Bot, capfd: pytest.CaptureFixture[str]
) -> None:
    """The store fails once; the answer is late, not lost, and the log has no words in it."""
    bot.chat.broken = 1
    bot.person().type("hoi")
    await bot.api.settled()
    assert bot.api.statuses == [503, 200]
    assert bot.api.texts(1001) == ["hoi"]
    log = capfd.readouterr().err
    assert '"telegram_turn_failed"' in log
    assert "canary" not in log
    assert "1001" not in log


async def test_a_chat_goes_in_order_and_chats_side_by_side(bot: Bot) -> None:
    """One slow chat stops nobody else, and its own messages wait for each other."""
    gate = bot.chat.slow["1001"] = asyncio.Event()
    for text in ("een", "twee"):
        bot.person(1001).type(text)
    bot.person(1002).type("drie")
    await bot.api.until(lambda: bot.api.texts(1002) == ["drie"])
    assert bot.said() == ["drie"]
    gate.set()
    await bot.api.settled()
    assert bot.said() == ["drie", "een", "twee"]


async def test_an_edited_message_is_only_answered_in_danger(bot: Bot) -> None:
    """The old text was answered already."""
    person = bot.person()
    person.edit(1, "taart")
    person.edit(1, "ik wil dood")
    await bot.api.settled()
    assert bot.api.texts(1001) == ["ik wil dood"]
    assert all(message.edited for _, message in bot.chat.taken)


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "contact", "document"])
async def test_media_are_answered_and_never_fetched(bot: Bot, kind: str) -> None:
    """No call but sending ever follows a file."""
    before = len(bot.api.calls)
    bot.person().send(**{kind: {"file_id": "canary"}})
    await bot.api.settled()
    assert bot.said() == ["media"]
    assert [call.method for call in bot.api.calls[before:] if call.method != "setMyCommands"] == [
        "sendMessage"
    ]


@pytest.mark.parametrize("language", ["ar", "fr", "xx"])
async def test_a_group_gets_one_sentence_and_is_left(bot: Bot, language: str) -> None:
    """In the language of who added us, if we have it; nobody's words are taken."""
    chat = {"id": -5, "type": "group", "title": "canary"}
    bot.api.update(-5, {"message": {"chat": chat, "from": {"language_code": language}}})
    await bot.api.settled()
    spoken = language if language == "ar" else "nl"
    assert bot.api.texts(-5) == [f"{spoken}:telegram.group"]
    assert bot.api.received("leaveChat") == [{"chat_id": -5}]
    assert bot.chat.rows == {}


async def test_blocking_the_bot_forgets_the_chat_in_silence(bot: Bot) -> None:
    """There is nobody left to tell."""
    bot.person().type("hoi")
    await bot.api.settled()
    calls = len(bot.api.received("sendMessage"))
    bot.person().block()
    await bot.api.settled()
    assert bot.chat.rows == {}
    assert len(bot.api.received("sendMessage")) == calls


async def test_who_blocked_us_while_we_answered_is_forgotten(bot: Bot) -> None:
    """Telegram says 403; the update is not brought again."""
    bot.api.blocked.add(1001)
    bot.person().type("hoi")
    await bot.api.settled()
    assert bot.chat.rows == {}


async def test_erasing_clears_the_screen_of_both_sides(bot: Bot) -> None:
    """Then one message says what could not be cleared, and nobody remembers it."""
    bot.person().type("hoi")
    await bot.api.settled()
    bot.person().type("/wis")
    await bot.api.settled()
    screen = bot.api.screens[1001]
    assert [message["text"] for message in screen.values()] == ["gewist\n\nnl:telegram.left_over"]
    assert bot.chat.rows == {}


async def test_many_messages_are_erased_a_hundred_at_a_time(bot: Bot) -> None:
    """The most that the Bot API takes."""
    bot.person().type("hoi")
    await bot.api.settled()
    bot.chat.rows["1001"].ids = list(range(1, 251))
    bot.person().type("/wis")
    await bot.api.settled()
    sizes = [len(call["message_ids"]) for call in bot.api.received("deleteMessages")]
    assert sizes == [100, 100, 51]


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_what_could_not_be_cleared_is_said(api: FakeApi, status: int) -> None:
    """Honest about the screen; the row is gone all the same."""
    bot = Bot(api, FakeChat(), replace(QUICK, erase_seconds=0.3))
    await bot.start()
    api.send_to = bot.url
    api.fail("deleteMessages", status, retry_after=60 if status == 429 else 0, times=99)
    bot.person().type("/wis")
    await api.settled()
    assert api.texts(1001) == ["gewist\n\nnl:telegram.not_cleared\n\nnl:telegram.left_over"]
    assert bot.chat.rows == {}
    await bot.stop()


async def test_without_a_token_there_is_no_telegram(api: FakeApi) -> None:
    """No route, no call."""
    app = web.Application()
    app[keys.SETTINGS] = Settings(public_url="https://lucht.example")
    telegram.add_routes(app)
    assert len(app.router.routes()) == 0
    assert list(app.cleanup_ctx) == []
