"""How the pages about releases speak, and how a refusal of the desk becomes a calm page."""

from __future__ import annotations

import functools

from aiohttp import web

from bot.handlers.console.guard import Handler
from bot.handlers.console.pages import language_of, render
from bot.handlers.keys import WORDS
from bot.releases.standing import RefusedError
from bot.releases.workshop import BrokenError


def phrase(
    request: web.Request,
    name: str,
    /,
    n: int | None = None,
    *,
    file: str = "releases",
    spoken: str = "",
    **named: object,
) -> str:
    """Say a text of ``conversations/words/releases.yaml``, or of another file there.

    ``spoken`` is a language for what is written down, and not for who reads this page.
    """

    def value(key: str) -> str | None:
        return str(named[key]) if key in named else None

    language = spoken or language_of(request)
    return request.app[WORDS].say(language, f"{file}.{name}", value, n)


def page(
    request: web.Request,
    template: str,
    status: int = 200,
    *,
    words: str = "releases",
    **values: object,
) -> web.Response:
    """Fill a template; ``say(name)`` in it says a text of a file of words."""
    say = functools.partial(phrase, request, file=words)
    return render(request, template, status, say=say, **values)


def guarded(handler: Handler) -> Handler:
    """Turn what the desk refuses into a page that says why and what next."""

    @functools.wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusedError as refused:
            status = 404 if refused.code in ("no_draft", "no_release", "no_conversation") else 409
            return page(request, "stopped.html", status, code=refused.code)
        except BrokenError:  # made for an older Lucht
            return page(request, "stopped.html", 409, code="broken")

    return answered
