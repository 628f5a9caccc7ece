"""How often a password was wrong, for whom, and how long to wait before the next one.

A browser in which somebody signed in with their password before is *known*: it is counted by
itself and waits for nobody else's guesses. So a stranger who keeps guessing at a name slows down
strangers, and never shuts a colleague out (OWASP, "Slow Down Online Guessing Attacks with Device
Cookies").
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.staff import pace
from bot.staff.secrets import hashed, new_token
from bot.store.content import upsert
from bot.store.tables import ACCOUNT, ATTEMPT, DEVICE

EVERYBODY = ""
"""Stands for the name under which all guesses of strangers are counted together."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Under which names an attempt is counted: a known browser's own, or a name and everybody."""

    own: str
    known: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names."""
        return (self.own,) if self.known else (self.own, EVERYBODY)


async def counted(connection: AsyncConnection, login: str, device: str, now: int) -> Counted:
    """Say how an attempt at a name is counted, from a browser with this token (or none)."""
    joined = DEVICE.join(ACCOUNT, DEVICE.c.account == ACCOUNT.c.id)
    query = select(DEVICE.c.id).select_from(joined).where(ACCOUNT.c.login == login)
    here = (DEVICE.c.id == hashed(device), DEVICE.c.made > now - pace.KNOWN)
    found = await connection.execute(query.where(*here))
    known = found.scalar_one_or_none()
    return Counted(known, known=True) if known else Counted(hashed(login), known=False)


async def wait(connection: AsyncConnection, attempt: Counted, now: int) -> int:
    """Return the seconds to wait before a password may be tried."""
    waits = [0]
    for key in attempt.keys:
        found = await connection.execute(select(ATTEMPT).where(ATTEMPT.c.id == key))
        row = found.one_or_none()
        if row:
            everybody = key == EVERYBODY
            waits.append(pace.wait(row.failures, row.last, now, everybody=everybody))
    return max(waits)


async def trying(connection: AsyncConnection, attempt: Counted, now: int) -> int:
    """Count a failure; return how many there are for the name (or the known browser).

    It is counted before the password is looked at, and taken back by `succeeded`: a hundred
    requests at once would otherwise all see that nobody failed yet.
    """
    forgiven = now - pace.FORGIVEN_AFTER
    await connection.execute(delete(ATTEMPT).where(ATTEMPT.c.last <= forgiven))
    for key in attempt.keys:
        put = upsert(connection, ATTEMPT).values(id=key, failures=1, last=now)
        again = {"failures": ATTEMPT.c.failures + 1, "last": now}
        await connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=again))
    return await _failures(connection, attempt.own)


async def succeeded(connection: AsyncConnection, attempt: Counted, login: str) -> int:
    """Forget these failures; return how many there were for the name before this attempt.

    What strangers guessed stays counted when a known browser signs in.
    """
    before = await _failures(connection, attempt.own) - 1
    strangers = await _failures(connection, hashed(login)) if attempt.known else 0
    await connection.execute(delete(ATTEMPT).where(ATTEMPT.c.id == attempt.own))
    if not attempt.known:
        one_less = {"failures": ATTEMPT.c.failures - 1}
        everybody = ATTEMPT.c.id == EVERYBODY
        await connection.execute(update(ATTEMPT).where(everybody).values(one_less))
    return max(before, 0) + strangers


async def _failures(connection: AsyncConnection, key: str) -> int:
    query = select(ATTEMPT.c.failures).where(ATTEMPT.c.id == key)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def know(connection: AsyncConnection, account: str, old: str, now: int) -> str:
    """Make a browser known, in the place of what it was known by; return the token it keeps."""
    over = (DEVICE.c.id == hashed(old)) | (DEVICE.c.made <= now - pace.KNOWN)
    await connection.execute(delete(DEVICE).where(over))
    token = new_token()
    values = {"id": hashed(token), "account": account, "made": now}
    await connection.execute(insert(DEVICE).values(values))
    return token


async def forget(connection: AsyncConnection, account: str) -> None:
    """Forget every browser in which an account signed in with its password."""
    await connection.execute(delete(DEVICE).where(DEVICE.c.account == account))
