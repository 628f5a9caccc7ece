"""A console as it runs, with people in it who signed in."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, async_playwright

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.handlers.keys import CONTENT
from bot.staff.roles import OPERATOR, Account
from bot.store import people, visits
from bot.store.content import ContentStore
from tests.conftest import NOON
from tests.console.screens import HERE


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def move(self, seconds: float) -> None:
        """Move on."""
        self.now += timedelta(seconds=seconds)

    @property
    def seconds(self) -> int:
        """Seconds since 1970."""
        return int(self.now.timestamp())


@dataclass
class Someone:
    """Somebody with a browser: a cookie, and the token for forms."""

    client: TestClient
    account: Account
    token: str = ""
    csrf: str = ""

    @property
    def origin(self) -> str:
        """What their browser calls the console."""
        return str(self.client.make_url("/")).rstrip("/")

    def headers(self) -> dict[str, str]:
        """The headers of a browser on a page of the console."""
        cookie = {"Cookie": f"console={self.token}"} if self.token else {}
        return {**cookie, "Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    async def get(self, path: str, **headers: str) -> ClientResponse:
        """Open a page; a redirect is not followed."""
        return await self.client.get(
            path, headers={**self.headers(), **headers}, allow_redirects=False
        )

    async def post(
        self, path: str, fields: dict[str, object] | None = None, **headers: str
    ) -> ClientResponse:
        """Send a form of a page that they have open."""
        return await self.client.post(
            path,
            data={"csrf": self.csrf, **(fields or {})},
            headers={**self.headers(), **headers},
            allow_redirects=False,
        )


async def visitor(client: TestClient) -> Someone:
    """Somebody who has the sign-in page open."""
    page = await client.get("/console/sign-in")
    (csrf,) = re.findall(r'name="csrf" content="([^"]+)"', await page.text())
    return Someone(client, Account("", ""), page.cookies["console"].value, csrf)


Enter = Callable[..., Awaitable[Someone]]


@pytest.fixture
def clock() -> Clock:
    """Noon on a Tuesday."""
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Nothing set but the folders."""
    return Settings(data=tmp_path / "data", keys=tmp_path / "keys")


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock) -> web.Application:
    """The application as it runs, with empty stores."""
    return build(settings, small.release, clock)


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[TestClient]:
    """A client of the fixed door, by the name under which the console answers. Keeps no cookie."""
    server = TestServer(app, host="localhost")
    async with TestClient(server, cookie_jar=DummyCookieJar()) as client:
        yield client


@pytest.fixture
def content(client: TestClient, app: web.Application) -> ContentStore:
    """The content store of the running console."""
    return app[CONTENT]


@pytest.fixture
def enter(client: TestClient, content: ContentStore, clock: Clock) -> Enter:
    """Sign somebody in: ``await enter("reviewer", name="Noor", by="...", municipalities=[...])``.

    Without a role: an account that may nothing.
    """

    async def sign_in(
        *roles: str, name: str = "", by: str = OPERATOR, municipalities: tuple[str, ...] = ()
    ) -> Someone:
        async with content.writing() as connection:
            known = await people.everybody(connection, clock.seconds)
            id_ = await people.add(
                connection, name or f"Noor {len(known)}", roles, municipalities, clock.seconds
            )
            await people.invite(connection, id_, by, clock.seconds)
            token, visit = await visits.begin(connection, clock.seconds, id_, "passkey")
            account = await people.find(connection, id_)
        assert account
        return Someone(client, account, token, visit.csrf)

    return sign_in


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without any way to the network but this machine."""
    async with async_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = await playwright.chromium.launch(executable_path=path, args=HERE)
        yield browser
        await browser.close()
