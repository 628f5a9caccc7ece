"""The command: one verb a thing, problems on standard error, exit status 0, 1 or 2."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main, verbs
from tests.conftest import ROOT, edit, small_root


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    """Let somebody type lines into the terminal."""

    def type_lines(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return type_lines


def chat(*words: str) -> int:
    return main(["chat", *words])


def test_a_chat_in_the_terminal_ends_at_a_named_service(typed, capsys) -> None:
    typed("Ja", "Dat zeg ik liever niet")
    assert chat("eten", "--as", "parent", "--place", "Deventer") == 0
    said = capsys.readouterr().out
    assert "Voedselbank" in said
    assert "[1]" in said


@pytest.mark.parametrize(("language", "danger"), [("nl", "ik wil dood")])
def test_danger_is_heard_in_the_terminal_too(typed, capsys, language: str, danger: str) -> None:
    typed(danger)
    assert chat("--language", language) == 0
    assert "113" in capsys.readouterr().out


def test_commands_work_in_the_terminal(typed, capsys) -> None:
    typed("/watweetje", "/wis")
    assert chat() == 0
    said = capsys.readouterr().out
    assert "Taal: Nederlands" in said
    assert "Alles is gewist" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["eten", "--language", "xx"], "--language xx: no such language; use one of nl, en, ar"),
        (["etne"], "etne: no such conversation; use one of "),
        (["--place", "xqzzyx"], "--place xqzzyx: not found"),
    ],
)
def test_a_wrong_choice_says_what_there_is(capsys, words: list[str], told: str) -> None:
    assert chat(*words) == 1
    assert told in capsys.readouterr().err


def test_a_broken_file_stops_the_start_with_all_its_errors(tmp_path: Path, capsys) -> None:
    root = small_root(tmp_path / "content")
    edit(root, "conversations/eten.yaml", "goto: now}", "goto: nowhere}")
    edit(root, "conversations/begin.yaml", "goto: topics}", "goto: topcs}")
    assert main(["--content", str(root), "run"]) == 1
    told = capsys.readouterr().err
    assert "conversations/eten.yaml:" in told
    assert "conversations/begin.yaml:" in told


def test_public_refuses_until_every_danger_number_is_confirmed(capsys) -> None:
    assert main(["run", "--public"]) == 1
    told = capsys.readouterr().err.splitlines()
    named = {line.partition(":")[0] for line in told}
    assert {"nl_112", "zelfmoordpreventie_113", "veilig_thuis"} <= named
    assert all("not confirmed; phone or open the source" in line for line in told)


def test_public_starts_no_sooner_when_all_but_one_are_confirmed(tmp_path: Path, capsys) -> None:
    root = small_root(tmp_path / "content")
    path = root / "directory" / "services" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    sure = "year: 2025, assured_date: 2026-11-20, assured_by: steward Deventer}"
    path.write_text(text.replace("year: 2025}", sure, 1), encoding="utf-8")
    assert main(["--content", str(root), "run", "--public"]) == 1
    named = {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()}
    assert named == {"kinderlijn"}


def test_check_counts_what_is_not_done_yet(tmp_path: Path, capsys) -> None:
    root = small_root(tmp_path / "content")
    main(["--content", str(root), "check", "--missing"])
    said = capsys.readouterr().out
    assert "ar: 0 of " in said
    assert "  ar lacks eten.today.ask" in said


def test_everything_here_is_in_the_one_style() -> None:
    """An edit in the console is written in it: what stands otherwise would change with it."""
    assert main(["--content", str(ROOT), "format", "--check"]) == 0


def test_format_changes_the_style_and_nothing_else(tmp_path: Path, capsys) -> None:
    root = small_root(tmp_path / "content")
    path = root / "conversations" / "eten.yaml"
    text = path.read_text(encoding="utf-8").replace("answers:", "# een opmerking\nanswers:   ")
    path.write_text(text, encoding="utf-8")
    assert main(["--content", str(root), "format", "--check"]) == 1
    assert "conversations/eten.yaml" in capsys.readouterr().out
    main(["--content", str(root), "format"])
    assert main(["--content", str(root), "format", "--check"]) == 0
    assert "# een opmerking\nanswers:\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("cut", ["stdout", "stderr"])
def test_who_stops_reading_gets_no_traceback(tmp_path: Path, cut: str) -> None:
    """``lucht check | head -1`` ends in silence, wherever the pipe was."""
    root = small_root(tmp_path / "content")
    if cut == "stderr":
        (root / "conversations" / "eten.yaml").write_text("wrong: yes\n")
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, cut: writer}
    command = [sys.executable, "-m", "bot", "--content", str(root), "check", "--missing"]
    done = subprocess.run(command, cwd=ROOT, check=False, text=True, **streams)  # type: ignore[call-overload]
    os.close(writer)
    assert done.returncode == 141
    assert "Traceback" not in f"{done.stdout}{done.stderr}"
    assert "BrokenPipe" not in f"{done.stdout}{done.stderr}"


def test_extract_brings_the_catalogs_up_to_date_once(tmp_path: Path, capsys) -> None:
    root = small_root(tmp_path / "content")
    main(["--content", str(root), "extract"])
    assert "locales/ar/LC_MESSAGES/lucht.po" in capsys.readouterr().out
    main(["--content", str(root), "extract"])
    assert capsys.readouterr().out == ""
    catalog = (root / "locales" / "en" / "LC_MESSAGES" / "lucht.po").read_text(encoding="utf-8")
    assert 'msgctxt "eten.today.ask"\nmsgid "Heb je vandaag gegeten?"' in catalog
    assert "heard_as" not in catalog.replace("lucht.interrupts", "").split("eten.")[1]


def test_every_verb_explains_itself() -> None:
    assert all(verb.description for verb in verbs().values())
