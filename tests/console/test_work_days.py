"""Whole pieces of work in a real browser: a steward's municipality, a translator's Arabic."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.content.scheme_shelf import NORMS, SCHEMES
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_directory import LOCAL, SERVICE
from tests.console.test_schemes import ALWAYS, BASES, BOOK, DEVENTER, LIMIT
from tests.web.test_page import fits, violations

pytestmark = pytest.mark.browser

SAVES = re.compile(r"/translate/ar\?file=")


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with a service, a scheme and its limit in Deventer."""
    service = SERVICE.format(name="brug", title="Brug", code="GM0150")
    texts = {LOCAL: service, SCHEMES: BOOK + ALWAYS, NORMS: BASES, DEVENTER: LIMIT}
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


async def sit_down(browser: Browser, someone: Someone) -> Page:
    """Give somebody who signed in a tablet."""
    context = await browser.new_context(
        viewport={"width": 768, "height": 1024}, reduced_motion="reduce", locale="nl-NL"
    )
    cookie = {"name": "console", "value": someone.token, "url": f"{someone.origin}/console"}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def is_fine(page: Page) -> None:
    """Nothing that axe finds, nothing that sticks out sideways; looked at once it is all there."""
    await page.wait_for_load_state("load")
    assert await violations(page) == ""
    assert await fits(page)


async def press_with_keys(page: Page, name: str) -> None:
    """Walk to a button or link with the tab key and press it."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        told = await page.evaluate(
            "(node => node.ariaLabel || node.textContent)(document.activeElement)"
        )
        if name in (told or ""):
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            return
    pytest.fail(f"the tab key never reaches {name}")


async def test_a_steward_brings_a_municipality_up_to_date_from_the_work_list(
    enter: Enter, browser: Browser
) -> None:
    """By keyboard alone: one thing is wrong and mended, the rest is right, a place is added."""
    sam = await enter("steward", name="Sam", municipalities=("GM0150",))
    page = await sit_down(browser, sam)
    await page.goto(f"{sam.origin}/console")
    await press_with_keys(page, "De gids")
    await expect(page.get_by_role("heading", level=1)).to_have_text("De gids: Deventer")
    await expect(page.get_by_text("Nog nooit nagekeken.")).to_be_visible()
    await is_fine(page)

    await press_with_keys(page, "Brug")
    await is_fine(page)
    await press_with_keys(page, "Klopt niet: Telefoon")
    await is_fine(page)
    await page.get_by_label("Telefoon", exact=True).focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("0570 654321")
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_text("Zonder bron staat niets in de gids.")).to_be_visible()
    await is_fine(page)
    await page.get_by_label("Bron", exact=True).focus()
    await page.keyboard.type("Telefoongesprek")
    await page.get_by_label("Jaar van de bron").focus()
    await page.keyboard.type("2026")
    await page.get_by_label("Ja, ik heb vandaag gebeld").check()
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_text("Bewaard in je voorstel.")).to_be_visible()
    await expect(page.get_by_text("0570 654321")).to_be_visible()

    await press_with_keys(page, "De gids: Deventer")
    await press_with_keys(page, "Bron geopend: klopt nog")
    await expect(page.get_by_role("status")).to_have_text("Bewaard: Brug klopt nog.")
    await expect(page.get_by_text("Alles hier is het laatste half jaar nagekeken.")).to_be_visible()

    await press_with_keys(page, "Voeg een plek toe")
    await is_fine(page)
    await page.get_by_label("Naam").fill("Buurtkast")
    await page.get_by_label("Eten", exact=True).check()
    await page.get_by_label("Wat je krijgt").fill("Eten dat over is.")
    await page.get_by_label("Voor wie", exact=True).fill("Voor iedereen.")
    await page.get_by_label("Hoe je het vraagt").fill("Loop langs.")
    await page.get_by_label("Adres").fill("Bij de brug")
    await page.get_by_label("Bron", exact=True).fill("Een folder")
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Buurtkast")
    await press_with_keys(page, "Bekijk je voorstel")
    await expect(page.get_by_role("heading", level=1)).to_have_text("De gids bijgewerkt")
    await expect(page.get_by_text("geschreven, nog niet gecontroleerd")).to_be_visible()


async def test_a_steward_keeps_a_limit_and_says_what_is_different_here(
    enter: Enter, browser: Browser
) -> None:
    """From the work list, by keyboard: a limit is right, then another; a place gives more here."""
    sam = await enter("steward", name="Sam", municipalities=("GM0150",))
    page = await sit_down(browser, sam)
    await page.goto(f"{sam.origin}/console/directory")
    told = page.get_by_text("Van 1 regeling is de grens hier nog na te kijken.")
    await expect(told).to_be_visible()
    await press_with_keys(page, "Regelingen: Deventer")
    await is_fine(page)
    await press_with_keys(page, "Eetbank")
    await expect(page.get_by_text("Tot 120 procent van de bijstandsnorm.")).to_be_visible()
    await is_fine(page)
    await press_with_keys(page, "Eetbank: Bron geopend: klopt nog")
    await expect(page.get_by_text("Bron geopend op 24 november 2026")).to_be_visible()
    await press_with_keys(page, "Klopt niet: Eetbank")
    await is_fine(page)
    await page.get_by_label("Procent van de bijstandsnorm").fill("130")
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_text("Zonder bron staat niets in de gids.")).to_be_visible()
    await is_fine(page)
    await page.get_by_label("Bron", exact=True).fill("Telefoongesprek")
    await page.get_by_label("Jaar van de bron").fill("2026")
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_text("Tot 130 procent van de bijstandsnorm.")).to_be_visible()

    await press_with_keys(page, "Regelingen: Deventer")
    await press_with_keys(page, "De gids: Deventer")
    await press_with_keys(page, "Anders in Deventer")
    await is_fine(page)
    await press_with_keys(page, "Eetbank")
    await is_fine(page)
    await press_with_keys(page, "Hier is het anders: Wat je krijgt")
    await is_fine(page)
    await page.get_by_label("Wat je krijgt").fill("Eten voor twee weken.")
    await page.get_by_label("Bron", exact=True).fill("Een folder")
    await press_with_keys(page, "Bewaar")
    await expect(page.get_by_text("Eten voor twee weken.")).to_be_visible()
    await is_fine(page)
    await press_with_keys(page, "Neem terug: Wat je krijgt")
    await expect(page.get_by_text("Eten voor een week.")).to_be_visible()
    await expect(page.get_by_text("Eten voor twee weken.")).to_have_count(0)
    await press_with_keys(page, "Bekijk je voorstel")
    await expect(page.get_by_role("heading", level=1)).to_have_text("De gids bijgewerkt")


async def test_a_translator_follows_in_arabic_from_right_to_left(
    enter: Enter, browser: Browser
) -> None:
    """Each text is saved when its field is left, also after the connection dropped."""
    mia = await enter("translator", name="Mia")
    page = await sit_down(browser, mia)
    await page.goto(f"{mia.origin}/console/translate")
    await is_fine(page)
    await page.get_by_role("button", name="Vertaal: العربية").click()
    async with page.expect_navigation():
        await page.get_by_role("link", name="Genoeg eten").click()
    await expect(page.locator("form.translation").first).to_be_visible()
    await is_fine(page)
    form = page.locator("form.translation").first
    field = form.get_by_label("Vertaling")
    assert await field.evaluate("node => getComputedStyle(node).direction") == "rtl"

    await page.route(SAVES, drop)
    await field.fill("طعام كاف في البيت")
    await field.blur()
    await expect(form.get_by_role("status")).to_contain_text("Nog niet bewaard.")
    await page.unroute(SAVES, drop)
    await expect(form.get_by_role("status")).to_have_text("Bewaard.", timeout=30_000)

    await page.reload()
    await expect(page.get_by_text("طعام كاف في البيت")).to_be_visible()
    await page.get_by_role("link", name="Alles in deze taal").click()
    await page.get_by_role("link", name="service", exact=True).click()
    call = page.locator('form.translation:has(input[value="service.call"])')
    await call.get_by_label("Vertaling").fill("اتصل: {number}")
    await call.get_by_label("Vertaling").blur()
    await expect(call.get_by_role("status")).to_contain_text("Dit ontbreekt: {phone}.")
    await is_fine(page)


async def test_what_is_typed_before_the_page_is_ready_is_saved_too(
    enter: Enter, browser: Browser
) -> None:
    """The script comes late, as on a slow line."""
    mia = await enter("translator", name="Mia")
    page = await sit_down(browser, mia)
    await page.goto(f"{mia.origin}/console/translate")
    await page.get_by_role("button", name="Vertaal: العربية").click()
    hold = asyncio.Event()

    async def late(route: Route) -> None:
        await hold.wait()
        await route.continue_()

    await page.route("**/translate.js", late)
    link = page.get_by_role("link", name="Genoeg eten")
    await page.goto(f"{mia.origin}{await link.get_attribute('href')}", wait_until="commit")
    form = page.locator("form.translation").first
    await form.get_by_label("Vertaling").fill("طعام كاف في البيت")
    hold.set()
    await expect(form.get_by_role("status")).to_have_text("Bewaard.")


async def drop(route: Route) -> None:
    """Lose what is saved, as without a network."""
    if route.request.method == "POST":
        await route.abort()
    else:
        await route.continue_()
