"""The console: where moderators work. It shares no cookie, path or template with the chat.

A page is a module with `routes()`, listed in `add_routes`; each of its handlers says with
`guard.require` (or `guard.anyone`) who may enter, or the server does not start.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.handlers.console import (
    counts,
    directory,
    directory_forms,
    directory_import,
    door,
    drafts,
    heard,
    history,
    home,
    merging,
    myself,
    own_words,
    play,
    scheme_forms,
    schemes,
    sign_in,
    staff,
    talks,
    translate,
    welcome,
    witness,
)
from bot.handlers.console.guard import audit, declared, demand, require

__all__ = ["add_routes", "audit", "demand", "require"]


def add_routes(app: web.Application) -> None:
    """Add every page of the console, behind its door.

    Needs `SETTINGS`, `CLOCK` and `WORDS`, and `CONTENT` before the first request. Raises
    `LookupError` when a handler does not say who may enter.
    """
    door.protect(app)
    app[sign_in.PASSWORDS] = asyncio.Semaphore(2)
    app[witness.CHAIN] = witness.Chain()
    app.cleanup_ctx.append(witness.watch)
    pages = (
        home,
        drafts,
        merging,
        play,
        talks,
        heard,
        directory,
        directory_forms,
        directory_import,
        schemes,
        scheme_forms,
        own_words,
        translate,
        history,
        counts,
        sign_in,
        welcome,
        myself,
        staff,
        witness,
    )
    routes = [route for page in pages for route in page.routes()]
    open_to_all = [route.path for route in routes if not declared(route.handler)]
    if open_to_all:
        raise LookupError(f"no permission declared: {', '.join(open_to_all)}")
    app.router.add_routes(routes)
