"""The door between chat and console: each answers at its own place, with its own headers."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlencode

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bot.handlers.console import guard, pages
from bot.handlers.console.guard import RefusedError
from bot.handlers.console.places import ROOT, better_place, has_own_host, place_of
from bot.handlers.keys import SETTINGS
from bot.privacy import log

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # Not "no-referrer": a browser would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
}
LARGEST_TEXT = 4 * 1024 * 1024
"""Bytes of a form with a whole file in it; a letter of Arabic takes six there."""
WHOLE_FILES = (f"{ROOT}/drafts/", f"{ROOT}/directory/import")
"""Where such forms are sent to."""

_HSTS = "max-age=31536000"
_CODES = {404: "not_found", 405: "not_allowed", 413: "too_large"}


def protect(app: web.Application) -> None:
    """Let every request through the door; the console's answers get headers of their own."""
    app.middlewares.append(door)
    app.on_response_prepare.append(_headers)


def is_inside(path: str) -> bool:
    """Say whether a path is one of the console's."""
    return path == ROOT or path.startswith(f"{ROOT}/")


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    if guard.PLACE in request:
        response.headers.update(HEADERS)
        if guard.place(request).secure:
            response.headers["Strict-Transport-Security"] = _HSTS


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send a request to chat or console, or nowhere."""
    settings = request.app[SETTINGS]
    place, inside = place_of(settings, request.host), is_inside(request.path)
    own_host = place is not None and has_own_host(settings)
    if not inside and not own_host:
        return await handler(request)
    if place is None:
        _elsewhere(request)
    request[guard.PLACE] = place
    if request.method == hdrs.METH_POST and request.path.startswith(WHOLE_FILES):
        request = request.clone(client_max_size=LARGEST_TEXT)
    if request.path == "/":
        raise web.HTTPFound(ROOT)
    response = await _answered(request, handler if inside else _nothing)
    guard.give_cookies(request, response)
    pages.keep_language(request, response)
    return response


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise RefusedError(404, "not_found")


def _elsewhere(request: web.Request) -> NoReturn:
    """Lead from this machine's address to its name; anywhere else there is no console."""
    better = better_place(request.app[SETTINGS], request.host)
    if better is None or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        raise web.HTTPNotFound
    # Made of our own host and the path of a page that exists here, never of what was asked.
    raise web.HTTPFound(f"{better.origin}{ROOT}")


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        await guard.recognise(request)
        return await handler(request)
    except RefusedError as refused:
        return _refused(request, refused)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = pages.refusal(request, error.status, _CODES.get(error.status, "failed"))
        if hdrs.ALLOW in error.headers:
            answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return answer
    except Exception as error:  # the log gets no words, the visitor a way on
        log.failure("console_failed", error)
        return pages.refusal(request, 500, "failed")


def _refused(request: web.Request, refused: RefusedError) -> web.StreamResponse:
    page = request.method == hdrs.METH_GET
    if refused.code in ("signed_out", "sign_in_again") and page:
        return pages.go(f"{ROOT}/sign-in?{urlencode({'next': request.path})}")
    return pages.refusal(request, refused.status, refused.code)
