"""A volunteer at work in a real browser: nothing is lost, nobody is in the way of somebody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_play import NEW, OLD, begin
from tests.web.test_page import fits, violations

pytestmark = pytest.mark.browser

Open = Callable[[Someone, str], Awaitable[Page]]
SAVED = "Opgeslagen."


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content."""
    return build(settings, small.release, clock, root)


@pytest.fixture
def visit(browser: Browser) -> Open:
    """Open a page for somebody who is signed in, in a browser of their own, on a tablet."""

    async def opened(someone: Someone, path: str) -> Page:
        size = {"width": 768, "height": 1024}
        context = await browser.new_context(viewport=size, locale="nl-NL")
        cookie = {"name": "console", "value": someone.token, "url": f"{someone.origin}/console"}
        await context.add_cookies([cookie])
        page = await context.new_page()
        await page.goto(someone.origin + path)
        return page

    return opened


async def write(page: Page, text: str) -> None:
    """Press the first bubble of the chat and type."""
    await page.locator("#chat a.said.press").first.click()
    await page.locator("#edit-text").fill(text)


async def test_a_volunteer_changes_a_sentence_and_adds_a_step_and_takes_it_back(
    enter: Enter, visit: Open
) -> None:
    ann = await enter("author")
    page = await visit(ann, await begin(ann))
    await write(page, NEW)
    await expect(page.locator("#edit .saved")).to_have_text(SAVED)
    await page.keyboard.press("Escape")
    await expect(page.locator("#chat")).to_contain_text(NEW)
    await page.locator("#s-today li", has_text="Nee").locator("a.plus").click()
    await page.get_by_role("link", name="Lucht zegt iets").click()
    await page.locator("#edit-text").fill("Wat naar voor je.")
    await page.locator("#edit button.main").click()
    await expect(page.locator("#outline")).to_contain_text("Wat naar voor je.")
    await page.locator("#chat .choice a", has_text="Nee").first.click()
    await expect(page.locator("#chat")).to_contain_text("Wat naar voor je.")
    await page.locator("#undo").click()
    await expect(page.locator("#outline")).not_to_contain_text("Wat naar voor je.")
    await page.locator("#redo").click()
    await expect(page.locator("#outline")).to_contain_text("Wat naar voor je.")


async def test_what_is_wrong_stands_beside_the_words_and_every_path_can_be_proven(
    enter: Enter, visit: Open
) -> None:
    ann = await enter("author")
    page = await visit(ann, await begin(ann))
    await write(page, "Zijn jullie arme mensen?")
    await expect(page.locator("#edit .findings")).to_contain_text("Zo praten we niet: arme")
    await page.locator("#edit-text").fill(NEW)
    await page.locator("#edit button.main").click()
    await expect(page.locator("#edit")).to_have_count(0)
    await expect(page.locator("#findings")).to_contain_text("Alles klopt")
    await page.locator("#proof a").click()
    await expect(page.locator("#findings")).to_contain_text(
        "Niemand gaat weg met lege handen", timeout=60_000
    )


async def test_two_people_in_one_text_do_not_overwrite_each_other(
    enter: Enter, visit: Open
) -> None:
    ann, bo = await enter("author"), await enter("author")
    at = await begin(ann)
    mine, theirs = await visit(ann, at), await visit(bo, at)
    await theirs.locator("#chat a.said.press").first.click()
    await write(mine, NEW)
    await expect(mine.locator("#edit .saved")).to_have_text(SAVED)
    await theirs.locator("#edit-text").fill("Dank je wel.")
    await expect(theirs.get_by_role("alert")).to_contain_text(NEW)
    await expect(theirs.locator("#edit-text")).to_have_value("Dank je wel.")
    await mine.reload()
    await expect(mine.locator("#outline")).to_contain_text(NEW)
    await theirs.locator("#edit button.main").click()
    await expect(theirs.locator("#chat")).to_contain_text("Dank je wel.")


async def refuse_to_save(route: Route) -> None:
    """Let pages through and drop what would be saved, as a bad connection does."""
    if route.request.method == "POST":
        await route.abort()
    else:
        await route.continue_()


async def test_nothing_that_was_typed_is_lost_when_the_connection_drops(
    enter: Enter, visit: Open
) -> None:
    """The letters stay on the page, survive a reload, and are sent when it is back."""
    ann = await enter("author")
    at = await begin(ann)
    page = await visit(ann, at)
    await page.locator("#chat a.said.press").first.click()
    await page.context.set_offline(True)
    await page.locator("#edit-text").fill(NEW)
    await expect(page.locator("#edit .saved")).to_contain_text("geen verbinding")
    await page.context.set_offline(False)
    await expect(page.locator("#edit .saved")).to_have_text(SAVED)
    again = await visit(ann, at)
    await expect(again.locator("#chat")).to_contain_text(NEW)
    await again.locator("#chat a.said.press").first.click()
    await again.route("**/*", refuse_to_save)  # not set_offline: its end is itself a moment to save
    await again.locator("#edit-text").fill("Fijn dat je er bent.")
    await expect(again.locator("#edit .saved")).to_contain_text("geen verbinding")
    again.on("dialog", lambda dialog: dialog.accept())
    await again.goto(ann.origin + at)
    waits = again.get_by_role("link", name="Er is nog iets niet opgeslagen")
    await expect(waits).to_be_visible()
    await again.unroute("**/*", refuse_to_save)
    await waits.click()
    await expect(again.locator("#edit-text")).to_have_value("Fijn dat je er bent.")
    await expect(again.locator("#edit .saved")).to_have_text(SAVED)


async def test_the_keyboard_is_enough(enter: Enter, visit: Open) -> None:
    """Enter on a bubble opens its form with the words under the fingers, Escape leads back."""
    ann = await enter("author")
    page = await visit(ann, await begin(ann))
    await page.locator("#chat a.said.press").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#edit-text")).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type(NEW)
    await expect(page.locator("#edit .saved")).to_have_text(SAVED)
    await page.keyboard.press("Escape")
    await expect(page.locator("#edit")).to_have_count(0)
    assert OLD not in await page.inner_text("#chat")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?edit=text:today.ask",
        "?edit=add:today:options.no&kind=ask",
        "?edit=add:today:options.no&kind=when",
        "?edit=move:now",
        "?edit=drop:now",
        "?p=no",
    ],
)
async def test_the_pages_are_accessible_and_fit_a_tablet(
    enter: Enter, visit: Open, query: str
) -> None:
    ann = await enter("author")
    at = await begin(ann)
    page = await visit(ann, at + query)
    assert await violations(page) == ""
    assert await fits(page)
    if not query:
        for other in (at.replace("/play/", "/map/"), at.replace("/play/eten", "/search?q=eten")):
            await page.goto(ann.origin + other)
            assert await violations(page) == ""
            assert await fits(page)
