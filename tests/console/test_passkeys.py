"""Passkeys in a real browser with a virtual authenticator, and answers that were tampered with."""

from __future__ import annotations

import json

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Route, expect

from bot.staff.roles import OPERATOR
from bot.store import people
from bot.store.content import ContentStore
from tests.console.conftest import Clock
from tests.console.screens import AUTHENTICATOR, Person, sit_down
from tests.web.test_page import fits, violations

pytestmark = pytest.mark.browser


@pytest.fixture
async def person(client: TestClient, browser: Browser) -> Person:
    """Somebody with a telephone's worth of passkeys, 768 px wide."""
    return await sit_down(client, browser)


@pytest.fixture
async def link(content: ContentStore, clock: Clock) -> str:
    """The address in the first administrator's link."""
    async with content.writing() as connection:
        id_ = await people.add(connection, "Noor de Vries", ["administrator"], [], clock.seconds)
        token = await people.invite(connection, id_, OPERATOR, clock.seconds)
    return f"/console/welcome/{token}"


async def sign_out(person: Person) -> None:
    await person.page.get_by_role("button", name="uitloggen").click()
    await person.page.wait_for_url(f"{person.base}/console/sign-in")


async def press(person: Person) -> None:
    await person.page.get_by_role("button", name="Inloggen met een passkey").click()


async def test_an_invitation_becomes_a_passkey_and_the_passkey_lets_in(
    person: Person, link: str
) -> None:
    """The link, one press; out; one press; in. The cookie is bound to the console."""
    await person.join(link)
    (cookie,) = await person.context.cookies()
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == ("/console", True, "Strict")
    await sign_out(person)
    await press(person)
    await person.page.wait_for_url(f"{person.base}/console")
    await expect(person.page.get_by_role("heading", level=1)).to_have_text("Dag Noor de Vries")


async def test_a_link_works_once(person: Person, link: str) -> None:
    """The same link again, by whoever found it in a mailbox."""
    await person.join(link)
    answer = await person.page.goto(person.base + link)
    assert answer
    assert answer.status == 404
    await expect(person.page.get_by_text("al gebruikt of te oud")).to_be_visible()


async def test_an_authenticator_that_does_not_know_its_owner_is_refused(
    person: Person, link: str
) -> None:
    """A telephone that was found on the street opens nothing."""
    await person.join(link)
    await sign_out(person)
    await person.says(verified=False)
    await press(person)
    await expect(person.page.get_by_role("status")).not_to_be_empty()
    assert person.page.url == f"{person.base}/console/sign-in"


async def test_the_server_wants_to_see_that_the_owner_was_recognised(
    person: Person, link: str
) -> None:
    """A page that asks for less than the server did gets a true signature, and is refused."""
    await person.join(link)
    await sign_out(person)
    await person.says(verified=False)

    async def ask_less(route: Route) -> None:
        answer = await route.fetch()
        options = {**await answer.json(), "userVerification": "discouraged"}
        await route.fulfill(response=answer, json=options)

    await person.page.route("**/sign-in/ask", ask_less)
    async with person.page.expect_response("**/sign-in/passkey") as sent:
        await press(person)
    assert (await sent.value).status == 401


async def captured(person: Person) -> dict[str, object]:
    """Sign in, and return the answer that the browser gave."""
    async with person.page.expect_request("**/sign-in/passkey") as sent:
        await press(person)
    await person.page.wait_for_url(f"{person.base}/console")
    request = await sent.value
    return dict(json.loads(request.post_data or "{}"))


async def replay(person: Person, answer: dict[str, object]) -> int:
    """Send an answer again from the sign-in page, with a fresh challenge asked for before."""
    return int(
        await person.page.evaluate(
            """async (answer) => {
              const headers = {
                "Content-Type": "application/json", "Accept": "application/json",
                "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content,
              };
              await fetch("/console/sign-in/ask", {method: "POST", headers, body: "{}"});
              const body = JSON.stringify(answer);
              const said = await fetch("/console/sign-in/passkey", {method: "POST", headers, body});
              return said.status;
            }""",
            answer,
        )
    )


async def test_an_answer_that_was_seen_before_opens_nothing(person: Person, link: str) -> None:
    """Replay: a challenge is answered once."""
    await person.join(link)
    await sign_out(person)
    answer = await captured(person)
    await sign_out(person)
    assert await replay(person, answer) == 401


async def test_a_copied_authenticator_is_noticed(
    person: Person, link: str, content: ContentStore, clock: Clock
) -> None:
    """A passkey that counts fewer uses than the server saw is one of two."""
    await person.join(link)
    await sign_out(person)
    async with content.writing() as connection:
        (key,) = await people.passkeys(connection, (await anybody(content, clock)).id)
        await people.used_passkey(connection, key.id, 10_000, clock.seconds)
    await press(person)
    await expect(person.page.get_by_role("status")).to_contain_text("werkt hier niet")


async def anybody(content: ContentStore, clock: Clock) -> people.Account:
    async with content.reading() as connection:
        return (await people.everybody(connection, clock.seconds))[0].account


async def test_one_passkey_is_one_person(
    person: Person, link: str, content: ContentStore, clock: Clock
) -> None:
    """Four eyes: the same passkey cannot be given to a second account."""
    await person.join(link)
    async with content.writing() as connection:
        (key,) = await people.passkeys(connection, (await anybody(content, clock)).id)
        other = await people.add(connection, "Sam", ["reviewer"], [], clock.seconds)
        with pytest.raises(people.TakenError):
            await people.add_passkey(connection, other, key.id, key.public_key, 0, clock.seconds)


async def test_a_passkey_added_later_ends_sessions_elsewhere(person: Person, link: str) -> None:
    """Whoever still had a session of this account has none after its ways in changed."""
    await person.join(link)
    await person.page.goto(f"{person.base}/console/account")
    rows = person.page.locator(".rows").first.locator("li")
    await expect(rows).to_have_count(1)
    # The one authenticator refuses a second passkey for the same account, so it needs a new one.
    await person.tools.send(
        "WebAuthn.removeVirtualAuthenticator", {"authenticatorId": person.authenticator}
    )
    options = {**AUTHENTICATOR, "transport": "usb"}
    await person.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await person.page.get_by_role("button", name="Nog een passkey maken").click()
    await expect(rows).to_have_count(2)


PAGES = ["/console", "/console/people", "/console/counts", "/console/log", "/console/account"]
MORE = ["/console/account/password", "/console/sign-in"]


async def test_every_page_is_accessible_and_fits_a_tablet(person: Person, link: str) -> None:
    """Axe finds nothing, 768 px and 360 px are enough, no page complains about its policy."""
    complaints: list[str] = []
    person.page.on("console", lambda line: complaints.append(line.text))
    await person.page.goto(person.base + link)
    assert await violations(person.page) == ""
    await person.join(link)
    for width in (768, 360):
        await person.page.set_viewport_size({"width": width, "height": 900})
        for path in [*PAGES, *MORE]:
            await person.page.goto(person.base + path)
            assert await violations(person.page) == "", path
            assert await fits(person.page), (path, width)
    assert complaints == []


async def test_chat_and_console_share_nothing(person: Person, link: str) -> None:
    """The cookie of the console is never sent with the chat, and the chat never sets one."""
    await person.join(link)
    sent: list[str] = []
    person.page.on("request", lambda request: sent.append(request.headers.get("cookie", "")))
    await person.page.goto(f"{person.base}/hulp")
    assert [cookie for cookie in sent if cookie] == []
    assert await person.page.evaluate("document.cookie") == ""
