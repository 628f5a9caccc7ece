"""A conversation on one page: its steps in reading order, with their words and where they lead.

Pure. Nothing here speaks: conditions, needs and kinds are data, and the page has the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.content.conversations import Script
from bot.content.source import SourceText
from bot.engine.model import (
    ALWAYS,
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a step: its key in the file (``intro.ask``), its whole key, and its forms."""

    key: str
    full: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Onward:
    """A way on: its name, the words on it if it is a button, for whom, and where it leads."""

    way: str
    target: Target
    piece: Piece | None = None
    note: str = ""
    when: Condition = field(default_factory=lambda: ALWAYS)


@dataclass(frozen=True, slots=True)
class Entry:
    """A step. ``about`` is the need, the conversation that is run, or the kind of schemes."""

    id: str
    kind: str
    pieces: tuple[Piece, ...]
    note: str
    onward: tuple[Onward, ...]
    about: str = ""
    place: bool = False
    reached: bool = True


def outline(script: Script) -> tuple[Entry, ...]:
    """Return the steps in reading order; what nothing leads to comes last."""
    conversation = script.conversation
    sources = {source.key: source for source in script.sources}
    reached = reading_order(conversation)
    order = [*reached, *(name for name in conversation.steps if name not in reached)]
    return tuple(
        _entry(conversation, conversation.steps[name], sources, reached=name in reached)
        for name in order
    )


def reading_order(conversation: Conversation) -> dict[str, None]:
    """Return the steps that can be reached, each before what it leads to wherever possible."""
    seen: set[str] = set()
    found: list[str] = []

    def visit(name: str) -> None:
        if name in seen or name not in conversation.steps:
            return
        seen.add(name)
        for target in reversed(list(targets(conversation.steps[name]))):
            if not target.conversation:
                visit(target.step)
        found.append(name)

    visit(conversation.start)
    return dict.fromkeys(reversed(found))


def written(target: Target) -> str:
    """Return a target as it stands behind a ``goto``."""
    if not target.conversation:
        return target.step
    return f"/{target.conversation}.{target.step}" if target.step else f"/{target.conversation}"


def kind_of(step: Step) -> str:
    """Return the name of a step's kind."""
    return type(step).__name__.lower()


def _entry(
    conversation: Conversation, step: Step, sources: Mapping[str, SourceText], *, reached: bool
) -> Entry:
    keys = [key for key in (getattr(step, "say", ""), getattr(step, "ask", "")) if key]
    pieces = tuple(_piece(conversation.id, key, sources) for key in keys)
    notes = [sources[key].note for key in keys if key in sources]
    return Entry(
        step.id,
        kind_of(step),
        pieces,
        notes[0] if notes else "",
        tuple(_onward(conversation.id, step, sources)),
        _about(step),
        isinstance(step, Ask) and step.input == "place",
        reached,
    )


def _about(step: Step) -> str:
    if isinstance(step, Find):
        return step.need or f"schemes:{step.schemes}"
    if isinstance(step, Card):
        return step.need
    return step.conversation if isinstance(step, Run) else ""


def _piece(name: str, key: str, sources: Mapping[str, SourceText]) -> Piece:
    text = sources[key].text if key in sources else ""
    forms = (text,) if isinstance(text, str) else tuple(text.values())
    return Piece(key.removeprefix(f"{name}."), key, forms)


def _onward(name: str, step: Step, sources: Mapping[str, SourceText]) -> Iterator[Onward]:
    if isinstance(step, Ask):
        for option in step.options.values():
            note = sources[option.text].note if option.text in sources else ""
            piece = _piece(name, option.text, sources)
            yield Onward(f"options.{option.id}", option.goto, piece, note, option.when)
        if step.input == "place":
            yield Onward("goto", step.goto)
        return
    if isinstance(step, When):
        for number, (case, target) in enumerate(step.branches):
            yield Onward(f"when.{number}", target, when=case)
        yield Onward("else", step.otherwise)
        return
    yield Onward("goto", step.goto)
    if isinstance(step, Find):
        yield Onward("none", step.none)
