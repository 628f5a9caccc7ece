"""Signing in and out: a passkey first, else a password with a one-time code.

Whoever fails is told the same, whatever was wrong, in the same time. Nobody is locked out: after
some failures for a name there is a wait; a browser that is known from before is counted by itself,
and a passkey never waits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import hdrs, web

from bot.handlers.console import ceremony, guard
from bot.handlers.console.ceremony import UntrueError
from bot.handlers.console.guard import STAFF, RefusedError, anyone, require
from bot.handlers.console.pages import NAVIGATION, answer, go, render
from bot.handlers.keys import CLOCK, CONTENT
from bot.staff import pace, secrets
from bot.store import attempts, people, visits

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.staff.roles import Account
    from bot.store.attempts import Counted
    from bot.store.people import Knows

CHALLENGE = "challenge"

PASSWORDS = web.AppKey("passwords", asyncio.Semaphore)
"""How many passwords are hashed at once: each takes 64 MiB and a core for a moment."""


def routes() -> list[web.RouteDef]:
    """Return the routes of signing in and out."""
    return [
        web.get("/console/sign-in", page),
        web.post("/console/sign-in", with_password),
        web.post("/console/sign-in/ask", ask),
        web.post("/console/sign-in/passkey", with_passkey),
        web.post("/console/sign-out", sign_out),
    ]


@anyone
async def page(request: web.Request) -> web.Response:
    """Show how to sign in; as long as nobody can, how to make the first account."""
    return await show(request)


async def show(request: web.Request, status: int = 200, **said: object) -> web.Response:
    """Show the page with what there is to say: a ``problem``, seconds to ``wait``."""
    await guard.known_visit(request)
    async with request.app[CONTENT].reading() as connection:
        template = "nobody.html" if await people.is_empty(connection) else "sign_in.html"
    values = {"problem": "", "wait": 0, "onward": onward(request.query.get("next", "")), **said}
    return render(request, template, status, **values)


def onward(asked: str) -> str:
    """Return where to go after signing in: a page of the bar, never an address that came along."""
    within = [path for path, _, _ in NAVIGATION if f"{asked}/".startswith(f"{path}/")]
    return max(within, key=len, default=NAVIGATION[0][0])


@anyone
async def with_password(request: web.Request) -> web.Response:
    """Sign in with name, password and one-time (or recovery) code, all in one form."""
    form = await guard.fields(request)
    login = secrets.login_of(form.get("name", ""))
    now, store = guard.seconds(request), request.app[CONTENT]
    async with store.writing() as connection:
        attempt = await attempts.counted(connection, login, guard.device_token(request), now)
        wait = await attempts.wait(connection, attempt, now)
        knows = await people.knows(connection, login)
        if not wait:
            await _count(request, connection, attempt, knows)
    if wait:
        problem = await show(request, 429, wait=wait, onward=onward(form.get("next", "")))
        problem.headers[hdrs.RETRY_AFTER] = str(wait)
        return problem
    right = await is_password(request, form.get("password", ""), knows)
    async with store.writing() as connection:
        account = await _second(request, connection, knows if right else None, form.get("code", ""))
        if account:
            failures = await attempts.succeeded(connection, attempt, login)
            await enter(request, connection, account, "password", failures)
    if account is None:
        return await show(request, 401, problem="wrong", onward=onward(form.get("next", "")))
    return go(onward(form.get("next", "")))


async def _count(
    request: web.Request, connection: AsyncConnection, attempt: Counted, knows: Knows | None
) -> None:
    failures = await attempts.trying(connection, attempt, guard.seconds(request))
    if failures == pace.FREE and knows:
        await guard.note(request, connection, "sign_in_slowed", account=knows.account)


async def is_password(request: web.Request, password: str, knows: Knows | None) -> bool:
    """Say whether a password is right, in a thread: the chat must not wait for it."""
    known = knows.password if knows else None
    async with request.app[PASSWORDS]:
        return await asyncio.to_thread(secrets.is_password, password, known)


async def _second(
    request: web.Request, connection: AsyncConnection, knows: Knows | None, code: str
) -> Account | None:
    """Return the account when the second factor is right too; a code is then used up."""
    if knows is None or knows.totp is None:
        return None
    # Read again: revoked or reset while the password was being hashed.
    account = await people.find(connection, knows.account)
    fresh = await people.knows(connection, secrets.login_of(account.name)) if account else None
    if fresh != knows:
        return None
    step = secrets.totp_step(knows.totp, code, request.app[CLOCK]())
    if step:
        return account if await people.use_step(connection, knows.account, step) else None
    return account if await people.use_recovery(connection, knows.account, code) else None


@anyone
async def ask(request: web.Request) -> web.Response:
    """Give a browser the challenge for a passkey."""
    options, challenge = ceremony.ask_known(guard.place(request))
    await keep_challenge(request, challenge)
    return answer(options)


async def keep_challenge(request: web.Request, challenge: str) -> None:
    """Keep a challenge, with the time, for the one answer to it."""
    value = f"{guard.seconds(request)} {challenge}"
    async with request.app[CONTENT].writing() as connection:
        await visits.remember(connection, guard.visit_of(request), CHALLENGE, value)


async def take_challenge(request: web.Request) -> str:
    """Return the challenge of this session, once. Raises `RefusedError` when it is gone or old.

    In a transaction of its own: whatever becomes of the answer, the challenge is spent.
    """
    async with request.app[CONTENT].writing() as connection:
        value = await visits.take(connection, guard.visit_of(request), CHALLENGE)
    asked, _, challenge = value.partition(" ")
    if not challenge or guard.seconds(request) - int(asked) > ceremony.TIMEOUT:
        raise RefusedError(403, "too_old")
    return challenge


async def read_answer(request: web.Request) -> dict[str, Any]:
    """Return the JSON of a browser's answer. Raises `RefusedError` (400)."""
    try:
        found: dict[str, Any] = msgspec.json.decode(await request.read(), type=dict[str, Any])
    except msgspec.DecodeError:
        raise RefusedError(400, "passkey") from None
    return found


@anyone
async def with_passkey(request: web.Request) -> web.Response:
    """Sign in with a passkey."""
    challenge = await take_challenge(request)
    said = await read_answer(request)
    async with request.app[CONTENT].writing() as connection:
        account = await _owner(request, connection, said, challenge)
        if account:
            await enter(request, connection, account, "passkey")
    if account is None:
        raise RefusedError(401, "passkey")
    return answer({"next": onward(str(said.get("next", "")))})


async def _owner(
    request: web.Request, connection: AsyncConnection, said: dict[str, Any], challenge: str
) -> Account | None:
    """Return whose passkey answered, or None when the answer is not true."""
    try:
        key = await people.passkey(connection, ceremony.credential_of(said))
        if key is None:
            return None
        done = ceremony.check_known(guard.place(request), said, challenge, key)
    except UntrueError:
        await guard.note(request, connection, "passkey_refused")
        return None
    now = guard.seconds(request)
    await people.used_passkey(connection, key.id, done.new_sign_count, now)
    return await people.find(connection, key.account)


async def enter(
    request: web.Request, connection: AsyncConnection, account: Account, way: str, failures: int = 0
) -> None:
    """Start a session for an account that proved who it is, and write that down."""
    if way == "password":
        old, now = guard.device_token(request), guard.seconds(request)
        request[guard.DEVICE] = await attempts.know(connection, account.id, old, now)
    await guard.begin(request, connection, account.id, way)
    request[guard.ACCOUNT] = account
    await guard.note(request, connection, "signed_in", way=way, failures=failures)


@require(STAFF)
async def sign_out(request: web.Request) -> web.Response:
    """End this session, here and on the server."""
    async with request.app[CONTENT].writing() as connection:
        await visits.end(connection, guard.visit_of(request).id)
        await guard.note(request, connection, "signed_out")
    guard.leave(request)
    answer = go("/console/sign-in")
    # ASVS 14.3.1: what the browser kept of these pages goes too.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
