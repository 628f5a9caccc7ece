"""Done when: two people take a sentence live on web and Telegram and back; one alone never can.

In real browsers, with passkeys, in front of the fake Bot API; the application as `lucht run` makes
it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Page, expect

from bot.app import build
from bot.config import Settings
from bot.content.load import load
from bot.handlers import telegram
from bot.staff.roles import OPERATOR, ROLES
from bot.store import people
from bot.store.content import ContentStore
from tests.console.conftest import Clock, Enter, Someone
from tests.console.screens import Person as AtScreen
from tests.console.screens import sit_down
from tests.console.test_releases import FILE, NEW, OLD, change_in, read, write
from tests.telegram.conftest import QUICK
from tests.telegram.fake_api import FakeApi, Person

pytestmark = pytest.mark.browser

CHAT, HALFWAY = 4242, 4343
CHILD, NEXT = "Ik ben een kind", "Waar gaat het over?"
TITLE = "Een betere vraag"


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    """A Bot API that has nothing to complain about in the end."""
    api = FakeApi(send_to="")
    await api.start()
    yield api
    await api.stop()
    assert api.problems == []


@pytest.fixture
def app(settings: Settings, clock: Clock, root: Path, api: FakeApi) -> web.Application:
    """The application as `lucht run` makes it, with Telegram by polling.

    The web page needs the one number that stands on every page of it.
    """
    services = root / "directory/services/all.yaml"
    always = services.read_text().split("  - id: ")[1]
    with services.open("a") as file:
        file.write(f"  - id: {always.replace('altijd', 'nl_112', 1)}")
    content, problems = load(root)
    assert problems == []
    ours = Settings(
        data=settings.data,
        keys=settings.keys,
        telegram_token=api.token,
        telegram_api_url=api.url,
    )
    app = build(ours, content.release, clock, root)
    app[telegram.LIMITS] = QUICK
    return app


async def invited(
    content: ContentStore, clock: Clock, name: str, *roles: str, of: tuple[str, ...] = ()
) -> str:
    """Let somebody in from the command line; return the address in their link."""
    async with content.writing() as connection:
        account = await people.add(connection, name, roles, of, clock.seconds)
        token = await people.invite(connection, account, OPERATOR, clock.seconds)
    return f"/console/welcome/{token}"


class Chats:
    """A child at the web page and a child in Telegram, and what stands on their screens."""

    def __init__(self, client: TestClient, browser: Browser, api: FakeApi) -> None:
        """Nobody has said anything yet."""
        self.client, self.browser, self.api = client, browser, api
        self.person = Person(api, CHAT)

    async def begin(self, person: Person) -> Page:
        """Open the page and write to the bot; return the page."""
        context = await self.browser.new_context(locale="nl", reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(str(self.client.make_url("/")))
        person.type("/start")
        await self.api.settled()
        return page

    async def both_say(self, text: str) -> None:
        """Begin anew on both until both say a text, which takes two seconds at most when live."""
        for _ in range(100):
            page = await self.begin(self.person)
            found = await page.get_by_text(text, exact=True).count()
            await page.context.close()
            if found and text in self.api.texts(CHAT)[-1]:
                return
        pytest.fail(f"neither web nor Telegram says: {text}")

    async def goes_on(self, page: Page, person: Person) -> None:
        """Answer the old question on both: it is asked again, as it is now, and then goes on."""
        for text in (NEW, NEXT):
            await page.get_by_role("button", name=CHILD).last.click()
            await expect(page.get_by_text(text, exact=True)).to_be_visible()
            person.press(CHILD)
            await self.api.settled()
            assert text in self.api.texts(person.chat)[-1]


async def write_it(ann: AtScreen) -> None:
    """Make a draft in which one sentence of one file is another; check it."""
    await ann.page.get_by_role("link", name="Gesprekken", exact=True).click()
    await ann.page.get_by_label("Wat verandert er, en waarom?").fill(TITLE)
    await ann.press("Begin")
    draft = ann.page.url
    await ann.page.goto(f"{draft}/file?path={FILE}")
    box = ann.page.get_by_label("Tekst", exact=True)
    await box.fill((await box.input_value()).replace(OLD, NEW))
    await ann.press("Bewaar en controleer")
    await expect(ann.page.get_by_text("Er is niets mis gevonden.")).to_be_visible()


async def publish_it(rob: AtScreen) -> None:
    """Read what changes, approve it, rehearse it, put it live."""
    await rob.page.get_by_role("link", name="Gesprekken", exact=True).click()
    await rob.page.get_by_role("link", name=TITLE).click()
    await expect(rob.page.locator("ins").first).to_be_visible()
    await rob.press("Keur dit goed")
    await rob.page.get_by_role("link", name="Repeteer en zet live").click()
    await rob.press("Zet live")
    await expect(rob.page).to_have_url(f"{rob.base}/console/releases")


async def test_two_people_take_a_sentence_live_on_web_and_telegram_and_back(
    client: TestClient, browser: Browser, api: FakeApi, content: ContentStore, clock: Clock
) -> None:
    """Whoever is halfway through the old text meanwhile goes on, in both."""
    chats = Chats(client, browser, api)
    await chats.both_say(OLD)
    child = Person(api, HALFWAY)
    page = await chats.begin(child)
    await expect(page.get_by_text(OLD)).to_be_visible()
    ann, rob = [await sit_down(client, browser) for _ in range(2)]
    await ann.join(await invited(content, clock, "Ann", "author"))
    await rob.join(await invited(content, clock, "Rob", "reviewer", "publisher"))
    await write_it(ann)
    await chats.both_say(OLD)
    await publish_it(rob)
    await chats.both_say(NEW)
    await chats.goes_on(page, child)
    first = rob.page.locator(".rows").first.locator("li").nth(1)
    await first.get_by_label("Waarom?").fill("Toch niet")
    await first.get_by_role("button", name="Zet terug").click()
    await expect(rob.page.get_by_text("Toch niet")).to_be_visible()
    await chats.both_say(OLD)


async def at_screen(browser: Browser, someone: Someone) -> Page:
    """A browser in which somebody signed in before."""
    context = await browser.new_context(locale="nl-NL")
    await context.add_cookies(
        [{"name": "console", "value": someone.token, "url": f"{someone.origin}/console"}]
    )
    return await context.new_page()


FORBIDDEN = ("Keur dit goed", "Zet live", "Zet terug")
ALLOWED = {"reviewer": ("Keur dit goed",), "publisher": ("Zet terug",)}


async def test_an_intruder_with_any_single_role_cannot_do_it_alone(
    client: TestClient, browser: Browser, api: FakeApi, enter: Enter, root: Path
) -> None:
    """Each of the seven, at the screen and past it; web and Telegram say what they said.

    A reviewer may approve and a publisher may put live: neither is enough for the other.
    """
    ann, honest = await enter("author"), await enter("reviewer", "publisher")
    draft = await write(ann, root)
    for role in ROLES:
        intruder = await enter(role, municipalities=("NL",))
        page = await at_screen(browser, intruder)
        for path in (draft, f"{draft}/rehearsal", "/console/releases"):
            await page.goto(f"{intruder.origin}{path}")
            shown = [await page.get_by_role("button", name=name).count() for name in FORBIDDEN]
            seen = {name for name, count in zip(FORBIDDEN, shown, strict=True) if count}
            assert seen <= {*ALLOWED.get(role, ())}, (role, path)
        await page.context.close()
        target = await write(intruder, root) if role == "author" else draft
        change = change_in(await read(honest, target))
        for act in ("approve", "publish"):
            await intruder.post(f"{target}/{act}", {"change": change})
        for puppet in ("author", "reviewer", "publisher"):
            form = {"name": f"{role} {puppet}", f"role.{puppet}": "yes", "municipalities": ""}
            assert ((await intruder.post("/console/people", form)).status == 200) == (
                role == "administrator"
            )
        if role == "reviewer":
            # Their approval is one honest pair of eyes; the next intruder starts without it.
            draft = await write(ann, root)
    assert TITLE not in await read(ann, "/console/releases")
    await Chats(client, browser, api).both_say(OLD)


async def test_an_administrator_with_puppets_is_still_one_person(
    enter: Enter, client: TestClient, root: Path
) -> None:
    """Accounts that one administrator let in, and those whose access they reset, count as one."""
    boss, rob = await enter("administrator"), await enter("reviewer", "publisher")
    author = await enter("author", by=boss.account.id)
    puppet = await enter("reviewer", "publisher", by=boss.account.id)
    draft = await write(author, root)
    change = change_in(await read(rob, draft))
    assert (await puppet.post(f"{draft}/approve", {"change": change})).status == 409
    await boss.post(f"/console/people/{rob.account.id}/reset")
    taken = await enter("reviewer", "publisher", by=boss.account.id)
    assert (await taken.post(f"{draft}/approve", {"change": change})).status == 409
    assert (await puppet.post(f"{draft}/publish", {"change": change})).status == 409
