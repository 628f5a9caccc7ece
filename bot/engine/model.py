"""What a release holds: conversations made of six kinds of step.

Texts are not here. A step holds the *keys* of its texts (``eten.intro.ask``), and the catalog
resolves them when a reply is spoken, in the language of that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from bot.catalog import Catalog
    from bot.directory import Directory
    from bot.hearing import Hearing

Condition: TypeAlias = Mapping[str, tuple[str, ...]]
"""All names must hold; each name holds when its answer is any of the values."""

ALWAYS: Condition = MappingProxyType({})
"""The condition that everybody fits."""


def _always() -> Condition:
    return ALWAYS


END = "end"
"""A goto that ends the conversation: a subflow returns, the outermost goes on to ``after``."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a step or option leads: to a step, to another conversation, or to the end."""

    step: str = ""
    conversation: str = ""

    @property
    def is_end(self) -> bool:
        """Whether this target ends the conversation."""
        return not self.conversation and self.step == END


@dataclass(frozen=True, slots=True)
class Option:
    """A button. Its id is what ``save`` stores; ``when`` hides it from whom it does not fit.

    ``danger`` says that its words tell of danger: who types them is heard as in danger.
    """

    id: str
    text: str
    goto: Target
    when: Condition = field(default_factory=_always)
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Say something and go on."""

    id: str
    say: str
    goto: Target


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask one question and wait. ``input`` is ``choice``, or ``place`` for a typed place name.

    ``counted`` are the options that are counted, without anything about who chose them.
    """

    id: str
    ask: str
    options: Mapping[str, Option]
    say: str = ""
    save: str = ""
    input: str = "choice"
    goto: Target = Target()
    fingerprint: str = ""
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """Branch on what is known. ``otherwise`` is compulsory: every person goes somewhere."""

    id: str
    branches: tuple[tuple[Condition, Target], ...]
    otherwise: Target


@dataclass(frozen=True, slots=True)
class Find:
    """Show services for a need. ``none`` is compulsory: never an empty answer.

    With ``schemes`` (a kind of advice, or ``all``) it shows what the scheme check finds instead,
    after leaving out the first ``skip`` of them, which were shown before.
    """

    id: str
    need: str
    limit: int
    none: Target
    goto: Target
    say: str = ""
    schemes: str = ""
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Run another conversation as a subflow, then go on."""

    id: str
    conversation: str
    goto: Target


@dataclass(frozen=True, slots=True)
class Card:
    """A help card to keep: what to ask for, where, and the sentence to say, also in Dutch."""

    id: str
    say: str
    need: str
    goto: Target


Step: TypeAlias = Say | Ask | When | Find | Run | Card


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that may be stored, with every value it may take."""

    name: str
    values: tuple[str, ...]
    keep: str = "session"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One script. ``roles`` says for whom; ``was`` maps former step ids to today's.

    ``instead`` maps a role that is not among ``roles`` to the conversation that is for it: who
    types of this topic is led there.
    """

    id: str
    title: str
    roles: frozenset[str]
    start: str
    steps: Mapping[str, Step]
    answers: Mapping[str, Answer]
    heard_as: str = ""
    was: Mapping[str, str] = field(default_factory=dict)
    critical: bool = False
    state: str = "drafted"
    partners: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Something that may be said at any moment, tried before the step that waits.

    ``action`` is one of ``goto`` (with a target), ``back``, ``language``, ``erase``, ``stop``,
    ``resume`` and ``record``; ``command`` is its name in Telegram.
    """

    id: str
    action: str
    command: str
    heard_as: str
    button: str
    goto: Target = Target()


@dataclass(frozen=True, slots=True)
class Line:
    """A line to name first when danger is heard, for whom and when it fits."""

    service: str
    when: Condition = field(default_factory=_always)


@dataclass(frozen=True, slots=True)
class Danger:
    """A kind of danger: what it is called outside, how it sounds, and whom to name."""

    id: str
    signal: str
    heard_as: str
    lines: tuple[Line, ...]
    say: str
    silent: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every conversation: start, end, interrupts, danger, shared answers.

    ``urgent`` are conversations that go first when several are heard: food and a bed.
    """

    start: Target
    after: Target
    person: Target
    answers: Mapping[str, Answer]
    interrupts: Mapping[str, Interrupt]
    dangers: tuple[Danger, ...]
    was: Mapping[str, str] = field(default_factory=dict)
    urgent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that a turn needs, compiled and checked before the first message."""

    id: str
    frame: Frame
    conversations: Mapping[str, Conversation]
    catalog: Catalog
    directory: Directory
    hearing: Hearing

    def answer(self, conversation: str, name: str) -> Answer | None:
        """Return the declaration of an answer as seen from a conversation."""
        own = self.conversations[conversation].answers.get(name)
        return own or self.frame.answers.get(name)


def counted(release: Release) -> dict[str, tuple[str, ...]]:
    """Return every question of a release that is counted (``eten.intro``), with what is counted."""
    steps = (
        (f"{conversation.id}.{step.id}", step)
        for conversation in release.conversations.values()
        for step in conversation.steps.values()
    )
    return {name: step.counted for name, step in steps if isinstance(step, Ask) and step.counted}


def targets(step: Step) -> Iterator[Target]:
    """Yield every place a step can lead to, hidden options included."""
    if isinstance(step, Ask):
        yield from (option.goto for option in step.options.values())
        if step.input == "place":
            yield step.goto
    elif isinstance(step, When):
        yield from (target for _, target in step.branches)
        yield step.otherwise
    else:
        if isinstance(step, Find):
            yield step.none
        yield step.goto
