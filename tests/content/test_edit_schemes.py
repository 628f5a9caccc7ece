"""Edits of schemes, norms and limits: only what is meant changes, and it can be read."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

import pytest

from bot.content.edit_directory import Assurance, Origin
from bot.content.edit_schemes import (
    NoFactError,
    add_norm,
    change,
    confirm,
    drop_limit,
    put_limit,
    remove,
)
from bot.content.scheme_form import amount_of, percentage_of, read_norm
from bot.content.scheme_shelf import (
    NORMS,
    SCHEMES,
    assets_of,
    everything,
    expired,
    facts_of,
    find,
    limits_of,
    next_starts,
    norms_of,
    schemes_of,
    waiting,
)

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
SURE = Assurance(TODAY, "steward landelijk", "opened")
ORIGIN = Origin("https://a.nl/b", 2026, SURE)


def files() -> dict[str, bytes]:
    paths = [*(ROOT / "directory").glob("*.yaml"), *(ROOT / "directory/limits").glob("*.yaml")]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}


def text(file: str) -> str:
    return files()[file].decode()


def touched(old: str, new: str) -> int:
    """How many lines of the old text are gone."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return sum(line.startswith("- ") for line in lines)


@pytest.mark.parametrize("fact", everything(files()), ids=lambda fact: fact.key)
def test_every_fact_that_ships_can_be_confirmed_alone(fact) -> None:
    """Nothing else changes: not the facts beside it, and not what is said."""
    old = text(fact.file)
    new = confirm(old, fact.key, SURE)
    assert touched(old, new) <= 2
    before, after = (
        {one.key: one for one in everything({fact.file: version.encode()})}
        for version in (old, new)
    )
    assert after[fact.key].origin.assured_date == TODAY
    assert after[fact.key].confidence == fact.confidence
    assert [k for k in before if before[k] != after[k]] == [fact.key]


def test_an_amount_changes_with_its_source_and_is_no_longer_in_doubt() -> None:
    key = "figure.kinderbijslag.4"
    assert find(everything(files()), key).confidence == "unsure"  # type: ignore[union-attr]
    new = change(text(SCHEMES), key, {"amount": "300.10"}, ORIGIN)
    fact = find(everything({SCHEMES: new.encode()}), key)
    assert fact is not None
    assert (fact.row["amount"], fact.origin.source, fact.confidence) == (
        "300.10",
        "https://a.nl/b",
        "seen",
    )
    assert fact.shown


def test_an_amount_that_nobody_knows_any_more_goes() -> None:
    old = text(SCHEMES)
    new = remove(old, "figure.kinderbijslag.6")
    assert len(facts_of(schemes_of({SCHEMES: new.encode()})["kinderbijslag"])) == 6
    for number in (2, 1):
        new = remove(new, f"figure.kindgebonden_budget.{number}")
    left = facts_of(schemes_of({SCHEMES: new.encode()})["kindgebonden_budget"])
    assert [fact.kind for fact in left] == ["source", "cost"]
    assert "\n  - id: kinderbijslag\n" in new


def test_a_new_norm_stands_before_the_others_and_ends_that_the_norm_is_expired() -> None:
    before = files()
    assert expired(before, TODAY) == (date(2026, 1, 1), date(2026, 7, 1))
    assert next_starts(before, TODAY) == [date(2026, 7, 1), date(2027, 1, 1)]
    rows, derived, wrong = read_norm(
        {"basis": "excl", "single.100": "1.350,00", "couple.100": "1950", "couple.120": "2340"}, 120
    )
    assert (wrong, derived) == ({}, True)
    new = add_norm(text(NORMS), date(2026, 7, 1), "excl", rows, ORIGIN, "derived")
    after = {**before, NORMS: new.encode()}
    assert expired(after, TODAY) is None
    assert norms_of(after)[0].row["households"]["single"] == {"100": "1350.00", "120": "1620.00"}
    assert touched(text(NORMS), new) == 0


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"single.100": ""}, {"single.100": "amount"}),
        (
            {"single.100": "1350", "couple.100": "1950", "single.120": "1700"},
            {"single.120": "basis"},
        ),
        ({"single.100": "1350", "couple.100": "1950", "couple.120": "x"}, {"couple.120": "amount"}),
        ({"single.100": "1350", "couple.100": "1950", "basis": "x"}, {"basis": "choice"}),
    ],
)
def test_what_is_wrong_with_a_norm_is_said_at_its_field(
    form: dict[str, str], wrong: dict[str, str]
) -> None:
    right = {"basis": "excl", "single.100": "1350", "couple.100": "1950"}
    assert read_norm({**right, **form}, 120)[2] == wrong


def test_a_limit_of_a_municipality_is_set_changed_and_taken_away() -> None:
    row = {"scheme": "leergeld", "name": "Leergeld", "pct": "120-130", "assets": "yes"}
    new = put_limit("", "GM0014", "Groningen", row, ORIGIN, "seen")
    path = "directory/limits/gm0014.yaml"
    assert new.startswith("# Groningen\nmunicipality: GM0014\n")
    known = limits_of({path: new.encode()}, "GM0014")["leergeld"]
    assert (known.row["pct"], known.origin.assured_how) == ("120-130", "opened")
    assert waiting({path: new.encode()}, "GM0014", TODAY) == []
    less = {name: row[name] for name in ("scheme", "name")} | {"pct": "105"}
    other = put_limit(new, "GM0014", "Groningen", less, Origin("Brief", 2026), "unsure")
    known = limits_of({path: other.encode()}, "GM0014")["leergeld"]
    assert known.row.get("assets") is None
    assert known.confidence == "unsure"
    assert waiting({path: other.encode()}, "GM0014", TODAY) == ["leergeld"]
    gone = drop_limit(other, "leergeld")
    assert limits_of({path: gone.encode()}, "GM0014") == {}
    with pytest.raises(NoFactError):
        drop_limit(gone, "leergeld")


def test_a_limit_that_an_older_lucht_kept_for_several_places_is_seen_in_each() -> None:
    row = b"limits:\n  - {scheme: pas, places: [GM0150, GM0014], pct: 120, source: {source: A}}\n"
    own = b"limits:\n  - {scheme: pas, pct: 130, source: {source: B}}\n"
    known = {NORMS: row, "directory/limits/gm0150.yaml": own}
    assert limits_of(known, "GM0150")["pas"].row["pct"] == "130"
    assert limits_of(known, "GM0014")["pas"].row["pct"] == "120"
    assert limits_of(known, "GM0363") == {}


@pytest.mark.parametrize(
    "key", ["norm.99", "assets.0", "figure.leergeld.1", "cost.niets", "source.x"]
)
def test_a_fact_that_is_not_there_is_an_error(key: str) -> None:
    file = NORMS if key.startswith(("norm", "assets")) else SCHEMES
    with pytest.raises(NoFactError):
        confirm(text(file), key, SURE)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("1331,43", "1331.43"),
        ("€ 1.331,43", "1331.43"),
        ("1331.43", "1331.43"),
        ("7.770", "7770"),
        ("7770,-", "7770"),
        ("129", "129"),
        ("", ""),
        ("veel", ""),
        ("12,3", ""),
        ("-5", ""),
        ("1331,433", ""),
    ],
)
def test_an_amount_is_read_as_people_write_it(told: str, meant: str) -> None:
    assert amount_of(told) == meant


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("120", "120"),
        ("120 %", "120"),
        ("120-130", "120-130"),
        ("120 tot 130", "120-130"),
        ("130-120", ""),
        ("1200", ""),
        ("12", ""),
        ("", ""),
    ],
)
def test_a_percentage_is_read_as_people_write_it(told: str, meant: str) -> None:
    assert percentage_of(told) == meant


def test_what_one_may_have_saved_is_read_with_its_doubts() -> None:
    assert [fact.confidence for fact in assets_of(files())].count("conflict") == 2
