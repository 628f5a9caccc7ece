"""The log of what staff did: it grows, in one chain, and nothing in it ever changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.staff.chain import Entry, Fact, following
from bot.store.tables import AUDIT


async def append(
    connection: AsyncConnection,
    now: datetime,
    account: str,
    event: str,
    facts: Mapping[str, Fact],
) -> Entry:
    """Add an entry, in the transaction of what it tells about. Needs the write lock."""
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    entry = following(await last(connection), at, account, event, facts)
    await connection.execute(insert(AUDIT).values(_values(entry)))
    return entry


async def last(connection: AsyncConnection) -> Entry | None:
    """Return the newest entry: the head of the chain."""
    found = await connection.execute(select(AUDIT).order_by(AUDIT.c.number.desc()).limit(1))
    row = found.one_or_none()
    return Entry(*row) if row else None


async def before(connection: AsyncConnection, number: int, most: int) -> list[Entry]:
    """Return at most ``most`` entries older than ``number``, newest first; 0 starts at the head."""
    query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(most)
    if number:
        query = query.where(AUDIT.c.number < number)
    return [Entry(*row) for row in await connection.execute(query)]


async def everything(connection: AsyncConnection) -> list[Entry]:
    """Return the whole log, oldest first."""
    rows = await connection.execute(select(AUDIT).order_by(AUDIT.c.number))
    return [Entry(*row) for row in rows]


def export(head: Entry | None, folder: Path, now: datetime) -> Path | None:
    """Write today's head into ``folder``, once a day; return the file when one was written.

    The file is never overwritten: it is the witness against a chain that was rewritten whole.
    """
    path = folder / f"{now.astimezone(UTC).date().isoformat()}.json"
    if head is None or path.exists():
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps({"number": head.number, "at": head.at, "hash": head.hash})
    with path.open("x", encoding="utf-8") as file:
        file.write(line + "\n")
    return path


def exported(folder: Path) -> dict[int, str]:
    """Return the heads that were written down, by number. A file that cannot be read is a break."""
    heads: dict[int, str] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            head = json.loads(path.read_text(encoding="utf-8"))
            heads[int(head["number"])] = str(head["hash"])
        except (OSError, ValueError, KeyError, TypeError):
            heads[1] = path.name
    return heads


def _values(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Entry.__slots__}
