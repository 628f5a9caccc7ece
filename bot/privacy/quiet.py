"""Keep what libraries and the interpreter would say out of the log.

python-telegram-bot logs whole updates when parsing fails, httpx logs addresses with the token in
them, aiohttp logs the visitor's address with an error, SQLAlchemy puts parameters into exceptions.
So every record is emptied where it is made: whatever handler somebody adds later finds no text in
it. What is left (which library, which level, class of the exception, our own line) goes through
the allow-list of `bot.privacy.log`.
"""

import asyncio
import logging
import resource
import sys
import threading
import warnings
from types import TracebackType
from typing import Any

from bot.privacy import log

_LEVEL = logging.WARNING
_ACCESS = "aiohttp.access"


class _Bare(logging.LogRecord):
    """A record without message, arguments, stack or exception; the error is kept as a place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lucht_error = self.exc_info[1] if self.exc_info else None
        self.msg, self.args, self.exc_info, self.stack_info = "", (), None, None

    def getMessage(self) -> str:  # noqa: N802  (the name that logging calls)
        """Nothing, whatever was put into the record after it was made."""
        return ""


class _Allowed(logging.Handler):
    """Turns a record into one line of the allow-list."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say which library had something to say, how loud, and which error; never what."""
        error = getattr(record, "lucht_error", None)
        numbers: dict[str, Any] = {"library": library(record.name), "level": record.levelno}
        if isinstance(error, BaseException):
            log.failure("library", error, **numbers)
        else:
            log.event("library", **numbers)
        # The traceback in the error holds the frames, and those the words of a turn.
        record.lucht_error = None


def library(name: str) -> str:
    """Name the library that owns the logger `name`, or `other`."""
    top = "warnings" if name == "py.warnings" else name.partition(".")[0]
    return top if top in log.TOKENS else "other"


def quiet_libraries() -> None:
    """Let nothing but the allow-list reach the log, for this whole process.

    Covers `logging` (every library, also handlers added later), warnings, and the hooks for
    exceptions that nobody caught. Call it before the first library starts; `quiet_loop` does the
    same for an event loop. Calling it again changes nothing.
    """
    logging.setLogRecordFactory(_Bare)
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    # Advises typed methods of the Bot API, whose objects cost more than a whole turn.
    warnings.filterwarnings("ignore", message="Please use 'Bot\\.")
    logging.basicConfig(level=_LEVEL, handlers=[_Allowed(_LEVEL)], force=True)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()
    logging.getLogger(_ACCESS).disabled = True
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread


def quiet_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let `loop` report an exception of a task as class and place only."""
    loop.set_exception_handler(_in_task)


def forbid_core_dumps() -> None:
    """Keep the memory of a crash, with keys and dialogues in it, off the disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        log.failure("crash", error.with_traceback(trace))


def _in_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        log.failure("crash_in_task", error)
    else:
        log.event("crash_in_task")


def _in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.failure("crash_in_thread", args.exc_value)


def _unraisable(args: "sys.UnraisableHookArgs") -> None:
    if args.exc_value is not None:
        log.failure("crash_ignored", args.exc_value)
