"""A help card as a sheet to print or to show: each line in the person's language and in Dutch.

Pure. Nothing on it depends on the hour, since paper is read later. What is not translated yet
stands in Dutch alone, or in the language in which it was found; every text says which that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from babel.lists import format_list

from bot.card import status_of
from bot.directory import Service
from bot.scheme_card import about
from bot.voice import DUTCH, Voice, language_name, locale_of, long_date, say_hours

LINES = ("careful", "gives", "who", "how", "when", "bring", "say", "cost", "languages", "sure")


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and the language that it is really in."""

    text: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet: its label, and what it says."""

    label: Said
    text: Said


@dataclass(frozen=True, slots=True)
class Pair:
    """The same line in the person's language and in Dutch; without ``own`` there is only Dutch."""

    name: str
    own: Line | None
    dutch: Line


@dataclass(frozen=True, slots=True)
class Sheet:
    """One service. Numbers, addresses and links read the same in every language.

    ``partly`` says that something stands here in another language than was asked for.
    """

    name: str
    means: Said | None
    phones: tuple[str, ...]
    links: tuple[str, ...]
    address: str
    address_own: Said | None
    pairs: tuple[Pair, ...]
    partly: bool


def sheet(voice: Voice, service: Service) -> Sheet:
    """Return the sheet of a service, in the language of a voice and in Dutch."""
    dutch = _lines(voice.dutch(), service)
    own = _lines(voice, service) if voice.language != DUTCH else {}
    translated = {name: line for name, line in own.items() if line.text.language != DUTCH}
    exact = [n for n, line in own.items() if line.text.language == voice.language]
    return Sheet(
        name=service.name,
        means=_means(voice, service),
        phones=tuple(phone.number for phone in service.phones),
        links=tuple(dict.fromkeys(link for link in (service.chat, service.url) if link)),
        address=service.address,
        address_own=_address(voice, service),
        pairs=tuple(Pair(name, translated.get(name), line) for name, line in dutch.items()),
        partly=len(exact) < len(own),
    )


def _means(voice: Voice, service: Service) -> Said | None:
    """Return what a Dutch name means, for who reads no Dutch."""
    text = voice.means(service)
    return _said(voice, text, f"service.{service.id}.name") if text else None


def _address(voice: Voice, service: Service) -> Said | None:
    """Return an address in words in the person's language; nothing where it is a street."""
    text = voice.whereabouts(service)
    if voice.plain(service.address) == text:
        return None
    return _said(voice, text, f"service.{service.id}.address")


def word(voice: Voice, name: str, **values: str) -> Said:
    """Say a word of the sheet."""
    return _said(voice, voice.catalog.say(voice.language, f"kaart.{name}", values.get), name)


def made_on(voice: Voice) -> Said:
    """Say of which day the sheet is."""
    return word(voice, "made", date=long_date(voice.language, voice.now.date()))


def _lines(voice: Voice, service: Service) -> Mapping[str, Line]:
    """Return every line that there is, by its name; the same names in every language."""
    texts = dict(_texts(voice, service))
    return {name: Line(word(voice, name), texts[name]) for name in LINES if name in texts}


def _texts(voice: Voice, service: Service) -> Iterator[tuple[str, Said]]:
    scheme = about(voice, service, "card")
    if careful := " ".join(filter(None, (scheme.warning, scheme.advice, scheme.residence))):
        yield "careful", _said(voice, careful, "schemes.risk_unknown")
    for name in ("gives", "who", "how", "bring", "say"):
        if text := voice.told(service, name):
            yield name, _said(voice, text, voice.text_key(service, name))
    hours = say_hours(voice, service.schedule) or say_hours(voice, service.chat_schedule)
    yield "when", _said(voice, hours or voice.word("hours_unknown"), "service.hours_unknown")
    if service.cost:
        yield "cost", _said(voice, voice.word(service.cost), f"service.{service.cost}")
    if service.languages:
        names = [language_name(voice.language, code) for code in service.languages]
        said = format_list(names, locale=locale_of(voice.language))
        yield "languages", Said(said, voice.language, voice.catalog.direction(voice.language))
    yield "sure", _said(voice, status_of(voice, service), "service.unconfirmed")


def _said(voice: Voice, text: str, key: str) -> Said:
    key = key if "." in key else f"kaart.{key}"
    language = voice.catalog.find(voice.language, key).language
    return Said(text, language, voice.catalog.direction(language))
