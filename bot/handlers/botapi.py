"""The Bot API: python-telegram-bot's Bot on a request class of ours, and how messages are sent.

aiohttp carries a call in a tenth of the time of the default client (docs/architecture.md). Nothing
that Telegram answers is put into an exception or a log: an answer can hold what somebody wrote,
an address holds the token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, TypeAlias

import aiohttp
import msgspec
from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.handlers.pace import Gate, Limits

Json: TypeAlias = Mapping[str, object]


class RefusedError(TelegramError):
    """Telegram said no. Carries the HTTP status and the seconds to wait, never its words."""

    def __init__(self, code: int, retry_after: float = 0.0) -> None:
        """Keep the two numbers."""
        super().__init__(f"Telegram answered {code}")
        self.code = code
        self.retry_after = retry_after


class AiohttpRequest(BaseRequest):
    """Carries calls of the Bot API over one pooled aiohttp session, as JSON."""

    def __init__(self, timeout: float = 10.0, connections: int = 100) -> None:
        """Set the default seconds for a call, and how many may run at once."""
        self._timeout = timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds that a call may take when it does not say so itself."""
        return self._timeout

    async def initialize(self) -> None:
        """Open the session; without cookies, since nothing may be remembered there."""
        self._session = self._session or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session:
            await self._session.close()
        self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call. ``read_timeout`` counts for all of it, waiting for a connection included.

        Raises:
            RefusedError: Telegram answered with an error.
            NetworkError: no answer, or not in time.
        """
        if self._session is None:
            raise NetworkError("The request class is not initialized")
        seconds = self._timeout if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        body = msgspec.json.encode(request_data.parameters if request_data else {})
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                return _checked(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            # `from None`: the cause holds the address, and the address holds the token.
            raise NetworkError("No answer from the Bot API") from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read an answer; unlike the default it logs nothing when that fails."""
        try:
            return msgspec.json.decode(payload)
        except msgspec.DecodeError:
            raise NetworkError("The Bot API answered something else than JSON") from None


class _Parameters(msgspec.Struct):
    retry_after: float = 0.0


class _Refusal(msgspec.Struct):
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


def _checked(status: int, payload: bytes) -> tuple[int, bytes]:
    if status == HTTPStatus.OK:
        return status, payload
    try:
        refusal = msgspec.json.decode(payload, type=_Refusal)
    except msgspec.DecodeError:
        refusal = _Refusal()
    raise RefusedError(status, refusal.parameters.retry_after)


def make_bot(token: str, api_url: str) -> Bot:
    """Return a Bot on our request class; :func:`call` is how it is used."""
    # One session serves sending and polling: the connections of a long poll are few.
    request = AiohttpRequest()
    return Bot(token, base_url=f"{api_url}/bot", request=request, get_updates_request=request)


async def call(bot: Bot, method: str, payload: Json, seconds: float = 10.0) -> Any:
    """Call a method of the Bot API with plain data and return its plain result.

    Raises:
        RefusedError: Telegram answered with an error.
        NetworkError: no answer within ``seconds``.
    """
    return await bot.do_api_request(method, dict(payload), read_timeout=seconds)


class End(Enum):
    """How sending ended."""

    SENT = "sent"
    WAITS = "waits"
    """Out of time: the reply stays in its row and goes out with the next message."""
    BLOCKED = "blocked"
    """The person blocked us: the chat is to be forgotten."""


@dataclass(slots=True)
class Delivery:
    """What became of a reply: the ids that arrived, how many Telegram refused, how it ended."""

    ids: list[int] = field(default_factory=list)
    refused: int = 0
    end: End = End.SENT


class Sender:
    """Sends replies within a budget of seconds, under our own limits and Telegram's."""

    def __init__(self, bot: Bot, limits: Limits, clock: Callable[[], float]) -> None:
        """Use ``clock`` (seconds, monotonic) for budgets and limits."""
        self.bot = bot
        self.limits = limits
        self.clock = clock
        self.gate = Gate(limits, clock)

    async def send(self, chat: int, payloads: Sequence[Json], urgent: bool = False) -> Delivery:
        """Send payloads in order, for ``send_seconds`` at most in all; never raises for Telegram.

        A message that Telegram refuses as such is left out: trying again would not help.
        """
        deadline = self.clock() + self.limits.send_seconds
        delivery = Delivery()
        for payload in payloads:
            await self._one({"chat_id": chat, **payload}, chat, urgent, deadline, delivery)
            if delivery.end is not End.SENT:
                break
        return delivery

    async def delete(self, chat: int, ids: Sequence[int]) -> bool:
        """Take messages off the screen, within ``erase_seconds``; False when some may remain."""
        deadline = self.clock() + self.limits.erase_seconds
        cleared = True
        for start in range(0, len(ids), 100):  # at most 100 a call, says the Bot API
            payload = {"chat_id": chat, "message_ids": list(ids[start : start + 100])}
            try:
                await self._insist("deleteMessages", payload, deadline)
            except TelegramError:
                cleared = False
        return cleared

    async def _one(
        self, payload: Json, chat: int, urgent: bool, deadline: float, delivery: Delivery
    ) -> None:
        pause = self.gate.reserve(chat, deadline - self.clock(), urgent)
        if pause is None:
            delivery.end = End.WAITS
            return
        if pause:
            await asyncio.sleep(pause)
        try:
            message = await self._insist("sendMessage", payload, deadline)
            delivery.ids.append(message["message_id"])
        except TelegramError as error:
            _note(error, delivery)

    async def _insist(self, method: str, payload: Json, deadline: float) -> Any:
        """Call until it works, is refused for good, or the time is over."""
        pause = 0.1
        while True:
            try:
                return await call(self.bot, method, payload, max(0.1, deadline - self.clock()))
            except RefusedError as error:
                if error.code < 500 and error.code != HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                wait = error.retry_after or pause
            except NetworkError:
                wait = pause
            if self.clock() + wait >= deadline:
                raise NetworkError("Out of time")
            await asyncio.sleep(wait)
            pause *= 2


def _note(error: TelegramError, delivery: Delivery) -> None:
    code = error.code if isinstance(error, RefusedError) else 0
    if code == HTTPStatus.FORBIDDEN:
        delivery.end = End.BLOCKED
    elif code == HTTPStatus.BAD_REQUEST:
        delivery.refused += 1
    else:
        delivery.end = End.WAITS
