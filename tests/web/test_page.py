"""The page in a real browser: usable by everybody, and without a trace."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, expect

from bot.chat import Flight
from bot.handlers import security, webchat
from tests.web.conftest import EXIT, Visit, Visitor

pytestmark = pytest.mark.browser

DANGER = "ik wil dood"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def fits(page: Page) -> bool:
    """Say whether nothing sticks out sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def violations(page: Page) -> str:
    """Return what axe finds wrong, as text."""
    results = await Axe().run(page, options=WCAG)
    return "" if not results.violations_count else results.generate_report()


@pytest.mark.parametrize("lost", ["", "**/page.js"], ids=["script", "plain"])
@pytest.mark.parametrize("language", ["nl", "ar"])
async def test_a_chat_is_accessible_and_fits_a_small_phone(
    visit: Visitor, language: str, lost: str
) -> None:
    """First question, an answer, a first line in danger: axe finds nothing, 320 px are enough.

    Axe needs a script itself, so the plain form is had by losing ours.
    """
    here = await visit(language=language, lost=lost, width=320)
    page = here.page
    direction = "rtl" if language == "ar" else "ltr"
    await expect(page.locator("html")).to_have_attribute("dir", direction)
    for step in (None, here.choose, lambda: here.say(DANGER)):
        if step:
            await step()
        assert await violations(page) == ""
        assert await fits(page)
    await expect(page.locator(".card.first a.call")).to_be_visible()
    assert [error for error in here.errors if not lost] == []


@pytest.mark.parametrize("path", ["/hulp", "/weg"])
async def test_the_other_pages_are_accessible_and_fit(visit: Visitor, path: str) -> None:
    """Numbers and exit page, at 320 px."""
    here = await visit("/hulp" if path == "/weg" else path, width=320)
    if path == "/weg":
        await here.page.route("**/weg", strip_refresh)
        await here.page.goto(here.base + path)
    assert await violations(here.page) == ""
    assert await fits(here.page)


async def strip_refresh(route: Route) -> None:
    """Let the exit page stand still."""
    answer = await route.fetch()
    body = (await answer.text()).replace('http-equiv="refresh"', 'name="still"')
    await route.fulfill(response=answer, body=body)


async def test_text_may_be_twice_as_large(visit: Visitor) -> None:
    """At 200 % text on a phone nothing is cut off sideways."""
    here = await visit()
    await here.say(DANGER)
    await here.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await fits(here.page)


async def test_a_phone_number_in_a_message_is_a_link_on_one_line(visit: Visitor) -> None:
    """What the script shows: a number in a sentence calls, and no line breaks it."""
    here = await visit(width=320)
    await here.press("!help")
    await here.choose(1)
    numbers = here.page.locator('.said a[href^="tel:"]')
    await expect(numbers.first).to_be_visible()
    assert await numbers.count() == 1
    assert await numbers.first.text_content() == "0800-2000"
    assert await numbers.first.evaluate("node => node.getClientRects().length") == 1


async def test_buttons_are_as_wide_as_a_thumb(visit: Visitor) -> None:
    """Every button and call link is at least 44 px high, answers 48 px."""
    here = await visit()
    await here.say(DANGER)
    for button in await here.page.locator("button:visible, a.button:visible").all():
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 44
    for button in await here.page.locator("#choices button").all():
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 48


async def test_the_keyboard_is_enough(visit: Visitor) -> None:
    """Tab and Enter choose, focus goes on to the new answers, Enter sends what was typed."""
    here = await visit()
    page = here.page
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.closest('#choices') !== null"):
            break
    await here.answered(lambda: page.keyboard.press("Enter"))
    await expect(page.locator("#choices")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("#choices button").first).to_be_focused()
    await page.focus("#text")
    await page.keyboard.type("Hallo")
    await here.answered(lambda: page.keyboard.press("Enter"))
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#text")).to_have_value("")


async def test_a_chat_leaves_no_trace_in_the_browser(visit: Visitor) -> None:
    """No cookie, no storage, no history entry, no other host, the same address and title."""
    here = await visit()
    page = here.page
    before = await page.evaluate("history.length")
    await here.choose()
    await here.say("hallo")
    assert await page.evaluate("history.length") == before
    assert (page.url, await page.title()) == (f"{here.base}/", "Lucht")
    state = await page.context.storage_state(indexed_db=True)
    assert state == {"cookies": [], "origins": []}
    assert await page.evaluate("sessionStorage.length + localStorage.length") == 0
    assert await page.locator("input[type=hidden][name=session]").count() == 0
    assert [url for url in here.asked if not url.startswith(f"{here.base}/")] == []


CARELESS = {
    "a cookie": "document.cookie = 'a=1';",
    "storage of the tab": "sessionStorage.setItem('a', '1');",
    "storage that stays": "localStorage.setItem('a', '1');",
    "a database": "indexedDB.open('a').onsuccess = () => {};",
    "an entry in the history": "addEventListener('submit', () => history.pushState({}, ''), true);",
    "another address": "history.replaceState({}, '', '/hulp');",
    "another host": "fetch('http://127.0.0.1:9/', {mode: 'no-cors'}).catch(() => {});",
    "a title": "document.title = 'Hulp bij geldzorgen';",
}


@pytest.mark.parametrize("careless", CARELESS)
async def test_a_careless_page_would_leave_a_trace(
    visit: Visitor, careless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof above can fail: each kind of trace is found."""
    monkeypatch.delitem(security.HEADERS, "Content-Security-Policy")
    script = webchat._FILES["page.js"] + CARELESS[careless].encode()
    monkeypatch.setitem(webchat._FILES, "page.js", script)
    with pytest.raises(AssertionError):
        await test_a_chat_leaves_no_trace_in_the_browser(visit)


async def test_leaving_that_erases_nothing_would_be_noticed(
    visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proofs below can fail: the server would still have the chat."""

    async def nothing(flight: Flight) -> None:
        return None

    monkeypatch.setattr(Flight, "erased", nothing)
    with pytest.raises(AssertionError):
        await test_shift_three_times_leaves_and_erases(visit)


async def left(here: Visit) -> bool:
    """Say whether the browser stands at the harmless page, and back finds nothing of the chat."""
    page = here.page
    await page.wait_for_url(f"{EXIT}**")
    await page.go_back()
    return "kanarie7f3a" not in await page.content() and await page.locator(".turn").count() < 2


async def test_the_button_leaves_and_erases(visit: Visitor) -> None:
    """ "Snel weg" leads elsewhere, the server forgets, back shows nothing."""
    here = await visit()
    await here.say("kanarie7f3a")
    await here.page.click(".leave")
    assert await left(here)
    assert not here.page.url.startswith(here.base)
    assert await here.is_erased()


async def test_shift_three_times_leaves_and_erases(visit: Visitor) -> None:
    """Shift alone, three times, from wherever one is; capitals do not count."""
    here = await visit()
    await here.say("kanarie7f3a")
    await here.page.focus("#text")
    for letter in "ABCD":
        await here.page.keyboard.press(f"Shift+{letter}")
    await expect(here.page.locator("#text")).to_have_value("ABCD")
    for _ in range(3):
        await here.page.keyboard.press("Shift")
    assert await left(here)
    assert await here.is_erased()


async def test_leaving_works_without_a_script(visit: Visitor) -> None:
    """The plain button erases and leads elsewhere; back shows nothing of the chat."""
    here = await visit(script=False)
    await here.choose()
    reply = await here.page.locator(".turn").inner_text()
    here.session = await here.page.locator('#chat input[name="session"]').input_value()
    await here.page.click(".leave")
    await here.page.wait_for_url(f"{EXIT}**")
    assert await here.is_erased()
    await here.page.go_back()
    assert reply not in await here.page.content()


async def test_going_elsewhere_erases_too(visit: Visitor) -> None:
    """Whoever leaves by a link or the address bar and comes back finds a new chat."""
    here = await visit()
    await here.say("kanarie7f3a")
    await here.page.goto(f"{here.base}/hulp")
    assert await here.is_erased()
    await here.page.go_back()
    await expect(here.page.locator(".turn")).to_have_count(1)
    assert "kanarie7f3a" not in await here.page.content()


async def test_the_page_changes_language_with_the_chat(visit: Visitor) -> None:
    """After choosing Arabic every word of the page is Arabic and everything is mirrored."""
    here = await visit()
    await here.press("!language")
    await here.answered(here.page.locator('button[value="!language.ar"]').click)
    page = here.page
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    answer = await here.client.get("/api/words/ar")
    words = (await answer.json())["words"]
    await expect(page.locator(".send")).to_have_text(words["send"])
    await expect(page.locator("#text")).to_have_attribute("placeholder", words["field"])
    leave, back = page.locator(".leave"), page.locator('button[value="!back"]')
    at, other = await leave.bounding_box(), await back.bounding_box()
    assert at
    assert other
    assert at["x"] < other["x"]


async def test_a_lost_answer_is_asked_for_again(visit: Visitor) -> None:
    """The server answered, the answer got lost: it is fetched again, and counted once."""
    here = await visit()
    lost: list[int] = []

    async def lose(route: Route) -> None:
        answer = await route.fetch()
        lost.append((await answer.json())["turn"])
        await (route.abort() if len(lost) == 1 else route.fulfill(response=answer))

    await here.page.route("**/api/chat", lose)
    await here.say("hallo")
    assert lost == [2, 2]
    await expect(here.page.locator("#state")).to_have_text("")


async def test_markup_that_is_typed_stays_text(visit: Visitor) -> None:
    """What somebody types is shown as it was typed, never run."""
    here = await visit()
    typed = "<img src=x onerror=document.title='x'><b>hoi</b>"
    await here.say(typed)
    await expect(here.page.locator(".mine .said")).to_have_text(typed)
    assert await here.page.title() == "Lucht"


async def test_danger_comes_first_and_big(visit: Visitor) -> None:
    """One number stands above everything else, and calls when tapped."""
    here = await visit()
    await here.say(DANGER)
    first = here.page.locator(".turn:not(.mine)").last.locator("> *").first
    call = first.locator("a.call")
    await expect(call).to_have_attribute("href", "tel:113")
    assert int(str(await call.evaluate("e => parseInt(getComputedStyle(e).fontSize)"))) >= 24


async def test_a_card_of_danger_speaks_the_language_of_the_answer(visit: Visitor) -> None:
    """Also when the page stood in another one; Dutch beside Arabic reads from the left."""
    here = await visit(language="en")
    await here.say("أبي يضربني بالحزام كل يوم")
    answer = await here.client.get("/api/words/ar")
    words = (await answer.json())["words"]
    call = here.page.locator(".card.first a.call [data-word]").first
    await expect(call).to_have_text(words[str(await call.get_attribute("data-word"))])
    dutch = here.page.locator(".turn:not(.mine) .said", has_text="Goed dat je dit zegt")
    await expect(dutch).to_have_attribute("dir", "ltr")
