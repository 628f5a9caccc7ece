"""Translators work beside the Dutch text, in a draft of their own, and never over one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_releases import follow, read

FILE = "conversations/eten.yaml"
JSON = {"Accept": "application/json"}


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content without translations."""
    return build(settings, small.release, clock, root)


async def begin(someone: Someone, language: str = "ar") -> str:
    return await follow(someone, "/console/translate", {"language": language})


def first(page: str) -> tuple[str, str]:
    """Key and mark of the first text on a page."""
    return re.findall(
        r'name="key" value="([^"]+)"\s*>\s*<input type="hidden" name="seen" value="(\w+)"', page
    )[0]


async def test_a_translator_follows_the_dutch_text_in_arabic(enter: Enter) -> None:
    mia = await enter("translator", name="Mia")
    assert "العربية" in await read(mia, "/console/translate")
    at = await begin(mia)
    assert FILE in await read(mia, at)
    page = await read(mia, f"{at}?file={FILE}")
    assert 'lang="ar" dir="rtl"' in page
    assert 'lang="nl" dir="ltr"' in page
    key, mark = first(page)
    fields = {"key": key, "seen": mark, "form.0": "طعام كاف"}
    assert await follow(mia, at, dict(fields)) == f"{at}?file={FILE}"
    page = await read(mia, f"{at}?file={FILE}")
    assert "طعام كاف" in page
    assert first(page)[0] != key, "what is done stands below what is to do"
    assert await begin(mia) == at, "the same draft again"


async def test_a_text_that_is_new_in_a_draft_is_translated_there_before_any_check(
    enter: Enter,
) -> None:
    """A conversation and its translation are one proposal, for one pair of eyes."""
    ann = await enter("author", "translator")
    draft = await follow(ann, "/console/drafts", {"title": "Over boeken"})
    form = {"title": "Een boek lenen", "for_child": "yes", "need": "talk", "text": "Lezen kan."}
    await follow(ann, f"{draft}/conversations", form)
    page = await read(ann, draft)
    at, new = re.findall(rf'href="({draft}/translate/en)([^"]*)"', page)[0]
    page = await read(ann, f"{at}{new}")
    assert page.count('name="key"') == 2, "only what the draft changes"
    assert "Lezen kan." in page
    key, mark = first(page)
    await follow(ann, f"{at}{new}", {"key": key, "seen": mark, "form.0": "Borrow a book"})
    assert "Borrow a book" in await read(ann, f"{at}{new}")


async def test_a_text_that_somebody_else_wrote_is_not_overwritten(enter: Enter) -> None:
    mia, ned = await enter("translator", name="Mia"), await enter("translator", name="Ned")
    at = await begin(mia, "en")
    key, mark = first(await read(ned, f"{at}?file={FILE}"))
    await follow(mia, at, {"key": key, "seen": mark, "form.0": "Enough food"})
    form = {"key": key, "seen": mark, "form.0": "Food enough"}
    answer = await ned.post(at, dict(form), **JSON)
    told = await answer.json()
    assert (answer.status, told["forms"]) == (409, ["Enough food"])
    answer = await ned.post(f"{at}?file={FILE}", dict(form))
    page = await answer.text()
    assert (answer.status, "Food enough" in page, "Enough food" in page) == (409, True, True)
    answer = await ned.post(at, {**form, "seen": told["seen"]}, **JSON)
    assert answer.status == 200


async def test_a_broken_placeholder_is_told_at_once(enter: Enter) -> None:
    mia = await enter("translator")
    at = await begin(mia, "en")
    page = await read(mia, f"{at}?file=conversations/words/service.yaml")
    found = re.findall(
        r'name="key" value="(service\.call)"\s*>\s*<input type="hidden" name="seen" value="(\w+)"',
        page,
    )
    ((key, mark),) = found
    answer = await mia.post(at, {"key": key, "seen": mark, "form.0": "Call {number}"}, **JSON)
    told = await answer.json()
    assert "Dit ontbreekt: {phone}." in told["wrong"]
    assert "{number}" in told["wrong"]
    answer = await mia.post(
        at, {"key": key, "seen": told["seen"], "form.0": "Call {phone}"}, **JSON
    )
    assert (await answer.json())["wrong"] == ""


async def test_a_whole_catalog_goes_out_and_comes_back(enter: Enter) -> None:
    mia = await enter("translator")
    at = await begin(mia, "en")
    key, mark = first(await read(mia, f"{at}?file={FILE}"))
    await follow(mia, at, {"key": key, "seen": mark, "form.0": "Enough food"})
    answer = await mia.get(f"{at}/po")
    assert 'filename="lucht-en.po"' in answer.headers["Content-Disposition"]
    po = (await answer.text()).replace("Enough food", "Food for all")
    answer = await mia.post(f"{at}/po", {"po": po.replace("\n", "\r\n")})
    assert "1 vertaling overgenomen." in await answer.text()
    assert "Food for all" in await read(mia, f"{at}?file={FILE}")
    answer = await mia.post(f"{at}/po", {"po": "een brief"})
    assert answer.status == 422
    assert "Food for all" in await read(mia, f"{at}?file={FILE}")


@pytest.mark.parametrize("role", ["author", "steward", "reviewer"])
async def test_only_translators_translate(enter: Enter, role: str) -> None:
    mia, other = await enter("translator"), await enter(role, municipalities=("GM0150",))
    at = await begin(mia)
    for path in (at, f"{at}/po", "/console/translate"):
        assert (await other.get(path)).status == 403
        assert (await other.post(path, {"key": "eten.title"})).status == 403


async def test_languages_drafts_and_texts_that_are_not_there_are_calm(enter: Enter) -> None:
    mia = await enter("translator")
    at = await begin(mia)
    for path in (at.replace("/ar", "/xx"), at.replace("/ar", "/nl"), f"{at}?file=x"):
        assert (await mia.get(path)).status == 404
    assert (await mia.get("/console/drafts/0/translate/ar")).status == 404
    assert (await mia.post(at, {"key": "x", "seen": "x", "form.0": "x"})).status == 404
    assert (await mia.post("/console/translate", {"language": "nl"})).status == 404
