"""What somebody fills in on the form of a service is read strictly; each mistake has a code."""

from __future__ import annotations

import pytest

from bot.content.directory import read_text
from bot.content.edit_directory import add
from bot.content.entries import schedule_of
from bot.content.load import Content
from bot.content.service_form import EDITABLE, number_wrong, raw_of, read, read_new, read_source
from bot.content.shelf import listed
from tests.conftest import ROOT

GOOD = {
    "name": "De Brug",
    "needs.food": "yes",
    "roles.parent": "yes",
    "applicants.parent": "yes",
    "gives": "Eten voor een week.",
    "who": "Voor wie hier woont.",
    "how": "Bel {phone}.",
    "phones": "0570 123456\n14 0570",
    "url": "brug.example",
    "languages.nl": "yes",
    "schedule.kind": "lines",
    "schedule.0.mo": "yes",
    "schedule.0.opens": "9",
    "schedule.0.closes": "17:30",
    "cost": "free",
    "minimum_age": "4",
    "maximum_age": "18",
}


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("phones", {"phones": " 0800-0432 \r\n112"}, [{"number": "0800-0432"}, {"number": "112"}]),
        ("url", {"url": "www.deventer.nl"}, "https://www.deventer.nl"),
        ("minimum_age", {"minimum_age": "8"}, "8"),
        ("cost", {"cost": ""}, None),
        ("languages", {"languages.nl": "yes", "languages.ar": "yes"}, ["nl", "ar"]),
        ("schedule", {"schedule.kind": "always"}, "always"),
        ("schedule", {"schedule.kind": "unknown", "schedule.0.mo": "yes"}, None),
        ("gives", {"gives": " Bel  {phone}. "}, "Bel {phone}."),
        ("needs", {"needs.food": "yes", "needs.nonsense": "yes"}, ["food"]),
    ],
)
def test_a_field_becomes_what_stands_in_the_file(
    name: str, raw: dict[str, str], value: object
) -> None:
    assert read(name, raw) == read(name, raw).__class__(value)


@pytest.mark.parametrize(
    ("name", "raw", "wrong"),
    [
        ("phones", {"phones": "0800-0432, bel mij"}, "phone"),
        ("url", {"url": "zomaar iets"}, "link"),
        ("minimum_age", {"minimum_age": "acht"}, "age"),
        ("cost", {"cost": "soms"}, "choice"),
        ("schedule", {"schedule.kind": "lines"}, "hours"),
        ("schedule", {"schedule.kind": "lines", "schedule.0.mo": "yes"}, "hours"),
        (
            "schedule",
            {
                "schedule.kind": "lines",
                "schedule.0.mo": "yes",
                "schedule.0.opens": "24:30",
                "schedule.0.closes": "17:00",
            },
            "hours",
        ),
        ("gives", {"gives": "Bel 0570 123456."}, "typed"),
        ("gives", {"gives": "Vanaf 12 jaar."}, "typed"),
        ("gives", {"gives": ""}, "missing"),
        ("needs", {}, "missing"),
    ],
)
def test_what_is_wrong_has_a_code(name: str, raw: dict[str, str], wrong: str) -> None:
    assert read(name, raw).wrong == wrong


def test_hours_keep_their_holidays() -> None:
    line = {"schedule.0.opens": "9.00", "schedule.0.closes": "17"}
    week = {f"schedule.0.{day}": "yes" for day in ("mo", "tu", "we", "th", "fr")}
    open_ = read("schedule", {"schedule.kind": "lines", **line, **week})
    shut = read(
        "schedule", {"schedule.kind": "lines", **line, **week, "schedule.0.holidays": "closed"}
    )
    assert open_.value == [
        {"days": "weekdays", "opens_at": "09:00", "closes_at": "17:00", "holidays": "open"}
    ]
    assert shut.value == [{"days": "weekdays", "opens_at": "09:00", "closes_at": "17:00"}]


def test_a_form_that_nobody_touched_says_what_stood_there() -> None:
    """Every field of every service of ours, there and back."""
    paths = sorted((ROOT / "directory" / "services").rglob("*.yaml"))
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    for one in listed(files).values():
        for name in set(EDITABLE) & one.entry.keys():
            found = read(name, raw_of(one.entry, name))
            wanted = one.entry[name]
            same = sorted(found.value) if name in ("needs", "roles", "applicants") else found.value
            assert (found.wrong, same) == ("", wanted), (one.service.id, name)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {}),
        ({"name": ""}, {"name": "missing"}),
        ({"phones": "", "url": "", "schedule.kind": "unknown"}, {"phones": "no_way"}),
        ({"phones": ""}, {"schedule": "hours_of_nothing"}),
        ({"maximum_age": "3"}, {"maximum_age": "ages"}),
        ({"phones": "bel", "gives": "x 1234"}, {"phones": "phone", "gives": "typed"}),
    ],
)
def test_a_new_service_is_told_everything_that_is_wrong_at_once(
    changes: dict[str, str], wrong: dict[str, str]
) -> None:
    assert read_new({**GOOD, **changes}, "GM0150", {"leergeld"})[1] == wrong


def test_a_new_service_can_be_written_and_read_strictly() -> None:
    entry, wrong = read_new({**GOOD, "instead_of": "leergeld"}, "GM0150", {"leergeld", "de_brug"})
    assert wrong == {}
    outside = ("id", "status", "service_area", "instead_of", "needs", "roles", "applicants")
    names = [name for name in entry if name not in outside]
    entry["provenance"] = [{"fields": names, "source": "https://deventer.nl", "year": "2026"}]
    text = add("", entry, "Deventer")
    services, _, problems = read_text("directory/services/lokaal/gm0150.yaml", text)
    assert problems == []
    (found,) = services.values()
    assert (found.id, found.organization, found.instead_of) == ("de_brug_2", "De Brug", "leergeld")
    assert found.unconfirmed == found.shown
    assert schedule_of(found.schedule)


def test_names_of_any_script_make_an_id(real: Content) -> None:
    for name in ("École & Café 't Hörn", "123", "مطبخ", "x" * 60):
        entry, _ = read_new({**GOOD, "name": name}, "GM0150", set(real.release.directory.services))
        assert entry["id"].isascii()
        assert 0 < len(entry["id"]) <= 28


def test_the_number_of_a_municipality_needs_its_page() -> None:
    phones = [{"number": "14 0570"}]
    assert number_wrong(phones, "Een folder", "GM0150") == {"source": "municipal"}
    assert number_wrong(phones, "https://deventer.nl", "GM0150") == {}
    assert number_wrong(phones, "https://deventer.nl", "NL") == {"phones": "municipal_for_all"}
    assert number_wrong([{"number": "112"}], "Een folder", "NL") == {}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"source": "www.x.nl/a", "year": "2025"}, ("https://www.x.nl/a", 2025, {})),
        ({"source": "Een folder", "year": ""}, ("Een folder", None, {})),
        ({"source": " ", "year": "25"}, ("", None, {"source": "source", "year": "year"})),
        ({"source": "https://x y"}, ("https://x y", None, {"source": "link"})),
    ],
)
def test_a_source_is_asked_for(raw: dict[str, str], found: object) -> None:
    assert read_source(raw) == found
