"""Rehearsal, replay, four eyes, withdrawal and translations that went stale: the pure rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.load import load
from bot.engine.model import Release
from bot.engine.session import Message, Position, Reply, Session, Shown, Text
from bot.engine.turn import take_turn
from bot.releases import eyes, overlay
from bot.releases.eyes import Approval, Hand, counted, line_of, needed, objection
from bot.releases.overlay import Withdrawn
from bot.releases.rehearse import ASKED_AGAIN, MOVES, positions, rehearse
from bot.releases.replay import STOPS, replay
from bot.releases.stale import MEANING, SPELLING, Rewritten, follow, stale_keys
from bot.wording import speak
from tests.conftest import NOON, Content, edit


def compiled(root: Path) -> Release:
    content, problems = load(root)
    assert problems == []
    return content.release


def test_on_the_same_release_everybody_goes_on(small: Content) -> None:
    found = rehearse([small.release], small.release, NOON)
    assert found.changed == ()
    assert found.unchanged == len(list(positions(small.release))) > 5


def test_a_part_is_rehearsed_below_its_callers(small: Content) -> None:
    stacks = set(positions(small.release))
    assert (Position("eten", "where"), Position("plaats", "ask")) in {
        (stack[0], Position(stack[-1].conversation, "ask")) for stack in stacks if len(stack) == 2
    }


def test_a_changed_question_is_asked_again_and_one_that_is_gone_moves(
    root: Path, small: Content
) -> None:
    edit(root, "conversations/eten.yaml", "Heb je vandaag gegeten?", "Heb je iets gegeten?")
    edit(root, "conversations/begin.yaml", "  more:", "  rest:")
    edit(root, "conversations/lucht.yaml", "/begin.more", "/begin.rest")
    found = rehearse([small.release], compiled(root), NOON)
    fates = {fate.where[-1]: (fate.kind, fate.to) for fate in found.changed}
    today, more = Position("eten", "today"), Position("begin", "more")
    assert fates == {today: (ASKED_AGAIN, today), more: (MOVES, Position("begin", "who"))}
    edit(root, "conversations/begin.yaml", "start: hello", "start: hello\nwas: {more: rest}")
    fates = {f.where[-1]: f.to for f in rehearse([small.release], compiled(root), NOON).changed}
    assert fates[more] == Position("begin", "rest")


def test_what_was_rehearsed_is_what_happens(root: Path, small: Content) -> None:
    edit(root, "conversations/eten.yaml", "Heb je vandaag gegeten?", "Heb je iets gegeten?")
    new = compiled(root)
    for fate in rehearse([small.release], new, NOON).changed:
        session = Session(turn=3, stack=fate.where, asked="old")
        turn = take_turn(new, session, Message(choice="!resume"), NOON)
        assert turn.session.stack[-1] == fate.to


def test_the_scripts_own_tests_are_told_side_by_side(root: Path, small: Content) -> None:
    assert replay(small.release, small.release, small.transcripts) == ()
    edit(root, "conversations/eten.yaml", "Fijn dat je het zegt.", "Goed dat je dit zegt.")
    (found,) = replay(small.release, compiled(root), small.transcripts)
    assert "Fijn dat je het zegt." in found.old
    assert "Goed dat je dit zegt." in found.new
    edit(root, "conversations/eten.yaml", "no: {text: Nee", "nope: {text: Nee")
    (found,) = replay(small.release, compiled(root), small.transcripts)
    assert found.new[-1] == STOPS


# -- four eyes

PEOPLE = {"admin": "operator", "ann": "operator", "bob": "operator", "eve": "ann", "joe": "eve"}
PEOPLE |= {"puppet": "admin", "other": "admin"}


def hand(name: str, *keys: str) -> Hand:
    return Hand(name, line_of(name, PEOPLE), frozenset(keys))


@pytest.mark.parametrize(
    ("approver", "author", "why"),
    [
        (hand("ann"), hand("ann"), "own"),
        (hand("bob", "k"), hand("ann", "k"), "same"),
        (hand("eve"), hand("ann"), "line"),
        (hand("joe"), hand("ann"), "line"),
        (hand("ann"), hand("eve"), "line"),
        (hand("puppet"), hand("other"), "line"),
        (hand("bob", "k1"), hand("ann", "k2"), ""),
        (hand("bob"), hand("joe"), ""),
    ],
)
def test_who_may_approve_whom(approver: Hand, author: Hand, why: str) -> None:
    assert objection(approver, [author]) == why
    assert objection(approver, [hand("admin"), author]) in (why, "line")


HANDS = st.builds(
    hand, st.sampled_from(sorted(PEOPLE)), st.sampled_from(["k1", "k2", "k3", "k4", "k5"])
)


@given(st.lists(HANDS, min_size=1), st.lists(HANDS), st.sampled_from(["now", "old"]))
def test_no_set_of_approvals_counts_somebody_twice_or_who_made_it(
    made: list[Hand], given_by: list[Hand], change: str
) -> None:
    found = counted("now", [Approval(one, change) for one in given_by], made)
    assert change == "now" or not found
    for number, one in enumerate(found):
        assert not any(one.meets(other) for other in made)
        assert not any(one.meets(other) for other in found[:number])


def test_a_loop_of_invitations_ends() -> None:
    assert line_of("a", {"a": "b", "b": "a"}) == {"a", "b"}


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("conversations/eten.yaml", 1),
        ("conversations/gevaar.yaml", 2),
        ("conversations/hulp_nu.yaml", 2),
        ("conversations/heard/ar.yaml", 2),
        ("conversations/zonder_papieren.yaml", 2),
    ],
)
def test_danger_and_critical_texts_need_two(path: str, count: int) -> None:
    critical = ["conversations/zonder_papieren.yaml"]
    assert needed(["directory/holidays.yaml", path], critical) == count


def test_a_publisher_did_not_write_it() -> None:
    assert eyes.publisher_objection(hand("ann"), [hand("ann")]) == "own"
    assert eyes.publisher_objection(hand("bob", "k"), [hand("ann", "k")]) == "same"
    assert eyes.publisher_objection(hand("bob"), [hand("ann")]) == ""


# -- withdrawal


def test_a_service_that_was_withdrawn_is_found_nowhere_and_told_nowhere(small: Content) -> None:
    release = overlay.apply(small.release, [Withdrawn("service", "eetbank")])
    for role in ("child", "parent", "helper"):
        found = release.directory.find("food", role=role, age="", place="", now=NOON, limit=9)
        assert "eetbank" not in found
    waiting = Session(turn=1, reply=Reply(items=(Shown("eetbank"),)))
    (bubble,) = speak(release, waiting, NOON).bubbles
    assert bubble.service is None
    assert bubble.text == small.release.catalog.say("nl", "service.gone")


def test_a_text_that_was_withdrawn_is_replaced_in_every_language(small: Content) -> None:
    release = overlay.apply(small.release, [Withdrawn("text", "eten.today.say")])
    waiting = Session(turn=1, reply=Reply(items=(Text("eten.today.say"),)))
    (bubble,) = speak(release, waiting, NOON).bubbles
    assert bubble.text == small.release.catalog.say("nl", "service.gone")
    assert overlay.apply(small.release, []) is small.release


def test_what_danger_needs_cannot_be_withdrawn(small: Content) -> None:
    """A wrong danger number is put right by a release or a roll-back, never by silence."""
    refused = {
        Withdrawn("service", "altijd"): "danger",
        Withdrawn("service", "eetbank"): "",
        Withdrawn("service", "nobody"): "unknown",
        Withdrawn("text", "gevaar.suicide.say"): "danger",
        Withdrawn("text", "web.send"): "unknown",
        Withdrawn("text", "eten.heard_as"): "unknown",
        Withdrawn("text", "eten.today.ask"): "",
    }
    assert {item: overlay.refusal(small.release, item) for item in refused} == refused
    assert overlay.refusal(small.release, Withdrawn("service", "eetbank"), ["eetbank"]) == "danger"


def test_with_everything_withdrawn_that_can_be_danger_is_still_answered(small: Content) -> None:
    release = small.release
    items = [Withdrawn("service", name) for name in release.directory.services]
    items += [Withdrawn("text", key) for key in release.catalog.texts["nl"]]
    possible = [item for item in items if not overlay.refusal(release, item)]
    bare = overlay.apply(release, possible)
    turn = take_turn(bare, Session(), Message(text="ik wil dood"), NOON)
    first = speak(bare, turn.session, NOON).bubbles[0]
    assert first.kind == "first"
    assert first.service is not None
    assert take_turn(bare, Session(), Message(), NOON).reply.items


# -- translations

PO = """\
msgid ""
msgstr ""
"Language: en\\n"

#. warm
msgctxt "eten.today.ask"
msgid "Heb je gegeten?"
msgstr "Have you eaten?"

#, python-brace-format
msgctxt "eten.now.say"
msgid "Bel {altijd.phone}."
msgstr "Call {altijd.phone}."

msgctxt "eten.nothing.say"
msgid "Niets."
msgstr ""
"""


def test_another_meaning_marks_the_translation_stale_and_keeps_it() -> None:
    after = follow(PO, {"eten.today.ask": Rewritten("eten.today.ask", "Heb je honger?", MEANING)})
    assert stale_keys(after) == ("eten.today.ask",)
    assert '#, fuzzy\n#| msgid "Heb je gegeten?"\nmsgctxt "eten.today.ask"' in after
    assert 'msgid "Heb je honger?"\nmsgstr "Have you eaten?"' in after
    assert after.endswith(PO[PO.index("#, python") :])
    again = follow(after, {"eten.today.ask": Rewritten("eten.today.ask", "Wil je eten?", MEANING)})
    assert '#| msgid "Heb je gegeten?"' in again
    assert again.count("fuzzy") == 1


def test_a_flag_that_was_there_stays() -> None:
    after = follow(
        PO, {"eten.now.say": Rewritten("eten.now.say", "Bel nu {altijd.phone}.", MEANING)}
    )
    assert "#, fuzzy, python-brace-format" in after


def test_spelling_only_leaves_the_translation_as_good_as_it_was() -> None:
    after = follow(PO, {"eten.today.ask": Rewritten("eten.today.ask", "Heb je gegéten?", SPELLING)})
    assert stale_keys(after) == ()
    assert after == PO.replace("Heb je gegeten?", "Heb je gegéten?")


def test_what_is_not_translated_cannot_go_stale() -> None:
    text = Rewritten("eten.nothing.say", "Nog niets.", MEANING)
    after = follow(PO, {"eten.nothing.say": text})
    assert stale_keys(after) == ()
    assert follow(PO, {"x": text}) == PO
