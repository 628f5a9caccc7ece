"""The moderators' pages: what there is, and what is still to come."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.keys import CHAT
from bot.handlers.pages import render


def routes() -> list[web.RouteDef]:
    """Return the routes of the console."""
    return [web.get("/console", overview)]


async def overview(request: web.Request) -> web.Response:
    """Show in numbers what the live release holds. The console is Dutch: moderators write Dutch."""
    release = request.app[CHAT].release
    return render(request, "console.html", "nl", release=release)
