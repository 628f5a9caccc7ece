"""docs/developers/attacks.md names tests that are there, each attack with its counter-test."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "developers" / "attacks.md").read_text(encoding="utf-8")
PAIRS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if "::" in line]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def defined(path: str) -> set[str]:
    """Return the tests of a file: its functions, and classes that were given a name."""
    names = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.add(node.targets[0].id)
    return names


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(PAGE))))
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    """A row that outlived its test turns this red."""
    assert name in defined(path)


def test_every_attack_has_its_counter_test() -> None:
    """Three columns: the attack (or "the same"), what is taken away, and a test by name."""
    assert len(PAIRS) >= 30
    for attack, taken, then in PAIRS:
        assert NAMED.match(attack) or attack.startswith("the same"), attack
        assert taken
        assert NAMED.fullmatch(then), then


def test_every_counter_test_is_on_the_page() -> None:
    """Who adds one adds its row."""
    path = "tests/privacy/test_without_protection.py"
    listed = {name for file, name in NAMED.findall(PAGE) if file == path}
    assert {name for name in defined(path) if name.startswith("test_")} == listed
