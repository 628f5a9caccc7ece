"""Random canaries through every channel of the running product; then every file is searched.

The files are all of the data folder (databases, write-ahead logs), the key folder, the folder for
temporary files, and everything that the process wrote to standard output and error.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from tests.privacy.canary import leaks
from tests.process import diary
from tests.process.conftest import Served, served
from tests.telegram.fake_api import FakeApi, Person
from tests.web.conftest import FLAGS
from tests.web.test_form import Fields

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Canaries:
    """Everything that somebody could be known by, made up anew each time."""

    dice: random.Random = field(default_factory=random.SystemRandom)

    def __post_init__(self) -> None:
        """Make them up."""
        self.known: dict[str, str | int | bytes] = {}
        self.chat = self.keep("chat id", self.dice.randrange(2**38, 2**39))
        self.name = self.keep("name", self.word())
        self.text = self.keep("text", f"{self.word()} {self.word()}")
        self.agent = self.keep("user agent", self.word())
        self.postcode = self.keep("postcode", f"{self.dice.randrange(1000, 9999)}{self.letters(2)}")
        self.token = self.keep("token", self.dice.randbytes(16).hex())
        self.keep("token in bytes", bytes.fromhex(self.token))
        self.bot = f"{self.dice.randrange(10**9, 10**10)}:{self.keep('bot token', self.word())}"
        self.path = self.keep("path", self.word())
        self.file = self.keep("file", self.word())
        self.choice = self.keep("choice", self.word())
        address = ipaddress.IPv6Address(0x2001_0DB8 << 96 | self.dice.getrandbits(96))
        self.address = self.keep("address", str(address))
        self.keep("address in bytes", address.packed)
        # The limits count the first 64 bits.
        self.keep("network in bytes", address.packed[:8])
        self.keep("network", str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))[:-5])

    def keep(self, what: str, canary: Any) -> Any:
        """Remember a canary."""
        self.known[what] = canary
        return canary

    def letters(self, count: int) -> str:
        """Return random letters without a vowel: no word of any language."""
        return "".join(self.dice.choices("bcdfghjklmnpqrstvwxz", k=count))

    def word(self) -> str:
        """Return a word that nobody else has."""
        return self.letters(14)

    @property
    def headers(self) -> dict[str, str]:
        """What a browser and a proxy tell."""
        return {
            "X-Forwarded-For": self.address,
            "User-Agent": self.agent,
            "Referer": f"https://x.example/{self.path}",
            "Cookie": f"a={self.name}",
        }


async def by_api(here: Served, canaries: Canaries) -> Callable[[], Any]:
    """Talk by the API, rightly and wrongly; return how to erase."""
    client = aiohttp.ClientSession(here.url, headers=canaries.headers)
    session = {"session": canaries.token}
    for words in ("", canaries.text, canaries.postcode, canaries.name, "ik wil dood"):
        async with client.post("/api/chat", json={**session, "text": words}) as answer:
            assert answer.status == 200, await answer.text()
    for body in (canaries.text, f'{{"text": {canaries.name}', json.dumps(canaries.text * 400)):
        for kind in ("application/json", "text/plain"):
            await client.post("/api/chat", data=body, headers={"Content-Type": kind})
    await client.post("/api/chat", json={**session, "choice": canaries.choice})
    await client.get(f"/{canaries.path}?{canaries.name}={canaries.text}")
    await client.post("/telegram", data=canaries.text)
    await client.post("/kaart", data={"service": canaries.choice, "language": canaries.name})

    async def erase() -> None:
        async with client.post("/api/chat", json={**session, "text": "wis"}) as answer:
            assert (await answer.json())["erased"]
        await client.close()

    return erase


async def by_form(here: Served, canaries: Canaries) -> Callable[[], Any]:
    """Talk by the plain form."""
    client = aiohttp.ClientSession(here.url, headers=canaries.headers)
    page = Fields(await (await client.get(f"/?gm={canaries.path}&taal={canaries.name}")).text())
    for words in (canaries.text, canaries.postcode, canaries.name):
        canaries.keep(f"form {words}", page.values["session"])
        sent = await client.post("/", data={**page.values, "text": words})
        page = Fields(await sent.text())
    canaries.keep("form", bytes.fromhex(page.values["session"]))

    async def erase() -> None:
        await client.post("/weg", data=page.values)
        await client.close()

    return erase


async def by_page(here: Served, canaries: Canaries) -> Callable[[], Any]:
    """Talk by the page in Chromium."""
    playwright = await async_playwright().start()
    browser = await playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
    )
    told = {"X-Forwarded-For": canaries.address}
    page = await browser.new_page(user_agent=canaries.agent, extra_http_headers=told)
    await page.goto(here.url)
    for count, words in enumerate((canaries.text, canaries.postcode, canaries.name), 2):
        await page.fill("#text", words)
        async with page.expect_response("**/api/chat") as got:
            await page.click(".send")
        await expect(page.locator(".turn:not(.mine)")).to_have_count(count)
        canaries.keep("page", (await (await got.value).json())["session"])

    async def erase() -> None:
        async with page.expect_request("**/weg"):
            await page.click(".leave")
        await browser.close()
        await playwright.stop()

    return erase


async def by_telegram(api: FakeApi, canaries: Canaries) -> Callable[[], Any]:
    """Talk by Telegram, where each update tells who somebody is."""

    class Known(Person):
        @property
        def user(self) -> dict[str, Any]:
            return {**super().user, "first_name": canaries.name, "username": canaries.agent}

    person = Known(api, canaries.chat)
    api.fail("sendMessage", 400, after=3)
    api.fail("sendMessage", 500, after=5)
    for words in ("/start", canaries.text, canaries.postcode, f"/{canaries.name}"):
        person.type(words)
    person.send(photo=[{"file_id": canaries.file}], caption=canaries.text)
    person.edit(1, canaries.text)
    person.forge(canaries.choice)
    person.send(contact={"phone_number": str(canaries.chat), "first_name": canaries.name})
    await api.settled()

    async def erase() -> None:
        person.type("/wis")
        await api.settled()
        assert len(api.screens[canaries.chat]) == 1

    return erase


async def talk(here: Served, api: FakeApi, canaries: Canaries, webhook: bool) -> list[Any]:
    """Start, and talk by every channel; return how to erase each."""
    settings = {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_URL": api.url}
    if webhook:
        settings["LUCHT_PUBLIC_URL"] = "https://lucht.example"
        api.send_to = f"{here.url}/telegram"
    await here.start(**settings)
    channels = [partial(by_telegram, api), partial(by_api, here)]
    if webhook:
        channels += [partial(by_form, here), partial(by_page, here)]
    return await asyncio.gather(*(channel(canaries) for channel in channels))


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
async def known(api: FakeApi, canaries: Canaries) -> FakeApi:
    """A Bot API under a token that is a canary too."""
    await api.stop()
    api.token = canaries.bot
    await api.start()
    return api


async def test_no_file_and_no_line_holds_a_canary(
    known: FakeApi, canaries: Canaries, tmp_path: Path
) -> None:
    """Not during the session, not right after erasing, not after the end; in no spelling."""
    async with served(tmp_path) as here:
        for webhook in (True, False):
            erase = await talk(here, known, canaries, webhook)
            assert {"live.sqlite", "live.sqlite-wal", "log", "epoch"} <= names(tmp_path)
            assert leaks(tmp_path, canaries.known.values()) == []
            await asyncio.gather(*(one() for one in erase))
            assert leaks(tmp_path, canaries.known.values()) == []
            await here.end()
            known.screens.clear()
    assert leaks(tmp_path, canaries.known.values()) == []
    for line in (tmp_path / "log").read_text().splitlines():
        assert "event" in json.loads(line)


def names(folder: Path) -> set[str]:
    """Return the names of all files, those of keys without their number."""
    return {re.sub(r"-\d+\.key$", "", f.name) for f in folder.rglob("*") if f.is_file()}


async def test_the_search_finds_every_canary_in_every_encoding_where_there_is_no_care(
    known: FakeApi, canaries: Canaries, tmp_path: Path
) -> None:
    """The proof above can fail: rows in the clear, and a diary of what came in and went out.

    Each kind of canary comes to rest in each encoding, and is found in each.
    """
    async with served(tmp_path, "careless") as here:
        await talk(here, known, canaries, webhook=True)
    found = leaks(tmp_path, canaries.known.values())
    lines = [line.partition(" holds ") for line in found]
    for what, canary in canaries.known.items():
        pages = {page for page, _, rest in lines if rest.startswith(f"{canary!r} as ")}
        assert diary.pages(canary) <= pages, (what, diary.pages(canary) - pages)
        assert isinstance(canary, bytes) or "log" in pages, what
    for canary in (canaries.chat, canaries.token):
        assert any("live.sqlite" in line and repr(canary) in line for line in found)
