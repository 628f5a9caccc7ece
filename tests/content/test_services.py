"""The directory as it ships: nobody is left without help, and nothing is said that nobody read."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from bot.content.directory import read_services
from bot.content.holidays import read_holidays
from bot.content.places import read_places
from bot.content.source import SourceText
from bot.content.style import unformatted
from bot.directory import BANDS, NEEDS, ROLES, URGENT, Directory

FOLDER = Path(__file__).parents[2] / "directory"
DANGER = (
    *("nl_112", "zelfmoordpreventie_113", "veilig_thuis", "kindertelefoon"),
    *("centrum_seksueel_geweld", "helpwanted", "chat_met_fier"),
)
EVERYWHERE = (
    *("gemeente_loket", "wijkteam", "jgz_verpleegkundige", "school_mentor"),
    *("leergeld", "jeugdfonds_sport_cultuur", "voedselbank", "jarige_job"),
)
ALWAYS_THERE = ("nl_112", "zelfmoordpreventie_113", "veilig_thuis", "centrum_seksueel_geweld")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = [NOON + timedelta(hours=n) for n in range(24 * 7)]
CHRISTMAS_NIGHT = datetime(2026, 12, 25, 2, tzinfo=UTC)
SHAMING = re.compile(r"(?i)\b(arm|arme|armoede\w*|minima|doelgroep|kwetsba\w+|in aanmerking)\b")
REMEMBERED = ("0800-8020", "088-6050101", "14 0570", "14 050", "14 030", "088-2080000")


@pytest.fixture(scope="module")
def read() -> tuple[Directory, list[SourceText]]:
    services, texts, _ = read_services(FOLDER)
    return Directory(services, read_places(FOLDER)[0], read_holidays(FOLDER)[0]), texts


@pytest.fixture(scope="module")
def shipped(read: tuple[Directory, list[SourceText]]) -> Directory:
    return read[0]


def ages(role: str) -> tuple[str, ...]:
    return ("", *BANDS) if role == "child" else ("",)


def found(directory: Directory, need: str, role: str, age: str, now: datetime) -> tuple[str, ...]:
    return directory.find(need, role=role, age=age, place="", now=now, limit=2)


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("role", ROLES)
def test_every_need_has_somebody_everywhere_in_the_country(
    shipped: Directory, need: str, role: str
) -> None:
    """Without a place, at any age: a need that finds nothing would be a dead end."""
    assert all(found(shipped, need, role, age, NOON) for age in ages(role))


def test_every_municipality_has_a_route_for_every_need(shipped: Directory) -> None:
    """All municipalities of today, all needs, roles and ages: somebody is always named."""
    today = NOON.date()
    towns = [c for c in shipped.places.municipalities if shipped.places.current(c, today) == c]
    kinds = [(role, age) for role in ROLES for age in ages(role)]
    dead_ends = [
        (town, need, role, age)
        for town, need, (role, age) in product(towns, NEEDS, kinds)
        if not shipped.find(need, role=role, age=age, place=town, now=NOON, limit=1)
    ]
    assert len(towns) == 342
    assert dead_ends == []


def test_the_pattern_that_works_everywhere_is_for_the_whole_country(shipped: Directory) -> None:
    """Where nothing local is known, these are the route."""
    assert not any(shipped.services[name].local for name in EVERYWHERE)


@pytest.mark.parametrize("need", URGENT)
@pytest.mark.parametrize("role", ROLES)
def test_no_food_or_bed_finds_somebody_who_answers_at_every_hour(
    shipped: Directory, need: str, role: str
) -> None:
    """The first of the list is reachable now, all week round and in the night of Christmas."""
    for now in (*WEEK, CHRISTMAS_NIGHT):
        for age in ages(role):
            assert shipped.reachable_now(found(shipped, need, role, age, now)[0], now)


@pytest.mark.parametrize("line", DANGER)
def test_a_danger_line_says_what_happens_and_what_to_say(shipped: Directory, line: str) -> None:
    """Who is afraid to call is told both."""
    assert shipped.services[line].texts >= {"gives", "who", "how", "after", "say"}


@pytest.mark.parametrize("line", ALWAYS_THERE)
def test_the_lines_for_the_night_answer_in_the_night(shipped: Directory, line: str) -> None:
    """These four carry the danger replies when everything else is closed."""
    assert shipped.reachable_now(line, CHRISTMAS_NIGHT)


def test_every_service_has_a_sentence_to_say(shipped: Directory) -> None:
    """The first words are the hardest."""
    assert all("say" in service.texts for service in shipped.services.values())


def test_no_text_makes_anybody_feel_poor(read: tuple[Directory, list[SourceText]]) -> None:
    """The words that look-and-feel bans stay out of what people read."""
    assert [text.key for text in read[1] if SHAMING.search(str(text.text))] == []


def test_numbers_that_were_only_remembered_are_not_shown(shipped: Directory) -> None:
    """They may well be right; nobody has read them yet."""
    numbers = {phone.number for s in shipped.services.values() for phone in s.phones}
    assert numbers.isdisjoint(REMEMBERED)


def test_the_directory_is_in_the_house_style() -> None:
    """So that an edit in the console changes its own lines, and nothing else."""
    root = FOLDER.parent
    names = [path.relative_to(root).as_posix() for path in unformatted(root)]
    assert [name for name in names if name.startswith("directory/")] == []
