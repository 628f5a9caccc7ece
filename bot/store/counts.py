"""What was counted, a number for each week, question and choice. Nothing here is anybody's.

Every number came with noise (`bot.tally`), so this table may be read, copied and kept. The week is
its only clock. What people see of it is stricter still: whole weeks of which enough was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Integer, Row, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.privacy.noise import reach
from bot.store.content import METADATA, upsert

COUNTED = Table(
    "counted",
    METADATA,
    Column("week", Text, primary_key=True),  # as 2026-W48
    Column("question", Text, primary_key=True),  # conversation.step
    Column("choice", Text, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("parts", Integer, nullable=False),  # how often a part with noise on it was added
)

LEAST = 50
"""A question is released for a week when so much was chosen, noise included."""

NOISES = 2
"""How often noise was put on a part: when its counting began, and when it was written here."""


@dataclass(frozen=True, slots=True)
class Released:
    """What was chosen at a question in a week. ``reach``: how far a number is off, at most."""

    week: str
    question: str
    totals: Mapping[str, int]
    reach: int


async def add(connection: AsyncConnection, week: str, part: Mapping[tuple[str, str], int]) -> None:
    """Add a part, by question and choice, with noise on it already, to the numbers of its week."""
    rows = [
        {"week": week, "question": question, "choice": choice, "total": number, "parts": 1}
        for (question, choice), number in part.items()
    ]
    made = upsert(connection, COUNTED).values(rows)
    grown = {name: COUNTED.c[name] + made.excluded[name] for name in ("total", "parts")}
    await connection.execute(
        made.on_conflict_do_update(index_elements=list(COUNTED.primary_key), set_=grown)
    )


async def released(connection: AsyncConnection, since: str, before: str) -> list[Released]:
    """Return what may be seen of the weeks from ``since`` to before ``before``, newest first."""
    c = COUNTED.c
    found = await connection.execute(
        select(COUNTED)
        .where(c.week >= since, c.week < before)
        .order_by(c.week.desc(), c.question, c.choice)
    )
    rows = groupby(found, key=lambda row: (row.week, row.question))
    return list(_released((week, question, list(cells)) for (week, question), cells in rows))


def _released(tables: Iterator[tuple[str, str, list[Row[Any]]]]) -> Iterator[Released]:
    for week, question, cells in tables:
        off = reach(NOISES * sum(cell.parts for cell in cells))
        # Where noise was added often, chance alone could reach a fixed number.
        if sum(cell.total for cell in cells) >= max(LEAST, 2 * off):
            totals = {cell.choice: cell.total for cell in cells}
            most = reach(NOISES * max(cell.parts for cell in cells))
            yield Released(week, question, totals, most)
