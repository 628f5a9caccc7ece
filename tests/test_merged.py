"""A municipality that merged takes its entries, its limits and its own words along."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.content.load import Content
from bot.content.report import Report
from bot.directory import Directory, Edition
from bot.places import Places
from bot.schemes import Limit, Source
from bot.voice import Voice
from tests.conftest import NOON

OLD, NEW = "GM0637", "GM1621"
LAST, AFTER = date(2026, 12, 31), date(2027, 1, 1)


@pytest.fixture(scope="module")
def merged(real: Content) -> Directory:
    """Zoetermeer, which has limits of its own, joins Lansingerland at the end of 2026."""
    directory = real.release.directory
    towns = dict(directory.places.municipalities)
    towns[OLD] = replace(towns[OLD], valid_to=LAST, merged_into=NEW)
    limits = tuple(
        Limit(name, frozenset({OLD}), "", 130, 130, "no", Source("x", 2026))
        for name in ("stadspas", "individuele_inkomenstoeslag")
    )
    norms = replace(directory.schemes.norms, limits=limits)
    return replace(
        directory,
        places=Places.of(towns.values(), (), ()),
        schemes=replace(directory.schemes, norms=norms),
        editions={OLD: Edition(texts={"eten.child.say": "eten.child.say@GM0637"})},
    )


def test_a_limit_counts_where_the_municipality_went(merged: Directory) -> None:
    assert merged.norms(LAST).limit("stadspas", NEW) is None
    found = merged.norms(AFTER).limit("stadspas", NEW)
    assert found is not None
    assert found.low == 130


def test_a_limit_decides_for_who_said_the_old_or_the_new_name(merged: Directory) -> None:
    """With 130 as the limit, an income below 120 surely fits; without, nobody knows."""
    told = {"household": "single_parent", "ages": "primary", "income_below": "yes"}
    told |= {"savings": "no", "residence": "settled"}

    def fits(place: str, today: date) -> bool:
        found = merged.advise(told | {"place": place}, today)
        return next(
            advice.fits for _, advice in found if advice.scheme == "individuele_inkomenstoeslag"
        )

    assert fits(OLD, LAST)
    assert not fits(NEW, LAST)
    assert fits(NEW, AFTER)
    assert fits(OLD, AFTER)


def test_words_of_its_own_go_along(merged: Directory, real: Content) -> None:
    def key(place: str, now: date) -> str:
        moment = NOON.replace(year=now.year, month=now.month, day=now.day)
        return Voice(real.release.catalog, merged, "nl", moment, {"place": place}).key(
            "eten.child.say"
        )

    assert key(NEW, LAST) == "eten.child.say"
    assert key(NEW, AFTER) == key(OLD, AFTER) == "eten.child.say@GM0637"


def test_a_local_entry_is_found_where_the_municipality_went(merged: Directory) -> None:
    person = {"role": "parent", "age": "", "place": NEW, "limit": 9}
    before = merged.find("peer", now=NOON.replace(year=2026, month=12, day=1), **person)
    after = merged.find("peer", now=NOON.replace(year=2027, month=1, day=1), **person)
    assert "bezoekvrouwen_piezo" not in before
    assert "bezoekvrouwen_piezo" in after


def test_the_check_names_what_is_entered_for_a_municipality_that_is_no_more(
    merged: Directory, real: Content
) -> None:
    content = replace(real, release=replace(real.release, directory=merged))
    said = "GM0637 (Zoetermeer) is GM1621 (Lansingerland) now; its entries count there"
    assert not any(said in line for line in Report(content, (), LAST).summary())
    assert any(said in line for line in Report(content, (), AFTER).summary())
