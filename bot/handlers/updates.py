"""Telegram as two inverse functions: an update becomes a message, a reply becomes payloads.

Rules of what may live here: plain dictionaries in, plain dictionaries out; no I/O, no clock, no
objects of a library on the way. What is not for us becomes ``None``. Media are never looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from bot.engine.session import Message

if TYPE_CHECKING:
    from bot.engine.model import Frame
    from bot.wording import Bubble, Button, Spoken

Json: TypeAlias = Mapping[str, object]
Payload: TypeAlias = dict[str, object]

TEXT_LIMIT = 4096
"""Longest text of a message (https://core.telegram.org/bots/api#sendmessage), in UTF-16 units:
the strictest way to count, so that it holds however Telegram counts."""

PAIR = 14
"""Two buttons share a row when both labels are at most this long: both still fit at 320 px."""

LARGEST = 2**63
"""Numbers of Telegram have at most 52 significant bits (Bot API); 64 are what a row can hold."""

NOTHING: Json = {}
RIGHT_TO_LEFT_MARK = "\u200f"
PLACE = re.compile(r"gm\d{4}", re.ASCII | re.IGNORECASE)

# Notes of Telegram's own that come as a message: nobody said anything, so nothing is answered.
# https://core.telegram.org/bots/api#message
NOTES = frozenset(
    (
        *("boost_added", "chat_background_set", "chat_shared", "connected_website"),
        *("delete_chat_photo", "forum_topic_closed", "forum_topic_created", "forum_topic_edited"),
        *("forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden"),
        *("gift", "giveaway", "giveaway_completed", "giveaway_created", "giveaway_winners"),
        *("message_auto_delete_timer_changed", "migrate_from_chat_id", "migrate_to_chat_id"),
        *("new_chat_photo", "new_chat_title", "passport_data", "pinned_message"),
        *("proximity_alert_triggered", "refunded_payment", "successful_payment", "unique_gift"),
        *("users_shared", "video_chat_ended", "video_chat_participants_invited"),
        *("video_chat_scheduled", "video_chat_started", "web_app_data", "write_access_allowed"),
    )
)
SILENCE = Message()


class Kind(Enum):
    """What an update asks of us."""

    TURN = "turn"
    """Somebody said something in a private chat."""
    GROUP = "group"
    """We are in a group, where we do not belong."""
    GONE = "gone"
    """Somebody blocked us: forget the chat, say nothing."""
    STALE = "stale"
    """A button without a chat we may answer in: only its waiting sign is to be taken away."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update, read. ``query`` is the id of a pressed button that waits to be acknowledged."""

    kind: Kind
    update: int
    chat: int = 0
    message_id: int = 0
    message: Message = SILENCE
    query: str = ""


def commands(frame: Frame) -> Mapping[str, str]:
    """Return which command means which interrupt: by its Dutch name, and by its id as well."""
    named = {i.command: i.id for i in frame.interrupts.values() if i.command}
    return {"start": "start", **{name: name for name in frame.interrupts}, **named}


def read(update: Json, known: Mapping[str, str]) -> Incoming | None:
    """Read an update; ``known`` maps commands to interrupts (see :func:`commands`).

    Promises: never raises, whatever the dictionary holds; ``None`` when there is nothing to do.
    """
    number = _number(update, "update_id")
    for field, reader in _READERS.items():
        body = _part(update, field)
        if body and number:
            return reader(number, body, known)
    return None


def _message(number: int, body: Json, known: Mapping[str, str]) -> Incoming | None:
    chat = _part(body, "chat")
    if chat.get("type") in ("group", "supergroup"):
        return _group(number, body)
    if chat.get("type") != "private" or not NOTES.isdisjoint(body):
        return None
    return Incoming(
        Kind.TURN, number, _number(chat, "id"), _number(body, "message_id"), _said(body, known)
    )


def _edited(number: int, body: Json, known: Mapping[str, str]) -> Incoming | None:
    chat = _part(body, "chat")
    text = _text(body, "text") or _text(body, "caption")
    if chat.get("type") != "private" or not text:
        return None
    message = Message(text=text, edited=True, language=_language(body))
    return Incoming(Kind.TURN, number, _number(chat, "id"), _number(body, "message_id"), message)


def _pressed(number: int, body: Json, known: Mapping[str, str]) -> Incoming:
    query, choice = _text(body, "id"), _text(body, "data")
    chat = _part(_part(body, "message"), "chat")
    if chat.get("type") != "private" or not choice:
        return Incoming(Kind.STALE, number, query=query)
    message = Message(choice=choice, language=_language(body))
    return Incoming(Kind.TURN, number, _number(chat, "id"), message=message, query=query)


def _membership(number: int, body: Json, known: Mapping[str, str]) -> Incoming | None:
    chat = _part(body, "chat")
    status = _part(body, "new_chat_member").get("status")
    if chat.get("type") == "private" and status == "kicked":
        message = Message(command="erase")
        return Incoming(Kind.GONE, number, _number(chat, "id"), message=message)
    if chat.get("type") in ("group", "supergroup") and status in ("member", "administrator"):
        return _group(number, body)
    return None


# What is asked for in `allowed_updates`; anything else is read as None.
_READERS = {
    "message": _message,
    "callback_query": _pressed,
    "edited_message": _edited,
    "my_chat_member": _membership,
}
UPDATES = tuple(_READERS)


def _group(number: int, body: Json) -> Incoming:
    message = Message(language=_language(body))
    return Incoming(Kind.GROUP, number, _number(_part(body, "chat"), "id"), message=message)


def _said(body: Json, known: Mapping[str, str]) -> Message:
    text, language = _text(body, "text"), _language(body)
    if not text:
        return Message(text=_text(body, "caption"), media=True, language=language)
    if text.startswith("/"):
        return _command(text, language, known)
    return Message(text=text, language=language)


def _command(text: str, language: str, known: Mapping[str, str]) -> Message:
    """Read ``/start gm0150`` and the like. Words behind a command stay: they may tell of danger."""
    words = text[1:].split(maxsplit=1)
    name = words[0].partition("@")[0].lower() if words else ""
    rest = words[1] if len(words) > 1 else ""
    if name not in known:
        return Message(text=text.lstrip("/ "), language=language)
    if name == "start" and PLACE.fullmatch(rest):
        return Message(command="start", place=rest.upper(), language=language)
    return Message(text=rest, command=known[name], language=language)


def _language(body: Json) -> str:
    return _text(_part(body, "from"), "language_code").partition("-")[0].lower()


def _part(body: Json, name: str) -> Json:
    value = body.get(name)
    return value if isinstance(value, Mapping) else NOTHING


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _number(body: Json, name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) and abs(value) < LARGEST else 0


def render(spoken: Spoken, late: Sequence[Bubble] = ()) -> list[Payload]:
    """Return the payloads of ``sendMessage``, in order, still without a chat id.

    Texts that follow each other become one message, a service is one of its own (it can be
    forwarded alone); the buttons hang under the last. Links get no preview: nobody fetches them.
    """
    payloads = [plain(part) for part in _parts((*late, *spoken.bubbles), spoken.direction)]
    if payloads and spoken.buttons:
        payloads[-1]["reply_markup"] = _keyboard(spoken.buttons, spoken.direction)
    return payloads


def plain(text: str) -> Payload:
    """Return the payload of one plain text: no markup, so there is nothing to escape."""
    return {"text": text, "link_preview_options": {"is_disabled": True}}


def _parts(bubbles: Iterable[Bubble], direction: str) -> Iterator[str]:
    for text in _gathered(bubbles):
        yield from split(_directed(text, direction))


def _gathered(bubbles: Iterable[Bubble]) -> Iterator[str]:
    texts: list[str] = []
    for bubble in bubbles:
        if bubble.kind != "text" and texts:
            yield "\n\n".join(texts)
            texts = []
        if bubble.text.strip():
            texts.append(bubble.text)
        if bubble.kind != "text" and texts:
            yield texts.pop()
    if texts:
        yield "\n\n".join(texts)


def split(text: str, limit: int = TEXT_LIMIT) -> Iterator[str]:
    """Cut a text into parts of at most ``limit`` UTF-16 units.

    Cuts at the end of a paragraph; without one at the end of a line, a sentence or a word.
    """
    while _units(text) > limit:
        cut = _cut(text, limit)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, limit: int) -> int:
    room = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    for end in ("\n\n", "\n", ". ", " "):
        cut = room.rfind(end)
        if room[:cut].strip() and cut > 0:
            return cut + len(end.rstrip())
    return len(room)


def _directed(text: str, direction: str) -> str:
    """Mark lines that would start on the wrong side: right to left, but opening otherwise."""
    if direction != "rtl":
        return text
    return "\n".join((RIGHT_TO_LEFT_MARK if _astray(s) else "") + s for s in text.split("\n"))


def _astray(line: str) -> bool:
    return bool(line) and unicodedata.bidirectional(line[0]) not in ("R", "AL")


def _keyboard(buttons: Sequence[Button], direction: str) -> Payload:
    return {"inline_keyboard": [[_button(b, direction) for b in row] for row in _rows(buttons)]}


def _rows(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    row: list[Button] = []
    for button in buttons:
        short = len(button.label) <= PAIR
        if row and not (short and len(row) == 1 and len(row[0].label) <= PAIR):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _button(button: Button, direction: str) -> dict[str, str]:
    return {"text": _directed(button.label, direction), "callback_data": button.id}
