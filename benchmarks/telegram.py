"""Durable turns a second through the whole Telegram path, beside a stateless echo.

32 chats talk at once, each in dialogues of ten steps; the next update of a chat goes out as soon
as the one before was acknowledged, and that is after its answer arrived. Lucht keeps every turn on
disk before it answers; the echo keeps nothing. Each runs as a server of its own on the first core,
the Bot API and the people on the second. Only the ratio means something on another machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.handlers.telegram import webhook_secret
from tests.telegram.fake_api import FakeApi, Person

ROOT = Path(__file__).parents[1]
TOKEN = "1:fake"
CHATS = 32
STEPS = 10
ROUNDS = 2
WARM_UP, SECONDS = 1.5, 4.0
GOAL = 2.5
CORES = os.sched_getaffinity(0)

# As fast as it goes: Telegram's own limits would hide everything else.
UNLIMITED = {"TELEGRAM_RATE": "999999", "TELEGRAM_CHAT_RATE": "999999"}


@dataclass
class Result:
    """What was counted while the clock ran."""

    turns: int = 0
    messages: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Turns a second."""
        return self.turns / self.seconds


@dataclass
class Contender:
    """A bot: how it is started and what people do to it."""

    name: str
    command: Callable[[int, str], list[str]]
    step: Callable[[Person, int], None]
    result: Result


def talk(person: Person, step: int) -> None:
    """Begin, then press one of the buttons that are on the screen, a different one each time."""
    choices = [c for c in person.api.buttons(person.chat).values() if not c.startswith("!")]
    if step == 0 or not choices:
        person.type("/start")
    else:
        person.forge(choices[(person.chat + step) % len(choices)])


def chatter(person: Person, step: int) -> None:
    """Say something short."""
    person.type(f"stap {step}")


def lucht(port: int, api: str) -> list[str]:
    """Return the command of the product, as `make run` gives it."""
    return [sys.executable, "-m", "bot", "run"]


def echo(port: int, api: str) -> list[str]:
    """Return the command of the echo."""
    return [sys.executable, "-m", "benchmarks.echo", str(port), api]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextlib.contextmanager
def server(contender: Contender, port: int, api: str) -> Iterator[None]:
    """Run a bot in a process of its own, with an empty store, on the first core."""
    with tempfile.TemporaryDirectory() as data:
        environ = {
            **os.environ,
            **UNLIMITED,
            "LUCHT_DATA": data,
            "LUCHT_PORT": str(port),
            "LUCHT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": api,
        }
        command = contender.command(port, api)
        with subprocess.Popen(command, cwd=ROOT, env=environ) as process:
            os.sched_setaffinity(process.pid, {min(CORES)})
            try:
                yield
            finally:
                process.terminate()


async def _ready(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


async def _chat(api: FakeApi, contender: Contender, chat: int, until: float) -> None:
    """Be one person: the next update when the one before is acknowledged."""
    person, step = Person(api, chat), chat % STEPS
    while time.perf_counter() < until:
        contender.step(person, step)
        if await api.post(api.take(chat)):
            contender.result.turns += 1
        step = (step + 1) % STEPS


async def _round(contender: Contender, api: FakeApi, seconds: float) -> None:
    """Let everybody talk for some seconds."""
    messages = len(api.calls)
    start = time.perf_counter()
    await asyncio.gather(*(_chat(api, contender, 1000 + n, start + seconds) for n in range(CHATS)))
    contender.result.seconds += time.perf_counter() - start
    contender.result.messages += len(api.calls) - messages


async def measure(contender: Contender) -> None:
    """Start a bot, warm it up, and count."""
    port = _free_port()
    here = f"http://127.0.0.1:{port}/telegram"
    api = FakeApi(token=TOKEN, checked=False, send_to=here, by_hand=True)
    api.webhook = {"secret_token": webhook_secret(TOKEN)}
    await api.start()
    with server(contender, port, api.url):
        await _ready(port)
        before = Result(**vars(contender.result))
        await _round(contender, api, WARM_UP)
        contender.result = before
        await _round(contender, api, SECONDS)
    await api.stop()


def main() -> int:
    """Measure both in turns, and say the ratio; 1 when it is below the goal."""
    ours = Contender("Lucht, durable", lucht, talk, Result())
    theirs = Contender("python-telegram-bot echo, stateless", echo, chatter, Result())
    if len(CORES) > 1:
        os.sched_setaffinity(0, {max(CORES)})
    for _ in range(ROUNDS):
        for contender in (theirs, ours):
            asyncio.run(measure(contender))
    for contender in (theirs, ours):
        result = contender.result
        calls = result.messages / result.turns
        print(f"{contender.name:36} {result.rate:7.0f} turns/s  {calls:.2f} calls a turn")
    ratio = ours.result.rate / theirs.result.rate
    print(f"{'ratio':36} {ratio:7.2f}  (goal {GOAL})")
    return ratio < GOAL


if __name__ == "__main__":
    sys.exit(main())
