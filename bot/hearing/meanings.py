"""What a word means, in any language: a lexicon that lets an example teach every language.

"slaat", "hits" and "бьет" share one meaning, so a sentence that was only written in Dutch helps
to hear the same sentence in Ukrainian. Grammar is left out: people who hurry leave it out too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Lexicon: TypeAlias = Mapping[str, tuple[str, ...]]

REACH = 4
"""Meanings that stand at most this far apart say something together."""

_ENDINGS_FROM, _ENDINGS_FROM_EASTERN = 4, 3
_EASTERN = "\u0600"
_LONGEST = 16


@dataclass(frozen=True, slots=True)
class Meanings:
    """Words by language; ``openings`` are letters that may stand before a word ("the", "and")."""

    words: Mapping[str, Lexicon] = field(default_factory=dict)
    openings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, word: str, language: str) -> tuple[str, ...]:
        """Return what a folded word means in a language; nothing when it is not in the lexicon."""
        lexicon = self.words.get(language)
        if not lexicon:
            return ()
        found = _looked_up(word, lexicon)
        if found:
            return found
        for opening in self.openings.get(language, ()):
            rest = word.removeprefix(opening)
            if 1 < len(rest) < len(word) and (found := _looked_up(rest, lexicon)):
                return found
        return ()

    def pieces(self, words: Sequence[str], languages: Sequence[str]) -> set[str]:
        """Return the meanings in a text, and those that stand together in any order."""
        told = [names for word in words if (names := self._of_any(word, languages))]
        found = {f"m:{name}" for names in told for name in names}
        for place, names in enumerate(told):
            for others in told[place + 1 : place + 1 + REACH]:
                pairs = ((one, other) for one in names for other in others if one != other)
                found.update(f"n:{min(pair)} {max(pair)}" for pair in pairs)
        return found

    def _of_any(self, word: str, languages: Sequence[str]) -> tuple[str, ...]:
        if len(languages) == 1:
            return self.of(word, languages[0])
        every = (name for code in languages for name in self.of(word, code))
        return tuple(dict.fromkeys(every))


def _looked_up(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the meaning of the whole word, else of the longest beginning that takes endings.

    Words of four letters take endings; of three where vowels are not written (Arabic, Tigrinya).
    """
    if word in lexicon:
        return lexicon[word]
    shortest = _ENDINGS_FROM_EASTERN if word[0] >= _EASTERN else _ENDINGS_FROM
    for size in range(min(len(word) - 1, _LONGEST), shortest - 1, -1):
        found = lexicon.get(word[:size])
        if found:
            return found
    return ()
