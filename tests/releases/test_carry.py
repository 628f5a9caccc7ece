"""Export, import and backup, as commands."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.cli import main
from bot.releases.desk import Desk
from bot.releases.tree import read_files
from bot.store.content import ContentStore
from tests.conftest import NOON, ROOT, edit


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands."""
    monkeypatch.setenv("LUCHT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


async def begin(data: Path, root: Path) -> None:
    async with ContentStore.open(data / "content.sqlite") as store:
        await Desk(store, lambda: NOON).begin(read_files(root))


@pytest.mark.slow
def test_the_whole_release_goes_out_in_and_out_again_byte_for_byte(
    data: Path, tmp_path: Path
) -> None:
    import asyncio

    asyncio.run(begin(data, ROOT))
    assert main(["export", str(tmp_path / "one")]) == 0
    assert main(["import", str(tmp_path / "one")]) == 0
    assert main(["export", str(tmp_path / "two")]) == 0
    assert read_files(tmp_path / "one") == read_files(tmp_path / "two") == read_files(ROOT)


def test_a_folder_with_a_mistake_changes_nothing(
    data: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(root)]) == 0
    edit(root, "conversations/praten.yaml", "goto: ask", "goto: nowhere")
    assert main(["import", str(root)]) == 1
    assert "praten.yaml" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "out")]) == 0
    assert "nowhere" not in (tmp_path / "out/conversations/praten.yaml").read_text()


def test_an_import_keeps_comments_and_order(data: Path, root: Path, tmp_path: Path) -> None:
    edit(root, "conversations/praten.yaml", "start: show", "start: show  # eerst kijken\n# zo")
    assert main(["import", str(root), "--reason", "uit git"]) == 0
    assert main(["export", str(tmp_path / "out")]) == 0
    assert read_files(tmp_path / "out") == read_files(root)


def test_commands_say_what_is_missing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path)]) == 1
    assert main(["import", str(tmp_path / "nothing")]) == 1
    assert main(["backup", str(tmp_path / "copy")]) == 1
    assert not (tmp_path / "copy").exists()
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_backup_is_a_whole_content_store_and_nothing_else(
    data: Path, root: Path, tmp_path: Path
) -> None:
    assert main(["import", str(root)]) == 0
    copy = tmp_path / "copy.sqlite"
    assert main(["backup", str(copy)]) == 0
    assert copy.stat().st_mode & 0o077 == 0
    with sqlite3.connect(copy) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT count(*) FROM pointer").fetchone() == (1,)
    assert main(["backup", str(copy)]) == 1, "an older backup is never overwritten"
