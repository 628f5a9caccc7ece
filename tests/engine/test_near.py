"""Near you: honest about where nothing local was looked at, and an end at a person where known."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.load import Content, load
from bot.engine.model import Target
from bot.engine.session import Message, Session, Shown, Text
from bot.engine.turn import open_at, take_turn
from bot.engine.walk import NOTHING_LOCAL
from bot.wording import speak
from tests.conftest import NOON

TEXEL, DEVENTER = "Texel", "Deventer"
NURSE = """
  - id: zuster
    kind: person
    name: Zuster Noor
    status: active
    needs: [food]
    roles: [child]
    applicants: [child]
    service_area: [GM0448]
    phones: [{number: 06-12345678}]
    gives: Eten, en iemand die meedenkt.
    who: Voor iedereen in het dorp.
    how: Bel of stuur een bericht.
    provenance:
      - {fields: [name, phones, gives, who, how], source: 'https://dorp.example', year: 2026}
"""


@pytest.fixture
def village(root: Path) -> Content:
    """The small content, with one invented person in Texel."""
    path = root / "directory" / "services" / "all.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NURSE, encoding="utf-8")
    content, problems = load(root)
    assert problems == []
    return content


def offer(content: Content, role: str, place: str) -> Session:
    """Play the small conversation about food up to its offers."""
    session = Session(answers={"role": role})
    start = open_at(content.release, session, Target(conversation="eten"), NOON).session
    yes = start.reply.choices[0].id
    session = take_turn(content.release, start, Message(choice=yes), NOON).session
    if not place:
        skip = session.reply.choices[-1].id
        return take_turn(content.release, session, Message(choice=skip), NOON).session
    session = take_turn(content.release, session, Message(text=place), NOON).session
    there = session.reply.choices[0].id
    return take_turn(content.release, session, Message(choice=there), NOON).session


def honest(session: Session) -> int:
    items = session.reply.items
    return sum(isinstance(item, Text) and item.key == NOTHING_LOCAL for item in items)


def shown(session: Session) -> list[str]:
    return [
        item.service for item in session.reply.items if isinstance(item, Shown) and not item.part
    ]


def test_a_place_without_entries_of_its_own_is_told_so_once(village: Content) -> None:
    session = offer(village, "child", DEVENTER)
    assert shown(session) == ["eetbank"]
    assert honest(session) == 1
    texts = [bubble.text for bubble in speak(village.release, session, NOON).bubbles]
    assert any("Iets in Deventer zelf ken ik hiervoor nog niet" in text for text in texts)


def test_nothing_is_said_about_a_place_that_is_not_known(village: Content) -> None:
    session = offer(village, "child", "")
    assert shown(session) == ["eetbank"]
    assert honest(session) == 0


def test_a_dialogue_ends_at_a_person_where_one_is_known(village: Content) -> None:
    session = offer(village, "child", TEXEL)
    assert shown(session) == ["zuster", "eetbank"]
    assert honest(session) == 0


def test_entries_for_others_are_still_entries(village: Content) -> None:
    """The nurse is for children; a parent is not told that nobody looked at Texel."""
    session = offer(village, "parent", TEXEL)
    assert shown(session) == ["eetbank"]
    assert honest(session) == 0


def test_a_conversation_for_adults_looks_for_adults_when_nobody_said_who_asks(
    real: Content,
) -> None:
    """First words such as "ik ga scheiden" lead here before anybody was asked for a role."""
    session = open_at(real.release, Session(), Target(conversation="scheiding"), NOON).session
    law = next(choice for choice in session.reply.choices if ".law~" in choice.id)
    session = take_turn(real.release, session, Message(choice=law.id), NOON).session
    assert shown(session) == ["juridisch_loket"]
    assert "role" not in session.answers


def test_beside_whom_one_can_call_nothing_is_said_about_what_is_not_known_near(
    village: Content,
) -> None:
    """Who answers the phone knows what is near; the sentence would only stand in the way."""
    session = Session(answers={"role": "child", "place": "GM0448"})
    talking = open_at(village.release, session, Target(conversation="praten"), NOON).session
    assert "kinderlijn" in shown(talking)
    assert honest(talking) == 0


def test_a_service_is_not_shown_twice_in_one_reply(root: Path) -> None:
    """Two look-ups after each other find the same line: it stands on the screen once."""
    path = root / "conversations" / "praten.yaml"
    text = path.read_text(encoding="utf-8")
    assert "goto: ask" in text
    again = "\n  again: {find: {need: talk, max: 2}, say: Ook deze., none: ask, goto: ask}\n  ask:"
    text = text.replace("goto: ask", "goto: again", 1).replace("\n  ask:", again, 1)
    path.write_text(text, encoding="utf-8")
    content, _ = load(root)
    session = Session(answers={"role": "child"})
    talking = open_at(content.release, session, Target(conversation="praten"), NOON)
    assert [position.step for position in talking.visited][-2:] == ["again", "ask"]
    assert sorted(shown(talking.session)) == ["altijd", "kinderlijn"]
    said = [item.key for item in talking.session.reply.items if isinstance(item, Text)]
    assert "praten.again.say" not in said
