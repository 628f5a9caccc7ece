"""What was live and how to go back; what was taken away at once and how to give it back."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded, page
from bot.handlers.keys import CHAT, DESK
from bot.handlers.pages import PAGE_FACTS
from bot.store import releases as shelf


def routes() -> list[web.RouteDef]:
    """Return the routes of releases and withdrawals."""
    return [
        web.get("/console/releases", show),
        web.post("/console/releases/back", back),
        web.post("/console/withdrawals", withdraw),
        web.post("/console/withdrawals/{number}/end", restore),
    ]


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """List what was live, newest first, and what is withdrawn."""
    async with request.app[DESK].store.reading() as connection:
        pointers = await shelf.pointers(connection)
        gone = await shelf.withdrawals(connection)
        names = await shelf.names(connection)
    known = request.app[CHAT].release.directory.services
    return page(
        request,
        "releases.html",
        pointers=pointers,
        gone=gone,
        names=names,
        services=sorted(known.items(), key=lambda item: item[1].name.casefold()),
    )


@require("release.rollback")
@guarded
async def back(request: web.Request) -> web.Response:
    """Make an earlier release live again."""
    form = await fields(request)
    number = form.get("number", "")
    reason = form.get("reason", "")
    wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
    await request.app[DESK].roll_back(account_of(request), wanted, reason)
    return go("/console/releases")


@require("release.withdraw")
@guarded
async def withdraw(request: web.Request) -> web.Response:
    """Take a service or a text away, everywhere and at once."""
    form = await fields(request)
    kind, name, reason = (form.get(key, "").strip() for key in ("kind", "name", "reason"))
    never = [request.app[PAGE_FACTS].danger_service]
    await request.app[DESK].withdraw(account_of(request), kind, name, reason, never)
    return go("/console/releases")


@require("release.withdraw")
@guarded
async def restore(request: web.Request) -> web.Response:
    """Give back what was taken away."""
    form, number = await fields(request), request.match_info["number"]
    wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
    await request.app[DESK].restore(account_of(request), wanted, form.get("reason", ""))
    return go("/console/releases")
