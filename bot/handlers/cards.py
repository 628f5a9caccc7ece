"""``POST /kaart``: a help card as a page to print, to save or to show at a desk.

Rules of what may live here: the page keeps nothing and knows nothing of a chat. The form carries
a language and the ids of services, with a municipality's code (``leergeld@GM0150``) or ``+adult``
only where that makes a difference.
They travel in the body: an address would stay in histories and in the logs of a proxy.
"""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from bot.handlers.keys import CHAT, CLOCK
from bot.handlers.limits import GATE
from bot.handlers.pages import RefusedError, help_page, language_of, render
from bot.handlers.requests import read_fields
from bot.sheet import Sheet, made_on, sheet, word
from bot.voice import DUTCH, Voice

MOST = 4
"""More cards at once than a conversation ever offers."""


def routes() -> list[web.RouteDef]:
    """Return the one route."""
    return [web.post("/kaart", card)]


async def card(request: web.Request) -> web.Response:
    """Show the cards of the services in the form. 404 when none of them exists any more."""
    if not request.app[GATE].lets_through(request):
        return help_page(request, language_of(request), 429, "error_busy")
    form = await read_fields(request)
    language = language_of(request, form.get("language", [""])[-1])
    sheets = list(_sheets(request, language, form.get("service", [])[:MOST]))
    if not sheets:
        raise RefusedError(404, "not_found")
    voice = _voice(request, language)
    return render(
        request,
        "kaart.html",
        language,
        sheets=sheets,
        own=None if language == DUTCH else word(voice, "show"),
        show=word(voice.dutch(), "show"),
        for_desk=word(voice.dutch(), "for_desk"),
        made=made_on(voice.dutch()),
        hints=(word(voice, "print_how"), word(voice, "other_tab")),
        partly=word(voice, "partly") if any(each.partly for each in sheets) else None,
    )


def _sheets(request: web.Request, language: str, asked: list[str]) -> Iterator[Sheet]:
    for each in dict.fromkeys(asked):
        what, _, place = each.partition("@")
        name, _, reader = what.partition("+")
        voice = _voice(request, language, place, "parent" if reader == "adult" else "child")
        service = voice.service(name)
        if service and service.active:
            yield sheet(voice, service)


def _voice(request: web.Request, language: str, place: str = "", role: str = "") -> Voice:
    release = request.app[CHAT].release
    known = place in release.directory.places.municipalities
    answers = {"role": role} | ({"place": place} if known else {})
    return Voice(release.catalog, release.directory, language, request.app[CLOCK](), answers)
