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

BITS = 17
"""Pieces are put into this many bits of numbers; the rare meeting of two is harmless."""

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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as places in the arrays and the weight of each; the weights have length one."""

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
    """Everything that was learned from the example phrases of a release."""

    rarity: Floats
    danger: Scale
    kinds: Scale
    topics: Scale
    languages: Scale

    def weigh(self, folded: str) -> Weighed:
        """Return a folded text in the form that the scales take."""
        found = counted(folded)
        places = np.fromiter(found, dtype=np.int64, count=len(found))
        weights = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = weights * self.rarity[places]
        length = float(np.sqrt(np.sum(weights * weights))) or 1.0
        return Weighed(places, np.asarray(weights / length, dtype=np.float32))

    def risk(self, text: Weighed) -> float:
        """Return how likely it is, from 0 to 1, that a text tells of danger."""
        if not self.danger.names or not text.places.size:
            return 0.0
        return 1 / (1 + math.exp(-float(self.danger.scores(text)[0])))
