"""What happens to an update of Telegram: by webhook or by polling, one turn, sent, acknowledged.

The update is the outbox. It is acknowledged (200, or the offset) only after the turn is committed
and sent; what could not be sent in ten seconds waits in its sealed row for the next message.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from telegram.error import TelegramError

from bot.catalog import SOURCE
from bot.handlers.botapi import End, RefusedError, Sender, call, make_bot
from bot.handlers.keys import CHAT, SETTINGS
from bot.handlers.pace import Limits
from bot.handlers.updates import UPDATES, Incoming, Kind, commands, plain, read, render
from bot.privacy.log import event, failure
from bot.wording import Bubble

if TYPE_CHECKING:
    from telegram import Bot

    from bot.chat import Chat, Flight, Outcome
    from bot.config import Settings

PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (the name of a header)
CHANNEL: web.AppKey[Telegram] = web.AppKey("telegram")
SECRET = web.AppKey("telegram_secret", str)
LIMITS = web.AppKey("telegram_limits", Limits)
LONG_POLL = 50
"""Seconds that Telegram may hold an empty getUpdates."""
LAST_TURNS = 12
"""Seconds that stopping waits for turns in flight: sending takes ten at most."""


def add_routes(app: web.Application) -> None:
    """Add the channel when there is a token: a webhook when the world can reach us, else polling.

    Needs the keys SETTINGS now, and CHAT when the application starts.
    """
    settings = app[SETTINGS]
    if not settings.telegram_token:
        return
    if settings.public_url:
        app[SECRET] = webhook_secret(settings.telegram_token)
        app.router.add_post(PATH, receive)
    app.cleanup_ctx.append(channel_context)


async def channel_context(app: web.Application) -> AsyncIterator[None]:
    """Run the channel for as long as the application runs."""
    settings = app[SETTINGS]
    bot = make_bot(settings.telegram_token or "", settings.telegram_api_url)
    await bot.request.initialize()
    app[CHANNEL] = Telegram(app[CHAT], bot, app.get(LIMITS) or _limits(settings))
    running = asyncio.create_task(_run(app[CHANNEL], settings.public_url, app.get(SECRET, "")))
    yield
    running.cancel()
    await asyncio.wait([running])
    await bot.request.shutdown()


def _limits(settings: Settings) -> Limits:
    """Return the operator's limits; a burst is what a second and what one reply may hold."""
    rate, chat_rate = settings.telegram_rate, settings.telegram_chat_rate
    return Limits(rate=rate, burst=max(1.0, rate), chat_rate=chat_rate)


async def _run(channel: Telegram, url: str | None, secret: str) -> None:
    await insist(channel.bot, *_bring(url, secret))
    if url:
        await introduce(channel)
    else:
        await asyncio.gather(introduce(channel), _poll(channel))


async def _poll(channel: Telegram) -> None:
    polling = Polling(channel, get_updates(channel.bot))
    try:
        await polling.run()
    finally:
        await polling.finish()


def webhook_secret(token: str) -> str:
    """Return what Telegram shows us on each webhook call; says nothing about the token."""
    key = hashlib.blake2b(token.encode()).digest()
    return hashlib.blake2b(b"lucht webhook", key=key, digest_size=32).hexdigest()


class Telegram:
    """The channel: answers updates one by one; chats side by side, each chat in order."""

    def __init__(self, chat: Chat, bot: Bot, limits: Limits | None = None) -> None:
        """Answer with ``chat``, send with ``bot``."""
        self.chat = chat
        self.bot = bot
        self.sender = Sender(bot, limits or Limits(), time.monotonic)
        self._known: tuple[str, Mapping[str, str]] = ("", {})

    def read(self, update: Mapping[str, object]) -> Incoming | None:
        """Read an update with the commands of the release that is live."""
        release = self.chat.release
        if self._known[0] != release.id:
            self._known = (release.id, commands(release.frame))
        return read(update, self._known[1])

    async def answer(self, incoming: Incoming) -> None:
        """Take the turn, send its reply, and mark it as sent.

        Returns when the update may be acknowledged. Raises whatever the store raises; then the
        update must not be acknowledged, so that it comes again.
        """
        if incoming.kind is Kind.GROUP:
            await self._leave(incoming)
        elif incoming.kind is not Kind.STALE:
            await self._turn(incoming)

    async def _turn(self, incoming: Incoming) -> None:
        async with self.chat.flight("telegram", str(incoming.chat)) as flight:
            outcome = await flight.take(
                incoming.message, update=incoming.update, incoming=incoming.message_id
            )
            if incoming.kind is Kind.GONE:
                await flight.erased()
            elif outcome.erase is not None:
                await self._erase(incoming.chat, flight, outcome, outcome.erase)
            elif outcome.send:
                await self._send(incoming.chat, flight, outcome)

    async def _send(self, chat: int, flight: Flight, outcome: Outcome) -> None:
        urgent = bool(outcome.spoken.signal) or any(b.kind == "first" for b in outcome.late)
        payloads = render(outcome.spoken, outcome.late)
        delivery = await self.sender.send(chat, payloads, urgent)
        if delivery.refused:
            event("telegram_refused", count=delivery.refused)
        if delivery.end is End.SENT:
            await flight.sent(delivery.ids)
        elif delivery.end is End.BLOCKED:
            await flight.erased()
        else:
            event("telegram_waits", count=len(payloads) - len(delivery.ids))
            # What did arrive must be erasable, although all of the reply will come again.
            await flight.sent(delivery.ids, whole=False)

    async def _erase(
        self, chat: int, flight: Flight, outcome: Outcome, ids: tuple[int, ...]
    ) -> None:
        """Clear the screen, forget the row, and only then say what is left. Nothing is kept."""
        cleared = await self.sender.delete(chat, ids)
        await flight.erased()
        keys = (
            ("telegram.left_over",) if cleared else ("telegram.not_cleared", "telegram.left_over")
        )
        rest = [Bubble(self._say(outcome.spoken.language, key)) for key in keys]
        spoken = replace(outcome.spoken, bubbles=(*outcome.spoken.bubbles, *rest))
        await self.sender.send(chat, render(spoken), urgent=True)

    async def _leave(self, incoming: Incoming) -> None:
        """Say one kind sentence in a group and leave it; nothing of the group is looked at."""
        sentence = self._say(incoming.message.language, "telegram.group")
        await self.sender.send(incoming.chat, [plain(sentence)])
        await self._try("leaveChat", {"chat_id": incoming.chat})

    def _say(self, language: str, key: str) -> str:
        catalog = self.chat.release.catalog
        known = catalog.languages.get(language)
        text: str = catalog.say(language if known and known.offered else SOURCE, key)
        return text

    async def acknowledge(self, query: str) -> None:
        """Take the waiting sign off a button; too late does no harm."""
        await self._try("answerCallbackQuery", {"callback_query_id": query})

    async def _try(self, method: str, payload: Mapping[str, object]) -> None:
        try:
            await call(self.bot, method, payload)
        except TelegramError as error:
            event("telegram_call_failed", code=_code(error))


def _code(error: TelegramError) -> int:
    return error.code if isinstance(error, RefusedError) else 0


# -- webhook

_UPDATE = msgspec.json.Decoder(dict[str, object])


async def receive(request: web.Request) -> web.Response:
    """Answer an update that Telegram brings.

    200: done, or nothing for us. 400: not an update. 403: not from Telegram. 503: not done, bring
    it again.
    """
    if not _is_telegram(request, request.app[SECRET]):
        return web.Response(status=HTTPStatus.FORBIDDEN)
    try:
        # Not request.read(): its limit is for visitors, and a refused update comes again for ever.
        update = _UPDATE.decode(b"".join([part async for part in request.content.iter_any()]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    return await _receive(request.app[CHANNEL], update)


def _is_telegram(request: web.Request, secret: str) -> bool:
    shown = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), secret.encode())


async def _receive(channel: Telegram, update: dict[str, object]) -> web.Response:
    incoming = channel.read(update)
    if incoming is None:
        return web.Response()
    try:
        await channel.answer(incoming)
    except Exception as error:
        failure("telegram_turn_failed", error)
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
    if not incoming.query:
        return web.Response()
    # The answer to the webhook may itself be a call: one request less a button.
    reply = {"method": "answerCallbackQuery", "callback_query_id": incoming.query}
    return web.json_response(reply)


# -- polling


@dataclass
class Polling:
    """Asks for updates, works on them, and confirms up to the oldest that is not finished.

    Telegram forgets everything below the offset, so an unfinished update holds the offset back;
    newer ones that come again meanwhile are known by their number.
    """

    channel: Telegram
    poll: Callable[[int, int], Awaitable[list[dict[str, object]]]]
    pauses: tuple[float, ...] = (0.5, 1, 2, 4, 8)
    offset: int = 0
    busy: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    lanes: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    finished: int = 0

    async def run(self) -> None:
        """Poll until cancelled, whatever happens."""
        while True:
            try:
                await self._once()
            except Exception as error:
                failure("telegram_poll_failed", error)
                await asyncio.sleep(self.pauses[0])

    async def _once(self) -> None:
        for update in await self.poll(self.offset, 0 if self.busy else LONG_POLL):
            self._start(update)
        if self.busy:
            # Long enough for a turn, short enough that one slow chat stops nobody else.
            await asyncio.wait(self.busy.values(), timeout=0.25)
        self._confirm()

    async def finish(self) -> None:
        """Wait for the turns in flight; one that still fails will come again after a restart."""
        if self.busy:
            await asyncio.wait(self.busy.values(), timeout=LAST_TURNS)
        for task in self.busy.values():
            task.cancel()

    def _start(self, update: dict[str, object]) -> None:
        number = update.get("update_id")
        if not isinstance(number, int) or number in self.busy or number in self.done:
            return
        incoming = self.channel.read(update)
        if incoming is None:
            self.done.add(number)
            return
        before = self.lanes.get(incoming.chat)
        task = asyncio.create_task(self._work(incoming, before))
        self.busy[number] = self.lanes[incoming.chat] = task

    async def _work(self, incoming: Incoming, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait([before])
        await self._insist(incoming)
        if incoming.query:
            await self.channel.acknowledge(incoming.query)

    async def _insist(self, incoming: Incoming) -> None:
        """Try again for as long as nothing works; give up on one that fails alone."""
        tries, finished = 0, self.finished
        while True:
            try:
                await self.channel.answer(incoming)
            except Exception as error:
                failure("telegram_turn_failed", error)
            else:
                self.finished += 1
                return
            if tries >= len(self.pauses) and self.finished > finished:
                event("telegram_turn_given_up")
                return
            await asyncio.sleep(self.pauses[min(tries, len(self.pauses) - 1)])
            tries += 1

    def _confirm(self) -> None:
        ended = {number for number, task in self.busy.items() if task.done()}
        self.busy = {number: task for number, task in self.busy.items() if number not in ended}
        self.lanes = {chat: task for chat, task in self.lanes.items() if not task.done()}
        self.done |= ended
        newest = max(self.done, default=self.offset - 1) + 1
        self.offset = min(self.busy, default=newest)
        self.done = {number for number in self.done if number >= self.offset}


def get_updates(bot: Bot) -> Callable[[int, int], Awaitable[list[dict[str, object]]]]:
    """Return how to ask Telegram for updates; when it does not answer, there are none."""
    pause = 0.5

    async def poll(offset: int, wait: int) -> list[dict[str, object]]:
        nonlocal pause
        payload = {"offset": offset, "timeout": wait, "allowed_updates": UPDATES}
        try:
            updates: list[dict[str, object]] = await call(bot, "getUpdates", payload, wait + 10)
        except TelegramError as error:
            event("telegram_poll_failed", code=_code(error))
            await asyncio.sleep(pause)
            pause = min(60, 2 * pause)
            return []
        pause = 0.5
        return updates

    return poll


# -- start


async def introduce(channel: Telegram) -> None:
    """Tell Telegram which commands there are, in each language that it knows."""
    try:
        for payload in command_lists(channel.chat):
            await insist(channel.bot, "setMyCommands", payload)
    except Exception as error:
        # A missing menu must not stop the answers.
        failure("telegram_call_failed", error)


def _bring(url: str | None, secret: str) -> tuple[str, dict[str, object]]:
    if not url:
        return "deleteWebhook", {}
    payload = {
        "url": url + PATH,
        "secret_token": secret,
        "allowed_updates": UPDATES,
        "max_connections": 100,
    }
    return "setWebhook", payload


def command_lists(chat: Chat) -> list[dict[str, object]]:
    """Return the payloads of ``setMyCommands``: Dutch for everybody, then each language's own.

    Telegram knows languages by two letters; others see the Dutch list.
    """
    offered = [code for code, known in chat.release.catalog.languages.items() if known.offered]
    lists = [_commands(chat, SOURCE)]
    lists += [_commands(chat, code) | {"language_code": code} for code in offered if len(code) == 2]
    return lists


def _commands(chat: Chat, language: str) -> dict[str, object]:
    release = chat.release
    listed = [
        {"command": i.command, "description": release.catalog.say(language, i.button)[:256]}
        for i in release.frame.interrupts.values()
        if i.command
    ]
    return {"commands": listed, "scope": {"type": "all_private_chats"}}


async def insist(bot: Bot, method: str, payload: Mapping[str, object]) -> None:
    """Call until Telegram has answered; a refusal is logged, since asking again will not help."""
    pause = 1.0
    while True:
        try:
            await call(bot, method, payload)
        except RefusedError as error:
            event("telegram_call_failed", code=error.code)
            if error.code < 500 and error.code != HTTPStatus.TOO_MANY_REQUESTS:
                return
            pause = max(pause, error.retry_after)
        except TelegramError:
            event("telegram_call_failed", code=0)
        else:
            return
        await asyncio.sleep(pause)
        pause = min(60.0, 2 * pause)
