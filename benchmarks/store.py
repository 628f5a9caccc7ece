"""Durable turns of the live store: load and save, 32 chats at a time, one core.

Run `python -m benchmarks.store [folder]`; the folder decides which disk is measured. Beside it
runs the same work without grouping: the standard library's sqlite3, unsealed, a commit a turn.
"""

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from bot.privacy.keys import EPOCH_SECONDS, KEPT, KeyRing
from bot.privacy.seal import SEALED_BYTES
from bot.store.live import LiveStore

CHATS, TURNS, ALONE = 32, 250, 400
SESSION = os.urandom(700)


class Day:
    """A boot clock that can be moved on, so that the ring holds a whole day of keys."""

    ahead = 0.0

    def __call__(self) -> float:
        """Return the time since start plus what was skipped."""
        return time.monotonic() + self.ahead


def full_ring(folder: Path) -> KeyRing:
    """Return a ring with all the live epochs that it can have."""
    day = Day()
    ring = KeyRing(folder, boot=day)
    for _ in range(KEPT):
        day.ahead += EPOCH_SECONDS
        ring.expire()
    return ring


async def chat(store: LiveStore, name: str) -> None:
    """Take turns one after the other, as one person does."""
    for _ in range(TURNS):
        await store.load("telegram", name)
        await store.save("telegram", name, SESSION)


async def grouped(folder: Path) -> float:
    """Return turns a second of all chats together."""
    with full_ring(folder / "keys") as ring:
        async with LiveStore.open(folder / "live.db", ring) as store:
            start = time.perf_counter()
            await asyncio.gather(*(chat(store, str(number)) for number in range(CHATS)))
            return CHATS * TURNS / (time.perf_counter() - start)


def alone(folder: Path) -> float:
    """Return turns a second with a commit each and nothing of ours."""
    connection = sqlite3.connect(folder / "alone.db")
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    connection.execute("CREATE TABLE session (id TEXT PRIMARY KEY, sealed BLOB)")
    start = time.perf_counter()
    for turn in range(ALONE):
        name = str(turn % CHATS)
        connection.execute("SELECT sealed FROM session WHERE id = ?", (name,)).fetchall()
        connection.execute("REPLACE INTO session VALUES (?, ?)", (name, bytes(SEALED_BYTES)))
        connection.commit()
    seconds = time.perf_counter() - start
    connection.close()
    return ALONE / seconds


def main() -> None:
    """Print turns a second, grouped and alone, and their ratio."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        ours, theirs = asyncio.run(grouped(Path(name))), alone(Path(name))
    print(f"store: {ours:,.0f} durable turns a second ({CHATS} chats, {KEPT + 1} live epochs)")
    print(f"store: {theirs:,.0f} with a commit a turn in plain sqlite3, ratio {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
