"""Reading what came in: a body of a certain size, a session token, a text that is not too long."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from aiohttp import web

from bot.engine.session import Message
from bot.handlers.keys import CHAT
from bot.handlers.pages import RefusedError, language_of

BODY = 64 * 1024
"""Largest body in bytes. 4,096 characters take up to 48 kB when JSON or a form escapes each."""

TEXT = 4096
"""Longest text in characters, as in Telegram."""

# 22 characters hold 128 bits. Python's "$" would let a line end pass; JSON Schema knows no "\Z".
TOKEN = r"^[0-9A-Za-z_-]{22,64}$(?!\n)"  # noqa: S105  # a pattern
_TOKEN = re.compile(TOKEN)
_PLACE = re.compile(r"(?:gm)?(\d{4})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """What the page sends without JavaScript."""

    session: str
    turn: int
    text: str
    choice: str


def new_token() -> str:
    """Make a session token of 128 random bits."""
    return secrets.token_hex(16)


def place_of(request: web.Request) -> str:
    """Return the municipality of a link such as ``/?gm=0150``, or nothing."""
    match = _PLACE.fullmatch(request.query.get("gm", ""))
    return f"GM{match[1]}" if match else ""


def message_of(request: web.Request, text: str, choice: str, language: str = "") -> Message:
    """Make a message. A button wins over a text beside it, unless the text tells of danger."""
    if choice and text and not request.app[CHAT].hears_danger(text):
        text = ""
    return Message(
        text=text,
        choice="" if text else choice,
        language=language_of(request, language),
        place=place_of(request),
    )


async def read_body(request: web.Request) -> bytes:
    """Read the body. Raises `RefusedError` (413) as soon as it is larger than `BODY`."""
    if (request.content_length or 0) > BODY:
        raise RefusedError(413, "too_large")
    body = bytearray()
    async for chunk in request.content.iter_chunked(8192):
        body += chunk
        if len(body) > BODY:
            raise RefusedError(413, "too_large")
    return bytes(body)


async def read_fields(request: web.Request) -> dict[str, list[str]]:
    """Read the fields of a form. Raises `RefusedError` when it is no form or too large."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise RefusedError(415, "not_form")
    try:
        return parse_qs((await read_body(request)).decode(), max_num_fields=20)
    except ValueError:
        raise RefusedError(400, "not_form") from None


async def read_form(request: web.Request) -> Form:
    """Read a form. Raises `RefusedError` when it is no form, too large, or the text too long."""
    form = {name: values[-1] for name, values in (await read_fields(request)).items()}
    session, turn = form.get("session", ""), form.get("turn", "")
    return Form(
        session=session if _TOKEN.match(session) else "",
        turn=int(turn) if re.fullmatch(r"[0-9]{1,9}", turn) else 0,
        text=checked(form.get("text", "").replace("\r\n", "\n").strip()),
        choice=checked(form.get("choice", "")),
    )


def checked(text: str) -> str:
    """Return the text. Raises `RefusedError` (413) when it is longer than `TEXT`."""
    if len(text) > TEXT:
        raise RefusedError(413, "too_large")
    return text
