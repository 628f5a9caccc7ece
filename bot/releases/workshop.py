"""Where releases are compiled and checked: off the event loop, before anybody is served by them.

Compiling takes seconds, so what may become live soon is compiled when it was checked, and kept.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.content.ear import lend
from bot.content.load import Content, load
from bot.releases.tree import Files, write_files

KEPT = 6
"""Compiled releases in memory: what is live, what was, and what may become so (20 MB each)."""

Fetch = Callable[[str], Awaitable[Files]]


class BrokenError(Exception):
    """A release that was checked once no longer compiles; ``problems`` says why."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems."""
        super().__init__("\n".join(problems))
        self.problems = problems


class Workshop:
    """Compiles releases by their name, each once, and keeps the last few."""

    def __init__(self, fetch: Fetch) -> None:
        """``fetch`` returns the files of a release by its name."""
        self._fetch = fetch
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self._lock = asyncio.Lock()

    async def content(self, release: str) -> Content:
        """Return a release with its scripts and texts.

        Raises `BrokenError` when it does not compile.
        """
        known = self.kept(release)
        if known is not None:
            return known
        # One at a time: two compilations together would only both be late.
        async with self._lock:
            return self.kept(release) or await self._compile(release)

    def kept(self, release: str) -> Content | None:
        """Return a release that is compiled already, if it is."""
        found = self._kept.get(release)
        if found is not None:
            self._kept.move_to_end(release)
        return found

    def keep(self, content: Content) -> None:
        """Take in what somebody else compiled."""
        self._kept[content.release.id] = content
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _compile(self, release: str) -> Content:
        files = await self._fetch(release)
        content, problems = await asyncio.to_thread(compiled, files)
        if problems:
            raise BrokenError(problems)
        self.keep(content)
        return content


def compiled(files: Files) -> tuple[Content, list[str]]:
    """Compile files; return the content with every problem of reading."""
    with tempfile.TemporaryDirectory(prefix="lucht-") as folder:
        write_files(Path(folder), files)
        return load(Path(folder))


async def examined(files: Files) -> list[str]:
    """Return everything that ``lucht check`` finds in files: the very command, as a process.

    It takes many seconds of computing, which would otherwise slow the chats down.
    """
    with tempfile.TemporaryDirectory(prefix="lucht-") as folder:
        await asyncio.to_thread(write_files, Path(folder), files)
        await asyncio.to_thread(lend, Path(folder))
        command = (sys.executable, "-m", "bot", "--content", folder, "check")
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    lines = said.decode(errors="replace").splitlines()
    if process.returncode == 0:
        return []
    return lines if process.returncode == 1 and lines else [_STOPPED]


_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TMPDIR")
"""What the check may know of our environment: nothing secret."""

_STOPPED = "conversations:1: the check itself stopped; try again, or run lucht check on an export"
