"""One's own account: ways to sign in, and where one is signed in."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.console import ceremony, guard
from bot.handlers.console.guard import STAFF, RefusedError, account_of, note, require
from bot.handlers.console.pages import answer, go, render
from bot.handlers.console.sign_in import (
    is_password,
    keep_challenge,
    read_answer,
    take_challenge,
)
from bot.handlers.console.welcome import (
    checked,
    keep_passkey,
    keep_password,
    new_secret,
    shown_secret,
    take_secret,
)
from bot.handlers.keys import CONTENT
from bot.staff.secrets import login_of
from bot.store import people, visits
from bot.store.people import Knows

HERE = "/console/account"


def routes() -> list[web.RouteDef]:
    """Return the routes of one's own account."""
    return [
        web.get(HERE, page),
        web.post(f"{HERE}/passkey/ask", ask),
        web.post(f"{HERE}/passkey", add_passkey),
        web.post(f"{HERE}/passkey/{{key}}/remove", remove_passkey),
        web.get(f"{HERE}/password", password_page),
        web.post(f"{HERE}/password", set_password),
        web.post(f"{HERE}/password/remove", remove_password),
        web.post(f"{HERE}/session/{{session}}/end", end_session),
        web.post(f"{HERE}/sessions/end", end_others),
    ]


@require(STAFF)
async def page(request: web.Request) -> web.Response:
    """Show the account, its credentials and its sessions."""
    account = account_of(request)
    async with request.app[CONTENT].reading() as connection:
        keys = await people.passkeys(connection, account.id)
        knows = await people.knows(connection, login_of(account.name))
        open_ = await visits.of_account(connection, account.id, guard.seconds(request))
        left = await people.recovery_left(connection, account.id)
    return render(
        request,
        "account.html",
        keys=keys,
        password=bool(knows and knows.password),
        left=left,
        sessions=open_,
        own=guard.visit_of(request).id,
        recent=guard.is_recent(request),
    )


@require(STAFF, recent=True)
async def ask(request: web.Request) -> web.Response:
    """Give a browser the challenge for one more passkey."""
    account = account_of(request)
    async with request.app[CONTENT].reading() as connection:
        keys = await people.passkeys(connection, account.id)
    options, challenge = ceremony.ask_new(guard.place(request), account, keys)
    await keep_challenge(request, challenge)
    return answer(options)


@require(STAFF, recent=True)
async def add_passkey(request: web.Request) -> web.Response:
    """Add a passkey; other sessions end."""
    challenge = await take_challenge(request)
    said = await read_answer(request)
    account = account_of(request)
    async with request.app[CONTENT].writing() as connection:
        await keep_passkey(request, connection, account, said, challenge)
        await visits.end_all(connection, account.id, guard.visit_of(request).id)
        await note(request, connection, "passkey_added")
    return answer({"next": HERE})


@require(STAFF, recent=True)
async def remove_passkey(request: web.Request) -> web.Response:
    """Remove one of one's passkeys, unless it is the last way in."""
    account = account_of(request)
    async with request.app[CONTENT].writing() as connection:
        keys = await people.passkeys(connection, account.id)
        key = next((key for key in keys if key.name == request.match_info["key"]), None)
        knows = await people.knows(connection, login_of(account.name))
        if key is None:
            raise RefusedError(404, "not_found")
        if len(keys) == 1 and not (knows and knows.password):
            raise RefusedError(409, "last_way")
        await people.remove_passkey(connection, key)
        await visits.end_all(connection, account.id, guard.visit_of(request).id)
        await note(request, connection, "passkey_removed")
    return go(HERE)


@require(STAFF, recent=True)
async def password_page(request: web.Request) -> web.Response:
    """Show the form for a new password with one-time codes."""
    return await _password_form(request)


async def _password_form(
    request: web.Request, problem: str = "", status: int = 200
) -> web.Response:
    account = account_of(request)
    values = shown_secret(await new_secret(request, account.id), account.name)
    values["has_password"] = bool(await _known_password(request))
    return render(request, "password.html", status, problem=problem, **values)


@require(STAFF, recent=True)
async def set_password(request: web.Request) -> web.Response:
    """Set password and one-time codes anew; other sessions end."""
    account = account_of(request)
    known = await _known_password(request)
    said = (await guard.fields(request)).get("current", "")
    # ASVS 6.2.3: a session that was left open changes nobody's password.
    if known and not await is_password(request, said, known):
        return await _password_form(request, "current", 422)
    problem, password, step = await checked(request, account, account.id)
    if problem:
        return await _password_form(request, problem, 422)
    async with request.app[CONTENT].writing() as connection:
        secret = await take_secret(request, connection, account.id)
        codes = await keep_password(connection, account, password, secret, step)
        await visits.end_all(connection, account.id, guard.visit_of(request).id)
        await note(request, connection, "password_set")
    return render(request, "recovery.html", codes=codes)


async def _known_password(request: web.Request) -> Knows | None:
    """Return what the present password is compared with, if there is one."""
    async with request.app[CONTENT].reading() as connection:
        knows = await people.knows(connection, login_of(account_of(request).name))
    return knows if knows and knows.password else None


@require(STAFF, recent=True)
async def remove_password(request: web.Request) -> web.Response:
    """Remove the password, unless it is the last way in."""
    account = account_of(request)
    async with request.app[CONTENT].writing() as connection:
        if not await people.passkeys(connection, account.id):
            raise RefusedError(409, "last_way")
        await people.remove_password(connection, account.id)
        await visits.end_all(connection, account.id, guard.visit_of(request).id)
        await note(request, connection, "password_removed")
    return go(HERE)


@require(STAFF)
async def end_session(request: web.Request) -> web.Response:
    """End one of one's own sessions."""
    account, session = account_of(request), request.match_info["session"]
    async with request.app[CONTENT].writing() as connection:
        own = await visits.of_account(connection, account.id, guard.seconds(request))
        if session not in {visit.id for visit in own}:
            raise RefusedError(404, "not_found")
        await visits.end(connection, session)
        await note(request, connection, "session_ended")
    return go(HERE)


@require(STAFF)
async def end_others(request: web.Request) -> web.Response:
    """End every session but this one."""
    account = account_of(request)
    async with request.app[CONTENT].writing() as connection:
        await visits.end_all(connection, account.id, guard.visit_of(request).id)
        await note(request, connection, "sessions_ended")
    return go(HERE)
