"""Who is asking, and may they? Every handler of the console says so itself, or is refused.

A session is found by its cookie and ends on the server. A request that changes something must come
from a page of ours (where the browser says so) and carry the token of its session.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import hdrs, web

from bot.handlers.console.places import ROOT, Place
from bot.handlers.keys import CLOCK, CONTENT
from bot.staff import pace
from bot.staff.chain import Fact
from bot.staff.roles import PERMISSIONS, Account, may
from bot.store import audit as log
from bot.store import people, visits
from bot.store.visits import Visit

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANYONE = "anyone"
"""Declared by the few pages that are there before signing in."""

STAFF = "staff"
"""Declared by pages about oneself: whoever is signed in."""

ACCOUNT = web.RequestKey("account", Account)
VISIT = web.RequestKey("visit", Visit)
PLACE = web.RequestKey("place", Place)
TOKEN = web.RequestKey("token", str)
"""The token of a session made while answering, for the cookie; empty to forget it."""

DEVICE = web.RequestKey("device", str)
"""The token by which a browser is known from now on, for a cookie of its own."""

_SIGN_IN = f"{ROOT}/sign-in"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_declared: dict[Handler, str] = {}


class RefusedError(Exception):
    """A request that is refused: the status, and which words say why and what next."""

    def __init__(self, status: int, code: str) -> None:
        """Keep status and code; nothing of the request."""
        super().__init__(code)
        self.status = status
        self.code = code


def require(permission: str, *, recent: bool = False) -> Callable[[Handler], Handler]:
    """Let only accounts with ``permission`` through; `STAFF` is whoever is signed in.

    With ``recent``, signing in must not be long ago (`pace.RECENT`): for what changes access
    itself. For something of one municipality the handler calls `demand` too.
    """
    if permission != STAFF and permission not in PERMISSIONS:
        raise ValueError(f"{permission}: no such permission; see bot/staff/roles.py")

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            account = account_of(request)
            if permission != STAFF and not may(account, permission):
                raise RefusedError(403, "not_yours")
            if recent and not is_recent(request):
                raise RefusedError(403, "sign_in_again")
            return await handler(request)

        _declared[guarded] = permission
        return guarded

    return decorate


def anyone(handler: Handler) -> Handler:
    """Let strangers through, at the console's own place only."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        place(request)
        return await handler(request)

    _declared[guarded] = ANYONE
    return guarded


def declared(handler: object) -> str:
    """Return what a handler declared: a permission, `STAFF`, `ANYONE`, or nothing."""
    return next((known for own, known in _declared.items() if own is handler), "")


def demand(request: web.Request, permission: str, municipality: str) -> None:
    """Refuse, as if it were not there, what belongs to a municipality that is not one's own."""
    if not may(account_of(request), permission, municipality):
        raise RefusedError(404, "not_found")


def account_of(request: web.Request) -> Account:
    """Return who is signed in. Raises `RefusedError` (401) when nobody is."""
    account: Account | None = request.get(ACCOUNT)
    if account is None:
        raise RefusedError(401, "signed_out")
    return account


def visit_of(request: web.Request) -> Visit:
    """Return the session of this request. Raises `RefusedError` (403) when there is none."""
    visit: Visit | None = request.get(VISIT)
    if visit is None:
        raise RefusedError(403, "too_old")
    return visit


def place(request: web.Request) -> Place:
    """Return where the console stands for this request. Raises `RefusedError` (404) elsewhere."""
    found: Place | None = request.get(PLACE)
    if found is None:
        raise RefusedError(404, "not_found")
    return found


def is_recent(request: web.Request) -> bool:
    """Say whether signing in was not long ago."""
    return seconds(request) - visit_of(request).created < pace.RECENT


def seconds(request: web.Request) -> int:
    """Return now, in seconds since 1970."""
    return int(request.app[CLOCK]().timestamp())


async def recognise(request: web.Request) -> None:
    """Find session and account, and refuse a change that does not come from a page of ours."""
    token = request.cookies.get(cookie_name(place(request)), "")
    changes = request.method not in _SAFE
    if changes:
        _check_source(request)
        if not token:
            raise RefusedError(403, "too_old")
        # Everything they have to say first, and only then who they are: a form that is sent
        # slowly must not act with rights that were taken away in the meantime.
        await request.read()
    if token:
        await _find(request, token)
    if changes:
        await _check_token(request)


async def _find(request: web.Request, token: str) -> None:
    store, now = request.app[CONTENT], seconds(request)
    async with store.reading() as connection:
        visit = await visits.find(connection, token, now)
        account = await people.find(connection, visit.account) if visit else None
    if visit is None or (visit.account and account is None):
        return
    request[VISIT] = visit
    if account is not None:
        request[ACCOUNT] = account
    if visits.is_stale(visit, now):
        async with store.writing() as connection:
            await visits.touch(connection, visit, now)


def _check_source(request: web.Request) -> None:
    """Believe the browser about where the request was made; silence is refused too."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    foreign = site not in (None, "same-origin") or origin not in (None, place(request).origin)
    if foreign or (site is None and origin is None):
        raise RefusedError(403, "foreign")


async def _check_token(request: web.Request) -> None:
    token = request.headers.get("X-CSRF-Token", "")
    if not token and request.content_type == "application/x-www-form-urlencoded":
        token = str((await request.post()).get("csrf", ""))
    if not visit_of(request).is_csrf(token):
        raise RefusedError(403, "too_old")


async def begin(
    request: web.Request, connection: AsyncConnection, account: str = "", way: str = ""
) -> Visit:
    """Start a new session and end the one there was: nobody keeps a token across a sign-in."""
    old = request.get(VISIT)
    if old is not None:
        await visits.end(connection, old.id)
    token, visit = await visits.begin(connection, seconds(request), account, way)
    request[VISIT], request[TOKEN] = visit, token
    return visit


async def known_visit(request: web.Request) -> Visit:
    """Return the session of this request, making one for a stranger."""
    if VISIT in request:
        return visit_of(request)
    async with request.app[CONTENT].writing() as connection:
        return await begin(request, connection)


def leave(request: web.Request) -> None:
    """Let the browser forget its cookie; the session is ended by the caller."""
    request[TOKEN] = ""


def cookie_name(here: Place) -> str:
    """Return the name; with this prefix a browser takes the cookie from https alone."""
    return "__Secure-console" if here.secure else "console"


def device_token(request: web.Request) -> str:
    """Return the token by which this browser is known, or nothing."""
    return request.cookies.get(_device_name(request), "")


def _device_name(request: web.Request) -> str:
    return f"{cookie_name(place(request))}-device"


def give_cookies(request: web.Request, response: web.StreamResponse) -> None:
    """Send the token of a session that was made or ended while answering, and of the browser."""
    token, device = request.get(TOKEN), request.get(DEVICE)
    if token is not None:
        age = None if token else 0
        give_cookie(request, response, cookie_name(place(request)), token, max_age=age)
    if device:
        name = _device_name(request)
        give_cookie(request, response, name, device, path=_SIGN_IN, max_age=pace.KNOWN)


def give_cookie(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    value: str,
    *,
    path: str = ROOT,
    max_age: int | None,
) -> None:
    """Set a cookie that no script reads, no other site sends, and the chat never gets."""
    secure = place(request).secure
    response.set_cookie(
        name, value, path=path, httponly=True, secure=secure, samesite="Strict", max_age=max_age
    )


async def audit(request: web.Request, event: str, **facts: Fact) -> None:
    """Write down what the account of this request did, in a transaction of its own."""
    async with request.app[CONTENT].writing() as connection:
        await note(request, connection, event, **facts)


async def note(
    request: web.Request, connection: AsyncConnection, event: str, **facts: Fact
) -> None:
    """Write down what was done, in the transaction that does it."""
    account = request.get(ACCOUNT)
    name = account.id if account else ""
    await log.append(connection, request.app[CLOCK](), name, event, facts)


async def fields(request: web.Request) -> Mapping[str, str]:
    """Return the text fields of a form; of a name that came twice the last counts."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
