"""Erasing: in every language that is offered, in every channel, with honest words at the end."""

from __future__ import annotations

import pytest

from bot.content.load import Content
from bot.engine.session import Message, Session
from bot.engine.turn import take_turn
from bot.wording import speak
from tests.conftest import NOON

HEARD, BUTTON = "lucht.interrupts.erase.heard_as", "lucht.interrupts.erase.button"
WORDS = ("engine.erased", "telegram.left_over", "telegram.not_cleared", BUTTON)


def offered(content: Content) -> list[str]:
    return [code for code, known in content.release.catalog.languages.items() if known.offered]


def test_erasing_is_heard_in_every_language_whatever_is_spoken(real: Content) -> None:
    """People mix languages: each phrase of each works in a chat in any other, at any question."""
    catalog = real.release.catalog
    for own in offered(real):
        phrases = [*catalog.phrases(HEARD).get(own, ()), catalog.say(own, BUTTON)]
        assert len(phrases) > 3, f"{own} has no words of its own for erasing"
        for phrase in phrases:
            for spoken in offered(real):
                session = Session(language=spoken, channel="telegram")
                turn = take_turn(real.release, session, Message(text=phrase), NOON)
                assert turn.erase, (own, phrase, spoken)


def test_the_words_of_a_wish_alone_are_no_alarm(real: Content) -> None:
    """ "Doei" or "remove all" is what it says; only words of danger themselves come before it."""
    release = real.release
    for wish in release.frame.interrupts.values():
        for phrases in release.catalog.phrases(wish.heard_as).values():
            for phrase in phrases:
                assert release.hearing.hear(phrase).danger == "", phrase
    assert release.hearing.hear("wis alles, ik wil dood").danger == "suicide"


def test_what_is_said_after_erasing_is_said_in_every_language(real: Content) -> None:
    """What could not be cleared is told in the language of the chat, not in Dutch instead."""
    catalog = real.release.catalog
    for code in offered(real):
        for key in WORDS:
            assert key in catalog.texts[code], (code, key)


@pytest.mark.parametrize("channel", ["web", "telegram", "terminal"])
def test_nothing_but_the_language_outlives_erasing(real: Content, channel: str) -> None:
    """The session after it is as new as that of somebody who never said a word."""
    session = Session(language="en", channel=channel)
    for text in ("I am hungry", "yes", "Deventer"):
        session = take_turn(real.release, session, Message(text=text), NOON).session
    turn = take_turn(real.release, session, Message(choice="!erase"), NOON)
    assert turn.erase
    assert turn.session == Session(language="en", channel=channel)
    assert speak(real.release, turn.session, NOON).bubbles == ()
