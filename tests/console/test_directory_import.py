"""Another directory is taken over only after its differences were seen, and only where it may."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.directory import read_text
from bot.content.exchange import export
from bot.content.load import Content, load
from tests.conftest import NOON
from tests.console.conftest import Clock, Enter
from tests.console.test_directory import (
    LOCAL,
    OTHER,
    SERVICE,
    draft_of,
    drafted,
    steward,
)
from tests.console.test_releases import follow, read

AT = "/console/directory/import"


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with two services in Deventer and one in Utrecht."""
    pair = SERVICE.format(name="brug", title="Brug", code="GM0150")
    second = SERVICE.format(name="kade", title="Kade", code="GM0150").partition("\n")[2]
    other = SERVICE.format(name="gracht", title="Gracht", code="GM0344")
    for path, text in ((LOCAL, f"{pair}\n{second}"), (OTHER, other)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


@pytest.fixture
def elsewhere(root: Path) -> dict[str, Any]:
    """What another directory says: as ours, but with other words for Brug and Gracht."""
    content, problems = load(root)
    assert problems == []
    now: datetime = NOON
    page: dict[str, Any] = json.loads(export(content, now))
    for service in page["contents"]:
        if service["name"] in ("Brug", "Gracht"):
            service["phones"][0]["number"] = "0570 777777"
    return page


async def test_a_file_is_compared_first_and_then_taken_over(
    enter: Enter, app: web.Application, elsewhere: dict[str, Any]
) -> None:
    sam = await steward(enter)
    answer = await sam.post(AT, {"hsds": json.dumps(elsewhere)})
    page = await answer.text()
    assert answer.status == 200
    assert "0570 777777" in page
    assert 'name="take.brug"' in page
    assert 'name="take.gracht"' not in page, "it is of another municipality"
    assert "Kade" not in page.partition("</textarea>")[2], "it says the same as ours"
    assert "Bekijk je voorstel" not in await read(sam, "/console/directory")
    form = {"hsds": json.dumps(elsewhere), "take.brug": "yes", "take.gracht": "yes"}
    await follow(sam, f"{AT}/take", dict(form))
    text = await drafted(app, await draft_of(sam), LOCAL)
    services, _, problems = read_text(LOCAL, text)
    assert problems == []
    assert services["brug"].phones[0].number == "0570 777777"
    assert services["kade"].phones[0].number == "0570 123456"
    assert "\n\n  - id: kade" in text
    draft = await read(sam, f"/console/drafts/{await draft_of(sam)}")
    assert OTHER not in draft.partition("<form")[0]


async def test_a_service_that_is_wrong_is_shown_with_the_reason_and_never_taken(
    enter: Enter, elsewhere: dict[str, Any]
) -> None:
    sam = await steward(enter)
    for service in elsewhere["contents"]:
        if service["name"] == "Brug":
            service["phones"][0]["number"] = "bel <b>mij</b>"
    form = {"hsds": json.dumps(elsewhere), "take.brug": "yes"}
    page = await (await sam.post(AT, {"hsds": form["hsds"]})).text()
    assert "no Dutch phone number" in page
    assert 'name="take.brug"' not in page
    assert "<b>mij</b>" not in page
    assert (await sam.post(f"{AT}/take", dict(form))).status == 422


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("een brief", "Dit is geen bestand van een sociale kaart."),
        ("{}", "geen lijst met plekken"),
        ('{"contents": []}', "staat al zo in de gids"),
        ('{"contents": [1, {}, {"name": "x"}]}', "Dit kan nog niet."),
        ("[" * 5000, "Dit is geen bestand van een sociale kaart."),
    ],
)
async def test_a_file_that_is_no_directory_is_refused_calmly(
    enter: Enter, text: str, told: str
) -> None:
    sam = await steward(enter)
    answer = await sam.post(AT, {"hsds": text})
    assert answer.status in (200, 422)
    assert told in await answer.text()
