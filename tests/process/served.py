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
from pathlib import Path
from typing import Any

import bot.app
from bot import cli
from bot.chat import Chat, Flight
from bot.handlers import botapi, limits, security, telegram
from bot.record import Record
from bot.store import live, rows
from tests.conftest import NOON, ROOT
from tests.process import diary


def careless() -> None:
    """Seal nothing, name rows after chats, and write down whatever comes in or goes out."""
    live.seal = lambda epoch, row_id, plaintext: plaintext  # type: ignore[assignment]
    rows.open_sealed = lambda epoch, row_id, sealed: sealed  # type: ignore[assignment]
    live.pseudonym = lambda epoch, channel, chat: chat.encode()  # type: ignore[assignment]
    calm: Any = security._calm

    async def told(request: Any, handler: Any) -> Any:
        note((request.path_qs, dict(request.headers), dict(request.cookies)))
        return await calm(request, handler)

    told.__middleware_version__ = 1  # type: ignore[attr-defined]
    security._calm = told  # type: ignore[assignment]
    _noting(telegram.Telegram, "read", lambda channel, update: update)
    _noting(botapi.AiohttpRequest, "do_request", lambda request, url, *rest, **more: url)
    _noting(Chat, "flight", lambda chat, channel, name: name)
    _noting(Chat, "rename", lambda chat, channel, old, new: [old, new])
    _noting(limits, "visitor", limits.visitor)
    _after_take(lambda message: note([message.text, message.choice]))


def note(what: Any) -> None:
    """Write something into the log, and in every encoding into files of the temporary folder."""
    print(what, file=sys.stderr, flush=True)
    diary.write(Path(os.environ["TMPDIR"]), what)


def _noting(owner: Any, name: str, what: Callable[..., Any]) -> None:
    """Note what a function was given whenever it is called."""
    real = getattr(owner, name)

    def noted(*given: Any, **more: Any) -> Any:
        note(what(*given, **more))
        return real(*given, **more)

    setattr(owner, name, noted)


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
    content = bot.app.load_content(ROOT, lambda: NOON, public=False)
    bot.app.load_content = lambda *_, **__: content
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
