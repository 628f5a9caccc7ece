"""The log of what staff did: shown, verified while the server runs, its head written down daily."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from bot.auditing import FOLDER
from bot.handlers.console.guard import require
from bot.handlers.console.pages import render
from bot.handlers.keys import CLOCK, CONTENT, SETTINGS, WORDS
from bot.privacy import log
from bot.staff.chain import Entry, broken_at
from bot.store import audit, people

PAGE = 100
_EVERY = 600.0
_SHORT = 12
_LONG = re.compile("[0-9a-f]{32,}")


@dataclass(slots=True)
class Chain:
    """What verifying found last: the number of the first broken entry, or 0."""

    broken: int = 0
    head: dict[int, str] = field(default_factory=dict)
    """The head at the last look: what was there then and is gone now was cut off."""


CHAIN = web.AppKey("chain", Chain)


def routes() -> list[web.RouteDef]:
    """Return the route of the log."""
    return [web.get("/console/log", page)]


@require("audit.read")
async def page(request: web.Request) -> web.Response:
    """Show the log, newest first, with the head of the chain and whether it holds."""
    older = request.query.get("before", "")
    start = int(older) if older.isascii() and older.isdigit() and len(older) < 10 else 0
    async with request.app[CONTENT].reading() as connection:
        entries = await audit.before(connection, start, PAGE + 1)
        head = await audit.last(connection)
        everybody = await people.everybody(connection, 0)
    return render(
        request,
        "log.html",
        entries=[(entry, facts_of(entry)) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].number if len(entries) > PAGE else 0,
        head=head,
        short=short,
        broken=request.app[CHAIN].broken,
        names={person.account.id: person.account.name for person in everybody},
        has_word=lambda name: request.app[WORDS].has(f"console.{name}"),
    )


def facts_of(entry: Entry) -> list[tuple[str, str]]:
    """Return the facts of an entry as pairs to read."""
    facts = json.loads(entry.facts)
    return [
        (name, ", ".join(value) if isinstance(value, list) else str(value))
        for name, value in facts.items()
    ]


def short(value: str) -> str:
    """Return the beginning of a hash or id, as people compare them; anything else as it is."""
    return value[:_SHORT] if _LONG.fullmatch(value) else value


async def watch(app: web.Application) -> AsyncIterator[None]:
    """Verify the chain at start and every ten minutes; a break is told to the operator at once."""
    app[CHAIN].broken, app[CHAIN].head = 0, {}
    await look(app)
    task = asyncio.create_task(_keep_looking(app))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _keep_looking(app: web.Application) -> None:
    while True:
        await asyncio.sleep(_EVERY)
        await look(app)


async def look(app: web.Application) -> None:
    """Verify the chain against itself and the heads on disk, and write today's head down."""
    folder = app[SETTINGS].data / FOLDER
    try:
        async with app[CONTENT].reading() as connection:
            entries = await audit.everything(connection)
        heads = app[CHAIN].head | await asyncio.to_thread(audit.exported, folder)
        broken = await asyncio.to_thread(broken_at, entries, heads)
        if broken:
            log.event("audit_broken", number=min(broken, log.LARGEST))
        elif entries:
            app[CHAIN].head = {entries[-1].number: entries[-1].hash}
            await asyncio.to_thread(audit.export, entries[-1], folder, app[CLOCK]())
        app[CHAIN].broken = broken
    except Exception as error:  # a full disk must not end the watching
        log.failure("audit_not_kept", error)
