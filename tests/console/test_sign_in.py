"""Signing in with a password and a code, and every way around it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import argon2
import pyotp
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from bot.handlers.console.ceremony import TIMEOUT
from bot.staff import pace, secrets
from bot.staff.roles import OPERATOR, Account
from bot.store import people, visits
from bot.store.content import ContentStore
from tests.console.conftest import Clock, Enter, Someone, visitor

PASSWORD = "vier losse woorden bijeen"
REAL = secrets._HASHER
CHEAP = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}

Known = Callable[..., Awaitable[tuple[str, str, tuple[str, ...]]]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little work: what is tested here is not how slow it is."""
    hasher = argon2.PasswordHasher(**CHEAP)
    monkeypatch.setattr(secrets, "_HASHER", hasher)
    monkeypatch.setattr(secrets, "_NOBODY", hasher.hash("nobody"))


@pytest.fixture
def known(content: ContentStore, clock: Clock) -> Known:
    """Make an account with a password; return its name, TOTP secret and recovery codes."""

    async def make(name: str = "Noor", *roles: str) -> tuple[str, str, tuple[str, ...]]:
        secret, codes = secrets.new_totp(), secrets.new_recovery_codes()
        async with content.writing() as connection:
            account = await people.add(connection, name, roles or ("author",), (), clock.seconds)
            await people.invite(connection, account, OPERATOR, clock.seconds)
            await people.set_password(
                connection, account, secrets.hash_password(PASSWORD), secret, 0, codes
            )
        return name, secret, codes

    return make


async def sign_in(
    someone: Someone, name: str, password: str, code: str, **more: object
) -> ClientResponse:
    """Send the form."""
    fields = {"name": name, "password": password, "code": code, **more}
    return await someone.post("/console/sign-in", fields)


def now_code(secret: str, clock: Clock) -> str:
    """The code that the app shows now."""
    return pyotp.TOTP(secret).at(clock.now)


def wears(answer: ClientResponse, someone: Someone) -> Someone:
    """Take the cookie that an answer sets."""
    token = answer.cookies["console"].value if "console" in answer.cookies else someone.token
    return Someone(someone.client, someone.account, token, someone.csrf)


async def is_in(someone: Someone) -> bool:
    """Whether the account page opens."""
    return (await someone.get("/console/account")).status == 200


async def test_password_and_code_let_in(client: TestClient, known: Known, clock: Clock) -> None:
    """Both right: a session, and on to the first page. The name may be written otherwise."""
    _, secret, _ = await known("Noor de Vries")
    someone = await visitor(client)
    answer = await sign_in(someone, " noor DE vries ", PASSWORD, now_code(secret, clock))
    assert (answer.status, answer.headers["Location"]) == (303, "/console")
    assert await is_in(wears(answer, someone))


@pytest.mark.parametrize("wrong", ["name", "password", "code", "no code"])
async def test_whatever_is_wrong_the_answer_is_the_same(
    client: TestClient, known: Known, clock: Clock, wrong: str
) -> None:
    """Name, password or code: one status and one page, which names none of them."""
    name, secret, _ = await known()
    code = now_code(secret, clock)
    tries = {
        "name": ("Niemand", PASSWORD, code),
        "password": (name, "iets heel anders dus", code),
        "code": (name, PASSWORD, f"{(int(code) + 1) % 10**6:06}"),
        "no code": (name, PASSWORD, ""),
    }
    someone = await visitor(client)
    answer = await sign_in(someone, *tries[wrong])
    text = re.sub(r'(name="csrf" (content|value)=)"[^"]+"', r"\1", await answer.text())
    other = await sign_in(someone, "Iemand", "anders", "000000")
    assert answer.status == 401
    assert text == re.sub(r'(name="csrf" (content|value)=)"[^"]+"', r"\1", await other.text())
    assert not await is_in(someone)


async def test_an_unknown_name_costs_as_much_work(
    client: TestClient, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password is hashed for a name that nobody has too: the clock tells nothing."""
    await known()
    hashed: list[str] = []
    real = secrets._HASHER.verify

    class Counting:
        def verify(self, known: str, password: str) -> bool:
            hashed.append(password)
            return bool(real(known, password))

    monkeypatch.setattr(secrets, "_HASHER", Counting())
    someone = await visitor(client)
    await sign_in(someone, "Niemand", "a", "1")
    await sign_in(someone, "Noor", "b", "1")
    assert hashed == ["a", "b"]


async def test_a_code_works_once(client: TestClient, known: Known, clock: Clock) -> None:
    """Replay: whoever looked over a shoulder cannot use the same code again, nor an older one."""
    name, secret, _ = await known()
    before, code = pyotp.TOTP(secret).at(clock.seconds - 30), now_code(secret, clock)
    answers = [
        (await sign_in(await visitor(client), name, PASSWORD, each)).status
        for each in (code, code, before)
    ]
    assert answers == [303, 401, 401]


async def test_one_code_sent_twice_at_once_works_once(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """Replay in the same instant."""
    name, secret, _ = await known()
    visitors = [await visitor(client) for _ in range(4)]
    code = now_code(secret, clock)
    answers = await asyncio.gather(*(sign_in(v, name, PASSWORD, code) for v in visitors))
    assert sorted(answer.status for answer in answers) == [303, 401, 401, 401]


async def test_a_recovery_code_works_once_with_the_password(
    client: TestClient, known: Known
) -> None:
    """Without the password it is not used up; typed without dashes, in capitals, it works."""
    name, _, codes = await known()
    typed = codes[0].replace("-", "").upper()
    answers = [
        (await sign_in(await visitor(client), name, password, typed)).status
        for password in ("iets heel anders dus", PASSWORD, PASSWORD)
    ]
    assert answers == [401, 303, 401]


async def test_a_recovery_code_of_somebody_else_does_not_work(
    client: TestClient, known: Known
) -> None:
    """It belongs to one account."""
    await known("Noor")
    _, _, codes = await known("Sam")
    assert (await sign_in(await visitor(client), "Noor", PASSWORD, codes[0])).status == 401


async def test_signing_in_makes_a_new_session(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """Fixation: the token from before, which somebody else may have planted, opens nothing."""
    name, secret, _ = await known()
    someone = await visitor(client)
    answer = await sign_in(someone, name, PASSWORD, now_code(secret, clock))
    assert answer.cookies["console"].value != someone.token
    assert not await is_in(someone)
    assert await is_in(wears(answer, someone))


async def test_signing_in_again_ends_the_session_before(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """One browser, one session: the token from before opens nothing any more."""
    name, secret, _ = await known()
    someone = await visitor(client)
    first = wears(await sign_in(someone, name, PASSWORD, now_code(secret, clock)), someone)
    page = await (await first.get("/console/account")).text()
    first.csrf = re.findall(r'name="csrf" content="([^"]+)"', page)[0]
    clock.move(60)
    answer = await sign_in(first, name, PASSWORD, now_code(secret, clock))
    assert answer.status == 303
    assert (await is_in(first), await is_in(wears(answer, first))) == (False, True)


async def test_a_token_that_the_server_did_not_make_is_no_session(client: TestClient) -> None:
    """Fixation: a browser cannot bring its own."""
    planted = Someone(client, Account("", ""), "A" * 43, "")
    answer = await planted.get("/console/sign-in")
    assert answer.cookies["console"].value != planted.token


async def ceremony(someone: Someone) -> int:
    """Send an answer to a challenge that names no known passkey."""
    answer = await someone.client.post(
        "/console/sign-in/passkey",
        json={"rawId": "AAAA"},
        headers={**someone.headers(), "X-CSRF-Token": someone.csrf},
    )
    return answer.status


async def test_a_challenge_is_answered_once_and_soon(client: TestClient, clock: Clock) -> None:
    """Replay: a second answer to it, or a late one, is refused before it is looked at."""
    someone = await visitor(client)
    assert await ceremony(someone) == 403
    await someone.post("/console/sign-in/ask")
    assert [await ceremony(someone) for _ in range(2)] == [401, 403]
    await someone.post("/console/sign-in/ask")
    clock.move(TIMEOUT + 1)
    assert await ceremony(someone) == 403


async def guess(client: TestClient, name: str, times: int) -> list[int]:
    """Guess wrong; return the statuses."""
    someone = await visitor(client)
    return [
        (await sign_in(someone, name, f"fout wachtwoord {n}", "000000")).status
        for n in range(times)
    ]


async def test_guessing_has_to_wait_ever_longer(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """Brute force: after some wrong answers the right one waits too, for a while."""
    name, secret, _ = await known()
    assert await guess(client, name, pace.FREE + 2) == [401] * pace.FREE + [429, 429]
    someone = await visitor(client)
    refused = await sign_in(someone, name, PASSWORD, now_code(secret, clock))
    assert refused.status == 429
    first = int(refused.headers["Retry-After"])
    clock.move(first)
    assert await guess(client, name, 2) == [401, 429]
    waiting = await sign_in(someone, name, PASSWORD, now_code(secret, clock))
    assert int(waiting.headers["Retry-After"]) > first


async def test_many_guesses_at_once_do_not_slip_through(client: TestClient, known: Known) -> None:
    """Brute force in the same instant: each is counted before it is looked at."""
    name, _, _ = await known()
    someone = await visitor(client)
    answers = await asyncio.gather(*(sign_in(someone, name, "x", "1") for _ in range(20)))
    assert sum(answer.status == 401 for answer in answers) == pace.FREE


async def test_nobody_is_locked_out_for_good(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """However long a stranger guessed, the owner gets in after the longest wait; others at once."""
    name, secret, _ = await known()
    _, other, _ = await known("Sam")
    for _ in range(30):
        await guess(client, name, 1)
        clock.move(pace.LONGEST_WAIT)
    await guess(client, name, 1)
    assert (
        await sign_in(await visitor(client), "Sam", PASSWORD, now_code(other, clock))
    ).status == 303
    clock.move(pace.LONGEST_WAIT)
    answer = await sign_in(await visitor(client), name, PASSWORD, now_code(secret, clock))
    assert answer.status == 303


async def known_browser(client: TestClient, name: str, secret: str, clock: Clock) -> str:
    """Sign in once; return the cookie by which the browser is known afterwards."""
    answer = await sign_in(await visitor(client), name, PASSWORD, now_code(secret, clock))
    cookie = answer.cookies["console-device"]
    assert (cookie["path"], cookie["samesite"]) == ("/console/sign-in", "Strict")
    assert cookie["httponly"]
    clock.move(60)
    return cookie.value


async def from_browser(client: TestClient, device: str, name: str, *said: str) -> ClientResponse:
    """Send the form from a browser that keeps this cookie."""
    someone = await visitor(client)
    cookie = f"console={someone.token}; console-device={device}"
    fields: dict[str, object] = {"name": name, "password": said[0], "code": said[1]}
    return await someone.post("/console/sign-in", fields, Cookie=cookie)


async def test_who_signed_in_here_before_waits_for_no_stranger(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """However fast strangers guess, at this name or at all, a known browser gets in at once."""
    name, secret, _ = await known()
    device = await known_browser(client, name, secret, clock)
    await guess(client, name, pace.FREE + 1)
    for number in range(pace.ALL_FREE + 1):
        await guess(client, f"naam {number}", 1)
    assert await guess(client, name, 1) == [429]
    answer = await from_browser(client, device, name, PASSWORD, now_code(secret, clock))
    assert answer.status == 303
    assert await guess(client, name, 1) == [429]


async def test_a_known_browser_is_no_way_to_guess(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """It waits for its own wrong answers, and is a stranger for every other name."""
    name, secret, _ = await known()
    await known("Sam")
    device = await known_browser(client, name, secret, clock)
    await guess(client, "Sam", pace.FREE)
    assert (await from_browser(client, device, "Sam", "x", "1")).status == 429
    own = [(await from_browser(client, device, name, "x", "1")).status for _ in range(7)]
    assert own == [401] * pace.FREE + [429] * 2


async def test_a_browser_is_forgotten_with_what_it_signed_in_with(
    client: TestClient, known: Known, clock: Clock, content: ContentStore
) -> None:
    """After a new link, or half a year, it is a stranger again."""
    name, secret, _ = await known()
    device = await known_browser(client, name, secret, clock)
    other, second, _ = await known("Sam")
    aged = await known_browser(client, other, second, clock)
    async with content.writing() as connection:
        everybody = await people.everybody(connection, clock.seconds)
        (one,) = [person.account.id for person in everybody if person.account.name == name]
        await people.invite(connection, one, OPERATOR, clock.seconds)
    await guess(client, name, pace.FREE)
    assert (await from_browser(client, device, name, "x", "1")).status == 429
    clock.move(pace.KNOWN + 7200)  # the clock on the wall skips an hour in spring
    await guess(client, other, pace.FREE)
    assert (await from_browser(client, aged, other, "x", "1")).status == 429


async def test_guessing_at_many_names_slows_all_guessing(client: TestClient, clock: Clock) -> None:
    """Brute force: one password tried on many names meets the wait that counts for all."""
    someone = await visitor(client)
    statuses = [
        (await sign_in(someone, f"naam {n}", "x", "1")).status for n in range(pace.ALL_FREE + 1)
    ]
    assert statuses == [401] * pace.ALL_FREE + [429]
    clock.move(pace.ALL_LONGEST_WAIT)
    assert (await sign_in(someone, "nog een naam", "x", "1")).status == 401


EVIL = [
    *(
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/console/../evil",
        "javascript:",
    ),
    *("/console@evil.example", "/weg", "/console\r\nSet-Cookie: a=b", "/%2F/evil.example"),
]


@pytest.mark.parametrize("next_", EVIL)
async def test_signing_in_leads_nowhere_else(
    client: TestClient, known: Known, clock: Clock, next_: str
) -> None:
    """Open redirect: what came along with the link is never an address."""
    name, secret, _ = await known()
    code = now_code(secret, clock)
    answer = await sign_in(await visitor(client), name, PASSWORD, code, next=next_)
    assert answer.headers["Location"] == "/console"
    page = await client.get("/console/sign-in", params={"next": next_})
    assert "evil" not in await page.text()


async def test_signing_in_leads_back_to_a_page_that_exists(
    client: TestClient, known: Known, clock: Clock
) -> None:
    """Who was sent to sign in from the log comes back to the log."""
    name, secret, _ = await known("Noor", "auditor")
    sent = await client.get("/console/log", allow_redirects=False)
    assert sent.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Flog"
    code = now_code(secret, clock)
    answer = await sign_in(await visitor(client), name, PASSWORD, code, next="/console/log")
    assert answer.headers["Location"] == "/console/log"


async def test_a_session_ends_after_half_an_hour_of_nothing(enter: Enter, clock: Clock) -> None:
    """Idle: every visit starts the half hour anew, no visit ends it."""
    someone = await enter("author")
    for _ in range(3):
        clock.move(29 * 60)
        assert await is_in(someone)
    clock.move(30 * 60)
    assert not await is_in(someone)


async def test_a_session_ends_after_twelve_hours_whatever_happens(
    enter: Enter, clock: Clock
) -> None:
    """At most: somebody who never stops clicking signs in again."""
    someone = await enter("author")
    for _ in range(12 * 3 - 1):
        clock.move(20 * 60)
        assert await is_in(someone)
    clock.move(20 * 60)
    assert not await is_in(someone)


async def test_signing_out_ends_the_session_on_the_server(enter: Enter) -> None:
    """A cookie that somebody kept opens nothing afterwards."""
    someone = await enter("author")
    answer = await someone.post("/console/sign-out")
    assert answer.cookies["console"]["max-age"] == "0"
    assert not await is_in(someone)


async def test_a_session_can_be_ended_from_elsewhere(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """A laptop left behind: its session is ended from the telephone."""
    laptop = await enter("author")
    async with content.writing() as connection:
        token, visit = await visits.begin(connection, clock.seconds, laptop.account.id, "passkey")
        left = (await visits.find(connection, laptop.token, clock.seconds)) or visit
    phone = Someone(laptop.client, laptop.account, token, visit.csrf)
    await phone.post(f"/console/account/session/{left.id}/end")
    assert (await is_in(laptop), await is_in(phone)) == (False, True)


async def test_a_session_of_somebody_else_is_not_there(enter: Enter, content: ContentStore) -> None:
    """IDOR: whoever knows its id cannot end it."""
    mine, theirs = await enter("author"), await enter("author")
    answer = await mine.post(f"/console/account/session/{secrets.hashed(theirs.token)}/end")
    assert answer.status == 404
    assert await is_in(theirs)


async def test_the_store_holds_nothing_that_opens_a_door(
    client: TestClient, known: Known, clock: Clock, content: ContentStore, settings: object
) -> None:
    """A copy of the file holds no session token, password or recovery code."""
    name, secret, codes = await known()
    someone = await visitor(client)
    answer = await sign_in(someone, name, PASSWORD, now_code(secret, clock))
    kept = (settings.data / "content.sqlite").read_bytes()  # type: ignore[attr-defined]
    for hidden in (answer.cookies["console"].value, PASSWORD, *codes, codes[0].replace("-", "")):
        assert hidden.encode() not in kept
    assert name.encode() in kept


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        *(
            ("kort", "short"),
            ("x" * 201, "long"),
            ("Password1234", "easy"),
            ("aaaaaaaaaaaaa", "easy"),
        ),
        *(("noor de vries", "easy"), ("luchtluchtlucht", "easy"), (PASSWORD, "")),
    ],
)
def test_a_password_must_be_hard_to_guess(password: str, wrong: str) -> None:
    """Twelve characters that neither everybody nor the name gives away; any characters will do."""
    assert secrets.weakness(password, "Noor de Vries") == wrong


def test_a_password_is_hashed_with_argon2id_as_rfc_9106_advises() -> None:
    """The second recommended option: 64 MiB, three passes."""
    assert REAL.hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=1$")
