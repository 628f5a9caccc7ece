"""The web chat as pages: it works as a plain form, and a small script makes it smoother.

Without JavaScript each page carries a token that works once: the chat moves to a fresh one with
every answer, so that going back and sending again opens nothing. With JavaScript the token lives
in a variable of the page alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from bot.engine.session import Message
from bot.handlers import api, cards, pages, security
from bot.handlers.keys import CHAT
from bot.handlers.limits import GATE, Gate
from bot.handlers.pages import help_page, language_of, render
from bot.handlers.requests import Form, message_of, new_token, place_of, read_form
from bot.privacy import log
from bot.store.live import StoreError

if TYPE_CHECKING:
    from bot.chat import Outcome

_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
}
_FILES = {path.name: path.read_bytes() for path in _STATIC.iterdir() if path.suffix in _TYPES}


def add_routes(app: web.Application) -> None:
    """Add everything that people see on the web: chat, API, and their protection.

    Needs `CHAT` and `CLOCK` in the application before the first request. Raises at once when
    ``directory/web.yaml`` is missing or wrong.
    """
    app[GATE] = Gate()
    app[pages.PAGE_FACTS] = pages.read_facts()
    security.protect(app)
    app.router.add_routes([*routes(), *api.routes(), *cards.routes()])


def routes() -> list[web.RouteDef]:
    """Return the routes of the page itself."""
    return [
        web.get("/", start, allow_head=False),
        web.head("/", nothing),
        web.post("/", turn),
        web.get("/weg", left, allow_head=False),
        web.post("/weg", leave),
        web.get("/hulp", hulp),
        web.get("/static/{name}", static),
        web.get("/favicon.ico", favicon),
    ]


async def start(request: web.Request) -> web.Response:
    """Open a chat and show its first question."""
    language = language_of(request)
    if not request.app[GATE].lets_through(request):
        return help_page(request, language, 429, "error_busy")
    return await _begin(request, Message(language=language, place=place_of(request)))


async def nothing(request: web.Request) -> web.Response:
    """Answer HEAD without opening a chat."""
    return web.Response(content_type="text/html")


async def turn(request: web.Request) -> web.Response:
    """Take one turn of the plain form, and move the chat to a fresh token."""
    form = await read_form(request)
    message = message_of(request, form.text, form.choice)
    chat = request.app[CHAT]
    if not request.app[GATE].lets_through(request) and not chat.hears_danger(form.text):
        return help_page(request, language_of(request), 429, "error_busy")
    outcome = await _take(request, form, message)
    if outcome is None:
        return await _begin_again(request, message)
    fresh = new_token() if outcome.kept else form.session
    if outcome.erase is None and outcome.kept:
        await chat.rename("web", form.session, fresh)
    return _page(request, outcome, fresh)


async def _take(request: web.Request, form: Form, message: Message) -> Outcome | None:
    """Take the turn; None when the token of the form was spent or its chat is gone."""
    if not form.session:
        return None
    async with request.app[CHAT].flight("web", form.session) as flight:
        outcome = await flight.take(message, expected=form.turn)
        # A chat that is there answers with a later turn than the form shows.
        over = 0 < form.turn >= outcome.spoken.turn and outcome.erase is None
        if over or outcome.erase is not None:
            await flight.erased()
    return None if over else outcome


async def _begin(request: web.Request, message: Message, notice: str = "") -> web.Response:
    token = new_token()
    async with request.app[CHAT].flight("web", token) as flight:
        outcome = await flight.take(message)
    return _page(request, outcome, token, notice)


async def _begin_again(request: web.Request, message: Message) -> web.Response:
    """Say kindly that this page is over, and begin anew; danger in the text is still answered."""
    if request.app[CHAT].hears_danger(message.text):
        return await _begin(request, message)
    return await _begin(request, Message(language=message.language), "over")


def _page(request: web.Request, outcome: Outcome, token: str, notice: str = "") -> web.Response:
    spoken = outcome.spoken
    return render(
        request,
        "chat.html",
        spoken.language,
        spoken=spoken,
        bubbles=(*outcome.late, *spoken.bubbles),
        token=token,
        notice=notice,
    )


async def leave(request: web.Request) -> web.Response:
    """Quick exit: erase the chat, then lead on to a harmless page."""
    form = await read_form(request)
    if form.session:
        try:
            async with request.app[CHAT].flight("web", form.session) as flight:
                await flight.erased()
        except StoreError as error:
            # Somebody may be standing behind them: the screen goes first, the row in a day at most.
            log.failure("web_failed", error)
    return await left(request)


async def left(request: web.Request) -> web.Response:
    """Lead on to a harmless page. It replaces itself, so that "back" does not stop here."""
    return render(request, "weg.html", language_of(request))


async def hulp(request: web.Request) -> web.Response:
    """Show the danger numbers, without any chat."""
    return help_page(request, language_of(request))


async def static(request: web.Request) -> web.Response:
    """Return a file of our own."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    return web.Response(body=_FILES[name], headers={hdrs.CONTENT_TYPE: _type(name)})


async def favicon(request: web.Request) -> web.Response:
    """Return the small picture that browsers ask for."""
    return web.Response(body=_FILES["page.ico"], headers={hdrs.CONTENT_TYPE: _type("page.ico")})


def _type(name: str) -> str:
    kind = _TYPES[Path(name).suffix]
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
