"""Read one conversation file into a :class:`~bot.engine.model.Conversation`.

Collects the Dutch source texts and every problem on the way. What needs the other files (does
the goto's conversation exist?) is checked in :mod:`bot.content.check`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from bot.content.source import SourceText
from bot.content.strict import Block, Fields, choose, parse_yaml, read_yaml
from bot.engine.model import (
    ALWAYS,
    Answer,
    Ask,
    Card,
    Condition,
    Conversation,
    Find,
    Option,
    Run,
    Say,
    Step,
    Target,
    When,
)
from bot.schemes import KINDS as ADVICES

KINDS = ("ask", "find", "run", "when", "card", "say")
ROLES = ("child", "parent", "helper")
STATES = ("drafted", "reviewed", "read")
NEVER = Target(step="?")
"""Stands where a goto is missing: the problem is reported, and the file is not used."""

_ID = re.compile(r"[a-z0-9][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A test that stands in a script: given what is known, play this, expect that."""

    conversation: str
    given: Mapping[str, str]
    play: tuple[str, ...]
    visits: tuple[str, ...]
    shows: tuple[str, ...]
    says: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """What a conversation file holds, with the lines to which problems point.

    ``lines`` is where each step begins, ``last`` the last line of the steps.
    """

    conversation: Conversation
    sources: tuple[SourceText, ...]
    transcripts: tuple[Transcript, ...]
    file: str
    lines: Mapping[str, int]
    last: int = 0


class Texts:
    """Gathers source texts under the keys of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.all: list[SourceText] = []

    def take(
        self, fields: Fields, name: str, key: str, note: str = "", *, needed: bool = False
    ) -> str:
        """Read the text (or plural forms) at a name; return its key, or '' when there is none."""
        forms = fields.inner(name) if isinstance(fields.block.get(name), Block) else None
        if forms is not None:
            return self._plural(forms, key, note)
        text = fields.text(name, needed=needed)
        return self.add(key, text, note, fields.line(name)) if text else ""

    def phrases(self, fields: Fields, name: str, key: str, note: str) -> str:
        """Read a list of example phrases as one text, a phrase a line."""
        phrases = fields.texts(name)
        return self.add(key, "\n".join(phrases), note, fields.line(name)) if phrases else ""

    def add(self, key: str, text: str | Mapping[str, str], note: str, line: int) -> str:
        """Add a source text and return its key."""
        self.all.append(SourceText(key, text, note, self.file, line))
        return key

    def _plural(self, forms: Fields, key: str, note: str) -> str:
        note = forms.text("note") or note
        one, other = forms.text("one", needed=True), forms.text("other", needed=True)
        forms.done()
        return self.add(key, {"one": one, "other": other}, note, forms.line())


def read_conversation(path: Path, file: str) -> tuple[Script, list[str]]:
    """Read a conversation file; problems are ``file:line: what; what to do``, all at once."""
    block, problems = read_yaml(path, file)
    fields = Fields(block, file, problems)
    return _Reader(fields, file, path.stem).script(), problems


def parse_conversation(text: str, file: str) -> tuple[Script, list[str]]:
    """Read a text as :func:`read_conversation` reads a file (the console edits texts)."""
    block, problems = parse_yaml(text, file)
    fields = Fields(block, file, problems)
    return _Reader(fields, file, PurePosixPath(file).stem).script(), problems


class _Reader:
    def __init__(self, fields: Fields, file: str, stem: str) -> None:
        self.fields = fields
        self.file = file
        self.stem = stem
        self.texts = Texts(file)
        self.lines: dict[str, int] = {}
        self.answers: dict[str, Answer] = {}

    def script(self) -> Script:
        fields = self.fields
        name = fields.text("conversation", needed=True)
        if name and name != self.stem:
            fields.wrong(
                f"'{name}' is not the name of this file; write '{self.stem}'", "conversation"
            )
        check_id(fields, self.stem, 18, None)
        title = self.texts.take(fields, "title", f"{self.stem}.title", "title", needed=True)
        heard = self.texts.phrases(
            fields, "heard_as", f"{self.stem}.heard_as", "what people type; one example a line"
        )
        answers = self.answers = read_answers(fields, "answers")
        steps = {step.id: step for step in self._steps()}
        conversation = Conversation(
            id=self.stem,
            title=title,
            roles=frozenset(fields.some_of("for", ROLES) or ROLES),
            start=fields.text("start", needed=True),
            steps=steps,
            answers=answers,
            heard_as=heard,
            was=read_names(fields, "was"),
            critical=fields.one_of("critical", ("yes", "no"), "no") == "yes",
            state=fields.one_of("state", STATES, "drafted"),
            partners=fields.texts("partners"),
            instead=read_names(fields, "instead"),
        )
        fields.text("note")
        transcripts = tuple(self._transcripts())
        fields.done()
        return Script(
            conversation, tuple(self.texts.all), transcripts, self.file, self.lines, self._last()
        )

    def _last(self) -> int:
        """Return the line before the key that follows the steps."""
        lines = self.fields.block.lines
        following = [line for line in lines.values() if line > lines.get("steps", 0)]
        return min(following, default=sys.maxsize) - 1

    def _steps(self) -> Iterable[Step]:
        for name, fields in self.fields.named("steps"):
            self.lines[name] = fields.line()
            check_id(fields, name, 16, None)
            kind = next((kind for kind in KINDS if kind in fields), "")
            if not kind:
                fields.wrong(f"'{name}' does nothing; give it one of: {', '.join(KINDS)}")
                continue
            yield getattr(self, f"_{kind}")(name, fields)
            fields.done()

    def _text(self, step: str, fields: Fields, name: str, *, needed: bool = False) -> str:
        note = fields.text("note")
        return self.texts.take(fields, name, f"{self.stem}.{step}.{name}", note, needed=needed)

    def _say(self, name: str, fields: Fields) -> Say:
        return Say(name, self._text(name, fields, "say", needed=True), goto(fields))

    def _ask(self, name: str, fields: Fields) -> Ask:
        say = self._text(name, fields, "say")
        ask = self._text(name, fields, "ask", needed=True)
        kind = fields.one_of("input", ("choice", "place"), "choice")
        options = dict(self._options(name, fields))
        if not options:
            fields.wrong("a question without options; add at least one way on", "ask")
        save = fields.text("save", "place" if kind == "place" else "")
        counted = self._counted(fields, save, options)
        return Ask(
            name,
            ask,
            options,
            say=say,
            save=save,
            input=kind,
            goto=goto(fields) if kind == "place" else Target(),
            fingerprint=self._fingerprint(name, "counted" if counted else kind),
            counted=counted,
        )

    def _counted(self, fields: Fields, save: str, options: Mapping[str, Option]) -> tuple[str, ...]:
        """Read whether a question is counted; return the options that are.

        Those are the declared values of the answer that it saves; every other option skips.
        """
        if fields.one_of("count", ("yes", "no"), "no") == "no":
            return ()
        answer = self.answers.get(save)
        found = tuple(name for name in options if answer and name in answer.values)
        for problem in self._uncountable(found, options):
            fields.wrong(f"cannot be counted: {problem}", "count")
        return found

    def _uncountable(
        self, counted: tuple[str, ...], options: Mapping[str, Option]
    ) -> Iterable[str]:
        if len(counted) < 2:
            yield (
                "it counts the values of the answer in 'save'; declare that in 'answers' of this "
                "file, with two of these options at least"
            )
        elif len(counted) == len(options):
            yield (
                "nobody could skip it; add an option that is not among the values of its answer, "
                "or take one out of them"
            )
        if any(option.when for option in options.values()):
            yield "who sees an option with 'if' tells who they are; take out 'if', or 'count'"

    def _options(self, step: str, fields: Fields) -> Iterable[tuple[str, Option]]:
        for name, option in fields.named("options"):
            check_id(option, name, 16, None)
            key = f"{self.stem}.{step}.options.{name}"
            text = self.texts.take(option, "text", key, option.text("note"), needed=True)
            grave = option.one_of("danger", ("yes", "no"), "no") == "yes"
            yield name, Option(name, text, goto(option), condition(option, "if"), grave)
            option.done()

    def _fingerprint(self, step: str, kind: str) -> str:
        """Mark the words of a question, so that an answer to other words is never taken for it."""
        here = f"{self.stem}.{step}."
        words = [f"{t.key}={t.text}" for t in self.texts.all if t.key.startswith(here)]
        return blake2b("\n".join([kind, *words]).encode(), digest_size=3).hexdigest()

    def _when(self, name: str, fields: Fields) -> When:
        branches = []
        for case in fields.each("when"):
            branches.append((condition(case, "if", needed=True), goto(case)))
            case.done()
        if "else" not in fields:
            fields.wrong("'when' without 'else'; say where everybody else goes: 'else: step'")
        return When(name, tuple(branches), goto(fields, "else"))

    def _find(self, name: str, fields: Fields) -> Find:
        need, schemes, limit, skip = "", "", 3, 0
        inner = fields.inner("find")
        if inner is not None:
            schemes = inner.one_of("schemes", (*ADVICES, "all"))
            need = inner.text("need", needed="schemes" not in inner)
            limit = whole(inner, "max", 3, 1, 5)
            skip = whole(inner, "from", 1, 1, 50) - 1 if schemes else 0
            if need and schemes:
                inner.wrong("'need' and 'schemes' do not go together; keep one of them", "need")
            inner.done()
        if "none" not in fields:
            fields.wrong("'find' without 'none'; say where to go when nothing is found")
        none = goto(fields, "none")
        say = self._text(name, fields, "say")
        return Find(name, need, limit, none, goto(fields), say, schemes, skip)

    def _run(self, name: str, fields: Fields) -> Run:
        conversation = fields.text("run", needed=True).removeprefix("shared/")
        return Run(name, conversation, goto(fields))

    def _card(self, name: str, fields: Fields) -> Card:
        inner = fields.inner("card")
        need = inner.text("need", needed=True) if inner is not None else ""
        if inner is not None:
            inner.done()
        return Card(name, self._text(name, fields, "say", needed=True), need, goto(fields))

    def _transcripts(self) -> Iterable[Transcript]:
        for fields in self.fields.each("tests"):
            given, expect = fields.inner("given"), fields.inner("expect")
            facts = {} if given is None else {name: given.text(name) for name in given.block}
            visits, shows, says = self._expected(expect)
            line = fields.line()
            play = fields.texts("play")
            yield Transcript(self.stem, facts, play, visits, shows, says, self.file, line)
            fields.text("note")
            fields.done()

    def _expected(self, expect: Fields | None) -> Iterable[tuple[str, ...]]:
        if expect is None:
            self.fields.wrong("a test without 'expect'; say what it visits, shows or says", "tests")
            return (), (), ()
        found = tuple(expect.texts(name) for name in ("visits", "shows", "says"))
        expect.done()
        return found


def check_id(fields: Fields, name: str, longest: int, key: str | None) -> None:
    """Report an id that does not fit the button of a channel (64 bytes with all its parts)."""
    if not _ID.fullmatch(name):
        fields.wrong(f"'{name}' is no id; use small letters, digits and _", key)
    elif len(name) > longest:
        fields.wrong(f"'{name}' is {len(name)} characters; use {longest} at most", key)


def goto(fields: Fields, key: str = "goto") -> Target:
    """Read where something leads: ``step``, ``end``, ``/conversation``, ``/conversation.step``.

    ``{run: shared/x}`` is short for a step that runs a part; it is refused with the mend.
    """
    if isinstance(fields.block.get(key), Block):
        fields.take(key)
        fields.wrong(f"'{key}' names a step; make a step with 'run:' and name that", key)
        return NEVER
    place = fields.text(key, needed=key not in ("else", "none") or key in fields)
    if not place:
        return NEVER
    if place.startswith("/"):
        conversation, _, step = place[1:].partition(".")
        return Target(step=step, conversation=conversation)
    return Target(step=place)


def condition(fields: Fields, key: str, *, needed: bool = False) -> Condition:
    """Read a condition: every name must hold, a list of values means one of these."""
    inner = fields.inner(key)
    if inner is None:
        if needed:
            fields.wrong(f"'{key}' is missing; write '{key}: {{role: child}}'")
        return ALWAYS
    return {name: inner.texts(name) for name in inner.block}


def read_answers(fields: Fields, key: str) -> dict[str, Answer]:
    """Read the declared answers: the only things about a person that can be stored."""
    answers = {}
    for name, answer in fields.named(key):
        check_id(answer, name, 16, None)
        values = answer.texts("values")
        if not values:
            answer.wrong(f"'{name}' has no values; list every value that it may take", "values")
        keep = answer.one_of("keep", ("session", "conversation"), "session")
        answers[name] = Answer(name, values, keep)
        answer.done()
    return answers


def read_names(fields: Fields, key: str) -> dict[str, str]:
    """Read which name stands for another: ``was`` a former one, ``instead`` of a role."""
    inner = fields.inner(key)
    return {} if inner is None else {name: inner.text(name, needed=True) for name in inner.block}


def whole(fields: Fields, key: str, default: int, least: int, most: int) -> int:
    """Read a whole number within bounds."""
    text = fields.text(key, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        fields.wrong(f"'{key}' must be a number from {least} to {most}", key)
        return default
    return int(text)


def known(name: str, names: Iterable[str]) -> str:
    """Return advice for a name that is not among the names."""
    return choose(name, tuple(sorted(names)))
