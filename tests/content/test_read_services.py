"""The directory is read strictly: one example per rule of what is refused, and why."""

from datetime import date, time
from pathlib import Path

import pytest

from bot.content.directory import read_services
from bot.directory import Hours, Phone, Provenance, Schedule, Service

ROOT = Path(__file__).parents[2]
REJECTED = sorted((ROOT / "tests" / "rejected" / "services").glob("*.yaml"))
GOOD = """services:
  - id: lijn
    name: De Lijn
    status: active
    needs: [talk, home]
    roles: [child]
    applicants: [child]
    maximum_age: 18
    service_area: [GM0150]
    phones: [{number: 0800-0432}]
    chat: https://www.lijn.nl
    schedule:
      - {days: weekdays, opens_at: 9:30, closes_at: '17:00'}
      - {days: [sa], opens_at: '22:00', closes_at: '24:00', holidays: closed}
    chat_schedule: always
    gives: Praten met iemand die luistert.
    who: Tot en met {maximum_age} jaar.
    how: Bel {phone}, of {lijn.chat}.
    provenance:
      - {fields: [name, phones, schedule, chat], source: 'https://a.nl/b', year: 2023,
         assured_date: 2026-12-01, assured_by: steward Deventer}
      - {fields: [chat_schedule, maximum_age, gives, who, how], source: Een brief, year: unknown}
"""


def read(folder: Path, text: str) -> tuple[dict[str, Service], list[str]]:
    directory = folder / "directory"
    (directory / "services").mkdir(parents=True)
    (directory / "services" / "x.yaml").write_text(text, encoding="utf-8")
    (directory / "municipalities.csv").write_text("code,name\nGM0150,Deventer\n")
    services, _, problems = read_services(directory)
    return services, problems


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_each_rule_refuses_its_example_and_says_why(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# ")
    problems = read(tmp_path, text)[1]
    assert len(problems) == 1, problems
    assert problems[0].startswith("directory/services/x.yaml:")
    assert expected in problems[0]


def test_a_problem_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    problems = read(tmp_path, GOOD.replace("9:30", "half tien"))[1]
    assert problems[0].startswith("directory/services/x.yaml:13: ")


def test_everything_of_a_service_is_read(tmp_path: Path) -> None:
    services, problems = read(tmp_path, GOOD)
    assert problems == []
    lijn = services["lijn"]
    assert lijn.needs == {"talk", "home"}
    assert lijn.phones == (Phone("0800-0432"),)
    assert (lijn.minimum_age, lijn.maximum_age) == (None, 18)
    assert lijn.local
    assert lijn.texts == {"gives", "who", "how"}
    assert lijn.chat_schedule == Schedule(always=True)
    assert lijn.provenance["phones"] == Provenance(
        "https://a.nl/b", 2023, date(2026, 12, 1), "steward Deventer"
    )
    assert lijn.provenance["who"].year is None


def test_working_days_are_closed_on_holidays_and_midnight_is_a_time(tmp_path: Path) -> None:
    schedule = read(tmp_path, GOOD)[0]["lijn"].schedule
    assert schedule is not None
    assert schedule.lines == (
        Hours(frozenset(range(5)), time(9, 30), time(17), closed_on_holidays=True),
        Hours(frozenset({5}), time(22), time(0), closed_on_holidays=True),
    )


def test_texts_become_sources_for_translators(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    texts = read_services(tmp_path / "directory")[1]
    assert [(text.key, text.line) for text in texts] == [
        ("service.lijn.gives", 16),
        ("service.lijn.who", 17),
        ("service.lijn.how", 18),
        ("service.lijn.name", 3),
    ]
    assert texts[0].note == "De Lijn"


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    services = tmp_path / "directory" / "services" / "lokaal"
    services.mkdir(parents=True)
    (services / "a.yaml").write_text(GOOD.replace("[talk", "[tlak"))
    (services / "b.yaml").write_text(GOOD.replace("18", "oud").replace("0800-0432", "0800"))
    found = "\n".join(read_services(tmp_path / "directory")[2])
    assert all(word in found for word in ("'tlak'", "exists already", "is no age", "phone number"))


def test_the_directory_of_this_product_has_no_problem() -> None:
    services, texts, problems = read_services(ROOT / "directory")
    assert problems == []
    assert "nl_112" in services
    assert len(texts) >= 3 * len(services)
