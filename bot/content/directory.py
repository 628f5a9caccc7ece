"""Read the services of the directory (``directory/services/**/*.yaml``), strictly.

Every problem is reported at once. The rules are those of ``docs/moderators/directory.md``; each
has an example of what it refuses in ``tests/rejected/services/``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale

from bot.content.source import SourceText
from bot.content.strict import Block, Fields, choose, parse_yaml, read_yaml
from bot.directory import (
    FACTS,
    HOW,
    KINDS,
    NEEDS,
    ROLES,
    SHOWN,
    TEXTS,
    Hours,
    Phone,
    Provenance,
    Schedule,
    Service,
)

STATUSES = ("active", "inactive", "stopped")
APPLICANTS = ("child", "parent", "teacher", "professional")
COSTS = ("free", "charged")
CONFIDENTIAL = ("anonymous", "confidential")
WEEK = ("mo", "tu", "we", "th", "fr", "sa", "su")
DAYS: Mapping[str, tuple[str, ...]] = {"daily": WEEK, "weekdays": WEEK[:5], "weekend": WEEK[5:]}
SOURCED = (*SHOWN, "how_adult", "say", "status", "roles", "applicants", "service_area")
NEEDED_TEXTS = ("gives", "who", "how")

_ID = re.compile(r"[a-z][a-z0-9_]{0,27}")
_AREA = re.compile(r"NL|GM\d{4}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
_DIGITS = re.compile(r"11[23]|116\d{3}|140\d{2,3}|0[89]00\d{4}(\d{3})?|0\d{9}")
_MUNICIPAL = re.compile(r"140\d{2,3}")
_YEAR = re.compile(r"(19|20)\d{2}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TYPED = {
    "a number": re.compile(r"\d[\d .-]*\d\d"),
    "a web address": re.compile(
        r"https?:|www\.|\b[\w-]+\.(nl|com|org|eu|net|info)\b", re.IGNORECASE
    ),
    "an age": re.compile(r"\b\d{1,2}\s*(jaar|jarige|jr)\b", re.IGNORECASE),
}
_DUTCH_NAMES = Locale.parse("nl").languages


def read_services(folder: Path) -> tuple[dict[str, Service], list[SourceText], list[str]]:
    """Read every service below ``folder/services``, in the order of file name and file.

    Returns the services by id, their texts for the catalogs, and every problem as
    ``file:line: what, and what to do``. A service with a problem is returned as far as it was
    understood; with any problem, nothing of this may be served.
    """
    reader = _Reader(municipality_codes(folder))
    for path in sorted((folder / "services").rglob("*.yaml")):
        file = path.relative_to(folder.parent).as_posix()
        reader.read_file(file, *read_yaml(path, file))
    reader.check_quotes()
    reader.check_replaced()
    return reader.services, reader.texts, reader.problems


def read_text(file: str, text: str) -> tuple[dict[str, Service], list[SourceText], list[str]]:
    """Read one file of services as far as it can be read alone; else like `read_services`.

    What refers to other files (quotes of other services, what is replaced, codes) is not checked.
    """
    reader = _Reader(frozenset())
    reader.read_file(file, *parse_yaml(text, file))
    return reader.services, reader.texts, reader.problems


def read_blocks(
    blocks: Iterable[tuple[str, Block]], known: Mapping[str, Service], codes: frozenset[str]
) -> list[str]:
    """Return every problem of services that come from elsewhere, beside those that are known.

    ``blocks`` are pairs of what problems call a service, and the service as in YAML.
    """
    reader = _Reader(codes)
    for name, block in blocks:
        reader.read(Fields(block, name, reader.problems))
    reader.services = {**known, **reader.services}
    reader.check_quotes()
    reader.check_replaced()
    return reader.problems


def municipality_codes(folder: Path) -> frozenset[str]:
    """Return the codes of all municipalities, also former ones; empty without a table of them."""
    path = folder / "municipalities.csv"
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(row.get("code", "") for row in csv.DictReader(file))


class _Reader:
    """Gathers services, texts and problems of all files."""

    def __init__(self, municipalities: frozenset[str]) -> None:
        self.municipalities = municipalities
        self.services: dict[str, Service] = {}
        self.texts: list[SourceText] = []
        self.problems: list[str] = []
        self._lines: dict[str, str] = {}
        self._quotes: list[tuple[Fields, Service, str, str]] = []
        self._replaced: list[tuple[Fields, str]] = []

    def read_file(self, file: str, block: Block, problems: list[str]) -> None:
        """Read the services of a file that was parsed."""
        self.problems += problems
        top = Fields(block, file, self.problems)
        for fields in top.each("services"):
            self.read(fields)
        top.done()

    def read(self, fields: Fields) -> None:
        """Read one service."""
        name = fields.text("id", needed=True)
        if name and not _ID.fullmatch(name):
            advice = "use small letters, digits and _, at most 28"
            fields.wrong(f"'{name}' cannot be an id; {advice}", "id")
        if name in self._lines:
            first = self._lines[name]
            fields.wrong(f"'{name}' exists already ({first}); give this service another id", "id")
        elif name:
            self._lines[name] = f"{fields.file}:{fields.line('id')}"
        service = self._service(fields, name)
        self._quote(fields, service)
        _check_ages(fields, service)
        _check_ways(fields)
        check_numbers(fields, service)
        _check_sources(fields, service)
        fields.done()
        if name:
            self.services.setdefault(name, service)

    def _service(self, fields: Fields, name: str) -> Service:
        return Service(
            id=name,
            name=fields.text("name", needed=True),
            organization=fields.text("organization"),
            status=_needed(fields, "status", STATUSES),
            needs=frozenset(fields.some_of("needs", NEEDS)),
            roles=_some(fields, "roles", ROLES),
            applicants=_some(fields, "applicants", APPLICANTS),
            minimum_age=_age(fields, "minimum_age"),
            maximum_age=_age(fields, "maximum_age"),
            area=self._area(fields),
            phones=tuple(_phones(fields)),
            chat=_link(fields, "chat"),
            url=_link(fields, "url"),
            address=fields.text("address"),
            schedule=_schedule(fields, "schedule"),
            chat_schedule=_schedule(fields, "chat_schedule"),
            cost=fields.one_of("cost", COSTS),
            confidential=fields.one_of("confidential", CONFIDENTIAL),
            languages=_languages(fields),
            texts=frozenset(self._texts(fields, name)),
            provenance=read_provenance(fields),
            kind=fields.one_of("kind", KINDS),
            instead_of=self._instead_of(fields),
        )

    def _instead_of(self, fields: Fields) -> str:
        name = fields.text("instead_of")
        if name and "NL" in fields.texts("service_area"):
            advice = "leave it out, or give 'service_area' the codes of municipalities"
            fields.wrong(f"only a local entry can stand instead of another; {advice}", "instead_of")
            return ""
        if name:
            self._replaced.append((fields, name))
        return name

    def _area(self, fields: Fields) -> frozenset[str]:
        codes = fields.lined("service_area")
        if not codes:
            advice = "add 'service_area: [NL]' or codes such as GM0150"
            fields.wrong(f"'service_area' is missing; {advice}", "service_area")
        for code, line in codes:
            if not _AREA.fullmatch(code):
                fields.wrong(f"'{code}' is no area; use NL or a code such as GM0150", line=line)
            elif code != "NL" and self.municipalities and code not in self.municipalities:
                advice = "look it up in directory/municipalities.csv"
                fields.wrong(f"no municipality has the code {code}; {advice}", line=line)
        return frozenset(code for code, _ in codes)

    def _texts(self, fields: Fields, service: str) -> Iterator[str]:
        name = fields.text("name")
        for key in TEXTS:
            text = fields.text(key, needed=key in NEEDED_TEXTS)
            if text:
                check_prose(fields, key, text)
                source = f"service.{service}.{key}"
                self.texts.append(SourceText(source, text, name, fields.file, fields.line(key)))
                yield key
        self._named(fields, service, name)
        self._described(fields, service, name)

    def _named(self, fields: Fields, service: str, name: str) -> None:
        """Let a name be explained: the Dutch one stays, since it stands on doors and forms."""
        if name:
            note = "Say in a few words what this is: 'food bank'. Leave a name of its own as it is."
            line = fields.line("name")
            self.texts.append(SourceText(f"service.{service}.name", name, note, fields.file, line))

    def _described(self, fields: Fields, service: str, name: str) -> None:
        """Let an address in words be translated ("Bij jou op school"); a street has a number."""
        address = fields.text("address")
        if address and not any(sign.isdigit() for sign in address):
            key = f"service.{service}.address"
            line = fields.line("address")
            self.texts.append(SourceText(key, address, name, fields.file, line))

    def _quote(self, fields: Fields, service: Service) -> None:
        for key in sorted(service.texts):
            quotes = _PLACEHOLDER.findall(fields.text(key))
            self._quotes += [(fields, service, key, quote) for quote in quotes]

    def check_quotes(self) -> None:
        """Check the placeholders of all texts, now that every service is known."""
        for fields, service, key, quote in self._quotes:
            owner, _, fact = quote.rpartition(".")
            quoted = self.services.get(owner) if owner else service
            if quoted is None:
                advice = choose(owner, tuple(self.services))
                fields.wrong(f"no service has the id of '{{{quote}}}'; {advice}", key)
            elif fact not in FACTS:
                fields.wrong(f"'{{{quote}}}' is not a fact; {choose(fact, FACTS)}", key)
            elif not _has_fact(quoted, fact) and (owner or fact not in fields):
                fields.wrong(f"'{{{quote}}}' is not known; add '{fact}' or leave it out", key)

    def check_replaced(self) -> None:
        """Check that what a local entry stands instead of is a national service."""
        national = [name for name, service in self.services.items() if not service.local]
        for fields, name in self._replaced:
            if name not in national:
                advice = choose(name, tuple(national))
                fields.wrong(f"'{name}' is no national service; {advice}", "instead_of")


def _has_fact(service: Service, fact: str) -> bool:
    return service.has("phones" if fact == "phone" else fact)


def _needed(fields: Fields, key: str, allowed: tuple[str, ...]) -> str:
    if not fields.text(key, needed=True):
        return ""
    return fields.one_of(key, allowed)


def _some(fields: Fields, key: str, allowed: tuple[str, ...]) -> frozenset[str]:
    if not fields.lined(key):
        fields.wrong(f"'{key}' is missing; use some of: {', '.join(allowed)}", key)
    return frozenset(fields.some_of(key, allowed))


def _age(fields: Fields, key: str) -> int | None:
    text = fields.text(key)
    if text and not re.fullmatch(r"\d{1,2}", text):
        fields.wrong(f"'{key}: {text}' is no age; write whole years, such as 12", key)
        return None
    return int(text) if text else None


def _phones(fields: Fields) -> Iterator[Phone]:
    for phone in fields.each("phones"):
        number = phone.text("number", needed=True)
        if number and not is_phone(number):
            advice = "write it as it is printed, such as 0800-0432, 14 0570 or 112"
            phone.wrong(f"'{number}' is no Dutch phone number; {advice}", "number")
        elif number:
            yield Phone(number)
        phone.done()


def is_phone(number: str) -> bool:
    """Say whether a number is written as Dutch phone numbers are printed."""
    parts = re.fullmatch(r"\d+([ -]\d+)*", number)
    return parts is not None and _DIGITS.fullmatch(re.sub(r"\D", "", number)) is not None


def _link(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if text and not is_link(text, ("https", "http")):
        advice = "write it whole, such as https://www.kindertelefoon.nl"
        fields.wrong(f"'{key}' is no web address; {advice}", key)
        return ""
    return text


def is_municipal(number: str) -> bool:
    """Say whether a number is that of one municipality: 14 and an area code."""
    return _MUNICIPAL.fullmatch(re.sub(r"\D", "", number)) is not None


def is_link(text: str, schemes: tuple[str, ...] = ("https", "http")) -> bool:
    """Say whether a text is a whole web address."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    shaped = re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) is not None
    return parts.scheme in schemes and shaped and not re.search(r"\s", text)


def _schedule(fields: Fields, key: str) -> Schedule | None:
    if isinstance(fields.take(key), str):
        text = fields.text(key)
        if text and text != "always":
            advice = "write 'always', or lines of days, opens_at and closes_at"
            fields.wrong(f"'{key}: {text}' is no schedule; {advice}", key)
        return Schedule(always=True) if text == "always" else None
    lines = [_hours(line) for line in fields.each(key)]
    known = tuple(line for line in lines if line is not None)
    return Schedule(known) if known else None


def _hours(line: Fields) -> Hours | None:
    days = _days(line)
    opens, closes = _clock(line, "opens_at"), _clock(line, "closes_at")
    # "Weekdays" in print means working days: a holiday is none, unless somebody says so.
    default = "closed" if line.take("days") == "weekdays" else "open"
    holidays = line.one_of("holidays", ("open", "closed"), default)
    line.done()
    if not days or opens is None or closes is None:
        return None
    return Hours(days, opens, closes, holidays == "closed")


def _days(line: Fields) -> frozenset[int]:
    names = line.lined("days")
    if len(names) == 1 and names[0][0] in DAYS:
        return frozenset(WEEK.index(day) for day in DAYS[names[0][0]])
    if not names:
        line.wrong("'days' is missing; write daily, weekdays, weekend or [mo, we]", "days")
    for name, at in names:
        if name not in WEEK:
            line.wrong(f"'{name}' is no day; {choose(name, (*DAYS, *WEEK))}", line=at)
    return frozenset(WEEK.index(name) for name, _ in names if name in WEEK)


def _clock(line: Fields, key: str) -> time | None:
    text = line.text(key, needed=True)
    found = _CLOCK.fullmatch(text)
    if text and not found:
        line.wrong(f"'{key}: {text}' is no time; write hours and minutes, such as 09:30", key)
    if not found:
        return None
    return time(int(found[1] or 0), int(found[2] or 0))


def _languages(fields: Fields) -> tuple[str, ...]:
    found = fields.lined("languages")
    for code, line in found:
        if code not in _DUTCH_NAMES:
            fields.wrong(f"'{code}' is no language code; use one such as nl, en, ar", line=line)
    return tuple(code for code, _ in found if code in _DUTCH_NAMES)


def read_provenance(fields: Fields) -> dict[str, Provenance]:
    found: dict[str, Provenance] = {}
    for row in fields.each("provenance"):
        source = _source(row)
        for name, line in row.lined("fields"):
            if name not in SOURCED:
                row.wrong(f"'{name}' is no field with a source; {choose(name, SOURCED)}", line=line)
            elif name in found:
                row.wrong(f"'{name}' has two sources; keep the better one", line=line)
            else:
                found[name] = source
        row.done()
    return found


def _source(row: Fields) -> Provenance:
    if not row.lined("fields"):
        row.wrong("'fields' is missing; say which fields come from this source", "fields")
    return read_row(row)


def read_row(row: Fields) -> Provenance:
    """Read where something comes from: source, year, and who confirmed it when."""
    return Provenance(_origin(row), _year(row), *read_assurance(row))


def _origin(row: Fields) -> str:
    source = row.text("source")
    if not source:
        row.wrong("'source' is missing; add the address of the page, or the paper", "source")
    if source.casefold() in ("memory", "seed", "unknown"):
        row.wrong(f"'{source}' is no source; leave out a field that nobody has read", "source")
    if source.startswith("http") and not is_link(source, ("https", "http")):
        row.wrong("'source' is no web address; copy it from the browser", "source")
    return source


def _year(row: Fields) -> int | None:
    text = row.text("year")
    if not _YEAR.fullmatch(text) and text != "unknown":
        advice = "write the year of the source, or 'unknown' when it shows none"
        row.wrong(f"'year' must be a year; {advice}", "year")
    return int(text) if _YEAR.fullmatch(text) else None


def read_assurance(row: Fields) -> tuple[date | None, str, str]:
    """Read who confirmed something: the day, the role, and how (one of `HOW`); empty: nobody."""
    day, who = _assurance(row)
    how = row.one_of("assured_how", HOW)
    if how and day is None:
        advice = "add assured_date and assured_by, or leave it out"
        row.wrong(f"'assured_how' says how somebody confirmed it, and nobody did; {advice}")
    return day, who, how


def _assurance(row: Fields) -> tuple[date | None, str]:
    text, who = row.text("assured_date"), row.text("assured_by")
    if bool(text) != bool(who):
        advice = "give both: the day, and the role of who phoned or opened it"
        row.wrong(f"'assured_date' and 'assured_by' belong together; {advice}", "assured_date")
        return None, ""
    try:
        return (date.fromisoformat(text) if text else None), who
    except ValueError:
        row.wrong("'assured_date' is no date; write it as 2026-12-01", "assured_date")
        return None, ""


def check_numbers(fields: Fields, service: Service) -> None:
    """The numbers of municipalities (14 and an area code) look guessable, and are not all in use.

    So each needs a page on which it was read, and belongs to the municipality of that page.
    """
    if not any(is_municipal(phone.number) for phone in service.phones):
        return
    if not service.local:
        advice = "make it an entry of its own with the code in 'service_area'"
        fields.wrong(f"a number that starts with 14 is of one municipality; {advice}", "phones")
    source = service.provenance.get("phones")
    if source and not source.source.startswith("http"):
        advice = "give the address of the page where this very number stands, or leave it out"
        fields.wrong(f"a number that starts with 14 is never derived; {advice}", "phones")


def _check_ages(fields: Fields, service: Service) -> None:
    low, high = service.minimum_age, service.maximum_age
    if low is not None and high is not None and low > high:
        fields.wrong("'minimum_age' is above 'maximum_age'; exchange them", "minimum_age")


def _check_ways(fields: Fields) -> None:
    if "schedule" in fields and not ("phones" in fields or "address" in fields):
        fields.wrong("'schedule' needs phones or an address; add one of them", "schedule")
    if "chat_schedule" in fields and "chat" not in fields:
        fields.wrong("'chat_schedule' needs 'chat'; add it or leave the times out", "chat_schedule")


def _check_sources(fields: Fields, service: Service) -> None:
    missing = [name for name in service.shown if name not in service.provenance]
    for name in missing:
        advice = "add it to 'provenance', or leave the field out"
        fields.wrong(f"'{name}' has no source; {advice}", name)
    for name in service.provenance:
        if name not in fields:
            advice = "take it out of 'provenance', or add the field"
            fields.wrong(f"'{name}' has a source but is not there; {advice}", "provenance")


def check_prose(fields: Fields, key: str, text: str) -> None:
    what = typed(text)
    if what:
        advice = "make it a field and quote it, such as {phone}, {url} or {minimum_age}"
        fields.wrong(f"{what} is typed in '{key}'; {advice}", key)


def typed(text: str) -> str:
    """Return which fact somebody typed in a text instead of quoting it; empty when none."""
    prose = _PLACEHOLDER.sub("", text)
    return next((what for what, pattern in _TYPED.items() if pattern.search(prose)), "")


READERS: Mapping[str, Callable[[Fields], object]] = {
    "name": lambda fields: fields.text("name", needed=True),
    "organization": lambda fields: fields.text("organization"),
    "status": lambda fields: _needed(fields, "status", STATUSES),
    "phones": lambda fields: tuple(_phones(fields)),
    "chat": lambda fields: _link(fields, "chat"),
    "url": lambda fields: _link(fields, "url"),
    "address": lambda fields: fields.text("address"),
    "schedule": lambda fields: _schedule(fields, "schedule"),
    "chat_schedule": lambda fields: _schedule(fields, "chat_schedule"),
    "cost": lambda fields: fields.one_of("cost", COSTS),
    "languages": lambda fields: _languages(fields),
}
"""How each field is read that a municipality may say otherwise; texts come beside them."""
