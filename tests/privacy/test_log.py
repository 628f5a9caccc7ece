"""The log: what is on the list comes out, and nothing else does, whoever tries."""

import ast
import enum
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.privacy import log
from bot.privacy.log import EVENTS, LARGEST, NotAllowed, event, failure

ROOT = Path(__file__).parents[2]
CANARY = "CanaryEva-1234AB-203.0.113.7"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_one_line_of_json(capfd: pytest.CaptureFixture[str]) -> None:
    """On standard error, with the fields of its row."""
    event("store_emptied", rows=3, why="missing")
    assert lines(capfd.readouterr().err) == [
        {"event": "store_emptied", "rows": 3, "why": "missing"}
    ]


class Sly(str):
    """A token by its value, and something else when it is written."""

    __slots__ = ()


class Level(enum.IntEnum):
    """An integer with a name."""

    CANARY = 1


@pytest.mark.parametrize(
    "value",
    [
        CANARY,
        "",
        "missing ",
        b"x",
        None,
        ["missing"],
        {"a": 1},
        (1,),
        1j,
        Sly("missing"),
        Level.CANARY,
        LARGEST + 1,
        -1_234_567_890,
        1e7,
        float("nan"),
        float("inf"),
    ],
    ids=repr,
)
def test_values_that_could_tell_something_are_refused(value: object) -> None:
    """No text, no containers, no number as large as a chat id; the error repeats nothing."""
    with pytest.raises(NotAllowed) as refused:
        event("store_emptied", rows=value)  # type: ignore[arg-type]
    assert "Canary" not in str(refused.value)


@pytest.mark.parametrize("value", [0, -5, LARGEST, 0.25, True, "lost"])
def test_numbers_truth_values_and_tokens_are_allowed(
    value: float, capfd: pytest.CaptureFixture[str]
) -> None:
    """They come out as they went in."""
    event("store_emptied", rows=value)
    assert lines(capfd.readouterr().err)[0]["rows"] == value


def test_a_number_carries_three_decimals_at_most(capfd: pytest.CaptureFixture[str]) -> None:
    """Digits after the point cannot carry an id either."""
    event("store_emptied", rows=0.1234567)
    assert lines(capfd.readouterr().err)[0]["rows"] == 0.123


def test_names_that_are_not_in_the_table_are_refused() -> None:
    """Neither an event nor a field can be made up."""
    for name, numbers in ((CANARY, {}), ("store_emptied", {CANARY: 1}), ("crash", {"rows": 1})):
        with pytest.raises(NotAllowed) as refused:
            event(name, **numbers)
        assert "Canary" not in str(refused.value)


def test_while_serving_a_refused_line_costs_no_turn(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It becomes an event of its own, without content."""
    monkeypatch.setattr(log, "_strict", False)
    event("store_emptied", rows=CANARY)
    failure(CANARY, ValueError(CANARY))
    assert lines(capfd.readouterr().err) == [{"event": "log_refused"}] * 2


def test_an_error_is_logged_as_class_and_place(capfd: pytest.CaptureFixture[str]) -> None:
    """The message, which may hold anything, is not."""
    try:
        event(CANARY)
    except NotAllowed as error:
        failure("crash", error)
    try:
        int(CANARY)
    except ValueError as error:
        failure("crash", error)
    ours, theirs = lines(capfd.readouterr().err)
    assert ours["error"] == "NotAllowed"
    assert str(ours["at"]).startswith("privacy/log.py:")
    assert theirs == {"event": "crash", "error": "ValueError", "at": "outside"}


def test_a_closed_standard_error_costs_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody left to tell, and a child waits."""
    monkeypatch.setattr(sys, "stderr", None)
    event("crash")


def test_every_field_of_the_table_is_a_plain_name() -> None:
    """The table itself holds names only, so a row cannot smuggle text."""
    names = [*EVENTS, *(field for fields in EVENTS.values() for field in fields)]
    assert all(name.isidentifier() and len(name) <= 24 for name in [*names, *log.TOKENS])


def calls(source: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Yield name and fields of every call of `event` and `failure` that names its event."""
    for call in ast.walk(source):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        first = call.args[0]
        if name in ("event", "failure") and isinstance(first, ast.Constant):
            yield str(first.value), {word.arg for word in call.keywords if word.arg}


def test_code_and_table_name_the_same_events() -> None:
    """No line of code logs what is not in the table, and no row is there for nobody."""
    used = {"log_refused"}
    for path in (ROOT / "bot").rglob("*.py"):
        for name, fields in calls(ast.parse(path.read_text(encoding="utf-8"))):
            assert name in EVENTS, f"{path}: {name} is not in EVENTS"
            assert fields <= EVENTS[name], f"{path}: {name} has no {fields - EVENTS[name]}"
            used.add(name)
    assert used == set(EVENTS)


def test_nobody_else_logs() -> None:
    """Outside `bot.privacy` no module imports `logging` or `warnings`."""
    for path in (ROOT / "bot").rglob("*.py"):
        if "privacy" not in path.parts:
            found = re.search(
                r"^\s*(import|from) (logging|warnings)\b", path.read_text(), re.MULTILINE
            )
            assert found is None, path


# What libraries and the interpreter do when nobody stops them, each with a canary in it.
ATTEMPTS = {
    "message": "logging.getLogger('httpx').warning('POST %s', C)",
    "update": "logging.getLogger('telegram.ext.Updater').error('update %r', {'text': C})",
    "exception": """
        try: raise ValueError(C)
        except ValueError: logging.getLogger('aiohttp.server').exception(C)
        """,
    "access": "logging.getLogger('aiohttp.access').critical(C, extra={'remote_address': C})",
    "extra": "logging.getLogger('aiohttp').error('x', extra={'error': C, 'msg2': C})",
    "stack": "logging.getLogger('asyncio').error(C, stack_info=True)",
    "own handler": """
        logger = logging.getLogger('sqlalchemy.engine.Engine')
        logger.addHandler(logging.StreamHandler()); logger.setLevel(1)
        logger.info('[parameters: %r]', (C,)); logger.error(C)
        """,
    "logger name": "logging.getLogger(C).error('x')",
    "root": "logging.error(C)",
    "basicConfig": "logging.basicConfig(); logging.warning(C)",
    "bad format": "logging.getLogger('telegram').error('%d', C)",
    "warning": "warnings.simplefilter('always'); warnings.warn(C)",
    "uncaught": "raise RuntimeError(C) from ValueError(C)",
    "thread": """
        def fail(): raise ValueError(C)
        thread = threading.Thread(target=fail, name=C); thread.start(); thread.join()
        """,
    "finalizer": """
        class Box:
            def __del__(self): raise ValueError(C)
        Box()
        """,
    "task": """
        async def fail(): raise ValueError(C)
        async def main():
            quiet_loop(asyncio.get_running_loop())
            task = asyncio.create_task(fail(), name=C)
            await asyncio.sleep(0.01); del task; gc.collect()
            asyncio.get_running_loop().call_exception_handler({'message': C})
        asyncio.run(main(), debug=True)
        """,
    "task without our handler": """
        async def fail(): raise ValueError(C)
        async def main():
            task = asyncio.create_task(fail(), name=C)
            await asyncio.sleep(0.01); del task; gc.collect()
        asyncio.run(main())
        """,
}

START = """
import asyncio, gc, logging, sys, threading, warnings
from bot.privacy.quiet import forbid_core_dumps, library, quiet_libraries, quiet_loop
C = sys.argv[1]
logging.getLogger('sqlalchemy').addHandler(logging.StreamHandler())
"""


def attempt(code: str, start: str = START + "quiet_libraries()\n") -> str:
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code), CANARY],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ATTEMPTS)
def test_nothing_that_a_library_says_comes_through(name: str) -> None:
    """Every line is one of the allow-list, and the canary is in none of them."""
    said = attempt(ATTEMPTS[name])
    assert "canary" not in said.lower()
    for line in lines("\n".join(filter(None, said.splitlines()))):
        assert line["event"] in EVENTS


def test_without_protection_the_same_attempts_would_tell() -> None:
    """The attempts are real: each of these leaks when `quiet_libraries` is not called."""
    for name in ("message", "exception", "warning", "uncaught", "thread", "finalizer", "task"):
        code = ATTEMPTS[name].replace("quiet_loop(asyncio.get_running_loop())", "pass")
        assert CANARY in attempt(code, START), name


def test_what_is_left_says_which_library_and_which_error() -> None:
    """An operator can see that something is wrong, and where to look."""
    said = lines(attempt(ATTEMPTS["exception"]))
    assert said == [
        {
            "event": "library",
            "library": "aiohttp",
            "level": 40,
            "error": "ValueError",
            "at": "outside",
        }
    ]


def test_a_crash_leaves_no_memory_behind() -> None:
    """Core dumps are off."""
    said = attempt(
        "forbid_core_dumps(); import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert said == "(0, 0)\n"
