"""Attacks on the live store, each with proof that it would succeed without its protection."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.privacy.keyfiles import Epoch, Folder
from bot.privacy.keys import KeyRing
from bot.privacy.seal import SEALED_BYTES, Unreadable, open_sealed, pseudonym
from bot.store import rows
from bot.store.live import LiveStore
from tests.privacy.canary import leaks, spellings
from tests.privacy.clocks import HOUR, Clocks
from tests.store.killed import CHATS, ROUND, after

ROOT = Path(__file__).parents[2]
TEXT, POSTCODE, CHAT = "mijn vader slaat me+é", "7411 KT", 7_391_846_205_113
CANARIES: list[str | int] = [TEXT, POSTCODE, CHAT]


def copy_rows(path: Path, to: Path) -> list[tuple[bytes, int, bytes]]:
    """Copy database and write-ahead log as a thief would, and read the copy."""
    shutil.copytree(path.parent, to)
    with sqlite3.connect(to / path.name) as database:
        return database.execute("SELECT id, epoch, sealed FROM session").fetchall()


@contextmanager
def all_keys(folder: Path, to: Path) -> Iterator[list[Epoch]]:
    """Copy a key folder with everything in it and read every key, whatever its age."""
    shutil.copytree(folder, to)
    copy = Folder(to)
    yield [epoch for number in copy.numbers() if (epoch := copy.read(number))]
    copy.close()


def opened(stolen: list[tuple[bytes, int, bytes]], epochs: list[Epoch]) -> int:
    """Count the rows that open under any of the keys."""
    return sum(_opens(row_id, sealed, epoch) for row_id, _, sealed in stolen for epoch in epochs)


def _opens(row_id: bytes, sealed: bytes, epoch: Epoch) -> bool:
    try:
        open_sealed(epoch, row_id, sealed)
    except Unreadable:
        return False
    return True


def matched(stolen: list[tuple[bytes, int, bytes]], epochs: list[Epoch]) -> int:
    """Count the rows that belong to one of 10,000 known chat ids."""
    known = {pseudonym(epoch, "telegram", str(n)) for epoch in epochs for n in range(10_000)}
    return sum(row_id in known for row_id, _, _ in stolen)


async def test_attack_a_a_copy_of_the_store_and_all_secrets_of_a_day_later(
    store: LiveStore, path: Path, tmp_path: Path, clocks: Clocks, ring: KeyRing
) -> None:
    """No row opens, and none of 10,000 known chat ids matches."""
    for number in range(10):
        await store.save("telegram", str(number), TEXT.encode())
    stolen = copy_rows(path, tmp_path / "copy")
    with all_keys(tmp_path / "keys", tmp_path / "keys then") as epochs:
        assert (len(stolen), opened(stolen, epochs), matched(stolen, epochs)) == (10, 10, 10)
    for _ in range(13):
        clocks.true += 2 * HOUR
        await store.expire()
        await store.save("telegram", "1", b"later")
    with all_keys(tmp_path / "keys", tmp_path / "keys later") as epochs:
        assert len(epochs) == 13
        assert (opened(stolen, epochs), matched(stolen, epochs)) == (0, 0)
    assert (opened(stolen, list(ring.live())), matched(stolen, list(ring.live()))) == (0, 0)


async def test_attack_a_succeeds_where_keys_are_not_destroyed(
    store: LiveStore,
    path: Path,
    tmp_path: Path,
    clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof above can fail: without unlinking, the copy opens."""
    monkeypatch.setattr(Folder, "keep", lambda self, numbers: None)
    await store.save("telegram", "1", TEXT.encode())
    stolen = copy_rows(path, tmp_path / "copy")
    clocks.true += 26 * HOUR
    await store.expire()
    with all_keys(tmp_path / "keys", tmp_path / "keys later") as epochs:
        assert (opened(stolen, epochs), matched(stolen, epochs)) == (1, 1)


async def test_attack_b_everything_at_one_moment(
    store: LiveStore, path: Path, tmp_path: Path, clocks: Clocks
) -> None:
    """A full copy with its keys opens what was live then, and nothing of later epochs."""
    await store.save("telegram", "1", TEXT.encode())
    with all_keys(tmp_path / "keys", tmp_path / "keys then") as epochs:
        assert opened(copy_rows(path, tmp_path / "then"), epochs) == 1
        for number in range(12):
            clocks.true += 2 * HOUR
            await store.save("telegram", "1", TEXT.encode())
            stolen = copy_rows(path, tmp_path / f"later {number}")
            assert len(stolen) == 1
            assert (opened(stolen, epochs), matched(stolen, epochs)) == (0, 0)


async def test_attack_b_succeeds_where_epochs_share_their_keys(
    store: LiveStore,
    path: Path,
    tmp_path: Path,
    clocks: Clocks,
    ring: KeyRing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof above can fail: a key that serves two epochs gives the later one away."""
    first = ring.current()
    monkeypatch.setattr(Folder, "make", lambda self, n: Epoch(n, os.urandom(32), first.seal_key))
    clocks.true += 2 * HOUR
    await store.save("telegram", "1", TEXT.encode())
    stolen = copy_rows(path, tmp_path / "later")
    assert opened(stolen, [Epoch(first.number + 1, first.pseudonym_key, first.seal_key)]) == 1


DAMAGE = {
    "swapped": """WITH old AS MATERIALIZED (SELECT id, sealed FROM session)
        UPDATE session SET sealed = old.sealed FROM old WHERE old.id != session.id""",
    "cut": "UPDATE session SET sealed = substr(sealed, 1, length(sealed) - 1)",
    "emptied": "UPDATE session SET sealed = x''",
    "longer": "UPDATE session SET sealed = sealed || x'00'",
    "as text": "UPDATE session SET sealed = hex(sealed)",
    "first byte": "UPDATE session SET sealed = x'0000' || substr(sealed, 3)",
    "last byte": "UPDATE session SET sealed = substr(sealed, 1, length(sealed) - 2) || x'0000'",
    "another epoch": "UPDATE session SET epoch = epoch - 1",
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_changed_row_counts_as_none_and_is_removed(
    store: LiveStore, clocks: Clocks, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Swapped, cut, flipped, renumbered: the chat starts anew, nothing of another is shown."""
    await store.save("web", "a", b"one")
    await store.save("web", "b", b"two")
    await store._connection.exec_driver_sql(DAMAGE[damage])
    await store._connection.commit()
    assert await store.load("web", "a") is None
    assert await store.load("web", "b") is None
    left = await store._connection.exec_driver_sql("SELECT count(*) FROM session")
    assert left.scalar_one() == 0
    assert '{"event": "store_unreadable", "rows": 1}' in capfd.readouterr().err


async def test_every_row_has_the_same_length(store: LiveStore, path: Path, tmp_path: Path) -> None:
    """However much somebody told."""
    for number, size in enumerate((0, 1, 500, 3000)):
        await store.save("web", str(number), bytes(size))
    stolen = copy_rows(path, tmp_path / "copy")
    assert {(len(row_id), len(sealed)) for row_id, _, sealed in stolen} == {(32, SEALED_BYTES)}
    assert len(stolen) == 4


async def talk(store: LiveStore) -> None:
    """Save every canary, as content and as chat id."""
    await store.save("telegram", str(CHAT), f"{TEXT} {POSTCODE} {CHAT}".encode())
    await store.save("web", TEXT, TEXT.encode("utf-16-le") + CHAT.to_bytes(8, "big"))
    await store.load("telegram", str(CHAT))


async def test_no_file_holds_a_canary(store: LiveStore, path: Path, tmp_path: Path) -> None:
    """Not after saving, not after erasing, in no spelling, in no file of store or keys."""
    await talk(store)
    assert path.with_name("live.db-wal").stat().st_size > SEALED_BYTES
    assert leaks(tmp_path, CANARIES) == []
    await store.erase("telegram", str(CHAT))
    await store.erase("web", TEXT)
    assert leaks(tmp_path, CANARIES) == []


async def test_the_search_finds_canaries_where_nothing_is_sealed(
    store: LiveStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof above can fail."""
    monkeypatch.setattr("bot.store.live.seal", lambda epoch, row_id, plaintext: plaintext)
    monkeypatch.setattr("bot.store.live.pseudonym", lambda epoch, channel, chat: chat.encode())
    await talk(store)
    found = "\n".join(leaks(tmp_path, CANARIES))
    assert all(repr(canary) in found for canary in CANARIES)


@pytest.mark.parametrize("canary", CANARIES)
def test_the_search_knows_every_spelling(canary: str | int, tmp_path: Path) -> None:
    """Each spelling is found in a file that holds it between other bytes."""
    for number, spelling in enumerate(spellings(canary)):
        path = tmp_path / f"file {number}"
        path.write_bytes(b"before" + spelling + b"after")
        assert any(path.name in leak for leak in leaks(tmp_path, [canary]))


def sealed_parts(stolen: list[tuple[bytes, int, bytes]]) -> list[bytes]:
    """Return pieces of each row that cannot be there by chance."""
    return [part for row_id, _, sealed in stolen for part in (row_id, sealed[:32], sealed[-32:])]


async def erase_all(store: LiveStore, path: Path, to: Path) -> tuple[list[bytes], bytes]:
    """Save, steal, erase; return what was in the rows and what is in the files now."""
    for number in range(5):
        await store.save("web", str(number), b"old")
        await store.save("web", str(number), b"new")
    parts = sealed_parts(copy_rows(path, to))
    await asyncio.gather(*(store.erase("web", str(number)) for number in range(5)))
    return parts, b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_erase_leaves_not_even_sealed_bytes(
    store: LiveStore, path: Path, tmp_path: Path
) -> None:
    """Database and write-ahead log hold neither id nor ciphertext; the log is empty."""
    parts, files = await erase_all(store, path, tmp_path / "copy")
    assert len(parts) == 15
    assert not any(part in files for part in parts)
    assert path.with_name("live.db-wal").stat().st_size == 0


async def test_erase_without_truncation_would_leave_them_in_the_log(
    store: LiveStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof above can fail, first half."""
    monkeypatch.setattr(rows, "truncate", lambda connection: None)
    parts, files = await erase_all(store, path, tmp_path / "copy")
    assert all(part in files for part in parts)


async def test_erase_without_secure_delete_would_leave_them_in_the_database(
    store: LiveStore, path: Path, tmp_path: Path
) -> None:
    """The proof above can fail, second half."""
    await store._connection.exec_driver_sql("PRAGMA secure_delete = OFF")
    parts, files = await erase_all(store, path, tmp_path / "copy")
    assert any(part in files for part in parts)


class Victim:
    """The process of `tests.store.killed`, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.killed", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def words(self) -> Iterator[tuple[str, int, int]]:
        """Yield what it tells, as a word and two numbers."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, *numbers = line.split()
            first, second = (*map(int, numbers), 0, 0)[:2]
            yield word, first, second

    def live_and_die(self, steps: int) -> tuple[dict[int, int], dict[int, int]]:
        """Run a child for some steps, kill it; return what it found and the last step of each."""
        found: dict[int, int] = {}
        done: dict[int, int] = {}
        child = told = 0
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        for word, first, second in self.words():
            if word == "dead":
                return found, done
            if word == "child":
                child = first
            if word == "found":
                found[first] = second
            if word == "done":
                done[first] = second
                told += 1
            if told >= steps and child:
                os.kill(child, signal.SIGKILL)
                child, steps = 0, sys.maxsize
        raise AssertionError("the victim ended by itself")

    def close(self) -> None:
        """Let it end."""
        self.process.communicate(timeout=30)


def test_a_kill_in_the_middle_of_group_commits_loses_nothing(tmp_path: Path) -> None:
    """What was told to be durable is found by the next process; an erased chat stays erased.

    Of each chat exactly one step is in flight when the kill comes: it happened or it did not.
    """
    dice = random.Random(20_240_611)
    victim = Victim(tmp_path)
    held = {chat: {0} for chat in range(CHATS)}
    for number in range(24):
        found, done = victim.live_and_die(dice.randrange(0, 160))
        for chat, step in found.items():
            assert step in held[chat], (number, chat)
        # A kill while the store was opening: nobody had begun a step.
        for chat in found if len(found) == CHATS else ():
            last = done.get(chat)
            before = found[chat] if last is None else after(last)
            held[chat] = {before, after((number * ROUND if last is None else last) + 1)}
    victim.close()
