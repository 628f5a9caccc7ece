"""Accounts and credentials: one function for each thing that happens to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.staff import pace
from bot.staff.roles import Account
from bot.staff.secrets import hashed, login_of, new_id, new_token, recovery_hash
from bot.store import attempts, visits
from bot.store.tables import ACCOUNT, INVITATION, PASSKEY, RECOVERY


class TakenError(Exception):
    """The name, or the passkey, already belongs to an account."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what the page about people shows of it."""

    account: Account
    created: int
    revoked: int
    passkeys: int
    password: bool
    invited_until: int


@dataclass(frozen=True, slots=True)
class Knows:
    """What a password sign-in is compared with."""

    account: str
    password: str | None
    totp: str | None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it is stored."""

    id: bytes
    account: str
    public_key: bytes
    sign_count: int
    created: int
    used: int

    @property
    def name(self) -> str:
        """Return the name that pages and forms use for it: the hash of its id."""
        return credential_hash(self.id)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that is still valid, and whom it lets in."""

    id: str
    account: Account


def credential_hash(credential: bytes) -> str:
    """Return the hash by which a passkey is named outside the store."""
    return hashlib.sha256(credential).hexdigest()


async def is_empty(connection: AsyncConnection) -> bool:
    """Say whether nobody can enter: no account has a way to sign in."""
    ways = select(PASSKEY.c.account).union(
        select(ACCOUNT.c.id).where(ACCOUNT.c.password.is_not(None))
    )
    return (await connection.execute(ways.limit(1))).first() is None


async def find(connection: AsyncConnection, account: str) -> Account | None:
    """Return an account that may enter."""
    where = (ACCOUNT.c.id == account, ACCOUNT.c.revoked.is_(None))
    row = (await connection.execute(select(ACCOUNT).where(*where))).one_or_none()
    return await _account(connection, row) if row else None


async def everybody(connection: AsyncConnection, now: int) -> list[Person]:
    """Return every account, revoked ones last."""
    rows = (await connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.login))).all()
    people = [await _person(connection, row, now) for row in rows]
    return sorted(people, key=lambda person: bool(person.revoked))


async def add(
    connection: AsyncConnection,
    name: str,
    roles: Iterable[str],
    municipalities: Iterable[str],
    now: int,
) -> str:
    """Make an account without credentials; return its id. Raises `TakenError`."""
    values = {
        "id": new_id(),
        "name": " ".join(name.split()),
        "login": login_of(name),
        "roles": " ".join(sorted(roles)),
        "municipalities": " ".join(sorted(municipalities)),
        "invited_by": "",
        "created": now,
        "totp_step": 0,
    }
    try:
        await connection.execute(insert(ACCOUNT).values(values))
    except IntegrityError:
        raise TakenError from None
    return str(values["id"])


async def set_roles(
    connection: AsyncConnection, account: str, roles: Iterable[str], municipalities: Iterable[str]
) -> None:
    """Give an account these roles and no others. Its sessions end."""
    values = {
        "roles": " ".join(sorted(roles)),
        "municipalities": " ".join(sorted(municipalities)),
    }
    await connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(values))
    await visits.end_all(connection, account)


async def revoke(connection: AsyncConnection, account: str, now: int) -> None:
    """Shut an account out at once: sessions, credentials and open links are gone."""
    await _forget(connection, account)
    await connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(revoked=now))


async def invite(connection: AsyncConnection, account: str, by: str, now: int) -> str:
    """Make a new link for an account; return its token, which is kept nowhere.

    The account loses what it could sign in with, and is from now on counted as invited by ``by``:
    whoever makes a link could use it.
    """
    await _forget(connection, account)
    await connection.execute(
        update(ACCOUNT).where(ACCOUNT.c.id == account).values(invited_by=by, revoked=None)
    )
    token = new_token()
    values = {
        "id": hashed(token),
        "account": account,
        "invited_by": by,
        "expires": now + pace.INVITATION,
    }
    await connection.execute(insert(INVITATION).values(values))
    return token


async def invitation(connection: AsyncConnection, token: str, now: int) -> Invitation | None:
    """Return the invitation of a link, unless it was used or is too old."""
    where = (INVITATION.c.id == hashed(token), INVITATION.c.expires > now)
    row = (await connection.execute(select(INVITATION).where(*where))).one_or_none()
    account = await find(connection, row.account) if row else None
    return Invitation(row.id, account) if row and account else None


async def use(connection: AsyncConnection, link: Invitation) -> bool:
    """Use up an invitation; False when another request was first."""
    gone = await connection.execute(delete(INVITATION).where(INVITATION.c.id == link.id))
    return gone.rowcount == 1


async def add_passkey(
    connection: AsyncConnection,
    account: str,
    credential: bytes,
    public_key: bytes,
    sign_count: int,
    now: int,
) -> None:
    """Add a passkey. Raises `TakenError` when any account has it: one key, one person."""
    values = (credential, account, public_key, sign_count, now, now)
    try:
        await connection.execute(insert(PASSKEY).values(values))
    except IntegrityError:
        raise TakenError from None


async def passkeys(connection: AsyncConnection, account: str) -> list[Passkey]:
    """Return the passkeys of an account, oldest first."""
    query = select(PASSKEY).where(PASSKEY.c.account == account).order_by(PASSKEY.c.created)
    return [Passkey(*row) for row in await connection.execute(query)]


async def passkey(connection: AsyncConnection, credential: bytes) -> Passkey | None:
    """Return the passkey with this id."""
    found = await connection.execute(select(PASSKEY).where(PASSKEY.c.id == credential))
    row = found.one_or_none()
    return Passkey(*row) if row else None


async def used_passkey(
    connection: AsyncConnection, credential: bytes, sign_count: int, now: int
) -> None:
    """Remember when a passkey was used, and how often it says it was."""
    where = PASSKEY.c.id == credential
    await connection.execute(update(PASSKEY).where(where).values(sign_count=sign_count, used=now))


async def remove_passkey(connection: AsyncConnection, key: Passkey) -> None:
    """Remove a passkey."""
    await connection.execute(delete(PASSKEY).where(PASSKEY.c.id == key.id))


async def set_password(
    connection: AsyncConnection,
    account: str,
    password: str,
    totp: str,
    step: int,
    codes: Iterable[str],
) -> None:
    """Set the password (its hash), the secret of the codes and new recovery codes."""
    values = {"password": password, "totp": totp, "totp_step": step}
    await connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(values))
    await connection.execute(delete(RECOVERY).where(RECOVERY.c.account == account))
    await attempts.forget(connection, account)
    rows = [{"id": recovery_hash(account, code), "account": account} for code in codes]
    await connection.execute(insert(RECOVERY), rows)


async def remove_password(connection: AsyncConnection, account: str) -> None:
    """Remove password, secret and recovery codes."""
    values = {"password": None, "totp": None}
    await connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(values))
    await connection.execute(delete(RECOVERY).where(RECOVERY.c.account == account))
    await attempts.forget(connection, account)


async def knows(connection: AsyncConnection, login: str) -> Knows | None:
    """Return what a password is compared with, for a name as `login_of` writes it."""
    where = (ACCOUNT.c.login == login, ACCOUNT.c.revoked.is_(None))
    columns = (ACCOUNT.c.id, ACCOUNT.c.password, ACCOUNT.c.totp)
    row = (await connection.execute(select(*columns).where(*where))).one_or_none()
    return Knows(*row) if row else None


async def use_step(connection: AsyncConnection, account: str, step: int) -> bool:
    """Use up the time step of a one-time code; False when it, or a later one, was used."""
    where = (ACCOUNT.c.id == account, ACCOUNT.c.totp_step < step)
    done = await connection.execute(update(ACCOUNT).where(*where).values(totp_step=step))
    return done.rowcount == 1


async def use_recovery(connection: AsyncConnection, account: str, code: str) -> bool:
    """Use up a recovery code; False when there is none like it (any more)."""
    where = RECOVERY.c.id == recovery_hash(account, code)
    gone = await connection.execute(delete(RECOVERY).where(where, RECOVERY.c.account == account))
    return gone.rowcount == 1


async def recovery_left(connection: AsyncConnection, account: str) -> int:
    """Return how many recovery codes are left."""
    query = select(func.count()).select_from(RECOVERY).where(RECOVERY.c.account == account)
    return (await connection.execute(query)).scalar_one()


async def _forget(connection: AsyncConnection, account: str) -> None:
    await visits.end_all(connection, account)
    for table in (PASSKEY, INVITATION):
        await connection.execute(delete(table).where(table.c.account == account))
    await remove_password(connection, account)


async def _account(connection: AsyncConnection, row: Row[Any]) -> Account:
    keys = await passkeys(connection, row.id)
    return Account(
        id=row.id,
        name=row.name,
        roles=frozenset(row.roles.split()),
        municipalities=frozenset(row.municipalities.split()),
        invited_by=row.invited_by,
        credentials=frozenset(key.name for key in keys),
    )


async def _person(connection: AsyncConnection, row: Row[Any], now: int) -> Person:
    account = await _account(connection, row)
    where = (INVITATION.c.account == account.id, INVITATION.c.expires > now)
    until = (await connection.execute(select(INVITATION.c.expires).where(*where))).scalars().first()
    return Person(
        account,
        created=row.created,
        revoked=row.revoked or 0,
        passkeys=len(account.credentials),
        password=bool(row.password),
        invited_until=until or 0,
    )
