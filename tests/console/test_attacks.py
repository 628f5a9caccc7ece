"""Attacks on the console's door: other sites, other hosts, other people's rights, planted markup.

Each test fails when its protection is taken away; docs/developers/console-security.md says which.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlencode

import pyotp
import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.handlers.console import door, guard
from bot.handlers.console.places import Place, better_place, home, place_of
from bot.staff import pace, secrets
from bot.staff.roles import OPERATOR, ROLES, Account
from bot.store import people
from bot.store.content import ContentStore
from tests.console.conftest import Clock, Enter, Someone, visitor

MARKUP = "<img src=x onerror=alert(1)>"
FORM = {"name": "Sam", "role.author": "yes", "municipalities": ""}


async def names(content: ContentStore, clock: Clock) -> set[str]:
    async with content.reading() as connection:
        return {p.account.name for p in await people.everybody(connection, clock.seconds)}


# ---- cross-site requests


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "", "Sec-Fetch-Site": ""},
    ],
    ids=str,
)
async def test_a_form_of_another_site_changes_nothing(
    enter: Enter, content: ContentStore, clock: Clock, headers: dict[str, str]
) -> None:
    """CSRF: even with cookie and token, what the browser says about its source counts."""
    someone = await enter("administrator")
    answer = await someone.post("/console/people", dict(FORM), **headers)
    assert answer.status == 403
    assert "Sam" not in await names(content, clock)


@pytest.mark.parametrize("kind", ["none", "wrong", "somebody else's"])
async def test_a_form_without_the_token_of_its_session_changes_nothing(
    enter: Enter, content: ContentStore, clock: Clock, kind: str
) -> None:
    """CSRF: the browser's word alone is not enough either."""
    someone, other = await enter("administrator"), await enter("administrator")
    someone.csrf = {"none": "", "wrong": "x" * 43}.get(kind, other.csrf)
    assert (await someone.post("/console/people", dict(FORM))).status == 403
    assert "Sam" not in await names(content, clock)


async def test_with_both_it_works(enter: Enter, content: ContentStore, clock: Clock) -> None:
    """The same form from our own page: so the tests above refuse for the right reason."""
    someone = await enter("administrator")
    assert (await someone.post("/console/people", dict(FORM))).status == 200
    assert "Sam" in await names(content, clock)


async def test_signing_in_cannot_be_forged_either(client: TestClient) -> None:
    """Login CSRF: nobody is signed in unseen, as somebody else."""
    someone = await visitor(client)
    someone.csrf = ""
    assert (await someone.post("/console/sign-in", {"name": "x"})).status == 403


async def test_every_form_needs_our_own_page_and_the_token_of_its_session(
    app: web.Application, enter: Enter
) -> None:
    """CSRF over every route that changes something, by somebody with every role."""
    posts = {
        re.sub(r"\{[^}]+\}", "0", route.resource.canonical)
        for route in app.router.routes()
        if route.resource and route.method == "POST" and door.is_inside(route.resource.canonical)
    }
    assert len(posts) > 20
    someone = await enter(*ROLES, municipalities=("NL",))
    right = someone.csrf
    json = {"Accept": "application/json"}
    for path in sorted(posts):
        someone.csrf = "x" * 43
        answer = await someone.post(path, **json)
        assert (answer.status, (await answer.json())["error"]) == (403, "too_old"), path
        someone.csrf = right
        answer = await someone.post(path, **json, Origin="https://evil.example")
        assert (answer.status, (await answer.json())["error"]) == (403, "foreign"), path


async def test_a_form_that_is_sent_slowly_acts_with_the_rights_of_its_end(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Whoever is shut out while half of a form is on its way does nothing with the other half."""
    boss, gone = await enter("administrator"), await enter("administrator")
    form = urlencode({"csrf": gone.csrf, **FORM})
    head = {**gone.headers(), "Host": gone.origin.removeprefix("http://"), "Connection": "close"}
    head |= {"Content-Type": "application/x-www-form-urlencoded"}
    head |= {"Content-Length": str(len(form))}
    lines = ["POST /console/people HTTP/1.1", *(f"{name}: {is_}" for name, is_ in head.items())]
    reader, writer = await asyncio.open_connection("localhost", gone.client.port)
    writer.write("\r\n".join([*lines, "", form[:10]]).encode())
    await writer.drain()
    assert (await boss.get("/console/people")).status == 200
    assert (await boss.post(f"/console/people/{gone.account.id}/revoke")).status == 303
    writer.write(form[10:].encode())
    answer = await reader.read()
    writer.close()
    assert b" 403 " in answer.split(b"\r\n")[0]
    assert "Sam" not in await names(content, clock)


async def test_reading_never_changes_anything(app: web.Application) -> None:
    """Every route that changes something is a POST, so that the checks above see it."""
    methods = {
        route.method
        for route in app.router.routes()
        if route.resource and route.resource.canonical.startswith("/console")
    }
    assert methods == {"GET", "HEAD", "POST"}


# ---- cookie, headers, hosts


async def test_the_cookie_is_bound_to_the_console(client: TestClient) -> None:
    """No script reads it, no other site sends it, the chat never gets it."""
    page = await client.get("/console/sign-in")
    cookie = page.cookies["console"]
    assert (cookie["path"], cookie["samesite"]) == ("/console", "Strict")
    assert cookie["httponly"]
    assert not cookie["domain"]
    assert cookie["max-age"] == ""


async def own_host(small: Content, settings: Settings, clock: Clock) -> TestClient:
    """A server with a public address and a console of its own."""
    own = Settings(
        data=settings.data,
        keys=settings.keys,
        public_url="https://lucht.example",
        console_url="https://console.example",
    )
    client = TestClient(TestServer(build(own, small.release, clock)))
    await client.start_server()
    return client


async def test_with_a_host_of_its_own_each_answers_there_alone(
    small: Content, settings: Settings, clock: Clock
) -> None:
    """No console at the chat's name, no chat at the console's; the cookie needs https."""
    client = await own_host(small, settings, clock)
    try:
        here = {"Host": "console.example"}
        page = await client.get("/console/sign-in", headers=here)
        assert page.status == 200
        assert page.cookies["__Secure-console"]["secure"]
        assert "max-age" in page.headers["Strict-Transport-Security"]
        for path in ("/hulp", "/api/chat", "/telegram", "/static/page.js", "/healthz"):
            assert (await client.get(path, headers=here)).status == 404, path
        for host in ("127.0.0.1", "localhost", "evil.example"):
            headers = {"Host": host}
            answer = await client.get("/console", headers=headers, allow_redirects=False)
            assert answer.status != 200, host
            assert hdrs.SET_COOKIE not in answer.headers
            assert (await client.get("/static/page.js", headers=headers)).status == 200
    finally:
        await client.close()


LOCAL = Settings()
PUBLIC = Settings(public_url="https://lucht.example")


@pytest.mark.parametrize(
    ("settings", "netloc", "origin"),
    [
        (LOCAL, "localhost:8080", "http://localhost:8080"),
        (LOCAL, "127.0.0.1:8080", None),
        (LOCAL, "evil.example", None),
        (LOCAL, "localhost.evil.example", None),
        (LOCAL, "localhost:80@evil.example", None),
        (LOCAL, "localhost/.evil.example", None),
        (LOCAL, "[::1", None),
        (LOCAL, "", None),
        (PUBLIC, "lucht.example", "https://lucht.example"),
        (PUBLIC, "LUCHT.example:443", "https://lucht.example"),
        (PUBLIC, "evil.example", None),
    ],
)
def test_the_console_answers_to_its_own_names_alone(
    settings: Settings, netloc: str, origin: str | None
) -> None:
    """DNS rebinding: a name of a stranger that points here shows no console."""
    found = place_of(settings, netloc)
    assert (found.origin if found else None) == origin


@pytest.mark.parametrize("netloc", ["127.0.0.1:8080", "[::1]:8080", "127.8.8.8:8080"])
def test_the_address_of_this_machine_leads_to_its_name(netloc: str) -> None:
    """Passkeys refuse an IP address."""
    assert better_place(LOCAL, netloc) == Place("http", "localhost:8080")
    assert better_place(LOCAL, "evil.example:8080") is None
    assert home(Settings(public_url="http://127.0.0.1:8081")).origin == "http://localhost:8081"


async def test_pages_of_the_console_run_nothing_but_our_own_files(enter: Enter) -> None:
    """No inline script or style, no other host, no frame, nothing kept."""
    page = await (await enter("administrator")).get("/console/people")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|http|\*|data:", policy)
    assert page.headers["Cache-Control"] == "no-store"
    text = await page.text()
    assert not re.search(r"<style|style=|<script(?! src=)| on[a-z]+=|javascript:", text)


# ---- other people's rights


async def test_nobody_changes_their_own_rights(enter: Enter) -> None:
    """An administrator alone cannot become the second pair of eyes, nor vanish."""
    someone = await enter("administrator")
    for what in ("roles", "reset", "revoke"):
        path = f"/console/people/{someone.account.id}/{what}"
        answer = await someone.post(path, {"role.reviewer": "yes"})
        assert answer.status == 403, what
    assert (await someone.get("/console/people")).status == 200


async def test_whoever_makes_a_link_counts_as_the_one_who_invited(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Four eyes: a reset is a way to become somebody, so it leaves the resetter's name."""
    first, other = await enter("administrator"), await enter("reviewer")
    await first.post(f"/console/people/{other.account.id}/reset")
    async with content.reading() as connection:
        found = await people.find(connection, other.account.id)
    assert found
    assert found.invited_by == first.account.id
    assert (await other.get("/console/account")).status == 303


async def test_what_somebody_lost_is_lost_at_once(enter: Enter) -> None:
    """A role taken away, or all access: the next request knows."""
    boss, other = await enter("administrator"), await enter("auditor")
    assert (await other.get("/console/log")).status == 200
    path = f"/console/people/{other.account.id}"
    assert (await boss.post(f"{path}/roles", {"role.author": "yes"})).status == 303
    assert (await other.get("/console/log")).status == 303
    gone = await enter("auditor")
    assert (await boss.post(f"/console/people/{gone.account.id}/revoke")).status == 303
    assert (await gone.get("/console/log")).status == 303


async def test_access_is_changed_only_soon_after_signing_in(enter: Enter, clock: Clock) -> None:
    """A session that was left open for an hour invites nobody."""
    someone = await enter("administrator")
    for _ in range(2):
        clock.move(pace.RECENT / 2)
        await someone.get("/console/people")
    assert (await someone.post("/console/people", dict(FORM))).status == 403
    assert (await someone.get("/console/account/password")).status == 303


@pytest.mark.parametrize("role", ["owner", "administrator author", "../author"])
async def test_a_role_that_does_not_exist_is_never_given(
    enter: Enter, content: ContentStore, clock: Clock, role: str
) -> None:
    """What a form may contain is the list of roles."""
    someone = await enter("administrator")
    form = {"name": "Sam", f"role.{role}": "yes", "municipalities": ""}
    assert (await someone.post("/console/people", form)).status == 422
    assert "Sam" not in await names(content, clock)


def test_a_steward_reaches_no_other_municipality() -> None:
    """IDOR: what is of another municipality is not there."""
    request = make_mocked_request("POST", "/console/x")
    steward = Account("a", "A", frozenset({"steward"}), frozenset({"GM0150"}))
    request[guard.ACCOUNT] = steward
    guard.demand(request, "directory.edit", "GM0150")
    with pytest.raises(guard.RefusedError) as refused:
        guard.demand(request, "directory.edit", "GM0344")
    assert refused.value.status == 404


# ---- invitations


async def invited(content: ContentStore, clock: Clock) -> tuple[str, str]:
    async with content.writing() as connection:
        account = await people.add(connection, "Sam", ["author"], [], clock.seconds)
        return account, await people.invite(connection, account, OPERATOR, clock.seconds)


async def test_an_invitation_ends_after_two_days(
    client: TestClient, content: ContentStore, clock: Clock
) -> None:
    _, token = await invited(content, clock)
    clock.move(pace.INVITATION - 1)
    assert (await client.get(f"/console/welcome/{token}")).status == 200
    clock.move(1)
    assert (await client.get(f"/console/welcome/{token}")).status == 404


async def test_opening_a_link_uses_nothing_up_and_a_new_one_ends_it(
    client: TestClient, content: ContentStore, clock: Clock
) -> None:
    account, token = await invited(content, clock)
    for _ in range(2):
        assert (await client.get(f"/console/welcome/{token}")).status == 200
    async with content.writing() as connection:
        await people.invite(connection, account, OPERATOR, clock.seconds)
    assert (await client.get(f"/console/welcome/{token}")).status == 404


def secret_on(page: str) -> str:
    """The secret for one-time codes that a page shows."""
    return re.findall(r"<code>([A-Z2-7 ]{30,})</code>", page)[0]


async def test_a_planted_session_learns_no_secret(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Fixation: what a session sets up for one link or account is shown with no other."""
    planter = await enter("author")
    _, token = await invited(content, clock)
    victim = await (await planter.get(f"/console/welcome/{token}")).text()
    async with content.writing() as connection:
        other = await people.add(connection, "Kim", ["author"], [], clock.seconds)
        second = await people.invite(connection, other, OPERATOR, clock.seconds)
    for path in ("/console/account/password", f"/console/welcome/{second}"):
        assert secret_on(await (await planter.get(path)).text()) != secret_on(victim)


async def test_a_second_press_never_leaves_an_account_without_a_secret(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Two answers to one form at once: one is kept, the other refused."""
    someone = await enter("author")
    secret = secret_on(await (await someone.get("/console/account/password")).text())
    code = pyotp.TOTP(secret.replace(" ", "")).at(clock.now)
    form: dict[str, object] = {"password": "vier losse woorden bijeen", "code": code}
    path = "/console/account/password"
    answers = await asyncio.gather(*(someone.post(path, dict(form)) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 403]
    async with content.reading() as connection:
        knows = await people.knows(connection, secrets.login_of(someone.account.name))
    assert knows
    assert knows.totp == secret.replace(" ", "")


async def test_a_session_left_open_changes_no_password(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Who sits down at it needs the present password too; without one there is none to ask."""
    someone = await enter("author")
    path, old = "/console/account/password", "vier losse woorden bijeen"
    for said, status in (("", 200), ("", 422), ("iets anders", 422), (old, 200)):
        secret = secret_on(await (await someone.get(path)).text())
        code = pyotp.TOTP(secret.replace(" ", "")).at(clock.now)
        form: dict[str, object] = {"password": old, "code": code, "current": said}
        assert (await someone.post(path, form)).status == status, said


async def test_a_password_needs_a_code_that_works_before_the_link_is_used_up(
    client: TestClient, content: ContentStore, clock: Clock
) -> None:
    """Wrong code: the form comes back, with the same secret; right code: in, the link is gone."""
    _, token = await invited(content, clock)
    here = f"/console/welcome/{token}"
    page = await client.get(here)
    text = await page.text()
    csrf = re.findall(r'name="csrf" content="([^"]+)"', text)[0]
    someone = Someone(client, Account("", ""), page.cookies["console"].value, csrf)
    secret = secret_on(text)
    form: dict[str, object] = {"password": "vier losse woorden bijeen", "code": "12"}
    wrong = await someone.post(f"{here}/password", dict(form))
    assert wrong.status == 422
    assert secret in await wrong.text()
    form["code"] = pyotp.TOTP(secret.replace(" ", "")).at(clock.now)
    right = await someone.post(f"{here}/password", dict(form))
    assert right.status == 200
    assert len(re.findall(r"<li><code>", await right.text())) == secrets.RECOVERY_CODES
    assert (await client.get(here)).status == 404


# ---- planted markup


async def test_markup_in_a_name_stays_text_everywhere(enter: Enter) -> None:
    """Stored XSS: whoever is called like that is shown like that."""
    boss = await enter("administrator", name=MARKUP)
    form = {**FORM, "name": f"{MARKUP} junior", "municipalities": MARKUP}
    pages = [
        await boss.post("/console/people", form),
        await boss.post("/console/people", {**form, "municipalities": ""}),
        *[await boss.get(f"/console{page}") for page in ("", "/people", "/log", "/account")],
    ]
    for page in pages:
        text = await page.text()
        assert "&lt;img" in text
        assert "<img" not in text


async def test_an_address_with_markup_is_not_repeated(client: TestClient) -> None:
    """Reflected XSS: an error says nothing of what was asked."""
    for path in (f"/console/{MARKUP}", f"/console/welcome/{MARKUP}", f"/console/static/{MARKUP}"):
        answer = await client.get(path)
        assert answer.status == 404
        assert "onerror" not in await answer.text()
