"""The log: event names and numbers from one table, and nothing else.

Rules of what may be logged:

- A line is an event of `EVENTS` with the fields of its row. Values are truth values, numbers up to
  `LARGEST` (a chat id does not fit) or words of `TOKENS`. There is no field for text.
- An exception is logged as event, name of its class and the deepest line of our own code; its
  message never is, since libraries put parameters, addresses and whole updates into messages.
- A line carries no time. Whoever runs the service may add one outside, and should not.
- What libraries log is kept out: `quiet_libraries` empties every record where it is made.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

LARGEST = 1_000_000

EVENTS: Mapping[str, frozenset[str]] = {
    name: frozenset(fields)
    for name, fields in {
        # the server is up, with this much to say
        "started": ("conversations",),
        # keys: what the operator must know about the key folder
        "keys_reset": ("why",),
        "key_not_kept": (),
        "key_not_destroyed": (),
        # live store
        "store_emptied": ("rows", "why"),
        "store_unreadable": ("rows",),
        "store_failed": ("waiting",),
        "store_expiry_failed": (),
        # releases: what is live changed, could not be looked up, or no longer compiles
        "release_live": ("conversations",),
        "release_not_followed": (),
        "release_broken": (),
        # what was counted since the day began could not be written
        "counts_lost": (),
        # the link check could not write down what it found
        "links_not_checked": (),
        # web
        "web_failed": (),
        # console; number: the first entry of the staff's log that is not as it was written
        "console_failed": (),
        "audit_broken": ("number",),
        "audit_not_kept": (),
        # Telegram: what its API would not do; code is the HTTP status, 0 without an answer
        "telegram_call_failed": ("code",),
        "telegram_poll_failed": ("code",),
        "telegram_refused": ("count",),
        "telegram_turn_failed": (),
        "telegram_turn_given_up": (),
        "telegram_waits": ("count",),
        # what would otherwise end as a traceback or a library's own line
        "library": ("library", "level"),
        "crash": (),
        "crash_in_task": (),
        "crash_in_thread": (),
        "crash_ignored": (),
        "log_refused": (),
    }.items()
}

TOKENS = frozenset(
    {
        # why keys were reset or the store emptied
        *("missing", "damaged", "clock", "lost"),
        # whose record it was
        *("aiohttp", "aiosqlite", "asyncio", "httpcore", "httpx", "sqlalchemy", "telegram"),
        *("warnings", "other"),
    }
)

_PACKAGE = Path(__file__).resolve().parents[1]
_strict = False


class NotAllowed(Exception):  # noqa: N818  (named after the situation)
    """Somebody tried to log what is not in the table. Names the field at most, never the value."""


def strict() -> None:
    """Raise `NotAllowed` from now on (tests); otherwise a refused line becomes `log_refused`."""
    global _strict
    _strict = True


def event(name: str, **numbers: float | bool | str) -> None:
    """Write one line of JSON to standard error.

    `name` and the names of `numbers` must stand in `EVENTS`, words in `TOKENS`. A line that is not
    allowed raises `NotAllowed` in tests; while serving it becomes `log_refused`, because a slip in
    a log line must not cost a child the answer.
    """
    _emit(name, numbers, {})


def failure(name: str, error: BaseException, **numbers: float | bool | str) -> None:
    """Write one line about `error`: its class and the deepest line of our code, not its message."""
    _emit(name, numbers, {"error": type(error).__name__, "at": place_of(error)})


def place_of(error: BaseException) -> str:
    """Say where in our own code `error` passed deepest, as `store/live.py:12`, or `outside`."""
    place, trace = "outside", error.__traceback__
    while trace is not None:
        place = _own_place(trace) or place
        trace = trace.tb_next
    return place


def _own_place(trace: TracebackType) -> str | None:
    path = Path(trace.tb_frame.f_code.co_filename)
    if not path.is_relative_to(_PACKAGE):
        return None
    return f"{path.relative_to(_PACKAGE).as_posix()}:{trace.tb_lineno}"


def _emit(name: str, numbers: Mapping[str, object], about: Mapping[str, str]) -> None:
    try:
        _write({"event": name, **_checked(name, numbers), **about})
    except NotAllowed:
        if _strict:
            raise
        _write({"event": "log_refused"})


def _checked(name: str, numbers: Mapping[str, object]) -> dict[str, float | bool | str]:
    if name not in EVENTS:
        raise NotAllowed("bot/privacy/log.py: no such event; add a row to EVENTS")
    return {field: _value(name, field, value) for field, value in numbers.items()}


def _value(name: str, field: str, value: object) -> float | bool | str:
    if field not in EVENTS[name]:
        raise NotAllowed(f"bot/privacy/log.py: {name} has no such field; add it to its row")
    # Exact types: a subclass could bring its own text. Not a number is never <= LARGEST.
    if type(value) is bool or (type(value) is str and value in TOKENS):
        return value
    if type(value) is int and abs(value) <= LARGEST:
        return value
    if type(value) is float and abs(value) <= LARGEST:
        return round(value, 3)
    raise NotAllowed(f"bot/privacy/log.py: {name}.{field} is no number, truth value or token")


def _write(line: Mapping[str, object]) -> None:
    try:
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        # Standard error is closed: there is nobody left to tell.
        return
