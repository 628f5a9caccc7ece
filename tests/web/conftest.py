"""A server as in production, on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.web import fake_chat

fake_chat.install()

from bot.handlers import health, webchat  # noqa: E402
from bot.handlers.keys import CHAT, CLOCK  # noqa: E402

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.fixture
def app() -> web.Application:
    """The application, with an empty store."""
    app = web.Application()
    app[CHAT] = fake_chat.FakeChat()
    app[CLOCK] = lambda: NOW
    webchat.add_routes(app)
    health.add_routes(app)
    return app


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[TestClient]:
    """A client that keeps cookies, if it gets any."""
    async with TestClient(TestServer(app)) as client:
        yield client
