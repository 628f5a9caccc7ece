"""The product as a process, seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from tests.conftest import ROOT
from tests.telegram.conftest import api

__all__ = ["api"]

PACE = {"TELEGRAM_RATE": "100000", "TELEGRAM_CHAT_RATE": "100000"}


class Served:
    """Starts and kills `lucht run`; see `tests.process.served`."""

    def __init__(self, process: asyncio.subprocess.Process, settings: dict[str, str]) -> None:
        self.process, self.settings = process, settings
        self.child = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        assert self.process.stdin
        given = {**self.settings, "LUCHT_PORT": str(self.port), **PACE, **settings}
        self.process.stdin.write(json.dumps(given).encode() + b"\n")
        self.child = int(await self.line())
        async with aiohttp.ClientSession() as client, asyncio.timeout(60):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.get(self.url + "/hulp"):
                        return
                await asyncio.sleep(0.01)

    async def end(self, how: int = signal.SIGKILL) -> None:
        """Kill it."""
        os.kill(self.child, how)
        assert await self.line() == "dead"
        self.child = 0

    async def line(self) -> str:
        """Return the next line that it tells."""
        assert self.process.stdout
        async with asyncio.timeout(90):
            return (await self.process.stdout.readline()).decode().strip()


@contextlib.asynccontextmanager
async def served(folder: Path, mode: str = "") -> AsyncIterator[Served]:
    """Have a process ready that keeps everything below a folder, its log in the file ``log``."""
    (folder / "tmp").mkdir(parents=True)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.process.served", mode),
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder / "tmp"), "SQLITE_TMPDIR": str(folder / "tmp")},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        here = Served(
            process, {"LUCHT_DATA": str(folder / "data"), "LUCHT_KEYS": str(folder / "keys")}
        )
        assert await here.line() == "loaded"
        try:
            yield here
        finally:
            if here.child:
                os.kill(here.child, signal.SIGKILL)
            assert process.stdin
            process.stdin.close()
            await process.wait()
