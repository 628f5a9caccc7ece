"""Something else went live at the same place: both texts side by side, and somebody chooses."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded, page
from bot.handlers.keys import DESK
from bot.releases.choose import CHOICES, Block, blocks, joined
from bot.releases.desk import may_edit
from bot.releases.standing import RefusedError, Standing
from bot.store import releases as shelf


def routes() -> list[web.RouteDef]:
    """Return the routes of merging."""
    return [
        web.get("/console/drafts/{draft}/merge", show),
        web.post("/console/drafts/{draft}/merge", choose),
    ]


async def _parts(request: web.Request, standing: Standing, path: str) -> tuple[Block, ...]:
    """Return both versions of a file in blocks. Raises `RefusedError` without a conflict there."""
    if path not in standing.draft.conflicts or standing.draft.state != shelf.OPEN:
        raise RefusedError("no_draft")
    desk, blob = request.app[DESK], standing.edits.get(path, "")
    live = (await desk.files(standing.draft.base)).get(path, b"")
    async with desk.store.reading() as connection:
        mine = (await shelf.blobs(connection, [blob] if blob else [])).get(blob, b"")
    return await asyncio.to_thread(blocks, live.decode(), mine.decode())


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show what is live and what the draft says, wherever they differ."""
    standing = await request.app[DESK].standing(request.match_info["draft"])
    return await _show(request, standing, request.query.get("path", ""))


async def _show(
    request: web.Request, standing: Standing, path: str, status: int = 200
) -> web.Response:
    return page(
        request,
        "merge.html",
        status,
        draft=standing.draft,
        path=path,
        keys=standing.draft.conflicts.get(path, []),
        parts=await _parts(request, standing, path),
        choices=CHOICES,
        missing=status != 200,
        may_save=may_edit(account_of(request), path),
    )


@require("content.read")
@guarded
async def choose(request: web.Request) -> web.Response:
    """Keep what was chosen as a new text of the draft, and check the draft.

    Whoever chooses is a contributor from then on.
    """
    form, desk, account = await fields(request), request.app[DESK], account_of(request)
    path, version = form.get("path", ""), form.get("version", "")
    standing = await desk.standing(request.match_info["draft"])
    parts = await _parts(request, standing, path)
    differing = sum(not part.same for part in parts)
    try:
        text = joined(parts, [form.get(f"choice.{n}", "") for n in range(differing)])
    except ValueError:
        return await _show(request, standing, path, 422)
    wanted = int(version) if version.isdecimal() and len(version) < 10 else -1
    draft = standing.draft.id
    await desk.save(account, draft, path, text.encode() if text else None, wanted)
    await desk.check(account, draft)
    return go(f"/console/drafts/{draft}")
