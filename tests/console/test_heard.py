"""How people say it: a form in each language, and a trial that says what is not learned yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_play import begin
from tests.console.test_releases import follow, read


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content."""
    return build(settings, small.release, clock, root)


async def opened(someone: Someone) -> str:
    """Make a draft; return the page of the phrases of its conversation about food."""
    return (await begin(someone)).replace("/play/", "/heard/")


def marks(page: str) -> dict[str, str]:
    """The mark of each language's form."""
    found = re.findall(
        r'name="language" value="(\w+)">\s*<input[^>]*name="mark" value="(\w+)"', page
    )
    return dict(found)


async def test_phrases_are_kept_in_the_conversation_and_in_the_file_of_their_language(
    enter: Enter,
) -> None:
    ann = await enter("author")
    at = await opened(ann)
    assert "ik heb honger" in await read(ann, at)
    seen = marks(await read(ann, at))
    for language, text in (("nl", "ik heb honger\r\nde kast is leeg"), ("ar", "انا جوعان")):
        form = {"language": language, "mark": seen[language], "text": text}
        assert await follow(ann, at, form) == f"{at}#in-{language}"
    page = await read(ann, at)
    assert "de kast is leeg" in page
    assert "geen eten in huis" not in page
    assert "انا جوعان" in page
    files = await read(ann, at.partition("/heard")[0])
    assert "conversations/heard/ar.yaml" in files


async def test_a_trial_says_which_conversation_comes_and_what_is_not_learned_yet(
    enter: Enter,
) -> None:
    ann = await enter("author")
    at = await opened(ann)
    page = await read(ann, f"{at}?typed=ik+heb+honger")
    assert "Lucht hoort dit gesprek." in page
    assert "Zo hoort Lucht het met dit voorstel." in page
    form = {"language": "nl", "mark": marks(page)["nl"], "text": "ik heb honger\nmijn fiets is weg"}
    await follow(ann, at, form)
    page = await read(ann, f"{at}?typed=Mijn+fiets+is+weg")
    assert "Lucht luistert hier nog zoals in wat nu live is." in page
    assert "Deze zin staat in je lijst." in page
    assert "Lucht hoort gevaar." in await read(ann, f"{at}?typed=ik+wil+dood")
    assert "<script>" not in await read(ann, f"{at}?typed=<script>x")


async def test_a_checked_draft_has_an_ear_of_its_own(enter: Enter) -> None:
    """Its phrases are learned then, and the trial hears with them."""
    ann = await enter("author")
    at = await opened(ann)
    text = "ik heb honger\nmijn fiets is weg\nfiets gestolen"
    await follow(
        ann, at, {"language": "nl", "mark": marks(await read(ann, at))["nl"], "text": text}
    )
    await follow(ann, f"{at.partition('/heard')[0]}/check")
    page = await read(ann, f"{at}?typed=mijn+fiets+is+weg")
    assert "Zo hoort Lucht het met dit voorstel." in page
    assert "Lucht hoort dit gesprek." in page


async def test_two_people_at_the_phrases_of_one_language_never_overwrite_each_other(
    enter: Enter,
) -> None:
    ann, bo = await enter("author"), await enter("author")
    at = await opened(ann)
    seen = marks(await read(ann, at))["nl"]
    await follow(ann, at, {"language": "nl", "mark": seen, "text": "mijn maag knort"})
    answer = await bo.post(at, {"language": "nl", "mark": seen, "text": "de pap is op"})
    page = await answer.text()
    assert answer.status == 409
    assert "mijn maag knort" in page
    assert "de pap is op" in page
    await follow(bo, at, {"language": "nl", "mark": marks(page)["nl"], "text": "de pap is op"})


async def test_what_cannot_be_read_is_told_and_nothing_is_kept(enter: Enter) -> None:
    ann, tess = await enter("author"), await enter("translator")
    at = await opened(ann)
    seen = marks(await read(ann, at))
    answer = await ann.post(at, {"language": "ar", "mark": seen["ar"], "text": "(a | b"})
    assert answer.status == 422
    assert "ontbreekt een haakje" in await answer.text()
    assert (await tess.post(at, {"language": "nl"})).status == 403
    assert marks(await read(tess, at)) == {}
    for language in ("xx", "../nl"):
        answer = await ann.post(at, {"language": language, "mark": "", "text": "a"})
        assert answer.status == 404
