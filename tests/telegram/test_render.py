"""A reply becomes calls of sendMessage that Telegram accepts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.updates import RIGHT_TO_LEFT_MARK, render, split
from bot.wording import Bubble, Button, Spoken
from tests.telegram.fake_api import check
from tests.telegram.fake_chat import spoken


def texts(reply: Spoken, late: tuple[Bubble, ...] = ()) -> list[Any]:
    return [payload["text"] for payload in render(reply, late)]


def keyboard(*labels: str, direction: str = "ltr") -> list[list[str]]:
    buttons = tuple(Button(f"b{n}", label) for n, label in enumerate(labels))
    payload: Any = render(spoken((Bubble("x"),), buttons, direction=direction))[-1]
    return [[b["text"] for b in row] for row in payload["reply_markup"]["inline_keyboard"]]


def test_texts_that_follow_each_other_are_one_message() -> None:
    """One breath, one message; a blank line between the paragraphs."""
    assert texts(spoken((Bubble("een"), Bubble("twee")))) == ["een\n\ntwee"]


def test_a_service_is_a_message_of_its_own() -> None:
    """It can be forwarded alone, and the order is the order of the reply."""
    bubbles = (Bubble("een"), Bubble("A", {}, "service"), Bubble("B", {}, "card"), Bubble("twee"))
    assert texts(spoken(bubbles)) == ["een", "A", "B", "twee"]


def test_the_first_line_in_danger_stands_alone_and_first() -> None:
    """One number, then the rest."""
    bubbles = (Bubble("113", {}, "first"), Bubble("goed dat je dit zegt"), Bubble("stil"))
    assert texts(spoken(bubbles)) == ["113", "goed dat je dit zegt\n\nstil"]


def test_what_was_late_goes_first() -> None:
    """The reply that waited belongs before the new one."""
    assert texts(spoken((Bubble("nu"),)), (Bubble("eerder"),)) == ["eerder\n\nnu"]


def test_nothing_said_is_no_message() -> None:
    """Telegram refuses an empty text."""
    assert render(spoken((Bubble(" "),), (Button("a", "b"),))) == []


def test_no_link_gets_a_preview_and_nothing_is_markup() -> None:
    """A preview would have Telegram fetch the page; markup would need escaping."""
    for payload in render(spoken((Bubble("<b>_*"), Bubble("https://a.nl", {}, "service")))):
        assert payload["link_preview_options"] == {"is_disabled": True}
        assert "parse_mode" not in payload


def test_buttons_hang_under_the_last_message() -> None:
    """With the id of each button as its data."""
    first, last = render(spoken((Bubble("A", {}, "service"), Bubble("x")), (Button("i", "ja"),)))
    assert "reply_markup" not in first
    assert last["reply_markup"] == {"inline_keyboard": [[{"text": "ja", "callback_data": "i"}]]}


def test_short_buttons_share_a_row() -> None:
    """Two at most, and only when both are short."""
    long = "Dat zeg ik liever niet"
    assert keyboard("ja", "nee", long) == [["ja", "nee"], [long]]
    assert keyboard("ja", long, "nee") == [["ja"], [long], ["nee"]]
    assert keyboard("a", "b", "c") == [["a", "b"], ["c"]]


def test_a_line_that_opens_the_other_way_is_marked_right_to_left() -> None:
    """Telegram takes the direction of a line from its first letter."""
    bubbles = (Bubble("مرحبا\n113 خط\n\n• نعم"),)
    mark = RIGHT_TO_LEFT_MARK
    (text,) = texts(spoken(bubbles, direction="rtl"))
    assert text == f"مرحبا\n{mark}113 خط\n\n{mark}• نعم"
    assert keyboard("نعم", "8-11", direction="rtl") == [["نعم", f"{mark}8-11"]]
    assert texts(spoken((Bubble("113 bellen"),))) == ["113 bellen"]


def test_a_long_text_is_cut_at_the_end_of_a_paragraph() -> None:
    """Then of a line, a sentence, a word; the hard way at last."""
    assert list(split("aaaa\n\nbbbb cc", 8)) == ["aaaa", "bbbb cc"]
    assert list(split("aaa\nbb bbb", 8)) == ["aaa", "bb bbb"]
    assert list(split("aa. bb bb", 8)) == ["aa.", "bb bb"]
    assert list(split("aa bb bbb", 8)) == ["aa bb", "bbb"]
    assert list(split("aaaaaaaabb", 8)) == ["aaaaaaaa", "bb"]


@given(st.text(max_size=60), st.integers(2, 20))
def test_cutting_loses_nothing_but_white_space(text: str, limit: int) -> None:
    """Every part fits, also when a character counts double."""
    parts = list(split(text, limit))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part.encode("utf-16-le")) <= 2 * limit for part in parts if part.strip())


BUBBLES = st.builds(
    Bubble,
    st.text(st.sampled_from("ab .\n\n😀ب1"), max_size=9).map(lambda text: text * 1000),
    st.none(),
    st.sampled_from(["text", "service", "first", "card"]),
)
BUTTONS = st.builds(
    Button, st.text(st.sampled_from("ab.~"), min_size=1, max_size=64), st.sampled_from(["ja", "ب"])
)


@given(
    st.lists(BUBBLES, max_size=4), st.lists(BUTTONS, max_size=8), st.sampled_from(["ltr", "rtl"])
)
def test_whatever_is_said_telegram_accepts(
    bubbles: list[Bubble], buttons: list[Button], direction: str
) -> None:
    """Checked by somebody else's types and Telegram's limits."""
    for payload in render(spoken(tuple(bubbles), tuple(buttons), direction=direction)):
        check("sendMessage", {"chat_id": 1, **payload})
