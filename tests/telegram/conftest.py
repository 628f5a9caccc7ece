"""A bot in front of a fake Bot API, and people who talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from bot.config import Settings
from bot.handlers import keys, telegram
from bot.handlers.pace import Limits
from tests.telegram.fake_api import FakeApi, Person
from tests.telegram.fake_chat import FakeChat

# The budgets are the product's: a slow machine must not turn a test red.
QUICK = Limits(rate=1e6, burst=1e6, chat_rate=1e6, chat_burst=1e6)


@dataclass
class Bot:
    """The channel as it runs, with what stands on both sides of it."""

    api: FakeApi
    chat: FakeChat
    limits: Limits = QUICK
    webhook: bool = True
    runner: web.AppRunner | None = None
    url: str = ""

    async def start(self, introduced: bool = True) -> None:
        """Start the channel as the application does; wait until it has introduced itself."""
        app = web.Application(client_max_size=1024)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        app[keys.SETTINGS] = Settings(
            telegram_token=self.api.token,
            telegram_api_url=self.api.url,
            public_url="https://lucht.example" if self.webhook else None,
        )
        app[keys.CHAT] = self.chat  # type: ignore[assignment]
        app[telegram.LIMITS] = self.limits
        telegram.add_routes(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/telegram"
        if introduced:
            await self.api.until(lambda: bool(self.api.received("setMyCommands")))

    async def stop(self) -> None:
        """Stop it, as at the end of the application."""
        if self.runner:
            await self.runner.cleanup()
        self.runner = None

    def person(self, chat: int = 1001, language: str = "nl") -> Person:
        """Return somebody who talks to the bot."""
        return Person(self.api, chat, language)

    def said(self) -> list[str]:
        """Return what was taken, in order."""
        return [m.text or m.choice or m.command or "media" for _, m in self.chat.taken]


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    """A Bot API that has nothing to complain about in the end."""
    api = FakeApi(send_to="")
    await api.start()
    yield api
    await api.stop()
    assert api.problems == []


@pytest.fixture
async def bot(api: FakeApi) -> AsyncIterator[Bot]:
    """A bot by webhook."""
    bot = Bot(api, FakeChat())
    await bot.start()
    api.send_to = bot.url
    yield bot
    await bot.stop()


@pytest.fixture
async def poller(api: FakeApi) -> AsyncIterator[Bot]:
    """A bot by polling."""
    bot = Bot(api, FakeChat(), webhook=False)
    await bot.start()
    yield bot
    await bot.stop()
