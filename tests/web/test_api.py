"""The API is safe to repeat, says clearly what is wrong, and never repeats what was sent."""

from __future__ import annotations

import json
import secrets
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.handlers import limits
from bot.handlers.keys import CHAT

DANGER = "ik wil dood"
ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}
CANARY = "kanarie7f3a"


async def talk(client: TestClient, status: int = 200, /, **message: object) -> dict[str, Any]:
    """Send one message; check the status; return the answer."""
    answer = await client.post("/api/chat", json=message)
    assert answer.status == status, await answer.text()
    return dict(await answer.json())


async def test_an_empty_first_text_is_greeted(client: TestClient) -> None:
    """The server makes a 128-bit token and asks its first question."""
    said = await talk(client, session=None, text="")
    assert len(bytes.fromhex(said["session"])) == 16
    assert said["turn"] == 1
    assert said["messages"]
    assert said["choices"]
    assert (said["language"], said["direction"]) == ("nl", "ltr")
    assert (said["signal"], said["ended"]) == (None, False)


async def test_a_client_may_bring_its_own_session(client: TestClient) -> None:
    """A token of 32 hex digits made by the client is kept."""
    token = secrets.token_hex(16)
    said = await talk(client, session=token, text="")
    assert said["session"] == token


async def test_a_choice_leads_on(client: TestClient) -> None:
    """The id of a button that was offered is taken as the answer."""
    first = await talk(client, session=None, text="")
    choice = first["choices"][0]["id"]
    then = await talk(client, session=first["session"], choice=choice, turn=first["turn"])
    assert then["turn"] == first["turn"] + 1
    assert then["messages"] != first["messages"]


async def test_a_turn_is_safe_to_repeat(client: TestClient) -> None:
    """The same turn sent twice gives the same answer, and nothing happens a second time."""
    first = await talk(client, session=None, text="")
    message = {
        "session": first["session"],
        "turn": first["turn"],
        "choice": first["choices"][0]["id"],
    }
    assert await talk(client, **message) == await talk(client, **message)


async def test_an_older_turn_is_a_conflict_with_the_current_state(client: TestClient) -> None:
    """A client that fell behind gets 409 and all it needs to go on."""
    first = await talk(client, session=None, text="")
    session, state = first["session"], first
    for _ in range(2):
        state = await talk(client, session=session, choice="!help", turn=state["turn"])
    late = await talk(client, 409, session=session, text="hoi", turn=first["turn"])
    assert late["error"] == "conflict"
    assert late["turn"] == state["turn"]
    assert late["messages"] == state["messages"]


BAD = {
    "no json": (f"{{{CANARY}", "application/json", 400, "malformed"),
    "not utf-8": (b'{"text": "\xff\xfe"}', "application/json", 400, "malformed"),
    "a list": (f'["{CANARY}"]', "application/json", 422, "invalid"),
    "a number as text": ('{"text": 5}', "application/json", 422, "invalid"),
    "a short session": (f'{{"session": "{CANARY}"}}', "application/json", 422, "invalid"),
    "a path as session": (
        f'{{"session": "../{CANARY}/../../x"}}',
        "application/json",
        422,
        "invalid",
    ),
    "a negative turn": ('{"turn": -1}', "application/json", 422, "invalid"),
    "a huge turn": (f'{{"turn": {10**40}}}', "application/json", 422, "invalid"),
    "a form": (f"text={CANARY}", "application/x-www-form-urlencoded", 415, "not_json"),
    "no type": (f'{{"text": "{CANARY}"}}', "", 415, "not_json"),
    "a long text": (json.dumps({"text": CANARY * 400}), "application/json", 413, "too_large"),
    "a huge body": (json.dumps({"text": CANARY * 9000}), "application/json", 413, "too_large"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_refused_clearly_and_not_repeated(client: TestClient, name: str) -> None:
    """Every bad request gets its status, a code, a sentence, and none of its own words."""
    body, kind, status, code = BAD[name]
    answer = await client.post("/api/chat", data=body, headers={"Content-Type": kind})
    text = await answer.text()
    assert answer.status == status, text
    assert answer.content_type == "application/json"
    assert json.loads(text)["error"] == code
    assert json.loads(text)["message"]
    assert CANARY not in text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_talks(client: TestClient, method: str) -> None:
    """Another method gets 405 and the one that is allowed."""
    answer = await client.request(method, "/api/chat")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    assert (await answer.json())["error"] == "not_allowed"


async def test_the_longest_text_is_taken_in_any_script(client: TestClient) -> None:
    """4,096 characters fit, even when a client escapes each of them."""
    said = await talk(client, session=None, text="ሰ" * 4096)
    assert said["messages"]
    await talk(client, 413, session=None, text="ሰ" * 4097)


@pytest.mark.parametrize(
    ("asked", "header", "language", "direction"),
    [
        ("ar", "nl", "ar", "rtl"),
        ("ar-SY", "nl", "ar", "rtl"),
        (None, "ar,en;q=0.8", "ar", "rtl"),
        (None, "xx, en;q=0.2, ar;q=0.9", "ar", "rtl"),
        (None, "ar;q=0, en", "en", "ltr"),
        ("xx", "", "nl", "ltr"),
    ],
)
async def test_the_first_language_is_the_one_asked_for_or_preferred(
    client: TestClient, asked: str | None, header: str, language: str, direction: str
) -> None:
    """`language` comes first, then what the browser prefers, then Dutch."""
    answer = await client.post(
        "/api/chat",
        json={"session": None, "text": "", "language": asked},
        headers={"Accept-Language": header},
    )
    said = await answer.json()
    assert (said["language"], said["direction"]) == (language, direction)


async def test_danger_is_heard_also_beside_a_button(client: TestClient) -> None:
    """Words of danger win over a choice that came with them, and are answered with a number."""
    said = await talk(client, session=None, text=DANGER, choice="!back")
    assert said["signal"] == "suicide"
    assert said["messages"][0]["service"]["phone"] in said["messages"][0]["text"]


async def test_erasing_says_so_and_leaves_nothing(client: TestClient) -> None:
    """After "wis" the chat is new."""
    first = await talk(client, session=None, text="")
    gone = await talk(client, session=first["session"], text="wis", turn=first["turn"])
    assert gone["erased"]
    assert gone["messages"]
    assert (await talk(client, session=first["session"], text=""))["turn"] == 1


async def test_the_description_fits_every_answer(client: TestClient) -> None:
    """Real answers are valid under /openapi.json, errors and conflicts included."""
    description = await (await client.get("/openapi.json")).json()
    responses = description["paths"]["/api/chat"]["post"]["responses"]
    for body, status in ANSWERS:
        answer = await client.post("/api/chat", **body)
        assert answer.status == status
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator(
            {**schema, "components": description["components"]}
        ).validate(await answer.json())


OWN = secrets.token_hex(16)
ANSWERS: list[tuple[dict[str, Any], int]] = [
    ({"json": {"session": OWN, "text": ""}}, 200),
    ({"json": {"session": OWN, "text": DANGER}}, 200),
    ({"json": {"session": OWN, "choice": "!language"}}, 200),
    ({"json": {"session": OWN, "text": "hoi", "turn": 0}}, 409),
    ({"json": {"session": OWN, "text": 1}}, 422),
    ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ({"data": b"{"}, 415),
    ({"json": {"session": OWN, "text": "x" * 5000}}, 413),
]


async def flood(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use up what one address may do at once, with a small bucket that does not refill."""
    monkeypatch.setattr(limits, "BURST", 5)
    monkeypatch.setattr(limits, "PER_SECOND", 0.0)
    for _ in range(limits.BURST):
        await client.get("/", headers=ELSEWHERE)


async def test_a_flood_gets_the_numbers_and_danger_is_still_answered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the limit: JSON and page show numbers to call; words of danger get a real answer."""
    await flood(client, monkeypatch)
    message = {"session": None, "text": "hoi"}
    answer = await client.post("/api/chat", json=message, headers=ELSEWHERE)
    busy = await answer.json()
    assert answer.status == 429
    assert busy["error"] == "busy"
    assert "112" in [number["phone"] for number in busy["numbers"]]
    page = await client.get("/", headers=ELSEWHERE)
    assert page.status == 429
    assert 'href="tel:112"' in await page.text()
    assert (await client.get("/healthz", headers=ELSEWHERE)).status == 429
    danger = {"session": None, "text": DANGER}
    answer = await client.post("/api/chat", json=danger, headers=ELSEWHERE)
    assert (await answer.json())["signal"] == "suicide"
    form = await client.post("/", data={"text": DANGER}, headers=ELSEWHERE)
    assert form.status == 200
    other = await client.get("/", headers={"X-Forwarded-For": "203.0.113.8"})
    assert other.status == 200


async def test_a_failure_of_ours_shows_no_trace(
    app: web.Application, client: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """The visitor gets a sentence and numbers, the log a place, and nobody the words."""

    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    app[CHAT].flight = broken  # type: ignore[method-assign]
    failed = await talk(client, 500, session=None, text=CANARY)
    assert failed["error"] == "failed"
    assert failed["numbers"]
    said = json.dumps(failed) + "".join(capfd.readouterr())
    assert CANARY not in said
    assert "Traceback" not in said


EVERYWHERE = ["/", "/hulp", "/weg", "/healthz", "/openapi.json", "/static/page.js"]


@pytest.mark.parametrize("path", [*EVERYWHERE, "/favicon.ico", "/api/chat", "/nergens"])
async def test_every_answer_keeps_quiet(client: TestClient, path: str) -> None:
    """No cookie, nothing kept, no referrer, nothing from elsewhere, no name of the server."""
    answer = await client.get(path, headers={"Accept": "text/html"})
    headers = answer.headers
    assert "Set-Cookie" not in headers
    assert "Server" not in headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]


async def test_health_is_ok(client: TestClient) -> None:
    """The check goes through a whole turn and leaves no chat behind."""
    answer = await client.get("/healthz")
    assert (answer.status, await answer.text()) == (200, "ok")
