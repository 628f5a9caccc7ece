"""What children choose: shown when a week is over and many chose; only live chats are counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.engine.session import Count
from bot.handlers.keys import TALLY
from bot.store import counts
from bot.store.content import ContentStore
from bot.tally import week_of
from tests.conftest import NOON, count_meals
from tests.console.conftest import Clock, Enter
from tests.console.test_releases import follow, read

PAGE = "/console/counts"
LAST_WEEK, THIS_WEEK = week_of(NOON.date() - timedelta(weeks=1)), week_of(NOON.date())


@pytest.fixture
def app(counting: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on content in which one question is counted."""
    count_meals(root)
    return build(settings, counting.release, clock, root)


async def chosen(content: ContentStore, week: str, yes: int, no: int) -> None:
    async with content.writing() as connection:
        part = {("eten.today", "yes"): yes, ("eten.today", "no"): no}
        await counts.add(connection, week, part)


async def test_the_page_says_honestly_that_there_is_nothing_yet(enter: Enter) -> None:
    page = await read(await enter("translator"), PAGE)
    assert "Nog niets te zien" in page
    assert f"ongeveer {counts.LEAST} keer" in page
    assert "<li>Heb je vandaag gegeten?</li>" in page


async def test_a_week_that_is_over_is_shown_with_what_its_numbers_mean(
    enter: Enter, content: ContentStore
) -> None:
    """A number smaller than the noise may be is not shown as a number."""
    await chosen(content, LAST_WEEK, 90, 3)
    page = await read(await enter("author"), PAGE)
    assert "Week van 16 november 2026 tot en met 22 november 2026" in page
    assert '<th scope="row">Ja</th><td>90</td>' in page
    assert '<th scope="row">Nee</th><td>minder dan 4</td>' in page
    assert "meestal niet meer dan 4" in page
    assert "Nog niets te zien" not in page


async def test_neither_this_week_nor_one_of_few_is_shown(
    enter: Enter, content: ContentStore
) -> None:
    await chosen(content, THIS_WEEK, 900, 300)
    await chosen(content, LAST_WEEK, 20, 3)
    assert "Nog niets te zien" in await read(await enter("author"), PAGE)


async def test_a_choice_that_is_gone_from_the_conversation_keeps_its_number(
    enter: Enter, content: ContentStore
) -> None:
    async with content.writing() as connection:
        await counts.add(connection, LAST_WEEK, {("eten.today", "maybe"): 70})
    assert "maybe (bestaat niet meer)" in await read(await enter("author"), PAGE)


async def test_the_page_speaks_english(enter: Enter, content: ContentStore) -> None:
    await chosen(content, LAST_WEEK, 90, 3)
    someone = await enter("author")
    answer = await someone.get(f"{PAGE}?language=en")
    assert "16 November 2026" in await answer.text()


def numbers(app: web.Application) -> dict[Count, int]:
    """What memory holds now, noise included."""
    return dict(app[TALLY]._part.numbers)


async def test_a_live_chat_counts_one(app: web.Application, client: TestClient) -> None:
    before = numbers(app)
    said = await (await client.post("/api/chat", json={"text": "ik heb honger"})).json()
    await client.post("/api/chat", json={"session": said["session"], "text": "nee"})
    no = Count("eten.today", "no")
    assert numbers(app) == {**before, no: before[no] + 1}


async def test_playing_in_the_console_counts_nothing(app: web.Application, enter: Enter) -> None:
    """The same answer in the preview of a draft; the sentence before it is the same as well."""
    ann, before = await enter("author"), numbers(app)
    draft = await follow(ann, "/console/drafts", {"title": "Betere woorden"})
    page = await read(ann, f"{draft}/play/eten?role=child&p=no")
    assert "Bel vandaag nog" in page
    assert "Je eerste keuze tel ik mee" in await read(ann, f"{draft}/play/eten?role=child")
    assert numbers(app) == before
    assert len(before) == 2
