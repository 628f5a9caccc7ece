"""What is answered to thanks, insults and greetings; and what goes first of two needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.content.load import load
from bot.engine.model import Release
from bot.engine.session import Message, Session, Text, Turn
from bot.engine.turn import take_turn

ROOT = Path(__file__).parent.parent.parent
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.fixture(scope="module")
def release() -> Release:
    content, problems = load(ROOT)
    assert not problems
    return content.release


def told(release: Release, text: str, language: str) -> Turn:
    """Answer a text in the middle of a chat."""
    session = Session(language=language, channel="web")
    session = take_turn(release, session, Message(), NOON).session
    session = take_turn(release, session, Message(), NOON).session
    return take_turn(release, session, Message(text=text), NOON)


SAID = {
    ("nl", "thanks"): ("dankjewel", "bedankt hoor", "dank je voor je hulp"),
    ("nl", "insult"): ("je bent dom", "rot op bot", "stomme robot"),
    ("nl", "test"): ("hallo", "test", "asdf"),
    ("en", "thanks"): ("thanks", "thank you so much", "cheers"),
    ("en", "insult"): ("you are stupid", "shut up", "useless bot"),
    ("en", "test"): ("hello", "hi there", "test"),
    ("ar", "thanks"): ("شكرا", "شكرا كتير", "يسلمو"),
    ("ar", "insult"): ("أنت غبي", "روبوت غبي", "اخرس"),
    ("ar", "test"): ("مرحبا", "السلام عليكم", "سلام"),
}


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [(*key, text) for key, texts in SAID.items() for text in texts],
)
def test_small_talk_gets_a_word_back_and_the_question_again(
    release: Release, language: str, name: str, text: str
) -> None:
    turn = told(release, text, language)
    assert turn.reply.items[0] == Text(f"engine.{name}")
    assert turn.reply.choices
    assert turn.reply.heard == ()


WISHES = {
    "language": ("kunnen we turks praten", "can we speak turkish", "ممكن نحكي بالهولندي"),
    "erase": ("wis dit", "erase everything please", "امسح هذا"),
    "privacy": ("wie ben jij", "is this anonymous", "هل أنت روبوت"),
}


@pytest.mark.parametrize(
    ("wish", "text", "language"),
    [
        (wish, text, language)
        for wish, texts in WISHES.items()
        for text, language in zip(texts, ("nl", "en", "ar"), strict=True)
    ],
)
def test_a_wish_is_heard_in_every_offered_language(
    release: Release, wish: str, text: str, language: str
) -> None:
    assert release.hearing.hear(text).interrupt == wish
    turn = told(release, text, language)
    shown = {
        "language": any(choice.id == "!language.nl" for choice in turn.reply.choices),
        "erase": turn.erase,
        "privacy": turn.session.stack[-1].conversation == "privacy" if turn.session.stack else "",
    }
    assert shown[wish]


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("ik heb honger en ik ben bijna jarig", "nl", "eten"),
        ("im hungry and its almost my birthday", "en", "eten"),
        ("أنا جوعان وقريب عيد ميلادي", "ar", "eten"),
    ],
)
def test_food_and_a_bed_go_before_anything_else(
    release: Release, text: str, language: str, first: str
) -> None:
    turn = told(release, text, language)
    assert turn.reply.heard[0] == first
    assert f"!topic.{first}" in {c.id for c in turn.reply.choices} or any(
        position.conversation == first for position in turn.session.stack
    )


def test_the_words_of_a_button_are_that_button(release: Release) -> None:
    """In the middle of a dialogue an option goes before a topic."""
    turn = take_turn(release, Session(language="nl", channel="web"), Message(), NOON)
    words = release.catalog.find("nl", turn.reply.choices[1].text.key).forms[0]
    picked = take_turn(release, turn.session, Message(text=words), NOON)
    assert picked.session.asked != turn.session.asked
