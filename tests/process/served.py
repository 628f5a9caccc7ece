"""`lucht run` as a process of its own that is quick to start again, and there to be killed.

`python -m tests.process.served [MODE]` reads content and modules once. For each line on standard
input, a JSON object with settings, it forks a child that runs the command, names its process id,
waits for its end and says so. The modes take a protection away, so that a test can show that it
would notice.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import bot.app
from bot import cli
from bot.chat import Flight
from bot.handlers import security, telegram
from bot.record import Record
from bot.store import live, rows
from tests.conftest import NOON, ROOT


def careless() -> None:
    """Seal nothing, name rows after chats, and write down whatever comes in."""
    live.seal = lambda epoch, row_id, plaintext: plaintext  # type: ignore[assignment]
    rows.open_sealed = lambda epoch, row_id, sealed: sealed  # type: ignore[assignment]
    live.pseudonym = lambda epoch, channel, chat: chat.encode()  # type: ignore[assignment]
    calm: Any = security._calm
    read = telegram.Telegram.read

    async def told(request: Any, handler: Any) -> Any:
        print(request.path_qs, dict(request.headers), request.cookies, file=sys.stderr)
        return await calm(request, handler)

    def shown(self: Any, update: Any) -> Any:
        print(update, file=sys.stderr, flush=True)
        return read(self, update)

    told.__middleware_version__ = 1  # type: ignore[attr-defined]
    security._calm = told  # type: ignore[assignment]
    telegram.Telegram.read = shown  # type: ignore[method-assign]
    _after_take(lambda message: print(message, file=sys.stderr, flush=True))


def _after_take(do: Callable[[Any], None]) -> None:
    take = Flight.take

    async def taken(self: Any, message: Any, **more: Any) -> Any:
        do(message)
        return await take(self, message, **more)

    Flight.take = taken  # type: ignore[method-assign]


def forgetful() -> None:
    """Keep no mark of the updates that were seen."""
    noted = Record.noted
    Record.noted = lambda self, update, incoming: noted(self, 0, incoming)  # type: ignore[method-assign]


def hasty() -> None:
    """Acknowledge first, and keep the turn when there is time."""
    answer = telegram.Telegram.answer
    later: set[Any] = set()

    async def at_once(self: Any, incoming: Any) -> None:
        import asyncio

        later.add(asyncio.create_task(answer(self, incoming)))

    telegram.Telegram.answer = at_once  # type: ignore[method-assign]


MODES = {"": lambda: None, "careless": careless, "forgetful": forgetful, "hasty": hasty}


def serve(settings: dict[str, str]) -> int:
    """Run the command in this process."""
    os.environ.update(settings)
    return cli.main(["run"])


def main() -> None:
    """Fork, name the child, wait for its end; once for each line."""
    MODES[sys.argv[1] if len(sys.argv) > 1 else ""]()
    release = bot.app.load_release(ROOT, lambda: NOON, public=False)
    bot.app.load_release = lambda *_, **__: release
    cli.clock = lambda: NOON
    os.write(1, b"loaded\n")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.close(1)
            os.open(os.devnull, os.O_WRONLY)
            os._exit(serve(json.loads(line)))
        os.write(1, b"%d\n" % child)
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main()
