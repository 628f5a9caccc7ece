"""A service as a moderator writes it: from the compiled form back to the keys of its YAML.

Reading what is written here gives the same service again; a test says so for every one that ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, TypeAlias

from bot.content.directory import DAYS, WEEK
from bot.directory import TEXTS, Hours, Provenance, Schedule, Service

Entry: TypeAlias = dict[str, Any]
"""The keys of a service in YAML, in the order of the docs; texts, lists and mappings only."""

ORDER = (
    *("id", "kind", "name", "organization", "status", "needs", "roles", "applicants"),
    *("minimum_age", "maximum_age", "service_area", "instead_of", "phones", "chat", "url"),
    *("address", "schedule", "chat_schedule", "cost", "confidential", "languages"),
    *(*TEXTS, "provenance"),
)


def entry_of(service: Service, texts: Mapping[str, str]) -> Entry:
    """Return a service as the keys of its YAML. ``texts`` are the Dutch ones by their key."""
    plain = ("id", "kind", "name", "organization", "status", "instead_of", "chat", "url")
    entry: Entry = {key: getattr(service, key) for key in (*plain, "address", "cost")}
    entry |= {"confidential": service.confidential, "languages": list(service.languages)}
    lists = {"needs": service.needs, "roles": service.roles, "applicants": service.applicants}
    entry |= {key: sorted(names) for key, names in lists.items()}
    entry["service_area"] = sorted(service.area)
    ages = ("minimum_age", "maximum_age")
    entry |= {key: _age(getattr(service, key)) for key in ages}
    entry["phones"] = [{"number": phone.number} for phone in service.phones]
    for key in ("schedule", "chat_schedule"):
        entry[key] = schedule_of(getattr(service, key))
    entry |= {key: texts[service.text(key)] for key in TEXTS if key in service.texts}
    entry["provenance"] = provenance_of(service.provenance)
    return tidy(entry)


def tidy(entry: Mapping[str, Any]) -> Entry:
    """Return an entry in the order of the docs, without what is empty."""
    return {key: entry[key] for key in ORDER if entry.get(key) not in (None, "", [], ())}


def _age(age: int | None) -> str:
    return "" if age is None else str(age)


def schedule_of(schedule: Schedule | None) -> str | list[Entry]:
    """Return opening hours as they are written; empty when unknown."""
    if schedule is None:
        return []
    return "always" if schedule.always else [_line(hours) for hours in schedule.lines]


def _line(hours: Hours) -> Entry:
    days = tuple(WEEK[day] for day in sorted(hours.days))
    name = next((name for name, group in DAYS.items() if group == days), "")
    line: Entry = {"days": name or list(days)}
    line |= {"opens_at": clock(hours.opens), "closes_at": clock(hours.closes, "24:00")}
    if hours.closed_on_holidays != (name == "weekdays"):
        line["holidays"] = "closed" if hours.closed_on_holidays else "open"
    return line


def clock(moment: time, midnight: str = "00:00") -> str:
    """Return a time of the clock; midnight as it is said at the end of a day."""
    return midnight if moment == time(0) else f"{moment:%H:%M}"


def provenance_of(provenance: Mapping[str, Provenance]) -> list[Entry]:
    """Return where fields were read, those of one source together."""
    rows: dict[Provenance, list[str]] = {}
    for name, source in provenance.items():
        rows.setdefault(source, []).append(name)
    return [_row(source, names) for source, names in rows.items()]


def _row(source: Provenance, names: list[str]) -> Entry:
    row: Entry = {"fields": names, "source": source.source}
    row["year"] = "unknown" if source.year is None else str(source.year)
    if source.assured_date:
        row |= {"assured_date": source.assured_date.isoformat(), "assured_by": source.assured_by}
    if source.assured_how:
        row["assured_how"] = source.assured_how
    return row
