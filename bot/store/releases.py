"""What is kept of releases: one function for each thing that is read or happens.

Every function works in the transaction of its caller; those that write need the write lock.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.staff.secrets import new_id
from bot.store.content import upsert
from bot.store.release_tables import (
    APPROVAL,
    BLOB,
    CHECK,
    DRAFT,
    EDIT,
    POINTER,
    PRODUCT,
    RELEASE,
    WITHDRAWAL,
)
from bot.store.tables import ACCOUNT

OPEN, PUBLISHED, DROPPED = "open", "published", "dropped"
FIRST, PUBLISH, BACK, IMPORT = "first", "publish", "back", "import"


@dataclass(frozen=True, slots=True)
class Pointer:
    """That a release became live: when, by whom, how, and why."""

    number: int
    release: str
    kind: str
    at: int
    account: str
    reason: str
    draft: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Edits on top of a release that nobody but staff sees."""

    id: str
    base: str
    title: str
    author: str
    state: str
    version: int
    sorts: Mapping[str, str]
    conflicts: Mapping[str, list[str]]
    product: str
    created: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody made of a file. ``blob`` is empty where they removed it.

    ``kind`` says how (``text KEY`` while typing, ``undo``, ``redo``), ``number`` in which order.
    """

    path: str
    blob: str
    account: str
    line: frozenset[str]
    credentials: frozenset[str]
    at: int
    kind: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in a draft: of which version, on which base, and which release it makes."""

    version: int
    base: str
    release: str
    change: str
    needed: int
    problems: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Approved:
    """That somebody approved a change."""

    change: str
    account: str
    line: frozenset[str]
    credentials: frozenset[str]
    at: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Something taken back at once; ``ended`` is 0 as long as it is."""

    number: int
    kind: str
    name: str
    reason: str
    account: str
    at: int
    ended: int


# -- releases


async def put_blobs(connection: AsyncConnection, blobs: Mapping[str, bytes]) -> None:
    """Keep files by their hash; those that are there already stay."""
    rows = [{"id": name, "content": zlib.compress(content)} for name, content in blobs.items()]
    if rows:
        await connection.execute(upsert(connection, BLOB).on_conflict_do_nothing(), rows)


async def blobs(connection: AsyncConnection, names: Iterable[str]) -> dict[str, bytes]:
    """Return files by their hash."""
    wanted, found = sorted(set(names)), dict[str, bytes]()
    for start in range(0, len(wanted), 500):
        query = select(BLOB).where(BLOB.c.id.in_(wanted[start : start + 500]))
        rows = await connection.execute(query)
        found |= {row.id: zlib.decompress(row.content) for row in rows}
    return found


async def put_release(
    connection: AsyncConnection, release: str, tree: Mapping[str, str], now: int
) -> None:
    """Keep a tree under its name."""
    text = json.dumps(dict(tree), sort_keys=True, separators=(",", ":"))
    values = {"id": release, "tree": text, "made": now}
    await connection.execute(upsert(connection, RELEASE).values(values).on_conflict_do_nothing())


async def tree(connection: AsyncConnection, release: str) -> dict[str, str]:
    """Return the tree of a release; empty when there is none of this name."""
    query = select(RELEASE.c.tree).where(RELEASE.c.id == release)
    found = (await connection.execute(query)).scalar_one_or_none()
    return dict(json.loads(found)) if found else {}


async def point(
    connection: AsyncConnection,
    release: str,
    kind: str,
    now: int,
    account: str = "",
    reason: str = "",
    draft: str = "",
) -> None:
    """Make a release live."""
    values = {"release": release, "kind": kind, "at": now, "account": account}
    values |= {"reason": reason, "draft": draft}
    await connection.execute(insert(POINTER).values(values))


async def live(connection: AsyncConnection) -> Pointer | None:
    """Return what is live; None before the first start."""
    found = await pointers(connection, most=1)
    return found[0] if found else None


async def pointers(connection: AsyncConnection, most: int = 200) -> list[Pointer]:
    """Return what was live, newest first."""
    query = select(POINTER).order_by(POINTER.c.number.desc()).limit(most)
    return [Pointer(*row) for row in await connection.execute(query)]


async def only_first(connection: AsyncConnection) -> bool:
    """Say whether nobody has ever published here."""
    query = select(func.count()).select_from(POINTER).where(POINTER.c.kind != FIRST)
    return not (await connection.execute(query)).scalar_one()


async def product(connection: AsyncConnection) -> str:
    """Return the release of the product itself that was taken over last, or nothing."""
    query = select(PRODUCT.c.release).order_by(PRODUCT.c.number.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none() or ""


async def take_over(connection: AsyncConnection, release: str, now: int) -> None:
    """Remember that a release of the product itself was taken over."""
    await connection.execute(insert(PRODUCT).values(release=release, at=now))


# -- drafts


async def new_draft(
    connection: AsyncConnection, base: str, title: str, author: str, now: int, product: str = ""
) -> str:
    """Make an empty draft; return its id."""
    values: dict[str, str | int] = {"id": new_id(), "base": base, "title": title}
    values |= {"author": author, "state": OPEN}
    values |= {"version": 0, "sorts": "{}", "conflicts": "{}", "product": product, "created": now}
    await connection.execute(insert(DRAFT).values(values))
    return str(values["id"])


async def draft(connection: AsyncConnection, name: str) -> Draft | None:
    """Return a draft, or None when there is none."""
    row = (await connection.execute(select(DRAFT).where(DRAFT.c.id == name))).one_or_none()
    return _draft(row) if row else None


async def drafts(connection: AsyncConnection, state: str = OPEN) -> list[Draft]:
    """Return the drafts in a state, newest first."""
    query = select(DRAFT).where(DRAFT.c.state == state).order_by(DRAFT.c.created.desc())
    return [_draft(row) for row in await connection.execute(query)]


async def change_draft(
    connection: AsyncConnection,
    known: Draft,
    *,
    base: str | None = None,
    state: str | None = None,
    sorts: Mapping[str, str] | None = None,
    conflicts: Mapping[str, list[str]] | None = None,
) -> None:
    """Change a draft; whatever it is, the check before it is no longer of this version."""
    values: dict[str, Any] = {"version": known.version + 1}
    values |= {"base": base} if base is not None else {}
    values |= {"state": state} if state is not None else {}
    values |= {"sorts": json.dumps(dict(sorts))} if sorts is not None else {}
    values |= {"conflicts": json.dumps(dict(conflicts))} if conflicts is not None else {}
    await connection.execute(update(DRAFT).where(DRAFT.c.id == known.id).values(values))


async def add_edit(connection: AsyncConnection, draft: str, edit: Edit) -> None:
    """Keep what somebody made of a file."""
    values = {"draft": draft, "path": edit.path, "blob": edit.blob or None, "at": edit.at}
    values |= {"account": edit.account, "line": _joined(edit.line)}
    values |= {"credentials": _joined(edit.credentials), "kind": edit.kind}
    await connection.execute(insert(EDIT).values(values))


async def edits(connection: AsyncConnection, draft: str) -> list[Edit]:
    """Return every edit of a draft, oldest first."""
    query = select(EDIT).where(EDIT.c.draft == draft).order_by(EDIT.c.number)
    return [_edit(row) for row in await connection.execute(query)]


async def last_edit(connection: AsyncConnection, draft: str) -> Edit | None:
    """Return the newest edit of a draft, if there is one."""
    query = select(EDIT).where(EDIT.c.draft == draft).order_by(EDIT.c.number.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return _edit(row) if row else None


async def put_check(connection: AsyncConnection, draft: str, check: Check) -> None:
    """Keep what was found in a draft, in the place of what was found before."""
    await connection.execute(delete(CHECK).where(CHECK.c.draft == draft))
    values = {name: getattr(check, name) for name in Check.__slots__}
    values |= {"draft": draft, "problems": json.dumps(check.problems)}
    await connection.execute(insert(CHECK).values(values))


async def check(connection: AsyncConnection, draft: str) -> Check | None:
    """Return what was found in a draft last."""
    row = (await connection.execute(select(CHECK).where(CHECK.c.draft == draft))).one_or_none()
    return _check(row) if row else None


async def candidates(connection: AsyncConnection) -> list[str]:
    """Return releases that may become live soon: those of open drafts without a problem."""
    query = (
        select(CHECK.c.release)
        .join(DRAFT, DRAFT.c.id == CHECK.c.draft)
        .where(DRAFT.c.state == OPEN, CHECK.c.problems == "[]")
        .order_by(CHECK.c.at.desc())
    )
    return list((await connection.execute(query)).scalars())


async def approve(connection: AsyncConnection, draft: str, approved: Approved) -> None:
    """Keep that somebody approved a change."""
    values = {name: getattr(approved, name) for name in Approved.__slots__}
    values |= {"draft": draft, "line": _joined(approved.line)}
    values |= {"credentials": _joined(approved.credentials)}
    await connection.execute(insert(APPROVAL).values(values))


async def approvals(connection: AsyncConnection, draft: str) -> list[Approved]:
    """Return the approvals of a draft, oldest first, also those of older texts."""
    query = select(APPROVAL).where(APPROVAL.c.draft == draft).order_by(APPROVAL.c.number)
    return [
        Approved(row.change, row.account, _set(row.line), _set(row.credentials), row.at)
        for row in await connection.execute(query)
    ]


# -- withdrawals


async def withdraw(
    connection: AsyncConnection, kind: str, name: str, reason: str, account: str, now: int
) -> int:
    """Take something back; return the number of the withdrawal."""
    values = {"kind": kind, "name": name, "reason": reason, "account": account, "at": now}
    query = insert(WITHDRAWAL).values(values).returning(WITHDRAWAL.c.number)
    return int((await connection.execute(query)).scalar_one())


async def restore(
    connection: AsyncConnection, number: int, reason: str, account: str, now: int
) -> bool:
    """End a withdrawal; False when it is over already."""
    where = (WITHDRAWAL.c.number == number, WITHDRAWAL.c.ended.is_(None))
    values = {"ended": now, "ended_by": account, "ended_reason": reason}
    done = await connection.execute(update(WITHDRAWAL).where(*where).values(values))
    return bool(done.rowcount)


async def withdrawals(connection: AsyncConnection, *, ended: bool = False) -> list[Withdrawal]:
    """Return what is withdrawn now; with ``ended`` also what was."""
    query = select(WITHDRAWAL).order_by(WITHDRAWAL.c.number.desc())
    if not ended:
        query = query.where(WITHDRAWAL.c.ended.is_(None))
    rows = await connection.execute(query)
    return [
        Withdrawal(r.number, r.kind, r.name, r.reason, r.account, r.at, r.ended or 0) for r in rows
    ]


async def inviters(connection: AsyncConnection) -> dict[str, str]:
    """Return who let each account in, also those who may no longer enter."""
    rows = await connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.invited_by))
    return {row.id: row.invited_by for row in rows}


async def names(connection: AsyncConnection) -> dict[str, str]:
    """Return the name of each account, also those who may no longer enter."""
    rows = await connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.name))
    return {row.id: row.name for row in rows}


def _joined(values: Iterable[str]) -> str:
    return " ".join(sorted(values))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _edit(row: Row[Any]) -> Edit:
    line, keys = _set(row.line), _set(row.credentials)
    blob = row.blob or ""
    return Edit(row.path, blob, row.account, line, keys, row.at, row.kind, row.number)


def _draft(row: Row[Any]) -> Draft:
    values = {name: getattr(row, name) for name in Draft.__slots__}
    values |= {"sorts": json.loads(row.sorts), "conflicts": json.loads(row.conflicts)}
    return Draft(**values)


def _check(row: Row[Any]) -> Check:
    values = {name: getattr(row, name) for name in Check.__slots__}
    return Check(**values | {"problems": tuple(json.loads(row.problems))})
