"""What a steward looks at first: danger, then phone numbers, then what nobody ever checked."""

from __future__ import annotations

from datetime import date, timedelta

from bot.content.directory import APPLICANTS, CONFIDENTIAL, COSTS, STATUSES, WEEK
from bot.content.load import Content
from bot.content.service_form import EDITABLE
from bot.content.worklist import LONG, NEVER, OLD, PARTLY, tasks, unknown
from bot.directory import HOW, NEEDS, ROLES, SHOWN, Phone, Provenance, Service

TODAY = date(2026, 11, 23)


def service(
    name: str, *days: int | None, phone: bool = False, status: str = "active", year: int = 2020
) -> Service:
    """A service; each number is a field that was confirmed so many days ago (None: never)."""
    shown = ("name", "url", "address")[: len(days)]
    rows = {
        field: Provenance("x", year, TODAY - timedelta(ago) if ago is not None else None)
        for field, ago in zip(shown, days, strict=True)
    }
    values = dict.fromkeys(shown, "x") | {"name": name}
    phones = (Phone("0570 123456"),) if phone else ()
    rows |= {"phones": rows["name"]} if phone else {}
    return Service(
        id=name,
        status=status,
        needs=frozenset(),
        roles=frozenset(),
        applicants=frozenset(),
        area=frozenset({"GM0150"}),
        phones=phones,
        provenance=rows,
        **values,  # type: ignore[arg-type]
    )


def order(*services: Service, danger: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(task.service, task.why) for task in tasks(services, danger, TODAY)]


def test_what_was_confirmed_lately_is_no_work() -> None:
    assert order(service("vers", 0, LONG.days)) == []


def test_a_day_longer_than_half_a_year_is_work() -> None:
    assert order(service("oud", 3, LONG.days + 1)) == [("oud", OLD)]


def test_danger_goes_before_phones_and_phones_before_the_rest() -> None:
    services = (
        service("rest", None),
        service("bel", 400, phone=True),
        service("nood", 200),
        service("deels", 1, None, phone=True),
        service("nooit", None, phone=True),
    )
    assert order(*services, danger=("nood",)) == [
        ("nood", OLD),
        ("nooit", NEVER),
        ("deels", PARTLY),
        ("bel", OLD),
        ("rest", NEVER),
    ]


def test_what_waits_longest_comes_first_among_the_old() -> None:
    assert order(service("kort", 200), service("lang", 900)) == [("lang", OLD), ("kort", OLD)]


def test_what_is_not_shown_to_anybody_is_no_work() -> None:
    assert order(service("weg", None, status="stopped")) == []


def test_a_task_names_its_fields_and_its_oldest_source() -> None:
    (task,) = tasks([service("deels", 1, None, year=2017)], (), TODAY)
    assert (task.names, task.year, task.day) == (("url",), 2017, None)


def test_needs_without_local_help_are_named_urgent_ones_first(real: Content) -> None:
    directory = real.release.directory
    services = [s for s in directory.services.values() if "GM0150" in s.area]
    gaps = unknown(directory, services, "GM0150", TODAY)
    assert gaps[0] == "urgent_food"
    assert "school" not in gaps, "Leergeld Deventer serves it"
    assert set(unknown(directory, (), "GM0344", TODAY)) == set(NEEDS)


def test_everything_that_a_page_of_the_directory_names_has_a_word(real: Content) -> None:
    """A need or field that somebody adds would otherwise break the pages of stewards."""
    groups = {
        "need": NEEDS,
        "role": ROLES,
        "applicant": APPLICANTS,
        "cost": COSTS,
        "day": WEEK,
        "confidential": CONFIDENTIAL,
        "status": STATUSES,
        "right": HOW,
        "confirmed": HOW,
        "field": (*SHOWN, *EDITABLE, "service_area"),
        "why": (NEVER, PARTLY, OLD),
    }
    wanted = {f"worklist.{group}_{name}" for group, names in groups.items() for name in names}
    assert wanted - real.release.catalog.texts["nl"].keys() == set()
