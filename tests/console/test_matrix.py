"""Every route of the console with every role, with all of them, without any, and signed out."""

from __future__ import annotations

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.handlers.console import add_routes, guard, home
from bot.handlers.console.guard import ANYONE, STAFF, declared
from bot.staff.roles import PERMISSIONS, ROLES, Account, may
from tests.console.conftest import Enter, Someone, visitor

NOBODY = Account("", "")


def routes(app: web.Application) -> list[tuple[str, str, str]]:
    """Method, path and declared permission of every route of the console."""
    found = []
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith("/console") and route.method != "HEAD":
            found.append((route.method, path, declared(route.handler)))
    return found


def expected(permission: str, account: Account) -> bool:
    """Whether the declared permission lets this account in."""
    if permission == ANYONE:
        return True
    return account is not NOBODY and (permission == STAFF or may(account, permission))


async def is_refused(someone: Someone, method: str, path: str) -> bool:
    """Ask for a route in good form, of things that are not there; say if rights were missing."""
    address = re.sub(r"\{[^}]+\}", "0", path)
    ask = someone.get if method == "GET" else someone.post
    answer = await ask(address, Accept="application/json")
    assert answer.status < 500, (method, path)
    if answer.headers.get("Location", "").startswith("/console/sign-in?"):
        return True
    body = await answer.json() if answer.content_type == "application/json" else {}
    return answer.status in (401, 403) and body.get("error") in ("not_yours", "signed_out")


@pytest.mark.parametrize("role", [*ROLES, "none"])
async def test_a_role_reaches_what_the_table_gives_it_and_nothing_else(
    app: web.Application, enter: Enter, role: str
) -> None:
    """Each route is asked for by somebody of its own, since some of them end the session."""
    roles = [] if role == "none" else [role]
    for method, path, permission in routes(app):
        someone = await enter(*roles, municipalities=("GM0150",))
        refused = await is_refused(someone, method, path)
        assert refused != expected(permission, someone.account), (method, path)


async def test_signed_out_nothing_but_the_way_in_answers(
    app: web.Application, client: TestClient
) -> None:
    """Without a session everything else is refused, pages lead to the sign-in."""
    stranger = await visitor(client)
    for method, path, permission in routes(app):
        refused = await is_refused(stranger, method, path)
        assert refused != (permission == ANYONE), (method, path)


def test_every_route_says_who_may_enter(app: web.Application) -> None:
    """And only the way in is open to strangers."""
    found = routes(app)
    assert len(found) > 20
    known = {*PERMISSIONS, STAFF, ANYONE}
    assert [route for route in found if route[2] not in known] == []
    open_ = {path for _, path, permission in found if permission == ANYONE}
    way_in = ("/console/sign-in", "/console/welcome/", "/console/static/")
    assert {path for path in open_ if not path.startswith(way_in)} == {"/console"}


async def test_a_handler_that_says_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new page without a permission is never served."""

    async def careless(request: web.Request) -> web.Response:
        return web.Response(text="everything")

    monkeypatch.setattr(home, "routes", lambda: [web.get("/console/careless", careless)])
    with pytest.raises(LookupError, match="/console/careless"):
        add_routes(web.Application())


def test_a_permission_that_does_not_exist_is_an_error() -> None:
    """A typing error must not open or shut a page silently."""
    with pytest.raises(ValueError, match=r"draft\.edti: no such permission"):
        guard.require("draft.edti")
