"""Noise that hides one choice in a count: discrete Laplace, drawn by the OpenDP library.

Each number of a table gets noise of its own. One session changes one number of a table by one, so
whatever is then seen of the table is at most e^`EPSILON` times likelier with that session than
without it. Who changes their choice changes two numbers: twice that.
"""

import math
from collections.abc import Sequence

from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_laplace
from opendp.metrics import l1_distance
from opendp.mod import Measurement, enable_features

EPSILON = 1.0
"""What one look at a table may give away of one session; a smaller number hides more."""

_SHRINKS = math.exp(-EPSILON)
_VARIANCE = 2 * _SHRINKS / (1 - _SHRINKS) ** 2


def mechanism() -> Measurement:
    """Return what adds the noise; it knows what it gives away (`Measurement.map`)."""
    enable_features("contrib")
    space = vector_domain(atom_domain(T="i64")), l1_distance(T="i64")
    return make_laplace(*space, scale=1 / EPSILON)


_MECHANISM = mechanism()


def blurred(numbers: Sequence[int]) -> list[int]:
    """Return numbers with fresh noise on each; they may come out below zero."""
    return list(_MECHANISM(list(numbers)))


def reach(times: int) -> int:
    """Return how far a number is off, 95 times in 100 at most, after noise was added ``times``."""
    return math.ceil(2 * math.sqrt(times * _VARIANCE))
