"""One turn after another, reloaded from bytes between every two, as in real life."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.load import Content, load
from bot.engine.model import Release, Target
from bot.engine.session import Message, Reply, Session, Shown
from bot.engine.turn import open_at, take_turn
from bot.wording import speak
from tests.conftest import NIGHT, NOON

SHOWN_AT_START = ["begin.hello.say", "begin.who.ask"]


class Talk:
    """A chat with a release, for tests: press, type, and look at what was said."""

    def __init__(self, release: Release, now=NOON, **known: str) -> None:
        self.release = release
        self.now = now
        self.session = Session(**known)
        self.reply = Reply()
        self.erased = False

    def send(self, **message: object) -> Talk:
        turn = take_turn(self.release, self.session, Message(**message), self.now)
        packed = msgspec.msgpack.encode(turn.session)
        self.session = msgspec.msgpack.decode(packed, type=Session)
        assert self.session == turn.session
        self.reply, self.erased = turn.reply, turn.erase
        return self

    def type(self, text: str) -> Talk:
        return self.send(text=text)

    def press(self, *options: str) -> Talk:
        for option in options:
            ids = {
                c.id.rpartition("~")[0].rpartition(".")[2] or c.id: c.id for c in self.reply.choices
            }
            self.send(choice=ids[option])
        return self

    @property
    def keys(self) -> list[str]:
        return [item.service if isinstance(item, Shown) else item.key for item in self.reply.items]

    @property
    def options(self) -> list[str]:
        return [c.id.rpartition("~")[0].rpartition(".")[2] or c.id for c in self.reply.choices]


@pytest.fixture
def talk(small: Content) -> Talk:
    return Talk(small.release)


def test_the_first_message_is_greeted(talk: Talk) -> None:
    assert talk.send().keys == SHOWN_AT_START
    assert talk.options == ["child", "parent", "helper"]


def test_a_button_answers_and_is_kept(talk: Talk) -> None:
    talk.send().press("parent")
    assert talk.session.answers == {"role": "parent"}
    assert talk.keys == ["begin.topics.ask"]


def test_an_option_for_children_is_hidden_from_parents(talk: Talk) -> None:
    assert "feest" in Talk(talk.release).send().press("child").options
    assert "feest" not in talk.send().press("parent").options


@pytest.mark.parametrize("text", ["Ik ben ouder", "ik ben ouder!", "2", "Ik ben ouderr"])
def test_typed_words_number_or_a_slip_pick_an_option(talk: Talk, text: str) -> None:
    assert talk.send().type(text).session.answers == {"role": "parent"}


def test_a_conversation_leads_to_a_service_and_on(talk: Talk) -> None:
    talk.send().press("child", "eten", "no", "skip")
    assert talk.keys == ["eten.offers.say", "eetbank", "eten.keep.say", "eetbank", "begin.more.ask"]
    assert talk.reply.ended
    assert "today" not in talk.session.answers, "kept for that conversation only"


def test_a_skipped_question_stores_nothing(talk: Talk) -> None:
    assert talk.send().press("child", "eten", "skip").session.answers == {"role": "child"}


def test_what_is_typed_first_is_greeted_and_answered(talk: Talk) -> None:
    talk.type("ik heb honger")
    assert talk.keys[0] == "begin.hello.say"
    assert talk.keys[-3:] == ["engine.about", "eten.today.say", "eten.today.ask"]
    assert talk.reply.heard == ("eten",)


def test_a_first_text_has_no_way_back_to_where_nobody_was(talk: Talk) -> None:
    assert "!back" not in talk.type("ik heb honger").options
    assert "!back" in talk.type("ik wil met iemand praten").options


def test_a_topic_in_the_middle_changes_and_leads_back(talk: Talk) -> None:
    talk.send().press("child", "eten").type("ik wil met iemand praten")
    assert talk.session.stack[-1].conversation == "praten"
    assert talk.press("!back").keys == ["eten.today.say", "eten.today.ask"]


def test_a_place_is_confirmed_before_it_is_kept(talk: Talk) -> None:
    talk.send().press("parent", "eten", "yes").type("ik woon in deventer")
    assert talk.keys == ["engine.which_place"]
    assert "place" not in talk.session.answers
    assert talk.type("ja").session.answers["place"] == "GM0150"


def test_a_place_that_nobody_knows_is_asked_again_and_can_be_skipped(talk: Talk) -> None:
    talk.send().press("parent", "eten", "yes").type("xqzzyx")
    assert talk.keys == ["engine.unclear_1", "plaats.ask.ask"]
    assert talk.press("skip").reply.ended


def test_unclear_answers_are_asked_twice_and_then_led_to_a_person(talk: Talk) -> None:
    talk.send().press("child")
    for count in (1, 2):
        assert talk.type("xqzzyx vbnm").keys == [f"engine.unclear_{count}", "begin.topics.ask"]
    talk.type("xqzzyx vbnm")
    assert talk.keys[0] == "engine.to_a_person"
    assert talk.session.stack[-1].conversation == "praten"


def test_an_unclear_answer_repeats_the_question_and_not_what_went_before(talk: Talk) -> None:
    talk.send().press("child", "eten").type("xqzzyx vbnm")
    assert talk.keys == ["engine.unclear_1", "eten.today.ask"]


def test_a_good_answer_gives_new_patience(talk: Talk) -> None:
    talk.send().press("child").type("xqzzyx")
    assert talk.press("eten").session.unclear == 0


def test_back_returns_to_the_question_before(talk: Talk) -> None:
    talk.send().press("child", "eten", "yes").send(command="back")
    assert talk.keys == ["eten.today.say", "eten.today.ask"]
    assert talk.type("terug").keys == ["begin.topics.ask"]
    assert talk.send(choice="!back").keys == ["begin.who.ask"]
    assert talk.send(command="back").keys == ["engine.no_way_back", "begin.who.ask"]


def test_the_language_changes_and_the_place_stays(talk: Talk) -> None:
    talk.send().press("child", "eten").send(command="language")
    assert talk.options == ["!language.nl", "!language.en", "!language.ar"]
    talk.press("!language.ar")
    assert talk.session.language == "ar"
    assert talk.keys == ["eten.today.say", "eten.today.ask"]


def test_the_name_of_a_language_is_enough(talk: Talk) -> None:
    assert talk.send().type("العربية").session.language == "ar"


def test_a_channel_guesses_language_and_place_only_at_first(talk: Talk) -> None:
    talk.send(command="start", language="ar", place="GM0150")
    assert (talk.session.language, talk.session.answers) == ("ar", {"place": "GM0150"})
    assert talk.send(text="hallo", language="en").session.language == "ar"


def test_a_guess_that_nobody_knows_is_ignored(talk: Talk) -> None:
    talk.send(command="start", language="xx", place="GM9999")
    assert (talk.session.language, talk.session.answers) == ("nl", {})


def test_erase_forgets_at_once_and_without_a_question(talk: Talk) -> None:
    for way in ({"text": "wissen"}, {"command": "erase"}, {"choice": "!erase"}):
        gone = Talk(talk.release).send().press("child", "eten").send(**way)
        assert gone.erased
        assert gone.keys == ["engine.erased"]
        assert gone.session == Session(language="nl", channel="web")


def test_stop_ends_and_can_be_taken_up_again(talk: Talk) -> None:
    talk.send().press("child", "eten").send(command="stop")
    assert talk.reply.ended
    assert talk.press("!resume").keys == ["eten.today.say", "eten.today.ask"]


def test_danger_comes_before_everything_and_the_dialogue_waits(talk: Talk) -> None:
    talk.send().press("child", "eten").type("ik wil dood")
    assert talk.reply.signal == "suicide"
    assert talk.keys == ["altijd", "gevaar.suicide.say", "gevaar.suicide.silent"]
    assert talk.press("!resume").keys == ["eten.today.say", "eten.today.ask"]


def test_the_line_fits_age_and_hour(talk: Talk) -> None:
    young = {"answers": {"age": "8_11"}}
    assert Talk(talk.release, NOON, **young).type("ik wil dood").keys[0] == "kinderlijn"
    assert Talk(talk.release, NIGHT, **young).type("ik wil dood").keys[0] == "altijd"


@pytest.mark.parametrize("way", [{"edited": True}, {"media": True}, {}])
def test_danger_is_heard_in_captions_edits_and_first_messages(talk: Talk, way: dict) -> None:
    assert talk.send(text="Ik wil niet meer leven.", **way).reply.signal == "suicide"


def test_a_figure_of_speech_is_no_danger(talk: Talk) -> None:
    assert talk.send().type("haha ik lach me dood").reply.signal == ""


def test_an_edited_message_says_nothing_else(talk: Talk) -> None:
    talk.send().press("child")
    before = talk.session
    assert talk.send(text="eten", edited=True).reply == Reply()
    assert talk.session == before


def test_a_picture_is_answered_and_the_question_stays(talk: Talk) -> None:
    talk.send().press("child")
    assert talk.send(media=True).keys == ["engine.cannot_see", "begin.topics.ask"]


def test_a_forged_button_changes_nothing(talk: Talk) -> None:
    talk.send().press("child")
    stack = talk.session.stack
    for forged in ("x", "a.b.c~d", "eten.today.no~000000", "!topic.nowhere", "~", "!", "." * 64):
        assert talk.send(choice=forged).reply.items
        assert talk.session.stack == stack
        assert talk.session.answers == {"role": "child"}


def test_a_button_of_an_earlier_question_goes_back_to_it(talk: Talk) -> None:
    talk.send()
    parent = next(c.id for c in talk.reply.choices if ".parent~" in c.id)
    talk.press("child", "eten").send(choice=parent)
    assert talk.session.answers == {"role": "parent"}
    assert talk.keys == ["begin.topics.ask"]


def test_the_same_button_twice_has_one_effect(talk: Talk) -> None:
    talk.send()
    child = next(c.id for c in talk.reply.choices if ".child~" in c.id)
    talk.send(choice=child)
    once = talk.session
    assert talk.send(choice=child).session == once
    assert talk.reply == Reply()


def changed(root, old: str, new: str, file: str = "eten.yaml") -> Release:
    path = root / "conversations" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    content, problems = load(root)
    assert problems == []
    return content.release


def test_a_changed_question_is_asked_again_and_never_answered_for_anybody(talk: Talk, root) -> None:
    talk.send().press("child", "eten")
    no = next(c.id for c in talk.reply.choices if ".no~" in c.id)
    talk.release = changed(root, "Heb je vandaag gegeten?", "Heb je gisteren gegeten?")
    for answer in ({"choice": no}, {"text": "nee"}):
        again = Talk(talk.release)
        again.session = talk.session
        again.send(**answer)
        assert again.keys == ["engine.question_changed", "eten.today.say", "eten.today.ask"]
        assert "today" not in again.session.answers
    assert again.type("nee").session.answers["today"] == "no"


def test_who_a_topic_is_not_for_is_led_to_what_is(root) -> None:
    file, new = "eten.yaml", "for: [child, parent]\ninstead: {helper: praten}"
    release = changed(root, "for: [child, parent]", new, file)
    talk = Talk(release).send().press("helper").type("ik heb honger")
    assert talk.session.stack[-1].conversation == "praten"
    talk = Talk(release).send().press("parent").type("ik heb honger")
    assert talk.session.stack[-1].conversation == "eten"


def test_a_topic_for_nobody_of_this_role_is_not_understood(talk: Talk) -> None:
    talk.send().press("helper").type("ik heb honger")
    assert talk.keys[0] == "engine.unclear_1"


def test_a_step_that_is_elsewhere_does_not_disturb(talk: Talk, root) -> None:
    talk.send().press("child", "eten")
    talk.release = changed(root, "Ik vond niets bij jou in de buurt.", "Niets gevonden.")
    assert talk.type("nee").session.answers["today"] == "no"


def test_a_renamed_step_is_found_through_was(talk: Talk) -> None:
    talk.send().press("child", "eten")
    top = msgspec.structs.replace(talk.session.stack[-1], step="honger")
    talk.session = msgspec.structs.replace(talk.session, stack=(top,))
    assert talk.type("nee").session.answers["today"] == "no"


def test_a_step_or_conversation_that_is_gone_leads_to_a_beginning(talk: Talk) -> None:
    talk.send().press("child", "eten")
    top = talk.session.stack[-1]
    gone = msgspec.structs.replace(top, step="weg")
    talk.session = msgspec.structs.replace(talk.session, stack=(gone,), asked="old")
    assert talk.type("nee").keys[-1] == "eten.today.ask"
    gone = msgspec.structs.replace(top, conversation="weg")
    talk.session = msgspec.structs.replace(talk.session, stack=(gone,), asked="old")
    assert talk.type("nee").keys[-1] == "begin.who.ask"
    assert talk.session.answers["role"] == "child"


def test_what_is_known_is_shown_in_full(talk: Talk) -> None:
    talk.send().press("child", "eten", "no").send(command="record")
    known = ["language", "topic", "answer", "answer", "rest"]
    assert talk.keys == ["engine.record", *(f"engine.record_{name}" for name in known)]
    said = [bubble.text for bubble in speak(talk.release, talk.session, NOON).bubbles]
    assert "Taal: Nederlands" in said
    assert "Wie ben je? Jouw antwoord: Ik ben een kind" in said
    assert "Heb je vandaag gegeten? Jouw antwoord: Nee" in said


texts = st.text(max_size=60) | st.sampled_from(["ja", "nee", "1", "terug", "wissen", "deventer"])
messages = st.fixed_dictionaries(
    {},
    optional={
        "text": texts,
        "choice": texts.map(lambda t: f"!{t}") | texts,
        "command": st.sampled_from(["start", "help", "back", "stop", "language", "x"]),
        "media": st.booleans(),
        "edited": st.booleans(),
    },
)


@given(st.lists(messages | st.integers(0, 7), max_size=12))
def test_no_message_ever_breaks_or_silences_a_chat(small: Content, moves: list) -> None:
    talk = Talk(small.release).send()
    for move in moves:
        if isinstance(move, dict):
            talk.send(**move)
            unheard = move.get("edited") and not talk.reply.signal
        else:
            choices = talk.session.reply.choices
            talk.send(choice=choices[move % len(choices)].id if choices else "")
            unheard = False
        assert talk.reply.items or unheard or talk.reply == Reply()
        assert talk.erased or unheard or talk.session.stack


def test_a_number_chooses_among_the_places_as_they_stand_on_the_screen(small: Content) -> None:
    """Typed "1" at "Bedoel je ...?" once pressed the button below the places: skip."""
    asked = open_at(small.release, Session(), Target(conversation="eten"), NOON)
    where = take_turn(small.release, asked.session, Message(text="1"), NOON)
    offered = take_turn(small.release, where.session, Message(text="Deventer"), NOON)
    shown = [choice.id for choice in offered.reply.choices]
    assert "GM0150" in shown[0]
    chosen = take_turn(small.release, offered.session, Message(text="1"), NOON)
    assert chosen.session.answers["place"] == "GM0150"
    after = take_turn(small.release, offered.session, Message(text="2"), NOON)
    assert "place" not in after.session.answers
