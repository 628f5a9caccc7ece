"""Edits of the directory change the lines of what is meant, and nothing else of the file."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

import pytest

from bot.content.directory import read_text
from bot.content.edit_directory import (
    Assurance,
    NoServiceError,
    Origin,
    add,
    change,
    confirm,
)
from bot.content.style import formatted
from bot.directory import Provenance, Service
from tests.conftest import ROOT

FILES = sorted((ROOT / "directory" / "services").rglob("*.yaml"))
FILE = "directory/services/lokaal/gm0150.yaml"
TEXT = """# Deventer
services:
  - id: een     # the first
    name: Een
    status: active
    needs: [food]
    roles: [parent]
    applicants: [parent]
    service_area: [GM0150]
    phones: [{number: 0570 123456}]
    url: https://een.example
    gives: Iets.
    who: Voor iedereen.
    how: Bel.
    provenance:
      - {fields: [name, phones, gives], source: 'https://een.example/a', year: 2023}
      - {fields: [url, who, how], source: Een brief, year: unknown}

  # the second
  - id: twee
    name: Twee
    status: active
    needs: [food]
    roles: [parent]
    applicants: [parent]
    service_area: [GM0150]
    address: Bij de brug
    gives: Iets.
    who: Voor iedereen.
    how: Kom.
    provenance:
      - {fields: [name, address, gives, who, how], source: 'https://twee.example', year: 2024}
"""
SURE = Assurance(date(2026, 11, 23), "steward Deventer", "phoned")
PROVEN = ("https://een.example/a", 2023, SURE.day, SURE.by, SURE.how)


def service(text: str, name: str = "een") -> Service:
    """Read a service strictly; nothing may be wrong with the file."""
    services, _, problems = read_text(FILE, text)
    assert problems == []
    return services[name]


def changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_confirmed_service_is_confirmed_in_every_field() -> None:
    new = confirm(TEXT, "een", SURE)
    found = service(new)
    assert found.unconfirmed == ()
    assert found.provenance["phones"] == Provenance(*PROVEN)
    assert service(new, "twee") == service(TEXT, "twee")
    assert all("provenance" not in line for line in changed_lines(TEXT, new))


def test_one_confirmed_field_leaves_the_others_as_they_were() -> None:
    new = confirm(TEXT, "een", SURE, ["phones"])
    found, before = service(new), service(TEXT)
    assert found.provenance["phones"] == Provenance(*PROVEN)
    others = before.provenance.keys() - {"phones"}
    assert all(found.provenance[name] == before.provenance[name] for name in others)


def test_confirming_again_moves_the_day() -> None:
    later = Assurance(date(2027, 6, 1), "steward Deventer", "opened")
    found = service(confirm(confirm(TEXT, "een", SURE), "een", later))
    assert {row.assured_date for row in found.provenance.values()} == {later.day}
    assert {row.assured_how for row in found.provenance.values()} == {"opened"}


def test_a_new_value_has_its_own_source_and_loses_the_old_confirmation() -> None:
    sure = confirm(TEXT, "een", SURE)
    new = change(sure, "een", {"phones": [{"number": "0570 654321"}]}, Origin("Een folder", 2026))
    found = service(new)
    assert [phone.number for phone in found.phones] == ["0570 654321"]
    assert found.provenance["phones"] == Provenance("Een folder", 2026)
    assert found.provenance["name"] == Provenance(*PROVEN)


def test_a_field_that_was_not_there_comes_where_the_docs_put_it() -> None:
    new = change(TEXT, "twee", {"url": "https://twee.example"}, Origin("Een folder", 2026, SURE))
    assert service(new, "twee").url == "https://twee.example"
    assert new.index("    url: https://twee.example") < new.index("    address: Bij de brug")


def test_a_field_that_goes_takes_its_source_along() -> None:
    new = change(TEXT, "een", {"url": None}, Origin("Een folder", 2026))
    assert "url" not in service(new).provenance
    assert service(new).url == ""


def test_every_field_of_a_service_can_change_at_once_and_what_follows_stays_where_it_is() -> None:
    values = {"name": "Een!", "phones": None, "url": None, "gives": "a", "who": "b", "how": "c"}
    new = change(TEXT, "een", values, Origin("Een folder", 2026))
    assert set(service(new).provenance) == {"name", "gives", "who", "how"}
    assert "\n\n  # the second\n  - id: twee" in new


def test_hours_are_written_as_people_write_them() -> None:
    hours = [
        {"days": "weekdays", "opens_at": "09:00", "closes_at": "17:00"},
        {"days": ["sa", "su"], "opens_at": "10:00", "closes_at": "24:00", "holidays": "closed"},
    ]
    new = change(TEXT, "een", {"schedule": hours}, Origin("Een folder", 2026))
    assert "{days: weekdays, opens_at: '09:00', closes_at: '17:00'}" in new
    schedule = service(new).schedule
    assert schedule
    assert len(schedule.lines) == 2


@pytest.mark.parametrize("text", ["", TEXT])
def test_a_new_service_comes_at_the_end(text: str) -> None:
    entry = {
        "id": "drie",
        "name": "Drie",
        "status": "active",
        "needs": ["food"],
        "roles": ["parent"],
        "applicants": ["parent"],
        "service_area": ["GM0150"],
        "gives": "Iets.",
        "who": "Voor iedereen.",
        "how": "Kom: nu.",
        "minimum_age": "4",
        "phones": [{"number": "112"}],
        "provenance": [
            {
                "fields": ["name", "gives", "who", "how", "phones", "minimum_age"],
                "source": "Een folder",
                "year": "2026",
                "assured_date": "2026-11-23",
                "assured_by": "steward Deventer",
            }
        ],
    }
    new = add(text, entry, "Deventer")
    assert new.startswith("# Deventer\nservices:\n  - id: ")
    found = service(new, "drie")
    assert found.unconfirmed == ()
    assert found.minimum_age == 4
    assert new.startswith(text.rstrip("\n"))


@pytest.mark.parametrize(("name", "field"), [("vier", "name"), ("een", "chat")])
def test_what_is_not_there_cannot_be_confirmed(name: str, field: str) -> None:
    with pytest.raises(NoServiceError):
        confirm(TEXT, name, SURE, [field])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_any_service_of_ours_can_be_confirmed_and_its_file_stays_in_style(path: Path) -> None:
    """Every one of the directory: nothing is wrong after it, and only lines of sources differ."""
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text, "run lucht format"
    for name in read_text(FILE, text)[0]:
        new = confirm(text, name, SURE)
        assert formatted(new) == new
        assert service(new, name).unconfirmed == ()
        assert "&" not in "".join(changed_lines(text, new))
        break
