"""An update becomes a message, and nothing else of it goes on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.session import Message
from bot.handlers.updates import UPDATES, Incoming, Kind, commands, read, render
from bot.wording import Button
from tests.telegram.fake_chat import FakeChat, speak, spoken

KNOWN = commands(FakeChat().release.frame)
PRIVATE = {"id": 77, "type": "private", "first_name": "canary"}
SENDER = {"id": 77, "is_bot": False, "first_name": "canary", "language_code": "en-GB"}


def message(kind: str = "message", **content: Any) -> dict[str, Any]:
    body = {"message_id": 5, "date": 1, "chat": PRIVATE, "from": SENDER}
    return {"update_id": 9, kind: {**body, **content}}


def said(**content: Any) -> Message:
    incoming = read(message(**content), KNOWN)
    assert incoming is not None
    assert incoming.kind is Kind.TURN
    return incoming.message


def pressed(data: object, **content: Any) -> dict[str, Any]:
    query = {"id": "q", "from": SENDER, "message": {"chat": PRIVATE, "date": 0}, "data": data}
    return {"update_id": 9, "callback_query": {**query, **content}}


def test_a_text_is_read_with_where_it_came_from() -> None:
    """Chat, message and update are known by number; the phone's language is a first guess."""
    expected = Message(text="ik heb honger", language="en")
    assert read(message(text="ik heb honger"), KNOWN) == Incoming(Kind.TURN, 9, 77, 5, expected)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", "start"),
        ("/help", "help"),
        ("/stop", "stop"),
        ("/terug", "back"),
        ("/taal", "language"),
        ("/wis", "erase"),
        ("/menu", "menu"),
        ("/privacy", "privacy"),
        ("/watweetje", "record"),
        ("/WIS", "erase"),
        ("/wis@LuchtBot", "erase"),
        ("/erase", "erase"),
    ],
)
def test_a_command_means_an_interrupt(text: str, command: str) -> None:
    """Commands are those of the release, in any case, also by the id of the interrupt."""
    assert said(text=text) == Message(command=command, language="en")


def test_a_deep_link_brings_a_place() -> None:
    """A poster in Deventer links to /start gm0150, the code of the municipality."""
    assert said(text="/start gm0150") == Message(command="start", place="GM0150", language="en")


def test_a_deep_link_that_is_no_place_is_only_a_start() -> None:
    """Nobody is dropped for an odd link."""
    assert said(text="/start gm15").command == "start"
    assert said(text="/start gm15").place == ""


def test_words_behind_a_command_are_kept() -> None:
    """They may tell of danger, which is heard before any command."""
    expected = Message(text="ik wil dood", command="help", language="en")
    assert said(text="/help ik wil dood") == expected
    assert said(text="/help\nik wil dood") == expected


def test_an_unknown_command_is_a_text() -> None:
    """Somebody who types /honger gets the answer to honger."""
    assert said(text="/honger nu") == Message(text="honger nu", language="en")
    assert said(text="/") == Message(text="", language="en")


@pytest.mark.parametrize(
    "kind",
    [
        *("photo", "voice", "video", "video_note", "audio", "animation", "sticker", "document"),
        *("location", "venue", "contact", "poll", "dice", "story", "something_of_next_year"),
    ],
)
def test_media_are_noticed_but_not_looked_at(kind: str) -> None:
    """Only a caption is read; the file is never asked for."""
    content = {"file_id": "canary", "emoji": "canary", "question": "canary"}
    assert said(**{kind: content}) == Message(media=True, language="en")
    with_caption = said(**{kind: content, "caption": "help"})
    assert with_caption == Message(text="help", media=True, language="en")


def test_an_edited_text_is_read_as_edited() -> None:
    """It is read for danger; so is an edited caption."""
    expected = Message(text="ik wil dood", edited=True, language="en")
    for content in ({"text": "ik wil dood"}, {"photo": [], "caption": "ik wil dood"}):
        incoming = read(message("edited_message", **content), KNOWN)
        assert incoming == Incoming(Kind.TURN, 9, 77, 5, expected)


def test_an_edit_without_words_is_nothing() -> None:
    """A live location edits itself every few seconds."""
    assert read(message("edited_message", location={"latitude": 1}), KNOWN) is None


def test_a_pressed_button_is_a_choice() -> None:
    """The query is kept so that the button stops waiting; no message of the person to erase."""
    expected = Message(choice="eten.intro.no_food~a1", language="en")
    incoming = read(pressed("eten.intro.no_food~a1"), KNOWN)
    assert incoming == Incoming(Kind.TURN, 9, 77, 0, expected, "q")


@pytest.mark.parametrize("holder", [None, {}, {"chat": 5}, {"chat": {"id": -5, "type": "group"}}])
def test_a_button_without_a_private_chat_is_only_acknowledged(holder: object) -> None:
    """Such as one under a message that is gone."""
    assert read(pressed("x", message=holder), KNOWN) == Incoming(Kind.STALE, 9, query="q")
    assert read(pressed(None), KNOWN) == Incoming(Kind.STALE, 9, query="q")


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_group_is_left(kind: str) -> None:
    """Whatever is said there, nothing of it goes on."""
    chat = {"id": -5, "type": kind, "title": "canary"}
    expected = Incoming(Kind.GROUP, 9, -5, message=Message(language="en"))
    assert read(message(text="canary", chat=chat), KNOWN) == expected
    joined = {"chat": chat, "from": SENDER, "new_chat_member": {"status": "member"}}
    assert read({"update_id": 9, "my_chat_member": joined}, KNOWN) == expected
    left = {**joined, "new_chat_member": {"status": "left"}}
    assert read({"update_id": 9, "my_chat_member": left}, KNOWN) is None


def test_blocking_the_bot_erases() -> None:
    """Telegram tells us; there is nobody left to answer."""
    member = {"chat": PRIVATE, "from": SENDER, "new_chat_member": {"status": "kicked"}}
    incoming = read({"update_id": 9, "my_chat_member": member}, KNOWN)
    assert incoming == Incoming(Kind.GONE, 9, 77, 0, Message(command="erase"))
    back = {**member, "new_chat_member": {"status": "member"}}
    assert read({"update_id": 9, "my_chat_member": back}, KNOWN) is None


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": 9},
        {"update_id": "9", "message": {"text": "x", "chat": PRIVATE}},
        {"update_id": 9, "message": None},
        {"update_id": 9, "message": []},
        {"update_id": 9, "message": {"text": "x"}},
        {"update_id": 9, "message": {"text": "x", "chat": {"id": 1, "type": "channel"}}},
        {"update_id": 9, "channel_post": {"text": "x", "chat": {"id": 1, "type": "channel"}}},
        {"update_id": 9, "message_reaction": {"chat": PRIVATE}},
        {"update_id": 9, "chat_member": {"chat": PRIVATE}},
        {"update_id": 9, "inline_query": {"query": "canary"}},
        message(pinned_message={}),
        message(message_auto_delete_timer_changed={}),
    ],
)
def test_what_is_not_for_us_is_nothing(update: dict[str, Any]) -> None:
    """Channels, reactions, Telegram's own notes, and kinds that do not exist yet."""
    assert read(update, KNOWN) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["chat", "id", "type", "text", "from", "data", "message", "message_id", "caption"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.sampled_from(UPDATES), JSON, st.integers())
def test_no_shape_of_an_update_raises(kind: str, body: object, number: int) -> None:
    """Whatever arrives is read as something or as nothing."""
    incoming = read({"update_id": number, kind: body}, KNOWN)
    assert incoming is None or isinstance(incoming.chat, int)


@given(st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=64), min_size=1))
def test_what_is_rendered_as_a_button_is_read_as_its_choice(ids: list[str]) -> None:
    """Reading undoes rendering."""
    reply = spoken(speak(Message(text="x")).bubbles, [Button(i, "label") for i in ids])
    rows = render(reply)[-1]["reply_markup"]["inline_keyboard"]  # type: ignore[index]
    shown = [button["callback_data"] for row in rows for button in row]
    read_back = [read(pressed(data), KNOWN) for data in shown]
    assert [i.message.choice for i in read_back if i] == ids
