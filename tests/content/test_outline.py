"""The outline, the map, the preview and the findings of a conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.content import told
from bot.content.conversations import parse_conversation
from bot.content.load import Content
from bot.content.map import HEIGHT, WIDTH, drawing
from bot.content.outline import outline
from bot.content.patch import with_script
from bot.content.scene import Scene, play
from tests.conftest import NOON, ROOT, SMALL

FILE = "conversations/eten.yaml"
EATING = (SMALL / FILE).read_text(encoding="utf-8")
REJECTED = sorted((ROOT / "tests" / "rejected" / "conversations").glob("*.yaml"))


def changed(small: Content, old: str, new: str) -> Content:
    script, problems = parse_conversation(EATING.replace(old, new), FILE)
    assert problems == []
    return with_script(small, script)


def found(content: Content) -> set[tuple[str, str]]:
    """Code and place of what is wrong with the conversation about food."""
    return {(f.code, f.place) for f in told.quick(content, content.scripts["eten"], [])}


def test_steps_stand_before_what_they_lead_to(small: Content) -> None:
    ids = [entry.id for entry in outline(small.scripts["eten"])]
    assert ids == ["today", "now", "where", "offers", "nothing", "keep"]


def test_a_step_that_nothing_leads_to_comes_last_and_says_so(small: Content) -> None:
    content = changed(small, "goto: now}", "goto: where}")
    last = outline(content.scripts["eten"])[-1]
    assert (last.id, last.reached) == ("now", False)
    assert ("never_reached", "now") in found(content)


def test_what_is_wrong_stands_at_the_text_it_is_about(small: Content) -> None:
    assert found(small) == set()
    arme = changed(small, "Heb je vandaag gegeten?", "Zijn jullie arme mensen?")
    assert found(arme) == {("not_our_word", "today.ask")}
    long = changed(small, "text: Ja,", f"text: {'Ja ' * 20},")
    assert found(long) == {("button_long", "today.options.yes")}


def test_everything_that_is_wrong_is_told_at_once(small: Content) -> None:
    """Where it leads to nothing, the words are still read; even when a key cannot be."""
    text = EATING.replace("goto: now}", "goto: where}").replace("Heb je vandaag", "Arme, heb je")
    script, problems = parse_conversation(text, FILE)
    assert problems == []
    wrong = {("never_reached", "now"), ("not_our_word", "today.ask")}
    assert found(with_script(small, script)) == wrong
    script, unread = parse_conversation(text.replace("find: {need", "find: {nood"), FILE)
    content = with_script(small, script)
    codes = {finding.code for finding in told.quick(content, script, unread)}
    assert codes == {told.OTHER, "not_our_word"}


def test_what_the_command_says_gets_the_same_words_and_a_place(small: Content) -> None:
    """The way that the command adds is no part of what is wrong; each line is told once."""
    line = small.scripts["eten"].lines["now"]
    said = 'now: ends without help for a child (on the way today -> "Nee" -> now); show a service'
    lines = [
        f"{FILE}:{line}: {said}",
        f"{FILE}:{line}: {said}",
        "locales/ar/LC_MESSAGES/lucht.po:7: eten.today.ask: {n} is not in the Dutch text; take out",
        f"{FILE}:1: eten.today.say reads differently; say whether its meaning changed",
        "directory/services/food.yaml:3: 'x' is here twice; keep one of them",
        "draft:1: nothing differs from what is live; change something first",
    ]
    told_ = told.of_lines(small, lines)
    assert [(f.code, f.conversation, f.place, f.language) for f in told_] == [
        (told.EMPTY_HANDED, "eten", "now", ""),
        ("not_translated", "eten", "today.ask", "ar"),
        ("meaning", "eten", "today.say", ""),
        (told.OTHER, "", "", ""),
        ("nothing", "", "", ""),
    ]


def test_a_test_that_no_longer_fits_is_named(small: Content) -> None:
    content = changed(small, "no: {text: Nee, goto: now}", "nee: {text: Nee, goto: now}")
    assert found(content) == {("test_button", "test.0")}


def test_every_problem_of_a_rejected_script_has_words_of_its_own(small: Content) -> None:
    """What only the reader can find (a wrong key) is told as it is."""
    for path in REJECTED:
        script, unread = parse_conversation(path.read_text(encoding="utf-8"), FILE)
        if unread:
            continue
        content = with_script(small, script)
        codes = {finding.code for finding in told.quick(content, script, [])}
        assert told.OTHER not in codes, path.stem


def test_who_would_leave_empty_handed_is_told_with_the_way(small: Content) -> None:
    assert told.proven(small, small.scripts["eten"]) == ()
    content = changed(small, "yes: {text: Ja, goto: where}", "yes: {text: Ja, goto: end}")
    (finding,) = told.proven(content, content.scripts["eten"])
    assert (finding.code, finding.place) == (told.EMPTY_HANDED, "today")
    assert finding.gap


def test_the_preview_plays_until_a_move_is_gone(small: Content) -> None:
    scene = Scene("eten", known={"role": "child"}, moves=("no", "skip"))
    played = play(small.release, scene, NOON)
    assert not played.stopped
    assert [act.mine for act in played.acts] == ["", "Nee", played.acts[2].mine]
    assert "eten.now.say" in [said.key for said in played.acts[1].said]
    gone = play(small.release, replace(scene, moves=("weg",)), NOON)
    assert gone.stopped
    assert len(gone.acts) == 1


def test_the_preview_of_a_script_that_leads_nowhere_says_so(small: Content) -> None:
    content = changed(small, "goto: now}", "goto: nergens}")
    assert play(content.release, Scene("eten", moves=("no",)), NOON).broken


def test_no_two_boxes_of_the_map_overlap_and_every_way_is_a_line(small: Content) -> None:
    for script in small.scripts.values():
        drawn = drawing(outline(script))
        boxes = {(box.x, box.y) for box in drawn.boxes}
        for x, y in boxes:
            near = [(a, b) for a, b in boxes if abs(a - x) < WIDTH and abs(b - y) < HEIGHT]
            assert near == [(x, y)]
            assert 0 <= x <= drawn.width - WIDTH
            assert 0 <= y <= drawn.height - HEIGHT
        assert all(len(line.points) > 1 for line in drawn.lines)
        corners = [x for line in drawn.lines for x, _ in line.points]
        assert all(0 <= x <= drawn.width for x in corners)


def test_the_map_of_every_conversation_can_be_drawn(real: Content) -> None:
    for script in list(real.scripts.values())[::7]:
        drawn = drawing(outline(script))
        assert {box.id for box in drawn.boxes} >= set(script.conversation.steps)


@pytest.mark.parametrize(
    "name", ["without_answer", "role", "without_skip", "condition", "in_danger"]
)
def test_why_a_question_cannot_be_counted_is_told_in_words(small: Content, name: str) -> None:
    path = ROOT / "tests" / "rejected" / "conversations" / f"counted_{name}.yaml"
    said = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    (finding,) = told.of_lines(small, [f"conversations/eten.yaml:13: {said}"])
    assert finding.code.startswith("count_")
    assert small.release.catalog.has(f"editor.found_{finding.code}")
