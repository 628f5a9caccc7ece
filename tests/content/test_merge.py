"""Catalogs are merged by key: no translation is lost, none is inherited by another text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.content.load import Content
from bot.content.merge import merge, plural_of, read_catalog, write_catalog
from bot.content.source import SourceText
from tests.conftest import ROOT


def source(key: str, text: object, note: str = "") -> SourceText:
    return SourceText(key, text, note, "eten.yaml", 1)  # type: ignore[arg-type]


def translated(tmp_path: Path, *pairs: tuple[SourceText, str | tuple[str, ...]]) -> Catalog:
    catalog = merge("en", [one for one, _ in pairs], None, {})
    for one, text in pairs:
        for message in catalog:
            if message.context == one.key:
                message.string = text
    return again(tmp_path, catalog)


def again(tmp_path: Path, catalog: Catalog) -> Catalog:
    """Write a catalog to disk and read it back."""
    path = tmp_path / "en" / "LC_MESSAGES" / "lucht.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_catalog(file, catalog)
    return read_catalog(path)


def by_key(catalog: Catalog) -> dict[str, object]:
    return {message.context: message for message in catalog if message.context}


def test_a_rewritten_sentence_keeps_its_translation_and_is_marked(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("a", "Heb je honger?"), "Are you hungry?"))
    new = again(tmp_path, merge("en", [source("a", "Heb jij vandaag gegeten?")], old, {}))
    message = by_key(new)["a"]
    assert (message.string, message.fuzzy) == ("Are you hungry?", True)
    assert message.previous_id == ["Heb je honger?"]


def test_the_mark_and_the_former_text_survive_another_round(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("a", "Oud"), "Old"))
    once = again(tmp_path, merge("en", [source("a", "Nieuw")], old, {}))
    message = by_key(again(tmp_path, merge("en", [source("a", "Nieuw")], once, {})))["a"]
    assert (message.fuzzy, message.previous_id) == (True, ["Oud"])


LONG = ("Dit is een lange zin, met nog meer woorden dan op een regel passen. " * 4).strip()
LINES = f'Een regel.\n\nNog een "regel" met een \\ erin. {LONG}'


def merged(path: Path, *sources: SourceText) -> bytes:
    """Bring the catalog in a file up to date, as ``lucht extract`` does; return its bytes."""
    old = read_catalog(path) if path.exists() else None
    with path.open("wb") as file:
        write_catalog(file, merge("en", sources, old, {}))
    return path.read_bytes()


@pytest.mark.parametrize(
    "former", [LONG, LINES, "Oud " * 60 + "oud", {"one": LONG, "other": LINES}]
)
def test_extracting_twice_gives_the_same_bytes(tmp_path: Path, former: object) -> None:
    """A long former text stays readable, for us and for every tool that knows gettext."""
    translated(tmp_path, (source("a", former), "x" if isinstance(former, str) else ("x", "y")))
    path = tmp_path / "en" / "LC_MESSAGES" / "lucht.po"
    new = source("a", "Nieuw" if isinstance(former, str) else {"one": LINES, "other": LONG})
    once = merged(path, new)
    text = former if isinstance(former, str) else LONG
    assert by_key(read_catalog(path))["a"].previous_id == [text]
    assert all(merged(path, new) == once for _ in range(3))


def test_a_former_text_as_babel_writes_it_is_read(tmp_path: Path) -> None:
    """Tools on top of Babel wrap it as if it were prose."""
    translated(tmp_path, (source("a", LONG), "x"))
    path = tmp_path / "en" / "LC_MESSAGES" / "lucht.po"
    catalog = merge("en", [source("a", "Nieuw")], read_catalog(path), {})
    with path.open("wb") as file:
        write_po(file, catalog, width=100, include_previous=True)
    assert by_key(read_catalog(path))["a"].previous_id == [LONG]


def test_what_was_stale_when_it_went_is_stale_when_it_comes_back(tmp_path: Path) -> None:
    """An obsolete entry has no mark; nobody looked at it in the meantime."""
    old = translated(tmp_path, (source("a", "Oud"), "Old"))
    stale = again(tmp_path, merge("en", [source("a", "Nieuw")], old, {}))
    gone = again(tmp_path, merge("en", [source("b", "Blijft")], stale, {}))
    message = by_key(merge("en", [source("a", "Nieuw")], gone, {}))["a"]
    assert (message.string, message.fuzzy, message.previous_id) == ("Old", True, ["Oud"])


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_catalogs_of_this_repository_stay_the_same_when_extracted_twice(
    real: Content, tmp_path: Path, language: str
) -> None:
    """Also after every Dutch text has changed."""

    def changed(text: str | Mapping[str, str]) -> str | Mapping[str, str]:
        return (
            f"Anders! {text}" if isinstance(text, str) else {n: f"! {t}" for n, t in text.items()}
        )

    sources = [replace(s, text=changed(s.text)) for s in real.sources if s.translated]
    path = tmp_path / language / "LC_MESSAGES" / "lucht.po"
    path.parent.mkdir(parents=True)
    path.write_bytes((ROOT / "locales" / language / "LC_MESSAGES" / "lucht.po").read_bytes())
    rounds = []
    for _ in range(2):
        catalog = merge(language, sources, read_catalog(path), {})
        with path.open("wb") as file:
            write_catalog(file, catalog)
        rounds.append(path.read_bytes())
    assert rounds[0].count(b"#| msgid") > 1000
    assert rounds[0] == rounds[1]


def test_a_new_text_inherits_nothing_from_a_text_that_is_alike(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("a", "Heb je vandaag gegeten?"), "Did you eat today?"))
    new = merge("en", [source("b", "Heb je vandaag gegeten? "), source("a", "x")], old, {})
    assert by_key(new)["b"].string == ""


def test_the_same_words_under_two_keys_are_two_texts(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("a", "Ja"), "Yes"), (source("b", "Ja"), "Yes, please"))
    assert {m.context: m.string for m in old if m.context} == {"a": "Yes", "b": "Yes, please"}


def test_a_renamed_step_brings_its_translations_along(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("eten.honger.ask", "Honger?"), "Hungry?"))
    new = merge("en", [source("eten.intro.ask", "Honger?")], old, {"eten.honger": "eten.intro"})
    message = by_key(new)["eten.intro.ask"]
    assert (message.string, message.fuzzy) == ("Hungry?", False)


def test_work_on_a_removed_text_is_kept_as_obsolete(tmp_path: Path) -> None:
    old = translated(tmp_path, (source("a", "Weg"), "Gone"), (source("b", "Blijft"), "Stays"))
    new = again(tmp_path, merge("en", [source("b", "Blijft")], old, {}))
    assert set(by_key(new)) == {"b"}
    back = merge("en", [source("a", "Weg"), source("b", "Blijft")], new, {})
    assert by_key(back)["a"].string == "Gone"


def test_texts_stand_in_the_order_of_the_conversation_with_their_notes(tmp_path: Path) -> None:
    sources = [source("z", "Eerst", "rustig"), source("a", "Dan")]
    catalog = again(tmp_path, merge("en", sources, None, {}))
    assert [m.context for m in catalog if m.context] == ["z", "a"]
    assert by_key(catalog)["z"].auto_comments == ["rustig"]


def test_plural_forms_survive_and_a_changed_shape_starts_anew(tmp_path: Path) -> None:
    forms = source("n", {"one": "{n} plek", "other": "{n} plekken"})
    old = translated(tmp_path, (forms, ("{n} place", "{n} places")))
    assert by_key(merge("en", [forms], old, {}))["n"].string == ("{n} place", "{n} places")
    assert by_key(merge("en", [source("n", "Een plek")], old, {}))["n"].string == ""


def test_nothing_changes_when_nothing_changed(tmp_path: Path) -> None:
    sources = [source("a", "Ja\nen nee"), source("n", {"one": "{n} x", "other": "{n} y"})]
    first, second = BytesIO(), BytesIO()
    write_catalog(first, merge("ar", sources, None, {}))
    write_catalog(second, merge("ar", sources, again(tmp_path, merge("en", sources, None, {})), {}))
    third = BytesIO()
    write_catalog(third, merge("ar", sources, None, {}))
    assert first.getvalue() == third.getvalue()
    assert b"nplurals=6" in first.getvalue()


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("pl", 3), ("ti", 2), ("nl", 2)])
def test_every_language_has_plural_rules(language: str, forms: int) -> None:
    assert plural_of(language)[0] == forms
