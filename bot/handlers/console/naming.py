"""What the editor calls things: steps, targets and conditions by their words, never by ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from babel.dates import format_datetime

from bot.catalog import SOURCE
from bot.content.conversations import Script
from bot.content.load import Content
from bot.content.outline import Entry, Onward, outline, written
from bot.content.proof import Gap
from bot.engine.model import Ask, Condition, Target
from bot.engine.walk import ASKS
from bot.handlers.console.stage import Stage

SHORT = 56
"""Characters of a text that stands for a whole step."""


class Names:
    """Names things of one conversation; ``tell`` says the words of the editor."""

    def __init__(
        self, content: Content, script: Script, tell: Callable[..., str], language: str = SOURCE
    ) -> None:
        """Name things of a content; ``language`` is that of the page."""
        services = content.release.directory.services.values()
        self._needs = {need for service in services for need in service.needs}
        self._shared = {
            name
            for name, one in content.scripts.items()
            if one.file.startswith("conversations/shared/") and one != script
        }
        self._language = language
        self._texts = content.release.catalog.texts[SOURCE]
        self._conversations = content.release.conversations
        self._answers = content.release.frame.answers
        self._script = script
        self._tell = tell
        self._entries = {entry.id: entry for entry in outline(script)}

    def title(self, conversation: str) -> str:
        """Return the title of a conversation, or its id when it is not there."""
        known = self._conversations.get(conversation)
        return self._texts.get(known.title, (conversation,))[0] if known else conversation

    def has(self, conversation: str) -> bool:
        """Say whether a conversation is one of the draft."""
        return conversation in self._conversations

    def player(self, stage: Stage) -> str:
        """Return who plays, and where and when, in a few words."""
        role = self._value("role", stage.role) if stage.role else self._tell("anybody")
        rest = [("age", stage.age), ("open", stage.moment)]
        parts = [role, *(self._value(name, value) for name, value in rest if value)]
        return ", ".join([*parts, stage.place] if stage.place else parts)

    def need(self, need: str) -> str:
        """Return what a search looks for."""
        kind, _, schemes = need.partition(":")
        return self._word(f"schemes_{schemes}" if schemes else f"need_{kind}", need)

    def step(self, step: str) -> str:
        """Return some words that stand for a step."""
        entry = self._entries.get(step)
        return self.entry(entry) if entry else step

    def entry(self, entry: Entry) -> str:
        """Return some words that stand for a step."""
        words = next((piece.forms[-1] for piece in reversed(entry.pieces)), "")
        if entry.kind in ("find", "card"):
            return self._tell(f"named_{entry.kind}", what=self.need(entry.about))
        if entry.kind == "run":
            return self._tell("named_run", what=self.title(entry.about))
        return short(words) if words else self._tell("named_when", what=self._cases(entry))

    def _cases(self, entry: Entry) -> str:
        # Several steps of one conversation may depend on something: say on what.
        return short(", ".join(self.condition(way.when) for way in entry.onward if way.when))

    def target(self, target: Target) -> str:
        """Return where something leads, in words."""
        if target.is_end:
            return self._tell("to_end")
        if target.conversation:
            return self._tell("to_conversation", what=self.title(target.conversation))
        return self.step(target.step)

    def steps(self) -> Iterator[tuple[str, str]]:
        """Yield the steps of this conversation as targets, with their words."""
        yield from ((entry.id, self.entry(entry)) for entry in self._entries.values())

    def conversations(self) -> Iterator[tuple[str, str]]:
        """Yield the other conversations as targets, with their titles."""
        own = self._script.conversation.id
        rows = [(f"/{name}", self.title(name)) for name in self._conversations if name != own]
        yield from sorted(rows, key=lambda row: row[1].casefold())

    def places(self, step: str) -> Iterator[tuple[str, str]]:
        """Yield where a step may be moved to: each way of the others, in words."""
        yield ":", self._tell("at_start")
        for entry in self._entries.values():
            for way in entry.onward if entry.id != step else ():
                said = self.way(way)
                after = self._tell("after", what=self.entry(entry))
                yield f"{entry.id}:{way.way}", f"{after} ({said})" if said else after

    def way(self, way: Onward) -> str:
        """Return the button, the case or the chance that a way stands for; nothing if it is one."""
        if way.piece:
            return f"“{short(way.piece.forms[0])}”"
        if way.when:
            return self.condition(way.when)
        return self._tell(f"way_{way.way}") if way.way in ("else", "none") else ""

    def case(self, name: str, value: str) -> str:
        """Return a value that a step may depend on, in words."""
        return self._value(name, value)

    def other(self, target: Target) -> tuple[str, str] | None:
        """Return a target that stands in no list: a step of another conversation."""
        if target.conversation and target.step:
            return written(target), self.target(target)
        return None

    def choices(self, kind: str) -> list[tuple[str, str]]:
        """Return what a new step may be about: needs that somebody serves, or shared parts."""
        if kind == "needs":
            rows = [(need, self.need(need)) for need in self._needs]
        else:
            rows = [(f"shared/{name}", self.title(name)) for name in self._shared]
        return sorted(rows, key=lambda row: row[1].casefold())

    def anchor(self, place: str) -> str:
        """Return where on the page a place of a finding stands."""
        if place in self._entries:
            return f"s-{place}"
        return f"t-{place}" if "." in place and not place.startswith("test.") else ""

    def place(self, place: str) -> str:
        """Return the words that a finding is about."""
        if place in self._entries:
            return self.step(place)
        return short(self._texts.get(f"{self._script.conversation.id}.{place}", (place,))[-1])

    def gap(self, gap: Gap) -> str:
        """Return for whom, when and along which steps somebody gets no help."""
        person = [("role", gap.person.role), ("age", gap.person.age)]
        who = [self._value(name, value) for name, value in person if value]
        when = format_datetime(gap.moment, "EEEE HH:mm", locale=self._language)
        own = self._script.conversation.id
        path = [self.step(p.step) for p in gap.positions if p.conversation == own]
        who_ = ", ".join(who) or self._tell("anybody")
        return self._tell("gap", who=who_, when=when, path=" → ".join(path))

    def condition(self, condition: Condition) -> str:
        """Return for whom something is, in words."""
        parts = [self._answer(name, values) for name, values in condition.items()]
        return f" {self._tell('all_of')} ".join(parts)

    def _answer(self, name: str, values: tuple[str, ...]) -> str:
        said = f" {self._tell('one_of')} ".join(self._value(name, value) for value in values)
        known = self._word(f"fact_{name}", "")
        return self._tell("answered", question=known, answer=said) if known else said

    def _value(self, name: str, value: str) -> str:
        # Who may ask is known for each need; the words are the same.
        about = "asks" if name.startswith(ASKS) else name
        known = self._word(f"value_{about}_{value}", "")
        if known:
            return known
        for conversation in (self._script.conversation, *self._conversations.values()):
            for step in conversation.steps.values():
                if isinstance(step, Ask) and step.save == name and value in step.options:
                    return f"“{self._texts[step.options[value].text][0]}”"
        return value

    def _word(self, name: str, default: str) -> str:
        try:
            return self._tell(name)
        except KeyError:
            return default


def short(words: str) -> str:
    """Return the beginning of a text."""
    line = " ".join(words.split())
    return line if len(line) <= SHORT else f"{line[:SHORT].rsplit(' ', 1)[0]} …"
