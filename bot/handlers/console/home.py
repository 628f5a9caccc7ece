"""The first page: what is live, in numbers; and our own files."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.handlers.console import guard, sign_in
from bot.handlers.console.guard import anyone
from bot.handlers.console.pages import HERE, render
from bot.handlers.keys import CHAT

DOORS = {
    "author": "/console/conversations",
    "translator": "/console/translate",
    "steward": "/console/directory",
    "reviewer": "/console/conversations",
    "publisher": "/console/conversations",
    "administrator": "/console/people",
    "auditor": "/console/log",
}
"""Where the work of each role begins."""

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {path.name: path for path in (HERE / "static").iterdir() if path.suffix in _TYPES}
_BODIES = {name: path.read_bytes() for name, path in _FILES.items()}


def routes() -> list[web.RouteDef]:
    """Return the routes of the first page."""
    return [web.get("/console", overview), web.get("/console/static/{name}", static)]


@anyone
async def overview(request: web.Request) -> web.Response:
    """Show in numbers what the live release holds; a stranger is shown how to sign in."""
    if guard.ACCOUNT not in request:
        return await sign_in.show(request)
    return render(request, "home.html", release=request.app[CHAT].release, doors=DOORS)


@anyone
async def static(request: web.Request) -> web.Response:
    """Return a file of the console's own."""
    name = request.match_info["name"]
    if name not in _BODIES:
        raise web.HTTPNotFound
    kind = _TYPES[_FILES[name].suffix]
    return web.Response(body=_BODIES[name], headers={hdrs.CONTENT_TYPE: f"{kind}; charset=utf-8"})
