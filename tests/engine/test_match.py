"""Typed words and the option they mean."""

from __future__ import annotations

import pytest

from bot.engine.match import match_option, normal

LABELS = {"yes": "Ja", "no": "Nee, nog niet", "ask": "مسؤول البلدية"}


@pytest.mark.parametrize("text", ["مسؤول البلدية", "مسوول البلديه", "مسو\u0654ول البلدية"])
def test_a_hamza_on_its_carrier_keeps_a_word_whole(text: str) -> None:
    assert match_option(text, LABELS) == "ask"
    assert len(normal(text).split()) == 2


@pytest.mark.parametrize("text", ["ش\u0626ون", "شي\u0654ون"])
def test_hamza_on_ya_is_one_letter_in_both_ways_of_writing(text: str) -> None:
    assert normal(text) == "شيون"


@pytest.mark.parametrize(("text", "option"), [("ja hoor", "yes"), ("2", "no"), ("misschien", "")])
def test_an_option_is_picked_by_words_or_number(text: str, option: str) -> None:
    assert match_option(text, LABELS) == option


@pytest.mark.parametrize(
    ("text", "option"), [("ja", "enough"), ("Nee", "not"), ("dat zeg ik", "skip")]
)
def test_the_first_words_of_one_option_are_enough(text: str, option: str) -> None:
    labels = {
        "enough": "Ja, vandaag wel",
        "not": "Nee, vandaag niet",
        "skip": "Dat zeg ik liever niet",
    }
    assert match_option(text, labels) == option


def test_words_with_which_two_options_begin_choose_none() -> None:
    assert match_option("ik", {"child": "Ik ben een kind", "parent": "Ik ben ouder"}) == ""
