"""The pages of conversations and drafts in a real browser: axe, a tablet, the keyboard, waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.staff.roles import ROLES
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_play import NEW, begin, opened
from tests.console.test_releases import FILE, follow
from tests.web.test_page import fits, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content."""
    return build(settings, small.release, clock, root)


async def sit_down(browser: Browser, someone: Someone, width: int) -> Page:
    """Give somebody who signed in a screen of a width."""
    size = {"width": width, "height": 1024}
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        locale="nl-NL",
        reduced_motion="reduce",
    )
    cookie = {"name": "console", "value": someone.token, "url": f"{someone.origin}/console"}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    return await context.new_page()


async def changed(ann: Someone) -> str:
    """Make a draft with a changed sentence; return its address."""
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": f"{NEW} Zijn jullie arme mensen?", "note": ""})
    return at.partition("/play")[0]


REACHED = """() => [...document.querySelectorAll(
  'a[href], button:not(:disabled), input:not([type=hidden]):not([type=radio]), select, ' +
  'textarea, summary'
)].filter((one) => one.checkVisibility() && !one.dataset.reached).map((one) => one.outerHTML)"""


async def not_reached(page: Page) -> list[str]:
    """Walk through a page with the tab key; return what can be pressed and was never reached."""
    count = await page.locator("a, button, input, select, textarea, summary, [tabindex]").count()
    for _ in range(count + 1):
        await page.keyboard.press("Tab")
        await page.evaluate("document.activeElement.dataset.reached = 'yes'")
    return list(await page.evaluate(REACHED))


@pytest.mark.parametrize("width", [768, 1440])
async def test_every_page_is_accessible_fits_and_is_reached_by_keyboard(
    enter: Enter, browser: Browser, width: int
) -> None:
    ann = await enter(*ROLES, municipalities=("NL",))
    draft = await changed(ann)
    page = await sit_down(browser, ann, width)
    for path in (
        "/console",
        "/console/releases",
        "/console/people",
        "/console/log",
        "/console/account",
        "/console/conversations",
        draft,
        f"{draft}/file?path={FILE}",
        f"{draft}/heard/eten?typed=ik+heb+honger",
        f"{draft}/search?q=eten",
        f"{draft}/map/eten",
        f"{draft}/play/eten",
    ):
        await page.goto(ann.origin + path)
        assert await violations(page) == "", path
        assert await fits(page), path
        assert await not_reached(page) == [], path


async def test_long_work_says_that_it_goes_on_and_is_asked_for_once(
    enter: Enter, browser: Browser
) -> None:
    ann = await enter("author")
    page = await sit_down(browser, ann, 768)
    await page.goto(ann.origin + await changed(ann))

    async def leave_it(route: Route) -> None:
        # An empty answer: the page stays as somebody sees it while they wait.
        await route.fulfill(status=204)

    await page.route("**/check", leave_it)
    button = page.get_by_role("button", name="Controleer", exact=True)
    await button.click()
    await expect(page.locator("#waiting progress")).to_be_visible()
    await expect(page.locator("#waiting")).to_contain_text("Ik controleer alles.")
    await expect(button).to_be_disabled()
    await page.unroute("**/check")
    await page.reload()
    await button.click()
    await expect(page.get_by_text("gecontroleerd, er klopt iets niet")).to_be_visible(
        timeout=180_000
    )
    await expect(page.locator("#problems + ul")).to_contain_text("Zo praten we niet: arme")
    await page.locator("#problems + ul a").first.click()
    await expect(page.locator("#play")).to_be_visible()
    await expect(page.locator("#findings")).to_contain_text("Zo praten we niet: arme")


async def test_one_press_leads_from_the_list_into_the_editor(
    enter: Enter, browser: Browser
) -> None:
    """Begun by keyboard: the conversation, its first sentence, saved."""
    ann = await enter("author")
    page = await sit_down(browser, ann, 768)
    await page.goto(f"{ann.origin}/console/conversations")
    await page.get_by_role("button", name="Genoeg eten").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#play h1")).to_contain_text("Genoeg eten")
    await page.locator("#chat a.said.press").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#edit-text")).to_be_focused()
