"""What staff did is written down, cannot be changed unseen, and its head is kept elsewhere."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import main
from bot.config import Settings
from bot.handlers.console import witness
from bot.staff.chain import Entry, broken_at, following
from bot.store import audit
from bot.store.audit import exported
from bot.store.content import ContentStore
from tests.console.conftest import Clock, Enter


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(length):
        last = entries[-1] if entries else None
        entries.append(following(last, f"t{number}", "a", "event", {"n": number}))
    return entries


@given(
    st.integers(1, 12),
    st.data(),
    st.sampled_from(["at", "account", "event", "facts", "hash", "number"]),
)
def test_a_changed_entry_is_found(length: int, data: st.DataObject, field: str) -> None:
    entries = chain(length)
    at = data.draw(st.integers(0, length - 1))
    values = {name: getattr(entries[at], name) for name in Entry.__slots__}
    values[field] = 99 if field == "number" else values[field] + "x"
    assert broken_at(entries, {}) == 0
    assert broken_at([*entries[:at], Entry(**values), *entries[at + 1 :]], {}) == at + 1


@given(st.integers(2, 12), st.data())
def test_a_removed_entry_is_found(length: int, data: st.DataObject) -> None:
    """In the middle by what follows; at the end by a head that was written down."""
    entries = chain(length)
    at = data.draw(st.integers(0, length - 1))
    heads = {length: entries[-1].hash}
    assert broken_at([*entries[:at], *entries[at + 1 :]], heads) > 0


def test_a_chain_that_was_written_anew_is_found_by_its_old_head() -> None:
    heads = {2: chain(3)[1].hash}
    forged = [following(None, "t", "b", "other", {})]
    forged.append(following(forged[-1], "t", "b", "other", {}))
    assert broken_at(forged, {}) == 0
    assert broken_at(forged, heads) == 2


async def test_the_head_is_shown_and_written_down_each_day(
    app: web.Application, enter: Enter, settings: Settings, clock: Clock
) -> None:
    """One file a day, never overwritten; the page shows the same hash."""
    boss = await enter("administrator")
    for name in ("Sam", "Kim"):
        await boss.post("/console/people", {"name": name, "role.author": "yes"})
        await witness.look(app)
    (path,) = (settings.data / "audit").glob("*.json")
    assert path.name == "2026-11-24.json"
    assert json.loads(path.read_text())["number"] == 1
    clock.move(24 * 3600)
    await witness.look(app)
    newest = max((settings.data / "audit").glob("*.json"))
    auditor = await enter("auditor")
    assert (
        json.loads(newest.read_text())["hash"] in await (await auditor.get("/console/log")).text()
    )


async def test_a_changed_log_is_told_to_the_operator_and_shown(
    app: web.Application, enter: Enter, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """Somebody with the file in hand takes the safety off and rewrites an entry."""
    boss = await enter("administrator")
    await boss.post("/console/people", {"name": "Sam", "role.author": "yes"})
    with sqlite3.connect(settings.content_place) as file:
        file.execute("DROP TRIGGER audit_no_update")
        file.execute("UPDATE audit SET account = 'somebody else'")
    await witness.look(app)
    assert '{"event": "audit_broken", "number": 1}' in capfd.readouterr().err
    assert "klopt niet vanaf regel 1" in await (await boss.get("/console/log")).text()
    assert not (settings.data / "audit").exists()


async def test_an_entry_cut_off_while_the_server_runs_is_found(
    app: web.Application, enter: Enter, settings: Settings
) -> None:
    """Also before the day's head is written down: the server remembers the last head it saw."""
    boss = await enter("administrator")
    for name in ("Sam", "Kim"):
        await boss.post("/console/people", {"name": name, "role.author": "yes"})
        await witness.look(app)
    with sqlite3.connect(settings.content_place) as file:
        file.execute("DROP TRIGGER audit_no_delete")
        file.execute("DELETE FROM audit WHERE number = 2")
    await witness.look(app)
    assert app[witness.CHAIN].broken == 2


async def test_who_let_whom_in_is_written_down(enter: Enter) -> None:
    boss, other = await enter("administrator", name="Noor"), await enter("author", name="Sam")
    path = f"/console/people/{other.account.id}"
    await boss.post(f"{path}/roles", {"role.reviewer": "yes"})
    await boss.post(f"{path}/revoke")
    text = await (await boss.get("/console/log")).text()
    for said in ("gaf rollen", "trok toegang in", "account: Sam", "roles: reviewer"):
        assert said in text


async def test_what_was_done_with_a_draft_is_told_in_words(
    enter: Enter, content: ContentStore, clock: Clock
) -> None:
    """Never the name of an event, nor more of an id than somebody compares."""
    ann, auditor = await enter("author", name="Ann"), await enter("auditor")
    async with content.writing() as connection:
        facts = {"draft": "0123456789abcdef" * 2}
        await audit.append(connection, clock(), ann.account.id, "draft.new", facts)
    text = await (await auditor.get("/console/log")).text()
    assert "maakte een voorstel" in text
    assert "draft.new" not in text
    assert "draft: 0123456789ab<" in text


def test_a_head_that_cannot_be_read_counts_as_a_break(tmp_path: Path) -> None:
    (tmp_path / "2026-11-24.json").write_text("{")
    assert broken_at(chain(2), exported(tmp_path)) == 1


def lucht(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["audit", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_command_says_whether_the_log_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its head can be kept elsewhere, and is the witness against a log that was written anew."""
    monkeypatch.setenv("LUCHT_DATA", str(tmp_path))
    assert "no content store" in lucht(capsys)[2]
    for name in ("Noor", "Sam"):
        main(["moderator", "add", name])
    capsys.readouterr()
    status, said, _ = lucht(capsys, "--list")
    first, _, head = said.splitlines()
    assert (status, json.loads(first)["event"]) == (0, "invited")
    kept = head.split()[1]
    assert kept.startswith("2:")
    assert lucht(capsys, "--head", kept)[0] == 0
    with sqlite3.connect(tmp_path / "content.sqlite") as file:
        file.execute("DROP TRIGGER audit_no_delete")
        file.execute("DELETE FROM audit WHERE number = 2")
    assert lucht(capsys)[0] == 0, "cut off at the end: only a head that was kept shows it"
    status, _, problem = lucht(capsys, "--head", kept)
    assert (status, "from entry 2 on" in problem) == (1, True)
    with sqlite3.connect(tmp_path / "content.sqlite") as file:
        file.execute("DROP TRIGGER audit_no_update")
        file.execute("UPDATE audit SET account = 'somebody else'")
    assert "from entry 1 on" in lucht(capsys)[2]
    with pytest.raises(SystemExit):
        main(["audit", "--head", "2"])
