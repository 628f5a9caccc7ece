"""Telegram before the whole product: engine, store, keys and wording, as `lucht run` has it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.engine.model import Release
from bot.handlers import telegram
from tests.conftest import NOON
from tests.telegram.conftest import QUICK
from tests.telegram.fake_api import FakeApi, Person

CHAT = 31337


class Product:
    """The product with a Bot API in front of it; it can be stopped and started."""

    def __init__(self, api: FakeApi, release: Release, folder: Path) -> None:
        """Keep its store in a folder."""
        self.api = api
        self.release = release
        self.folder = folder
        self.person = Person(api, CHAT)

    async def start(self) -> None:
        """Start it, by webhook."""
        settings = Settings(
            data=self.folder,
            keys=self.folder / "keys",
            telegram_token=self.api.token,
            telegram_api_url=self.api.url,
            public_url="https://lucht.example",
        )
        app = build(settings, self.release, lambda: NOON)
        app[telegram.LIMITS] = QUICK
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port = self.runner.addresses[0][1]
        introduced = len(self.api.received("setMyCommands"))
        self.api.send_to = f"http://127.0.0.1:{port}/telegram"
        await self.api.until(lambda: len(self.api.received("setMyCommands")) > introduced)

    async def stop(self) -> None:
        """Stop it."""
        await self.runner.cleanup()

    async def says(self, action: Callable[..., object], *words: object) -> list[str]:
        """Let the person do something; return what is new on the screen."""
        before = len(self.api.texts(CHAT))
        action(*words)
        await self.api.settled()
        return self.api.texts(CHAT)[before:]


@pytest.fixture
async def product(api: FakeApi, small: Content, tmp_path: Path) -> AsyncIterator[Product]:
    """The product with the small content."""
    product = Product(api, small.release, tmp_path)
    await product.start()
    yield product
    await product.stop()


async def test_from_the_first_hello_to_a_named_service(product: Product) -> None:
    """A few buttons, a typed place, and a service with how to reach it."""
    person = product.person
    (hello,) = await product.says(person.type, "/start")
    assert hello == "Hoi. Dit is Lucht. Ik ben een computer.\n\nWie ben je?"
    await product.says(person.press, "Ik ben een kind")
    await product.says(person.press, "Genoeg eten")
    (where,) = await product.says(person.press, "Nee")
    assert where.startswith("Bel vandaag nog")
    await product.says(person.type, "deventr")
    found = await product.says(person.press, "Deventer")
    assert any(text.startswith("Eetbank") for text in found)


async def test_a_link_on_a_poster_brings_the_place(product: Product) -> None:
    """Nobody who scanned it in Deventer has to type that."""
    await product.says(product.person.type, "/start gm0150")
    known = await product.says(product.person.type, "/watweetje")
    assert "Deventer" in "".join(known)


async def test_danger_opens_with_one_line_also_in_a_caption_and_an_edit(product: Product) -> None:
    """Heard before anything else, however it was said."""
    person = product.person
    await product.says(person.type, "/start")
    for action, words in (
        (person.type, ("ik wil dood",)),
        (lambda text: person.send(photo=[{"file_id": "x"}], caption=text), ("ik wil dood",)),
        (person.edit, (1, "ik wil dood")),
        (person.type, ("/menu ik wil dood",)),
    ):
        line, words_of_ours = await product.says(action, *words)
        assert "Bel" in line
        assert words_of_ours.startswith("Goed dat je dit zegt.")


async def test_a_redelivered_update_changes_nothing(product: Product) -> None:
    """The row knows which updates it has seen."""
    person = product.person
    await product.says(person.type, "/start")
    choice = product.api.buttons(CHAT)["Ik ben een kind"]
    query = {"id": "q", "data": choice, "message": {"chat": {"id": CHAT, "type": "private"}}}
    update = {"update_id": 99, "callback_query": query}
    product.api.queries.add("q")
    assert await product.api.post(update)
    screen = product.api.texts(CHAT)
    product.api.queries.add("q")
    assert await product.api.post(update)
    assert product.api.texts(CHAT) == screen


async def test_a_reply_that_waits_survives_a_restart_and_a_silent_edit(product: Product) -> None:
    """It goes out with the next message that is answered."""
    person = product.person
    product.api.fail("sendMessage", 429, retry_after=60)
    assert await product.says(person.type, "/start") == []
    assert await product.says(person.edit, 1, "/stort") == []
    await product.stop()
    await product.start()
    (both,) = await product.says(person.type, "/taal")
    assert both.startswith("Hoi. Dit is Lucht.")
    assert both.count("Hoi.") == 1


async def test_after_a_restart_the_chat_goes_on_where_it_was(product: Product) -> None:
    """A button from before the restart still works."""
    await product.says(product.person.type, "/start")
    await product.stop()
    await product.start()
    (question,) = await product.says(product.person.press, "Ik ben een kind")
    assert question == "Waar gaat het over?"


@pytest.mark.parametrize("word", ["/wis", "wissen"])
async def test_erasing_leaves_one_message_and_no_row(product: Product, word: str) -> None:
    """Both sides of the screen are cleared; what comes next is a new chat."""
    person = product.person
    await product.says(person.type, "/start")
    await product.says(person.press, "Ik ben een kind")
    person.type(word)
    await product.api.settled()
    (left,) = product.api.screens[CHAT].values()
    assert "in je lijst" in left["text"]
    (hello,) = await product.says(person.type, "/start")
    assert hello.endswith("Wie ben je?")


def rows(folder: Path) -> int:
    """Count the dialogues in the store of a product that has stopped."""
    with contextlib.closing(sqlite3.connect(folder / "live.sqlite")) as database:
        return int(database.execute("SELECT count(*) FROM session").fetchone()[0])


@pytest.mark.parametrize("told", ["by Telegram", "by a refused answer", "not at all"])
async def test_blocking_the_bot_erases(product: Product, told: str) -> None:
    """At once when Telegram says so, else when it refuses an answer; only who stays has a row."""
    person = product.person
    await product.says(person.type, "/start")
    if told == "by Telegram":
        person.block()
    elif told == "by a refused answer":
        product.api.blocked.add(CHAT)
        person.type("hoi")
    await product.api.settled()
    await product.stop()
    assert rows(product.folder) == (1 if told == "not at all" else 0)


async def test_what_could_not_be_cleared_is_said(product: Product) -> None:
    """Telegram keeps what is older than 48 hours: the row goes all the same."""
    await product.says(product.person.type, "/start")
    product.api.fail("deleteMessages", 400, times=9)
    told = "".join(await product.says(product.person.type, "/wis"))
    words = product.release.catalog
    assert words.say("nl", "telegram.not_cleared") in told
    assert words.say("nl", "telegram.left_over") in told
    await product.stop()
    assert rows(product.folder) == 0


async def test_nothing_of_a_person_is_in_the_log(
    product: Product, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither words, id nor name, also when Telegram refuses and fails."""
    person = product.person
    await product.says(person.type, "/start")
    capfd.readouterr()
    product.api.fail("sendMessage", 400)
    product.api.fail("sendMessage", 500, times=2)
    await product.says(person.type, "canary words")
    person.forge("canary data")
    person.block()
    await product.api.settled()
    log = capfd.readouterr().err.lower()
    assert "telegram_refused" in log
    assert "canary" not in log
    assert str(CHAT) not in log
