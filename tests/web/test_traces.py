"""What a browser keeps of a visit, with all its caches at work: nothing of a chat comes back.

Playwright switches caches off as soon as a request is intercepted, so here the page that "Snel weg"
leads to is a server of its own, and nothing is intercepted.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Error, Page, expect

from bot.handlers import pages, security, webchat
from bot.handlers.pages import Facts

pytestmark = pytest.mark.browser
Open = Callable[[bool], Any]


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """A harmless page of somebody else."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<title>elsewhere</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/elsewhere", page)
    async with TestServer(app) as server:
        yield str(server.make_url("/elsewhere"))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the browser to keep everything."""
    monkeypatch.setitem(security.HEADERS, "Cache-Control", "max-age=600")


@pytest.fixture
async def opened(app: web.Application, elsewhere: str, browser: Browser) -> AsyncIterator[Open]:
    """Return how to open the chat, with or without a script."""
    app[pages.PAGE_FACTS] = Facts(elsewhere, app[pages.PAGE_FACTS].danger_service)
    async with TestClient(TestServer(app)) as client:

        async def open_chat(script: bool) -> Page:
            context = await browser.new_context(java_script_enabled=script, locale="nl")
            page = await context.new_page()
            await page.goto(str(client.make_url("/")))
            return page

        yield open_chat


async def talk(page: Page, script: bool) -> list[str]:
    """Answer twice; return the first line of each reply."""
    replies = []
    for _ in range(2):
        before = page.locator(".turn:not(.mine)")
        count = await before.count()
        await page.locator("#choices button").first.click()
        await expect(page.locator(".turn:not(.mine)")).to_have_count(count + 1 if script else 1)
        if not script:
            await page.wait_for_load_state()
        text = await page.locator(".turn:not(.mine)").last.inner_text()
        replies.append(text.splitlines()[0])
    return replies


async def found_going_back(page: Page, replies: list[str]) -> list[str]:
    """Go back as far as one can; return the replies that are shown again."""
    found = []
    for _ in range(6):
        # A page that was not kept, and cannot be asked for again: the browser says so itself.
        with contextlib.suppress(Error):
            await page.go_back(wait_until="commit")
        await page.wait_for_timeout(200)
        text = await page.locator("body").inner_text()
        found += [reply for reply in replies if reply in text]
    return found


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_after_leaving_no_page_of_the_chat_comes_back(
    opened: Open, elsewhere: str, script: bool
) -> None:
    """However far one goes back, and whatever the browser has kept whole."""
    page = await opened(script)
    replies = await talk(page, script)
    await page.click(".leave")
    await page.wait_for_url(elsewhere)
    assert await found_going_back(page, replies) == []


@pytest.mark.usefixtures("kept")
async def test_a_page_kept_whole_is_empty(opened: Open, elsewhere: str) -> None:
    """Whoever went elsewhere by the address bar and comes back finds the first question.

    In a browser that keeps pages although we ask it not to, the script alone sees to that.
    """
    page = await opened(True)
    replies = await talk(page, True)
    await page.goto(elsewhere)
    assert await found_going_back(page, replies) == []


@pytest.mark.usefixtures("kept")
async def test_plain_pages_that_may_be_kept_would_come_back(opened: Open, elsewhere: str) -> None:
    """The first proof can fail: without ``no-store`` the browser shows the chat again."""
    page = await opened(False)
    replies = await talk(page, False)
    await page.click(".leave")
    await page.wait_for_url(elsewhere)
    assert await found_going_back(page, replies) != []


@pytest.mark.usefixtures("kept")
async def test_a_page_kept_whole_would_show_the_chat_if_it_did_not_empty_itself(
    opened: Open, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second proof can fail: a script that leaves the page as it was gives the chat back."""
    leave_it(monkeypatch)
    page = await opened(True)
    replies = await talk(page, True)
    await page.goto(elsewhere)
    assert await found_going_back(page, replies) != []


def leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the script neither empty the page nor ask for a new one."""
    script = webchat._FILES["page.js"]
    for old, new in (
        (b"function vanish() {", b"function vanish() { return;"),
        (b"if (event.persisted)", b"if (false)"),
    ):
        assert old in script
        script = script.replace(old, new)
    monkeypatch.setitem(webchat._FILES, "page.js", script)


async def test_an_answer_sent_again_without_a_script_opens_nothing(opened: Open) -> None:
    """Reload, and "yes, send it again": the spent token leads to a new chat, and it is said."""
    page = await opened(False)
    replies = await talk(page, False)
    await page.reload()
    assert await page.locator(".notice").count() == 1
    assert await page.locator('#chat input[name="turn"]').input_value() == "1"
    text = await page.locator("body").inner_text()
    assert not [reply for reply in replies if reply in text]


async def test_a_browser_that_keeps_pages_whole_is_what_is_tested(
    browser: Browser, elsewhere: str
) -> None:
    """The proofs above can fail: this browser does bring pages back as they were left."""
    page = await (await browser.new_context()).new_page()
    await page.goto(elsewhere)
    await page.evaluate("addEventListener('pageshow', e => document.title = String(e.persisted))")
    await page.goto(elsewhere + "?other")
    await page.go_back(wait_until="commit")
    await expect(page).to_have_title("true")
