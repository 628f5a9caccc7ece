"""When each source of the directory was asked last, and since when it does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, Table, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.content import METADATA, upsert

LINK = Table(
    "link",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("failing", BigInteger, nullable=False),  # since when, or 0
    Column("times", Integer, nullable=False),  # how often in a row
)

TWICE = 2
"""A source counts as gone when it did not answer twice, a day apart: once is a bad day."""


@dataclass(frozen=True, slots=True)
class Asked:
    """When a source was asked last; ``failing``: since when it does not answer, 0 when it does."""

    at: int
    failing: int
    times: int


async def asked(connection: AsyncConnection) -> dict[str, Asked]:
    """Return every source that was ever asked."""
    rows = await connection.execute(select(LINK))
    return {row.source: Asked(row.at, row.failing, row.times) for row in rows}


async def gone(connection: AsyncConnection) -> dict[str, int]:
    """Return the sources that do not answer any more, and since when (seconds since 1970)."""
    known = await asked(connection)
    return {name: one.failing for name, one in known.items() if one.times >= TWICE}


async def note(connection: AsyncConnection, source: str, now: int, *, there: bool) -> None:
    """Write down whether a source answered."""
    known = (await asked(connection)).get(source)
    since = known.failing if known and known.failing else now
    times = known.times if known else 0
    row = {"at": now, "failing": 0 if there else since, "times": 0 if there else times + 1}
    statement = upsert(connection, LINK).values(source=source, **row)
    same = statement.on_conflict_do_update(index_elements=[LINK.c.source], set_=row)
    await connection.execute(same)


async def forget(connection: AsyncConnection, sources: Iterable[str]) -> None:
    """Forget sources that the directory does not name any more."""
    for source in sources:
        await connection.execute(delete(LINK).where(LINK.c.source == source))
