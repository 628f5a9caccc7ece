"""The one table of the live store, and the one pass that reads and writes it.

Everything here runs on the one connection of `bot.store.live`. A request describes what a chat
needs of a pass; a pass serves requests of different chats together: one SELECT, one upsert of many
rows, one DELETE, one COMMIT. Row ids and sealed bytes are all that it sees of a chat.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import (
    URL,
    BindParameter,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    cast,
    delete,
    event,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.privacy import log
from bot.privacy.keyfiles import Epoch
from bot.privacy.keys import KEPT
from bot.privacy.seal import Unreadable, open_sealed

_METADATA = MetaData()
_SESSION = Table(
    "session",
    _METADATA,
    # SQLite's own row number would count up and tell in which order people came; see `Row`.
    Column("rowid", Integer, system=True),
    Column("id", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
_PRAGMAS = (
    "locking_mode = EXCLUSIVE",  # no second process, and no shared-memory file
    "journal_mode = WAL",
    "synchronous = FULL",  # on disk when COMMIT returns
    "secure_delete = ON",  # zeros over what was deleted
    "temp_store = MEMORY",
)
_TRUNCATE = text("PRAGMA wal_checkpoint(TRUNCATE)")

_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_insert = insert(_SESSION)
# The casts make a row that somebody changed by hand unreadable instead of an error for its pass.
_FIND = select(_SESSION.c.id, _SESSION.c.epoch, cast(_SESSION.c.sealed, LargeBinary)).where(
    _SESSION.c.id.in_(_ids)
)
_PUT = _insert.on_conflict_do_update(
    index_elements=[_SESSION.c.id],
    set_={"epoch": _insert.excluded.epoch, "sealed": _insert.excluded.sealed},
)
_REMOVE = delete(_SESSION).where(_SESSION.c.id.in_(_ids))
_EPOCHS = select(cast(_SESSION.c.epoch, Integer)).distinct()
_EXPIRE = delete(_SESSION).where(_SESSION.c.epoch < bindparam("before"))
_KEEP = delete(_SESSION).where(_SESSION.c.epoch.not_in(bindparam("live", expanding=True)))

Found: TypeAlias = Mapping[bytes, tuple[int, bytes]]


@dataclass(frozen=True)
class Row:
    """A row to be written."""

    id: bytes
    epoch: int
    sealed: bytes

    def values(self) -> dict[str, Any]:
        """Return the columns; the row number comes from the id, which tells nothing more."""
        number = int.from_bytes(self.id[:8], "big", signed=True)
        return {"rowid": number, "id": self.id, "epoch": self.epoch, "sealed": self.sealed}


@dataclass(frozen=True)
class Request:
    """What one waiter needs of a pass. `ids` are all row ids of its chat, in every live epoch."""

    ids: tuple[bytes, ...] = ()
    read: tuple[Epoch, ...] = ()  # the epochs of `ids`, newest first, when it wants to know
    row: Row | None = None
    gone: tuple[bytes, ...] = ()
    before: int | None = None  # remove every row of an older epoch
    truncate: bool = False  # wait until the write-ahead log is empty too


def make_engine(path: Path) -> AsyncEngine:
    """Return an engine with exactly one connection to the file `path`, which it makes (0600)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    path.chmod(0o600)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": 1.0},
    )
    event.listen(engine.sync_engine, "connect", _configure)
    return engine


def _configure(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def prepare(connection: Connection, live: Collection[int], why: str | None) -> None:
    """Make the table, and remove every row that no live epoch can open.

    With a reason `why` (see `KeyRing`), or when a key is missing that a row should still have
    (`lost`), every row goes. The log says how many.
    """
    _METADATA.create_all(connection)
    epochs = set(connection.execute(_EPOCHS).scalars())
    lost = any(epoch >= max(live) - KEPT for epoch in epochs - set(live))
    why = why or ("lost" if lost else None)
    kept = [] if why else list(live)
    rows = connection.execute(_KEEP, {"live": kept}).rowcount
    connection.commit()
    truncate(connection)
    if why and rows:
        log.event("store_emptied", why=why, rows=min(rows, log.LARGEST))


def serve(connection: Connection, requests: Sequence[Request]) -> list[bytes | None]:
    """Do everything that `requests` describe in one commit; return what each wanted to read.

    No two of them may share an id. Raises what SQLAlchemy raises; then nothing has happened.
    """
    found = _find(
        connection, [row_id for request in requests if request.read for row_id in request.ids]
    )
    unreadable: list[bytes] = []
    answers = [_newest(found, request, unreadable) for request in requests]
    if unreadable:
        log.event("store_unreadable", rows=len(unreadable))
    _put(connection, [request.row for request in requests if request.row])
    _remove(connection, [*unreadable, *(row_id for r in requests for row_id in r.gone)])
    for request in requests:
        if request.before is not None:
            connection.execute(_EXPIRE, {"before": request.before})
    connection.commit()
    return answers


def truncate(connection: Connection) -> None:
    """Move the write-ahead log into the database and cut it to nothing, outside a transaction."""
    connection.execute(_TRUNCATE)
    connection.commit()


def _find(connection: Connection, ids: list[bytes]) -> Found:
    if not ids:
        return {}
    return {
        row_id: (epoch, sealed) for row_id, epoch, sealed in connection.execute(_FIND, {"ids": ids})
    }


def _newest(found: Found, request: Request, unreadable: list[bytes]) -> bytes | None:
    for epoch, row_id in zip(request.read, request.ids, strict=False):
        if row_id not in found:
            continue
        number, sealed = found[row_id]
        try:
            if number == epoch.number:
                return open_sealed(epoch, row_id, sealed)
        except Unreadable:
            pass
        unreadable.append(row_id)
    return None


def _put(connection: Connection, rows: Iterable[Row]) -> None:
    if values := [row.values() for row in rows]:
        connection.execute(_PUT, values)


def _remove(connection: Connection, ids: list[bytes]) -> None:
    if ids:
        connection.execute(_REMOVE, {"ids": ids})
