"""Done when: with only what `docs/moderators.md` shows, somebody brings new help to a child.

A conversation of three steps, its translation and a local service; a second account approves; a
child sees it at the web page and in Telegram. At most 60 actions, and no line of YAML.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Locator, Page, expect

from bot.app import build
from bot.config import Settings
from bot.content.load import load
from bot.handlers import telegram
from bot.handlers.keys import CHAT
from bot.store.content import ContentStore
from tests.conftest import ROOT
from tests.console.conftest import Clock
from tests.console.screens import Person as AtScreen
from tests.console.screens import sit_down
from tests.console.test_done import Chats, api, invited
from tests.telegram.conftest import QUICK
from tests.telegram.fake_api import FakeApi, Person

__all__ = ["api"]
pytestmark = pytest.mark.browser

NO_OFFER = """\
conversation: geen_aanbod
title: Niets gevonden
start: sorry
steps:
  sorry: {say: 'Ik vond niets. Bel {altijd.phone}.', goto: end}
"""
HALFWAY, CHILD = 4343, 4242
TITLE, FIRST = "Een boek lenen", "Fijn dat je het vraagt."
FOOD = "eten"
WISH = "Ik wil lezen"
KEEP = "Bewaar dit als je wilt."
ARABIC = {
    TITLE: "استعارة كتاب",
    FIRST: "جيد أنك تسأل.",
    KEEP: "احتفظ بهذا إن أردت.",
    WISH: "كتاب",
}
ASKED_AGAIN = "Deze vraag is net een beetje veranderd."
WARMER, BRAVE = "Genoeg eten", "Het is knap dat je het vraagt."
CHECKED = "gecontroleerd, nog niet goedgekeurd"
MOST = 60
PAGE = ROOT / "docs/moderators.md"
OWN = {TITLE, "De gids bijgewerkt", "Begin", "العربية"}
"""What they pressed that is the name of something of theirs, or of a language."""


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with what a new conversation leads to when nothing is found."""
    (root / "conversations/shared/geen_aanbod.yaml").write_text(NO_OFFER, encoding="utf-8")
    services = root / "directory/services/all.yaml"
    always = services.read_text(encoding="utf-8").split("  - id: ")[1]
    with services.open("a", encoding="utf-8") as file:
        file.write(f"  - id: {always.replace('altijd', 'nl_112', 1)}")
    return root


@pytest.fixture
def app(settings: Settings, clock: Clock, root: Path, api: FakeApi) -> web.Application:
    """The application as `lucht run` makes it, with Telegram by polling."""
    content, problems = load(root)
    assert problems == []
    ours = Settings(
        data=settings.data, keys=settings.keys, telegram_token=api.token, telegram_api_url=api.url
    )
    app = build(ours, content.release, clock, root)
    app[telegram.LIMITS] = QUICK
    return app


class Hands:
    """Somebody at the console. Whatever they press, choose or fill in is one action."""

    def __init__(self, desk: AtScreen) -> None:
        """Sit down at a screen."""
        self.desk, self.page = desk, desk.page
        self.done: list[str] = []

    def unexplained(self, page: str) -> set[str]:
        """Return the names that were pressed or opened and that a page does not show."""
        pressed = {
            name
            for what, _, name in (one.partition(" ") for one in self.done)
            if what in ("press", "open")
        }
        return {name for name in pressed if name not in page and name not in OWN}

    async def press(self, name: str, *, within: str = "main, nav", nth: int = 0) -> None:
        """Press what has this name, once it is there."""
        self.done.append(f"press {name}")
        here = self.page.locator(within)
        role = re.compile(rf"^\s*{re.escape(name)}")
        found: Locator = here.get_by_role("button", name=role).or_(
            here.get_by_role("link", name=role)
        )
        await found.nth(nth).click()

    async def save(self) -> None:
        """Press "Opslaan" in the small form, and see it close."""
        await self.press("Opslaan", within="#edit")
        await expect(self.page.locator("#edit")).to_have_count(0)

    async def fill(self, label: str, text: str, *, nth: int = 0) -> None:
        """Fill in a field and leave it."""
        self.done.append(f"fill {label}")
        field = self.page.get_by_label(label, exact=True).nth(nth)
        await field.fill(text)
        await field.blur()

    async def translate(self, dutch: str, text: str) -> None:
        """Write a text beside the Dutch one; it is saved when its field is left."""
        self.done.append(f"translate {dutch}")
        row = self.page.locator("article.pair").filter(
            has=self.page.locator(".dutch").get_by_text(dutch, exact=True)
        )
        await row.get_by_label("Vertaling").fill(text)
        await row.get_by_label("Vertaling").blur()
        await expect(row.get_by_role("status")).to_have_text("Bewaard.")

    async def open(self, name: str) -> None:
        """Open what is folded away."""
        self.done.append(f"open {name}")
        await self.page.locator("summary", has_text=name).click()

    async def choose(self, label: str, what: str) -> None:
        """Choose from a list."""
        self.done.append(f"choose {label}")
        await self.page.get_by_label(label, exact=True).select_option(label=what)

    async def tick(self, label: str) -> None:
        """Tick a box."""
        self.done.append(f"tick {label}")
        await self.page.get_by_label(label, exact=True).check()

    async def press_and_see(self, name: str, seen: str, **where: object) -> None:
        """Press, and wait until something stands on the page."""
        await self.press(name, **where)  # type: ignore[arg-type]
        await expect(self.page.get_by_text(seen).first).to_be_visible()


async def add_a_place(ann: Hands) -> None:
    """A local service, from the work list of the municipality to a checked proposal."""
    await ann.press("De gids")
    await ann.press("Voeg een plek toe")
    await ann.fill("Naam", "Buurttafel")
    await ann.tick("Eten")
    await ann.fill("Wat je krijgt", "Samen eten in de buurt.")
    await ann.fill("Voor wie", "Voor iedereen.")
    await ann.fill("Hoe je het vraagt", "Loop langs.")
    await ann.fill("Adres", "Bij de brug")
    await ann.fill("Bron", "Een folder")
    await ann.press("Bewaar")
    await ann.press("Bekijk je voorstel")
    await ann.press_and_see("Controleer", CHECKED)


async def write_a_conversation(ann: Hands) -> None:
    """Three steps, and a button that leads there, all by pressing and typing."""
    await ann.press("Gesprekken")
    await ann.open("Begin een nieuw gesprek")
    await ann.fill("Hoe heet het gesprek?", TITLE)
    await ann.choose("Welke hulp laat Lucht zien?", FOOD)
    await ann.fill("Wat zegt Lucht als eerste?", FIRST)
    await ann.press("Begin dit gesprek")
    await ann.press("+ stap")
    await ann.press("Een deel dat al bestaat")
    await ann.choose("Welk deel?", "Plaats")
    await ann.save()
    await ann.press("+ stap", nth=2)
    await ann.press("Een kaart om te bewaren")
    await ann.choose("Hulp waarbij?", FOOD)
    await ann.fill("Wat Lucht zegt", KEEP)
    await ann.save()
    await expect(ann.page.locator("#outline")).to_contain_text(KEEP)


async def lead_there(ann: Hands) -> None:
    """A button of the first conversation, so that somebody finds the new one."""
    await ann.press("Naar het voorstel")
    await ann.open("Open een ander gesprek")
    await ann.press("Begin", within="main details")
    await ann.press("+ antwoord", nth=1)
    await ann.fill("Wat er op de knop staat", WISH)
    await ann.choose("leidt naar", TITLE)
    await ann.save()
    await expect(ann.page.locator("#outline")).to_contain_text(WISH)


async def translate_it(ann: Hands) -> None:
    """Everything that is new, in Arabic, on one page; each text is saved when it is left."""
    await ann.press("Naar het voorstel")
    await ann.press("العربية")
    for dutch, text in ARABIC.items():
        await ann.translate(dutch, text)
    await ann.press("Naar het voorstel")
    await ann.press_and_see("Controleer", CHECKED)


async def publish(rob: Hands, title: str) -> None:
    """Read, approve, look at the rehearsal, put live."""
    await rob.press("Gesprekken")
    await rob.press(title)
    if await rob.page.get_by_text("controleer opnieuw").count():
        await rob.press_and_see("Controleer", CHECKED)
    await rob.press("Keur dit goed")
    await rob.press("Repeteer en zet live")
    await rob.press("Zet live")
    await expect(rob.page.get_by_text(title)).to_be_visible()


class Child:
    """The same child at the web page and in Telegram."""

    def __init__(self, chats: Chats, page: Page, chat: int) -> None:
        """Take the page and the chat that were begun."""
        self.page, self.person, self.api = page, Person(chats.api, chat), chats.api

    async def press(self, label: str) -> None:
        """Press a button in both, and wait for the answers."""
        await self.answered(self.page.get_by_role("button", name=label, exact=True).last.click())
        self.person.press(label)
        await self.api.settled()

    async def type(self, text: str) -> None:
        """Type a text in both, and wait for the answers."""
        await self.page.fill("#text", text)
        await self.answered(self.page.locator(".send").click())
        self.person.type(text)
        await self.api.settled()

    async def answered(self, act: Awaitable[None]) -> None:
        """Wait until the page shows one more answer."""
        turns = self.page.locator(".turn:not(.mine)")
        before = await turns.count()
        await act
        await expect(turns).to_have_count(before + 1)

    async def reads(self, text: str) -> None:
        """Both have a text on the screen."""
        await expect(self.page.locator("#chat")).to_contain_text(text)
        assert text in "\n".join(self.api.texts(self.person.chat))


async def begins(chats: Chats, chat: int) -> Child:
    """A child who opens the page, writes to the bot and says who it is."""
    child = Child(chats, await chats.begin(Person(chats.api, chat)), chat)
    await child.press("Ik ben een kind")
    return child


async def is_live(app: web.Application, text: str) -> None:
    """Wait until the chats speak from a release that has a text."""
    for _ in range(600):
        texts = app[CHAT].release.catalog.texts["nl"].values()
        if any(text in forms for forms in texts):
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"this never goes live: {text}")


async def is_rtl(page: Page) -> bool:
    """Whether a translation is written from right to left."""
    field = page.get_by_label("Vertaling").first
    return await field.evaluate("node => getComputedStyle(node).direction") == "rtl"


async def test_a_volunteer_brings_new_help_to_a_child_in_sixty_actions(
    app: web.Application,
    client: TestClient,
    browser: Browser,
    api: FakeApi,
    content: ContentStore,
    clock: Clock,
) -> None:
    """Who waits at the question that got a button is asked once more, and then goes on."""
    chats = Chats(client, browser, api)
    halfway = await begins(chats, HALFWAY)
    ann, rob = [Hands(await sit_down(client, browser, 1280)) for _ in range(2)]
    roles = ("author", "translator", "steward")
    await ann.desk.join(await invited(content, clock, "Ann", *roles, of=("GM0150",)))
    await rob.desk.join(await invited(content, clock, "Rob", "reviewer", "publisher"))

    await add_a_place(ann)
    await write_a_conversation(ann)
    await lead_there(ann)
    await translate_it(ann)
    await publish(rob, "De gids bijgewerkt")
    await publish(rob, TITLE)

    await is_live(app, WISH)
    await halfway.press("Genoeg eten")
    await halfway.reads(ASKED_AGAIN)
    await halfway.press("Genoeg eten")
    await halfway.reads("Heb je vandaag gegeten?")
    child = await begins(chats, CHILD)
    await child.press(WISH)
    await child.type("Deventer")
    await child.press("Deventer")
    for text in (FIRST, "Buurttafel", KEEP):
        await child.reads(text)
    assert len(ann.done + rob.done) <= MOST, "\n".join(ann.done + rob.done)
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert ann.unexplained(page) | rob.unexplained(page) == set()


async def test_a_child_in_the_middle_of_a_dialogue_goes_on_while_four_people_change_it(
    app: web.Application,
    client: TestClient,
    browser: Browser,
    api: FakeApi,
    content: ContentStore,
    clock: Clock,
) -> None:
    """A volunteer changes a sentence and adds a step, a translator follows, a reviewer approves."""
    chats = Chats(client, browser, api)
    halfway = await begins(chats, HALFWAY)
    await halfway.press("Genoeg eten")
    people = {"Ann": "author", "Mia": "translator", "Noor": "reviewer", "Rob": "publisher"}
    at = {name: Hands(await sit_down(client, browser, 1280)) for name in people}
    for name, role in people.items():
        await at[name].desk.join(await invited(content, clock, name, role))
    ann, mia, noor, rob = at.values()

    await ann.press("Gesprekken")
    await ann.press("Genoeg eten")
    await ann.press("Bel vandaag nog", within="#s-now")
    await ann.fill("Wat Lucht zegt", "Bel gerust. Het nummer is {altijd.phone}.")
    await expect(ann.page.locator("#edit .saved")).to_have_text("Opgeslagen.")
    await ann.save()
    await ann.press("+ stap", within="#s-now")
    await ann.press("Lucht zegt iets")
    await ann.fill("Wat Lucht zegt", BRAVE)
    await ann.save()
    await expect(ann.page.locator("#outline")).to_contain_text(BRAVE)
    await ann.press("Naar het voorstel")

    await mia.press("Gesprekken")
    await mia.press(WARMER)
    await mia.press("العربية")
    await mia.translate(BRAVE, "من الشجاعة أن تسأل.")
    assert await is_rtl(mia.page)
    await ann.page.reload()
    await ann.press_and_see("Controleer", CHECKED)

    await noor.press("Gesprekken")
    await noor.press(WARMER)
    await noor.press_and_see("Keur dit goed", "goedgekeurd, klaar voor live")
    await halfway.reads("Heb je vandaag gegeten?")
    await rob.press("Gesprekken")
    await rob.press(WARMER)
    await rob.press("Repeteer en zet live")
    await rob.press("Zet live")
    await is_live(app, BRAVE)
    await halfway.press("Nee")
    for text in ("Bel gerust.", BRAVE, "Waar woon je?"):
        await halfway.reads(text)
