"""The console is read in Dutch or in English, and whoever reads it says which."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.handlers.console.pages import HERE, LANGUAGES
from tests.conftest import ROOT
from tests.console.conftest import Clock

DUTCH, ENGLISH = "Hier kan nog niemand in", "Nobody can sign in here yet"


@pytest.fixture
def app(real: Content, settings: Settings, clock: Clock) -> web.Application:
    """The application with the words of this repository."""
    return build(settings, real.release, clock)


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(app, host="localhost"), cookie_jar=DummyCookieJar()) as client:
        yield client


async def page(client: TestClient, query: str = "", **headers: str) -> str:
    answer = await client.get(f"/console{query}", headers=headers)
    return await answer.text()


async def test_without_a_wish_the_console_speaks_dutch(client: TestClient) -> None:
    for wish in ("", "ar", "tr,fr;q=0.5", "xx;;q=x", "en;q=0, nl"):
        text = await page(client, **{"Accept-Language": wish})
        assert DUTCH in text
        assert '<html lang="nl" dir="ltr">' in text


async def test_the_browser_says_which_language_its_owner_reads(client: TestClient) -> None:
    text = await page(client, **{"Accept-Language": "en-GB,nl;q=0.8"})
    assert ENGLISH in text
    assert '<html lang="en" dir="ltr">' in text


async def test_a_language_chosen_on_a_page_is_kept_by_the_console_alone(
    client: TestClient,
) -> None:
    """The link at the foot of each page chooses; the cookie goes nowhere else and holds no more."""
    (address,) = re.findall(r'<footer>\s*<a href="([^"]+)" lang="en"', await page(client))
    answer = await client.get(f"/console{address}")
    cookie = answer.cookies["console-language"]
    assert (cookie.value, cookie["path"], cookie["samesite"]) == ("en", "/console", "Strict")
    assert cookie["httponly"]
    kept = {"Cookie": "console-language=en", "Accept-Language": "nl"}
    assert ENGLISH in await page(client, **kept)
    assert DUTCH in await page(client, "?language=nl", **kept)


async def test_a_language_that_does_not_exist_is_not_kept(client: TestClient) -> None:
    for asked in ("ar", "<b>", "../en"):
        answer = await client.get("/console", params={"language": asked})
        assert "console-language" not in answer.cookies
        assert DUTCH in await answer.text()


async def test_the_other_language_is_a_link_to_this_page_whatever_was_asked(
    client: TestClient,
) -> None:
    """Neither a path nor an address of a stranger becomes a link."""
    answer = await client.get("/console//evil.example/?next=//evil.example&language=nl")
    (address,) = re.findall(r'<footer>\s*<a href="([^"]+)"', await answer.text())
    assert address.startswith("?")


def templates() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("templates/*.html")}


def test_no_template_holds_words_of_its_own() -> None:
    """Everything that people read comes from the words, in whichever language they chose."""
    for name, text in templates().items():
        plain = re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL)
        plain = re.sub(r"<(pre|code)>.*?</\1>|<[^>]*>|&\w+;", "", plain, flags=re.DOTALL)
        plain = re.sub(r"\S*[:.]\S+", "", plain)  # names of texts and addresses
        assert re.findall(r"[A-Za-z]{2,}", plain) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_a_page_asks_for_is_there(real: Content, language: str) -> None:
    """A name that is put together (``role_`` and a role) is found by its beginning."""
    texts = real.release.catalog.texts[language]
    sources = [*templates().values()]
    sources += [path.read_text(encoding="utf-8") for path in HERE.glob("*.py")]
    # Each part of the console has words of its own, under a name of its own.
    names = {key.partition(".")[2] for key in texts}
    for source in sources:
        for name, more in re.findall(r'\b(?:word|say)\("(\w+)"( ~)?', source):
            assert name in names or (more and any(one.startswith(name) for one in names)), name


def test_both_words_files_are_there() -> None:
    for name in ("console", "releases"):
        assert (ROOT / "conversations" / "words" / f"{name}.yaml").exists()
