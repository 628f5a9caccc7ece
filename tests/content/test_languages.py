"""A language in which a chat is offered is whole: nobody meets a text of another language in it."""

from __future__ import annotations

import pytest

from bot.catalog import SOURCE
from bot.content.check import missing
from bot.content.load import Content
from bot.handlers.console.pages import LANGUAGES
from tests.conftest import ROOT

OFFERED = ("en", "ar")
CONSOLE = ("console.", "counts.", "editor.", "releases.", "worklist.", "translate.")
"""Words of the console, which speaks Dutch and English; `lucht check` counts them for others."""


@pytest.mark.parametrize("code", OFFERED)
def test_every_text_of_an_offered_language_is_translated(real: Content, code: str) -> None:
    without = () if code in LANGUAGES else CONSOLE
    assert [key for key in missing(real)[code] if not key.startswith(without)] == []


def test_the_offered_languages_are_dutch_and_these(real: Content) -> None:
    languages = real.release.catalog.languages.values()
    assert tuple(one.code for one in languages if one.offered) == (SOURCE, *OFFERED)


@pytest.mark.parametrize("code", OFFERED)
def test_no_translation_is_the_dutch_text_by_accident(real: Content, code: str) -> None:
    """Whole sentences differ from their source; names and short words may be the same."""
    texts = real.release.catalog.texts
    same = [
        key
        for key, forms in texts[code].items()
        if forms == texts[SOURCE].get(key) and len(forms[0].split()) > 3
    ]
    assert same == []


@pytest.mark.parametrize("code", [SOURCE, *OFFERED])
def test_a_language_is_named_by_its_own_name_in_every_language(real: Content, code: str) -> None:
    """No "(Nederlands) English": the name of a language is nobody's borrowed text."""
    catalog = real.release.catalog
    for language in catalog.languages.values():
        assert catalog.say(code, f"language.{language.code}") == language.name


def test_a_language_says_who_vouches_for_it(real: Content) -> None:
    """None is confirmed yet; who changes that writes it in docs/translations.md."""
    page = (ROOT / "docs" / "translations.md").read_text(encoding="utf-8")
    for language in real.release.catalog.languages.values():
        assert language.code in page or language.name in page
        assert language.status in ("source", "draft", "confirmed")
