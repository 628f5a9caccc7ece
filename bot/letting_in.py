"""``lucht moderator``: let people in and shut them out from the command line.

For the first administrator, and for the day that nobody can get in. Whoever can run this holds the
store anyway; the log says that it was done here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Settings
from bot.handlers.console.places import home
from bot.staff import pace
from bot.staff.chain import Fact
from bot.staff.roles import OPERATOR, Account
from bot.staff.secrets import login_of
from bot.store import audit, people
from bot.store.content import ContentStore


class LettingInError(Exception):
    """It could not be done; says why and what to do instead."""


class LettingIn:
    """What the command does, on the content store of these settings."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Keep where the store is and what time it is."""
        self._settings, self._clock = settings, clock

    def add(self, name: str, roles: Collection[str], municipalities: Collection[str]) -> str:
        """Make an account; return what to tell the person. Raises `LettingInError`."""
        return asyncio.run(self._add(name, roles, municipalities))

    def reset(self, name: str) -> str:
        """Make a new link for an account, which loses its credentials. Raises `LettingInError`."""
        return asyncio.run(self._reset(name))

    def revoke(self, name: str) -> str:
        """Shut an account out at once. Raises `LettingInError`."""
        return asyncio.run(self._revoke(name))

    def everybody(self) -> list[str]:
        """Return a line for each account."""
        return asyncio.run(self._everybody())

    async def _add(self, name: str, roles: Collection[str], municipalities: Collection[str]) -> str:
        async with self._writing() as connection:
            try:
                account = await people.add(connection, name, roles, municipalities, self._now())
            except people.TakenError:
                raise LettingInError(
                    f"{name}: this name is taken; lucht moderator reset makes a new link"
                ) from None
            await self._note(connection, "invited", account=account, roles=sorted(roles))
            return await self._link(connection, account)

    async def _reset(self, name: str) -> str:
        async with self._writing() as connection:
            account = await self._named(connection, name)
            await self._note(connection, "reset", account=account.id)
            return await self._link(connection, account.id)

    async def _revoke(self, name: str) -> str:
        async with self._writing() as connection:
            account = await self._named(connection, name)
            await people.revoke(connection, account.id, self._now())
            await self._note(connection, "revoked", account=account.id)
            return f"{account.name} cannot enter any more"

    async def _everybody(self) -> list[str]:
        async with self._writing() as connection:
            found = await people.everybody(connection, self._now())
        return [_line(person) for person in found]

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with (
            ContentStore.open(self._settings.content_place) as store,
            store.writing() as connection,
        ):
            yield connection

    async def _named(self, connection: AsyncConnection, name: str) -> Account:
        for person in await people.everybody(connection, self._now()):
            if login_of(person.account.name) == login_of(name):
                return person.account
        raise LettingInError(f"{name}: nobody of this name; lucht moderator list shows who is")

    async def _link(self, connection: AsyncConnection, account: str) -> str:
        token = await people.invite(connection, account, OPERATOR, self._now())
        return (
            f"{home(self._settings).origin}/console/welcome/{token}\n"
            f"Works once, within {pace.INVITATION // 3600} hours. Open it while the server runs; "
            "whoever has it can enter."
        )

    async def _note(self, connection: AsyncConnection, event: str, **facts: Fact) -> None:
        await audit.append(connection, self._clock(), OPERATOR, event, facts)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _line(person: people.Person) -> str:
    """Return an account as a line: name, state, roles, municipalities."""
    if person.revoked:
        state = "revoked"
    elif person.passkeys or person.password:
        state = "active"
    else:
        state = "invited" if person.invited_until else "link expired"
    roles = " ".join(sorted(person.account.roles))
    return "\t".join(
        (person.account.name, state, roles, " ".join(sorted(person.account.municipalities)))
    ).rstrip()
