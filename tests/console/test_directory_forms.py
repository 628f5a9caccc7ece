"""A steward changes a fact and adds a place by forms, with a source, without a line of YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.directory import read_text
from bot.content.load import Content
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_directory import (
    LOCAL,
    draft_of,
    drafted,
    seen,
    steward,
    two_towns,
)
from tests.console.test_releases import follow, read

NEW = {
    "place": "GM0150",
    "name": "Buurtkast",
    "needs.food": "yes",
    "roles.parent": "yes",
    "applicants.parent": "yes",
    "gives": "Eten dat over is.",
    "who": "Voor iedereen.",
    "how": "Loop langs.",
    "address": "Bij de brug",
    "cost": "free",
    "languages.nl": "yes",
    "source": "Een folder",
    "year": "2026",
    "confirmed": "phoned",
}


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with a service in Deventer and one in Utrecht."""
    return two_towns(root)


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


async def put(someone: Someone, field: str, **form: str) -> tuple[int, str]:
    """Fill in the form of a field; return status and page."""
    address = f"/console/directory/services/brug/fields/{field}"
    mark = seen(await read(someone, address))
    answer = await someone.post(address, {"seen": mark, **form})
    return answer.status, await answer.text()


async def test_another_number_has_its_own_source(enter: Enter, app: web.Application) -> None:
    sam = await steward(enter)
    page = await read(sam, "/console/directory/services/brug/fields/phones")
    assert "0570 123456" in page
    assert "https://brug.example/bel (2021)" in page
    form = {"phones": "0570 654321", "source": "brug.example/nieuw", "year": "2026"}
    form["source"] = "https://" + form["source"]
    assert await put(sam, "phones", **form, confirmed="phoned") == (303, "")
    page = await read(sam, "/console/directory/services/brug?kept=1")
    assert "0570 654321" in page
    assert "Nagebeld op 24 november 2026 door steward Deventer." in page
    services, _, problems = read_text(LOCAL, await drafted(app, await draft_of(sam), LOCAL))
    assert problems == []
    assert services["brug"].provenance["phones"].source == "https://brug.example/nieuw"
    assert services["brug"].provenance["name"].source == "https://brug.example/bel"


async def test_without_a_source_nothing_is_kept_and_nothing_typed_is_lost(enter: Enter) -> None:
    sam = await steward(enter)
    status, page = await put(sam, "gives", gives="Eten voor <b>ons</b>.", source="", year="26")
    assert status == 422
    assert "Zonder bron staat niets in de gids." in page
    assert "Schrijf een jaar met vier cijfers" in page
    assert "Eten voor &lt;b&gt;ons&lt;/b&gt;." in page
    assert "Bekijk je voorstel" not in await read(sam, "/console/directory")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("phones", "bel ons", "geen Nederlands telefoonnummer"),
        ("url", "geen adres", "geen webadres"),
        ("how", "Bel 0570 123456.", "Zet het in zijn eigen veld"),
        ("how", "Bel {chat}.", "van deze plek niet weten"),
        ("gives", "", "mag niet leeg zijn"),
    ],
)
async def test_what_is_wrong_is_said_in_words(
    enter: Enter, field: str, value: str, told: str
) -> None:
    sam = await steward(enter)
    status, page = await put(sam, field, **{field: value}, source="Een folder")
    assert status == 422
    assert told in page


async def test_a_fact_that_nobody_knows_any_more_goes(enter: Enter, app: web.Application) -> None:
    sam = await steward(enter)
    assert (await put(sam, "url", url=""))[0] == 303
    services, _, problems = read_text(LOCAL, await drafted(app, await draft_of(sam), LOCAL))
    assert (problems, services["brug"].url) == ([], "")
    assert "url" not in services["brug"].provenance


async def test_for_whom_it_is_found_needs_no_source(enter: Enter, app: web.Application) -> None:
    sam = await steward(enter)
    assert (await put(sam, "needs", **{"needs.food": "yes", "needs.desk": "yes"}))[0] == 303
    services = read_text(LOCAL, await drafted(app, await draft_of(sam), LOCAL))[0]
    assert services["brug"].needs == {"food", "desk"}


async def test_a_place_is_added_and_found_in_the_chat_after_publishing(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    page = await read(sam, "/console/directory/new?place=GM0150&need=food")
    assert 'name="needs.food" value="yes" checked' in page
    where = await follow(sam, "/console/directory/new", dict(NEW))
    assert where == "/console/directory/services/buurtkast?kept=1"
    assert "Loop langs." in await read(sam, where)
    draft = f"/console/drafts/{await draft_of(sam)}"
    await follow(sam, f"{draft}/check")
    page = await read(sam, draft)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page


async def test_a_place_needs_all_that_a_card_needs(enter: Enter) -> None:
    sam = await steward(enter)
    answer = await sam.post("/console/directory/new", {"place": "GM0150", "name": "Buurtkast"})
    page = await answer.text()
    assert answer.status == 422
    assert page.count("Dit mag niet leeg zijn.") == 6
    assert "Hoe vinden mensen deze plek?" in page
    assert 'value="Buurtkast"' in page


@pytest.mark.parametrize("place", ["GM0344", "NL", "GM9999", ""])
async def test_nothing_is_added_or_changed_in_another_municipality(
    enter: Enter, place: str
) -> None:
    sam = await steward(enter)
    assert (await sam.get(f"/console/directory/new?place={place}")).status == 404
    assert (await sam.post("/console/directory/new", {**NEW, "place": place})).status == 404
    for service in ("gracht", "altijd"):
        address = f"/console/directory/services/{service}/fields/phones"
        assert (await sam.get(address)).status == 404
        assert (await sam.post(address, {"seen": "x", "phones": "112"})).status == 404


async def test_a_field_that_changed_meanwhile_is_not_overwritten(enter: Enter) -> None:
    sam = await steward(enter)
    address = "/console/directory/services/brug/fields/phones"
    mark = seen(await read(sam, address))
    assert (await put(sam, "url", url=""))[0] == 303
    form = {"seen": mark, "phones": "0570 654321", "source": "Een folder"}
    answer = await sam.post(address, dict(form))
    assert answer.status == 409
    assert "Dit is intussen veranderd." in await answer.text()


async def test_only_fields_of_a_service_can_be_changed(enter: Enter) -> None:
    sam = await steward(enter)
    for field in ("id", "service_area", "provenance", "instead_of"):
        answer = await sam.get(f"/console/directory/services/brug/fields/{field}")
        assert answer.status == 404
