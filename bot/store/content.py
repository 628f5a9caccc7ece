"""The content store: releases, staff and their log, in short transactions.

One SQLite file, or a PostgreSQL database for a server that keeps its data elsewhere. The command
line works beside the server, and processes beside each other. So every writer takes the lock when
it begins (``BEGIN IMMEDIATE``, or an advisory lock): two writers wait for each other instead of
failing half-way. This store alone is ever backed up.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeAlias

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, MetaData, Table, event, func, insert, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.live import StoreError

Place: TypeAlias = Path | str
"""Where a content store is: a file of SQLite, or the address of a PostgreSQL database."""

Insert: TypeAlias = sqlite.Insert | postgresql.Insert

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
    "busy_timeout = 5000",  # as `_PATIENCE`
)
_WRITES = "lucht_writes"
_LOCK = int.from_bytes(b"lucht")
"""The number of the advisory lock that a writer holds."""

_AT_ONCE = 500
"""Rows copied together."""

_PATIENCE = 5
"""Seconds that a writer waits for another, or a connection for the database."""


class ContentStore:
    """The content database. Open it with ``async with ContentStore.open(place) as store``."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use `open`, which also brings the tables up to date."""
        self._engine = engine

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, place: Place) -> AsyncIterator[ContentStore]:
        """Open a store and migrate it; a file that is missing is made (0600).

        Raises `StoreError` when the store cannot be used, or was made by a newer Lucht.
        """
        with _explained(place):
            engine = _file(place) if isinstance(place, Path) else _server(place)
        store = cls(engine)
        try:
            with _explained(place):
                async with store.writing() as connection:
                    await connection.run_sync(_migrate)
            yield store
        finally:
            await engine.dispose()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one state of the store; nothing it writes is kept."""
        async with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
            await connection.rollback()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that has the write lock; on disk on leaving, undone on any error."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                yield connection


def missing(place: Place) -> str:
    """Say what to do when there is no store here yet; empty when there is one."""
    if not isinstance(place, Path) or place.is_file():
        return ""
    return f"{place}: no content store; start Lucht once, or set LUCHT_DATA"


def upsert(connection: AsyncConnection, table: Table) -> Insert:
    """Return an insert that can say what happens when the row is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def copy(source: ContentStore, target: ContentStore) -> bool:
    """Copy every row into an empty store, all or nothing; False when the target is not empty."""
    async with source.reading() as found, target.writing() as made:
        for table in METADATA.sorted_tables:
            if (await made.execute(select(table).limit(1))).first() is not None:
                return False
        for table in METADATA.sorted_tables:
            rows = await found.stream(select(table))
            async for some in rows.mappings().partitions(_AT_ONCE):
                await made.execute(insert(table), [dict(row) for row in some])
            await _count_on(made, table)
    return True


async def _count_on(connection: AsyncConnection, table: Table) -> None:
    """Let the next number of a table come after those that were copied with their own."""
    if connection.dialect.name != "postgresql" or "number" not in table.c:
        return
    most = select(func.max(table.c.number)).scalar_subquery()
    sequence = func.pg_get_serial_sequence(f'"{table.name}"', "number")
    await connection.execute(select(func.setval(sequence, most)))


def _server(address: str) -> AsyncEngine:
    engine = create_async_engine(
        make_url(address).set(drivername="postgresql+asyncpg"),
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "timeout": _PATIENCE,
            "server_settings": {"lock_timeout": f"{_PATIENCE}s"},
        },
    )
    event.listen(engine.sync_engine, "begin", _lock)
    return engine


def _lock(connection: Connection) -> None:
    # Writers read what the one before them left (READ COMMITTED), and nobody writes beside them.
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _file(path: Path) -> AsyncEngine:
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
def _explained(place: Place) -> Iterator[None]:
    # The address of a database holds a password.
    where = place if isinstance(place, Path) else "LUCHT_CONTENT_URL"
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        reason = getattr(cause, "strerror", None) or type(cause).__name__
        if not isinstance(place, Path):
            mend = "see whether the database runs, and lets this user make tables in it"
        elif isinstance(error, OSError):
            mend = (
                "the user that runs Lucht must be able to write this file and its folder, "
                "LUCHT_DATA"
            )
        else:
            mend = (
                "see whether there is room on the disk and whether another process holds it, or "
                "put back the last backup"
            )
        raise StoreError(f"{where}: cannot be used as content store ({reason}); {mend}") from None
    except CommandError:
        raise StoreError(
            f"{where}: was made by a newer Lucht; update Lucht, or put back an older backup"
        ) from None
