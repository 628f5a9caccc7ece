"""The content store: tables come from migrations, writers wait for each other, errors explain."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.store import release_tables, tables
from bot.store.content import METADATA, ContentStore
from bot.store.live import StoreError

assert release_tables  # its tables are in METADATA once it is imported
ROW = {"id": "x", "failures": 1, "last": 1}


async def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    async with ContentStore.open(tmp_path / "c.sqlite") as store, store.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), METADATA)
        )
    assert differences == []


async def test_opening_again_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "c.sqlite"
    for _ in range(2):
        async with ContentStore.open(path) as store, store.reading() as connection:
            before = (await connection.execute(select(tables.ATTEMPT))).all()
        async with ContentStore.open(path) as store, store.writing() as connection:
            if not before:
                await connection.execute(insert(tables.ATTEMPT).values(ROW))
    assert [tuple(row) for row in before] == [("x", 1, 1)]
    assert path.stat().st_mode & 0o077 == 0


async def look(path: Path) -> None:
    async with ContentStore.open(path):
        pass


async def write_twice(store: ContentStore) -> None:
    async with store.writing() as connection:
        for _ in range(2):
            await connection.execute(insert(tables.ATTEMPT).values(ROW))


async def execute(store: ContentStore, statement: str) -> None:
    async with store.writing() as connection:
        await connection.exec_driver_sql(statement)


async def test_an_error_undoes_the_whole_transaction(tmp_path: Path) -> None:
    async with ContentStore.open(tmp_path / "c.sqlite") as store:
        with pytest.raises(IntegrityError):
            await write_twice(store)
        async with store.reading() as connection:
            assert (await connection.execute(select(tables.ATTEMPT))).all() == []


async def test_two_writers_of_two_processes_wait_for_each_other(tmp_path: Path) -> None:
    """Each reads, waits and writes; neither loses what the other wrote."""
    path = tmp_path / "c.sqlite"

    async def count_up(store: ContentStore) -> None:
        async with store.writing() as connection:
            found = (await connection.execute(select(tables.ATTEMPT.c.failures))).scalars().all()
            await asyncio.sleep(0.02)
            values = {"id": str(len(found)), "failures": len(found), "last": 1}
            await connection.execute(insert(tables.ATTEMPT).values(values))

    async with ContentStore.open(path) as one, ContentStore.open(path) as other:
        await asyncio.gather(*(count_up(store) for store in (one, other) * 4))
        async with one.reading() as connection:
            assert len((await connection.execute(select(tables.ATTEMPT))).all()) == 8


async def test_a_file_of_a_newer_lucht_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    async with ContentStore.open(path):
        pass
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Lucht; update Lucht"):
        await look(path)


async def test_a_damaged_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="last backup"):
        await look(path)


@pytest.mark.parametrize("change", ["UPDATE audit SET event = 'x'", "DELETE FROM audit"])
async def test_the_log_cannot_be_changed_through_the_store(tmp_path: Path, change: str) -> None:
    entry = {"number": 1, "at": "t", "account": "", "event": "e", "facts": "{}", "hash": "h"}
    async with ContentStore.open(tmp_path / "c.sqlite") as store:
        async with store.writing() as connection:
            await connection.execute(insert(tables.AUDIT).values(entry))
        with pytest.raises(SQLAlchemyError):
            await execute(store, change)
