"""The content store: releases, staff and their log. One SQLite file, short transactions.

The command line works beside the server, and processes beside each other. So every writer takes
the lock when it begins (``BEGIN IMMEDIATE``): two writers wait for each other instead of failing
half-way. This file alone is ever backed up.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, MetaData, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.live import StoreError

FILE = "content.sqlite"
"""Name of the file in ``LUCHT_DATA``."""

METADATA = MetaData()
"""Every table of the content store; a test compares it with the migrations."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_PRAGMAS = (
    # Not a write-ahead log: before SQLite 3.51.3 two processes that reset it together can damage
    # the file, and staff write seldom.
    "journal_mode = TRUNCATE",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # zeros over removed credentials
    "busy_timeout = 5000",
)
_WRITES = "lucht_writes"


class ContentStore:
    """The content database. Open it with ``async with ContentStore.open(path) as store``."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use `open`, which also brings the tables up to date."""
        self._engine = engine

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[ContentStore]:
        """Open the file ``path``, make it (0600) when it is missing, and migrate it.

        Raises `StoreError` when the file cannot be used, or was made by a newer Lucht.
        """
        with _explained(path):
            engine = _make_engine(path)
        store = cls(engine)
        try:
            with _explained(path):
                async with store.writing() as connection:
                    await connection.run_sync(_migrate)
            yield store
        finally:
            await engine.dispose()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one state of the store; nothing it writes is kept."""
        async with self._engine.connect() as connection:
            yield connection
            await connection.rollback()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that has the write lock; on disk on leaving, undone on any error."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                yield connection


def _make_engine(path: Path) -> AsyncEngine:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    path.chmod(0o600)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _record: object) -> None:
    # The driver would begin by itself, and only at the first change: too late for one state.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be used as content store ({error.strerror}); the user that runs Lucht "
            "must be able to write this file and its folder, LUCHT_DATA"
        ) from None
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        raise StoreError(
            f"{path}: cannot be used as content store ({reason}); see whether there is room on the "
            "disk and whether another process holds it, or put back the last backup"
        ) from None
    except CommandError:
        raise StoreError(
            f"{path}: was made by a newer Lucht; update Lucht, or put back an older backup"
        ) from None
