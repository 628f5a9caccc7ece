"""The content store in a PostgreSQL database: a server of its own, for these tests alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.cli import main
from bot.config import Settings
from bot.releases.desk import Desk
from bot.releases.tree import read_files
from bot.store import audit, counts, release_tables, tables
from bot.store.content import METADATA, ContentStore
from bot.store.live import StoreError
from tests.conftest import NOON
from tests.releases.conftest import NEW, PRATEN, Office

pytestmark = pytest.mark.slow
PROGRAMS = Path(os.environ.get("POSTGRES") or max(Path("/usr/lib/postgresql").glob("*/bin")))
NUMBERS = count()
assert release_tables  # its tables are in METADATA once it is imported
ROW = {"id": "x", "failures": 1, "last": 2**40}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a fresh server, without its database; nobody but this user may enter."""
    user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        if user:
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> None:
            command = [str(PROGRAMS / program), "-D", f"{folder}/db", *arguments]
            quiet = subprocess.DEVNULL
            subprocess.run(command, user=user, cwd=folder, stdout=quiet, check=True, timeout=120)

        run("initdb", "-U", "lucht", "--auth=trust", "--no-sync", "--locale=C", "-E", "UTF8")
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield f"postgresql+asyncpg://lucht@/{{}}?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
async def address(server: str) -> str:
    """The address of an empty database, for one test."""
    return await made(server, f"db_{next(NUMBERS)}")


async def made(server: str, name: str) -> str:
    engine = create_async_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.format(name)


async def execute(store: ContentStore, statement: str) -> None:
    async with store.writing() as connection:
        await connection.exec_driver_sql(statement)


async def test_the_migrations_make_the_tables_that_the_code_uses(address: str) -> None:
    async with ContentStore.open(address) as store, store.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), METADATA)
        )
    assert differences == []


async def test_two_writers_of_two_processes_wait_for_each_other(address: str) -> None:
    """Each reads, waits and writes; neither loses what the other wrote."""

    async def count_up(store: ContentStore) -> None:
        async with store.writing() as connection:
            found = (await connection.execute(select(tables.ATTEMPT))).all()
            await asyncio.sleep(0.02)
            await connection.execute(insert(tables.ATTEMPT).values(ROW | {"id": str(len(found))}))

    async with ContentStore.open(address) as one, ContentStore.open(address) as other:
        await asyncio.gather(*(count_up(store) for store in (one, other) * 4))
        async with one.reading() as connection:
            assert len((await connection.execute(select(tables.ATTEMPT))).all()) == 8


async def test_a_reader_sees_one_state_and_keeps_nothing(address: str) -> None:
    async with ContentStore.open(address) as store:
        async with store.reading() as reading:
            before = (await reading.execute(select(tables.ATTEMPT))).all()
            async with store.writing() as writing:
                await writing.execute(insert(tables.ATTEMPT).values(ROW))
            assert (await reading.execute(select(tables.ATTEMPT))).all() == before == []
            await reading.execute(insert(tables.ATTEMPT).values(ROW | {"id": "y"}))
        async with store.reading() as reading:
            assert [row.id for row in await reading.execute(select(tables.ATTEMPT))] == ["x"]


async def test_what_was_counted_adds_up_and_is_released(address: str) -> None:
    """Two replicas add their parts to one week."""
    async with ContentStore.open(address) as one, ContentStore.open(address) as other:
        for store in (one, other):
            async with store.writing() as connection:
                await counts.add(connection, "2026-W48", {("stem.wat", "eten"): 40})
        async with one.reading() as connection:
            (table,) = await counts.released(connection, "", "2026-W49")
    assert (table.totals, table.reach) == ({"eten": 80}, 6)


@pytest.mark.parametrize(
    "change", ["UPDATE audit SET event = 'x'", "DELETE FROM audit", "TRUNCATE audit"]
)
async def test_the_log_cannot_be_changed_through_the_store(address: str, change: str) -> None:
    async with ContentStore.open(address) as store:
        async with store.writing() as connection:
            await audit.append(connection, NOON, "", "signed_out", {})
        with pytest.raises(DBAPIError, match="only grows"):
            await execute(store, change)


async def test_a_sentence_goes_from_draft_to_live_and_back(address: str, root: Path) -> None:
    """The whole life of a release, as on the embedded store."""
    async with ContentStore.open(address) as store:
        desk = Desk(store, lambda: NOON)
        await desk.begin(read_files(root))
        office = Office(desk, store)
        ann = await office.let_in("Ann", "author", key=b"a")
        rob = await office.let_in("Rob", "reviewer", "publisher", key=b"r")
        before = await office.text(PRATEN)
        await office.publish(ann, await office.change(ann), rob, rob)
        assert NEW in await office.text(PRATEN)
        await desk.roll_back(rob, 1, "Toch niet")
        assert await office.text(PRATEN) == before


async def fill(address: str, root: Path) -> None:
    async with ContentStore.open(address) as store:
        await Desk(store, lambda: NOON).begin(read_files(root))
        for _ in range(3):
            async with store.writing() as connection:
                await audit.append(connection, NOON, "", "signed_out", {})


async def rows(place: str | Path) -> dict[str, list[tuple[object, ...]]]:
    async with ContentStore.open(place) as store, store.reading() as connection:
        return {
            table.name: sorted(map(tuple, await connection.execute(select(table))))
            for table in METADATA.sorted_tables
        }


def test_a_backup_is_a_file_that_goes_back_into_either_database(
    server: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From PostgreSQL to a file, from the file into an empty PostgreSQL: row by row the same."""
    one, other, full = (asyncio.run(made(server, name)) for name in ("one", "two", "three"))
    copy = tmp_path / "copy.sqlite"
    asyncio.run(fill(one, root))
    monkeypatch.setenv("LUCHT_CONTENT_URL", named(one))
    assert main(["backup", str(copy)]) == 0
    monkeypatch.setenv("LUCHT_CONTENT_URL", named(other))
    assert main(["restore", str(copy)]) == 0
    assert asyncio.run(rows(other)) == asyncio.run(rows(copy)) == asyncio.run(rows(one))
    asyncio.run(fill(other, root))  # numbers go on after those that came along
    asyncio.run(fill(full, root))
    before = asyncio.run(rows(full))
    monkeypatch.setenv("LUCHT_CONTENT_URL", named(full))
    assert main(["restore", str(copy)]) == 1
    assert asyncio.run(rows(full)) == before


def named(address: str) -> str:
    """An address as an operator writes it: with a host, which the socket's folder overrides."""
    return address.replace("+asyncpg://lucht@/", "://lucht@localhost/")


async def test_a_database_that_does_not_answer_is_said_without_its_password(address: str) -> None:
    wrong = "postgresql://lucht:hunter2@127.0.0.1:1/lucht"
    with pytest.raises(StoreError, match="LUCHT_CONTENT_URL: cannot be used") as told:
        async with ContentStore.open(wrong):
            pass
    assert "hunter2" not in str(told.value)
    assert Settings.read({"LUCHT_CONTENT_URL": wrong}).content_place == wrong
    assert "hunter2" not in repr(Settings.read({"LUCHT_CONTENT_URL": wrong}))
