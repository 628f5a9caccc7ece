"""A broken script stops with every problem at once: where, what, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.content.check import missing
from bot.content.load import load
from bot.content.report import examine
from tests.conftest import NOON, ROOT, edit

REJECTED = sorted((ROOT / "tests" / "rejected" / "conversations").glob("*.yaml"))
FORM = re.compile(r"^(conversations|directory|locales)/[\w/.]+:\d+: .+")


def problems(root: Path) -> list[str]:
    return list(examine(root, NOON.date()).problems)


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_a_rejected_script_says_where_what_and_what_to_do(root: Path, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    edit(
        root, "conversations/begin.yaml", "{text: Nee dank je, goto: bye}", "{text: Nee, goto: bye}"
    )
    edit(root, "conversations/begin.yaml", "Tot een volgende keer.", "Bel gerust {altijd.phone}.")
    (root / "conversations" / "eten.yaml").write_text(text, encoding="utf-8")
    found = problems(root)
    expected = text.splitlines()[0].removeprefix("# ")
    assert [line for line in found if expected in line], found
    assert all(FORM.match(line) for line in found), found
    assert all(line.startswith("conversations/eten.yaml:") for line in found), found


def test_all_problems_of_all_files_come_at_once(root: Path) -> None:
    edit(root, "conversations/eten.yaml", "goto: now}", "goto: nowhere}")
    edit(root, "conversations/begin.yaml", "goto: topics}", "goto: topcs}")
    files = {line.partition(":")[0] for line in problems(root)}
    assert files == {"conversations/eten.yaml", "conversations/begin.yaml"}


@pytest.mark.parametrize("name", ["help", "stop", "back", "language", "erase"])
def test_an_interrupt_cannot_be_switched_off(root: Path, name: str) -> None:
    path = root / "conversations" / "lucht.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"  {name}:")]
    path.write_text("".join(kept), encoding="utf-8")
    assert any(f"interrupt '{name}' is missing" in line for line in problems(root))


def test_danger_must_end_at_a_line_that_is_always_open(root: Path) -> None:
    edit(root, "conversations/gevaar.yaml", "      - {service: altijd}\n", "")
    assert any("the last line must be open day and night" in line for line in problems(root))


def test_a_missing_translation_is_counted_and_not_silent(root: Path) -> None:
    content, wrong = load(root)
    assert wrong == []
    translated = [source.key for source in content.sources if source.translated]
    assert missing(content)["ar"] == translated
    assert not [key for key in translated if key.startswith("eten.heard")]


def translate(root: Path, *entries: str) -> None:
    """Write an English catalog with these entries, each a key, a Dutch and an English text."""
    path = root / "locales" / "en" / "LC_MESSAGES" / "lucht.po"
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    path.write_text("\n".join((head, *entries)), encoding="utf-8")


def test_a_translation_cannot_bring_in_a_fact_of_its_own(root: Path) -> None:
    """File, line, key and what to do."""
    entry = 'msgctxt "eten.now.say"\nmsgid "Bel."\nmsgstr "Call {kinderlijn.phone}."\n'
    translate(root, entry)
    why = "eten.now.say: {kinderlijn.phone} is not in the Dutch text; take it out"
    assert f"locales/en/LC_MESSAGES/lucht.po:5: {why}" in problems(root)


def test_a_translation_cannot_leave_out_a_fact(root: Path) -> None:
    """Somebody who reads English would not get the number; the second entry is right."""
    edit(root, "conversations/begin.yaml", "Tot een volgende keer.", "Bel {altijd.phone}. Dag!")
    key = next(s.key for s in load(root)[0].sources if s.text == "Bel {altijd.phone}. Dag!")
    entry = f'msgctxt "{key}"\nmsgid "Bel {{altijd.phone}}. Dag!"\nmsgstr "%s"\n'
    translate(root, 'msgctxt "x"\nmsgid "x"\nmsgstr "x"\n', entry % "Call them. Bye!")
    (found,) = problems(root)
    assert found == (
        f"locales/en/LC_MESSAGES/lucht.po:9: {key}: {{altijd.phone}} of the Dutch text is "
        "missing; put it in"
    )
    path = root / "locales" / "en" / "LC_MESSAGES" / "lucht.po"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("Call them", "Call {altijd.phone}"), encoding="utf-8")
    assert problems(root) == []
    # The Dutch text changed since: what is said in English is whole in itself, and listed.
    path.write_text(whole.replace(f'msgctxt "{key}"', f'#, fuzzy\nmsgctxt "{key}"'), "utf-8")
    assert problems(root) == []


def test_one_form_of_a_plural_may_do_without_its_number(root: Path) -> None:
    """ "One place" needs no digit; all forms without it do."""
    key, text = next((s.key, s.text) for s in load(root)[0].sources if not isinstance(s.text, str))
    assert not isinstance(text, str)
    head = f'msgctxt "{key}"\nmsgid "{text["one"]}"\nmsgid_plural "{text["other"]}"\n'
    translate(root, head + 'msgstr[0] "one place"\nmsgstr[1] "{n} places"\n')
    assert problems(root) == []
    path = root / "locales" / "en" / "LC_MESSAGES" / "lucht.po"
    path.write_text(path.read_text("utf-8").replace("{n} places", "many places"), "utf-8")
    assert [line for line in problems(root) if f"{key}: {{n}} of the Dutch" in line]


def test_the_repository_itself_has_no_problem() -> None:
    assert problems(ROOT) == []
