"""Translations are edited one by one: nobody's text is lost, the rest of a catalog stays."""

from __future__ import annotations

import difflib

import pytest

from bot.content.load import Content
from bot.content.source import SourceText
from bot.content.translate import (
    DONE,
    MISSING,
    STALE,
    SeenOtherError,
    UnknownTextError,
    glossary,
    hints,
    lines_of,
    numbers_of,
    placeholders,
    put,
    take_in,
)
from tests.conftest import ROOT

FILE = "conversations/eten.yaml"


def text(key: str, dutch: str | dict[str, str], note: str = "") -> SourceText:
    return SourceText(key, dutch, note, FILE, 1)


HELLO = text("eten.a", "Hoi {name}.", "Warm.")
MORE = text("eten.b", "Vraag bijzondere bijstand.")
PLACES = text("eten.c", {"one": "{n} plek", "other": "{n} plekken"})
SOURCES = (HELLO, MORE, PLACES)


def seen(po: str, key: str = "eten.a", language: str = "en") -> str:
    return lines_of(language, SOURCES, po)[key].seen


def filled(po: str = "", key: str = "eten.a", *forms: str, language: str = "en") -> str:
    return put(language, SOURCES, po, key, forms or ("Hi {name}.",), seen(po, key, language))


def test_a_translation_is_kept_under_its_key_and_the_rest_is_missing() -> None:
    lines = lines_of("en", SOURCES, filled())
    assert [(line.key, line.state) for line in lines.values()] == [
        ("eten.a", DONE),
        ("eten.b", MISSING),
        ("eten.c", MISSING),
    ]
    assert lines["eten.a"].forms == ("Hi {name}.",)
    assert lines["eten.a"].note == "Warm."


def test_a_text_with_numbers_has_as_many_forms_as_the_language() -> None:
    forms = tuple(f"{{n}} x{number}" for number in range(6))
    lines = lines_of("ar", SOURCES, filled("", "eten.c", *forms, language="ar"))
    assert lines["eten.c"].forms == forms
    assert numbers_of("ar")[:3] == ((0,), (1,), (2,))
    assert len(numbers_of("ar")) == 6
    with pytest.raises(UnknownTextError):
        filled("", "eten.c", "{n} one", "{n} two", language="ar")


def test_a_rewritten_dutch_text_makes_its_translation_stale_until_somebody_saves_it() -> None:
    po = filled()
    changed = (text("eten.a", "Dag {name}."), MORE, PLACES)
    line = lines_of("en", changed, po)["eten.a"]
    assert (line.state, line.former, line.forms) == (STALE, "Hoi {name}.", ("Hi {name}.",))
    again = put("en", changed, po, "eten.a", line.forms, line.seen)
    assert lines_of("en", changed, again)["eten.a"].state == DONE


def test_two_translators_do_not_overwrite_each_other() -> None:
    mark = seen("")
    po = put("en", SOURCES, "", "eten.a", ("Hi {name}.",), mark)
    with pytest.raises(SeenOtherError) as other:
        put("en", SOURCES, po, "eten.a", ("Hello {name}.",), mark)
    assert other.value.line.forms == ("Hi {name}.",)


def test_another_text_does_not_disturb_what_somebody_began() -> None:
    mark = seen("")
    po = filled("", "eten.b", "Ask for bijzondere bijstand.")
    assert "Hi {name}." in put("en", SOURCES, po, "eten.a", ("Hi {name}.",), mark)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(UnknownTextError):
        put("en", SOURCES, "", "eten.z", ("x",), "")


@pytest.mark.parametrize(
    ("dutch", "forms", "found"),
    [
        (("Bel {phone}.",), ("Call {phone}.",), ((), ())),
        (("Bel {phone}.",), ("Call.",), (("phone",), ())),
        (("Bel {phone}.",), ("Call {telephone}.",), (("phone",), ("telephone",))),
        (("{n} plek", "{n} plekken"), ("one place", "{n} places"), ((), ())),
    ],
)
def test_placeholders_that_lack_or_are_strange_are_named(
    dutch: tuple[str, ...], forms: tuple[str, ...], found: object
) -> None:
    assert placeholders(dutch, forms) == found


def test_a_whole_catalog_comes_in_where_it_fits_today() -> None:
    theirs = filled(filled(), "eten.b", "Ask for bijzondere bijstand.")
    today = (text("eten.a", "Dag {name}."), MORE, PLACES)
    po, taken, refused = take_in("en", today, "", theirs)
    assert (taken, refused) == (1, ("eten.a",))
    assert lines_of("en", today, po)["eten.b"].state == DONE


def test_a_catalog_that_breaks_a_placeholder_is_refused_there() -> None:
    theirs = filled("", "eten.a", "Hi you.")
    assert take_in("en", SOURCES, "", theirs)[1:] == (0, ("eten.a",))


def test_what_is_no_catalog_changes_nothing() -> None:
    with pytest.raises(ValueError, match="misformatted"):
        take_in("en", SOURCES, "", "this is a letter to my aunt")


def test_a_dutch_term_is_shown_as_it_was_translated_elsewhere() -> None:
    po = filled("", "eten.b", "Ask for bijzondere bijstand (money).")
    lines = lines_of("en", (*SOURCES, text("eten.d", "Wat is Bijzondere bijstand?")), po)
    known = glossary(lines.values(), ["bijzondere bijstand", "Stadspas"])
    ((term, other),) = hints(lines["eten.d"], known)
    assert (term, other.forms) == ("bijzondere bijstand", ("Ask for bijzondere bijstand (money).",))
    assert hints(lines["eten.b"], known) == ()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_in_a_catalog_of_ours_only_the_lines_of_one_text_change(
    real: Content, language: str
) -> None:
    path = ROOT / "locales" / language / "LC_MESSAGES" / "lucht.po"
    po = path.read_text(encoding="utf-8")
    known = [source for source in real.sources if f'msgctxt "{source.key}"' in po]
    line = lines_of(language, known, po)["eten.title"]
    new = put(language, known, po, line.key, (f"{line.forms[0]} x",), line.seen)
    pairs = difflib.unified_diff(po.splitlines(), new.splitlines(), n=0, lineterm="")
    changed = [one for one in pairs if one[0] in "+-" and one[:3] not in ("+++", "---", "+")]
    assert changed == [f'-msgstr "{line.forms[0]}"', f'+msgstr "{line.forms[0]} x"']
