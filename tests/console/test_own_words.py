"""What a municipality says otherwise, by form: both are seen, and one's own can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.edit_overrides import own_of
from bot.content.load import Content
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_directory import draft_of, drafted, seen, steward
from tests.console.test_releases import follow, read

AT = "/console/directory/own"
FILE = "directory/overrides/gm0150.yaml"
ORIGIN = {"source": "https://deventer.example", "year": "2026", "confirmed": "phoned"}
SAID = "eten.today.say"


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


async def say_it(someone: Someone, field: str, **form: str) -> str:
    """Let a field of the food bank differ; return where that leads."""
    address = f"{AT}/GM0150/services/eetbank/{field}"
    mark = seen(await read(someone, address))
    return await follow(someone, address, {"seen": mark, **ORIGIN, **form})


async def test_a_field_differs_here_with_its_own_source_and_is_taken_back(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    page = await read(sam, "/console/directory")
    assert f"{AT}/GM0150" in page
    page = await read(sam, f"{AT}/GM0150")
    assert "Anders in Deventer" in page
    where = await say_it(sam, "gives", gives="Eten voor twee weken.")
    where = await say_it(sam, "who", who="Voor wie in Deventer woont.")
    page = await read(sam, where)
    assert "Eten voor twee weken." in page
    assert "Overal:" in page
    assert "Nagebeld op 24 november 2026 door steward Deventer." in page
    own = own_of(await drafted(app, await draft_of(sam), FILE))
    assert set(own.services["eetbank"]) == {"gives", "who", "provenance"}
    draft = f"/console/drafts/{await draft_of(sam)}"
    await follow(sam, f"{draft}/check")
    page = await read(sam, draft)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page
    for field in ("gives", "who"):
        mark = seen(await read(sam, f"{AT}/GM0150/services/eetbank"))
        await follow(sam, f"{AT}/GM0150/services/eetbank/{field}/remove", {"seen": mark})
    own = own_of(await drafted(app, await draft_of(sam), FILE))
    assert own.services == {}
    assert "Neem terug" not in await read(sam, f"{AT}/GM0150/services/eetbank")


async def test_a_sentence_differs_here_and_is_taken_back(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    page = await read(sam, f"{AT}/GM0150/talks/eten")
    assert f"{AT}/GM0150/texts/{SAID}" in page
    address = f"{AT}/GM0150/texts/{SAID}"
    form = {"seen": "", "text": "Fijn dat je het in Deventer vraagt.", **ORIGIN}
    page = await read(sam, await follow(sam, address, dict(form)))
    assert "Fijn dat je het in Deventer vraagt." in page
    assert "Overal:" in page
    own = own_of(await drafted(app, await draft_of(sam), FILE))
    assert own.texts[SAID]["assured_how"] == "phoned"
    answer = await sam.post(address, {**form, "text": "Anders."})
    assert answer.status == 409
    assert "Dit is intussen veranderd." in await answer.text()
    draft = f"/console/drafts/{await draft_of(sam)}"
    await follow(sam, f"{draft}/check")
    page = await read(sam, draft)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page
    await follow(sam, f"{address}/remove", {"seen": form["text"]})
    assert own_of(await drafted(app, await draft_of(sam), FILE)).texts == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "mag niet leeg zijn"),
        ("Bel 0570 123456.", "Zet het in zijn eigen veld"),
        ("Bel {number}.", "wat de zin van overal niet kent"),
    ],
)
async def test_what_is_wrong_with_a_sentence_is_said_beside_it(
    enter: Enter, words: str, told: str
) -> None:
    sam = await steward(enter)
    form = {"seen": "", "text": words, **ORIGIN}
    answer = await sam.post(f"{AT}/GM0150/texts/{SAID}", dict(form))
    assert answer.status == 422
    assert told in await answer.text()


async def test_without_a_source_nothing_differs(enter: Enter) -> None:
    sam = await steward(enter)
    address = f"{AT}/GM0150/services/eetbank/gives"
    mark = seen(await read(sam, address))
    answer = await sam.post(address, {"seen": mark, "gives": "Meer.", "source": ""})
    assert answer.status == 422
    assert "Zonder bron staat niets in de gids." in await answer.text()


async def test_what_somebody_changed_meanwhile_is_not_overwritten(enter: Enter) -> None:
    sam = await steward(enter)
    address = f"{AT}/GM0150/services/eetbank/gives"
    mark = seen(await read(sam, address))
    await say_it(sam, "gives", gives="Eten voor twee weken.")
    for path in (address, f"{address}/remove"):
        answer = await sam.post(path, {"seen": mark, "gives": "Niets.", **ORIGIN})
        assert answer.status == 409
        assert "Dit is intussen veranderd." in await answer.text()


async def test_nothing_differs_in_another_municipality_or_in_danger(
    enter: Enter, small: Content
) -> None:
    sam, nat = await steward(enter), await steward(enter, "NL")
    service, text = "services/eetbank/gives", f"texts/{SAID}"
    form = {"seen": "", "gives": "Meer.", "text": "Anders.", **ORIGIN}
    lines = {line.service for kind in small.release.frame.dangers for line in kind.lines}
    assert lines
    closed = [
        f"{AT}/{place}/{what}" for place in ("GM0344", "NL", "GM9999") for what in (service, text)
    ]
    closed += [f"{AT}/GM0150/services/{name}/gives" for name in (*lines, "niets")]
    closed += [f"{AT}/GM0150/services/eetbank/{name}" for name in ("needs", "id", "roles")]
    closed += [f"{AT}/GM0150/texts/{key}" for key in ("eten.title", "service.call", "gevaar.x.say")]
    for address in closed:
        assert (await sam.get(address)).status == 404, address
        for way in ("", "/remove"):
            assert (await sam.post(f"{address}{way}", dict(form))).status == 404, address
    for place in ("GM0150", "NL"):
        assert (await nat.post(f"{AT}/{place}/{service}", dict(form))).status == 404
    assert (await sam.get(f"{AT}/GM0344")).status == 404
