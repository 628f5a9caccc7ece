"""The directory of help ("sociale kaart"): what there is, for whom, where, and whether it is open.

Pure. Times are those of a clock in the Netherlands; unknown hours are unknown and never count as
open. A fact without a known source is not shown, so :meth:`Directory.fact` does not tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from bot.schemes import Advice, Household, Norms, Scheme, Schemes, advise

if TYPE_CHECKING:
    from bot.places import Places

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

NEEDS = (
    *("food", "clothes", "school", "school_trip", "laptop_bike", "sport", "birthday", "holiday"),
    *("books", "bullying", "talk", "stress", "home", "care", "truancy", "own_money", "voice"),
    *("schemes", "income", "debts", "housing", "energy", "health_costs", "baby", "childcare"),
    *("parenting", "language", "peer", "disability", "business", "sick", "study_debt", "papers"),
    *("legal", "desk", "urgent_food", "urgent_bed", "helping", "nurse"),
)
URGENT = ("urgent_food", "urgent_bed")
KINDS = ("person",)
"""What an entry can be besides a service: one human being, such as a youth nurse."""
ROLES = ("child", "parent", "helper")
HOW = ("phoned", "opened")
"""How somebody confirmed a field: they phoned, or they opened the source."""
ASKING: Mapping[str, frozenset[str]] = {
    "": frozenset({"child"}),
    "child": frozenset({"child"}),
    "parent": frozenset({"parent"}),
    "helper": frozenset({"teacher", "professional"}),
}
"""As which applicants people of a role may ask; who has not told a role is taken for a child."""
BANDS: Mapping[str, tuple[int, int]] = {"8_11": (8, 11), "12_17": (12, 17), "18_up": (18, 150)}
"""The age bands a child may choose, in whole years, both ends included."""

TEXTS = ("gives", "who", "how", "how_adult", "after", "say", "bring")
"""Texts of a service that are translated, under ``service.<id>.<text>``."""

SHOWN = (
    *("name", "organization", "phones", "chat", "url", "address", "schedule", "chat_schedule"),
    *("cost", "confidential", "languages", "minimum_age", "maximum_age"),
    *("gives", "who", "how", "after", "bring"),
)
"""Fields that claim something about the world: each needs a source, and somebody to confirm it."""

FACTS = ("name", "organization", "phone", "chat", "url", "address", "minimum_age", "maximum_age")
"""What a sentence may quote as ``{service.fact}``; ``hours`` too, which needs a language."""

NO_SCHEMES = Schemes()

HORIZON = 23
"""Days to look ahead. Two holidays can fall on one weekday in a row, so three weeks and a bit."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a field was read, from which year that is (None: it shows no date), who confirmed it.

    ``assured_date`` is the day on which ``assured_by``, a named role, phoned or opened the source;
    ``assured_how`` says which of the two (one of `HOW`), empty where nobody wrote it down.
    """

    source: str
    year: int | None = None
    assured_date: date | None = None
    assured_by: str = ""
    assured_how: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number as it is printed."""

    number: str


@dataclass(frozen=True, slots=True)
class Hours:
    """A line of opening hours. Days are 0 (Monday) to 6; closing at or before opening means that
    it closes on the next day.
    """

    days: frozenset[int]
    opens: time
    closes: time
    closed_on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """Known opening hours: lines, or always. Unknown hours are None instead of a schedule."""

    lines: tuple[Hours, ...] = ()
    always: bool = False


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether something is open at a moment, and until or from when (times in the Netherlands).

    ``closed`` without ``opens`` means that no opening is known for the next three weeks.
    """

    kind: Literal["always", "open", "closed", "unknown"]
    until: datetime | None = None
    opens: datetime | None = None

    @property
    def is_open(self) -> bool | None:
        """Whether it is open; None when nobody knows."""
        return None if self.kind == "unknown" else self.kind != "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How sure the shown fields are: confirmed on (the earliest) ``day``, or from an old source.

    ``how`` is the one way of `HOW` in which all were confirmed, empty where that differs or nobody
    wrote it down. ``year`` is the oldest year among the sources; ``undated``: one shows no year.
    """

    confirmed: bool
    day: date | None = None
    how: str = ""
    year: int | None = None
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the directory; ``docs/moderators/directory.md`` describes every field."""

    id: str
    name: str
    status: str
    needs: frozenset[str]
    roles: frozenset[str]
    applicants: frozenset[str]
    area: frozenset[str]
    organization: str = ""
    minimum_age: int | None = None
    maximum_age: int | None = None
    phones: tuple[Phone, ...] = ()
    chat: str = ""
    url: str = ""
    address: str = ""
    schedule: Schedule | None = None
    chat_schedule: Schedule | None = None
    cost: str = ""
    confidential: str = ""
    languages: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    kind: str = ""
    instead_of: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Texts that a municipality says in its own way, each with its own key."""

    @property
    def active(self) -> bool:
        """Whether it may be shown at all."""
        return self.status == "active"

    @property
    def local(self) -> bool:
        """Whether it serves certain municipalities only."""
        return "NL" not in self.area

    @property
    def meets(self) -> bool:
        """Whether one can call, write to or visit somebody: it is more than a site."""
        return bool(self.phones or self.chat or self.address or self.kind == "person")

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that claim something and have a value."""
        return tuple(name for name in SHOWN if self.has(name))

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """The shown fields that nobody has confirmed."""
        return tuple(name for name in self.shown if not self._assured(name))

    def has(self, name: str) -> bool:
        """Whether a field or text has a value."""
        if name in TEXTS:
            return name in self.texts
        return getattr(self, name) not in (None, "", ())

    def text(self, name: str) -> str:
        """Return the key of a text."""
        return self.keys.get(name) or f"service.{self.id}.{name}"

    def fact(self, name: str) -> str | None:
        """Return a fact of :data:`FACTS` as it is shown; None when it is unknown or not shown."""
        source = "phones" if name == "phone" else name
        if not self.active or name not in FACTS:
            return None
        if not self.has(source) or source not in self.provenance:
            return None
        return self.phones[0].number if name == "phone" else str(getattr(self, name))

    def serves_age(self, band: str) -> bool:
        """Whether anybody in an age band falls within the age limits."""
        youngest, oldest = BANDS[band]
        return (self.minimum_age or 0) <= oldest and youngest <= (self.maximum_age or 150)

    def standing(self) -> Standing:
        """Say how sure what is shown is: the weakest field counts."""
        sources = [self.provenance[name] for name in self.shown if name in self.provenance]
        open_ = [source for source in sources if source.assured_date is None]
        days = [source.assured_date for source in sources if source.assured_date]
        if not open_ and len(sources) == len(self.shown) and days:
            ways = {source.assured_how for source in sources}
            return Standing(True, day=min(days), how=ways.pop() if len(ways) == 1 else "")
        years = [source.year for source in open_ if source.year is not None]
        return Standing(False, year=min(years, default=None), undated=len(years) < len(open_))

    def _assured(self, name: str) -> bool:
        source = self.provenance.get(name)
        return source is not None and source.assured_date is not None


@dataclass(frozen=True, slots=True)
class Edition:
    """What a municipality says otherwise: services as they are there, and keys of its own texts."""

    services: Mapping[str, Service] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


NATIONAL = Edition()


@dataclass(frozen=True)
class Directory:
    """Every service, the places they serve, the public holidays, and the schemes.

    ``editions`` holds, by code, what municipalities say otherwise (``directory/overrides``).
    """

    services: Mapping[str, Service]
    places: Places
    holidays: frozenset[date]
    schemes: Schemes = NO_SCHEMES
    editions: Mapping[str, Edition] = field(default_factory=dict)

    def edition(self, place: str, today: date) -> Edition:
        """Return what a municipality says otherwise; nothing for an unknown place (empty)."""
        if place in self.editions or not place:
            return self.editions.get(place, NATIONAL)
        here = self.places.current(place, today)
        if here in self.editions:
            return self.editions[here]
        former = (code for code in self.editions if self.places.current(code, today) == here)
        return self.editions.get(next(former, ""), NATIONAL)

    def norms(self, today: date) -> Norms:
        """Return the norms, with the limits of merged municipalities for what they became.

        Until somebody enters a limit of the new municipality, that is the best that is known.
        """
        current, norms = self.places.current, self.schemes.norms
        merged = {c for limit in norms.limits for c in limit.places if current(c, today) != c}
        if not merged:
            return norms
        moved = (
            replace(limit, places=limit.places | {current(code, today) for code in limit.places})
            for limit in norms.limits
        )
        return replace(norms, limits=tuple(moved))

    def service(self, name: str, place: str, today: date) -> Service | None:
        """Return a service as it is in a municipality, or None when there is none of this id."""
        return self.edition(place, today).services.get(name) or self.services.get(name)

    def find(
        self, need: str, *, role: str, age: str, place: str, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return the ids of at most ``limit`` services for a person, best first.

        Only what is active, serves the role and the age band, and covers the place. Unknown role,
        age or place (empty) rules nothing out but local help, and ranks first what surely fits.
        A local entry takes the place of the national one that it names (``instead_of``), where it
        fits this person itself. Then local before national, a human being before a service, and
        reachable now before later before unknown; for urgent needs the moment goes before the
        distance. Ties keep the order of the files.
        """
        own = self.edition(place, now.astimezone(AMSTERDAM).date()).services
        here = [own.get(service.id, service) for service in self._by_need.get(need, ())]
        fitting = [s for s in here if s.active and self._fits(s, role, age, place, now)]
        replaced = {service.instead_of for service in fitting}

        def rank(service: Service) -> tuple[int, ...]:
            moment, distance = self._moment(service, now), int(not service.local)
            somebody = int(service.kind != "person")
            near = (moment, distance) if need in URGENT else (distance, somebody, moment)
            return (_doubt(service, role, age), *near)

        left = (service for service in fitting if service.id not in replaced)
        return tuple(service.id for service in sorted(left, key=rank)[:limit])

    def may_ask(self, service: str, role: str) -> bool:
        """Whether somebody of a role may ask for a service, or only others for them."""
        found = self.services.get(service)
        return found is not None and bool(found.applicants & ASKING[role])

    def has_local(self, need: str, place: str, today: date) -> bool:
        """Whether any entry of a municipality's own serves a need, whoever may use it."""
        entries = (service for service in self._by_need.get(need, ()) if service.local)
        return any(self.covers(service, place, today) for service in entries)

    def meets(self, names: Iterable[str], place: str, today: date) -> bool:
        """Whether any of these services is more than a site, as it is in a municipality."""
        entries = (self.service(name, place, today) for name in names)
        return any(entry.meets for entry in entries if entry)

    def advise(self, answers: Mapping[str, str], today: date) -> tuple[tuple[str, Advice], ...]:
        """Return what to do about each scheme for a household, with the service to show for it.

        That is the entry of the person's own municipality, if there is one. A scheme whose service
        was withdrawn is left out. ``answers`` as in :data:`bot.schemes.ANSWERS`.
        """
        place = answers.get("place", "")
        here = self.places.current(place, today) if place else ""
        household = replace(Household.of(answers), place=here)
        all_ = self.schemes.all
        advices = advise(household, all_.values(), self.norms(today), today)
        shown = [(self._entry(all_[a.scheme], household.place, today), a) for a in advices]
        return tuple((service, advice) for service, advice in shown if service)

    def _entry(self, scheme: Scheme, place: str, today: date) -> str:
        """Return the service that stands for a scheme here; empty when it was withdrawn."""
        for name in (*self._instead_of.get(scheme.id, ()), scheme.id):
            service = self.service(name, place, today)
            if service and service.active and self.covers(service, place, today):
                return name
        return ""

    def scheme(self, service: Service) -> Scheme | None:
        """Return the scheme that a service is, nationally or at one place."""
        return self.schemes.all.get(service.id) or self.schemes.all.get(service.instead_of)

    def reachable_now(self, service: str, now: datetime) -> bool:
        """Whether somebody answers now, by phone or chat or at the desk. Unknown hours: no."""
        found = self.services.get(service)
        return found is not None and self.answers(found, now)

    def answers(self, service: Service, now: datetime) -> bool:
        """Whether somebody of this very service answers now."""
        open_now = (_open_at(hours, now, self.holidays) for hours in ways(service))
        return service.active and any(open_now)

    def fact(self, service: str, name: str) -> str | None:
        """Return a fact of a service as it is shown; None when it is unknown or not shown."""
        found = self.services.get(service)
        return found.fact(name) if found else None

    def covers(self, service: Service, place: str, today: date) -> bool:
        """Whether a service serves a municipality today, after any mergers."""
        if not service.local or place in service.area:
            return True
        current = self.places.current
        here = current(place, today) if place else ""
        return bool(here) and any(current(code, today) == here for code in service.area)

    @cached_property
    def _instead_of(self) -> Mapping[str, tuple[str, ...]]:
        local = [service for service in self.services.values() if service.instead_of]
        replaced = {service.instead_of for service in local}
        return {name: tuple(s.id for s in local if s.instead_of == name) for name in replaced}

    @cached_property
    def _by_need(self) -> Mapping[str, tuple[Service, ...]]:
        needs = {need for service in self.services.values() for need in service.needs}
        active = [service for service in self.services.values() if service.active]
        return {need: tuple(s for s in active if need in s.needs) for need in needs}

    def _fits(self, service: Service, role: str, age: str, place: str, now: datetime) -> bool:
        if role and role not in service.roles:
            return False
        if _counts(age, role) and not service.serves_age(age):
            return False
        return self.covers(service, place, now.astimezone(AMSTERDAM).date())

    def _moment(self, service: Service, now: datetime) -> int:
        """0: reachable now; 1: it is known when; 2: unknown."""
        known = [hours for hours in ways(service) if hours is not None]
        if any(_open_at(hours, now, self.holidays) for hours in known):
            return 0
        return 1 if known else 2


def _counts(age: str, role: str) -> bool:
    """Whether an age band says anything: the limits are those of the child, not of a grown-up."""
    return age in BANDS and role in ("", "child")


def _doubt(service: Service, role: str, age: str) -> int:
    """How many roles and age bands that may be this person's a service does not serve."""
    roles = 0 if role else sum(name not in service.roles for name in ROLES)
    if role not in ("", "child"):
        return roles
    if age in BANDS:
        return roles + int(service.maximum_age == BANDS[age][0])  # "tot 18" hardly serves 18
    return roles + sum(not service.serves_age(band) for band in BANDS)


def ways(service: Service) -> tuple[Schedule | None, ...]:
    """Return the hours of each way in which somebody answers: phone or else desk, and chat."""
    desk = (service.schedule,) if service.phones or service.address else ()
    return (*desk, service.chat_schedule) if service.chat else desk


def open_state(schedule: Schedule | None, now: datetime, holidays: frozenset[date]) -> OpenState:
    """Say whether a schedule is open at an aware moment, and until or from when.

    Right over midnight, on holidays and when the clock changes: hours are wall-clock times.
    """
    if schedule is None:
        return OpenState("unknown")
    if schedule.always:
        return OpenState("always")
    yesterday = now.astimezone(AMSTERDAM).date() - timedelta(days=1)
    for start, end in _joined(_spells(schedule, yesterday, HORIZON, holidays)):
        if start <= now < end:
            long = end - now > timedelta(days=HORIZON - 3)
            return OpenState("always") if long else OpenState("open", until=_local(end))
        if now < start:
            return OpenState("closed", opens=_local(start))
    return OpenState("closed")


def _open_at(schedule: Schedule | None, now: datetime, holidays: frozenset[date]) -> bool:
    if schedule is None or schedule.always:
        return schedule is not None
    yesterday = now.astimezone(AMSTERDAM).date() - timedelta(days=1)
    return any(start <= now < end for start, end in _spells(schedule, yesterday, 2, holidays))


def _spells(
    schedule: Schedule, first: date, days: int, holidays: frozenset[date]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield when it is open, in UTC, for openings on a number of days from the first."""
    for day in (first + timedelta(days=n) for n in range(days)):
        for line in schedule.lines:
            shut = line.closed_on_holidays and day in holidays
            if day.weekday() in line.days and not shut:
                last = day if line.closes > line.opens else day + timedelta(days=1)
                yield _moment(day, line.opens), _moment(last, line.closes)


def _moment(day: date, clock: time) -> datetime:
    # In UTC, because times of one zone are compared by the clock, which can stand an hour off.
    return datetime.combine(day, clock, AMSTERDAM).astimezone(UTC)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(AMSTERDAM)


def _joined(spells: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Join openings that touch, so that midnight is not mistaken for closing time."""
    current: tuple[datetime, datetime] | None = None
    for start, end in sorted(spell for spell in spells if spell[0] < spell[1]):
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current


def unconfirmed(directory: Directory, ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each of these services, the shown fields that nobody confirmed.

    A service that does not exist or is not active has nothing that could be confirmed: its id
    comes back with the field ``status``.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in ids:
        service = directory.services.get(name)
        missing = service.unconfirmed if service and service.active else ("status",)
        if missing:
            found[name] = missing
    return found
