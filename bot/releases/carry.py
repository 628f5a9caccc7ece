"""Releases out to a folder that git can hold, and back; and a copy of the content store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from bot.releases.desk import Desk
from bot.releases.standing import RefusedError
from bot.releases.tree import read_files, write_files
from bot.store.content import ContentStore

Carried: TypeAlias = tuple[str, tuple[str, ...]]
"""A release, and the problems that kept it where it is."""


async def export(store: Path, folder: Path, clock: Callable[[], datetime]) -> Carried:
    """Write the release that is live below a folder, byte for byte."""
    if missing := _missing(store):
        return "", (missing,)
    async with ContentStore.open(store) as opened:
        desk = Desk(opened, clock)
        state = await desk.state()
        if state is None:
            return "", (f"{store}: nothing is live yet; start Lucht once",)
        write_files(folder, await desk.files(state.release))
        return state.release, ()


async def take_in(store: Path, folder: Path, reason: str, clock: Callable[[], datetime]) -> Carried:
    """Check what stands below a folder, and make it live; with a problem nothing happens."""
    files = read_files(folder)
    if not files:
        return "", (
            f"{folder}: no conversations, locales or directory; name the folder above them",
        )
    async with ContentStore.open(store) as opened:
        try:
            return await Desk(opened, clock).take_in(files, reason)
        except RefusedError:
            return "", ("--reason: say in a few words why",)


def backup(store: Path, target: Path) -> list[str]:
    """Copy the content store as it is at one moment, also while it is in use; return problems."""
    if missing := _missing(store):
        return [missing]
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        return [f"{target}: cannot be made ({type(error).__name__}); name a new file"]
    try:
        with (
            closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.execute("PRAGMA busy_timeout = 5000")
            source.backup(copy)
    except sqlite3.Error as error:
        target.unlink()
        return [f"{store}: could not be copied ({type(error).__name__}); try again"]
    return []


def _missing(store: Path) -> str:
    known = store.is_file()
    return "" if known else f"{store}: no content store; start Lucht once, or set LUCHT_DATA"
