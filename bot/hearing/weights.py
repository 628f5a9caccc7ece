"""What a text weighs: pieces of its words, and what a trained model makes of them.

The arrays are made by :mod:`bot.content.ear` when a release is checked. Here they are only read.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.hearing.meanings import Meanings

BITS = 17
"""Pieces are put into this many bits of numbers; the rare meeting of two is harmless."""

MEANING_BITS = 15
"""The same for meanings, which stand after the pieces."""

SIZE = (1 << BITS) + (1 << MEANING_BITS)

MEANT = 0.9
"""How much the meanings of a text count beside its letters. Chosen by cross-validation."""

AHEAD = 8.0
"""How much it counts that a kind of danger is likelier than any ordinary topic.

Chosen by cross-validation, like :data:`MEANT`."""

Numbers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]
Halves: TypeAlias = NDArray[np.float16]

_SIZES = (2, 3, 4, 5)


def pieces(folded: str) -> dict[str, int]:
    """Return the pieces of a folded text and how often each is there.

    Runs of two to five letters forgive typing errors; words and pairs of words, whole or only
    their beginnings, know who does what to whom.
    """
    words = folded.split()
    found: dict[str, int] = {}
    for piece in (*_runs(words), *_pairs(words)):
        found[piece] = found.get(piece, 0) + 1
    return found


def _runs(words: Sequence[str]) -> list[str]:
    runs = [f"w:{word}" for word in words]
    for word in words:
        edged = f"^{word[:24]}$"
        for size in _SIZES:
            runs += [edged[at : at + size] for at in range(len(edged) - size + 1)]
    return runs


def _pairs(words: Sequence[str]) -> list[str]:
    pairs: list[str] = []
    for one, two in pairwise(words):
        pairs += (f"b:{one} {two}", f"p:{one[:4]} {two[:4]}")
    pairs += [f"s:{one[:5]} {two[:5]}" for one, two in zip(words, words[2:], strict=False)]
    return pairs


def number(piece: str) -> int:
    """Return the place of a piece in every array, the same on every machine."""
    return zlib.crc32(piece.encode()) & ((1 << BITS) - 1)


def counted(folded: str) -> dict[int, float]:
    """Return the weight of each place that a text touches, before rarity and length count."""
    places: dict[int, int] = {}
    for piece, times in pieces(folded).items():
        place = number(piece)
        places[place] = places.get(place, 0) + times
    return {place: 1 + math.log(times) for place, times in places.items()}


def meant(folded: str, meanings: Meanings, languages: Sequence[str]) -> list[int]:
    """Return the place of each meaning in a text that may be in some languages."""
    found = meanings.pieces(folded.split(), languages)
    mask = (1 << MEANING_BITS) - 1
    return sorted({(1 << BITS) + (zlib.crc32(piece.encode()) & mask) for piece in found})


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as places in the arrays and the weight of each.

    The weights of the pieces have length one, those of the meanings length :data:`MEANT`.
    """

    places: Numbers
    weights: Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear model: a column of numbers for each name."""

    names: tuple[str, ...]
    columns: Halves
    start: Floats

    def scores(self, text: Weighed) -> Floats:
        """Return the score of every name, in the order of the names."""
        rows = self.columns[text.places].astype(np.float32)
        return np.asarray(text.weights @ rows + self.start, dtype=np.float32)

    def best(self, text: Weighed, most: int) -> list[tuple[str, float]]:
        """Return the names with the highest scores, best first."""
        if not self.names:
            return []
        scores = self.scores(text)
        order = np.argsort(-scores, kind="stable")[:most]
        return [(self.names[place], float(scores[place])) for place in order]


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that was learned from the example phrases of a release.

    ``kinds``, ``topics`` and ``calm`` were learned beside each other, so their scores compare.
    """

    rarity: Floats
    danger: Scale
    kinds: Scale
    topics: Scale
    calm: Scale
    languages: Scale
    meanings: Meanings

    def weigh(self, folded: str, languages: Sequence[str] = ()) -> Weighed:
        """Return a folded text in the form that the scales take."""
        found = counted(folded)
        places = np.fromiter(found, dtype=np.int64, count=len(found))
        weights = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = _to_length(weights * self.rarity[places], 1.0)
        more = meant(folded, self.meanings, languages) if languages else []
        if not more:
            return Weighed(places, weights)
        others = np.array(more, dtype=np.int64)
        return Weighed(
            np.concatenate([places, others]),
            np.concatenate([weights, _to_length(self.rarity[others], MEANT)]),
        )

    def risk(self, text: Weighed) -> float:
        """Return how likely it is, from 0 to 1, that a text tells of danger."""
        if not self.danger.names or not text.places.size:
            return 0.0
        score = float(self.danger.scores(text)[0]) + AHEAD * self._ahead(text)
        return 1 / (1 + math.exp(-max(min(score / 2, 50.0), -50.0)))

    def vague(self, text: Weighed) -> float:
        """Return by how much a text is likelier an ordinary sentence than about any topic."""
        if not self.calm.names or not self.topics.names:
            return 0.0
        return float(self.calm.scores(text).max() - self.topics.scores(text).max())

    def _ahead(self, text: Weighed) -> float:
        """Return by how much the likeliest danger is ahead of the likeliest ordinary thing."""
        ordinary = [
            float(scale.scores(text).max()) for scale in (self.topics, self.calm) if scale.names
        ]
        if not self.kinds.names or not ordinary:
            return 0.0
        return float(self.kinds.scores(text).max()) - max(ordinary)


def _to_length(weights: Floats, length: float) -> Floats:
    now = float(np.sqrt(np.sum(weights * weights))) or 1.0
    return np.asarray(weights * (length / now), dtype=np.float32)
