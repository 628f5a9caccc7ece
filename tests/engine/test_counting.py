"""What is counted of a chat: one choice a question, of who was told before, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.load import Content, load
from bot.engine.session import Count, Message, Session, Text
from bot.engine.turn import take_turn
from bot.wording import speak
from tests.conftest import NOON, count_meals, edit

MEALS = "eten.today"
TOLD = "engine.counted"


class Talk:
    """A chat that notes what is to be counted, and how often it was told of that before."""

    def __init__(self, content: Content) -> None:
        self.release = content.release
        self.session = Session()
        self.counts: list[Count] = []
        self.told = 0
        self.buttons: list[str] = []

    def send(self, **message: object) -> Talk:
        turn = take_turn(self.release, self.session, Message(**message), NOON)
        packed = msgspec.msgpack.encode(turn.session)
        self.session = msgspec.msgpack.decode(packed, type=Session)
        if turn.count:
            assert self.told, "counted before it was told"
            self.counts.append(turn.count)
        self.said = [item.key for item in turn.reply.items if isinstance(item, Text)]
        self.told += TOLD in self.said
        self.choices = [choice.id for choice in turn.reply.choices]
        self.buttons += self.choices
        return self

    def press(self, option: str) -> Talk:
        return self.send(choice=next(one for one in self.choices if f".{option}~" in one))

    @property
    def heard(self) -> list[str]:
        return [bubble.text for bubble in speak(self.release, self.session, NOON).bubbles]


@pytest.fixture
def asked(counting: Content) -> Talk:
    """A chat in which the question waits."""
    return Talk(counting).send().press("child").press("eten")


def test_a_choice_is_counted_and_was_told_before(asked: Talk) -> None:
    assert asked.said == ["eten.today.say", TOLD, "eten.today.ask"]
    assert asked.press("no").counts == [Count(MEALS, "no")]


def test_what_is_counted_is_a_choice_without_anything_beside_it() -> None:
    """No role, place, age, language or time goes along."""
    assert Count.__struct_fields__ == ("question", "choice")


def test_words_that_choose_an_option_count_as_that_option(asked: Talk) -> None:
    assert asked.send(text="nee").counts == [Count(MEALS, "no")]


def test_skipping_counts_nothing(asked: Talk) -> None:
    assert asked.press("skip").counts == []
    assert asked.session.counted == ()


def test_who_skipped_and_comes_back_may_still_count(asked: Talk) -> None:
    asked.press("skip").send(command="terug")
    assert TOLD in asked.said
    assert asked.press("yes").counts == [Count(MEALS, "yes")]


@pytest.mark.parametrize("again", ["back", "old button", "start"])
def test_a_second_choice_is_taken_and_not_counted(asked: Talk, again: str) -> None:
    """Back, an old button, or all over again: the first choice stands, and that is said."""
    old = next(one for one in asked.choices if ".yes~" in one)
    asked.press("no")
    if again == "old button":
        asked.send(choice=old)
    else:
        asked.send(command="terug" if again == "back" else "start")
        if again == "start":
            asked.press("child").press("eten")
        assert TOLD not in asked.said
        asked.press("yes")
    assert asked.counts == [Count(MEALS, "no")]


def test_danger_at_a_counted_question_counts_nothing(asked: Talk) -> None:
    assert asked.send(text="nee, ik wil dood").counts == []


def test_the_first_words_of_a_chat_are_no_count(root: Path) -> None:
    """They may answer the first question, before anybody was told."""
    count_meals(root)
    edit(root, "conversations/lucht.yaml", "start: /begin", "start: /eten")
    content, problems = load(root)
    assert problems == []
    talk = Talk(content).send(text="Nee")
    assert talk.session.answers == {"today": "no"}
    assert talk.counts == []


def test_a_question_that_begins_to_count_is_asked_anew(small: Content, counting: Content) -> None:
    """Who saw it before the counting began was not told."""
    talk = Talk(small).send().press("child").press("eten")
    talk.release = counting.release
    talk.press("no")
    assert talk.counts == []
    assert talk.said == ["engine.question_changed", "eten.today.say", TOLD, "eten.today.ask"]
    assert talk.press("no").counts == [Count(MEALS, "no")]


def test_it_is_told_where_a_question_is_put_briefly_but_was_another(
    small: Content, counting: Content
) -> None:
    """ "Thank you" is answered briefly; meanwhile the counting began."""
    talk = Talk(small).send().press("child").press("eten")
    talk.release = counting.release
    assert TOLD in talk.send(text="dankjewel").said
    assert TOLD not in talk.send(text="dankjewel").said


def test_what_is_known_says_that_a_choice_was_counted_and_erasing_that_it_stays(
    asked: Talk,
) -> None:
    assert "engine.stays_counted" not in asked.send(command="wis").said
    talk = asked.send().press("child").press("eten").press("no").send(command="watweetje")
    said = "Heb je vandaag gegeten? Bij deze vraag telde je keuze mee, zonder naam."
    assert said in talk.heard
    assert talk.send(command="wis").said == ["engine.erased", "engine.stays_counted"]


def test_a_session_from_before_there_were_counts_still_opens() -> None:
    old = msgspec.to_builtins(Session(turn=3))[:-1]
    assert msgspec.convert(old, Session) == Session(turn=3)


MOVES = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 9)),
    st.tuples(st.just("old"), st.integers(0, 99)),
    st.tuples(st.just("text"), st.sampled_from(["ja", "nee", "1", "2", "ik heb honger", "x"])),
    st.tuples(st.just("command"), st.sampled_from(["terug", "start", "help", "stop", "taal"])),
)


@given(st.lists(MOVES, max_size=25))
def test_however_it_is_played_a_session_counts_once(counting: Content, moves: list) -> None:
    """Old buttons, back, words, all over again: never twice, and never before it was told."""
    talk = Talk(counting).send(text="ik heb honger")
    for kind, what in moves:
        if kind == "press":
            talk.send(choice=talk.choices[what % len(talk.choices)] if talk.choices else "")
        elif kind == "old":
            talk.send(choice=talk.buttons[what % len(talk.buttons)])
        else:
            talk.send(**{kind: what})
    assert len(talk.counts) <= 1
    assert talk.session.counted == tuple(count.question for count in talk.counts)
