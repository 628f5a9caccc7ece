"""Schemes, norms and limits in the console: by form, with a source, each by who may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.content.scheme_shelf import NORMS, SCHEMES, everything, find, limits_of
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_directory import draft_of, drafted, seen, steward
from tests.console.test_releases import follow, read

AT = "/console/directory/schemes"
BOOK = """advisers:
  {residence: altijd, debt: altijd, repayment: altijd, report: altijd, unknown: altijd}
schemes:
  - id: eetbank
    kind: municipal
    worth: 4
    ease: 2
    why: Food for a week.
    children_required: yes
    child_age: [4, 17]
    income: {type: pct_bijstandsnorm, range: [110, 130]}
    assets: differs
    asking_can_cost: [debt]
    cannot_cost: [report]
    cost_source: {source: 'https://a.example/c', year: 2024, confidence: judged}
    applicants: [parent]
    bring: [income]
    source: {source: 'https://a.example/b', year: 2024}
    figures:
      - {for: single, amount: '129.50', per: month, year: 2025, source: 'https://a.example/d'}
"""
ALWAYS = """
  - id: altijd
    kind: municipal
    worth: 1
    ease: 3
    why: For everybody.
    income: {type: none}
    asking_can_cost: unknown
    applicants: [nothing]
    source: {source: 'https://a.example/a', year: 2024}
"""
BASES = """ask: {pct: 120, basis: excl}
norms:
  - from: 2026-01-01
    basis: excl
    source: {source: 'https://a.example/n', year: 2026}
    households:
      single: {100: '1331.43', 120: '1597.72'}
      couple: {100: '1902.02', 120: '2282.42'}
asset_limits:
  - {single: '7770', family: '15540', source: {source: 'https://a.example/s', year: 2025}}
"""
DEVENTER = "directory/limits/gm0150.yaml"
LIMIT = """# Deventer
municipality: GM0150
limits:
  - {scheme: eetbank, name: Eetbank, pct: '120', assets: yes, source: {source: Brief, year: 2024}}
"""
ORIGIN = {"source": "https://a.example/nieuw", "year": "2026", "confirmed": "opened"}
NORM = {"from": "2026-07-01", "basis": "excl", "single.100": "1.350,00", "couple.100": "1950,00"}


@pytest.fixture
def root(root: Path) -> Path:
    """The small content, with a scheme, a norm of the first half of 2026 and one local limit."""
    for path, text in ((SCHEMES, BOOK + ALWAYS), (NORMS, BASES), (DEVENTER, LIMIT)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it."""
    return build(settings, small.release, clock, root)


async def checked(someone: Someone) -> str:
    """Check the draft of somebody; return its page."""
    draft = f"/console/drafts/{await draft_of(someone)}"
    await follow(someone, f"{draft}/check")
    page = await read(someone, draft)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<main")[2]))


async def test_the_expired_norm_stands_on_top_and_a_new_one_is_added_by_form(
    enter: Enter, app: web.Application
) -> None:
    nat = await steward(enter, "NL")
    page = await read(nat, "/console/directory")
    assert page.index("De bijstandsnorm is verlopen sinds 1 juli 2026.") < page.index("Altijd Open")
    page = await read(nat, f"{AT}/norms/new")
    assert page.index('value="2026-07-01"') < page.index('value="2027-01-01"')
    where = await follow(nat, f"{AT}/norms/new", {**NORM, **ORIGIN})
    page = await read(nat, where)
    assert "verlopen" not in page
    assert "€\xa01.620,00" in page or "€\xa01.620" in page
    text = await drafted(app, await draft_of(nat), NORMS)
    assert "from: 2026-07-01" in text
    assert "confidence: derived" in text
    assert "from: 2026-01-01" in text
    page = await checked(nat)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"single.100": ""}, "Schrijf alleen het bedrag"),
        ({"single.120": "1800"}, "Dit past niet bij de norm erboven."),
        ({"source": ""}, "Zonder bron staat niets in de gids."),
        ({"year": ""}, "Zonder jaar vertelt de chat een norm niet."),
        ({"from": "2031-07-01"}, "Kies een van de mogelijkheden."),
        ({"from": "2026-01-01"}, "Kies een van de mogelijkheden."),
    ],
)
async def test_a_wrong_norm_is_not_kept_and_what_was_typed_stays(
    enter: Enter, form: dict[str, str], told: str
) -> None:
    nat = await steward(enter, "NL")
    answer = await nat.post(f"{AT}/norms/new", {**NORM, **ORIGIN, **form})
    page = await answer.text()
    assert answer.status == 422
    assert told in page
    assert 'value="1950,00"' in page


async def test_a_scheme_is_told_in_words(enter: Enter) -> None:
    """What it gives, who applies, conditions, what asking can cost: no code, no YAML."""
    page = await read(await steward(enter), f"{AT}/about/eetbank?place=GM0150")
    for told in (
        "Je vraagt het zelf.",
        "papieren van wat er binnenkomt",
        "De grens ligt tussen 110 en 130 procent van de bijstandsnorm",
        "Er is een kind van 4 tot en met 17 jaar.",
        "Of spaargeld meetelt, verschilt per plaats.",
        "Een lening: ja, dat kan",
        "Iemand anders hoort ervan: nee",
        "Je verblijf: niemand zocht dit uit.",
        "Vraag een beheerder.",
        "€\xa0129,50",
        "Tot 120 procent van de bijstandsnorm. Spaargeld telt mee.",
        "Een jurist keek niet mee.",
    ):
        assert told in page
    assert "pct_bijstandsnorm" not in page


async def test_one_press_says_that_a_fact_of_a_scheme_is_still_right(
    enter: Enter, app: web.Application
) -> None:
    nat = await steward(enter, "NL")
    for key in ("source.eetbank", "cost.eetbank", "figure.eetbank.1"):
        page = await read(nat, f"{AT}/facts/{key}")
        where = await follow(
            nat, f"{AT}/facts/{key}/confirm", {"seen": seen(page), "how": "opened"}
        )
        page = await read(nat, where)
        assert "Bewaard in je voorstel." in page
    assert "Bron geopend op 24 november 2026 door steward landelijk." in page
    text = await drafted(app, await draft_of(nat), SCHEMES)
    known = [fact for fact in everything({SCHEMES: text.encode()}) if "eetbank" in fact.key]
    assert [fact.origin.assured_how for fact in known] == ["opened"] * 3
    assert "<td>nagekeken</td>" in await read(nat, AT)
    page = await checked(nat)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page


async def test_another_amount_has_its_own_source_and_a_weak_one_is_not_told(
    enter: Enter, app: web.Application
) -> None:
    nat = await steward(enter, "NL")
    address = f"{AT}/facts/figure.eetbank.1"
    page = await read(nat, address)
    assert 'value="129.50"' in page
    form = {"seen": seen(page), "amount": "€ 1.131,00", **ORIGIN, "doubt": "unsure"}
    page = await read(nat, await follow(nat, address, form))
    assert "€\xa01.131" in page
    assert "dit vertelt de chat niet" in page
    text = await drafted(app, await draft_of(nat), SCHEMES)
    fact = find(everything({SCHEMES: text.encode()}), "figure.eetbank.1")
    assert fact is not None
    assert (fact.row["amount"], fact.origin.source) == ("1131.00", "https://a.example/nieuw")
    await follow(nat, f"{address}/remove", {"seen": fact.seen})
    text = await drafted(app, await draft_of(nat), SCHEMES)
    assert find(everything({SCHEMES: text.encode()}), "figure.eetbank.1") is None
    page = await checked(nat)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page


async def test_a_norm_changes_only_as_a_whole(enter: Enter) -> None:
    nat = await steward(enter, "NL")
    page = await read(nat, f"{AT}/facts/norm.1")
    form = {"seen": seen(page), "single.100": "1400", "single.120": "1597,72", **ORIGIN}
    form |= {"couple.100": "1902,02", "couple.120": "2282,42"}
    answer = await nat.post(f"{AT}/facts/norm.1", dict(form))
    assert answer.status == 422
    assert "Dit past niet bij de norm erboven." in await answer.text()
    await follow(nat, f"{AT}/facts/norm.1", {**form, "single.120": "1680"})
    assert "€\xa01.680" in await read(nat, f"{AT}/norms")


async def test_what_changed_since_it_was_read_is_not_changed(enter: Enter) -> None:
    nat = await steward(enter, "NL")
    for key in ("figure.eetbank.1", "assets.1"):
        address = f"{AT}/facts/{key}"
        mark = seen(await read(nat, address))
        await follow(nat, f"{address}/confirm", {"seen": mark, "how": "phoned"})
        form = {"seen": mark, "amount": "1", "single": "1", "family": "2", **ORIGIN}
        for path in (address, f"{address}/confirm"):
            answer = await nat.post(path, {**form, "how": "phoned"})
            assert answer.status == 409
            assert "Dit is intussen veranderd." in await answer.text()


async def test_a_steward_keeps_the_limits_of_their_own_municipality(
    enter: Enter, app: web.Application
) -> None:
    sam = await steward(enter)
    page = await read(sam, "/console/directory")
    assert "Van 1 regeling is de grens hier nog na te kijken." in page
    address = f"{AT}/limits/GM0150/eetbank"
    page = await read(sam, address)
    where = await follow(sam, f"{address}/confirm", {"seen": seen(page), "how": "phoned"})
    assert "Nagebeld op 24 november 2026 door steward Deventer." in await read(sam, where)
    page = await read(sam, address)
    form = {"seen": seen(page), "name": "Eetbank Deventer", "pct": "120 tot 130", "assets": "no"}
    page = await read(sam, await follow(sam, address, {**form, **ORIGIN}))
    assert "Tot 120-130 procent van de bijstandsnorm. Spaargeld telt niet mee." in page
    text = await drafted(app, await draft_of(sam), DEVENTER)
    known = limits_of({DEVENTER: text.encode()}, "GM0150")["eetbank"]
    assert known.row["name"] == "Eetbank Deventer"
    page = await checked(sam)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page
    await follow(sam, f"{address}/remove", {"seen": known.seen})
    assert "kennen we niet" in await read(sam, f"{AT}/about/eetbank?place=GM0150")


async def test_a_limit_is_added_where_none_was_known(enter: Enter, app: web.Application) -> None:
    kim = await steward(enter, "GM0014")
    address = f"{AT}/limits/GM0014/eetbank"
    answer = await kim.post(address, {"pct": "veel", "name": "", "source": ""})
    page = await answer.text()
    assert answer.status == 422
    assert "Schrijf een getal, of van en tot" in page
    assert "Zonder bron staat niets in de gids." in page
    where = await follow(kim, address, {"name": "Eetbank", "pct": "105", "assets": "", **ORIGIN})
    assert "Tot 105 procent" in await read(kim, where), "whether savings count may be unknown"
    text = await drafted(app, await draft_of(kim), "directory/limits/gm0014.yaml")
    assert text.startswith("# Groningen\nmunicipality: GM0014\n")
    page = await checked(kim)
    assert "gecontroleerd, nog niet goedgekeurd" in page, page


@pytest.mark.parametrize("what", ["", "/confirm", "/remove"])
async def test_nobody_changes_what_is_not_theirs(enter: Enter, what: str) -> None:
    """A municipality's steward no national fact and no other municipality; nor the other way."""
    sam, nat = await steward(enter), await steward(enter, "NL")
    form = {"seen": "x", "how": "phoned", "amount": "1", "name": "X", "pct": "120", **ORIGIN}
    national = ["source.eetbank", "cost.eetbank", "figure.eetbank.1", "norm.1", "assets.1"]
    foreign = [f"{AT}/facts/{key}" for key in national]
    foreign += [f"{AT}/limits/{place}/eetbank" for place in ("GM0344", "GM9999", "NL", "gm0150")]
    for address in foreign:
        assert (await sam.post(f"{address}{what}", dict(form))).status == 404, address
    assert (await nat.post(f"{AT}/limits/GM0150/eetbank{what}", dict(form))).status == 404
    assert (await nat.post(f"{AT}/limits/NL/eetbank{what}", dict(form))).status == 404
    assert "Bekijk je voorstel" not in await read(sam, "/console/directory")


async def test_forms_of_others_are_not_shown(enter: Enter) -> None:
    sam = await steward(enter)
    for path in ("facts/norm.1", "norms/new", "limits/GM0344/eetbank", "limits/GM0150/niets"):
        assert (await sam.get(f"{AT}/{path}")).status == 404, path
    assert (await sam.post(f"{AT}/norms/new", {**NORM, **ORIGIN})).status == 404
    assert (await sam.get(f"{AT}?place=GM0344")).status == 404
    page = await read(sam, f"{AT}/norms")
    assert "Veranderen doet de steward van heel Nederland." in page
    assert "klopt nog" not in page


async def test_only_two_ways_of_confirming_exist(enter: Enter) -> None:
    nat = await steward(enter, "NL")
    form = {"seen": "x", "how": "guessed"}
    assert (await nat.post(f"{AT}/facts/norm.1/confirm", dict(form))).status == 400
