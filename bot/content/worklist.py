"""What a steward may look at first: which services nobody confirmed, or not for long. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.directory import NEEDS, URGENT, Directory, Provenance, Service

LONG = timedelta(days=180)
"""After this long a fact that somebody confirmed is asked for again."""

NEVER, PARTLY, OLD = "never", "partly", "old"

_FIRST = (*URGENT, "desk", "food", "debts", "energy", "talk", "school", "clothes", "schemes")


@dataclass(frozen=True, slots=True)
class Task:
    """A service to look at: ``why`` is `NEVER`, `PARTLY` or `OLD`.

    ``names`` are the fields that are meant, ``day`` is the earliest day on which somebody
    confirmed one of them, ``year`` the oldest year among their sources.
    """

    service: str
    why: str
    names: tuple[str, ...]
    day: date | None
    year: int | None


def tasks(services: Iterable[Service], danger: Collection[str], today: date) -> tuple[Task, ...]:
    """Return what to look at, what matters most first.

    ``danger`` are the ids of services that are named in danger: they go before everything. Then
    what has a phone number, since a wrong one leads a child to a stranger; then what nobody ever
    confirmed; then what waits longest. Ties keep the order of the files.
    """
    active = [service for service in services if service.active]
    found = [(service, task) for service in active if (task := _task(service, today))]

    def rank(pair: tuple[Service, Task]) -> tuple[object, ...]:
        service, task = pair
        order = (NEVER, PARTLY, OLD).index(task.why)
        return (service.id not in danger, not service.phones, order, task.day or date.min)

    return tuple(task for _, task in sorted(found, key=rank))


def _task(service: Service, today: date) -> Task | None:
    open_ = service.unconfirmed
    known = {name: row for name, row in service.provenance.items() if name in service.shown}
    if open_:
        why = NEVER if len(open_) == len(service.shown) else PARTLY
        return Task(service.id, why, open_, None, _oldest(known, open_))
    old = tuple(name for name, row in known.items() if is_old(row, today))
    if not old:
        return None
    day = min(row.assured_date for name in old if (row := known[name]).assured_date)
    return Task(service.id, OLD, old, day, _oldest(known, old))


def is_old(row: Provenance, today: date) -> bool:
    """Say whether somebody confirmed this, and longer ago than `LONG`."""
    return row.assured_date is not None and today - row.assured_date > LONG


def _oldest(rows: Mapping[str, Provenance], names: Iterable[str]) -> int | None:
    years = [year for name in names if name in rows and (year := rows[name].year)]
    return min(years, default=None)


def unknown(
    directory: Directory, services: Iterable[Service], place: str, today: date
) -> tuple[str, ...]:
    """Return the needs for which a municipality has no entry of its own, urgent ones first."""
    here = [s for s in services if s.active and s.local and directory.covers(s, place, today)]
    known = {need for service in here for need in service.needs}
    return tuple(need for need in dict.fromkeys((*_FIRST, *NEEDS)) if need not in known)


def standing(rows: Iterable[Provenance], today: date) -> tuple[str, date | None]:
    """Return why some facts are to be looked at (empty: they are not), and since when.

    The day is the earliest on which somebody confirmed one of them.
    """
    known = tuple(rows)
    sure = [row for row in known if row.assured_date]
    day = min((row.assured_date for row in sure if row.assured_date), default=None)
    if len(sure) < len(known):
        return (PARTLY if sure else NEVER), day
    return (OLD if any(is_old(row, today) for row in known) else ""), day
