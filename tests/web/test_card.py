"""The help card as a page: two languages side by side, on screen and on paper, and no trace."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.catalog import Catalog
from bot.directory import Edition
from bot.engine.model import Release
from bot.engine.session import Reply, Session, Shown
from bot.sheet import sheet
from bot.voice import Voice
from bot.wording import speak
from tests.web.conftest import NOW, Visit, Visitor

AR = {
    "kaart.show": "أظهر هذه البطاقة عند الشباك.",
    "kaart.gives": "ماذا يمكنك أن تطلب",
    "kaart.who": "لمن",
    "kaart.how": "هكذا تطلب",
    "kaart.when": "أوقات العمل",
    "kaart.say": "يمكنك أن تقول",
    "kaart.cost": "التكلفة",
    "kaart.languages": "يجيبون باللغة",
    "kaart.sure": "هل ما زال صحيحا؟",
    "kaart.partly": "بعض الكلمات لم تترجم بعد.",
    "service.free": "مجانا",
    "service.kindertelefoon.gives": "الحديث عن كل شيء مع شخص يستمع إليك.",
    "service.kindertelefoon.say": "مرحبا، أريد أن أتحدث مع أحد.",
}
"""Invented for these tests; the languages of the product are in the catalogs."""

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="session")
def release(release: Release) -> Release:
    """What is live, with some Arabic and nothing else translated."""
    texts = dict(release.catalog.texts) | {"ar": {key: (text,) for key, text in AR.items()}}
    catalog = Catalog(release.catalog.languages, texts, release.catalog.plural)
    return replace(release, catalog=catalog)


async def card(client: TestClient, *services: str, language: str = "ar") -> str:
    """Ask for cards as the button does."""
    fields = [("language", language), *(("service", name) for name in services)]
    answer = await client.post("/kaart", data=fields)
    assert answer.status == 200
    return await answer.text()


async def opened(client: TestClient, browser: Browser, width: int = 390, **more: str) -> Page:
    """Open the card of the Kindertelefoon in a browser, as the button does."""
    context = await browser.new_context(viewport={"width": width, "height": 900})
    page = await context.new_page()
    fields: Mapping[str, str] = {"service": "kindertelefoon", "language": "ar", **more}
    await page.goto(str(client.make_url("/hulp")))
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    form = f'<form id="go" method="post" action="/kaart">{inputs}</form>'
    await page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", form)
    async with page.expect_navigation():
        await page.evaluate("document.getElementById('go').submit()")
    return page


async def play_to_a_card(here: Visit) -> None:
    """Answer questions, the first button each time, until a card is offered, and take it."""
    for _ in range(10):
        values = await here.page.eval_on_selector_all(
            "#choices button", "all => all.map(b => b.value)"
        )
        offers = [number for number, value in enumerate(values) if ".card~" in value]
        await here.choose(offers[0] if offers else 0)
        if await here.page.locator(".keep").count():
            return


async def keep(page: Page, name: str, paper: bytes = b"") -> None:
    """Keep what was seen, for people to look at, when SCREENSHOTS names a folder."""
    if "SCREENSHOTS" not in os.environ:
        return
    folder = Path(os.environ["SCREENSHOTS"])
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
    if paper:
        (folder / f"{name}.pdf").write_bytes(paper)


# -- the page


async def test_the_card_holds_both_languages_and_says_which_is_which(client: TestClient) -> None:
    page = await card(client, "kindertelefoon")
    assert f'<p lang="ar" dir="rtl">{AR["service.kindertelefoon.gives"]}</p>' in page
    assert '<p lang="nl" dir="ltr">Hoi, ik wil graag met iemand praten.</p>' in page
    assert "0800-0432" in page
    assert "Laat dit zien aan de balie." in page


async def test_what_is_not_translated_stands_in_dutch_once_and_is_admitted(
    client: TestClient,
) -> None:
    page = await card(client, "kindertelefoon")
    how = re.findall(r"<p lang=\"(\w+)\" dir=\"\w+\">Bel of chat\.", page)
    assert how == ["nl"]
    assert AR["kaart.partly"] in page


async def test_a_dutch_card_says_everything_once(client: TestClient) -> None:
    page = await card(client, "kindertelefoon", language="nl")
    assert page.count("Hoi, ik wil graag met iemand praten.") == 1
    assert 'class="own"' not in page
    assert "vertaald" not in page


async def test_nothing_about_the_hour_is_printed(client: TestClient) -> None:
    """Paper is read later: "open until nine" would be a lie by then."""
    page = await card(client, "kindertelefoon", language="nl")
    assert "open tot" not in page
    assert "elke dag van 11:00 tot 21:00" in page
    assert "Kaart van 24 november 2026." in page


async def test_a_parent_gets_the_card_in_words_for_parents(
    client: TestClient, release: Release
) -> None:
    """The button says so only where a child would read other words."""
    assert "Wie thuis voor je zorgt" in await card(client, "leergeld", language="nl")
    assert "Wie thuis voor je zorgt" not in await card(client, "leergeld+adult", language="nl")
    reply = Reply(items=(Shown("leergeld", "card"),))
    session = Session(answers={"role": "parent"}, reply=reply)
    (first,) = speak(release, session, NOW).bubbles
    assert (first.service or {})["card"] == "leergeld+adult"


@pytest.mark.parametrize("service", ["weg", "", "'><script>", "leergeld" * 9])
async def test_a_card_of_nothing_is_not_found_and_repeats_nothing(
    client: TestClient, service: str
) -> None:
    headers = {"Accept": "text/html"}
    answer = await client.post("/kaart", data={"service": service}, headers=headers)
    assert answer.status == 404
    assert "script>" not in (await answer.text()).replace("</script>", "")


async def test_ids_never_stand_in_an_address(client: TestClient) -> None:
    """There is no GET: an address stays in the history and in the logs of a proxy."""
    answer = await client.get("/kaart?service=kindertelefoon")
    assert answer.status == 405
    assert "kindertelefoon" not in (await answer.text()).casefold().replace("de kindertelefoon", "")


async def test_a_card_leaves_no_cookie_and_is_not_kept(client: TestClient) -> None:
    answer = await client.post("/kaart", data={"service": "kindertelefoon"})
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert re.search(r"style=|<script>|onclick", await answer.text()) is None


async def test_a_body_that_is_too_large_or_no_form_is_refused(client: TestClient) -> None:
    assert (await client.post("/kaart", data="x" * 70_000)).status in (413, 415)
    assert (await client.post("/kaart", json={"service": "kindertelefoon"})).status == 415


# -- the sheet


def test_a_card_of_a_municipality_says_what_is_said_there(release: Release) -> None:
    """The button carries the municipality only where that makes a difference."""
    national = release.directory.services["leergeld"]
    own = replace(national, name="Leergeld in de buurt")
    directory = replace(release.directory, editions={"GM0150": Edition({"leergeld": own})})
    changed = replace(release, directory=directory)

    def shown(place: str) -> object:
        session = Session(answers={"place": place}, reply=Reply(items=(Shown("leergeld", "card"),)))
        (bubble,) = speak(changed, session, NOW).bubbles
        return (bubble.service or {})["card"]

    assert shown("GM0150") == "leergeld@GM0150"
    assert shown("GM0014") == "leergeld"
    there = Voice(release.catalog, directory, "nl", NOW, {"place": "GM0150"})
    found = there.service("leergeld")
    assert found
    assert sheet(there, found).name == "Leergeld in de buurt"


def test_after_danger_nothing_is_offered_to_keep(release: Release) -> None:
    reply = Reply(items=(Shown("leergeld", "card"),), signal="abuse")
    (bubble,) = speak(release, Session(reply=reply), NOW).bubbles
    assert bubble.kind == "service"
    assert "Laat dit zien" not in bubble.text


# -- in a browser


@pytest.mark.browser
@pytest.mark.parametrize("language", ["nl", "ar"])
@pytest.mark.parametrize("width", [320, 390, 900])
async def test_the_card_is_accessible_and_fits(
    client: TestClient, browser: Browser, language: str, width: int
) -> None:
    page = await opened(client, browser, width, language=language)
    results = await Axe().run(page, options=WCAG)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.locator("#print")).to_be_visible()
    await keep(page, f"kaart_{language}_{width}")


@pytest.mark.browser
async def test_two_languages_stand_side_by_side_and_mirrored(
    client: TestClient, browser: Browser
) -> None:
    """In Arabic the person's own words are on the right."""
    page = await opened(client, browser, 900)
    own = await page.locator(".gives .own").bounding_box()
    dutch = await page.locator(".gives .dutch").bounding_box()
    assert own
    assert dutch
    assert abs(own["y"] - dutch["y"]) < 2
    assert dutch["x"] + dutch["width"] <= own["x"]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["nl", "ar"])
async def test_on_paper_it_is_black_on_white_with_a_number_for_a_metre(
    client: TestClient, browser: Browser, language: str
) -> None:
    """At least 12 mm high, one page of A4, none of the buttons, also in a dark room."""
    page = await opened(client, browser, 794, language=language)
    await page.emulate_media(media="print", color_scheme="dark")
    size = await page.locator(".phone").first.evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize)"
    )
    assert size / 96 * 25.4 >= 12
    colours = await page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for hidden in ("#print", ".leave", ".screen"):
        await expect(page.locator(hidden).first).to_be_hidden()
    paper = await page.pdf(format="A4", prefer_css_page_size=True)
    await keep(page, f"kaart_{language}_papier", paper)
    assert paper.count(b"/Type /Page\n") == 1


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_the_button_under_a_card_opens_it_beside_the_chat(
    visit: Visitor, script: bool
) -> None:
    """The chat stays where it is, and the new page can reach nothing of it."""
    here = await visit("/", script=script)
    await here.say("trakteren")
    await play_to_a_card(here)
    async with here.page.context.expect_page() as waiting:
        await here.page.locator(".keep").first.click()
    page = await waiting.value
    await page.wait_for_load_state()
    await expect(page.locator("article h2")).to_be_visible()
    assert page.url.endswith("/kaart")
    assert here.page.url.rstrip("/") == here.base
    await expect(here.page.locator(".keep").first).to_be_visible()
    if script:
        assert await page.evaluate("window.opener") is None
