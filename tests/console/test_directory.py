"""Stewards keep the directory: their own municipalities, one press at a time, in a draft."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.directory import read_text
from bot.content.load import Content
from bot.handlers.keys import CONTENT, DESK, SETTINGS
from bot.store import audit, links
from bot.store import releases as shelf
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_releases import follow, read

LOCAL = "directory/services/lokaal/gm0150.yaml"
OTHER = "directory/services/lokaal/gm0344.yaml"
SERVICE = """services:
  - id: {name}
    name: {title}
    organization: {title}
    status: active
    needs: [food]
    roles: [child, parent, helper]
    applicants: [parent]
    service_area: [{code}]
    phones: [{{number: 0570 123456}}]
    url: https://brug.example
    gives: Eten voor een week.
    who: Voor wie hier woont.
    how: Bel of kom langs.
    provenance:
      - {{fields: [name, organization, phones], source: 'https://brug.example/bel', year: 2021}}
      - {{fields: [url, gives, who, how], source: Een folder, year: unknown}}
"""


def two_towns(root: Path) -> Path:
    """Add a service in Deventer and one in Utrecht to a folder of content."""
    for path, name, code in ((LOCAL, "brug", "GM0150"), (OTHER, "gracht", "GM0344")):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        text = SERVICE.format(name=name, title=name.title(), code=code)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with a service in Deventer and one in Utrecht."""
    return two_towns(root)


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


async def steward(enter: Enter, *codes: str) -> Someone:
    return await enter("steward", name=f"Sam {codes}", municipalities=codes or ("GM0150",))


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\w+)"', page)[0]


async def press(someone: Someone, service: str = "brug", **fields: str) -> str:
    """Press a button on the page of a service; return where it leads."""
    address = f"/console/directory/services/{service}"
    mark = seen(await read(someone, address))
    return await follow(someone, f"{address}/confirm", {"seen": mark, "how": "phoned", **fields})


async def draft_of(someone: Someone) -> str:
    page = await read(someone, "/console/directory")
    return re.findall(r'href="/console/drafts/(\w+)"', page)[0]


async def drafted(app: web.Application, draft: str, path: str) -> str:
    """What a draft makes of a file."""
    desk = app[DESK]
    standing = await desk.standing(draft)
    async with app[CONTENT].reading() as connection:
        blobs = await shelf.blobs(connection, [standing.edits[path]])
    return blobs[standing.edits[path]].decode()


async def test_one_press_says_who_phoned_and_when_and_takes_it_off_the_list(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    page = await read(sam, "/console/directory")
    assert "Nog nooit nagekeken." in page
    assert "De oudste bron is uit 2021." in page
    assert "0570 123456" in page
    where = await press(sam, **{"from": "list"})
    page = await read(sam, where)
    assert "Bewaard: Brug klopt nog." in page
    assert "Nog nooit nagekeken." not in page
    assert "Alles hier is het laatste half jaar nagekeken." in page
    text = await drafted(app, await draft_of(sam), LOCAL)
    (found,) = read_text(LOCAL, text)[0].values()
    row = found.provenance["phones"]
    assert (str(row.assured_date), row.assured_by) == ("2026-11-24", "steward Deventer")
    assert row.assured_how == "phoned"
    assert found.unconfirmed == ()
    async with app[CONTENT].reading() as connection:
        events = [entry.event for entry in await audit.everything(connection)]
    assert "directory.confirm" in events


async def test_one_field_alone_can_be_right(enter: Enter) -> None:
    sam = await steward(enter)
    where = await press(sam, field="phones", how="opened")
    page = await read(sam, where)
    assert "Bron geopend op 24 november 2026 door steward Deventer." in page
    assert "Nog niet alles is nagekeken." in await read(sam, "/console/directory")


async def test_everything_goes_into_one_draft_that_is_made_by_itself(enter: Enter) -> None:
    sam = await enter("steward", municipalities=("GM0150", "GM0344"))
    await press(sam)
    first = await draft_of(sam)
    await press(sam, "gracht")
    assert await draft_of(sam) == first
    page = await read(sam, f"/console/drafts/{first}")
    assert LOCAL in page
    assert OTHER in page
    assert "De gids bijgewerkt" in page


async def test_two_stewards_have_two_drafts(enter: Enter) -> None:
    sam, kim = await steward(enter), await steward(enter, "GM0344")
    await press(sam)
    await press(kim, "gracht")
    assert await draft_of(sam) != await draft_of(kim)


async def test_a_confirmation_goes_live_like_any_other_change(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    rob = await enter("reviewer", "publisher", name="Rob")
    await press(sam)
    draft = f"/console/drafts/{await draft_of(sam)}"
    await follow(sam, f"{draft}/check")
    change = re.findall(r'name="change" value="(\w+)"', await read(rob, draft))[0]
    await follow(rob, f"{draft}/approve", {"change": change})
    await follow(rob, f"{draft}/publish", {"change": change})
    state = await app[DESK].state()
    assert state
    live = (await app[DESK].files(state.release))[LOCAL].decode()
    assert "assured_by: steward Deventer" in live
    page = await read(sam, "/console/directory")
    assert "Bekijk je voorstel" not in page
    assert "Alles hier is het laatste half jaar nagekeken." in page


async def test_what_changed_since_it_was_read_is_not_confirmed(enter: Enter) -> None:
    sam = await steward(enter)
    address = "/console/directory/services/brug"
    mark = seen(await read(sam, address))
    await press(sam, field="phones")
    answer = await sam.post(f"{address}/confirm", {"seen": mark, "how": "phoned"})
    assert answer.status == 409
    assert "Dit is intussen veranderd." in await answer.text()


@pytest.mark.parametrize("way", ["read", "confirm", "list"])
async def test_a_steward_sees_no_other_municipality(enter: Enter, way: str) -> None:
    """Nor what is true everywhere: reading and pressing answer as if it were not there."""
    sam = await steward(enter)
    for service, place in (("gracht", "GM0344"), ("altijd", "NL")):
        address = f"/console/directory/services/{service}"
        if way == "read":
            assert (await sam.get(address)).status == 404
        elif way == "list":
            assert (await sam.get(f"/console/directory?place={place}")).status == 404
        else:
            fields = {"seen": "x", "how": "phoned"}
            assert (await sam.post(f"{address}/confirm", dict(fields))).status == 404


async def test_a_national_steward_sees_all_and_presses_what_is_national(enter: Enter) -> None:
    nat = await steward(enter, "NL")
    page = await read(nat, "/console/directory")
    assert "Altijd Open" in page
    assert "Bron geopend: klopt nog" in page
    page = await read(nat, "/console/directory?place=Deventer")
    assert "Brug" in page
    assert "Veranderen doet de steward van Deventer." in page
    assert "klopt nog" not in page
    await press(nat, "altijd")
    page = await read(nat, "/console/directory/services/altijd")
    assert "Nagebeld op 24 november 2026 door steward landelijk." in page
    mark = seen(page)
    answer = await nat.post(
        "/console/directory/services/brug/confirm", {"seen": mark, "how": "phoned"}
    )
    assert answer.status == 404


async def test_a_place_of_which_nothing_is_known_says_so(enter: Enter) -> None:
    kim = await steward(enter, "GM0014")
    page = await read(kim, "/console/directory")
    assert "Van Groningen staat nog niets in de gids." in page
    assert "Vandaag geen eten" in page


async def test_only_two_ways_of_confirming_exist(enter: Enter) -> None:
    sam = await steward(enter)
    answer = await sam.post(
        "/console/directory/services/brug/confirm", {"seen": "x", "how": "guessed"}
    )
    assert answer.status == 400


@pytest.mark.parametrize("on", [True, False])
async def test_a_source_that_does_not_answer_is_told_and_changes_nothing(
    enter: Enter, app: web.Application, on: bool
) -> None:
    """Where the link check is off, what it once found is not told either."""
    sam = await steward(enter)
    app[SETTINGS].__dict__["link_check"] = on
    async with app[CONTENT].writing() as connection:
        for when in (1_790_000_000, 1_790_100_000):
            await links.note(connection, "https://brug.example/bel", when, there=False)
    page = await read(sam, "/console/directory")
    told = "De bron antwoordt niet meer sinds 21 september 2026."
    assert ("Bronnen die niet meer antwoorden" in page) is on
    assert (told in page) is on
    assert (told in await read(sam, "/console/directory/services/brug")) is on
    assert "Bekijk je voorstel" not in page
