"""A small change without thinking of drafts: it goes into one's own open draft, made when needed.

Somebody who keeps the directory changes one fact after the other. Each is an edit like any other,
so it is checked, approved by somebody else and published like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.releases.desk import Desk
from bot.releases.rebase import rebase
from bot.releases.standing import (
    RefusedError,
    edits_of,
    files_of,
    live_now,
    open_draft,
)
from bot.staff.roles import Account
from bot.store import releases as shelf
from bot.store.releases import Draft

DIRECTORY = "directory/"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Working:
    """The directory as one sees it: what is live, with one's own edits. ``draft`` may be None."""

    draft: Draft | None
    files: Mapping[str, bytes]
    edited: tuple[str, ...] = field(default=())


async def working(desk: Desk, account: Account, title: str, folder: str = DIRECTORY) -> Working:
    """Return the files of a folder with the edits of the account's own draft.

    The draft is the newest open one of theirs that changes this folder alone; one without an
    edit counts when it has this very title. Raises `RefusedError` (``no_release``).
    """
    async with desk.store.reading() as connection:
        live = await live_now(connection)
        here = await files_of(connection, live.release, folder)
        draft = await _own(connection, account, title, folder)
        if draft is None:
            return Working(None, here)
        base = await files_of(connection, draft.base, folder)
        edits = await edits_of(connection, draft, base)
    if draft.base != live.release:
        edits = dict(rebase(base, edits, here).edits)
    merged = {**here, **edits}
    files = {path: text for path, text in merged.items() if text is not None}
    return Working(draft, files, tuple(sorted(edits)))


async def _own(
    connection: AsyncConnection, account: Account, title: str, folder: str
) -> Draft | None:
    for draft in await shelf.drafts(connection):
        if draft.author != account.id or draft.product:
            continue
        paths = {edit.path for edit in await shelf.edits(connection, draft.id) if edit.path}
        if all(path.startswith(folder) for path in paths) and (paths or draft.title == title):
            return draft
    return None


async def own_draft(desk: Desk, account: Account, path: str, title: str) -> str:
    """Return the account's newest open draft that changes a file, or a new one with a title.

    One of this title in which nothing changed yet counts too: it was begun and left.
    """
    async with desk.store.reading() as connection:
        for draft in await shelf.drafts(connection):
            if draft.author != account.id or draft.product:
                continue
            paths = {edit.path for edit in await shelf.edits(connection, draft.id) if edit.path}
            if path in paths or (not paths and draft.title == title):
                return draft.id
    return await desk.new_draft(account, title)


async def opened(desk: Desk, name: str, folder: str) -> Working:
    """Return the files of a folder as a draft makes them, on top of what it began with.

    Raises `RefusedError` (``no_draft``).
    """
    async with desk.store.reading() as connection:
        draft = await open_draft(connection, name)
        base = await files_of(connection, draft.base, folder)
        edits = await edits_of(connection, draft, await files_of(connection, draft.base))
    merged = {**base, **{path: text for path, text in edits.items() if path.startswith(folder)}}
    files = {path: text for path, text in merged.items() if text is not None}
    return Working(draft, files, tuple(sorted(edits)))


async def put(
    desk: Desk, account: Account, name: str, path: str, change: Callable[[str], str]
) -> None:
    """Change a file in a draft; ``change`` is called again when somebody else was quicker."""
    for _ in range(_TRIES):
        now = await opened(desk, name, f"{path.rpartition('/')[0]}/")
        old = now.files.get(path, b"").decode()
        new = await asyncio.to_thread(change, old)
        version = now.draft.version if now.draft else None
        try:
            if new != old:
                await desk.save(account, name, path, new.encode(), version)
        except RefusedError as refused:
            if refused.code != "somebody_else":
                raise
        else:
            return
    raise RefusedError("somebody_else")


async def keep(
    desk: Desk, account: Account, title: str, path: str, change: Callable[[str], str]
) -> str:
    """Change a file of the directory in the account's own draft; return the draft.

    ``change`` gets the text as it is at that moment (empty for a new file) and is called again
    when somebody else was quicker. Whatever it raises goes through, and nothing is kept.
    """
    for _ in range(_TRIES):
        now = await working(desk, account, title)
        if now.draft is not None:
            await desk.follow(now.draft.id)
            now = await working(desk, account, title)
        old = now.files.get(path, b"").decode()
        new = change(old)
        draft = now.draft.id if now.draft else await desk.new_draft(account, title)
        version = now.draft.version if now.draft else 0
        try:
            if new != old:
                await desk.save(account, draft, path, new.encode(), version)
        except RefusedError as refused:
            if refused.code != "somebody_else":
                raise
        else:
            return draft
    raise RefusedError("somebody_else")
