"""Counting in private: neither memory nor disk tells what one person chose, and nothing twice."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.engine.session import Count
from bot.privacy.noise import EPSILON
from bot.store.content import ContentStore
from bot.store.counts import COUNTED
from bot.store.live import StoreError
from bot.tally import Blur, Part, Tally, week_of
from tests.conftest import NOON

QUESTIONS = {"stem.wat": ("eten", "meedoen", "praten")}
CELLS = [Count("stem.wat", choice) for choice in QUESTIONS["stem.wat"]]
YES = Count("stem.wat", "eten")


def exact(numbers: Sequence[int]) -> list[int]:
    """No noise at all."""
    return list(numbers)


def by(noises: Iterator[int]) -> Blur:
    """Noise that is known beforehand."""
    return lambda numbers: [number + next(noises) for number in numbers]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ContentStore]:
    async with ContentStore.open(tmp_path / "c.sqlite") as one:
        yield one


async def written(store: ContentStore) -> dict[tuple[str, str], tuple[int, int]]:
    async with store.reading() as connection:
        rows = (await connection.execute(select(COUNTED))).all()
    return {(row.week, row.choice): (row.total, row.parts) for row in rows}


# -- what somebody can see

Seen = tuple[list[int], list[int]]


def seen(chosen: list[Count], look: int, noise: Sequence[int]) -> Seen:
    """What a look into memory after some choices shows, and what is written in the end."""
    part = Part(NOON.date(), by(iter(noise)))
    part.ask(QUESTIONS)
    memory = []
    for number, count in enumerate([*chosen, None]):
        if number == look:
            memory = list(part.numbers.values())
        if count:
            part.add(count)
    return memory, list(part.end().values())


NOISE = st.lists(st.integers(-9, 9), min_size=6, max_size=6)


@given(st.lists(st.sampled_from(CELLS), min_size=1, max_size=9), NOISE, st.data())
def test_without_one_person_all_looks_the_same_with_one_noise_one_larger(
    chosen: list[Count], noise: list[int], data: st.DataObject
) -> None:
    """So nothing that is seen is more than e^EPSILON times likelier with that person.

    Whatever is seen (one look into memory at any moment, and the disk), leaving out one choice
    shows the very same when one of six noises is larger by one; and OpenDP draws a noise larger by
    one at most e^EPSILON times less or more often (`tests/privacy/test_noise.py`).
    """
    who = data.draw(st.integers(0, len(chosen) - 1), label="who is left out")
    look = data.draw(st.integers(0, len(chosen)), label="when somebody looks")
    cell = CELLS.index(chosen[who])
    other = list(noise)
    # Before the look the noise at the beginning hides them, after it the noise at the end.
    other[cell if who < look else 3 + cell] += 1
    rest = chosen[:who] + chosen[who + 1 :]
    assert seen(chosen, look, noise) == seen(rest, look - (who < look), other)


def guessed_right(blur: Blur) -> float:
    """How often somebody who looks into memory tells whether one child chose, of 2,000 times."""
    coin, right = random.Random(5), 0
    for _ in range(2000):
        part, chose = Part(NOON.date(), blur), coin.random() < 0.5
        part.ask(QUESTIONS)
        if chose:
            part.add(YES)
        right += (part.numbers[YES] > 0) == chose
    return right / 2000


def laplace(dice: random.Random) -> Blur:
    """The same noise as OpenDP's, from a seed: the same numbers in every run of the test."""

    def drawn() -> int:
        return next(n for n in range(10**6) if dice.random() > math.exp(-EPSILON))

    return lambda numbers: [number + drawn() - drawn() for number in numbers]


def test_attack_a_look_into_memory_hardly_tells_whether_somebody_chose() -> None:
    """At most e^EPSILON to 1: 73 times in 100, where a coin is right 50 times."""
    most = math.exp(EPSILON)
    assert guessed_right(laplace(random.Random(6))) <= most / (1 + most) + 0.02


def test_without_noise_a_look_into_memory_tells_it_always() -> None:
    assert guessed_right(exact) == 1.0


# -- from memory to disk


def tally(store: ContentStore, blur: Blur = exact, days: int = 0) -> Tally:
    return Tally(store, lambda: NOON + timedelta(days=days), blur)


async def test_a_part_is_added_to_its_week_and_the_next_begins_anew(store: ContentStore) -> None:
    one = tally(store)
    one.ask(QUESTIONS)
    one.add(YES)
    await one.close()
    one.add(YES)
    await one.close()
    assert await written(store) == {
        ("2026-W48", "eten"): (2, 2),
        ("2026-W48", "meedoen"): (0, 2),
        ("2026-W48", "praten"): (0, 2),
    }


async def test_noise_comes_twice_on_every_number_chosen_or_not(store: ContentStore) -> None:
    """Three at the beginning (100), three at the end (1), and three of the part that begins."""
    one = tally(store, by(iter([100] * 3 + [0] * 3 + [1] * 3)))
    one.ask(QUESTIONS)
    one.add(YES)
    await one.close()
    numbers = {choice: total for (_, choice), (total, _) in (await written(store)).items()}
    assert numbers == {"eten": 102, "meedoen": 101, "praten": 101}


async def test_nothing_is_on_disk_before_a_part_ends(store: ContentStore) -> None:
    """A choice leaves no moment behind: what is written is written whether somebody chose."""
    one = tally(store)
    one.ask(QUESTIONS)
    one.add(YES)
    assert await written(store) == {}


async def test_a_part_belongs_to_the_week_in_which_it_began(store: ContentStore) -> None:
    now = NOON + timedelta(days=5)
    one = Tally(store, lambda: now, exact)
    one.ask(QUESTIONS)
    now += timedelta(days=1)
    await one.close()
    await one.close()
    assert {week for week, _ in await written(store)} == {"2026-W48", "2026-W49"}


async def test_a_question_that_comes_later_begins_with_noise_as_well(store: ContentStore) -> None:
    """Otherwise the first who chooses would be seen to be the first."""
    part = Part(NOON.date(), by(iter([5] * 9)))
    part.ask(QUESTIONS)
    part.add(YES)
    part.ask({**QUESTIONS, "ander.wat": ("ja", "nee")})
    assert list(part.numbers.values()) == [6, 5, 5, 5, 5]


async def test_what_no_question_asks_is_let_go(store: ContentStore) -> None:
    one = tally(store)
    one.ask(QUESTIONS)
    one.add(Count("stem.wat", "gone"))
    await one.close()
    assert {choice for _, choice in await written(store)} == {"eten", "meedoen", "praten"}


async def test_a_part_that_cannot_be_written_is_lost_and_never_counts_twice(
    store: ContentStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = tally(store)
    one.ask(QUESTIONS)
    one.add(YES)
    with monkeypatch.context() as broken:
        broken.setattr(store, "writing", fails)
        await one.close()
    await one.close()
    assert (await written(store))["2026-W48", "eten"] == (0, 1)
    assert '{"event": "counts_lost"' in capsys.readouterr().err


def fails() -> None:
    raise StoreError("full")


async def test_stopping_writes_the_part_of_today(store: ContentStore) -> None:
    async with tally(store).running() as one:
        one.ask(QUESTIONS)
        one.add(YES)
    assert (await written(store))["2026-W48", "eten"] == (1, 1)


async def test_the_end_of_a_day_writes_its_part(
    store: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tally.PAUSE", 0.001)
    now, ended = NOON, asyncio.Event()
    one = Tally(store, lambda: now, exact)
    one.ask(QUESTIONS)
    close = one.close

    async def noted() -> None:
        await close()
        ended.set()

    monkeypatch.setattr(one, "close", noted)
    async with one.running():
        one.add(YES)
        now += timedelta(days=1)
        await ended.wait()
        assert (await written(store))["2026-W48", "eten"] == (1, 1)


async def test_a_server_that_counts_nothing_writes_nothing(store: ContentStore) -> None:
    async with tally(store).running():
        pass
    assert await written(store) == {}


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 29), "2026-W48"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
    ],
)
def test_a_week_is_monday_to_sunday(day: date, week: str) -> None:
    assert week_of(day) == week
