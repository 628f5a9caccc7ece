"""The reading level agrees with texts that we labelled ourselves; hard is never called easy."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.content.reading import read
from bot.content.strict import read_yaml

SAMPLE, PROBLEMS = read_yaml(Path(__file__).parent / "reading_sample.yaml")
LABELLED = [(level, str(text)) for level in ("A2", "B1", "B2") for text in SAMPLE[level]]


def test_nine_in_ten_texts_of_the_sample_get_the_level_we_gave_them() -> None:
    assert PROBLEMS == []
    right = [level == read(text).level for level, text in LABELLED]
    assert sum(right) / len(right) >= 0.9


def test_no_counter_language_of_the_sample_passes_and_no_plain_text_is_refused() -> None:
    found = {
        level: {read(text).level for one, text in LABELLED if one == level} for level in SAMPLE
    }
    assert found["B2"] == {"B2"}
    assert "B2" not in found["A2"] | found["B1"]


def test_longer_words_and_longer_sentences_are_harder() -> None:
    short = read("Je kunt eten halen. Je kunt ook bellen.")
    joined = read("Je kunt eten halen en je kunt ook bellen.")
    official = read("Je kunt voedselondersteuning verkrijgen. Je kunt ook telefoneren.")
    assert short.score < joined.score
    assert short.score < official.score


def test_an_explained_name_counts_as_a_name() -> None:
    text = "De jeugdverpleegkundige luistert naar je verhaal."
    assert read(text, ["jeugdverpleegkundige"]).score < read(text).score


@given(st.text(max_size=200))
def test_any_text_has_a_level(text: str) -> None:
    assert read(text).level in {"A2", "B1", "B2"}
