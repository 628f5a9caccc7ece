"""A server as in production, on a port of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page, Request, Route, async_playwright, expect

from bot.app import build, load_content
from bot.config import Settings
from bot.engine.model import Release

FLAGS = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    *["--disable-background-networking", "--disable-component-update"],
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
EXIT = "https://nl.wikipedia.org/"
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.fixture(scope="session")
def release() -> Release:
    """What is live: the conversations, words and directory of this repository."""
    return load_content(ROOT, lambda: NOW, public=False).release


@pytest.fixture
def app(release: Release, tmp_path: Path) -> web.Application:
    """The application as it runs, with an empty store."""
    settings = Settings(data=tmp_path / "data", keys=tmp_path / "keys")
    return build(settings, release, lambda: NOW)


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[TestClient]:
    """A client that keeps cookies, if it gets any."""
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without any way to the network but this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=FLAGS,
            # Playwright switches it off; people's browsers keep whole pages to go back to.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        await browser.close()


@dataclass
class Visit:
    """A visit in a browser: the page, what it asked of the network, and the chat behind it."""

    page: Page
    base: str
    client: TestClient
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    session: str = ""

    def note(self, request: Request) -> None:
        """Remember what was asked, and under which token the script talks."""
        self.asked.append(request.url)
        if request.url.endswith("/api/chat"):
            self.session = str(json.loads(request.post_data or "{}").get("session"))

    async def choose(self, number: int = 0) -> None:
        """Press a button under the question, and wait for the answer."""
        await self.answered(self.page.locator("#choices button").nth(number).click)

    async def say(self, text: str) -> None:
        """Type a text and send it."""
        await self.page.fill("#text", text)
        await self.answered(self.page.locator(".send").click)

    async def press(self, choice: str) -> None:
        """Press one of the buttons that are always there."""
        await self.answered(self.page.locator(f'button[value="{choice}"]').click)

    async def answered(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something that takes a turn, and wait until its answer is shown."""
        before = await self.page.locator(".turn:not(.mine)").count()
        plain = await self.page.locator('#chat input[name="session"]').count()
        if plain:
            async with self.page.expect_navigation():
                await act()
            return
        await act()
        await expect(self.page.locator(".turn:not(.mine)")).to_have_count(before + 1)

    async def is_erased(self) -> bool:
        """Say whether the server has forgotten the chat (waits a little for a beacon)."""
        for _ in range(600):
            answer = await self.client.post(
                "/api/chat", json={"session": self.session, "text": "", "turn": 10**6}
            )
            if answer.status == 200:
                return True
            await asyncio.sleep(0.05)
        return False


Visitor = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def visit(client: TestClient, browser: Browser) -> Visitor:
    """Open the chat in a fresh browser context: ``await visit(language="ar", script=False)``.

    ``lost`` is a pattern of addresses that never arrive.
    """

    async def open_chat(
        path: str = "/",
        *,
        language: str = "nl",
        script: bool = True,
        width: int = 390,
        lost: str = "",
    ) -> Visit:
        context = await browser.new_context(
            java_script_enabled=script,
            locale=language,
            viewport={"width": width, "height": 740},
            reduced_motion="reduce",
        )
        await context.route(f"{EXIT}**", harmless)
        if lost:
            await context.route(lost, lambda route: route.abort())
        page = await context.new_page()
        visit = Visit(page, str(client.make_url("/")).rstrip("/"), client)
        page.on("request", visit.note)
        page.on("pageerror", lambda error: visit.errors.append(error.message))
        page.on("console", lambda line: visit.errors.append(line.text))
        await page.goto(visit.base + path)
        return visit

    return open_chat


async def harmless(route: Route) -> None:
    """Stand in for the page that "Snel weg" leads to."""
    await route.fulfill(body="<title>elsewhere</title>elsewhere", content_type="text/html")
