"""The proof that nobody leaves empty-handed: an abstract walk over every script.

For each kind of person (role, age band, what is known), class of place and moment of the week,
every path of every conversation must show help that exists, that this person may use, and that is
open or says how it is reached. For danger, no food and no bed tonight, only what can be reached at
that very moment counts.

The walk uses the engine itself. Its size is tamed by what cannot matter: moments at which the same
services are reachable are one moment, places without entries of their own are one place, and
persons for whom every search of a script has the same outcome are one person. A test shows that
the result equals brute force on a small set. Nothing here reads the calendar's year: what holds,
holds at every date, on holidays too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.catalog import PLACEHOLDER, SOURCE
from bot.content import households
from bot.content.households import NOBODY, Households
from bot.content.load import Content
from bot.content.strict import problem
from bot.content.ways import ARROW, Pressed, Way, Words
from bot.directory import BANDS, URGENT, Directory, Schedule, Service, ways
from bot.engine.model import (
    Ask,
    Card,
    Condition,
    Conversation,
    Danger,
    Find,
    Release,
    Run,
    Step,
    Target,
    When,
    targets,
)
from bot.engine.session import Item, Position, Session, Shown
from bot.engine.turn import first_line
from bot.engine.walk import ASKS, Walk, part_of_week
from bot.schemes import Advice

ROLES = ("", "child", "parent", "helper")
AGES = ("", *BANDS)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2029, 3, 5)
"""An ordinary week without holidays or a change of the clock; any would do."""


class Person(NamedTuple):
    """What is true of somebody. They may have said it, or say it, or keep it to themselves."""

    role: str
    age: str
    place: str


class Outcome(NamedTuple):
    """What a search finds: its services, whether one counts as help, and whether it does now.

    ``mine``: whether this person may ask for the first of them.
    """

    found: tuple[str, ...]
    help: bool
    now: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A path that ends without help."""

    conversation: str
    person: Person
    known: bool
    moment: datetime
    path: Way
    urgent: bool

    @property
    def positions(self) -> tuple[Position, ...]:
        """The steps on the path, without the buttons."""
        return tuple(move for move in self.path if isinstance(move, Position))


@dataclass(frozen=True, slots=True)
class Proof:
    """The result: gaps are problems; ``fallbacks`` names searches with no answer of their own."""

    gaps: tuple[Gap, ...]
    dangers: tuple[str, ...]
    fallbacks: tuple[str, ...]
    walks: int
    schemes: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


class Week:
    """The moments of a week that differ, and what is reachable at each."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.holidays = frozenset(MONDAY + timedelta(days=7 + n) for n in range(7))
        self.moments = tuple(self._moments())

    def _moments(self) -> Iterator[datetime]:
        """Yield one moment per interval, in an ordinary week and in one of holidays only."""
        own = (s for e in self.directory.editions.values() for s in e.services.values())
        services = [*self.directory.services.values(), *own]
        clocks = {time(0), time(9), time(17), time(22)}
        clocks |= {t for s in services for way in ways(s) for t in _clocks(way)}
        for day in range(14):
            for clock in sorted(clocks):
                yield datetime.combine(MONDAY + timedelta(days=day), clock, AMSTERDAM)

    @cached_property
    def release_directory(self) -> Directory:
        """The directory with the second week declared as holidays."""
        return replace(self.directory, holidays=self.holidays)


def _clocks(schedule: Schedule | None) -> Iterator[time]:
    for line in schedule.lines if schedule else ():
        yield line.opens
        yield line.closes


class Table:
    """Every search of the directory, tabulated per need, person and kind of moment."""

    def __init__(self, directory: Directory, week: Week) -> None:
        self.directory = directory
        self.week = week
        self.household = NOBODY
        self._memo: dict[tuple[object, ...], Outcome] = {}
        self._answered: dict[tuple[tuple[str, ...], datetime], tuple[bool, bool]] = {}

    @property
    def holidays(self) -> frozenset[date]:
        """The holidays, as the engine asks for them."""
        return self.directory.holidays

    def find(
        self, need: str, *, role: str, age: str, place: str, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Answer as the directory does."""
        return self.outcome(need, Person(role, age, place), now, limit).found

    def advise(self, answers: Mapping[str, str], today: date) -> tuple[tuple[str, Advice], ...]:
        """Answer what the household that walks gets, whatever it was asked."""
        return self.household.advices

    def reachable_now(self, service: str, now: datetime) -> bool:
        """Answer as the directory does."""
        return service in self._reachable(now)

    def may_ask(self, service: str, role: str) -> bool:
        """Answer as the directory does."""
        return self.directory.may_ask(service, role)

    def has_local(self, need: str, place: str, today: date) -> bool:
        """Answer as the directory does."""
        return self.directory.has_local(need, place, today)

    def meets(self, names: Iterable[str], place: str, today: date) -> bool:
        """Answer as the directory does."""
        return self.directory.meets(names, place, today)

    def outcome(self, need: str, person: Person, now: datetime, limit: int) -> Outcome:
        """Return what a search finds for a person at a moment."""
        kind = self.kind(need, now)
        near = person.place if person.place in self.local(need) else bool(person.place)
        key = (need, person.role, person.age, near, kind, limit)
        if key not in self._memo:
            found = self.directory.find(
                need, role=person.role, age=person.age, place=person.place, now=now, limit=limit
            )
            self._memo[key] = Outcome(
                found,
                any(self.helps(service, now) for service in found),
                any(self.reachable_now(service, now) for service in found),
                bool(found) and self.may_ask(found[0], person.role),
            )
        return self._memo[key]

    def answered(self, names: tuple[str, ...], now: datetime) -> tuple[bool, bool]:
        """Return whether one of some services is help at all, and whether one answers now."""
        key = (names, now)
        if key not in self._answered:
            some = any(self.helps(name, now) for name in names)
            self._answered[key] = some, any(self.reachable_now(name, now) for name in names)
        return self._answered[key]

    def helps(self, name: str, now: datetime) -> bool:
        """Whether a service exists and is open, says when it opens, or needs no hours at all."""
        service = self.directory.services.get(name)
        if service is None or not service.active:
            return False
        if service.url or not (service.phones or service.chat):
            return True
        return any(schedule is not None for schedule in ways(service))

    @cache  # noqa: B019  (a table lives as long as one proof)
    def local(self, need: str) -> frozenset[str]:
        """Return the municipalities with entries of their own for a need."""
        local = (self.directory.services[name] for name in self._of(need))
        codes = frozenset(code for service in local if service.local for code in service.area)
        return codes | frozenset(code for code, _ in self._own(need))

    @cache  # noqa: B019
    def kind(self, need: str, now: datetime) -> frozenset[str]:
        """Return which services of a need can be reached: moments with the same are the same."""
        answering = self.directory.answers
        own = (f"{s.id} {code}" for code, s in self._own(need) if answering(s, now))
        return (self._of(need) & self._reachable(now)) | frozenset(own)

    @cache  # noqa: B019
    def _own(self, need: str) -> tuple[tuple[str, Service], ...]:
        """Return the services of a need that a municipality describes otherwise, with its code."""
        editions = self.directory.editions.items()
        pairs = ((code, service) for code, e in editions for service in e.services.values())
        return tuple((code, service) for code, service in pairs if need in service.needs)

    @cache  # noqa: B019
    def _of(self, need: str) -> frozenset[str]:
        services = self.directory.services.values()
        return frozenset(s.id for s in services if s.active and need in s.needs)

    @cache  # noqa: B019
    def _reachable(self, now: datetime) -> frozenset[str]:
        services = self.directory.services
        return frozenset(name for name in services if self.directory.reachable_now(name, now))


@dataclass
class Prover:
    """Walks every conversation for everybody, and gathers gaps and fallbacks."""

    content: Content
    gaps: list[Gap] = field(default_factory=list)
    fallbacks: set[str] = field(default_factory=set)
    walks: int = 0

    def __post_init__(self) -> None:
        self.week = Week(self.content.release.directory)
        self.table = Table(self.week.release_directory, self.week)
        self.households = Households(self.content.release)
        self._signatures: dict[object, tuple[tuple[bool, ...], ...]] = {}
        self._quotes: dict[str, tuple[str, ...]] = {}
        directory: Any = self.table
        self.release: Release = replace(self.content.release, directory=directory)

    def prove(self) -> Proof:
        """Return the whole result."""
        for conversation in self.release.conversations.values():
            for entry in self._entries(conversation):
                self._conversation(conversation, entry)
        dangers = tuple(self._dangers())
        moment = self.week.moments[0]
        schemes = households.problems(
            self.households, lambda service: self.table.helps(service, moment)
        )
        return Proof(
            gaps=tuple(self.gaps),
            dangers=dangers,
            fallbacks=tuple(sorted(self.fallbacks)),
            walks=self.walks,
            schemes=tuple(schemes),
            empty=tuple(self._empty()),
        )

    def gaps_of(self, name: str) -> tuple[Gap, ...]:
        """Return the gaps of one conversation."""
        conversation = self.release.conversations[name]
        for entry in self._entries(conversation):
            self._conversation(conversation, entry)
        return tuple(self.gaps)

    def _empty(self) -> Iterator[str]:
        """Where a search finds nothing, the way goes on to help.

        As the directory is, it may never be empty. So each of these ways is walked by itself: what
        it was for would only be seen on the day on which it is needed.
        """
        self.table.household = NOBODY
        words = Words(self.content)
        for conversation in self.release.conversations.values():
            for step in conversation.steps.values():
                # Who finds which schemes is known of every household; those walks are whole.
                if isinstance(step, Find) and step.need:
                    way = self._helpless(conversation, step)
                    if way is not None:
                        yield self._dead_end(words, conversation, step, way)

    def _dead_end(self, words: Words, conversation: Conversation, step: Step, way: Way) -> str:
        script = self.content.scripts[conversation.id]
        path = filter(None, [words.towards(conversation, step.id), "none", words.way(way)])
        text = (
            f"{step.id}: when nothing is found, the way ends without help (on the way "
            f"{ARROW.join(path)}); let 'none' lead to help, such as run: shared/geen_aanbod"
        )
        return problem(script.file, script.lines.get(step.id, 1), text)

    def _helpless(self, conversation: Conversation, step: Find) -> Way | None:
        """Return a way from an empty search on that ends without help; None when there is none."""
        if step.none.is_end:
            return ()
        name = step.none.conversation or conversation.id
        entry = step.none.step or self.release.conversations[name].start
        before = len(self.gaps)
        for role in self._roles(conversation):
            self._walk(name, entry, Person(role, "", ""), self.week.moments[0], bool(role))
        found = self.gaps[before:]
        del self.gaps[before:]
        return found[0].path if found else None

    def _entries(self, conversation: Conversation) -> Iterable[str]:
        """Where a conversation is entered from outside, its own start first."""
        if self.content.scripts[conversation.id].file.startswith("conversations/shared/"):
            return ()
        release = self.release
        outside = [release.frame.after, release.frame.person, release.frame.start]
        outside += [i.goto for i in release.frame.interrupts.values()]
        for other in release.conversations.values():
            outside += [t for step in other.steps.values() for t in targets(step)]
        here = [t.step for t in outside if t.conversation == conversation.id and t.step]
        return dict.fromkeys([conversation.start, *here])

    def _conversation(self, conversation: Conversation, entry: str) -> None:
        needs = sorted(self._needs(conversation.id, set()))
        for role, age in product(self._roles(conversation), AGES):
            if age and role not in ("", "child"):
                continue
            for (place, moment), known in product(self._different(needs, role, age), (True, False)):
                for household in self.households.of(conversation.id):
                    self.table.household = household
                    self._walk(conversation.id, entry, Person(role, age, place), moment, known)

    def _roles(self, conversation: Conversation) -> Iterable[str]:
        return [role for role in ROLES if not role or role in conversation.roles]

    def _needs(self, name: str, seen: set[str]) -> set[tuple[str, int]]:
        """Every search of a conversation and of the parts it runs."""
        if name in seen:
            return set()
        seen.add(name)
        found: set[tuple[str, int]] = set()
        for step in self.release.conversations[name].steps.values():
            if isinstance(step, Find) and step.need:
                found.add((step.need, step.limit))
            elif isinstance(step, Card):
                found.add((step.need, 2))
            elif isinstance(step, Run):
                found |= self._needs(step.conversation, seen)
            found |= {(name, 1) for name in _asked_about(step)}
        return found

    def _different(
        self, needs: list[tuple[str, int]], role: str, age: str
    ) -> Iterator[tuple[str, datetime]]:
        """Yield one place and moment for each combination of outcomes that differs."""
        seen: set[object] = set()
        own = {code for name, _ in needs for code in self.table.local(_need(name))}
        places = ["", self._anywhere, *sorted(own)]
        for place, (part, moment) in product(places, self._moments(needs)):
            person = Person(role, age, place)
            signature = tuple(self._signature(need, person, moment) for need in needs)
            if (bool(place), part, signature) not in seen:
                seen.add((bool(place), part, signature))
                yield place, moment

    def _moments(self, needs: list[tuple[str, int]]) -> list[tuple[str, datetime]]:
        """Return one moment for each combination of what is reachable and part of the week."""
        different: dict[object, tuple[str, datetime]] = {}
        for moment in self.week.moments:
            part = part_of_week(moment, self.release)
            kinds = tuple(self.table.kind(_need(name), moment) for name, _ in needs)
            different.setdefault((part, kinds), (part, moment))
        return list(different.values())

    @cached_property
    def _anywhere(self) -> str:
        """A municipality with no entries of its own."""
        directory = self.table.directory
        own = {code for service in directory.services.values() for code in service.area}
        own |= set(directory.editions)
        return next(code for code in directory.places.municipalities if code not in own)

    def _signature(
        self, need: tuple[str, int], person: Person, now: datetime
    ) -> tuple[tuple[bool, ...], ...]:
        """What a search gives with each part of the truth told or kept back."""
        name, limit = need
        key = (need, person, self.table.kind(_need(name), now))
        if key not in self._signatures:
            persons = [Person(*told) for told in product(*((value, "") for value in person))]
            found = [self.table.outcome(_need(name), one, now, limit) for one in persons]
            self._signatures[key] = tuple(
                (f.mine,) if name.startswith(ASKS) else (bool(f.found), f.help, f.now)
                for f in found
            )
        return self._signatures[key]

    def _walk(self, name: str, entry: str, person: Person, moment: datetime, known: bool) -> None:
        """Walk every path of a conversation for one person; each state is visited once."""
        self.walks += 1
        pairs = zip(Person._fields, person, strict=True)
        answers = {key: value for key, value in pairs if value and known}
        answers |= self.table.household.told
        first = Walk(self.release, Session(answers=answers), moment)
        state = self._run(first, Target(step=entry, conversation=name), _Help())
        waiting: list[tuple[Walk, _Help, Way]] = []
        self._arrive(first, state, (), person, known, name, waiting)
        seen: set[object] = set()
        while waiting:
            walk, helped, path = waiting.pop()
            for target, answer, pressed in self._ways(walk, person):
                following = _branch(walk, answer)
                state = self._run(following, target, helped)
                key = (tuple(following.stack), tuple(sorted(following.answers.items())), state)
                if key not in seen:
                    seen.add(key)
                    way = (*path, pressed)
                    self._arrive(following, state, way, person, known, name, waiting)

    def _arrive(
        self,
        walk: Walk,
        helped: _Help,
        path: Way,
        person: Person,
        known: bool,
        name: str,
        waiting: list[tuple[Walk, _Help, Way]],
    ) -> None:
        path = (*path, *walk.visited)
        left = walk.ended or walk.stack[0].conversation != name
        if not left:
            waiting.append((walk, helped, path))
        elif walk.ended and not helped.enough:
            self.gaps.append(Gap(name, person, known, walk.now, path, helped.urgent))
        if left and helped.fallback and not helped.own:
            steps = (move.step for move in path if isinstance(move, Position))
            self.fallbacks.add(f"{name}: {ARROW.join(steps)}")

    def _ways(
        self, walk: Walk, person: Person
    ) -> Iterator[tuple[Target, tuple[str, str], Pressed]]:
        """Yield where a question can lead for a person who tells the truth, or nothing."""
        step = walk.step()
        if not isinstance(step, Ask):
            return
        if step.save in self.table.household.asked:
            # What was told is set already; any button leads on.
            for option in walk.visible(step):
                yield option.goto, ("", ""), Pressed(option.text)
            return
        truth = person._asdict().get(step.save)
        answer = self.release.answer(walk.stack[-1].conversation, step.save)
        for option in walk.visible(step):
            value = option.id if answer and option.id in answer.values else ""
            if not (truth and value and value != truth):
                yield option.goto, (step.save, value), Pressed(option.text)
        if step.input == "place" and person.place:
            yield step.goto, (step.save, person.place), Pressed(place=person.place)

    def _run(self, walk: Walk, target: Target, helped: _Help) -> _Help:
        """Run a walk to its next question; return the help that was shown until then."""
        walk.go(target)
        for item in walk.items:
            helped = self._helped(walk, helped, item)
        for position in walk.visited:
            helped = self._searched(walk, helped, position)
        return helped

    def _helped(self, walk: Walk, helped: _Help, item: Item) -> _Help:
        names = self._named(item)
        if not names:
            return helped
        some, now = self.table.answered(names, walk.now)
        own = some and isinstance(item, Shown) and not helped.fallback
        return helped._replace(
            some=helped.some or some, now=helped.now or now, own=helped.own or own
        )

    def _named(self, item: Item) -> tuple[str, ...]:
        """The services that an item shows, or whose facts it quotes."""
        return (item.service,) if isinstance(item, Shown) else self._quoted(item.key)

    def _searched(self, walk: Walk, helped: _Help, position: Position) -> _Help:
        step = self.release.conversations[position.conversation].steps[position.step]
        if not isinstance(step, Find):
            return helped
        empty = not walk.found(step)
        return helped._replace(
            urgent=helped.urgent or step.need in URGENT, fallback=helped.fallback or empty
        )

    def _quoted(self, key: str) -> tuple[str, ...]:
        """The services whose facts a text quotes: "Bel {kindertelefoon.phone}" is help too."""
        if key not in self._quotes:
            forms = self.release.catalog.texts[SOURCE].get(key, ("",))
            names = (name.partition(".") for text in forms for name in PLACEHOLDER.findall(text))
            self._quotes[key] = tuple(service for service, dot, _ in names if dot)
        return self._quotes[key]

    def _dangers(self) -> Iterator[str]:
        """For each kind of danger, everybody is named a line that answers at that moment."""
        lines = {source.key: source.line for source in self.content.sources}
        for danger in self.release.frame.dangers:
            wrong = next(self._unheard(danger), None)
            if wrong:
                line = lines.get(danger.heard_as, 1)
                yield problem("conversations/gevaar.yaml", line, f"{danger.id}: {wrong}")

    def _unheard(self, danger: Danger) -> Iterator[str]:
        words = Words(self.content)
        for role, age, moment in product(ROLES, AGES, self.week.moments):
            known = {name: value for name, value in (("role", role), ("age", age)) if value}
            walk = Walk(self.release, Session(answers=known), moment)
            line = first_line(walk, danger)
            if not self.table.reachable_now(line, moment):
                who = somebody(words, Person(role, age, ""), moment)
                said = str(words.texts.get(danger.heard_as, "")).partition("\n")[0]
                way = f'"{said}"{ARROW}{danger.id}{ARROW}{line}'
                wrong = f"'{line}' does not answer {who} (on the way {way})"
                yield f"{wrong}; end with a line that always does"


class _Help(NamedTuple):
    """What a path has shown: some help, help that answers now, and how it came to it."""

    some: bool = False
    now: bool = False
    own: bool = False
    fallback: bool = False
    urgent: bool = False

    @property
    def enough(self) -> bool:
        """Whether the path may end here."""
        return self.now if self.urgent else self.some


def _need(name: str) -> str:
    """Return the need of a search, or of a condition on who may ask for it."""
    return name.removeprefix(ASKS)


def _asked_about(step: Step) -> Iterator[str]:
    """Yield the conditions of a step on who may ask for what comes first for a need."""
    cases: list[Condition] = []
    if isinstance(step, When):
        cases = [case for case, _ in step.branches]
    elif isinstance(step, Ask):
        cases = [option.when for option in step.options.values()]
    yield from (name for case in cases for name in case if name.startswith(ASKS))


def _branch(walk: Walk, answer: tuple[str, str]) -> Walk:
    """Return a fresh walk from where another one waits, with one answer given or kept back."""
    name, value = answer
    answers = {key: known for key, known in walk.answers.items() if key != name or value}
    if name and value:
        answers[name] = value
    session = Session(stack=tuple(walk.stack), answers=answers)
    return Walk(walk.release, session, walk.now)


def somebody(words: Words, person: Person, moment: datetime) -> str:
    """Say for whom and when, in words for a moderator."""
    who = f"a {person.role}" if person.role else "somebody"
    age = f" of {person.age.replace('_', ' to ')}" if person.age else ""
    place = f" in {words.town(person.place)}" if person.place else ""
    return f"{who}{age}{place}, {moment:%A} at {moment:%H:%M}"


def prove(content: Content) -> Proof:
    """Walk every conversation of a content that has no other problems."""
    return Prover(content).prove()


def gaps_of(content: Content, conversation: str) -> tuple[Gap, ...]:
    """Walk one conversation of a content that has no other problems; return its gaps."""
    return Prover(content).gaps_of(conversation)


def problems(content: Content, proof: Proof) -> Iterator[str]:
    """Yield the gaps as ``file:line: what, and what to do``; one a conversation and last step."""
    told: set[object] = set()
    words = Words(content)
    for gap in proof.gaps:
        key = (gap.conversation, gap.positions[-2:], gap.urgent)
        if key not in told:
            told.add(key)
            yield _gap(content, words, gap)
    yield from proof.empty
    yield from proof.dangers
    yield from proof.schemes


def _gap(content: Content, words: Words, gap: Gap) -> str:
    script = content.scripts[gap.conversation]
    own = [one for one in gap.positions if one.conversation == gap.conversation]
    line = script.lines.get(own[-1].step, 1) if own else 1
    help_ = "help that answers at that moment" if gap.urgent else "help"
    who = somebody(words, gap.person, gap.moment) + ("" if gap.known else ", who has not said so")
    mend = "show a service before the end, or give an entry that fits this person"
    text = f"ends without {help_} for {who} (on the way {words.way(gap.path)}); {mend}"
    return problem(script.file, line, text)
