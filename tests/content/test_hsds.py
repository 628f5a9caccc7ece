"""The directory leaves as HSDS 3.1 and comes back the same; what is broken does not come in."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import main
from bot.content.entries import entry_of, tidy
from bot.content.exchange import entries_of, export, plan, take_over
from bot.content.hsds import entry_from
from bot.content.load import Content, load
from tests.conftest import NOON, ROOT
from tests.content import hsds_fields as hsds

PERSON = """
  - id: zuster
    kind: person
    name: Zuster Noor
    organization: GGD
    status: stopped
    needs: [talk]
    roles: [child]
    applicants: [child, teacher]
    minimum_age: 0
    maximum_age: 18
    service_area: [GM0150, GM0014]
    instead_of: eetbank
    phones: [{number: 0570 693911}, {number: 06-12345678}]
    chat: https://praat.example
    address: Grote Markt 1, 7411 AA Deventer
    schedule:
      - {days: weekdays, opens_at: '09:00', closes_at: '17:00', holidays: open}
      - {days: [tu, th], opens_at: '19:00', closes_at: '24:00', holidays: closed}
      - {days: weekend, opens_at: '00:00', closes_at: '12:30'}
    chat_schedule: always
    cost: charged
    confidential: anonymous
    languages: [nl, ar]
    gives: 'Praten, ook over "geld".'
    who: Van {minimum_age} tot {maximum_age} jaar.
    how: Bel {phone}, of bel {altijd.phone}.
    after: Er neemt iemand op.
    say: Ik wil praten.
    bring: Niets.
    provenance:
      - fields: [name, organization, phones, chat, address, who, how, gives, bring]
        source: https://ggd.example
        year: 2026
      - fields: [after, cost, confidential, languages, minimum_age]
        source: Een brief
        year: unknown
      - fields: [schedule, chat_schedule, maximum_age, status]
        source: https://ggd.example
        year: 2025
        assured_date: 2026-11-01
        assured_by: steward Deventer
"""


@pytest.fixture
def full(root: Path) -> tuple[Path, Content]:
    """The small content, with one service that uses every field."""
    path = root / "directory" / "services" / "all.yaml"
    path.write_text(path.read_text(encoding="utf-8") + PERSON, encoding="utf-8")
    content, problems = load(root)
    assert problems == []
    return root, content


def exported(content: Content) -> Any:
    return json.loads(export(content, NOON))


def written(folder: Path, data: object) -> Path:
    path = folder / "in.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def named(data: Any, name: str) -> Any:
    """The service with an id of ours."""
    return next(s for s in data["contents"] if any(a["value"] == name for a in s["attributes"][:1]))


# -- out


def wrong(kind: str, found: dict[str, Any], where: str = "") -> Iterator[str]:
    """Yield every place where an object is not as the published schema names it."""
    yield from (f"{where}.{key}" for key in found.keys() - hsds.FIELDS[kind])
    yield from (f"{where} lacks {key}" for key in hsds.REQUIRED[kind] - found.keys())
    for key, value in found.items():
        allowed = hsds.ENUMS.get((kind, key))
        if allowed and value not in allowed:
            yield f"{where}.{key} is {value}"
        if key == "id" or key.endswith("_id"):
            UUID(value)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from wrong(hsds.NESTED[key], part, f"{where}.{key}")


def test_an_export_says_only_what_the_published_schema_names(real: Content) -> None:
    data = exported(real)
    assert data.keys() == hsds.PAGE
    assert data["total_items"] == len(real.release.directory.services)
    assert [line for service in data["contents"] for line in wrong("service", service)] == []


def test_every_field_of_ours_has_a_place_in_the_schema(full: tuple[Path, Content]) -> None:
    service = named(exported(full[1]), "zuster")
    assert list(wrong("service", service)) == []
    assert service["status"] == "defunct"
    assert service["eligibility_description"] == "Van 0 tot 18 jaar."
    assert service["application_process"] == "Bel 0570 693911, of bel 0800-0001."
    assert [area["extent"] for area in service["service_areas"]] == ["GM0014", "GM0150"]
    address = service["service_at_locations"][0]["location"]["addresses"][0]
    assert (address["postal_code"], address["city"]) == ("7411 AA", "Deventer")
    assert [(s["attending_type"], s["byday"]) for s in service["schedules"]] == [
        ("phone", "MO,TU,WE,TH,FR"),
        ("phone", "TU,TH"),
        ("phone", "SA,SU"),
        ("chat", "MO,TU,WE,TH,FR,SA,SU"),
    ]


def test_identifiers_are_unique_and_the_same_in_every_export(real: Content) -> None:
    first, second = export(real, NOON), export(real, NOON)
    assert first == second
    ids = [part["id"] for s in json.loads(first)["contents"] for part in (s, *s["metadata"])]
    assert len(ids) == len(set(ids))


def test_no_address_of_a_person_leaves(real: Content) -> None:
    """``assurer_email`` would name somebody; we name roles."""
    text = export(real, NOON)
    assert "assurer_email" not in text
    assert '"email"' not in text


# -- and back


def test_everything_that_ships_comes_back_the_same(real: Content) -> None:
    present = entries_of(real)
    found = [entry_from(service) for service in exported(real)["contents"]]
    assert [problems for _, problems in found if problems] == []
    assert {entry["id"]: entry for entry, _ in found} == present


def test_every_field_comes_back_the_same_through_yaml(full: tuple[Path, Content]) -> None:
    """Out, into an empty directory, and read again: the same services and the same texts."""
    root, content = full
    data = exported(content)
    (root / "directory" / "services" / "all.yaml").write_text("services: []\n", encoding="utf-8")
    empty, _ = load(root)
    take_over(root, {e["id"]: e for e, _ in map(entry_from, data["contents"])}, empty)
    again, problems = load(root)
    assert problems == []
    assert dict(again.release.directory.services) == dict(content.release.directory.services)
    assert entries_of(again) == entries_of(content)


def test_an_unchanged_file_changes_nothing(full: tuple[Path, Content], tmp_path: Path) -> None:
    root, content = full
    planned = plan(root, written(tmp_path, exported(content)), date(2026, 11, 24))
    assert (planned.changes, planned.problems) == ((), ())


def test_a_change_is_shown_and_touches_only_its_line(
    full: tuple[Path, Content], tmp_path: Path
) -> None:
    root, content = full
    data = exported(content)
    named(data, "eetbank")["description"] = "Eten voor twee weken."
    planned = plan(root, written(tmp_path, data), date(2026, 11, 24))
    assert planned.problems == ()
    assert list(planned.lines()) == [
        "- eetbank.gives: Eten voor een week.",
        "+ eetbank.gives: Eten voor twee weken.",
    ]
    path = root / "directory" / "services" / "all.yaml"
    before = entries_of(content)
    assert take_over(root, planned.entries, content) == [path]
    after = entries_of(load(root)[0])
    assert {n: e for n, e in after.items() if e != before[n]}.keys() == {"eetbank"}


def test_words_that_quote_facts_still_quote_them(full: tuple[Path, Content]) -> None:
    """A new number in the same sentence is a new fact, not a number typed into prose."""
    service = named(exported(full[1]), "zuster")
    service["application_process"] = "Bel 0570 000000, of bel 0800-0001."
    assert entry_from(service)[0]["how"] == "Bel {phone}, of bel {altijd.phone}."
    service["application_process"] = "Kom langs."
    assert entry_from(service)[0]["how"] == "Kom langs."


def test_a_service_from_elsewhere_gets_an_id_and_a_file_of_its_place(
    full: tuple[Path, Content], tmp_path: Path
) -> None:
    root, content = full
    service = copy.deepcopy(named(exported(content), "eetbank"))
    service["name"] = "Eetbank 't Hoekje"
    service["attributes"] = service["attributes"][1:]
    service["service_areas"][0]["extent"] = "GM0150"
    planned = plan(root, written(tmp_path, [service]), date(2026, 11, 24))
    assert planned.problems == ()
    (path,) = take_over(root, planned.entries, content)
    assert path.name == "gm0150.yaml"
    assert load(root)[0].release.directory.services["eetbank_t_hoekje"].local


def test_broken_data_is_refused_with_all_problems_at_once(
    full: tuple[Path, Content], tmp_path: Path
) -> None:
    root, content = full
    data = exported(content)
    eetbank, zuster = named(data, "eetbank"), named(data, "zuster")
    eetbank["status"] = "open"
    eetbank["metadata"] = []
    eetbank["minimum_age"] = "acht"
    zuster["phones"] = "0570"
    zuster["schedules"][0]["opens_at"] = "negen"
    data["contents"].append("weg")
    before = {p: p.read_bytes() for p in root.rglob("*.yaml")}
    planned = plan(root, written(tmp_path, data), date(2026, 11, 24))
    text = "\n".join(planned.problems)
    for expected in (
        "(eetbank): 'status: open' is not known",
        "(eetbank): 'gives' has no source",
        "(eetbank): 'minimum_age' must be a whole number",
        "(zuster): 'phones' must be a list",
        "(zuster): 'opens_at: negen' is no time",
        "is no service; every item",
    ):
        assert expected in text
    assert {p: p.read_bytes() for p in root.rglob("*.yaml")} == before


def test_what_other_content_needs_cannot_be_taken_away(
    full: tuple[Path, Content], tmp_path: Path
) -> None:
    """A line for danger that loses its hours is found by the checks of the whole."""
    root, content = full
    data = exported(content)
    line = named(data, "altijd")
    line["schedules"] = []
    line["metadata"] = [m for m in line["metadata"] if m["field_name"] != "schedule"]
    planned = plan(root, written(tmp_path, data), date(2026, 11, 24))
    assert any("must be open day and night" in problem for problem in planned.problems)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"contents": 3}', '"x"', "null", "[[]]"])
def test_a_file_that_is_none_is_refused(
    full: tuple[Path, Content], tmp_path: Path, text: str
) -> None:
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    planned = plan(full[0], path, date(2026, 11, 24))
    assert planned.problems
    assert all(problem.startswith("in.json: ") for problem in planned.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(hsds.FIELDS["service"])), JSON))
def test_whatever_stands_in_a_service_is_read_or_refused(service: dict[str, Any]) -> None:
    entry, _ = entry_from(service)
    assert tidy(entry) == entry


# -- the command


def test_the_command_writes_shows_asks_and_takes_over(
    full: tuple[Path, Content],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root, _ = full
    path = tmp_path / "out.json"
    lucht = ["--content", str(root), "directory"]
    assert main([*lucht, "export", str(path)]) == 0
    path.write_text(path.read_text(encoding="utf-8").replace("voor een week", "voor nu"))
    assert main([*lucht, "import", str(path), "--diff"]) == 0
    assert "+ eetbank.gives: Eten voor nu." in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert main([*lucht, "import", str(path)]) == 0
    assert "nothing was taken over" in capsys.readouterr().out
    assert main([*lucht, "import", str(path), "--yes"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "directory/services/all.yaml"
    assert entries_of(load(root)[0])["eetbank"]["gives"] == "Eten voor nu."


def test_what_is_written_is_what_a_moderator_writes(tmp_path: Path) -> None:
    """Taking over every service that ships into an empty directory leaves no problem."""
    for name in ("conversations", "directory", "locales"):
        shutil.copytree(ROOT / name, tmp_path / name)
    content, _ = load(tmp_path)
    entries = entries_of(content)
    shutil.rmtree(tmp_path / "directory" / "services")
    shutil.rmtree(tmp_path / "directory" / "overrides", ignore_errors=True)
    empty, _ = load(tmp_path)
    take_over(tmp_path, entries, empty)
    again, problems = load(tmp_path)
    assert problems == []
    assert entries_of(again) == entries
    service = again.release.directory.services["kindertelefoon"]
    assert entry_of(service, {s.key: str(s.text) for s in again.sources}) == entries[service.id]
