"""Check a release as a whole: everything that one file alone cannot know.

Pure: content in, problems out, each ``file:line: what, and what to do``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from bot.catalog import PLACEHOLDER, SOURCE
from bot.content import tone
from bot.content.conversations import NEVER, ROLES, Script, known
from bot.content.load import Content
from bot.content.overrides import check_overrides
from bot.content.source import SourceText
from bot.content.strict import choose, problem
from bot.directory import NEEDS, Service
from bot.engine.model import (
    Ask,
    Card,
    Condition,
    Conversation,
    Find,
    Run,
    Step,
    Target,
    When,
    targets,
)
from bot.engine.walk import ASKS
from bot.schemes import ANSWERS
from bot.voice import NORM, NORM_FACTS

FACTS = {
    "place_known": ("yes", "no"),
    "channel": ("web", "telegram", "terminal"),
    "open": ("day", "evening", "night", "weekend"),
}
FACTS |= {f"{ASKS}{need}": ("me", "other") for need in NEEDS}
CALLBACK_BYTES = 64
"""The longest id a Telegram button can carry (Bot API: callback_data, 1 to 64 bytes)."""

MUNICIPALITY = "municipality"
_TYPED_FACT = re.compile(r"https?://|www\.|\d{3,}|€|\beuro\b.*\d|\d.*\beuro\b")


def structure(content: Content) -> list[str]:
    """Return every problem that keeps scripts from being walked: they lead nowhere, or for ever."""
    found: list[str] = []
    for script in content.scripts.values():
        found += _Checker(content, script).problems()
    return [*found, *_frame(content)]


def check(content: Content) -> list[str]:
    """Return every other problem of a release, in the order of the files."""
    found = list(_searches(content))
    found += _dangers(content)
    found += check_overrides(content)
    found += _texts(content)
    found += _tone(content)
    found += _translations(content)
    return found


class _Checker:
    """The rules of one conversation among the others."""

    def __init__(self, content: Content, script: Script) -> None:
        self.content = content
        self.script = script
        self.conversation = script.conversation
        self.found: list[str] = []

    def problems(self) -> list[str]:
        conversation = self.conversation
        if conversation.start not in conversation.steps:
            self._wrong(f"start '{conversation.start}' is no step; name one of its steps")
            return self.found
        for step in conversation.steps.values():
            self._step(step)
        self._reachable()
        self._silent_loops()
        for former, present in conversation.was.items():
            if present not in conversation.steps or former in conversation.steps:
                self._wrong(f"was '{former}: {present}': the first must be gone, the second a step")
        for role, name in conversation.instead.items():
            self._instead(role, name)
        return self.found

    def _instead(self, role: str, name: str) -> None:
        """Who types of this topic and is not meant is led to a conversation that is for them."""
        there = self.content.scripts.get(name)
        if role not in ROLES or role in self.conversation.roles:
            self._wrong(f"instead '{role}: {name}': name a role that 'for' leaves out")
        elif there is None or role not in there.conversation.roles:
            self._wrong(f"instead '{role}: {name}': name a conversation that is for '{role}'")

    def _step(self, step: Step) -> None:
        for target in targets(step):
            self._target(step, target)
        if isinstance(step, When):
            for case, _ in step.branches:
                self._condition(step, case)
        if isinstance(step, Run) and step.conversation not in self.content.scripts:
            advice = known(step.conversation, self.content.scripts)
            self._wrong(f"runs '{step.conversation}', which is no conversation; {advice}", step)
        if isinstance(step, Find) and step.schemes:
            self._household(step)
        if isinstance(step, Ask):
            self._ask(step)

    def _household(self, step: Find) -> None:
        """The scheme check reads answers by name: one with another meaning would mislead it."""
        declared = self._declared()
        for name, values in ANSWERS.items():
            for value in declared.get(name, ()):
                if value not in values:
                    advice = f"use one of: {', '.join(values)}"
                    self._wrong(f"the scheme check reads '{name}', not '{value}'; {advice}", step)

    def _ask(self, step: Ask) -> None:
        answer = self.content.release.answer(self.conversation.id, step.save) if step.save else None
        if step.save and answer is None:
            self._wrong(f"saves '{step.save}', which is not declared; add it to 'answers'", step)
        for option in step.options.values():
            self._condition(step, option.when)
            size = len(f"{self.conversation.id}.{step.id}.{option.id}~{step.fingerprint}".encode())
            if size > CALLBACK_BYTES:
                self._wrong(f"'{option.id}' makes a button of {size} bytes; use shorter ids", step)
        if all(option.when for option in step.options.values()):
            self._wrong("every option has a condition; leave one for everybody", step)
        if step.counted and self._in_danger():
            self._wrong("danger is never counted; take out 'count'", step)

    def _in_danger(self) -> bool:
        """Whether somebody in danger may be asked this."""
        wish = self.content.release.frame.interrupts.get("help")
        return self.conversation.critical or bool(
            wish and wish.goto.conversation == self.conversation.id
        )

    def _target(self, step: Step, target: Target) -> None:
        if target == NEVER:
            return  # the reader has said that it is missing
        if why := self.content_target(target, self.conversation):
            self._wrong(why, step)

    def content_target(self, target: Target, here: Conversation) -> str:
        """Return what is wrong with a target, or nothing."""
        scripts = self.content.scripts
        if target.conversation and target.conversation not in scripts:
            advice = known(target.conversation, scripts)
            return f"goes to '/{target.conversation}', which is no conversation; {advice}"
        steps = (
            scripts[target.conversation].conversation.steps if target.conversation else here.steps
        )
        if target.step and not target.is_end and target.step not in steps:
            return f"goes to '{target.step}', which is no step; {known(target.step, steps)}"
        return ""

    def _condition(self, step: Step, condition: Condition) -> None:
        declared = self._declared()
        for name, values in condition.items():
            allowed = declared.get(name)
            if allowed is None:
                self._wrong(
                    f"asks about '{name}', which nobody declares; {known(name, declared)}", step
                )
                continue
            for value in values:
                if value not in allowed:
                    advice = known(value, allowed)
                    self._wrong(f"'{name}' is never '{value}'; {advice}", step)

    def _declared(self) -> dict[str, tuple[str, ...]]:
        """Return every name a condition may use here, with its values."""
        release = self.content.release
        parts = [s.conversation for s in self.conversation.steps.values() if isinstance(s, Run)]
        answers = dict(release.frame.answers)
        for name in parts:
            if name in self.content.scripts:
                answers |= self.content.scripts[name].conversation.answers
        answers |= self.conversation.answers
        return FACTS | {a.name: a.values for a in answers.values() if a.name != "place"}

    def _reachable(self) -> None:
        steps = self.conversation.steps
        seen: set[str] = set()
        waiting = [self.conversation.start, *_entries(self.content, self.conversation.id)]
        while waiting:
            name = waiting.pop()
            if name in seen or name not in steps:
                continue
            seen.add(name)
            waiting += [t.step for t in targets(steps[name]) if not t.conversation]
        for name in steps:
            if name not in seen:
                self._wrong(f"'{name}' is never reached; lead to it or remove it", steps[name])

    def _silent_loops(self) -> None:
        """Steps that lead to each other without a question would talk for ever."""
        steps = self.conversation.steps
        for name in steps:
            path = [name]
            if _loops(steps, name, path):
                way = " -> ".join(path)
                self._wrong(f"a loop without a question: {way}; put a question in it", steps[name])
                return

    def _wrong(self, text: str, step: Step | None = None) -> None:
        line = self.script.lines.get(step.id, 1) if step else 1
        where = f"{step.id}: " if step else ""
        self.found.append(problem(self.script.file, line, where + text))


def _searches(content: Content) -> Iterator[str]:
    """Every need that a script looks for is served by somebody."""
    served = {need for s in content.release.directory.services.values() for need in s.needs}
    for script in content.scripts.values():
        for step in script.conversation.steps.values():
            need = step.need if isinstance(step, (Find, Card)) else ""
            if need and need not in served:
                mend = "add an entry for it" if need in NEEDS else choose(need, NEEDS)
                text = f"{step.id}: no service serves the need '{need}'; {mend}"
                yield problem(script.file, script.lines.get(step.id, 1), text)


def _loops(steps: Mapping[str, Step], start: str, path: list[str]) -> bool:
    step = steps[path[-1]]
    if isinstance(step, Ask):
        return False
    for target in targets(step):
        if target.conversation or target.is_end or target.step not in steps:
            continue
        if target.step == start:
            path.append(start)
            return True
        if target.step not in path and _loops(steps, start, path := [*path, target.step]):
            return True
    return False


def _entries(content: Content, conversation: str) -> Iterator[str]:
    """Steps at which other files enter a conversation."""
    frame = content.release.frame
    outside = [frame.start, frame.after, frame.person]
    outside += [interrupt.goto for interrupt in frame.interrupts.values()]
    for script in content.scripts.values():
        outside += [t for step in script.conversation.steps.values() for t in targets(step)]
    yield from (t.step for t in outside if t.conversation == conversation and t.step)


def _frame(content: Content) -> Iterator[str]:
    """The frame leads somewhere, and every kind of danger ends at a line that is always open."""
    release, file = content.release, "conversations/lucht.yaml"
    frame = release.frame
    places = {"start": frame.start, "after": frame.after, "person": frame.person}
    places |= {i.id: i.goto for i in frame.interrupts.values() if i.action == "goto"}
    for name in frame.urgent:
        if name not in content.scripts:
            yield problem(file, 1, f"'urgent' names '{name}'; name a conversation that is there")
    for name, target in places.items():
        script = content.scripts.get(target.conversation)
        if script is None or (target.step and target.step not in script.conversation.steps):
            yield problem(
                file, 1, f"'{name}' leads nowhere; name '/conversation' or '/conversation.step'"
            )
    for needed in ("help", "stop", "back", "language", "erase"):
        if needed not in frame.interrupts:
            yield problem(file, 1, f"interrupt '{needed}' is missing; it can never be switched off")


def _dangers(content: Content) -> Iterator[str]:
    file = "conversations/gevaar.yaml"
    services = content.release.directory.services
    lines = {source.key: source.line for source in content.sources}
    for danger in content.release.frame.dangers:
        at = lines.get(danger.heard_as, 1)
        for line in danger.lines:
            if line.service not in services:
                advice = known(line.service, services)
                yield problem(file, at, f"{danger.id}: no service '{line.service}'; {advice}")
        last = danger.lines[-1] if danger.lines else None
        service = services.get(last.service) if last else None
        if last and (last.when or not _always_open(service)):
            yield problem(
                file, at, f"{danger.id}: the last line must be open day and night, for all"
            )


def _always_open(service: Service | None) -> bool:
    return service is not None and service.schedule is not None and service.schedule.always


def _is_name(source: SourceText) -> bool:
    """A service's name is no sentence: 113 is what it is called."""
    return source.key.startswith("service.") and source.key.endswith(".name")


def _texts(content: Content) -> Iterator[str]:
    """Facts are never typed into a sentence, and every placeholder is known."""
    for source in content.sources:
        if source.key.endswith("heard_as") or _is_name(source):
            continue
        for text in _forms(source):
            if _TYPED_FACT.search(PLACEHOLDER.sub("", text)):
                yield problem(
                    source.file,
                    source.line,
                    "a number, amount or address in a sentence; "
                    "put it in the directory and write {service.field}",
                )
            yield from _placeholders(content, source, text)


def _placeholders(content: Content, source: SourceText, text: str) -> Iterator[str]:
    services = content.release.directory.services
    for name in PLACEHOLDER.findall(text):
        service, dot, fact = name.partition(".")
        if service == NORM and dot:
            if fact not in NORM_FACTS:
                wrong = f"{{{name}}}: no such fact of a norm; {known(fact, NORM_FACTS)}"
                yield problem(source.file, source.line, wrong)
        elif dot and service not in services:
            advice = known(service, services)
            yield problem(source.file, source.line, f"{{{name}}}: no service '{service}'; {advice}")


def _translations(content: Content) -> Iterator[str]:
    """A translation keeps the placeholders of its source, all of them and no other.

    One whose Dutch text changed since may lack the new ones: it is whole in itself, and listed.
    """
    for source in content.sources:
        wanted = _names(_forms(source))
        for code, texts in content.release.catalog.texts.items():
            entry = content.entries.get((code, source.key))
            if entry is None:
                continue
            used = _names(texts[source.key])
            file = f"locales/{code}/LC_MESSAGES/lucht.po"
            for name in sorted(used - wanted):
                why = f"{source.key}: {{{name}}} is not in the Dutch text; take it out"
                yield problem(file, entry.line, why)
            for name in sorted(wanted - used) if not entry.stale else ():
                why = f"{source.key}: {{{name}}} of the Dutch text is missing; put it in"
                yield problem(file, entry.line, why)


def _names(forms: Iterable[str]) -> set[str]:
    """Return the placeholders of a text; a single form may do without, such as "one place"."""
    return {name for text in forms for name in PLACEHOLDER.findall(text)}


STAFF_WORDS = ("console.", "counts.", "editor.", "releases.", "worklist.", "translate.")
"""Words of the moderators' pages, which adults read at work."""


def _tone(content: Content) -> Iterator[str]:
    """Texts speak as we do, and no conversation is longer than somebody's patience."""
    scripts = content.scripts.values()
    adult = [f"{s.conversation.id}." for s in scripts if "child" not in s.conversation.roles]
    for source in content.sources:
        yield from tone.problems(
            content.style,
            source,
            (*adult, *STAFF_WORDS, "service."),
        )
    most = content.style.limits["steps"]
    for script in scripts:
        steps = script.conversation.steps.values()
        count = sum(not isinstance(step, (When, Run)) for step in steps)
        if count > most:
            wrong = f"{count} steps that speak; {most} at most: split the conversation"
            yield problem(script.file, 1, wrong)


def _forms(source: SourceText) -> Iterable[str]:
    return [source.text] if isinstance(source.text, str) else source.text.values()


def missing(content: Content) -> dict[str, list[str]]:
    """Return, per language other than Dutch, the keys that have no text of their own."""
    texts = content.release.catalog.texts
    return {
        code: [s.key for s in content.sources if s.translated and s.key not in texts[code]]
        for code in texts
        if code != SOURCE
    }


def stale_places(year: int, today: date) -> bool:
    """Return whether the tables of places are older than two years."""
    return today.year - year > 2
