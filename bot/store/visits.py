"""Sessions of staff.

A session is found by the hash of the token in the cookie, so a copy of the store opens none.
Before sign-in it belongs to nobody; signing in always makes a new one (fixation).
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.staff import pace
from bot.staff.secrets import hashed, new_token
from bot.store.tables import VISIT

MOST_STRANGERS = 2000
"""Sessions kept for people who did not sign in (yet); the oldest make room."""

_TOUCH = 60


@dataclass(frozen=True, slots=True)
class Visit:
    """A session as it is stored. ``account`` is empty before sign-in."""

    id: str
    account: str
    csrf: str
    way: str
    created: int
    seen: int

    def is_csrf(self, token: str) -> bool:
        """Say whether a form carries the token of this session."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


async def begin(
    connection: AsyncConnection, now: int, account: str = "", way: str = ""
) -> tuple[str, Visit]:
    """Make a session; return the token for its cookie, which is kept nowhere else."""
    await _tidy(connection, now)
    token = new_token()
    visit = Visit(hashed(token), account, new_token(), way, now, now)
    values = {name: getattr(visit, name) for name in Visit.__slots__}
    values["account"] = account or None
    await connection.execute(insert(VISIT).values(values))
    return token, visit


async def find(connection: AsyncConnection, token: str, now: int) -> Visit | None:
    """Return the session of a cookie, unless it is over."""
    found = await connection.execute(select(VISIT).where(VISIT.c.id == hashed(token)))
    row = found.one_or_none()
    if row is None or pace.is_over(row.created, row.seen, now):
        return None
    if row.account is None and now - row.created >= pace.BEFORE_SIGN_IN:
        return None
    return _visit(row)


async def touch(connection: AsyncConnection, visit: Visit, now: int) -> None:
    """Remember that a session is in use."""
    await connection.execute(update(VISIT).where(VISIT.c.id == visit.id).values(seen=now))


def is_stale(visit: Visit, now: int) -> bool:
    """Say whether `touch` is due: not with every request, that would be a write for each."""
    return now - visit.seen >= _TOUCH


async def end(connection: AsyncConnection, visit_id: str) -> None:
    """End one session."""
    await connection.execute(delete(VISIT).where(VISIT.c.id == visit_id))


async def end_all(connection: AsyncConnection, account: str, but: str = "") -> None:
    """End every session of an account, but for the one with the id ``but``."""
    await connection.execute(delete(VISIT).where(VISIT.c.account == account, VISIT.c.id != but))


async def of_account(connection: AsyncConnection, account: str, now: int) -> list[Visit]:
    """Return the sessions of an account that are not over, newest first."""
    query = select(VISIT).where(VISIT.c.account == account).order_by(VISIT.c.created.desc())
    visits = [_visit(row) for row in await connection.execute(query)]
    return [visit for visit in visits if not pace.is_over(visit.created, visit.seen, now)]


async def remember(connection: AsyncConnection, visit: Visit, name: str, value: str) -> None:
    """Keep a value for a later request of this session: a challenge, a new secret."""
    kept = {**await _pending(connection, visit), name: value}
    await _keep(connection, visit, kept)


async def recall(connection: AsyncConnection, visit: Visit, name: str) -> str:
    """Return a value that was kept, or nothing."""
    return (await _pending(connection, visit)).get(name, "")


async def take(connection: AsyncConnection, visit: Visit, name: str) -> str:
    """Return a value that was kept, once: a second request gets nothing."""
    kept = await _pending(connection, visit)
    value = kept.pop(name, "")
    await _keep(connection, visit, kept)
    return value


async def _pending(connection: AsyncConnection, visit: Visit) -> dict[str, str]:
    found = await connection.execute(select(VISIT.c.pending).where(VISIT.c.id == visit.id))
    kept: dict[str, str] = json.loads(found.scalar_one_or_none() or "{}")
    return kept


async def _keep(connection: AsyncConnection, visit: Visit, kept: dict[str, str]) -> None:
    where = VISIT.c.id == visit.id
    await connection.execute(update(VISIT).where(where).values(pending=json.dumps(kept)))


async def _tidy(connection: AsyncConnection, now: int) -> None:
    """Remove sessions that are over, and strangers beyond `MOST_STRANGERS`."""
    over = (VISIT.c.seen <= now - pace.IDLE) | (VISIT.c.created <= now - pace.LONGEST_SESSION)
    await connection.execute(delete(VISIT).where(over))
    stranger = VISIT.c.account.is_(None)
    count = (await connection.execute(select(func.count()).where(stranger))).scalar_one()
    if count >= MOST_STRANGERS:
        oldest = select(VISIT.c.id).where(stranger).order_by(VISIT.c.created).limit(count // 2)
        await connection.execute(delete(VISIT).where(VISIT.c.id.in_(oldest)))


def _visit(row: Row[Any]) -> Visit:
    return Visit(row.id, row.account or "", row.csrf, row.way, row.created, row.seen)
