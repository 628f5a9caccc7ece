"""The core is pure: it imports no I/O, no clock, no chance, and nothing of the shell."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
CORE = (
    *("card", "catalog", "directory", "engine", "hearing", "places", "scheme_card", "schemes"),
    *("sheet", "voice", "wording"),
)
MAY = {
    *("__future__", "abc", "bisect", "calendar", "collections", "dataclasses", "datetime", "enum"),
    *("functools", "hashlib", "itertools", "math", "operator", "re", "types", "typing"),
    *("unicodedata", "zlib", "zoneinfo", "babel", "msgspec", "numpy", "rapidfuzz", "bot"),
}
BACKWARDS = {
    "content": {"chat", "app", "handlers", "store", "cli", "record"},
    "privacy": {"chat", "app", "handlers", "store", "cli", "engine", "content"},
    "staff": {"chat", "app", "handlers", "store", "cli", "engine", "content"},
    "store": {"chat", "app", "handlers", "cli", "engine", "content"},
    "releases": {"chat", "app", "handlers", "cli", "record"},
    "handlers": {"app", "cli"},
}


def files(part: str) -> list[Path]:
    folder = BOT / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [BOT / f"{part}.py"]


def imports(path: Path) -> set[str]:
    """Names of modules that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


CORE_FILES = [path for part in CORE for path in files(part) if path.exists()]


@pytest.mark.parametrize("path", CORE_FILES, ids=lambda p: p.relative_to(BOT).as_posix())
def test_the_core_imports_no_shell_no_clock_and_no_chance(path: Path) -> None:
    for name in imports(path):
        top, _, rest = name.partition(".")
        assert top in MAY, f"{path.name} imports {name}"
        assert top != "bot" or not rest or rest.split(".")[0] in CORE, f"{path.name}: {name}"


@pytest.mark.parametrize("path", CORE_FILES, ids=lambda p: p.relative_to(BOT).as_posix())
def test_the_core_never_asks_for_the_time_or_waits(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, (ast.AsyncFunctionDef, ast.Await)), path
        if isinstance(node, ast.Attribute):
            assert (
                node.attr not in {"now", "utcnow", "today"}
                or not isinstance(node.value, ast.Name)
                or node.value.id not in {"datetime", "date"}
            ), f"{path}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}, f"{path}:{node.lineno}"


@pytest.mark.parametrize("part", BACKWARDS)
def test_nothing_points_back(part: str) -> None:
    for path in files(part):
        for name in imports(path):
            if name.startswith("bot."):
                assert name.split(".")[1] not in BACKWARDS[part], f"{path}: {name}"
