"""A start that fails tells the operator where, why and what to do, in words and at once."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import bot.app
from bot import cli
from bot.config import Settings
from bot.content.load import Content
from bot.privacy.keys import KeyRing
from bot.store.live import LiveStore
from tests.conftest import ROOT

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    small: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Return how to run ``lucht run`` with settings; gives its status and what it told in words."""
    monkeypatch.setattr(bot.app, "load_content", lambda *_, **__: small)
    # These change the whole process.
    monkeypatch.setattr(bot.app, "quiet_libraries", lambda: None)
    monkeypatch.setattr(bot.app, "forbid_core_dumps", lambda: None)

    def run(**settings: object) -> tuple[int, str]:
        given = {"LUCHT_DATA": tmp_path / "data", "LUCHT_PORT": 0, **settings}
        for name, value in given.items():
            monkeypatch.setenv(name, str(value))
        status = cli.main(["run"])
        told = [line for line in capfd.readouterr().err.splitlines() if not line.startswith("{")]
        return status, "\n".join(told)

    return run


def test_a_port_that_is_taken(run: Run) -> None:
    """Names the two settings, and nothing of a traceback."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, told = run(LUCHT_PORT=port)
    assert status == 1
    assert told == (
        f"LUCHT_HOST, LUCHT_PORT: cannot listen on 127.0.0.1, port {port} (Address already in "
        "use); stop what listens there, or choose another"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours(run: Run, host: str) -> None:
    """A number of another machine, and a name that nobody has."""
    status, told = run(LUCHT_HOST=host)
    assert status == 1
    assert told.startswith(f"LUCHT_HOST, LUCHT_PORT: cannot listen on {host}, port 0 (")


@pytest.mark.parametrize("setting", ["LUCHT_DATA", "LUCHT_KEYS"])
def test_a_file_in_place_of_a_folder(run: Run, tmp_path: Path, setting: str) -> None:
    """Names path and setting."""
    (tmp_path / "file").touch()
    status, told = run(**{setting: tmp_path / "file"})
    assert status == 1
    assert told.startswith(f"{tmp_path / 'file'}: cannot be the ")
    assert f"point {setting} at a folder" in told


def test_a_live_store_that_is_no_database(run: Run, tmp_path: Path) -> None:
    """It may be deleted, and what that costs is said."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "live.sqlite").write_bytes(os.urandom(5000))
    status, told = run()
    assert status == 1
    assert "live.sqlite: the live store does not open (DatabaseError)" in told
    assert "delete this file" in told


@pytest.mark.parametrize("name", ["content.sqlite", "live.sqlite"])
def test_a_store_that_is_no_file(run: Run, tmp_path: Path, name: str) -> None:
    """What cannot be opened is named with its folder; it is no question of the port."""
    (tmp_path / "data" / name).mkdir(parents=True)
    status, told = run()
    assert status == 1
    assert told.startswith(f"{tmp_path / 'data' / name}: ")
    assert "must be able to write this file and its folder" in told
    assert "LUCHT_PORT" not in told


def test_a_folder_that_may_not_be_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission that is missing is told of the file, not of the port."""
    real = os.open

    def refuse(path: Any, *more: Any, **named: Any) -> int:
        if str(path).endswith(".sqlite"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, *more, **named)

    monkeypatch.setattr(os, "open", refuse)
    status, told = run()
    assert status == 1
    assert "content.sqlite: cannot be used as content store (Permission denied)" in told


def test_a_start_on_a_full_disk(run: Run, tmp_path: Path) -> None:
    """A limit on the size of files is as good as a full disk; nothing is left half-made."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        status, told = run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert status == 1
    assert "see whether there is room on the disk" in told
    assert "Traceback" not in told


def test_two_servers_on_one_data_folder(run: Run, tmp_path: Path) -> None:
    """The second is told which folder, and what to do; so it is with keys of its own."""
    code = "import sys; from bot.cli import main; sys.exit(main(['run']))"
    settings = {**os.environ, "LUCHT_DATA": str(tmp_path / "data"), "LUCHT_PORT": "0"}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=settings, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as other:
        assert other.stderr
        assert any('"started"' in line for line in other.stderr)
        told = [run(), run(LUCHT_KEYS=tmp_path / "keys")]
        other.terminate()
    assert [status for status, _ in told] == [1, 1]
    assert "data/keys: another process uses this key folder" in told[0][1]
    assert "live.sqlite: the live store does not open" in told[1][1]
    assert "if another Lucht uses it, stop that one" in told[1][1]


def test_an_address_of_postgresql_does_not_start(run: Run, tmp_path: Path) -> None:
    """Nothing is made and nothing of the address is repeated."""
    status, told = run(LUCHT_DATABASE_URL="postgresql://lucht:hunter2@db/lucht")
    assert status == 1
    assert told.startswith("LUCHT_DATABASE_URL: PostgreSQL is not supported yet")
    assert "hunter2" not in told
    assert list(tmp_path.iterdir()) == []


def names(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {path.name for path in folder.iterdir()}


async def test_the_three_places_may_lie_apart(small: Content, tmp_path: Path) -> None:
    """Sessions where LUCHT_DATABASE_URL says, content in LUCHT_DATA, keys in LUCHT_KEYS."""
    settings = Settings.read(
        {
            "LUCHT_DATABASE_URL": f"sqlite:///{tmp_path / 'one' / 'sessions'}",
            "LUCHT_DATA": str(tmp_path / "two"),
            "LUCHT_KEYS": str(tmp_path / "three"),
        }
    )
    app = bot.app.build(settings, small.release, cli.clock)
    async with TestClient(TestServer(app)) as client:
        async with client.post("/api/chat", json={"session": None, "text": ""}) as answer:
            assert answer.status == 200
        one, two, three = (names(tmp_path / n) for n in ("one", "two", "three"))
    assert one == {"sessions", "sessions-wal"}
    assert "content.sqlite" in two
    assert not two & {"keys", "live.sqlite"}
    assert [name.startswith("epoch-") for name in three] == [True]


def test_a_missing_key_folder_empties_the_store_and_says_so(
    small: Content, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The log names the reason and how many dialogues ended; nobody has to guess."""

    async def start(chats: int) -> bytes | None:
        with KeyRing(tmp_path / "keys") as ring:
            async with LiveStore.open(tmp_path / "live.sqlite", ring) as store:
                found = await store.load("web", "0")
                for chat in range(chats):
                    await store.save("web", str(chat), b"x")
                return found

    asyncio.run(start(3))
    for key in (tmp_path / "keys").iterdir():
        key.unlink()
    (tmp_path / "keys").rmdir()
    capfd.readouterr()
    assert asyncio.run(start(0)) is None
    log = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert log == [
        {"event": "keys_reset", "why": "missing"},
        {"event": "store_emptied", "why": "missing", "rows": 3},
    ]
