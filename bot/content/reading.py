"""How hard is a Dutch text to read? A rough level, for a hint to a writer.

No formula knows whether somebody understands a text. This one looks at sentence length and word
length only, and is calibrated on ``tests/content/reading_sample.yaml``: sentences that we labelled
ourselves, marked so there. Levels are those of the Common European Framework as Dutch government
guidelines use them (A2 for low-literate readers, B1 as the upper bound), which is itself
criticised as a measure of texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A least-squares fit of level (A2 = 1, B1 = 2, B2 = 3) on words a sentence and syllables a word.
PER_WORD, PER_SYLLABLE, START = 0.067, 1.075, -0.68
ABOVE_A2, ABOVE_B1 = 1.5, 2.45
ENOUGH_WORDS = 6
"""Shorter texts (a button, a title) have no level of their own."""

_SENTENCE = re.compile(r"[.!?:]+[\"”']?(?:\s|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouyáéíóúàèëïöüâêîôû]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What can be counted in a text."""

    words: int
    longest_sentence: int
    score: float

    @property
    def level(self) -> str:
        """Return ``A2``, ``B1`` or ``B2`` (B2 and above: too hard here)."""
        if self.words < ENOUGH_WORDS or self.score <= ABOVE_A2:
            return "A2"
        return "B1" if self.score <= ABOVE_B1 else "B2"


def read(text: str, known: Iterable[str] = ()) -> Reading:
    """Count a text. ``known`` names official words that are explained elsewhere: they count as
    one syllable, because readers meet them as names.
    """
    sentences = [words for part in _SENTENCE.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Reading(0, 0, 0.0)
    names = {word.casefold() for word in known}
    syllables = sum(1 if w.casefold() in names else len(_VOWELS.findall(w)) for w in words)
    score = START + PER_WORD * len(words) / len(sentences) + PER_SYLLABLE * syllables / len(words)
    return Reading(len(words), max(map(len, sentences)), score)
