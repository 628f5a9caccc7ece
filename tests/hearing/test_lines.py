"""The notation of example lines, and rules found in texts."""

from __future__ import annotations

import pytest

from bot.hearing.fold import fold, readings
from bot.hearing.lines import examples, flaw, rule
from bot.hearing.meanings import Meanings
from bot.hearing.rules import PhraseBook, Rule, RuleBook

GROUPS = {"pa": "papa | mijn vader"}


def found(line: str, text: str) -> bool:
    book = RuleBook([Rule("x", line, rule(line, GROUPS))])
    return any(book.hits(fold(text).split()))


def test_brackets_and_groups_stand_for_several_phrases() -> None:
    assert examples("{pa} (slaat | schopt) me", GROUPS, 10) == [
        "papa slaat me",
        "papa schopt me",
        "mijn vader slaat me",
        "mijn vader schopt me",
    ]


def test_a_group_joins_other_alternatives() -> None:
    assert examples("({pa} | oom) slaat", GROUPS, 10) == [
        "papa slaat",
        "mijn vader slaat",
        "oom slaat",
    ]


def test_an_empty_alternative_leaves_words_out() -> None:
    assert examples("ga weg (nu |)", {}, 10) == ["ga weg nu", "ga weg"]


def test_too_many_phrases_are_spread_evenly() -> None:
    assert examples("(a | b | c | d)", {}, 2) == ["a", "c"]


@pytest.mark.parametrize(
    ("line", "text", "heard"),
    [
        ("! wil .. dood", "ik wil echt heel graag dood", True),
        ("! wil .. dood", "ik wil een twee drie vier dood", False),
        ("! wil .. dood", "dood wil ik", False),
        ("! zelfmoord*", "zelfmoordgedachten", True),
        ("! zelfmoord", "zelfmoordgedachten", False),
        ("! {pa} slaat (me | ons)", "mijn vader slaat ons", True),
        ("! {pa} slaat (me | ons)", "mijn vader slaat een bal", False),
        ("! (van kant maken | ophangen)", "ik ga me van kant maken", True),
    ],
)
def test_a_rule_is_found_by_its_words_in_order(line: str, text: str, heard: bool) -> None:
    assert found(line, text) is heard


@pytest.mark.parametrize("line", ["papa (slaat me", "{wie} slaat me", "! ..", "papa slaat) me"])
def test_a_line_that_says_nothing_is_told_with_what_to_do(line: str) -> None:
    assert ";" in flaw(line, GROUPS)


def test_a_good_line_has_no_flaw() -> None:
    assert flaw("! {pa} (slaat | schopt) .. (me | ons)", GROUPS) == ""


def test_short_phrases_must_be_the_whole_text() -> None:
    book = PhraseBook({"wil dood": "suicide", "ik wil graag dood": "suicide"})
    assert [*book.hits(["wil", "dood"])]
    assert not [*book.hits(["hond", "wil", "dood", "vogeltje"])]
    assert [*book.hits(["nou", "ik", "wil", "graag", "dood", "man"])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IK WIL DOOOOOD", "ik wil dood"),
        ("Müslüm ağlıyor", "muslum agliyor"),
        ("бʼє мене", "б'є мене"),
        ("می‌خواهم", "میخواهم"),
        ("أبي", "ابي"),
        ("хочу умeреть", "хочу умереть"),
        ("don’t", "dont"),
        ("مسؤول", "مسوول"),
        ("ይወቕዓኒ", "ይወቅዐኒ"),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_digits_are_read_as_letters_too_but_not_only() -> None:
    assert readings("ik wil d00d") == ("ik wil d00d", "ik wil dood")
    assert readings("ma bdi 3ish")[0] == "ma bdi 3ish"
    assert readings("nummer 12") == ("nummer 12",)


LEXICON = Meanings(
    {
        "nl": {"vader": ("father",), "sla": ("hit",), "slaat": ("hit",), "thuis": ("home",)},
        "en": {"hits": ("hit",), "dad": ("father",)},
        "ar": {"ضرب": ("hit",), "اب": ("father",)},
    },
    {"ar": ("ي", "ال")},
)


@pytest.mark.parametrize(
    ("word", "language", "meant"),
    [
        ("slaat", "nl", ("hit",)),
        ("thuiszitten", "nl", ("home",)),
        ("slak", "nl", ()),
        ("يضربني", "ar", ("hit",)),
        ("dad", "nl", ()),
        ("dad", "xx", ()),
    ],
)
def test_a_word_is_known_by_its_beginning_in_its_own_language(
    word: str, language: str, meant: tuple[str, ...]
) -> None:
    assert LEXICON.of(word, language) == meant


def test_a_sentence_means_the_same_in_two_languages_in_any_order() -> None:
    dutch = LEXICON.pieces(["vader", "slaat"], ["nl"])
    assert dutch == LEXICON.pieces(["hits", "dad"], ["en"]) == {"m:father", "m:hit", "n:father hit"}
