"""Nobody meets nothing: whoever types of a topic is led somewhere, and asked six things at most."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from bot.content.conversations import ROLES
from bot.content.load import Content
from bot.content.transcripts import begin, press
from bot.engine.model import Ask, Conversation, Option, Target
from bot.engine.session import Message, Session, Turn
from bot.engine.turn import open_at, take_turn
from tests.conftest import NOON

AT_ONCE = 6


def conversations(content: Content) -> list[Conversation]:
    return [script.conversation for script in content.scripts.values()]


def sees(option: Option, role: str) -> bool:
    return role in option.when.get("role", ROLES)


def test_every_topic_that_is_heard_leads_every_role_somewhere(real: Content) -> None:
    for one, role in product(conversations(real), ROLES):
        if one.heard_as:
            assert role in one.roles or role in one.instead, (one.id, role)


def test_no_question_shows_anybody_more_than_six_buttons(real: Content) -> None:
    for one in conversations(real):
        for step, role in product(one.steps.values(), sorted(one.roles)):
            if isinstance(step, Ask):
                shown = [option for option in step.options.values() if sees(option, role)]
                assert len(shown) <= AT_ONCE, f"{one.id}.{step.id} shows a {role} {len(shown)}"


def said(content: Content, text: str, **known: str) -> str:
    """Return the conversation somebody comes to who types this as first words."""
    release = content.release
    session = Session(answers=known)
    session = open_at(release, session, release.frame.start, NOON).session
    return take_turn(release, session, Message(text=text), NOON).session.stack[-1].conversation


@pytest.mark.parametrize(
    ("role", "text", "there"),
    [
        ("child", "ik heb een brief van de deurwaarder", "eigen_geld"),
        ("child", "incasso", "eigen_geld"),
        ("child", "de zaak van mijn vader is failliet", "geldzorgen"),
        ("child", "krijgen wij toeslag", "geldzorgen"),
        ("parent", "we hebben geen geld", "geldzorgen"),
        ("parent", "ik heb een boete gekregen", "schulden"),
        ("parent", "mijn buurvrouw heeft geldzorgen", "buren"),
        ("helper", "ik schaam me", "zorg_om_kind"),
        ("helper", "komt jeugdzorg als ik hulp vraag", "zorg_om_kind"),
    ],
)
def test_first_words_of_somebody_whose_role_is_known_are_understood(
    real: Content, role: str, text: str, there: str
) -> None:
    assert said(real, text, role=role) == there


def test_a_parent_without_money_is_not_spoken_to_as_a_child(real: Content) -> None:
    release = real.release
    session = Session(answers={"role": "parent"})
    turn = open_at(release, session, Target(conversation="geldzorgen"), NOON)
    assert turn.reply.items[0].key == "geldzorgen.adult.say"


def typed_at(content: Content, at: Target, text: str) -> Turn:
    """Type a text while a question waits."""
    session = open_at(content.release, Session(answers={"role": "child"}), at, NOON).session
    return take_turn(content.release, session, Message(text=text), NOON)


def test_who_types_the_words_of_a_button_presses_it(real: Content) -> None:
    """Of "twaalf tot en met zeventien" and "een keer echt weg" likeness alone makes danger."""
    turn = typed_at(real, Target("", "leeftijd"), "Twaalf tot en met zeventien")
    assert (turn.session.answers.get("age"), turn.reply.signal) == ("12_17", "")
    turn = typed_at(real, Target("", "vakantie"), "een keer echt weg")
    assert turn.reply.signal == ""
    assert turn.reply.items[0].key == "vakantie.away.say"
    assert "engine.soft" not in [getattr(item, "key", "") for item in turn.reply.items]


def test_words_of_danger_are_heard_also_when_a_button_has_them(real: Content) -> None:
    turn = typed_at(real, Target("", "hulp_nu"), "Ik wil niet meer leven")
    assert turn.reply.signal == "suicide"
    turn = typed_at(real, Target("", "pesten"), "Ze doen mij pijn")
    assert turn.reply.signal == "abuse"


def test_a_button_that_leads_to_help_in_danger_says_so(real: Content) -> None:
    """So that who types its words instead of pressing it is heard as in danger."""
    grave = {"hurt", "unsafe", "afraid", "life", "dark", "sex", "no_bed"}
    for one in conversations(real):
        for step in one.steps.values():
            for option in step.options.values() if isinstance(step, Ask) else ():
                assert option.id not in grave or option.danger, (one.id, step.id, option.id)


def pressed(content: Content, name: str) -> set[tuple[str, str]]:
    """Return the buttons of a conversation's own questions that its own tests press."""
    found: set[tuple[str, str]] = set()
    for test in content.scripts[name].transcripts:
        turn = begin(content.release, test, NOON)
        for option in test.play:
            top = turn.session.stack[-1]
            found |= {(top.step, option)} if top.conversation == name else set()
            message = press(turn.session.reply, option)
            assert message, (name, test.line, option)
            turn = take_turn(content.release, turn.session, message, NOON)
    return found


def test_a_conversation_holds_a_test_for_every_role_and_every_button(real: Content) -> None:
    for script in real.scripts.values():
        one, tests = script.conversation, script.transcripts
        assert one.roles <= {test.given.get("role", "") for test in tests}, one.id
        asks = [step for step in one.steps.values() if isinstance(step, Ask)]
        buttons = {(step.id, option) for step in asks for option in step.options}
        assert not buttons - pressed(real, one.id), one.id


def ways(content: Content, start: str, role: str) -> Iterator[tuple[str, str]]:
    """Press every button of every question of a conversation; yield it and where it leads."""
    turn = open_at(content.release, Session(answers={"role": role}), Target("", start), NOON)
    waiting, seen = [turn.session], set()
    while waiting:
        session = waiting.pop()
        for choice in session.reply.choices:
            turn = take_turn(content.release, session, Message(choice=choice.id), NOON)
            top = turn.session.stack[-1].conversation
            yield choice.id, top
            if choice.id not in seen and turn.session.stack[0].conversation == start:
                waiting.append(turn.session)
            seen.add(choice.id)


@pytest.mark.parametrize("role", ROLES)
def test_no_button_leads_somebody_to_what_is_for_others(real: Content, role: str) -> None:
    for one in conversations(real):
        for button, name in ways(real, one.id, role) if role in one.roles else ():
            assert role in real.scripts[name].conversation.roles, (one.id, button, name)
