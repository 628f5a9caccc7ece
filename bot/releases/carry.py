"""Releases out to a folder that git can hold, and back; and a copy of the content store."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from bot.releases.desk import Desk
from bot.releases.standing import RefusedError
from bot.releases.tree import read_files, write_files
from bot.store.content import ContentStore, Place, copy, missing
from bot.store.live import StoreError

Carried: TypeAlias = tuple[str, tuple[str, ...]]
"""A release, and the problems that kept it where it is."""


async def export(store: Place, folder: Path, clock: Callable[[], datetime]) -> Carried:
    """Write the release that is live below a folder, byte for byte."""
    if problem := missing(store):
        return "", (problem,)
    async with ContentStore.open(store) as opened:
        desk = Desk(opened, clock)
        state = await desk.state()
        if state is None:
            return "", (f"{store}: nothing is live yet; start Lucht once",)
        write_files(folder, await desk.files(state.release))
        return state.release, ()


async def take_in(
    store: Place, folder: Path, reason: str, clock: Callable[[], datetime]
) -> Carried:
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


def backup(store: Place, target: Path) -> list[str]:
    """Copy the content store as it is at one moment, also while it is in use; return problems.

    The copy is a file of SQLite, whatever database it was taken from.
    """
    if problem := missing(store):
        return [problem]
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        return [f"{target}: cannot be made ({type(error).__name__}); name a new file"]
    problems = asyncio.run(_copied(store, target))
    if problems:
        target.unlink()
    return problems


def restore(store: Place, source: Path) -> list[str]:
    """Put a backup back; return problems. What stands in a content store is never overwritten."""
    if not source.is_file():
        return [f"{source}: no such file; name what lucht backup wrote"]
    with tempfile.TemporaryDirectory(prefix="lucht-") as folder:
        # An older backup is brought up to date on the way, and stays as it is itself.
        return asyncio.run(_copied(Path(shutil.copy(source, folder)), store))


async def _copied(source: Place, target: Place) -> list[str]:
    try:
        async with ContentStore.open(source) as from_store, ContentStore.open(target) as to_store:
            if not await copy(from_store, to_store):
                return ["the content store is not empty; restore into a new one"]
    except StoreError as error:
        return [str(error)]
    return []
