"""Does a Dutch text speak as we do? Words that shame, sentences that are too long, hard reading.

The rules are content, not code: ``conversations/stijl.yaml``. Only what people read is held to
them; examples of what people type are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.conversations import whole
from bot.content.reading import read
from bot.content.source import SourceText
from bot.content.strict import Fields, problem, read_yaml

FILE = "conversations/stijl.yaml"
LIMITS = ("message_words", "adult_words", "sentence_words", "button_characters", "steps")
# What somebody says to a teacher or at a desk may say "u".
_QUOTED = re.compile(r'"[^"]*"')
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Style:
    """The house style: limits, words not to say with what to say instead, and where they may."""

    limits: Mapping[str, int]
    never: Mapping[str, str]
    unless: tuple[str, ...]
    explained: frozenset[str]
    words: re.Pattern[str]


def read_style(root: Path) -> tuple[Style, list[str]]:
    """Read the house style below a content folder, with every problem."""
    block, problems = read_yaml(root / FILE, FILE)
    fields = Fields(block, FILE, problems)
    limits, never = fields.inner("limits"), fields.inner("never")
    bounds = {name: whole(limits, name, 60, 1, 500) if limits else 60 for name in LIMITS}
    words = {word: never.text(word, needed=True) for word in never.block} if never else {}
    style = Style(
        bounds,
        words,
        tuple(text.casefold() for text in fields.texts("unless")),
        frozenset(fields.texts("explained")),
        re.compile(rf"\b(?:{'|'.join(map(re.escape, words)) or '(?!)'})\b", re.IGNORECASE),
    )
    if limits is not None:
        limits.done()
    fields.done()
    return style, problems


def problems(style: Style, source: SourceText, adult: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with a text. ``adult`` names the beginnings of keys only adults read."""
    if not source.translated or source.key.endswith("heard_as"):
        return
    grown = source.key.startswith(tuple(adult))
    for text in [source.text] if isinstance(source.text, str) else source.text.values():
        for wrong in _wrong(style, source.key, text, grown=grown):
            yield problem(source.file, source.line, wrong)


def _wrong(style: Style, key: str, text: str, *, grown: bool) -> Iterator[str]:
    if not key.endswith(".say") or not key.startswith("service."):
        yield from _words(style, text)
    if ".options." in key or key.endswith(".button"):
        yield from _button(style, text)
        return
    reading = read(_PLACEHOLDER.sub("x", text), style.explained)
    most = style.limits["adult_words" if grown else "message_words"]
    if reading.words > most:
        yield f"{reading.words} words in one message; {most} at most: make two steps of it"
    if reading.longest_sentence > style.limits["sentence_words"]:
        yield f"a sentence of {reading.longest_sentence} words; make two sentences of it"
    if reading.level == "B2":
        yield "hard to read (about B2); use shorter sentences and everyday words"


def _button(style: Style, text: str) -> Iterator[str]:
    most = style.limits["button_characters"]
    if len(text) > most:
        yield f"a button of {len(text)} characters; {most} at most"


def _words(style: Style, text: str) -> Iterator[str]:
    plain = _QUOTED.sub(" ", text.casefold())
    for phrase in style.unless:
        plain = plain.replace(phrase, " ")
    for word in dict.fromkeys(style.words.findall(plain)):
        yield f"'{word}' is not how we speak; say: {style.never[word]}"
