"""The live store: where each chat is, sealed, for a day at most.

One writer task owns the one connection. Whoever calls `load`, `save` or `erase` waits in a queue;
the writer takes all that wait, serves them in one pass with one commit, and only then lets them
go on. That is what makes durable turns cheap: a disk flush serves everybody who waits for it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.privacy import log
from bot.privacy.keys import KEPT, KeyRing
from bot.privacy.seal import pseudonym, seal
from bot.store import rows
from bot.store.rows import Request

MOST_TOGETHER = 64
EXPIRY_SECONDS = 60.0

_Waiter: TypeAlias = tuple[Request, "asyncio.Future[bytes | None]"]


class StoreError(Exception):
    """The live store cannot be used or could not do this; holds no content and no id."""


class LiveStore:
    """Sealed sessions by chat. Open it with `async with LiveStore.open(path, ring) as store`."""

    def __init__(self, connection: AsyncConnection, ring: KeyRing) -> None:
        """Use `open`, which also starts the writer."""
        self._connection, self._ring = connection, ring
        self._waiting: deque[_Waiter] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._expired_before = ring.current().number - KEPT

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path, ring: KeyRing) -> AsyncIterator["LiveStore"]:
        """Open the database file `path`, making it when it is missing, and keep it expiring.

        Rows that no key of `ring` opens are removed first; all rows are when `ring.reset`. Leaving
        serves everybody who still waits. Raises `StoreError` when the file is damaged, or in use
        by another process.
        """
        with _explained(path):
            engine = rows.make_engine(path)
            connection = await engine.connect()
        try:
            with _explained(path):
                live = [epoch.number for epoch in ring.live()]
                await connection.run_sync(rows.prepare, live, ring.why)
            ring.settled()
            async with cls(connection, ring)._running() as store:
                yield store
        finally:
            await connection.close()
            await engine.dispose()

    async def load(self, channel: str, chat: str) -> bytes | None:
        """Return what was saved last for this chat, or None after a day, an erase or damage."""
        epochs = self._ring.live()
        ids = tuple(pseudonym(epoch, channel, chat) for epoch in epochs)
        return await self._ask(Request(ids, read=epochs))

    async def save(self, channel: str, chat: str, plaintext: bytes) -> None:
        """Keep `plaintext` for this chat, under the current epoch alone. On disk on return.

        Raises `bot.privacy.seal.TooLong` when it does not fit in a row, and `StoreError` when the
        write failed; either way what was saved before is still there. When the caller is cancelled
        it may be kept or not.
        """
        epoch, *older = self._ring.live()
        row_id = pseudonym(epoch, channel, chat)
        gone = tuple(pseudonym(other, channel, chat) for other in older)
        row = rows.Row(row_id, epoch.number, seal(epoch, row_id, plaintext))
        await self._ask(Request((row_id, *gone), row=row, gone=gone))

    async def erase(self, channel: str, chat: str) -> None:
        """Remove this chat in every epoch, from the database and from the write-ahead log.

        Goes on when the caller is cancelled. Raises `StoreError` when it failed: try again.
        """
        ids = tuple(pseudonym(epoch, channel, chat) for epoch in self._ring.live())
        await self._ask(Request(ids, gone=ids, truncate=True))

    async def rename(self, channel: str, old: str, new: str) -> None:
        """Move a chat to another name in one commit; afterwards the old one opens nothing.

        Its sealed row may stay in the write-ahead log a while; what a person asks to be forgotten
        goes by `erase`. Raises as `save` does; then the old name is still there.
        """
        plaintext = await self.load(channel, old)
        if plaintext is None:
            return
        epochs = self._ring.live()
        gone = tuple(pseudonym(epoch, channel, old) for epoch in epochs)
        row_id = pseudonym(epochs[0], channel, new)
        row = rows.Row(row_id, epochs[0].number, seal(epochs[0], row_id, plaintext))
        await self._ask(Request((row_id, *gone), row=row, gone=gone))

    async def expire(self) -> None:
        """Destroy expired keys and remove their rows; the store does this by itself in time."""
        self._ring.expire()
        before = self._ring.current().number - KEPT
        if before > self._expired_before:
            await self._ask(Request(before=before, truncate=True))
            self._expired_before = before

    async def _ask(self, request: Request) -> bytes | None:
        if self._closing:
            raise StoreError("live store: closed; this process is stopping")
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        self._wake.set()
        return await future

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator["LiveStore"]:
        writer = asyncio.create_task(self._write())
        keeper = asyncio.create_task(self._keep_expiring())
        try:
            yield self
        finally:
            keeper.cancel()
            self._closing = True
            self._wake.set()
            await writer

    async def _keep_expiring(self) -> None:
        while True:
            # To the second when a key is due; each minute too, since a sleeping machine's timers
            # stand still.
            await asyncio.sleep(min(EXPIRY_SECONDS, self._ring.seconds_left()))
            try:
                await self.expire()
            except Exception as error:  # this task must outlive whatever it was
                log.failure("store_expiry_failed", error)

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._pass(self._take())
            # Those who were just served may already have their next request: let them ask it now.
            await asyncio.sleep(0)

    def _take(self) -> list[_Waiter]:
        """Take the first who wait, at most one of each chat; the order within a chat stays."""
        batch: list[_Waiter] = []
        later: list[_Waiter] = []
        touched: set[bytes] = set()
        for _ in range(min(MOST_TOGETHER, len(self._waiting))):
            waiter = self._waiting.popleft()
            (batch if touched.isdisjoint(waiter[0].ids) else later).append(waiter)
            touched.update(waiter[0].ids)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _pass(self, batch: list[_Waiter]) -> None:
        try:
            answers = await self._connection.run_sync(rows.serve, [request for request, _ in batch])
        except Exception as error:  # whatever it was: these waiters hear of it, the next go on
            await self._give_up(batch, error)
            return
        served = list(zip(batch, answers, strict=True))
        _answer((waiter, answer) for waiter, answer in served if not waiter[0].truncate)
        erasers = [waiter for waiter in batch if waiter[0].truncate]
        if erasers:
            await self._truncate(erasers)

    async def _truncate(self, erasers: list[_Waiter]) -> None:
        try:
            await self._connection.run_sync(rows.truncate)
        except Exception as error:
            await self._give_up(erasers, error)
            return
        _answer((waiter, None) for waiter in erasers)

    async def _give_up(self, batch: list[_Waiter], error: Exception) -> None:
        log.failure("store_failed", error, waiting=len(batch))
        with contextlib.suppress(Exception):
            await self._connection.rollback()
        for _, future in batch:
            if not future.done():
                future.set_exception(
                    StoreError(
                        f"live store: this was not done ({type(error).__name__}); check the disk "
                        "of LUCHT_DATA, then try again"
                    )
                )


def _answer(served: Iterable[tuple[_Waiter, bytes | None]]) -> None:
    for (_, future), answer in served:
        # A waiter that was cancelled meanwhile needs no answer; its request was served.
        if not future.done():
            future.set_result(answer)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: the live store does not open ({error.strerror}); the user that runs Lucht "
            "must be able to write this file and its folder (LUCHT_DATA, LUCHT_DATABASE_URL)"
        ) from None
    except SQLAlchemyError as error:
        raise StoreError(
            f"{path}: the live store does not open ({type(error).__name__}); if another Lucht uses "
            "it, stop that one; if not, delete this file (open dialogues end, no more than that)"
        ) from None
