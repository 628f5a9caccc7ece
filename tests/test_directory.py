"""Whom the directory shows to whom, in which order, and what it calls open."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.load import Content
from bot.directory import (
    AMSTERDAM,
    Directory,
    Hours,
    OpenState,
    Phone,
    Provenance,
    Schedule,
    Service,
    open_state,
    unconfirmed,
)
from bot.places import Municipality, Places
from tests.conftest import NOON

ALL = frozenset(range(7))
DAY = Schedule((Hours(ALL, time(11), time(21)),))
WORK = Schedule((Hours(frozenset(range(5)), time(9), time(17), closed_on_holidays=True),))
NIGHT = Schedule((Hours(frozenset({4}), time(22), time(3)),))
ALWAYS = Schedule(always=True)
NONE: frozenset[date] = frozenset()
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 26)})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def make(name: str, **changes: object) -> Service:
    service = Service(
        id=name,
        name=name.title(),
        status="active",
        needs=frozenset({"talk"}),
        roles=frozenset({"child", "parent", "helper"}),
        applicants=frozenset({"child"}),
        area=frozenset({"NL"}),
        phones=(Phone("0800-0432"),),
        schedule=ALWAYS,
    )
    return replace(service, **changes)  # type: ignore[arg-type]


def directory(*services: Service) -> Directory:
    towns = [
        Municipality("GM0150", "Deventer", "Overijssel"),
        Municipality("GM0363", "Amsterdam", "Noord-Holland"),
        Municipality("GM0457", "Weesp", "Noord-Holland", (), date(2022, 3, 23), "GM0363"),
    ]
    places = Places.of(towns, [], [])
    return Directory({service.id: service for service in services}, places, CHRISTMAS)


def find(found: Directory, **asked: object) -> tuple[str, ...]:
    usual: Mapping[str, object] = {
        "need": "talk",
        "role": "child",
        "age": "12_17",
        "place": "",
        "now": at("2026-12-08T12:00"),
        "limit": 9,
    }
    values = {**usual, **asked}
    return found.find(values.pop("need"), **values)  # type: ignore[arg-type]


# -- open


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        (None, "2026-12-08T12:00", OpenState("unknown")),
        (ALWAYS, "2026-12-25T03:00", OpenState("always")),
        (DAY, "2026-12-08T11:00", OpenState("open", until=at("2026-12-08T21:00"))),
        (DAY, "2026-12-08T21:00", OpenState("closed", opens=at("2026-12-09T11:00"))),
        (DAY, "2026-12-08T10:59", OpenState("closed", opens=at("2026-12-08T11:00"))),
        (WORK, "2026-12-11T18:00", OpenState("closed", opens=at("2026-12-14T09:00"))),
        (WORK, "2026-12-25T12:00", OpenState("closed", opens=at("2026-12-28T09:00"))),
        (DAY, "2026-12-25T12:00", OpenState("open", until=at("2026-12-25T21:00"))),
        (NIGHT, "2026-12-12T02:59", OpenState("open", until=at("2026-12-12T03:00"))),
        (NIGHT, "2026-12-12T03:00", OpenState("closed", opens=at("2026-12-18T22:00"))),
        (Schedule((Hours(ALL, time(0), time(0)),)), "2026-12-08T12:00", OpenState("always")),
        (
            Schedule((Hours(frozenset(), time(9), time(10)),)),
            "2026-12-08T12:00",
            OpenState("closed"),
        ),
    ],
)
def test_open_state(schedule: Schedule | None, now: str, expected: OpenState) -> None:
    assert open_state(schedule, at(now), CHRISTMAS) == expected


def test_days_that_touch_at_midnight_are_one_opening() -> None:
    weekend = Schedule((Hours(frozenset({5, 6}), time(0), time(0)),))
    state = open_state(weekend, at("2026-12-12T23:00"), NONE)
    assert state == OpenState("open", until=at("2026-12-14T00:00"))


def test_hours_are_wall_clock_times_when_the_clock_changes() -> None:
    night = Schedule((Hours(ALL, time(22), time(4)),))
    before = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00 on the night of winter time
    state = open_state(night, before, NONE)
    assert state.until == at("2026-10-25T04:00")
    assert state.until is not None
    assert state.until.astimezone(UTC) - before == timedelta(hours=4)
    assert open_state(night, datetime(2026, 3, 29, 1, 59, tzinfo=UTC), NONE).is_open
    assert not open_state(night, datetime(2026, 3, 29, 2, 0, tzinfo=UTC), NONE).is_open


CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
LINES = st.builds(Hours, st.frozensets(st.integers(0, 6)), CLOCKS, CLOCKS, st.booleans())
SCHEDULES = st.builds(Schedule, st.lists(LINES, max_size=3).map(tuple))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC).astimezone(AMSTERDAM)
)
DATES = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 1, 31)), max_size=20)


@given(SCHEDULES, MOMENTS, DATES)
def test_what_opens_opens_later_and_what_closes_closes_later(
    schedule: Schedule, now: datetime, holidays: frozenset[date]
) -> None:
    state = open_state(schedule, now, holidays)
    if state.opens:
        assert state.opens > now
        assert open_state(schedule, state.opens, holidays).is_open
        just_before = state.opens.astimezone(UTC) - timedelta(seconds=1)
        assert not open_state(schedule, just_before, holidays).is_open
    if state.until:
        assert state.until > now
        assert not open_state(schedule, state.until, holidays).is_open


@given(SCHEDULES, MOMENTS, DATES)
def test_reachable_is_the_same_as_open(
    schedule: Schedule, now: datetime, holidays: frozenset[date]
) -> None:
    found = replace(directory(make("a", schedule=schedule)), holidays=holidays)
    assert found.reachable_now("a", now) is open_state(schedule, now, holidays).is_open


@given(MOMENTS, DATES)
def test_unknown_hours_are_never_open(now: datetime, holidays: frozenset[date]) -> None:
    found = directory(make("a", schedule=None, chat="https://a.nl"))
    assert not found.reachable_now("a", now)
    assert open_state(None, now, holidays).is_open is None


# -- find


def test_a_chat_that_is_open_reaches_though_the_phone_is_closed() -> None:
    chat = make("a", schedule=WORK, chat="https://a.nl", chat_schedule=ALWAYS)
    assert directory(chat).reachable_now("a", at("2026-12-12T03:00"))


def test_hours_without_a_phone_or_desk_reach_nobody() -> None:
    assert not directory(make("a", phones=())).reachable_now("a", at("2026-12-08T12:00"))


def test_what_is_not_active_or_unknown_is_never_found_nor_reached() -> None:
    found = directory(make("a", status="stopped"), make("b", status="inactive"))
    assert find(found) == ()
    assert not found.reachable_now("a", at("2026-12-08T12:00"))
    assert not found.reachable_now("nowhere", at("2026-12-08T12:00"))


def test_only_what_serves_the_role_and_the_need_is_found() -> None:
    found = directory(make("a", roles=frozenset({"parent"})), make("b", needs=frozenset({"food"})))
    assert find(found) == ()
    assert find(found, role="parent") == ("a",)


@pytest.mark.parametrize(
    ("age", "expected"),
    [("8_11", ("child",)), ("12_17", ("child", "teen")), ("18_up", ("teen", "adult", "child"))],
)
def test_age_bands_overlap_the_age_limits(age: str, expected: tuple[str, ...]) -> None:
    found = directory(
        make("child", minimum_age=8, maximum_age=18),
        make("teen", minimum_age=12, maximum_age=25),
        make("adult", minimum_age=18),
    )
    assert find(found, age=age) == expected


def test_age_limits_are_those_of_the_child_and_do_not_exclude_a_parent() -> None:
    found = directory(make("school", minimum_age=4, maximum_age=17))
    assert find(found, role="parent", age="18_up") == ("school",)


def test_unknown_age_or_role_ranks_first_what_surely_fits() -> None:
    found = directory(
        make("teen", minimum_age=18, maximum_age=24),
        make("parents", roles=frozenset({"parent"})),
        make("wide"),
    )
    assert find(found, age="") == ("wide", "teen")
    assert find(found, age="", role="")[0] == "wide"


def test_local_help_only_for_its_own_place_and_after_mergers() -> None:
    found = directory(make("nl"), make("weesp", area=frozenset({"GM0457"})))
    assert find(found) == ("nl",)
    assert find(found, place="GM0150") == ("nl",)
    assert find(found, place="GM0363") == ("weesp", "nl")
    assert find(found, place="GM0457") == ("weesp", "nl")
    assert find(found, place="GM0363", now=at("2022-03-01T12:00")) == ("nl",)


def test_order_is_local_then_reachable_then_later_then_unknown_then_the_file() -> None:
    found = directory(
        make("unknown", schedule=None),
        make("later", schedule=NIGHT),
        make("now"),
        make("now_too"),
        make("local", schedule=None, area=frozenset({"GM0150"})),
    )
    ordered = ("local", "now", "now_too", "later", "unknown")
    assert find(found, place="GM0150") == ordered
    assert find(found, place="GM0150", limit=2) == ordered[:2]


def test_for_an_urgent_need_reachable_now_goes_before_local() -> None:
    urgent = frozenset({"urgent_food"})
    found = directory(
        make("local", needs=urgent, schedule=NIGHT, area=frozenset({"GM0150"})),
        make("now", needs=urgent),
    )
    assert find(found, need="urgent_food", place="GM0150") == ("now", "local")


# -- facts


def test_a_fact_without_source_or_of_a_withdrawn_service_is_not_told() -> None:
    sourced = make("a", provenance={"phones": Provenance("https://a.nl", 2023)})
    found = directory(sourced, replace(sourced, id="b", status="stopped"))
    assert found.fact("a", "phone") == "0800-0432"
    assert found.fact("a", "name") is None
    assert found.fact("a", "schedule") is None
    assert found.fact("b", "phone") is None
    assert found.fact("nowhere", "phone") is None


def test_the_weakest_shown_field_says_how_sure_a_service_is() -> None:
    old, undated = Provenance("https://a.nl", 2019), Provenance("https://a.nl")
    new = Provenance("https://a.nl", 2023)
    sure = Provenance("https://a.nl", 2018, date(2026, 12, 1), "steward")
    surer = replace(sure, assured_date=date(2026, 11, 1))

    def standing(name: Provenance, phones: Provenance, hours: Provenance) -> tuple[object, ...]:
        provenance = {"name": name, "phones": phones, "schedule": hours}
        found = make("a", provenance=provenance).standing()
        return (found.confirmed, found.day, found.year, found.undated)

    assert standing(old, new, sure) == (False, None, 2019, False)
    assert standing(old, new, undated) == (False, None, 2019, True)
    assert standing(sure, sure, surer) == (True, date(2026, 11, 1), None, False)


def test_unconfirmed_names_the_fields_nobody_confirmed_and_lines_that_are_gone() -> None:
    sure = Provenance("https://a.nl", 2018, date(2026, 12, 1), "steward")
    some = {"phones": sure, "name": Provenance("https://a.nl", 2018)}
    found = directory(make("a", provenance=some), make("b", status="stopped"))
    assert unconfirmed(found, ["a", "b", "c"]) == {
        "a": ("name", "schedule"),
        "b": ("status",),
        "c": ("status",),
    }


# -- near you


LOCAL = frozenset({"GM0150"})


def looked(found: Directory, place: str = "GM0150", role: str = "child") -> tuple[str, ...]:
    return found.find("talk", role=role, age="", place=place, now=at("2026-12-08 12:00"), limit=5)


def test_a_local_entry_stands_instead_of_its_national_one() -> None:
    """Where it serves, the national one is not shown beside it; elsewhere it is."""
    found = directory(make("country"), make("town", area=LOCAL, instead_of="country"))
    assert looked(found) == ("town",)
    assert looked(found, "GM0363") == looked(found, "") == ("country",)


@pytest.mark.parametrize(
    "change",
    [{"roles": frozenset({"parent"})}, {"needs": frozenset({"desk"})}, {"status": "stopped"}],
)
def test_a_local_entry_that_does_not_help_takes_nothing_away(change: dict[str, object]) -> None:
    """For another role or need, or stopped: the national one stays."""
    town = replace(make("town", area=LOCAL, instead_of="country"), **change)  # type: ignore[arg-type]
    assert looked(directory(make("country"), town)) == ("country",)


def test_a_person_comes_before_other_local_help() -> None:
    """Somebody to go to, even when nobody knows the hours, before a desk that is open."""
    desk = make("desk", area=LOCAL)
    nurse = make("nurse", area=LOCAL, kind="person", schedule=None)
    assert looked(directory(make("country"), desk, nurse)) == ("nurse", "desk", "country")


def test_whether_anything_local_is_known_does_not_depend_on_the_role() -> None:
    """Otherwise a child would be told that nothing was looked at where parents are helped."""
    found = directory(make("country"), make("town", area=LOCAL, roles=frozenset({"parent"})))
    assert found.has_local("talk", "GM0150", date(2026, 12, 8))
    assert not found.has_local("talk", "GM0363", date(2026, 12, 8))
    assert not found.has_local("desk", "GM0150", date(2026, 12, 8))


def test_a_line_that_ends_where_an_age_band_begins_comes_after_one_that_is_for_it(
    real: Content,
) -> None:
    """At eighteen the line for young adults comes before the one for children."""
    directory = real.release.directory
    evening = NOON.replace(hour=18)
    found = directory.find("talk", role="child", age="18_up", place="", now=evening, limit=9)
    assert found.index("alles_oke_supportlijn") < found.index("kindertelefoon")


@pytest.mark.parametrize(
    ("role", "may"), [("child", False), ("", False), ("parent", True), ("helper", True)]
)
def test_who_may_ask_follows_from_the_applicants(role: str, may: bool) -> None:
    """A helper asks as a teacher or professional; who said no role is taken for a child."""
    found = directory(make("fonds", applicants=frozenset({"parent", "teacher"})))
    assert found.may_ask("fonds", role) is may
    assert not found.may_ask("gone", role)
