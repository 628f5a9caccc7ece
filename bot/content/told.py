"""What is wrong with a conversation, told beside the words it concerns.

The checks say a line in English with file and line, for who works in a terminal. Here each is
recognised again and gets a code, for which the editor has words that a volunteer understands, and
the place in the conversation that it is about. What nobody has words for is told as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.content.conversations import Script
from bot.content.load import Content
from bot.content.proof import Gap, gaps_of
from bot.content.report import at_once
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
    "left_out": r"\{(?P<what>[^}]+)\} of the Dutch text is missing",
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
    "count_values": r"cannot be counted: it counts the values",
    "count_no_skip": r"cannot be counted: nobody could skip it",
    "count_condition": r"cannot be counted: who sees an option with 'if'",
    "count_danger": r"danger is never counted",
    "undeclared": r"which is not declared|which nobody declares|is never '",
    "steps_many": r"(?P<count>\d+) steps that speak; (?P<most>\d+) at most",
    "button_bytes": r"makes a button of",
    "too_much": r"bytes of a record",
    "test_button": r"'(?P<what>[^']+)' is no button at",
    "test_visits": r"never visits '(?P<step>[^']+)'",
    "test_shows": r"never shows '(?P<what>[^']+)'",
    "test_says": r"never says ",
    "test_stops": r"test of .*: stops with",
    EMPTY_HANDED: r"ends without help|when nothing is found, the way ends without help",
    "danger_silent": r"does not answer",
    "no_route": r"has no route for",
    "conflict": r"changed by somebody else too",
    "meaning": r"reads differently; say whether",
    "stale_critical": r"still says what the Dutch text said before",
    "nothing": r"^nothing differs from what is live",
    "beyond": r"'(?P<what>[^']+)' serves more than its own municipality",
    "unconfirmed": r"not confirmed; phone or open the source",
    "check_stopped": r"the check itself stopped",
}
_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in _SAID.items())
_PROBLEM = re.compile(r"(?P<file>[^:]+):(?:(?P<line>\d+):)? (?P<text>.*)", re.DOTALL)
_WAY = re.compile(r" \(on the way .*\)(?=;|$)", re.DOTALL)
"""How people come to a step, which the command adds: in the editor one sees it."""

_ASKS = re.compile(r"(\S+) reads differently; say whether")
_CATALOG = re.compile(r"locales/([a-z]{2,3})/LC_MESSAGES/lucht\.po")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. ``place`` is a text (``intro.ask``), a step, ``test.0``, or nothing.

    ``facts`` fill the words of its ``code``; ``raw`` is what the check said. ``conversation`` is
    the one that ``place`` is in, ``language`` that of a translation, ``line`` that of the file.
    """

    code: str
    place: str
    facts: Mapping[str, str]
    raw: str
    gap: Gap | None = None
    conversation: str = ""
    file: str = ""
    line: int = 0
    language: str = ""


def quick(content: Content, script: Script, unread: Iterable[str]) -> tuple[Finding, ...]:
    """Return what is wrong with one conversation, without the proof; takes a fraction of a second.

    ``unread`` is what the reader said of the draft: with it, nothing can be played.
    """
    lines, playable = at_once(content, unread)
    if playable:
        lines += failures(content.release, script.transcripts)
    return of_lines(content, (line for line in lines if _is_about(line, script)))


def of_lines(content: Content, lines: Iterable[str]) -> tuple[Finding, ...]:
    """Return what the checks said, each once, with the place of a content that it is about."""
    scripts = {script.file: script for script in content.scripts.values()}
    return tuple(_finding(content, scripts, line) for line in dict.fromkeys(lines))


def proven(content: Content, script: Script) -> tuple[Finding, ...]:
    """Return who would leave empty-handed on a path of this conversation; takes seconds.

    The content must have no other problem. One finding for each last step.
    """
    found: dict[object, Finding] = {}
    for gap in gaps_of(content, script.conversation.id):
        own = [p.step for p in gap.positions if p.conversation == script.conversation.id]
        place = own[-1] if own else ""
        facts = {"urgent": "yes" if gap.urgent else ""}
        finding = Finding(EMPTY_HANDED, place, facts, "", gap, script.conversation.id, script.file)
        found.setdefault((place, gap.urgent), finding)
    return tuple(found.values())


def _is_about(line: str, script: Script) -> bool:
    key = f" {script.conversation.id}."
    return line.startswith(f"{script.file}:") or (line.startswith("locales/") and key in line)


def _finding(content: Content, scripts: Mapping[str, Script], line: str) -> Finding:
    match = _PROBLEM.fullmatch(line)
    if match is None:
        return _told(line, Finding(OTHER, "", {}, line))
    file, number, text = match["file"], int(match["line"] or 0), _WAY.sub("", match["text"])
    found = Finding(OTHER, "", {}, text, file=file, line=number)
    catalog = _CATALOG.fullmatch(file)
    if catalog:
        key = text.partition(" ")[0].rstrip(":")
        return _told(text, replace(_at_key(content, found, key), language=catalog[1]))
    script = scripts.get(file)
    if asks := _ASKS.match(text):
        return _told(text, _at_key(content, found, asks[1]))
    if script is None:
        return _told(text, found)
    place = _place(script, number)
    own = re.match(r"([a-z0-9_]+): ", text)
    if own and own[1] in script.conversation.steps:
        place, text = own[1], text[own.end() :]
    return _told(text, replace(found, conversation=script.conversation.id, place=place))


def _at_key(content: Content, found: Finding, key: str) -> Finding:
    """Say which text a key of a catalog belongs to, when it is one of a conversation."""
    name, _, place = key.partition(".")
    if name not in content.scripts:
        return found
    return replace(found, conversation=name, place=place)


def _told(text: str, found: Finding) -> Finding:
    for code, pattern in _PATTERNS:
        if said := pattern.search(text):
            return replace(found, code=code, facts=said.groupdict(), raw=text)
    return replace(found, facts={"what": text}, raw=text)


def _place(script: Script, line: int) -> str:
    """Return what stands in a line: the text if there is one, else the step or the test."""
    return next(_places(script, line), "")


def _places(script: Script, line: int) -> Iterator[str]:
    prefix = f"{script.conversation.id}."
    yield from (s.key.removeprefix(prefix) for s in script.sources if s.line == line)
    yield from (step for step, at in script.lines.items() if at == line)
    yield from (f"test.{number}" for number, t in enumerate(script.transcripts) if t.line == line)
