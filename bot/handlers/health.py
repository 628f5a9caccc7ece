"""Liveness: is there an answer, from end to end?"""

from __future__ import annotations

from aiohttp import web

from bot.engine.session import Message
from bot.handlers.keys import CHAT
from bot.handlers.limits import GATE
from bot.handlers.pages import RefusedError
from bot.handlers.requests import new_token


def add_routes(app: web.Application) -> None:
    """Add the health check."""
    app.router.add_get("/healthz", healthy)


async def healthy(request: web.Request) -> web.Response:
    """Take one turn of a chat that nobody has, and erase it: engine, keys and store answer.

    That writes to disk, so strangers are limited here as everywhere.
    """
    if not request.app[GATE].lets_through(request):
        raise RefusedError(429, "busy")
    async with request.app[CHAT].flight("web", new_token()) as flight:
        await flight.take(Message())
        await flight.erased()
    return web.Response(text="ok")
