"""Each attack, once more without its protection: then it must succeed, or it would prove nothing.

Most of these run the very test of the attack, after taking one thing away, and expect it to fail.
`docs/developers/attacks.md` lists all pairs; `tests/privacy/test_attacks_page.py` reads that list.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.chat import Chat, Flight
from bot.handlers import security, webchat
from bot.privacy import keyfiles, keys, log, seal
from bot.record import Record
from bot.store import rows
from bot.store.live import LiveStore
from tests import test_chat
from tests.privacy import test_keys, test_log, test_seal
from tests.privacy.clocks import Clocks
from tests.store import test_attacks, test_live
from tests.store.conftest import clocks, path, ring, store
from tests.test_chat import chat
from tests.web import test_api, test_form
from tests.web.conftest import app, client, release

__all__ = ["app", "chat", "client", "clocks", "path", "release", "ring", "store"]

Patch = pytest.MonkeyPatch

succeeds = pytest.raises((AssertionError, KeyError, pytest.fail.Exception))
"""The attack succeeds: its test fails."""


class Open:
    """A suite that encrypts nothing and checks nothing."""

    def __init__(self, key: bytes) -> None:
        pass

    def encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """Return the data with room for a tag."""
        return data + bytes(16)

    def decrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """Return the data."""
        return data[:-16]


# -- rows


async def test_swapped_rows_open_where_nothing_binds_them(
    store: LiveStore, clocks: Clocks, monkeypatch: Patch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seal, "_bound", lambda *_: b"")
    with succeeds:
        await test_attacks.test_a_changed_row_counts_as_none_and_is_removed(
            store, clocks, "swapped", capfd
        )


def test_another_epoch_opens_a_row_where_its_number_is_not_bound(monkeypatch: Patch) -> None:
    monkeypatch.setattr(seal, "_bound", lambda epoch, row_id, suite: row_id)
    with succeeds:
        test_seal.test_the_epoch_is_bound_even_under_the_same_key()


def test_flipped_bytes_pass_where_nothing_is_authenticated(monkeypatch: Patch) -> None:
    monkeypatch.setitem(seal.SUITES, seal.SUITE, Open)  # type: ignore[arg-type]
    with succeeds:
        test_seal.test_every_flipped_byte_is_refused()


@pytest.mark.parametrize("damage", ["cut", "emptied", "longer"])
async def test_cut_rows_pass_where_length_and_tag_are_not_checked(
    store: LiveStore,
    clocks: Clocks,
    damage: str,
    monkeypatch: Patch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(rows, "open_sealed", lambda epoch, row_id, sealed: sealed)
    with succeeds:
        await test_attacks.test_a_changed_row_counts_as_none_and_is_removed(
            store, clocks, damage, capfd
        )


async def test_lengths_tell_where_nothing_is_padded(
    store: LiveStore, path: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(seal, "PLAINTEXT_BYTES", 0)
    with succeeds:
        await test_attacks.test_every_row_has_the_same_length(store, path, tmp_path)


COLUMNS = "id BLOB PRIMARY KEY NOT NULL, epoch INTEGER NOT NULL, sealed BLOB NOT NULL"


async def test_a_column_with_a_time_is_noticed(path: Path, ring: keys.KeyRing) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE session ({COLUMNS}, at TEXT DEFAULT CURRENT_TIMESTAMP)")
    database.close()
    with succeeds:
        await test_live.test_there_is_no_clock_in_the_schema(path, ring)


async def test_numbers_that_count_up_are_noticed(
    path: Path, ring: keys.KeyRing, monkeypatch: Patch
) -> None:
    values = rows.Row.values

    def counted(row: rows.Row) -> dict[str, Any]:
        return {name: value for name, value in values(row).items() if name != "rowid"}

    monkeypatch.setattr(rows.Row, "values", counted)
    with succeeds:
        await test_live.test_there_is_no_clock_in_the_schema(path, ring)


# -- keys


def shorter(monkeypatch: Patch) -> None:
    """Let a key live for 24 hours from the start of its epoch: a row, for less than a day."""
    monkeypatch.setattr(keys, "KEPT", 11)


def longer(monkeypatch: Patch) -> None:
    """Let a key live two hours longer."""
    monkeypatch.setattr(keys, "KEPT", 13)


def by_the_wall_clock(monkeypatch: Patch) -> None:
    """Count age on a clock that anybody can set."""
    monkeypatch.setattr(Clocks, "boot", Clocks.wall)


def never_unlinked(monkeypatch: Patch) -> None:
    """Forget keys in memory and leave their files."""
    monkeypatch.setattr(keyfiles.Folder, "keep", lambda self, numbers: None)


def none_made_anew(monkeypatch: Patch) -> None:
    """Give every epoch the same key."""
    monkeypatch.setattr(keyfiles.os, "urandom", bytes)


@pytest.mark.parametrize(
    "without", [shorter, longer, by_the_wall_clock, never_unlinked, none_made_anew]
)
def test_other_lifetimes_are_noticed(without: Callable[[Patch], None], monkeypatch: Patch) -> None:
    without(monkeypatch)
    quick = settings(
        max_examples=5000,  # a search ends at the first; some take hundreds
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with succeeds:
        run_state_machine_as_test(test_keys.Lifetimes, settings=quick)


# -- turns


async def test_a_turn_in_flight_survives_an_erase_that_does_not_wait(
    chat: Chat, monkeypatch: Patch
) -> None:
    @contextlib.asynccontextmanager
    async def unlocked(*_: object) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(chat, "_locked", unlocked)
    with succeeds:
        await test_chat.test_erasing_waits_for_the_turn_in_flight_and_ends_it(chat)


async def test_a_late_turn_of_an_erased_chat_speaks_of_it_where_its_words_are_kept(
    chat: Chat, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(chat, "hears_danger", lambda text: True)
    with succeeds:
        await test_chat.test_a_late_turn_of_an_erased_chat_leaves_nothing_of_it(chat)


async def test_a_crash_undoes_an_erase_that_left_no_mark(
    small: Any, tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(Record, "for_erasing", lambda self: self)
    with succeeds:
        await test_chat.test_a_crash_in_the_middle_of_erasing_ends_in_erasing(small, tmp_path)


async def test_a_redelivered_update_counts_twice_without_seen_marks(
    chat: Chat, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(Record, "has_seen", lambda self, update: False)
    with succeeds:
        await test_chat.test_a_redelivered_update_has_no_second_effect(chat)


async def test_a_reply_is_lost_where_the_row_does_not_keep_it(
    chat: Chat, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(Record, "_owed", lambda self: ())
    with succeeds:
        await test_chat.test_two_replies_that_were_not_sent_both_wait(chat)


# -- log


@pytest.mark.parametrize("value", ["a canary", 1_234_567_890, float("nan")])
def test_a_log_without_its_list_tells(value: object, monkeypatch: Patch) -> None:
    monkeypatch.setattr(log, "_checked", lambda name, numbers: dict(numbers))
    with succeeds:
        test_log.test_values_that_could_tell_something_are_refused(value)


# -- web


async def test_a_page_can_be_sent_twice_where_its_token_stays(
    client: TestClient, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(webchat, "new_token", lambda: "0" * 32)
    with succeeds:
        await test_form.test_a_spent_token_opens_nothing(client)


async def test_leaving_that_erases_nothing_is_noticed(
    client: TestClient, monkeypatch: Patch
) -> None:
    async def nothing(flight: Flight) -> None:
        return None

    monkeypatch.setattr(Flight, "erased", nothing)
    with succeeds:
        await test_form.test_leaving_erases_the_chat(client)


async def test_a_flood_locks_out_whoever_is_in_danger_where_nobody_listens(
    client: TestClient, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(Chat, "hears_danger", lambda self, text: False)
    with succeeds:
        await test_api.test_a_flood_gets_the_numbers_and_danger_is_still_answered(
            client, monkeypatch
        )


async def test_a_header_that_is_missing_is_noticed(client: TestClient) -> None:
    for name in ("Cache-Control", "Referrer-Policy", "Content-Security-Policy"):
        with pytest.MonkeyPatch.context() as missing:
            missing.delitem(security.HEADERS, name)
            with succeeds:
                await test_api.test_every_answer_keeps_quiet(client, "/")
