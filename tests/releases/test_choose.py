"""Where two versions of a file differ, somebody chooses; nothing is lost and nothing invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.releases.choose import BOTH, CHOICES, LIVE, MINE, blocks, joined

LINES = st.lists(st.sampled_from(["a\n", "b\n", "  c: d\n", "\n", "é"]), max_size=12).map("".join)


@given(LINES, LINES)
def test_choosing_one_side_everywhere_gives_that_side(live: str, mine: str) -> None:
    parts = blocks(live, mine)
    count = sum(not part.same for part in parts)
    assert joined(parts, [LIVE] * count) == live
    assert joined(parts, [MINE] * count) == mine


@given(LINES, LINES, st.data())
def test_every_line_comes_from_a_side(live: str, mine: str, data: st.DataObject) -> None:
    parts = blocks(live, mine)
    count = sum(not part.same for part in parts)
    choices = data.draw(st.lists(st.sampled_from(CHOICES), min_size=count, max_size=count))
    known = {*live.splitlines(keepends=True), *mine.splitlines(keepends=True)}
    ended = {f"{line}\n" for line in known}  # a last line that is followed by another one
    assert {*joined(parts, choices).splitlines(keepends=True)} <= known | ended


def test_two_new_steps_can_both_stay() -> None:
    base = "steps:\n  one: {say: A, goto: end}\n"
    live, mine = f"{base}  live: {{say: L}}\n", f"{base}  mine: {{say: M}}\n"
    parts = blocks(live, mine)
    assert joined(parts, [BOTH]) == f"{base}  live: {{say: L}}\n  mine: {{say: M}}\n"


@pytest.mark.parametrize("choices", [[], ["theirs"], [LIVE, MINE], [""]])
def test_nobodys_text_is_chosen_by_itself(choices: list[str]) -> None:
    with pytest.raises(ValueError, match="one choice"):
        joined(blocks("a\n", "b\n"), choices)
