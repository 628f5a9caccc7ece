"""What is released of the counts: whole weeks of which enough was chosen, and how far it is off."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.content import METADATA, ContentStore
from bot.store.counts import LEAST, Released, add, released

WEEK, NEXT = "2026-W48", "2026-W49"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ContentStore]:
    async with ContentStore.open(tmp_path / "c.sqlite") as one:
        yield one


async def counted(store: ContentStore, *numbers: int, week: str = WEEK, times: int = 1) -> None:
    part = {("stem.wat", f"c{place}"): number for place, number in enumerate(numbers)}
    for _ in range(times):
        async with store.writing() as connection:
            await add(connection, week, part)


async def shown(store: ContentStore, before: str = NEXT, since: str = "") -> list[Released]:
    async with store.reading() as connection:
        return await released(connection, since, before)


async def test_a_week_is_released_when_it_is_over(store: ContentStore) -> None:
    await counted(store, 40, 30)
    assert await shown(store, before=WEEK) == []
    (table,) = await shown(store)
    assert table == Released(WEEK, "stem.wat", {"c0": 40, "c1": 30}, reach=4)


async def test_a_question_that_few_answered_is_not_released(store: ContentStore) -> None:
    await counted(store, LEAST - 1, 0)
    assert await shown(store) == []
    await counted(store, 1, 0)
    assert len(await shown(store)) == 1


async def test_parts_add_up_and_each_widens_how_far_a_number_is_off(store: ContentStore) -> None:
    await counted(store, 10, 0, times=7)
    (table,) = await shown(store)
    assert (table.totals["c0"], table.reach) == (70, 11)


async def test_chance_alone_is_never_released(store: ContentStore) -> None:
    """Noise that was added four hundred times may well come to a fixed number."""
    await counted(store, LEAST, 0)
    await counted(store, 0, 0, times=399)
    assert await shown(store) == []


async def test_weeks_and_questions_stand_apart_newest_first(store: ContentStore) -> None:
    await counted(store, 60, week="2026-W47")
    await counted(store, 70)
    await counted(store, 80, week=NEXT)
    assert [table.week for table in await shown(store)] == [WEEK, "2026-W47"]
    assert [table.week for table in await shown(store, since=WEEK)] == [WEEK]


def test_there_is_nothing_of_a_person_in_the_table() -> None:
    """No row of one session, no clock but the week, no role, age, place or language."""
    columns = [column.name for column in METADATA.tables["counted"].columns]
    assert columns == ["week", "question", "choice", "total", "parts"]


def test_whoever_copies_a_store_knows_every_table() -> None:
    """The command line imports little; a table that it did not know would stay behind."""
    code = "import bot.releases.carry, bot.store.content as c; print(*c.METADATA.tables)"
    command = [sys.executable, "-c", code]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(known.split()) == set(METADATA.tables) >= {"counted", "release", "account"}
