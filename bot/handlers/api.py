"""``POST /api/chat``: the web chat as data, safe to repeat, and its description.

The description (``/openapi.json``) is built from the very types that read and write the answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from aiohttp import web

from bot.handlers import pages
from bot.handlers.keys import CHAT
from bot.handlers.limits import GATE
from bot.handlers.pages import Error, RefusedError
from bot.handlers.requests import TEXT, TOKEN, checked, message_of, new_token, read_body

if TYPE_CHECKING:
    from bot.chat import Outcome
    from bot.wording import Bubble

Token = Annotated[str, msgspec.Meta(pattern=TOKEN, description="128 random bits, as 32 hex digits")]


class Asked(msgspec.Struct, frozen=True):
    """What a client sends: a text, or the id of a choice. An empty first text gets the greeting."""

    session: Token | None = None
    text: Annotated[str, msgspec.Meta(description=f"at most {TEXT} characters")] | None = None
    choice: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    turn: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message. A service is also a text; ``kind``: ``first`` in danger, ``card`` to keep."""

    text: str
    service: dict[str, Any] | None = None
    kind: str = ""


class Offered(msgspec.Struct, frozen=True):
    """A button."""

    id: str
    label: str


class Answered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of the chat after a turn. With 409, ``error`` and ``message`` say why."""

    session: str
    turn: int
    language: str
    direction: str
    messages: tuple[Said, ...]
    choices: tuple[Offered, ...]
    heard: tuple[str, ...]
    signal: str | None
    ended: bool
    erased: bool = False
    error: str = ""
    message: str = ""


class Words(msgspec.Struct, frozen=True):
    """The words of the page in a language."""

    language: str
    direction: str
    words: dict[str, str]


def routes() -> list[web.RouteDef]:
    """Return the routes of the API."""
    return [
        web.post("/api/chat", talk),
        web.get("/api/words/{language}", words, allow_head=False),
        web.get("/openapi.json", describe, allow_head=False),
    ]


async def talk(request: web.Request) -> web.Response:
    """Take one turn. Words of danger are answered whatever the limit says."""
    asked = await _read(request)
    chat = request.app[CHAT]
    text = checked(asked.text or "")
    message = message_of(request, text, asked.choice or "", asked.language or "")
    if not request.app[GATE].lets_through(request) and not chat.hears_danger(text):
        raise RefusedError(429, "busy")
    token = asked.session or new_token()
    async with chat.flight("web", token) as flight:
        outcome = await flight.take(message, expected=asked.turn if asked.session else None)
        if outcome.erase is not None:
            await flight.erased()
    if outcome.conflict:
        return pages.json_answer(_conflict(request, token, outcome), 409)
    return pages.json_answer(answered(token, outcome))


async def words(request: web.Request) -> web.Response:
    """Return the words of the page in a language, for when the chat changes its language."""
    language = pages.language_of(request, request.match_info["language"])
    direction = request.app[CHAT].release.catalog.direction(language)
    return pages.json_answer(Words(language, direction, dict(pages.live_words(request, language))))


async def describe(request: web.Request) -> web.Response:
    """Return the description of the API (OpenAPI 3.1)."""
    return pages.json_answer(DESCRIPTION)


async def _read(request: web.Request) -> Asked:
    if request.content_type != "application/json":
        raise RefusedError(415, "not_json")
    body = await read_body(request)
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError:
        raise RefusedError(422, "invalid") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(400, "malformed") from None


def answered(token: str, outcome: Outcome) -> Answered:
    """Turn the outcome of a turn into what is sent."""
    spoken = outcome.spoken
    return Answered(
        session=token,
        turn=spoken.turn,
        language=spoken.language,
        direction=spoken.direction,
        messages=tuple(_said((*outcome.late, *spoken.bubbles))),
        choices=tuple(Offered(button.id, button.label) for button in spoken.buttons),
        heard=spoken.heard,
        signal=spoken.signal or None,
        ended=spoken.ended,
        erased=outcome.erase is not None,
    )


def _said(bubbles: Iterable[Bubble]) -> Iterable[Said]:
    for bubble in bubbles:
        service = dict(bubble.service) if bubble.service else None
        yield Said(bubble.text, service, bubble.kind if bubble.kind in ("first", "card") else "")


def _conflict(request: web.Request, token: str, outcome: Outcome) -> Answered:
    state = answered(token, outcome)
    why = request.app[CHAT].release.catalog.say(state.language, "web.error_conflict")
    return msgspec.structs.replace(state, error="conflict", message=why)


_JSON = "application/json"
_STATE = "the chat after this turn"
_ERRORS = {
    "400": "the body is no JSON",
    "405": "only POST",
    "413": f"the body is too large, or the text longer than {TEXT} characters",
    "415": f"the body is not {_JSON}",
    "422": "a field has the wrong form",
    "429": "too many turns from one address; the answer carries numbers to call",
}


def _content(name: str) -> dict[str, object]:
    return {_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _describe() -> dict[str, object]:
    _, schemas = msgspec.json.schema_components(
        [Asked, Answered, Error, Words], ref_template="#/components/schemas/{name}"
    )
    answers: dict[str, object] = {
        "200": {"description": _STATE, "content": _content("Answered")},
        "409": {
            "description": "`turn` is older than the last one; here is the current state",
            "content": _content("Answered"),
        },
    }
    for status, description in _ERRORS.items():
        answers[status] = {"description": description, "content": _content("Error")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lucht",
            "version": "1",
            "description": (
                "An anonymous, scripted chat. Send `turn` as returned last and a turn is safe to "
                "repeat: the stored answer comes back and nothing happens twice."
            ),
        },
        "paths": {
            "/api/chat": {
                "post": {
                    "operationId": "talk",
                    "summary": "Take one turn",
                    "requestBody": {"required": True, "content": _content("Asked")},
                    "responses": answers,
                }
            },
            "/api/words/{language}": {
                "get": {
                    "operationId": "words",
                    "summary": "The words of the page in a language",
                    "parameters": [
                        {
                            "name": "language",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                        }
                    ],
                    "responses": {
                        "200": {"description": "the words", "content": _content("Words")}
                    },
                }
            },
        },
        "components": {"schemas": schemas},
    }


DESCRIPTION = _describe()
