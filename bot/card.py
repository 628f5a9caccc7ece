"""A service in words: as a card, as the first line in danger, as a help card to keep.

Pure. Each is told twice: in lines of text for any channel, and as plain data for JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from babel.lists import format_list

from bot.directory import TEXTS, OpenState, Schedule, Service, open_state, ways
from bot.scheme_card import About, about
from bot.schemes import KINDS
from bot.voice import (
    DUTCH,
    Voice,
    iso,
    language_name,
    locale_of,
    long_date,
    place_name,
    say_hours,
    say_state,
)


def tell(
    voice: Voice, service: Service, part: str, said: Collection[str] = ()
) -> tuple[str, Mapping[str, object]]:
    """Return a service as text and as data. ``part`` as in :class:`bot.engine.session.Shown`.

    ``said`` is what the reply has told of all its schemes already, so that no card repeats it.
    """
    if part in KINDS:
        voice = _of_a_parent(voice)
    told = _facts(voice, service)
    scheme = about(voice, service, part).without(said)
    if part in KINDS:
        lines = _scheme(voice, told, scheme)
    else:
        lines = {"first": _first, "card": _card}.get(part, _whole)(voice, service, told)
    return "\n".join(line for line in lines if line), {**told.data(voice, part), **scheme.data()}


def _of_a_parent(voice: Voice) -> Voice:
    """Return the voice that speaks to an adult: children are not asked about the household."""
    return replace(voice, answers={"role": "parent", **voice.answers})


@dataclass(frozen=True, slots=True)
class _Told:
    """A service in words. ``phone_now`` and ``chat_now`` say whether each answers."""

    service: Service
    texts: Mapping[str, str]
    dutch: Mapping[str, str]
    state: OpenState
    phone_state: OpenState
    chat_state: OpenState
    now: str
    phone_now: str
    chat_now: str
    hours: str
    chat_hours: str
    opening: str
    cost: str
    languages: str
    status: str
    area: str
    card: str

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(phone.number for phone in self.service.phones)

    @property
    def chat_first(self) -> bool:
        """Whether the chat is the way to name first: somebody answers there and not by phone."""
        if not self.service.chat:
            return False
        return not self.numbers or (bool(self.chat_state.is_open) and not self.phone_state.is_open)

    def data(self, voice: Voice, part: str) -> Mapping[str, object]:
        """Return plain data. Empty text: there is none. ``open`` and ``free`` are null when nobody
        knows; ``unsure`` then says so for all of it in one line.
        """
        service, standing = self.service, self.service.standing()
        opening = {"until": iso(self.state.until), "opens": iso(self.state.opens)}
        return {
            "id": service.id,
            "part": part,
            "kind": service.kind,
            "card": self.card,
            "name": service.name,
            "means": voice.means(service),
            **self.texts,
            "say_dutch": self.dutch.get("say", ""),
            "dutch": dict(self.dutch),
            "phone": self.numbers[0] if self.numbers else "",
            "phones": list(self.numbers),
            "chat": service.chat,
            "url": service.url,
            "address": voice.whereabouts(service),
            "open": self.state.is_open,
            **opening,
            "now": self.now,
            "phone_now": self.phone_now,
            "chat_now": self.chat_now,
            "chat_first": self.chat_first,
            "hours": self.opening,
            "chat_hours": self.chat_hours,
            "cost": self.cost,
            "free": {"free": True, "charged": False}.get(service.cost),
            "languages": self.languages,
            "language_codes": list(service.languages),
            "area": self.area,
            # Of money one asks for, nobody wonders at which hours it is open or what it costs.
            "unsure": ""
            if part in KINDS
            else _unsure(voice, self, hours=self.state.is_open is None and service.meets),
            "confirmed": standing.confirmed,
            "status": self.status,
        }


def _facts(voice: Voice, service: Service) -> _Told:
    holidays = voice.directory.holidays
    phone = open_state(service.schedule, voice.now, holidays)
    chat = open_state(service.chat_schedule, voice.now, holidays)
    state = _best(open_state(hours, voice.now, holidays) for hours in ways(service))
    dutch = voice.dutch() if voice.language != DUTCH else None
    return _Told(
        service=service,
        texts={name: voice.told(service, name) for name in TEXTS},
        dutch={name: dutch.told(service, name) for name in TEXTS} if dutch else {},
        state=state,
        phone_state=phone,
        chat_state=chat,
        now=say_state(voice, state),
        phone_now=say_state(voice, phone) if service.phones else "",
        chat_now=say_state(voice, chat) if service.chat else "",
        hours=say_hours(voice, service.schedule),
        chat_hours=say_hours(voice, service.chat_schedule),
        opening=_opening(voice, service, phone, chat),
        cost=voice.word(service.cost or "cost_unknown"),
        languages=_languages(voice, service),
        status=status_of(voice, service),
        area=_area(voice, service),
        card=_card_id(voice, service),
    )


def _card_id(voice: Voice, service: Service) -> str:
    """Name the card to print: the service, and only where they matter, place and who reads it."""
    differs = service is not voice.directory.services.get(service.id)
    place = voice.answers.get("place", "") if differs else ""
    adult = "+adult" if voice.to_adult(service) else ""
    return f"{service.id}{adult}{'@' if place else ''}{place}"


def _opening(voice: Voice, service: Service, phone: OpenState, chat: OpenState) -> str:
    """Say when each way answers, now and always, in one line."""
    by_phone = _state_and_hours(voice, phone, service.schedule)
    by_chat = _state_and_hours(voice, chat, service.chat_schedule)
    if not service.chat or by_phone == by_chat:
        return by_phone
    if not service.phones:
        return by_chat
    return _joined(voice.word("by_phone", hours=by_phone), voice.word("by_chat", hours=by_chat))


def _state_and_hours(voice: Voice, state: OpenState, schedule: Schedule | None) -> str:
    now = say_state(voice, state)
    known = schedule is not None and not schedule.always
    return f"{now} ({say_hours(voice, schedule)})" if known else now


def _best(states: Iterable[OpenState]) -> OpenState:
    """Return the state of the way that answers soonest; unknown only when nothing is known."""
    order = {"always": 0, "open": 1, "closed": 2, "unknown": 3}

    def soon(state: OpenState) -> tuple[int, float, float]:
        until = -state.until.timestamp() if state.until else 0.0
        opens = state.opens.timestamp() if state.opens else float("inf")
        return (order[state.kind], until, opens)

    return min(states, key=soon, default=OpenState("unknown"))


def _whole(voice: Voice, service: Service, told: _Told) -> Iterator[str]:
    """A card: name, what, who, how, hours now, cost, language, how sure."""
    yield voice.title(service)
    yield _person(voice, service)
    yield from (told.texts[name] for name in ("gives", "who", "how"))
    yield from _reach(voice, told)
    yield _hours_line(voice, told)
    yield _chat_hours_line(voice, told)
    yield _known(told)
    known = told.numbers or service.chat or service.schedule
    yield _unsure(voice, told, hours=service.meets and not known)
    yield told.status


def _scheme(voice: Voice, told: _Told, scheme: About) -> Iterator[str]:
    """A scheme: whether it fits, what asking can cost, and then what it is and how to ask."""
    yield voice.title(told.service)
    yield from (scheme.fit, scheme.warning, scheme.advice, scheme.residence)
    yield from (told.texts["gives"], told.texts["who"], scheme.applies, told.texts["how"])
    yield from _reach(voice, told)
    yield scheme.papers or _labelled(voice, "card_bring", told.texts["bring"])
    yield from (scheme.amounts, scheme.limit, scheme.savings, told.status)


def _first(voice: Voice, service: Service, told: _Told) -> Iterator[str]:
    """The line of danger: the number alone, whose it is, what happens, language, one sentence."""
    if told.chat_first:
        yield voice.word("first_chat", chat=service.chat)
        yield _joined(voice.title(service), told.chat_now)
    elif told.numbers:
        yield voice.word("first_call", phone=told.numbers[0])
        yield _joined(voice.title(service), told.phone_now)
    else:
        yield voice.title(service)
        yield from _reach(voice, told)
    yield told.texts["after"]
    yield _known(told)
    if told.dutch.get("say"):
        yield voice.word("first_dutch", text=told.dutch["say"])
    yield told.status


def _card(voice: Voice, service: Service, told: _Told) -> Iterator[str]:
    """A help card, in the person's language and, to show at a desk, in Dutch."""
    yield voice.word("card_show")
    yield from _card_lines(voice, service, told)
    yield _known(told)
    yield _unsure(voice, told, hours=False)
    yield told.status
    if voice.language != DUTCH:
        dutch = voice.dutch()
        yield voice.word("card_dutch")
        lines = _card_lines(dutch, service, _facts(dutch, service))
        yield from (voice.plain(line) for line in lines if line)


def _card_lines(voice: Voice, service: Service, told: _Told) -> Iterator[str]:
    yield voice.title(service)
    yield _person(voice, service)
    scheme = about(voice, service, "card")
    yield from (scheme.warning, scheme.advice, scheme.residence)
    yield _labelled(voice, "card_ask", told.texts["gives"])
    yield _labelled(voice, "card_how", told.texts["how"])
    ways = (*told.numbers, *dict.fromkeys((service.chat, service.url)))
    where = (voice.whereabouts(service), *(voice.plain(way) for way in ways))
    yield _labelled(voice, "card_where", _joined(*where))
    unknown = voice.word("hours_unknown") if service.meets else ""
    yield _labelled(voice, "card_when", told.hours or told.chat_hours or unknown)
    yield _labelled(voice, "card_bring", told.texts["bring"])
    yield _labelled(voice, "card_say", told.texts["say"])


def _person(voice: Voice, service: Service) -> str:
    """Say that a human being is meant, for whom one can ask by name."""
    return voice.word("person", who=service.name) if service.kind == "person" else ""


def _labelled(voice: Voice, name: str, text: str) -> str:
    return voice.word(name, text=text) if text else ""


def _reach(voice: Voice, told: _Told) -> Iterator[str]:
    service = told.service
    if told.numbers:
        numbers = [voice.plain(number) for number in told.numbers]
        phone = format_list(numbers, style="or", locale=locale_of(voice.language))
        yield _joined(voice.word("call", phone=phone), told.phone_now)
    if service.chat:
        yield _joined(voice.word("chat", chat=service.chat), told.chat_now)
    if service.url and service.url != service.chat:
        yield voice.word("site", url=service.url)
    if service.address:
        yield voice.word("address", address=voice.whereabouts(service))


def _hours_line(voice: Voice, told: _Told) -> str:
    """The hours; with the state of this moment where no phone or chat has told it already."""
    schedule = told.service.schedule
    if told.numbers or told.service.chat:
        known = schedule is not None and not schedule.always
        return voice.word("hours", hours=told.hours) if known else ""
    return voice.word("hours", hours=told.opening) if schedule else ""


def _chat_hours_line(voice: Voice, told: _Told) -> str:
    schedule = told.service.chat_schedule
    if schedule is None or schedule.always or told.chat_hours == told.hours:
        return ""
    return voice.word("chat_hours", hours=told.chat_hours)


def _known(told: _Told) -> str:
    """What it costs and which languages they speak, as far as it is known."""
    return _joined(
        told.cost if told.service.cost else "", told.languages if told.service.languages else ""
    )


def _unsure(voice: Voice, told: _Told, *, hours: bool) -> str:
    """One line for all that nobody knows, so that a card does not become a list of doubts.

    A site alone has no hours; the help card tells unknown hours in its own line.
    """
    unknown = {
        "hours": hours,
        "cost": not told.service.cost,
        "language": not told.service.languages,
    }
    names = [voice.word(f"unsure_{name}") for name, is_so in unknown.items() if is_so]
    locale = locale_of(voice.language)
    return voice.word("unsure", what=format_list(names, locale=locale)) if names else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def status_of(voice: Voice, service: Service) -> str:
    """Say how it was confirmed and when, or how old its sources are: phoned is phoned alone."""
    standing = service.standing()
    if standing.confirmed and standing.day:
        name = f"confirmed_{standing.how or 'some'}"
        return voice.word(name, date=long_date(voice.language, standing.day))
    if standing.year is None:
        return voice.word("unconfirmed_undated")
    name = "unconfirmed_older" if standing.undated else "unconfirmed"
    return voice.word(name, year=str(standing.year))


def _area(voice: Voice, service: Service) -> str:
    if not service.local:
        return voice.word("national")
    return ", ".join(place_name(voice, code) for code in sorted(service.area))


def _languages(voice: Voice, service: Service) -> str:
    if not service.languages:
        return voice.word("speaks_unknown")
    names = [language_name(voice.language, code) for code in service.languages]
    return voice.word("speaks", languages=format_list(names, locale=locale_of(voice.language)))
