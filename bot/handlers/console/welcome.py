"""First steps after an invitation: make a passkey, or choose a password with one-time codes.

Opening the link uses nothing up (mail programs open links too); only the credential that is made
with it does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import segno
from aiohttp import web
from markupsafe import Markup

from bot.handlers.console import ceremony, guard
from bot.handlers.console.ceremony import UntrueError
from bot.handlers.console.guard import RefusedError, anyone
from bot.handlers.console.pages import answer, render
from bot.handlers.console.sign_in import (
    PASSWORDS,
    enter,
    keep_challenge,
    read_answer,
    take_challenge,
)
from bot.handlers.keys import CLOCK, CONTENT
from bot.staff import secrets
from bot.store import people, visits

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.staff.roles import Account
    from bot.store.people import Invitation

SECRET = "secret"  # noqa: S105  # the name under which a session keeps it, with whose it is


def routes() -> list[web.RouteDef]:
    """Return the routes of an invitation."""
    return [
        web.get("/console/welcome/{token}", page),
        web.post("/console/welcome/{token}/ask", ask),
        web.post("/console/welcome/{token}/passkey", with_passkey),
        web.post("/console/welcome/{token}/password", with_password),
    ]


async def _invited(request: web.Request) -> Invitation:
    """Return the invitation of this address. Raises `RefusedError` when it is spent or too old."""
    now = guard.seconds(request)
    async with request.app[CONTENT].reading() as connection:
        found = await people.invitation(connection, request.match_info["token"], now)
    if found is None:
        raise RefusedError(404, "invitation")
    return found


@anyone
async def page(request: web.Request) -> web.Response:
    """Show who is invited to what, and the two ways in."""
    return await _show(request, await _invited(request))


async def _show(
    request: web.Request, invited: Invitation, problem: str = "", status: int = 200
) -> web.Response:
    await guard.known_visit(request)
    secret = await new_secret(request, invited.id)
    values = shown_secret(secret, invited.account.name)
    values |= {"invited": invited.account, "problem": problem}
    return render(request, "welcome.html", status, **values)


async def new_secret(request: web.Request, owner: str) -> str:
    """Return the secret for one-time codes that this session is setting up, the same each time.

    ``owner`` is a link or an account. A session may have been planted in somebody's browser, so
    what it keeps is shown again only to whoever holds the same link.
    """
    visit, name = guard.visit_of(request), f"{SECRET} {owner}"
    async with request.app[CONTENT].writing() as connection:
        secret = await visits.recall(connection, visit, name)
        if not secret:
            secret = secrets.new_totp()
            await visits.remember(connection, visit, name, secret)
    return secret


def shown_secret(secret: str, name: str) -> dict[str, object]:
    """Return a new secret as a page shows it: to scan, and to type."""
    code = segno.make(secrets.totp_address(secret, name), error="m")
    square = code.svg_inline(scale=5, border=4, dark="#000", light="#fff")
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"square": Markup(square), "secret": groups}  # noqa: S704  # made here, by segno


@anyone
async def ask(request: web.Request) -> web.Response:
    """Give a browser the challenge for a new passkey."""
    invited = await _invited(request)
    options, challenge = ceremony.ask_new(guard.place(request), invited.account, ())
    await keep_challenge(request, challenge)
    return answer(options)


@anyone
async def with_passkey(request: web.Request) -> web.Response:
    """Take the new passkey, use the link up, and let its owner in."""
    invited = await _invited(request)
    challenge = await take_challenge(request)
    said = await read_answer(request)
    async with request.app[CONTENT].writing() as connection:
        await _use(connection, invited)
        await keep_passkey(request, connection, invited.account, said, challenge)
        await enter(request, connection, invited.account, "passkey")
    return answer({"next": "/console"})


async def _use(connection: AsyncConnection, invited: Invitation) -> None:
    if not await people.use(connection, invited):
        raise RefusedError(404, "invitation")


async def keep_passkey(
    request: web.Request,
    connection: AsyncConnection,
    account: Account,
    said: dict[str, object],
    challenge: str,
) -> None:
    """Check a new passkey and keep it. Raises `RefusedError` when it is untrue or known."""
    try:
        made = ceremony.check_new(guard.place(request), said, challenge)
        await people.add_passkey(
            connection,
            account.id,
            made.credential_id,
            made.credential_public_key,
            made.sign_count,
            guard.seconds(request),
        )
    except (UntrueError, people.TakenError):
        raise RefusedError(400, "passkey") from None


@anyone
async def with_password(request: web.Request) -> web.Response:
    """Take the password and a first code, use the link up, and show the recovery codes once."""
    invited = await _invited(request)
    account = invited.account
    problem, password, step = await checked(request, account, invited.id)
    if problem:
        return await _show(request, invited, problem, 422)
    async with request.app[CONTENT].writing() as connection:
        await _use(connection, invited)
        secret = await take_secret(request, connection, invited.id)
        codes = await keep_password(connection, account, password, secret, step)
        await enter(request, connection, account, "password")
    return render(request, "recovery.html", codes=codes)


async def checked(request: web.Request, account: Account, owner: str) -> tuple[str, str, int]:
    """Return what is wrong with a new password or code, the password's hash, the code's step."""
    form = await guard.fields(request)
    password = form.get("password", "")
    problem = secrets.weakness(password, account.name)
    secret = await new_secret(request, owner)
    step = secrets.totp_step(secret, form.get("code", ""), request.app[CLOCK]())
    if problem or not step:
        return problem or "code", "", 0
    async with request.app[PASSWORDS]:
        return "", await asyncio.to_thread(secrets.hash_password, password), step


async def take_secret(request: web.Request, connection: AsyncConnection, owner: str) -> str:
    """Return the secret that this session was setting up, once. Raises `RefusedError`.

    A second press of the button finds it gone: an empty secret would make codes anybody can tell.
    """
    secret = await visits.take(connection, guard.visit_of(request), f"{SECRET} {owner}")
    if not secret:
        raise RefusedError(403, "too_old")
    return secret


async def keep_password(
    connection: AsyncConnection, account: Account, password: str, secret: str, step: int
) -> tuple[str, ...]:
    """Keep a new password (its hash) with the secret of the codes; return recovery codes."""
    codes = secrets.new_recovery_codes()
    await people.set_password(connection, account.id, password, secret, step, codes)
    return codes
