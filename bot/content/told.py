"""What is wrong with a conversation, told beside the words it concerns.

The checks say a line in English with file and line, for who works in a terminal. Here each is
recognised again and gets a code, for which the editor has words that a volunteer understands, and
the place in the conversation that it is about. What nobody has words for is told as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.content.check import check, structure
from bot.content.conversations import Script
from bot.content.load import Content
from bot.content.proof import Gap, gaps_of
from bot.content.transcripts import failures

OTHER = "other"
EMPTY_HANDED = "empty_handed"

_SAID: Mapping[str, str] = {
    "words_many": r"(?P<count>\d+) words in one message; (?P<most>\d+) at most",
    "sentence_long": r"a sentence of (?P<count>\d+) words",
    "hard": r"hard to read",
    "button_long": r"a button of (?P<count>\d+) characters; (?P<most>\d+) at most",
    "not_our_word": r"'(?P<what>[^']+)' is not how we speak; say: (?P<say>.+)",
    "typed_fact": r"a number, amount or address in a sentence",
    "no_service": r"\{(?P<what>[^}]+)\}: no s",
    "not_translated": r"\{(?P<what>[^}]+)\} is not in the Dutch text",
    "never_reached": r"is never reached",
    "loop": r"a loop without a question",
    "leads_nowhere": r"goes to '[^']+', which is no ",
    "runs_nothing": r"runs '[^']+', which is no conversation",
    "need_unserved": r"no service serves the need",
    "all_conditional": r"every option has a condition",
    "no_start": r"^start '",
    "no_options": r"a question without options",
    "was_wrong": r"^was '",
    "instead_wrong": r"^instead '(?P<what>[^']+)'",
    "undeclared": r"which is not declared|which nobody declares|is never '",
    "steps_many": r"(?P<count>\d+) steps that speak; (?P<most>\d+) at most",
    "button_bytes": r"makes a button of",
    "too_much": r"bytes of a record",
    "test_button": r"'(?P<what>[^']+)' is no button at",
    "test_visits": r"never visits '(?P<step>[^']+)'",
    "test_shows": r"never shows '(?P<what>[^']+)'",
    "test_says": r"never says ",
    "test_stops": r"test of .*: stops with",
}
_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in _SAID.items())
_PROBLEM = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. ``place`` is a text (``intro.ask``), a step, ``test.0``, or nothing.

    ``facts`` fill the words of its ``code``; ``raw`` is what the check said.
    """

    code: str
    place: str
    facts: Mapping[str, str]
    raw: str
    gap: Gap | None = None


def quick(content: Content, script: Script, unread: Iterable[str]) -> tuple[Finding, ...]:
    """Return what is wrong with one conversation, without the proof; takes a fraction of a second.

    ``unread`` is what the reader said of the draft: with it, nothing else can be known.
    """
    stages = (
        lambda: [*unread],
        lambda: structure(content),
        lambda: check(content),
        lambda: failures(content.release, script.transcripts),
    )
    for problems in stages:
        found = [line for line in problems() if _is_about(line, script)]
        if found:
            return tuple(_finding(script, line) for line in found)
    return ()


def proven(content: Content, script: Script) -> tuple[Finding, ...]:
    """Return who would leave empty-handed on a path of this conversation; takes seconds.

    The content must have no other problem. One finding for each last step.
    """
    found: dict[object, Finding] = {}
    for gap in gaps_of(content, script.conversation.id):
        own = [p.step for p in gap.positions if p.conversation == script.conversation.id]
        place = own[-1] if own else ""
        facts = {"urgent": "yes" if gap.urgent else ""}
        found.setdefault((place, gap.urgent), Finding(EMPTY_HANDED, place, facts, "", gap))
    return tuple(found.values())


def _is_about(line: str, script: Script) -> bool:
    key = f" {script.conversation.id}."
    return line.startswith(f"{script.file}:") or (line.startswith("locales/") and key in line)


def _finding(script: Script, line: str) -> Finding:
    match = _PROBLEM.fullmatch(line)
    if match is None or match["file"] != script.file:
        text = line.partition(": ")[2]
        key = text.partition(":")[0].removeprefix(f"{script.conversation.id}.")
        return _told(text, key)
    place = _place(script, int(match["line"]))
    text = match["text"]
    own = re.match(r"([a-z0-9_]+): ", text)
    if own and own[1] in script.conversation.steps:
        place, text = own[1], text[own.end() :]
    return _told(text, place)


def _told(text: str, place: str) -> Finding:
    for code, pattern in _PATTERNS:
        if found := pattern.search(text):
            return Finding(code, place, found.groupdict(), text)
    return Finding(OTHER, place, {"what": text}, text)


def _place(script: Script, line: int) -> str:
    """Return what stands in a line: the text if there is one, else the step or the test."""
    return next(_places(script, line), "")


def _places(script: Script, line: int) -> Iterator[str]:
    prefix = f"{script.conversation.id}."
    yield from (s.key.removeprefix(prefix) for s in script.sources if s.line == line)
    yield from (step for step, at in script.lines.items() if at == line)
    yield from (f"test.{number}" for number, t in enumerate(script.transcripts) if t.line == line)
