"""Who speaks: one language at one moment, and how it says facts, places, days and times.

Pure. Dates, times and names of days and languages come from CLDR through Babel; every other word
is in ``conversations/words/service.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names
from babel.lists import format_list
from babel.numbers import format_currency, format_percent

from bot.directory import AMSTERDAM, Directory, Hours, OpenState, Schedule, Service
from bot.schemes import Household, threshold

if TYPE_CHECKING:
    from bot.catalog import Catalog

DUTCH = "nl"
LEFT_TO_RIGHT, FIRST_STRONG, POP = "\u2066", "\u2068", "\u2069"
LOCALES = {"en": "en_GB"}
"""Which English, say: the spelling of dates that is used nearest to the Netherlands."""

NORM = "norm"
NORM_FACTS = ("amount", "note")
"""``{norm.amount}`` and ``{norm.note}``: the amount to ask a household about, and what it is."""

CLOCK = "HH:mm"
"""24 hours in every language, as on every sign in the Netherlands: 9:00 is read in two ways."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A language, at a moment, speaking to somebody of whom a little is known."""

    catalog: Catalog
    directory: Directory
    language: str
    now: datetime
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def rtl(self) -> bool:
        """Whether this language is written from right to left."""
        return self.catalog.direction(self.language) == "rtl"

    def word(self, name: str, **values: str) -> str:
        """Say a word of the card."""
        return self.catalog.say(self.language, f"service.{name}", values.get)

    def scheme_word(self, name: str, /, **values: str) -> str:
        """Say a word of the scheme check."""
        return self.catalog.say(self.language, f"schemes.{name}", values.get)

    def told(self, service: Service, name: str) -> str:
        """Say a text of a service; empty when it has none."""
        if name not in service.texts:
            return ""
        key = self.text_key(service, name)
        return self.catalog.say(self.language, key, lambda fact: self.fact(fact, service.id))

    def text_key(self, service: Service, name: str) -> str:
        """Return the key of a text of a service, as it is said to this person."""
        return service.text("how_adult" if name == "how" and self.to_adult(service) else name)

    def means(self, service: Service) -> str:
        """Say what a Dutch name is called in this language; nothing where that is the name."""
        key = f"service.{service.id}.name"
        if not self.catalog.has(key) or self.catalog.find(DUTCH, key).forms != (service.name,):
            return ""
        said = self.catalog.say(self.language, key)
        return "" if said == service.name else said

    def title(self, service: Service) -> str:
        """Name a service, with what the name means beside it for who reads no Dutch."""
        name, means = self.apart(service.name), self.means(service)
        return f"{name} ({means})" if means else name

    def whereabouts(self, service: Service) -> str:
        """Say where a service is: in words of this language, or a street as it stands on a door."""
        key = f"service.{service.id}.address"
        described = self.catalog.has(key) and self.catalog.find(DUTCH, key).forms
        if described == (service.address,):
            return self.catalog.say(self.language, key)
        return self.plain(service.address)

    def to_adult(self, service: Service) -> bool:
        """Whether this person is told how it goes in the words for adults."""
        return "how_adult" in service.texts and self._to_an_adult

    def fact(self, name: str, own: str = "") -> str:
        """Return the value of a placeholder such as ``kindertelefoon.phone``, or ``phone``."""
        owner, _, fact = name.rpartition(".")
        if owner == NORM:
            return _norm(self, fact) or self.word("unknown")
        service = self.service(owner or own)
        if service and service.active and fact == "hours":
            return say_hours(self, service.schedule) or self.word("hours_unknown")
        return (service.fact(fact) if service else None) or self.word("unknown")

    def service(self, name: str) -> Service | None:
        """Return a service as it is where this person lives."""
        return self.directory.service(name, self.answers.get("place", ""), self._today)

    def key(self, key: str) -> str:
        """Return the key under which a text is said where this person lives."""
        edition = self.directory.edition(self.answers.get("place", ""), self._today)
        return edition.texts.get(key, key)

    @property
    def _to_an_adult(self) -> bool:
        return self.answers.get("role") in ("parent", "helper")

    @property
    def _today(self) -> date:
        return self.now.astimezone(AMSTERDAM).date()

    def plain(self, text: str) -> str:
        """Keep an address or number in its own direction inside a right-to-left text."""
        return f"{LEFT_TO_RIGHT}{text}{POP}" if self.rtl and text else text

    def apart(self, text: str) -> str:
        """Keep a name in the direction of its own letters inside a right-to-left text."""
        return f"{FIRST_STRONG}{text}{POP}" if self.rtl and text else text

    def dutch(self) -> Voice:
        """Return the same voice, speaking Dutch."""
        return Voice(self.catalog, self.directory, DUTCH, self.now, self.answers)


def _norm(voice: Voice, fact: str) -> str:
    """Say the one amount that this household is asked about, or what it is and since when."""
    household, norms = Household.of(voice.answers), voice.directory.schemes.norms
    found = threshold(household, norms, voice.now.astimezone(AMSTERDAM).date())
    if found is None:
        return ""
    if fact == "amount":
        # Whole euros, upwards: nobody knows their income to the cent.
        return money(voice.language, -(-found.cents // 100) * 100)
    return voice.scheme_word(
        "norm_note_expired" if found.expired else "norm_note",
        pct=percent(voice.language, found.pct),
        basis=voice.scheme_word(f"basis_{found.basis}"),
        date=long_date(voice.language, found.start),
    )


def place_name(voice: Voice, value: str) -> str:
    """Return the name of a municipality for its code; anything else as it is."""
    town = voice.directory.places.municipalities.get(value)
    return town.name if town else value


def say_state(voice: Voice, state: OpenState) -> str:
    """Say whether it is open at this moment, and until or from when."""
    if state.kind == "always":
        return voice.word("open_always")
    if state.kind == "unknown":
        return voice.word("hours_unknown")
    if state.until:
        return _until(voice, state.until)
    return _opens(voice, state.opens) if state.opens else voice.word("closed")


def _until(voice: Voice, until: datetime) -> str:
    clock = _clock(voice.language, until.time())
    if until - voice.now <= timedelta(hours=20):
        return voice.word("open_until", time=clock)
    return voice.word("open_until_day", day=_day(voice, until.date()), time=clock)


def _opens(voice: Voice, opens: datetime) -> str:
    clock = _clock(voice.language, opens.time())
    days = (opens.date() - voice.now.astimezone(AMSTERDAM).date()).days
    if days < 2:
        return voice.word("opens_tomorrow" if days else "opens_today", time=clock)
    return voice.word("opens_day", day=_day(voice, opens.date()), time=clock)


def _day(voice: Voice, day: date) -> str:
    """Name a day: its weekday, with the date when that could be mistaken for this week's."""
    near = (day - voice.now.astimezone(AMSTERDAM).date()).days < 7
    return format_date(day, "EEEE" if near else "EEEE d MMMM", locale=locale_of(voice.language))


def say_hours(voice: Voice, schedule: Schedule | None) -> str:
    """Say a whole schedule; empty when it is unknown."""
    if schedule is None:
        return ""
    if schedule.always:
        return voice.word("always")
    return ", ".join(_hours_of(voice, line) for line in schedule.lines)


def _hours_of(voice: Voice, line: Hours) -> str:
    said = voice.word(
        "hours_line",
        days=_days(voice, sorted(line.days)),
        opens=_clock(voice.language, line.opens),
        closes=_clock(voice.language, line.closes),
    )
    return voice.word("no_holidays", hours=said) if line.closed_on_holidays else said


def _days(voice: Voice, days: list[int]) -> str:
    if len(days) == 7:
        return voice.word("daily")
    locale = locale_of(voice.language)
    names = get_day_names("wide", locale=locale)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return voice.word("days_range", first=names[days[0]], last=names[days[-1]])
    return format_list([names[day] for day in days], locale=locale)


def iso(moment: datetime | None) -> str | None:
    """Write a moment for machines."""
    return moment.isoformat() if moment else None


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Return the locale of a language; Dutch when CLDR does not know it."""
    try:
        return Locale.parse(LOCALES.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DUTCH)


@lru_cache(maxsize=1024)
def _clock(language: str, clock: time) -> str:
    return format_time(clock, CLOCK, locale=locale_of(language))


@lru_cache(maxsize=1024)
def long_date(language: str, day: date) -> str:
    """Write a date in full."""
    return format_date(day, "long", locale=locale_of(language))


def money(language: str, cents: int) -> str:
    """Write an amount in euros as a language does, without cents when there are none.

    Beside Arabic it stands as on Dutch paper: "€ 1.598" is what the bank and the form show.
    """
    locale = locale_of(language)
    if locale.text_direction == "rtl":
        locale = locale_of(DUTCH)
    pattern = locale.currency_formats["standard"].pattern
    if cents % 100 == 0:
        pattern = pattern.replace(".00", "")
    return format_currency(cents / 100, "EUR", pattern, locale=locale, currency_digits=False)


def percent(language: str, pct: int) -> str:
    """Write a percentage as a language does."""
    return format_percent(pct / 100, locale=locale_of(language))


def language_name(language: str, code: str) -> str:
    """Name a language in a language; in Dutch when CLDR has no such name."""
    name = locale_of(language).languages.get(code) or Locale.parse(DUTCH).languages.get(code)
    return name or code
