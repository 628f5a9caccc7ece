"""Read the Dutch public holidays (`holidays.yaml`, made by `make places`)."""

from datetime import date
from pathlib import Path

import msgspec

from bot.content.strict import read_yaml


class _Holiday(msgspec.Struct, forbid_unknown_fields=True):
    date: date
    name: str


class _Holidays(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    first_year: int
    last_year: int
    holidays: list[_Holiday]


def read_holidays(folder: Path) -> tuple[frozenset[date], list[str]]:
    """The days on which desks may be closed, and problems as `file:line: what, and what to do`."""
    block, problems = read_yaml(folder / "holidays.yaml", "holidays.yaml")
    if problems:
        return frozenset(), problems
    try:
        # Every scalar was read as text; not strict means that "2026" may become a number.
        table = msgspec.convert(block, _Holidays, strict=False)
    except msgspec.ValidationError as error:
        return frozenset(), [f"holidays.yaml:1: {error}; run `make places`"]
    days = frozenset(holiday.date for holiday in table.holidays)
    years = set(range(table.first_year, table.last_year + 1))
    missing = sorted(years - {day.year for day in days})
    problems += [f"holidays.yaml:1: no day in {year}; run `make places`" for year in missing]
    return days, problems
