"""A service as a form: what somebody filled in, read strictly and answered in codes for words.

Pure. Names of form fields are those of the service; a list of choices has one field a choice
(``languages.nl``), hours one a line and a day (``schedule.0.mo``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from bot.content.directory import (
    APPLICANTS,
    CONFIDENTIAL,
    COSTS,
    DAYS,
    STATUSES,
    WEEK,
    is_link,
    is_municipal,
    is_phone,
    typed,
)
from bot.content.entries import Entry, schedule_of
from bot.directory import FACTS, NEEDS, ROLES, TEXTS, Hours, Schedule, Service
from bot.places import fold

Raw = Mapping[str, str]
"""What a browser sends: the fields of a form."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "cost": COSTS,
    "confidential": CONFIDENTIAL,
    "status": STATUSES,
}
SOME: Mapping[str, tuple[str, ...]] = {"needs": NEEDS, "roles": ROLES, "applicants": APPLICANTS}
LINKS, AGES, TIMES = ("chat", "url"), ("minimum_age", "maximum_age"), ("schedule", "chat_schedule")
LINES = ("name", "organization", "address")
NEEDED = ("name", "status", "gives", "who", "how", "needs", "roles", "applicants")
UNSOURCED = ("needs", "roles", "applicants")
"""Fields that say where we show it, not what is true of it: they have no source."""

EDITABLE = (*LINES, *LINKS, *AGES, *TIMES, *CHOICES, *SOME, "phones", "languages", *TEXTS)
WAYS = ("phones", "chat", "url", "address")
HOURS_LINES = 4
"""Lines of hours on a form; hardly any desk has more."""

_CLOCK = re.compile(r"([01]?\d|2[0-4])(?:[:.]([0-5]\d))?")
_QUOTE = re.compile(r"\{([^{}]*)\}")
_ID_LENGTH = 28


@dataclass(frozen=True, slots=True)
class Read:
    """What a field of a form holds: a value as in YAML (None: nothing), or what is wrong."""

    value: Any = None
    wrong: str = ""


def kind_of(name: str) -> str:
    """Return which control a field has: lines, link, age, hours, choice, some, line or text."""
    kinds = {"phones": "lines", "languages": "languages"}
    groups = {"link": LINKS, "age": AGES, "hours": TIMES, "choice": CHOICES, "some": SOME}
    for kind, names in (groups | {"line": LINES}).items():
        kinds |= dict.fromkeys(names, kind)
    return kinds.get(name, "text")


def raw_of(entry: Entry, name: str) -> dict[str, str]:
    """Return a field as a form shows it, before anybody changed something."""
    value = entry.get(name, "")
    if name == "phones":
        return {name: "\n".join(phone["number"] for phone in value)}
    if name in SOME or name == "languages":
        return {f"{name}.{one}": "yes" for one in value}
    if name in TIMES:
        return _raw_hours(value or "", name)
    return {name: str(value)}


def _raw_hours(value: str | list[Entry], name: str) -> dict[str, str]:
    if isinstance(value, str):
        return {f"{name}.kind": value or "unknown"}
    raw = {f"{name}.kind": "lines"}
    for number, line in enumerate(value):
        at, days = f"{name}.{number}", line["days"]
        chosen = DAYS[days] if isinstance(days, str) else days
        raw |= {f"{at}.{day}": "yes" for day in chosen}
        raw |= {f"{at}.opens": line["opens_at"], f"{at}.closes": line["closes_at"]}
        closed = line.get("holidays", "closed" if days == "weekdays" else "open")
        raw |= {f"{at}.holidays": "closed"} if closed == "closed" else {}
    return raw


def read(name: str, raw: Raw) -> Read:
    """Read one field of a form; an empty one is no value, which some fields may not be."""
    kind, text = kind_of(name), " ".join(raw.get(name, "").split())
    readers = {
        "lines": lambda: _phones(raw.get(name, "")),
        "languages": lambda: Read([c for c in _ticked(name, raw) if re.fullmatch(r"\w{2,3}", c)]),
        "link": lambda: _link(text),
        "age": lambda: Read(text) if re.fullmatch(r"\d{1,2}", text) else Read(wrong="age"),
        "hours": lambda: _hours(name, raw),
        "choice": lambda: Read(text) if text in CHOICES[name] else Read(wrong="choice"),
        "some": lambda: Read([one for one in SOME[name] if raw.get(f"{name}.{one}")]),
        "line": lambda: Read(text),
        "text": lambda: Read(text, "typed" if typed(text) else ""),
    }
    empty = kind not in ("languages", "hours", "some") and not text
    found = Read() if empty else readers[kind]()
    if found.value in ([], "", None) and not found.wrong:
        return Read(wrong="missing") if name in NEEDED else Read()
    return found


def _ticked(name: str, raw: Raw) -> list[str]:
    return [key.removeprefix(f"{name}.") for key in raw if key.startswith(f"{name}.")]


def _phones(text: str) -> Read:
    numbers = [number.strip() for number in re.split(r"[\n,;]", text) if number.strip()]
    if not all(map(is_phone, numbers)):
        return Read(wrong="phone")
    return Read([{"number": number} for number in numbers])


def _link(text: str) -> Read:
    whole = text if "://" in text else f"https://{text}"
    return Read(whole) if is_link(whole) else Read(wrong="link")


def _hours(name: str, raw: Raw) -> Read:
    kind = raw.get(f"{name}.kind", "unknown")
    ends = tuple(f"{name}.{n}.{end}" for n in range(HOURS_LINES) for end in ("opens", "closes"))
    # Who fills in times means them, whatever the choice above them says.
    if kind != "lines" and not any(raw.get(end) for end in ends):
        return Read("always" if kind == "always" else None)
    lines: list[Hours] = []
    for number in range(HOURS_LINES):
        at = f"{name}.{number}"
        days = frozenset(WEEK.index(day) for day in WEEK if raw.get(f"{at}.{day}"))
        opens, closes = (_clock(raw.get(f"{at}.{end}", "")) for end in ("opens", "closes"))
        if not days and not raw.get(f"{at}.opens") and not raw.get(f"{at}.closes"):
            continue
        if not days or opens is None or closes is None:
            return Read(wrong="hours")
        lines.append(Hours(days, opens, closes, raw.get(f"{at}.holidays") == "closed"))
    return Read(schedule_of(Schedule(tuple(lines)))) if lines else Read(wrong="hours")


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text.strip())
    if not found or (found[1] == "24" and int(found[2] or 0)):
        return None
    return time(int(found[1]) % 24, int(found[2] or 0))


def read_source(raw: Raw) -> tuple[str, int | None, dict[str, str]]:
    """Read source and year; return them with what is wrong with each."""
    source, year = " ".join(raw.get("source", "").split()), raw.get("year", "").strip()
    wrong = {} if len(source) >= 3 else {"source": "source"}
    if re.match(r"https?:|www\.", source):
        source = source if "://" in source else f"https://{source}"
        wrong |= {} if is_link(source) else {"source": "link"}
    if year and not re.fullmatch(r"(19|20)\d{2}", year):
        wrong["year"] = "year"
    return source, int(year) if year and "year" not in wrong else None, wrong


def number_wrong(phones: Iterable[Entry], source: str, place: str) -> dict[str, str]:
    """Say what is wrong with a number that starts with 14: it is of one place, from its page."""
    if not any(is_municipal(phone["number"]) for phone in phones):
        return {}
    if place == "NL":
        return {"phones": "municipal_for_all"}
    return {} if source.startswith("http") else {"source": "municipal"}


def quotes_wrong(service: Service, text: str) -> bool:
    """Say whether a text quotes, in braces, a fact that this service does not have."""
    known = {name for name in FACTS if service.fact(name)}
    quoted = set(_QUOTE.findall(text))
    return bool({name for name in quoted if "." not in name} - known)


def read_new(raw: Raw, place: str, names: Collection[str]) -> tuple[Entry, dict[str, str]]:
    """Read the form of a new service; return its entry and what is wrong, by field.

    ``names`` are the ids that exist already, national ones among them.
    """
    fields = [name for name in EDITABLE if name != "status"]
    found = {name: read(name, raw) for name in fields}
    wrong = {name: one.wrong for name, one in found.items() if one.wrong}
    entry: Entry = {name: one.value for name, one in found.items() if one.value}
    entry |= {"id": _id(str(entry.get("name", "")), names), "status": "active"}
    entry["service_area"] = [place]
    entry.setdefault("organization", entry.get("name", ""))
    if raw.get("instead_of") in names and place != "NL":
        entry["instead_of"] = raw["instead_of"]
    if not any(name in entry for name in WAYS) and not wrong.keys() & set(WAYS):
        wrong["phones"] = "no_way"
    if "schedule" in entry and not {"phones", "address"} & {*entry, *wrong}:
        wrong["schedule"] = "hours_of_nothing"
    if "chat_schedule" in entry and "chat" not in entry:
        wrong["chat_schedule"] = "hours_of_nothing"
    ages = [int(entry[name]) for name in AGES if name in entry]
    if ages != sorted(ages):
        wrong["maximum_age"] = "ages"
    return entry, wrong


def _id(name: str, names: Collection[str]) -> str:
    """Make an id of a name that no other service has."""
    plain = re.sub(r"^[^a-z]+", "", "_".join(re.findall(r"[a-z0-9]+", fold(name)))) or "plek"
    short = plain[:_ID_LENGTH].strip("_")
    numbered = (f"{plain[: _ID_LENGTH - 3].strip('_')}_{number}" for number in range(2, 99))
    return next((one for one in (short, *numbered) if one not in names), short)
