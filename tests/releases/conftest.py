"""A desk with the small content as its first release, and people who may do things at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.releases.desk import Desk, Standing
from bot.releases.tree import read_files
from bot.staff.roles import OPERATOR, Account
from bot.store import people
from bot.store.content import ContentStore
from bot.store.tables import ACCOUNT, PASSKEY
from tests.conftest import NOON

ETEN = "conversations/eten.yaml"
OLD, NEW = "Lukt dat?", "Lukt dat zo?"
PRATEN = "conversations/praten.yaml"

Let = Callable[..., Awaitable[Account]]


@dataclass
class Office:
    """A desk, and a way to let people in."""

    desk: Desk
    store: ContentStore

    async def let_in(
        self, name: str, *roles: str, by: str = OPERATOR, key: bytes = b"", at: str = "NL"
    ) -> Account:
        """Make an account with roles; ``key`` is a passkey, ``at`` where a steward works."""
        async with self.store.writing() as connection:
            account = await people.add(connection, name, roles, [at], 1)
            where = ACCOUNT.c.id == account
            await connection.execute(update(ACCOUNT).where(where).values(invited_by=by))
            if key:
                values = {"id": key, "account": account, "public_key": b"", "sign_count": 0}
                await connection.execute(insert(PASSKEY).values(values | {"created": 1, "used": 1}))
        return await self.account(account)

    async def account(self, name: str) -> Account:
        """Return an account as it is now."""
        async with self.store.reading() as connection:
            found = await people.find(connection, name)
        assert found is not None
        return found

    async def text(self, path: str) -> str:
        """Return a file of what is live."""
        state = await self.desk.state()
        assert state is not None
        return (await self.desk.files(state.release))[path].decode()

    async def change(
        self, author: Account, path: str = PRATEN, old: str = OLD, new: str = NEW
    ) -> str:
        """Make a draft in which a text of a file is another."""
        text = await self.text(path)
        assert old in text
        draft = await self.desk.new_draft(author, "Een betere zin")
        await self.desk.save(author, draft, path, text.replace(old, new).encode())
        return draft

    async def checked(self, author: Account, draft: str) -> str:
        """Check a draft in which nothing may be wrong; return the hash of its change."""
        check = await self.desk.check(author, draft)
        assert check.problems == ()
        return check.change

    async def publish(self, author: Account, draft: str, reviewer: Account, by: Account) -> str:
        """Take a draft the whole way; return the release."""
        change = await self.checked(author, draft)
        await self.desk.approve(reviewer, draft, change)
        return await self.desk.publish(by, draft, change)

    async def state_of(self, draft: str) -> str:
        """Return the state of a draft."""
        standing: Standing = await self.desk.standing(draft)
        return standing.state


@pytest.fixture
async def office(root: Path, tmp_path: Path) -> AsyncIterator[Office]:
    """A desk with the small content live."""
    async with ContentStore.open(tmp_path / "content.sqlite") as store:
        desk = Desk(store, lambda: NOON)
        await desk.begin(read_files(root))
        yield Office(desk, store)
