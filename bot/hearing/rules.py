"""Rules and phrases that are heard wherever they stand in a text, found quickly by their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.hearing.lines import GAP, Part, Words

GAP_WORDS = 3
"""How many other words a gap lets through."""

_SHORTEST, _LONGEST = 2, 12
_TELLING = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with the name it stands for, and the line somebody wrote (for explaining)."""

    name: str
    line: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that was found, what it stands for, and its words: from ``start`` up to ``end``."""

    name: str
    line: str
    start: int
    end: int

    def within(self, other: Hit) -> bool:
        """Whether another hit covers every word of this one."""
        return other.start <= self.start and self.end <= other.end


class RuleBook:
    """Rules by the words they can begin with."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._whole: dict[str, list[Rule]] = {}
        self._begun: dict[str, list[Rule]] = {}
        for rule in rules:
            self._learn(rule)

    def _learn(self, rule: Rule) -> None:
        firsts = dict.fromkeys(words[0] for words in rule.parts[0])
        for word in firsts:
            book = self._begun if word.endswith("*") else self._whole
            book.setdefault(word.rstrip("*"), []).append(rule)

    def hits(self, words: Sequence[str]) -> Iterator[Hit]:
        """Yield the rules that are found in the words of a text, from its beginning on."""
        for start, word in enumerate(words):
            for rule in self._starting(word):
                end = _matched(rule.parts, words, start)
                if end:
                    yield Hit(rule.name, rule.line, start, end)

    def _starting(self, word: str) -> Iterator[Rule]:
        yield from self._whole.get(word, ())
        for size in range(_SHORTEST, min(len(word), _LONGEST) + 1):
            yield from self._begun.get(word[:size], ())


class PhraseBook:
    """Whole phrases. Those of one or two words say enough only when they are the whole text."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        split = {tuple(phrase.split()): name for phrase, name in phrases.items() if phrase}
        self._names = split
        self._sizes = sorted({len(words) for words in split})

    def hits(self, words: Sequence[str]) -> Iterator[Hit]:
        """Yield the phrases that are found in the words of a text."""
        for size in self._sizes:
            if size < _TELLING and size != len(words):
                continue
            for start in range(len(words) - size + 1):
                found = tuple(words[start : start + size])
                if found in self._names:
                    yield Hit(self._names[found], " ".join(found), start, start + size)


def _matched(parts: Sequence[Part], words: Sequence[str], at: int) -> int:
    """Return where a rule ends that begins at a word, or 0 when it is not there."""
    if not parts:
        return at
    if parts[0] == GAP:
        for skip in range(GAP_WORDS + 1):
            end = _matched(parts[1:], words, at + skip) if at + skip <= len(words) else 0
            if end:
                return end
        return 0
    for some in parts[0]:
        end = at + len(some)
        if _same(some, words[at:end]) and (found := _matched(parts[1:], words, end)):
            return found
    return 0


def _same(some: Words, words: Sequence[str]) -> bool:
    return len(some) == len(words) and all(
        word.startswith(one[:-1]) if one.endswith("*") else word == one
        for one, word in zip(some, words, strict=True)
    )
