"""Texts by key: plural forms, fallback along a chain, and facts in right-to-left sentences."""

from __future__ import annotations

import pytest

from bot.catalog import ISOLATE, POP, Catalog, Language

LANGUAGES = {
    "nl": Language("nl", "Nederlands", "ltr", "source", ()),
    "en": Language("en", "English", "ltr", "draft", ()),
    "ar": Language("ar", "العربية", "rtl", "draft", ("en",)),
}
TEXTS = {
    "nl": {"a": ("Bel {x.phone}",), "b": ("{n} plek", "{n} plekken"), "c": ("Alleen Nederlands",)},
    "en": {"a": ("Call {x.phone}",), "b": ("{n} place", "{n} places")},
    "ar": {"a": ("اتصل على {x.phone}",), "d": ('بالهولندية: "Kunt u helpen?"',)},
}


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(LANGUAGES, TEXTS, dict.fromkeys(LANGUAGES, lambda n: int(n != 1)))


def facts(name: str) -> str | None:
    return {"x.phone": "0800-0001"}.get(name)


def test_a_fact_is_filled_in(catalog: Catalog) -> None:
    assert catalog.say("en", "a", facts) == "Call 0800-0001"


def test_a_fact_keeps_its_direction_in_a_sentence_from_right_to_left(catalog: Catalog) -> None:
    assert catalog.say("ar", "a", facts) == f"اتصل على {ISOLATE}0800-0001{POP}"


def test_a_dutch_sentence_keeps_its_direction_in_a_text_from_right_to_left(
    catalog: Catalog,
) -> None:
    assert catalog.say("ar", "d") == f'بالهولندية: {ISOLATE}"Kunt u helpen?"{POP}'


def test_a_fact_that_is_not_known_stays_visible_for_the_checks(catalog: Catalog) -> None:
    assert catalog.say("nl", "a") == "Bel {x.phone}"


@pytest.mark.parametrize(("n", "text"), [(1, "1 plek"), (2, "2 plekken"), (0, "0 plekken")])
def test_the_number_picks_the_form(catalog: Catalog, n: int, text: str) -> None:
    assert catalog.say("nl", "b", n=n) == text


def test_a_missing_text_falls_back_along_the_chain_and_says_where_it_was_found(
    catalog: Catalog,
) -> None:
    assert catalog.find("ar", "b").language == "en"
    assert catalog.find("ar", "c").language == "nl"


def test_a_borrowed_text_says_in_which_language_it_is(catalog: Catalog) -> None:
    assert catalog.say("en", "c") == "(Nederlands) Alleen Nederlands"
    assert catalog.say("ar", "c") == f"{ISOLATE}(Nederlands) Alleen Nederlands{POP}"
    assert catalog.say("nl", "c") == "Alleen Nederlands"


def test_an_unknown_key_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        catalog.say("nl", "nowhere")
