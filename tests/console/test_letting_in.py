"""The command that lets the first administrator in."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from bot.cli import main


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same folder as the running console, as the environment says."""
    monkeypatch.setenv("LUCHT_DATA", str(tmp_path / "data"))


def lucht(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["moderator", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_name_is_let_in_once_and_shut_out(capsys: pytest.CaptureFixture[str]) -> None:
    """add, list, reset, revoke: each link differs, a taken name is refused with the way on."""
    _, first, _ = lucht(capsys, "add", "Noor")
    assert first.startswith("http://localhost:8080/console/welcome/")
    assert lucht(capsys, "add", " noor ")[0] == 1
    assert lucht(capsys, "list")[1] == "Noor\tinvited\tadministrator\n"
    _, second, _ = lucht(capsys, "reset", "NOOR")
    assert second != first
    assert lucht(capsys, "revoke", "Noor")[0] == 0
    assert lucht(capsys, "list")[1] == "Noor\trevoked\tadministrator\n"
    status, _, problem = lucht(capsys, "reset", "Sam")
    assert (status, "nobody of this name" in problem) == (1, True)


def test_a_steward_gets_municipalities(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("add", "Sam", "--role", "steward", "--municipality", "GM0150")
    assert lucht(capsys, *words)[0] == 0
    assert lucht(capsys, "list")[1] == "Sam\tinvited\tsteward\tGM0150\n"


@pytest.mark.parametrize("words", [("--role", "owner"), ("--municipality", "Deventer")])
def test_what_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit):
        main(["moderator", "add", "Sam", *words])
    assert lucht(capsys, "list")[1] == ""


async def test_without_anybody_the_console_says_how_to_begin(client: TestClient) -> None:
    """There is no default password, and no form to guess one in."""
    text = await (await client.get("/console")).text()
    assert "lucht moderator add" in text
    assert "password" not in text
