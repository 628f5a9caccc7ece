"""The noise on counts is what it says it is."""

from __future__ import annotations

import math

import pytest

from bot.privacy.noise import EPSILON, blurred, mechanism, reach


@pytest.mark.parametrize("changes", [1, 2])
def test_one_session_more_or_less_is_hidden_as_much_as_declared(changes: int) -> None:
    """The library vouches for it: one number off by one gives away EPSILON, two twice that."""
    assert mechanism().map(changes) == pytest.approx(changes * EPSILON)


def test_every_number_keeps_its_place_and_may_come_out_below_zero() -> None:
    """A thousand zeros: no one of them alone, so that this fails once in 10^300 times."""
    found = blurred([10_000, *[0] * 1000])
    assert found[0] > 5000
    assert min(found) < 0 < max(found[1:])


def test_nothing_to_count_is_nothing() -> None:
    assert blurred([]) == []


def test_how_far_a_number_is_off_grows_with_the_noise_on_it() -> None:
    """Two standard deviations of the sum; twice the noise at four times as many."""
    one = 2 * math.exp(-EPSILON) / (1 - math.exp(-EPSILON)) ** 2
    assert reach(14) == math.ceil(2 * math.sqrt(14 * one)) == 11
    assert reach(0) == 0
