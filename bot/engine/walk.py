"""Run the steps of a script until a question waits.

A walk collects what is to be said; it never says it. It is used by one turn and thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from bot.directory import URGENT
from bot.engine.model import (
    Ask,
    Card,
    Condition,
    Conversation,
    Find,
    Option,
    Release,
    Run,
    Say,
    Step,
    Target,
    When,
)
from bot.engine.session import Choice, Item, Position, Session, Shown, Stack, Text

STEPS = 200
"""More steps than any script takes without a question: the checks refuse loops, this stops them."""

NOTHING_LOCAL = "engine.nothing_local"
"""Said once after national help on a site, where a known municipality has nothing of its own."""

ASKS = "asks_"
"""With a need behind it: a condition on who may ask for what comes first (``asks_sport: me``)."""

COUNTED = "engine.counted"
"""Said before a question of which the choice is counted, to whom it has not been counted yet."""

EARLIER = 6
"""How many earlier questions "back" can reach; they have to fit into a row."""


class Walk:
    """A session on its way through the steps of a release."""

    def __init__(self, release: Release, session: Session, now: datetime) -> None:
        self.release = release
        self.now = now
        self.stack: list[Position] = list(session.stack)
        self.answers: dict[str, str] = dict(session.answers)
        self.back: list[Stack] = list(session.back)
        self.counted = session.counted
        self._before = session.asked
        self.facts = {"channel": session.channel, "open": part_of_week(now, release)}
        self.items: list[Item] = []
        self.choices: tuple[Choice, ...] = ()
        self.visited: list[Position] = []
        self.asked = ""
        self.ended = False

    def remember(self) -> None:
        """Let "back" return to where the walk stands now."""
        stack = tuple(self.stack)
        if stack and (not self.back or self.back[-1] != stack):
            self.back = [*self.back, stack][-EARLIER:]

    def go(self, target: Target) -> None:
        """Follow a target, and run until a question waits."""
        self._enter(target)
        for _ in range(STEPS):
            step = self.step()
            self.visited.append(self.stack[-1])
            if isinstance(step, Ask):
                return self.ask(step)
            self._enter(self._play(step))
        raise RuntimeError(f"no question within {STEPS} steps after {self.stack[-1]}")

    def start(self, target: Target) -> None:
        """Leave every conversation that is open and begin another."""
        self.stack = []
        self.go(target)

    def resume(self, *, briefly: bool = False) -> None:
        """Say the question again that waits; run on to one if no question stands there.

        Briefly leaves out what was said before it: that stands just above on the screen.
        """
        self.settle()
        step = self.step()
        if isinstance(step, Ask):
            return self.ask(step, briefly=briefly)
        return self.go(Target(step=step.id))

    def step(self) -> Step:
        """Return the step on which the walk stands."""
        top = self.stack[-1]
        return self.release.conversations[top.conversation].steps[top.step]

    def ask(self, step: Ask, *, briefly: bool = False) -> None:
        """Put the question of a step and wait there."""
        if step.say and not briefly:
            self.items.append(Text(step.say))
        # Who has not been told is never counted: what stood above was another question then.
        told = briefly and step.fingerprint == self._before
        if step.counted and self.name(step) not in self.counted and not told:
            self.items.append(Text(COUNTED))
        self.items.append(Text(step.ask))
        self.choices = tuple(self._choice(step, option) for option in self.visible(step))
        self.asked = step.fingerprint

    def offer(self, step: Ask, codes: tuple[str, ...], key: str) -> None:
        """Ask which of some places is meant, beside the options of the question."""
        self.items.append(Text(key, (("n", len(codes)), ("place", codes[0]))))
        places = tuple(
            Choice(self._id(step, code), Text("engine.place_option", (("place", code),)))
            for code in codes
        )
        self.choices = places + tuple(self._choice(step, o) for o in self.visible(step))
        self.asked = step.fingerprint

    def visible(self, step: Ask) -> tuple[Option, ...]:
        """Return the options that this person sees."""
        return tuple(option for option in step.options.values() if self.holds(option.when))

    def holds(self, condition: Condition) -> bool:
        """Return whether every name of a condition has one of its values."""
        return all(self._value(name) in values for name, values in condition.items())

    def settle(self) -> None:
        """Find the place in this release for a session that was left in another one.

        A step that still exists stays; a renamed one is found through ``was``; a step that is gone
        leads to the start of its conversation, a conversation that is gone to the beginning.
        """
        settled: list[Position] = []
        for position in self.stack:
            place = self._settled(position)
            if place is None:
                break
            settled.append(place)
            if place.step != position.step and place.step == self._conversation(place).start:
                break
        self.stack = settled or [self._begin(self.release.frame.start)]

    def _settled(self, position: Position) -> Position | None:
        name = position.conversation
        conversation = self.release.conversations.get(self.release.frame.was.get(name, name))
        if conversation is None:
            return None
        step = conversation.was.get(position.step, position.step)
        known = step if step in conversation.steps else conversation.start
        return Position(conversation.id, known)

    def _conversation(self, position: Position) -> Conversation:
        return self.release.conversations[position.conversation]

    def _begin(self, target: Target) -> Position:
        conversation = self.release.conversations[target.conversation]
        return Position(conversation.id, target.step or conversation.start)

    def _enter(self, target: Target) -> None:
        if target.is_end:
            self._leave()
        elif target.conversation:
            self._forget(position.conversation for position in self.stack)
            self.stack = [self._begin(target)]
        else:
            self.stack[-1] = Position(self.stack[-1].conversation, target.step)

    def _leave(self) -> None:
        """End the innermost conversation: go on in its caller, or to ``after``."""
        left = self.stack.pop()
        self._forget([left.conversation])
        if not self.stack:
            self.ended = True
            self.stack = [self._begin(self.release.frame.after)]
            return
        caller = self.step()
        following = caller.goto if isinstance(caller, Run) else None
        self._enter(following or Target(step=self._conversation(self.stack[-1]).start))

    def _forget(self, left: Iterable[str]) -> None:
        """Drop the answers that were kept for the conversations that end."""
        for name in left:
            for answer in self.release.conversations[name].answers.values():
                if answer.keep == "conversation":
                    self.answers.pop(answer.name, None)

    def _play(self, step: Step) -> Target:
        """Collect what a step says, and return where it leads."""
        if isinstance(step, Say):
            self.items.append(Text(step.say))
            return step.goto
        if isinstance(step, When):
            return next((to for case, to in step.branches if self.holds(case)), step.otherwise)
        if isinstance(step, Run):
            self.stack.append(self._begin(Target(conversation=step.conversation)))
            return Target(step=self.stack[-1].step)
        if isinstance(step, Find):
            return self._show(step)
        if isinstance(step, Card):
            return self._card(step)
        raise TypeError(f"{step.id} waits; it is not played")

    def _show(self, step: Find) -> Target:
        found = self.found(step)
        if not found:
            return step.none
        fresh = [shown for shown in found if shown not in self.items]
        if not fresh:  # all of it stands a little higher on the screen already
            return step.goto
        if step.say:
            self.items.append(Text(step.say, (("n", len(fresh)),)))
        self.items.extend(fresh)
        if step.need and self._unchecked(step.need, fresh):
            self.items.append(Text(NOTHING_LOCAL, (("place", self.answers["place"]),)))
        return step.goto

    def _unchecked(self, need: str, shown: list[Shown]) -> bool:
        """Whether the place is known and has no entry of its own, which was not told just now.

        Only beside help that is a site alone. Whom one can call, write to or visit knows what is
        near, and the desk of one's own municipality is not "all over the country".
        """
        place, today = self.answers.get("place", ""), self.now.date()
        if not place or need in URGENT or self.release.directory.has_local(need, place, today):
            return False
        if self.release.directory.meets((one.service for one in shown), place, today):
            return False
        return not any(isinstance(item, Text) and item.key == NOTHING_LOCAL for item in self.items)

    def _card(self, step: Card) -> Target:
        found = self.search(step.need, 2)
        if found and step.say:
            self.items.append(Text(step.say))
        self.items.extend(Shown(service, "card") for service in found)
        return step.goto

    def found(self, step: Find) -> tuple[Shown, ...]:
        """Return what a find step shows this person, here and now."""
        if not step.schemes:
            return tuple(Shown(service) for service in self.search(step.need, step.limit))
        advices = self.release.directory.advise(self.answers, self.now.date())
        fitting = [Shown(s, a.kind) for s, a in advices if step.schemes in ("all", a.kind)]
        return tuple(fitting[step.skip : step.skip + step.limit])

    def search(self, need: str, limit: int) -> tuple[str, ...]:
        """Look in the directory for this person, here and now."""
        known = self.answers.get
        person = {name: known(name, "") for name in ("role", "age", "place")}
        person["role"] = person["role"] or self._adult()
        return self.release.directory.find(need, now=self.now, limit=limit, **person)

    def _adult(self) -> str:
        """Whom a conversation that is not for children speaks to, when nobody has said who asks.

        Only for the search: who types "ik ga scheiden" as first words should not get the cards
        that happen to fit children too. Nothing is remembered of it.
        """
        own = (self.release.conversations[position.conversation] for position in self.stack)
        roles = next((one.roles for one in own if "child" not in one.roles), frozenset({""}))
        return "parent" if "parent" in roles else min(roles)

    def name(self, step: Ask) -> str:
        """Return the name of the question on which the walk stands, as ``eten.intro``."""
        return f"{self.stack[-1].conversation}.{step.id}"

    def _choice(self, step: Ask, option: Option) -> Choice:
        return Choice(self._id(step, option.id), Text(option.text))

    def _id(self, step: Ask, option: str) -> str:
        return f"{self.name(step)}.{option}~{step.fingerprint}"

    def _asks(self, need: str) -> str:
        """Return who asks for what comes first for a need: this person (``me``), or others."""
        first, role = self.search(need, 1), self.answers.get("role", "")
        mine = bool(first) and self.release.directory.may_ask(first[0], role)
        return "me" if mine else "other"

    def _value(self, name: str) -> str:
        if name.startswith(ASKS):
            return self._asks(name.removeprefix(ASKS))
        if name == "place_known":
            return "yes" if self.answers.get("place") else "no"
        return self.facts.get(name) or self.answers.get(name, "")


def part_of_week(now: datetime, release: Release) -> str:
    """Return ``weekend`` (holidays too), ``day`` (9 to 17), ``evening`` (17 to 22) or ``night``."""
    today: date = now.date()
    if not 9 <= now.hour < 22:
        return "night"
    if now.weekday() >= 5 or today in release.directory.holidays:
        return "weekend"
    return "day" if now.hour < 17 else "evening"
