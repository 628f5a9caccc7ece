"""People and roles: who may enter, invited by whom, to do what.

Nobody changes their own roles, so an administrator alone can neither give themselves the second
pair of eyes nor take the last administrator away.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from bot.handlers.console import guard
from bot.handlers.console.guard import RefusedError, account_of, note, require
from bot.handlers.console.pages import go, render
from bot.handlers.keys import CHAT, CLOCK, CONTENT
from bot.staff import pace
from bot.staff.roles import NATIONAL, ROLES, Account
from bot.store import people

HERE = "/console/people"
LONGEST_NAME = 60


def routes() -> list[web.RouteDef]:
    """Return the routes of people and roles."""
    return [
        web.get(HERE, page),
        web.post(HERE, invite),
        web.get(f"{HERE}/{{account}}", person_page),
        web.post(f"{HERE}/{{account}}/roles", set_roles),
        web.post(f"{HERE}/{{account}}/reset", reset),
        web.post(f"{HERE}/{{account}}/revoke", revoke),
    ]


@require("people.manage")
async def page(request: web.Request) -> web.Response:
    """Show everybody, and the form that invites somebody."""
    return await _show(request)


async def _show(
    request: web.Request, problem: str = "", typed: Mapping[str, str] | None = None
) -> web.Response:
    async with request.app[CONTENT].reading() as connection:
        everybody = await people.everybody(connection, guard.seconds(request))
    return render(
        request,
        "people.html",
        422 if problem else 200,
        people=everybody,
        names={person.account.id: person.account.name for person in everybody},
        problem=problem,
        typed=typed or {},
        recent=guard.is_recent(request),
        choices=_choices(request),
    )


def _choices(request: web.Request) -> dict[str, object]:
    """Return what the forms offer: every role, and the names of municipalities by code."""
    return {"roles": ROLES, "place_names": _municipalities(request), "national": NATIONAL}


def _municipalities(request: web.Request) -> dict[str, str]:
    """Return the names of the municipalities that exist today, by code."""
    places, today = request.app[CHAT].release.directory.places, request.app[CLOCK]().date()
    known = places.municipalities
    return {
        code: places.name(code)
        for code in known
        if known[code].valid_to is None or today <= (known[code].valid_to or today)
    }


class _WrongError(Exception):
    """A form that does not add up: which words say why."""


def _rights(request: web.Request, form: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Read roles and municipalities from a form; anything unknown in it is refused."""
    roles = {role for role in ROLES if form.get(f"role.{role}") == "yes"}
    known = _municipalities(request)
    codes = {name.casefold(): code for code, name in known.items()}
    codes |= {code.casefold(): code for code in (*known, NATIONAL)}
    asked = [text.strip().casefold() for text in form.get("municipalities", "").splitlines()]
    if any(text and text not in codes for text in asked):
        raise _WrongError("municipality")
    if not roles:
        raise _WrongError("no_role")
    municipalities = {codes[text] for text in asked if text}
    if "steward" in roles and not municipalities:
        raise _WrongError("no_municipality")
    return roles, municipalities


@require("people.manage", recent=True)
async def invite(request: web.Request) -> web.Response:
    """Make an account and show the link that lets its owner in, once."""
    form, now = await guard.fields(request), guard.seconds(request)
    name = " ".join(form.get("name", "").split())
    try:
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise _WrongError("name")
        roles, municipalities = _rights(request, form)
        async with request.app[CONTENT].writing() as connection:
            account = await people.add(connection, name, roles, municipalities, now)
            link = await people.invite(connection, account, account_of(request).id, now)
            await note(request, connection, "invited", account=account, roles=sorted(roles))
    except _WrongError as wrong:
        return await _show(request, str(wrong), form)
    except people.TakenError:
        return await _show(request, "taken", form)
    return _link(request, name, link)


def _link(request: web.Request, name: str, token: str) -> web.Response:
    link = f"{guard.place(request).origin}/console/welcome/{token}"
    hours = pace.INVITATION // 3600
    return render(request, "link.html", name=name, link=link, hours=hours)


async def _other(request: web.Request) -> Account:
    """Return the account of this address; oneself is refused."""
    account = (await _person(request)).account
    if account.id == account_of(request).id:
        raise RefusedError(403, "yourself")
    return account


async def _person(request: web.Request) -> people.Person:
    async with request.app[CONTENT].reading() as connection:
        everybody = await people.everybody(connection, guard.seconds(request))
    for person in everybody:
        if person.account.id == request.match_info["account"]:
            return person
    raise RefusedError(404, "not_found")


@require("people.manage")
async def person_page(request: web.Request) -> web.Response:
    """Show one account, and what can be changed about it."""
    return await _show_person(request)


async def _show_person(request: web.Request, problem: str = "") -> web.Response:
    person = await _person(request)
    return render(
        request,
        "person.html",
        422 if problem else 200,
        person=person,
        myself=person.account.id == account_of(request).id,
        problem=problem,
        recent=guard.is_recent(request),
        choices=_choices(request),
    )


@require("people.manage", recent=True)
async def set_roles(request: web.Request) -> web.Response:
    """Give somebody these roles and no others."""
    account, form = await _other(request), await guard.fields(request)
    try:
        roles, municipalities = _rights(request, form)
    except _WrongError as wrong:
        return await _show_person(request, str(wrong))
    async with request.app[CONTENT].writing() as connection:
        await people.set_roles(connection, account.id, roles, municipalities)
        await note(
            request,
            connection,
            "roles_set",
            account=account.id,
            roles=sorted(roles),
            municipalities=sorted(municipalities),
        )
    return go(f"{HERE}/{account.id}")


@require("people.manage", recent=True)
async def reset(request: web.Request) -> web.Response:
    """Take away how somebody signs in, and show a new link once."""
    account = await _other(request)
    async with request.app[CONTENT].writing() as connection:
        by, now = account_of(request).id, guard.seconds(request)
        token = await people.invite(connection, account.id, by, now)
        await note(request, connection, "reset", account=account.id)
    return _link(request, account.name, token)


@require("people.manage", recent=True)
async def revoke(request: web.Request) -> web.Response:
    """Shut somebody out at once."""
    account = await _other(request)
    async with request.app[CONTENT].writing() as connection:
        await people.revoke(connection, account.id, guard.seconds(request))
        await note(request, connection, "revoked", account=account.id)
    return go(HERE)
