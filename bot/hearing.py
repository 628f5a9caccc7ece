"""What a typed text is about: danger first, then a wish at any moment, then a topic.

Built once a release from the example phrases of every language together, since people mix
languages in one sentence. Nothing of what is heard is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.engine.match import normal

_CLOSE = 90
_TOPIC = 84


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard: the kind of danger, the interrupt, the topics best first."""

    danger: str = ""
    interrupt: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrases:
    """Example phrases, each padded by spaces so that only whole words are found in a text."""

    padded: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, examples: Mapping[str, Iterable[str]]) -> Phrases:
        """Build from the phrases of each name, in order."""
        pairs = [(f" {normal(p)} ", name) for name, ps in examples.items() for p in ps if normal(p)]
        return cls(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))

    def inside(self, text: str, close: float) -> list[tuple[float, int, str]]:
        """Return (score, length, name) of the phrases found inside a normal text, best first."""
        padded = f" {text} "
        exact = [(100.0, len(p), name) for p, name in self._pairs() if p in padded]
        found = process.extract(
            padded, self.padded, scorer=fuzz.partial_ratio, score_cutoff=close, limit=None
        )
        near = [(score, len(p), self.names[i]) for p, score, i in found if _fair(p, padded)]
        return sorted(exact + near, key=lambda hit: (-hit[0], -hit[1]))

    def _pairs(self) -> Iterable[tuple[str, str]]:
        return zip(self.padded, self.names, strict=True)


def _fair(phrase: str, text: str) -> bool:
    """Whether likeness says anything: short phrases must be exact, and fit into the text."""
    return len(phrase) >= 10 and len(text) >= len(phrase) - 2


@dataclass(frozen=True, slots=True)
class Hearing:
    """The ear of a release."""

    danger: Phrases
    harmless: Phrases
    interrupts: Mapping[str, str]
    topics: Phrases

    def hear(self, text: str) -> Heard:
        """Return what a text says. Danger is always looked for, whatever else is there."""
        said = normal(text)
        if not said:
            return Heard()
        topics = dict.fromkeys(name for _, _, name in self.topics.inside(said, _TOPIC))
        return Heard(self.danger_in(said), self.interrupts.get(said, ""), tuple(topics)[:3])

    def danger_in(self, said: str) -> str:
        """Return the kind of danger in a normal text, after figures of speech are taken out."""
        for _, _, phrase in self.harmless.inside(said, 100):
            said = said.replace(phrase, " ")
        found = self.danger.inside(said, _CLOSE)
        return found[0][2] if found else ""
