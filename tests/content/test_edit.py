"""Edits by pressing: whatever is pressed, the file stays good and nobody's other words change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import edit, edit_order
from bot.content.conversations import Script, parse_conversation
from bot.content.edit import EditError, NewStep
from bot.content.outline import outline, written
from bot.content.style import formatted
from tests.conftest import ROOT, SMALL

FILE = "conversations/eten.yaml"
EATING = (SMALL / FILE).read_text(encoding="utf-8")
FALLBACK = "shared/geen_aanbod"


def read(text: str) -> Script:
    script, problems = parse_conversation(text, FILE)
    assert problems == []
    return script


def words(text: str) -> dict[str, object]:
    """Every text by its key within the conversation."""
    return {s.key.removeprefix("eten."): s.text for s in read(text).sources}


def ways(text: str) -> dict[tuple[str, str], str]:
    """Where each way of each step leads."""
    entries = outline(read(text))
    return {(e.id, way.way): written(way.target) for e in entries for way in e.onward}


def test_a_changed_text_changes_nothing_else() -> None:
    new = "Heb je vandaag al iets gegeten? Ook als het weinig was: vertel het gerust, zonder zorg."
    changed = edit.change_text(EATING, "today.ask", new)
    assert words(changed) == words(EATING) | {"today.ask": new}
    assert ways(changed) == ways(EATING)


def test_both_forms_of_a_plural_change() -> None:
    forms = {"one": "Er is {n} plek.", "other": "Er zijn {n} plekken."}
    assert words(edit.change_text(EATING, "offers.say", forms))["offers.say"] == forms


def test_the_words_before_a_question_may_come_and_go() -> None:
    without = edit.change_text(EATING, "today.say", "")
    assert "today.say" not in words(without)
    again = edit.change_text(without, "today.say", "Fijn dat je er bent.")
    assert words(again)["today.say"] == "Fijn dat je er bent."
    with pytest.raises(EditError, match="no_words"):
        edit.change_text(EATING, "today.ask", "  ")


def test_comments_and_their_order_stay() -> None:
    text = EATING.replace("  today:\n    say", "  # vraag dit rustig\n  today:\n    say")
    changed = edit.change_text(text, "keep.say", "Bewaar dit gerust.")
    assert "  # vraag dit rustig\n  today:" in changed


def test_a_step_is_put_on_a_way_and_leads_on_to_where_that_led() -> None:
    added = edit.add_step(EATING, "today", "options.no", NewStep("say", "Wat naar voor je."))
    assert words(added) == words(EATING) | {"wat_naar_voor_je.say": "Wat naar voor je."}
    assert ways(added)["today", "options.no"] == "wat_naar_voor_je"
    assert ways(added)["wat_naar_voor_je", "goto"] == "now"


def test_a_question_is_added_with_its_answers() -> None:
    new = NewStep("ask", "Wil je bellen?", ("Ja", "Nee, liever niet", ""))
    added = edit.add_step(EATING, "now", "goto", new)
    assert words(added)["wil_je_bellen.options.nee_liever_niet"] == "Nee, liever niet"
    assert ways(added)["wil_je_bellen", "options.ja"] == "where"


def test_a_search_never_leads_to_nothing() -> None:
    new = NewStep("find", "Hier luistert iemand.", about="talk", none=FALLBACK)
    added = edit.add_step(EATING, "keep", "goto", new)
    none = ways(added)["hier_luistert", "none"]
    assert read(added).conversation.steps[none] == read(added).conversation.steps["geen_aanbod"]
    twice = edit.add_step(added, "today", "options.no", new)
    assert sum(f"run: {FALLBACK}" in line for line in twice.splitlines()) == 2


def test_a_step_can_become_the_first() -> None:
    added = edit.add_step(EATING, "", "start", NewStep("say", "Hoi!"))
    assert read(added).conversation.start == "hoi"
    assert ways(added)["hoi", "goto"] == "today"


def test_who_waited_at_a_step_that_is_gone_is_led_on() -> None:
    gone = edit.remove_step(EATING, "now")
    assert read(gone).conversation.was == {"honger": "today", "now": "where"}
    assert ways(gone)["today", "options.no"] == "where"
    assert read(gone).transcripts[0].visits == ("offers",)
    further = edit.remove_step(gone, "where")
    assert read(further).conversation.was["now"] == "offers"


def test_a_former_id_is_never_given_to_something_else() -> None:
    step = NewStep("say", "Wat naar voor je.")
    once = edit.add_step(EATING, "today", "options.no", step)
    gone = edit.remove_step(once, "wat_naar_voor_je")
    again = edit.add_step(gone, "today", "options.no", step)
    assert "wat_naar_voor_2" in read(again).conversation.steps
    assert read(again).conversation.was["wat_naar_voor_je"] == "now"


def test_a_question_that_led_to_several_places_asks_where_to() -> None:
    with pytest.raises(EditError, match="where_to"):
        edit.remove_step(EATING, "today")
    assert read(edit.remove_step(EATING, "today", "where")).conversation.start == "where"
    with pytest.raises(EditError, match="first_step"):
        edit.remove_step(EATING, "today", "/praten")


def test_one_answer_is_left_for_everybody() -> None:
    begin = (SMALL / "conversations/begin.yaml").read_text(encoding="utf-8")
    one = edit.remove_option(begin, "topics", "eten")
    with pytest.raises(EditError, match="last_option"):
        edit.remove_option(one, "topics", "praten")


def test_an_answer_leads_elsewhere_or_is_refused() -> None:
    assert ways(edit.lead(EATING, "today", "options.yes", "/praten"))["today", "options.yes"] == (
        "/praten"
    )
    with pytest.raises(EditError, match="no_such_step"):
        edit.lead(EATING, "today", "options.yes", "nergens")


def test_a_new_conversation_reads_well_and_ends_with_help() -> None:
    first = NewStep("find", "Hier kun je een bril vragen.", about="school", none=FALLBACK)
    name, text = edit.begin("Een bril voor school", ["child", "parent"], ["een_bril_voor"], first)
    assert name == "een_bril_voor_2"
    script, problems = parse_conversation(text, f"conversations/{name}.yaml")
    assert problems == []
    assert set(script.conversation.steps) == {"hier_kun_je_een", "geen_aanbod"}
    assert formatted(text) == text


def test_a_played_path_becomes_a_test() -> None:
    added = edit.add_test(EATING, {"role": "child"}, ["yes"], ["today", "where"])
    test = read(added).transcripts[-1]
    assert (test.given, test.play, test.visits) == ({"role": "child"}, ("yes",), ("today", "where"))
    assert read(edit.remove_test(added, 1)).transcripts == read(EATING).transcripts


def test_every_script_of_lucht_survives_an_edit_byte_for_byte_elsewhere() -> None:
    for path in sorted((ROOT / "conversations").glob("*.yaml"))[:60:6]:
        if path.name in ("lucht.yaml", "gevaar.yaml", "stijl.yaml"):
            continue
        text = path.read_text(encoding="utf-8")
        changed = edit.change_text(text, "title", "Een andere titel")
        lines = zip(text.splitlines(), changed.splitlines(), strict=True)
        different = [new for old, new in lines if old != new]
        assert different == ["title: Een andere titel"]


WORDS = st.text(max_size=90)
Op = Callable[[str, st.DataObject], tuple[str, set[str]]]


def _text(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    key = data.draw(st.sampled_from(sorted(words(text))))
    if isinstance(words(text)[key], str):
        return edit.change_text(text, key, data.draw(WORDS)), {key}
    return edit.change_text(text, key, {"one": data.draw(WORDS), "other": data.draw(WORDS)}), {key}


def _note(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    place = data.draw(st.sampled_from(sorted(key.rpartition(".")[0] for key in words(text))))
    return edit.change_note(text, place, data.draw(WORDS)), set()


def _lead(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    step, way = data.draw(st.sampled_from(sorted(ways(text))))
    return edit.lead(text, step, way, _target(text, data)), set()


def _target(text: str, data: st.DataObject) -> str:
    return data.draw(st.sampled_from([*read(text).conversation.steps, "end", "/praten", "niets"]))


def _option(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    step = data.draw(st.sampled_from(sorted(read(text).conversation.steps)))
    return edit.add_option(text, step, data.draw(WORDS), _target(text, data)), set()


def _step(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    step, way = data.draw(st.sampled_from([("", "start"), *sorted(ways(text))]))
    kind = data.draw(st.sampled_from(["say", "ask", "find", "card", "run"]))
    choices = tuple(data.draw(st.lists(WORDS, max_size=3)))
    about = "shared/plaats" if kind == "run" else "food"
    return edit.add_step(
        text, step, way, NewStep(kind, data.draw(WORDS), choices, about, FALLBACK)
    ), set()


def _gone(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    step = data.draw(st.sampled_from(sorted(read(text).conversation.steps)))
    to = data.draw(st.sampled_from(["", "end", *read(text).conversation.steps]))
    gone = {key for key in words(text) if key.startswith(f"{step}.")}
    return edit.remove_step(text, step, to), gone


def _heard(text: str, data: st.DataObject) -> tuple[str, set[str]]:
    return edit.change_heard(text, data.draw(st.lists(WORDS, max_size=4))), {"heard_as"}


OPS: list[Op] = [_text, _note, _lead, _option, _step, _gone, _heard]


@settings(max_examples=25)
@given(st.data())
def test_any_edits_one_after_the_other_give_a_good_file_or_an_honest_refusal(
    data: st.DataObject,
) -> None:
    """And no text changes, comes or goes that was not asked for; ids are short enough."""
    text = EATING
    for op in data.draw(st.lists(st.sampled_from(OPS), max_size=5)):
        before = words(text)
        try:
            after, asked = op(text, data)
        except EditError:
            continue
        for key, forms in before.items():
            assert key in asked or words(after)[key] == forms
        assert formatted(after) == after
        text = after
    conversation = read(text).conversation
    assert conversation.start in conversation.steps
    assert set(conversation.was.values()) <= set(conversation.steps)
    assert not set(conversation.was) & set(conversation.steps)
    for step, way in ways(text).items():
        assert way in ("end", "/praten") or way in conversation.steps, step


CHILD = {"role": ["child"]}


def order(text: str) -> list[str]:
    """The answers of the first question, as they are shown."""
    return [way.way for entry in outline(read(text)) if entry.id == "today" for way in entry.onward]


def test_an_answer_moves_up_and_down_and_not_past_the_ends() -> None:
    first, *rest = order(EATING)
    name = first.removeprefix("options.")
    down = edit_order.move_option(EATING, "today", name, 1)
    assert order(down) == [rest[0], first, *rest[1:]]
    assert words(down) == words(EATING)
    assert ways(down) == ways(EATING)
    assert edit_order.move_option(down, "today", name, -1) == EATING
    with pytest.raises(EditError, match="no_further"):
        edit_order.move_option(EATING, "today", name, -1)
    with pytest.raises(EditError, match="no_such_text"):
        edit_order.move_option(EATING, "now", name, 1)


def test_it_may_depend_on_who_somebody_is() -> None:
    new = NewStep("when", "Dat is niet jouw schuld.", case={**CHILD, "age": ["8_11", "12_17"]})
    added = edit.add_step(EATING, "today", "options.no", new)
    step = ways(added)["today", "options.no"]
    assert ways(added)[step, "else"] == "now"
    assert ways(added)[ways(added)[step, "when.0"], "goto"] == "now"
    (entry,) = [e for e in outline(read(added)) if e.id == step]
    assert entry.onward[0].when == {"role": ("child",), "age": ("8_11", "12_17")}
    assert words(added)[f"{ways(added)[step, 'when.0']}.say"] == "Dat is niet jouw schuld."
    silent = edit.add_step(EATING, "today", "options.no", NewStep("when", case=CHILD))
    assert words(silent) == words(EATING)
    with pytest.raises(EditError, match="no_case"):
        edit.add_step(EATING, "today", "options.no", NewStep("when", case={"role": []}))


def test_cases_come_and_go_but_for_the_last() -> None:
    text = edit.add_step(EATING, "today", "options.no", NewStep("when", case=CHILD))
    step = ways(text)["today", "options.no"]
    more = edit_order.add_case(text, step, {"open": ["night"]}, "where")
    assert ways(more)[step, "when.1"] == "where"
    assert ways(edit_order.remove_case(more, step, "when.0"))[step, "when.0"] == "where"
    assert edit_order.remove_case(more, step, "when.1") == text
    for wrong in ("when.0", "when.7", "else"):
        with pytest.raises(EditError):
            edit_order.remove_case(text, step, wrong)


def test_a_step_moves_to_another_way_with_what_it_says() -> None:
    """What led to it leads on; it leads to where the way led on which it stands now."""
    assert (ways(EATING)["today", "options.no"], ways(EATING)["now", "goto"]) == ("now", "where")
    moved = edit_order.move_step(EATING, "now", "offers", "goto")
    assert ways(moved)["today", "options.no"] == "where"
    assert ways(moved)["offers", "goto"] == "now"
    assert ways(moved)["now", "goto"] == ways(EATING)["offers", "goto"]
    assert words(moved) == words(EATING)
    first = edit_order.move_step(EATING, "now", "", "")
    assert read(first).conversation.start == "now"
    assert ways(first)["now", "goto"] == "today"


def test_a_search_takes_the_part_for_nothing_found_along() -> None:
    moved = edit_order.move_step(EATING, "offers", "today", "options.yes")
    assert {ways(moved)[step, "goto"] for step in ("offers", "nothing")} == {"where"}
    assert ways(moved)["where", "goto"] == "keep"


def test_what_leads_to_several_places_does_not_move() -> None:
    with pytest.raises(EditError, match="moves_apart"):
        edit_order.move_step(EATING, "today", "now", "goto")
    for to, way in (("now", "goto"), ("where", "else"), ("nergens", "goto")):
        with pytest.raises(EditError):
            edit_order.move_step(EATING, "now", to, way)
