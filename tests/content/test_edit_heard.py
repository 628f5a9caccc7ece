"""Phrases of a language that lead to a conversation: changed by a form, the rest untouched."""

from __future__ import annotations

import pytest

from bot.content.edit_heard import change_topic, lines_in, topic_lines
from bot.content.edit_tree import EditError
from tests.conftest import ROOT

FILES = sorted((ROOT / "conversations" / "heard").glob("*.yaml"))
TURKISH = (ROOT / "conversations" / "heard" / "tr.yaml").read_text(encoding="utf-8")


def test_a_form_holds_one_phrase_a_line_each_once() -> None:
    assert lines_in(" aç  kaldım \r\n\r\naç kaldım\n(a | b) yok") == ("aç kaldım", "(a | b) yok")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_same_phrases_again_change_nothing(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert change_topic(text, "eten", topic_lines(text, "eten")) == text


def test_only_the_phrases_of_one_conversation_change() -> None:
    lines = (*topic_lines(TURKISH, "eten"), "buzdolabı boş kaldı")
    changed = change_topic(TURKISH, "eten", lines)
    assert topic_lines(changed, "eten") == lines
    was, now = TURKISH.splitlines(), changed.splitlines()
    assert [line for line in now if line not in was] == ["    buzdolabı boş kaldı"]
    assert len(now) == len(was) + 1


def test_a_conversation_is_heard_for_the_first_time_and_no_longer() -> None:
    new = change_topic("letters: x\n", "fiets", ("my bike",))
    assert topic_lines(new, "fiets") == ("my bike",)
    assert change_topic(new, "fiets", ()) == "letters: x\n"


@pytest.mark.parametrize("line", ["(a | b", "{nobody} is here", "!"])
def test_a_phrase_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(EditError, match="bad_phrase"):
        change_topic(TURKISH, "eten", (line,))
    with pytest.raises(EditError, match="broken_file"):
        topic_lines("topics: [", "eten")
