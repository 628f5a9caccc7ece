"""The live store: what it keeps, for how long, and what happens when something goes wrong."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot.privacy.keys import KeyRing
from bot.privacy.seal import MOST_BYTES, TooLong
from bot.store import rows
from bot.store.live import LiveStore, StoreError
from tests.privacy.clocks import HOUR, Clocks


async def count(store: LiveStore) -> int:
    """Count rows behind the store's back, between passes."""
    answer = await store._connection.execute(text("SELECT count(*) FROM session"))
    return int(answer.scalar_one())


async def change(store: LiveStore, statement: str) -> None:
    """Do to the database what somebody with the file could do."""
    await store._connection.execute(text(statement))
    await store._connection.commit()


async def test_what_was_saved_last_is_loaded(store: LiveStore) -> None:
    """Each chat has one state, each channel its own chats."""
    await store.save("web", "a", b"one")
    await store.save("web", "a", b"two")
    await store.save("telegram", "a", b"other")
    assert await store.load("web", "a") == b"two"
    assert await store.load("telegram", "a") == b"other"
    assert await store.load("web", "b") is None
    assert await count(store) == 2


async def test_a_restart_keeps_every_chat(path: Path, ring: KeyRing) -> None:
    """Closing is not needed for durability, but it does not harm either."""
    async with LiveStore.open(path, ring) as store:
        await store.save("web", "a", b"one")
    async with LiveStore.open(path, ring) as store:
        assert await store.load("web", "a") == b"one"


async def test_a_chat_is_readable_a_day_after_its_last_turn(
    store: LiveStore, clocks: Clocks
) -> None:
    """At 24 hours it goes on, at 26 it is as if it had never been."""
    clocks.true += 2 * HOUR - 1
    await store.save("web", "a", b"one")
    clocks.true += 24 * HOUR
    assert await store.load("web", "a") == b"one"
    clocks.true += 2 * HOUR
    assert await store.load("web", "a") is None


async def test_a_turn_moves_the_row_to_the_current_epoch(store: LiveStore, clocks: Clocks) -> None:
    """One row remains, and it lives a day from now."""
    for number in range(20):
        await store.save("web", "a", b"%d" % number)
        clocks.true += 5 * HOUR
        assert await count(store) == 1
    assert await store.load("web", "a") == b"19"


async def test_rows_of_dead_epochs_are_removed(store: LiveStore, clocks: Clocks) -> None:
    """Not even the sealed bytes stay."""
    await store.save("web", "a", b"one")
    clocks.true += 2 * HOUR
    await store.save("web", "b", b"two")
    clocks.true += 24 * HOUR
    await store.expire()
    assert await count(store) == 1
    assert await store.load("web", "b") == b"two"


async def test_the_store_expires_by_itself(
    path: Path, ring: KeyRing, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to come by: keys and rows go when nothing happens."""
    monkeypatch.setattr("bot.store.live.EXPIRY_SECONDS", 0.005)
    async with LiveStore.open(path, ring) as store:
        await store.save("web", "a", b"one")
        [old] = list((path.parents[1] / "keys").iterdir())
        clocks.true += 26 * HOUR
        async with asyncio.timeout(60):
            while old.exists() or await count(store):  # noqa: ASYNC110  (a file has no event)
                await asyncio.sleep(0.005)


async def test_expiry_goes_on_after_a_failure(
    path: Path,
    ring: KeyRing,
    clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A disk that is full for a while must not make keys live longer than that."""
    monkeypatch.setattr("bot.store.live.EXPIRY_SECONDS", 0.005)
    expire = ring.expire
    failed: list[bool] = []

    def fail_once() -> None:
        if not failed:
            failed.append(True)
            raise OSError(28, "full")
        expire()

    monkeypatch.setattr(ring, "expire", fail_once)
    async with LiveStore.open(path, ring) as store:
        await store.save("web", "a", b"one")
        clocks.true += 26 * HOUR
        async with asyncio.timeout(60):
            while await count(store):  # noqa: ASYNC110  (nor has a row)
                await asyncio.sleep(0.005)
    assert '"store_expiry_failed"' in capfd.readouterr().err


async def test_erase_removes_a_chat_from_every_epoch(store: LiveStore, clocks: Clocks) -> None:
    """Also when its row is not under the current one."""
    await store.save("web", "a", b"one")
    await store.save("web", "b", b"two")
    clocks.true += 20 * HOUR
    await store.erase("web", "a")
    assert await store.load("web", "a") is None
    assert await store.load("web", "b") == b"two"
    assert await count(store) == 1


async def test_a_new_name_takes_over_in_one_commit_and_no_checkpoint(
    store: LiveStore, passes: "Passes", clocks: Clocks
) -> None:
    """At no moment do both names open the chat, or neither; its row may be of another epoch."""
    await store.save("web", "old", b"one")
    clocks.true += 2 * HOUR
    passes.sizes.clear()
    await store.rename("web", "old", "new")
    assert (passes.sizes, passes.checkpoints) == ([1, 1], 0)  # one to read, one to write
    assert await store.load("web", "old") is None
    assert await store.load("web", "new") == b"one"
    assert await count(store) == 1


async def test_a_failed_renaming_leaves_the_old_name(
    store: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new row is in, the old one not yet out, when it fails: nothing has happened."""
    await store.save("web", "old", b"one")
    put = rows._put

    def then_fail(connection: Connection, new: list[rows.Row]) -> None:
        put(connection, new)
        if new:
            raise ValueError("canary")

    with monkeypatch.context() as broken:
        broken.setattr(rows, "_put", then_fail)
        with pytest.raises(StoreError):
            await store.rename("web", "old", "new")
    assert await store.load("web", "old") == b"one"
    assert await store.load("web", "new") is None


async def test_renaming_what_is_not_there_makes_nothing(store: LiveStore) -> None:
    """A chat that is gone stays gone."""
    await store.rename("web", "nobody", "new")
    assert await count(store) == 0


async def test_erasing_what_is_not_there_is_no_error(store: LiveStore) -> None:
    """An erase can be repeated."""
    await store.erase("web", "nobody")


async def test_what_does_not_fit_leaves_the_old_state(store: LiveStore) -> None:
    """The caller hears of it, the chat keeps what it had."""
    await store.save("web", "a", b"one")
    with pytest.raises(TooLong):
        await store.save("web", "a", bytes(MOST_BYTES + 1))
    assert await store.load("web", "a") == b"one"


class Passes:
    """Counts passes and checkpoints, and can hold a pass or make one fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.checkpoints = 0
        self.fail_next = False
        serve, remove, truncate = rows.serve, rows._remove, rows.truncate

        def counted(connection: Connection, batch: Sequence[rows.Request]) -> list[bytes | None]:
            self.sizes.append(len(batch))
            return serve(connection, batch)

        def removed(connection: Connection, ids: list[bytes]) -> None:
            """Fail in the middle: the upsert is done, the commit not."""
            if self.fail_next:
                self.fail_next = False
                raise ValueError("canary")
            remove(connection, ids)

        def checkpoint(connection: Connection) -> None:
            self.checkpoints += 1
            truncate(connection)

        monkeypatch.setattr(rows, "serve", counted)
        monkeypatch.setattr(rows, "_remove", removed)
        monkeypatch.setattr(rows, "truncate", checkpoint)


@pytest.fixture
def passes(store: LiveStore, monkeypatch: pytest.MonkeyPatch) -> Passes:
    """Watches the open store."""
    return Passes(monkeypatch)


async def test_those_who_wait_together_share_a_commit(store: LiveStore, passes: Passes) -> None:
    """150 chats need three passes, not 150."""
    await asyncio.gather(*(store.save("web", str(n), b"%d" % n) for n in range(150)))
    assert passes.sizes == [64, 64, 22]
    assert await asyncio.gather(*(store.load("web", str(n)) for n in range(60))) == [
        b"%d" % n for n in range(60)
    ]
    assert passes.sizes[3:] == [60]


async def test_one_checkpoint_serves_all_who_erase(store: LiveStore, passes: Passes) -> None:
    """Fifty people who leave at once do not wait for fifty checkpoints."""
    await asyncio.gather(*(store.save("web", str(n), b"x") for n in range(50)))
    await asyncio.gather(*(store.erase("web", str(n)) for n in range(50)))
    assert passes.checkpoints == 1
    assert await count(store) == 0


async def test_a_failed_pass_fails_its_own_waiters_only(
    store: LiveStore, passes: Passes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is kept, no content is in the error, and the next pass works."""
    await store.save("web", "a", b"old")
    passes.fail_next = True
    first = [store.save("web", str(n), b"canary") for n in range(63)]
    answers = await asyncio.gather(
        store.save("web", "a", b"canary"), *first, store.save("web", "late", b"x"),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(answer) for answer in answers] == [StoreError] * 64 + [type(None)]
    assert all("ValueError" in str(answer) for answer in answers[:64])
    assert await store.load("web", "a") == b"old"
    assert await store.load("web", "late") == b"x"
    assert await count(store) == 2
    said = capfd.readouterr().err
    assert '"store_failed"' in said
    assert "canary" not in said + str(answers)


async def test_a_full_disk_is_told_and_survived(store: LiveStore) -> None:
    """A real error of SQLite: what was there stays, and when there is room again all goes on."""
    await store.save("web", "a", b"old")
    pages = await store._connection.execute(text("PRAGMA page_count"))
    await change(store, f"PRAGMA max_page_count = {pages.scalar_one()}")
    with pytest.raises(StoreError, match="OperationalError"):
        await asyncio.gather(*(store.save("web", str(n), b"x") for n in range(50)))
    assert await store.load("web", "a") == b"old"
    await change(store, "PRAGMA max_page_count = 1000000")
    await store.save("web", "b", b"new")
    assert await store.load("web", "b") == b"new"


async def test_a_failed_checkpoint_fails_who_erases_and_nobody_else(
    store: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of the same pass are already on disk."""

    def fail(connection: Connection) -> None:
        raise OSError(5, "disk")

    monkeypatch.setattr(rows, "truncate", fail)
    saved, erased = await asyncio.gather(
        store.save("web", "a", b"one"), store.erase("web", "b"), return_exceptions=True
    )
    assert saved is None
    assert isinstance(erased, StoreError)
    assert await store.load("web", "a") == b"one"


async def test_a_waiter_that_goes_away_takes_nobody_with_it(store: LiveStore) -> None:
    """The others are served, and so is the erase that nobody waits for."""
    await store.save("web", "gone", b"x")
    saves = [asyncio.create_task(store.save("web", str(n), b"x")) for n in range(10)]
    erase = asyncio.create_task(store.erase("web", "gone"))
    await asyncio.sleep(0)
    saves[3].cancel()
    erase.cancel()
    done = await asyncio.gather(*saves, erase, return_exceptions=True)
    assert [index for index, answer in enumerate(done) if answer is not None] == [3, 10]
    assert await store.load("web", "9") == b"x"
    assert await store.load("web", "gone") is None


async def test_leaving_serves_everybody_who_waits(path: Path, ring: KeyRing) -> None:
    """A stop in the middle of a rush loses no turn; afterwards the store says that it is closed."""
    async with LiveStore.open(path, ring) as store:
        saves = [asyncio.create_task(store.save("web", str(n), b"x")) for n in range(200)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*saves) == [None] * 200
    with pytest.raises(StoreError, match="closed"):
        await store.load("web", "1")
    async with LiveStore.open(path, ring) as store:
        assert await count(store) == 200


async def ask(store: LiveStore, verb: str, chat: str, plaintext: bytes) -> bytes | None:
    """Do one step of the test below."""
    match verb:
        case "load":
            return await store.load("web", chat)
        case "save":
            await store.save("web", chat, plaintext)
        case "erase":
            await store.erase("web", chat)
    return None


STEPS = st.lists(
    st.tuples(st.sampled_from(["load", "save", "erase", "hour"]), st.sampled_from("abc")),
    max_size=40,
)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_asked_together_is_as_if_one_after_the_other(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    """Whatever is asked at once, and whenever an epoch turns, the order of asking decides."""
    state: dict[str, bytes] = {}
    expected: list[bytes | None] = []
    for number, (verb, chat) in enumerate(steps):
        if verb == "save":
            state[chat] = b"%d" % number
        if verb == "erase":
            state.pop(chat, None)
        expected.append(state.get(chat) if verb == "load" else None)

    async def play(folder: Path) -> list[bytes | None]:
        clocks = Clocks()
        with clocks.ring(folder / "keys") as ring:
            async with LiveStore.open(folder / "live.db", ring) as store:
                tasks = []
                for number, (verb, chat) in enumerate(steps):
                    clocks.true += HOUR / 2 * (verb == "hour")
                    tasks.append(asyncio.ensure_future(ask(store, verb, chat, b"%d" % number)))
                    # Run it as far as the queue, with the epoch of this moment.
                    await asyncio.sleep(0)
                return list(await asyncio.gather(*tasks))

    assert asyncio.run(play(tmp_path_factory.mktemp("steps"))) == expected


async def test_a_second_process_is_told_what_to_do(
    store: LiveStore, path: Path, tmp_path: Path, clocks: Clocks
) -> None:
    """Two writers on one file would be two stores; the second does not start."""
    with (
        clocks.ring(tmp_path / "other keys") as other,
        pytest.raises(StoreError, match="stop that one"),
    ):
        async with LiveStore.open(path, other):
            pass
    await store.save("web", "a", b"one")
    assert await store.load("web", "a") == b"one"


def make_damaged(path: Path) -> None:
    """Put something that is no database where the store should be."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)


def is_still_damaged(path: Path) -> bool:
    """Say whether nobody touched it."""
    return path.read_bytes() == b"no database" * 1000


async def test_a_damaged_file_is_told_and_not_thrown_away(path: Path, ring: KeyRing) -> None:
    """The error names the file and what to do; deciding is the operator's."""
    make_damaged(path)
    with pytest.raises(StoreError, match=r"live\.db: .* delete this file"):
        async with LiveStore.open(path, ring):
            pass
    assert is_still_damaged(path)


async def test_without_its_keys_the_store_empties_itself(
    path: Path, tmp_path: Path, clocks: Clocks, capfd: pytest.CaptureFixture[str]
) -> None:
    """And the operator is told how many dialogues that ended."""
    with clocks.ring(tmp_path / "keys") as ring:
        async with LiveStore.open(path, ring) as store:
            await store.save("web", "a", b"one")
    with clocks.ring(tmp_path / "new keys") as ring:
        async with LiveStore.open(path, ring) as store:
            assert await count(store) == 0
    assert '{"event": "store_emptied", "why": "missing", "rows": 1}' in capfd.readouterr().err


async def test_a_single_missing_key_empties_the_store(
    path: Path, tmp_path: Path, clocks: Clocks, capfd: pytest.CaptureFixture[str]
) -> None:
    """A key that should be there and is not means that somebody touched the folder."""
    with clocks.ring(tmp_path / "keys") as ring:
        async with LiveStore.open(path, ring) as store:
            await store.save("web", "a", b"one")
            first = ring.current().number
            clocks.true += 2 * HOUR
            await store.save("web", "b", b"two")
    (tmp_path / "keys" / f"epoch-{first}.key").unlink()
    with clocks.ring(tmp_path / "keys") as ring:
        assert not ring.reset
        async with LiveStore.open(path, ring) as store:
            assert await count(store) == 0
    assert '"why": "lost", "rows": 2' in capfd.readouterr().err


async def test_a_long_stop_removes_what_expired_without_alarm(
    path: Path, tmp_path: Path, clocks: Clocks, capfd: pytest.CaptureFixture[str]
) -> None:
    """A machine that was off for two days has lost nothing that it should have."""
    with clocks.ring(tmp_path / "keys") as ring:
        async with LiveStore.open(path, ring) as store:
            await store.save("web", "a", b"one")
    clocks.true += 48 * HOUR
    capfd.readouterr()
    with clocks.ring(tmp_path / "keys") as ring:
        async with LiveStore.open(path, ring) as store:
            assert await count(store) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("locking_mode", "exclusive"),
        ("temp_store", 2),
    ],
)
async def test_the_connection_is_set_up_as_promised(
    store: LiveStore, pragma: str, value: object
) -> None:
    """Durable, exclusive, and zeros over what is deleted."""
    answer = await store._connection.execute(text(f"PRAGMA {pragma}"))
    assert answer.scalar_one() == value


async def test_only_the_owner_can_read_the_files(store: LiveStore, path: Path) -> None:
    """Database and write-ahead log are 0600, and there is no other file."""
    await store.save("web", "a", b"one")
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {"live.db": 0o600, "live.db-wal": 0o600}


async def test_there_is_no_clock_in_the_schema(path: Path, ring: KeyRing) -> None:
    """One table of three columns; row numbers do not count up in the order of arrival."""
    async with LiveStore.open(path, ring) as store:
        for number in range(20):
            await store.save("web", str(number), b"x")
    with sqlite3.connect(path) as database:
        columns = database.execute("SELECT name, type FROM pragma_table_info('session')").fetchall()
        tables = database.execute("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        numbers = database.execute("SELECT rowid, id FROM session").fetchall()
    database.close()
    assert columns == [("id", "BLOB"), ("epoch", "INTEGER"), ("sealed", "BLOB")]
    assert tables == [("session",)]
    assert all(row == int.from_bytes(name[:8], "big", signed=True) for row, name in numbers)


async def test_an_error_of_the_database_shows_no_parameters(store: LiveStore) -> None:
    """Neither ids nor sealed bytes can reach a log by way of an exception."""
    with pytest.raises(Exception, match="hidden") as refused:
        await store._connection.execute(text("SELECT :x FROM nowhere"), {"x": "canary"})
    assert "canary" not in str(refused.value)


async def test_a_row_fits_into_one_page(store: LiveStore, path: Path) -> None:
    """A row that spills over would cost a second page with every turn."""
    for number in range(50):
        await store.save("web", str(number), b"x")
    await store._connection.run_sync(rows.truncate)
    pages = await store._connection.exec_driver_sql("PRAGMA page_count")
    assert 50 <= int(pages.scalar_one()) < 75
