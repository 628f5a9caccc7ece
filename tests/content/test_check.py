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


def test_a_translation_cannot_bring_in_a_fact_of_its_own(root: Path) -> None:
    path = root / "locales" / "en" / "LC_MESSAGES" / "lucht.po"
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    entry = 'msgctxt "eten.now.say"\nmsgid "Bel."\nmsgstr "Call {kinderlijn.phone}."\n'
    path.write_text(head + entry, encoding="utf-8")
    found = problems(root)
    assert any("{kinderlijn.phone} is not in the Dutch text" in line for line in found)


def test_the_repository_itself_has_no_problem() -> None:
    assert problems(ROOT) == []
