"""Setting up: pinned, repeatable, and clear about what is missing on a bare machine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements/run.lock", "requirements/dev.lock"]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, without what an outer make left in the environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def fake_python(folder: Path, ends: int) -> Path:
    """A Python that makes a virtual environment whose pip ends with status `ends`."""
    (folder / "pip").write_text(f"#!/bin/sh\necho pip >> {folder}/calls\nexit {ends}\n")
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -m ] || exit 0\necho "$@" >> {folder}/calls\n'
        f'mkdir -p "$4/bin"; cp {folder}/pip "$4/bin/pip"\n'
    )
    for program in (folder / "pip", python):
        program.chmod(0o755)
    return python


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_by_hash_and_from_nowhere_in_particular(lock: str) -> None:
    """A lock names versions and hashes, never a host."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(pins) > 10
    assert all(re.match(r"[\w.\[\]-]+==\S+.*--hash=sha256:", pin, re.DOTALL) for pin in pins)
    assert "://" not in text


def test_without_python_it_says_what_to_install(tmp_path: Path) -> None:
    """A machine with an old Python or none gets the command that helps."""
    result = make("setup", f"VENV={tmp_path}/venv", "PYTHON=")
    assert result.returncode != 0
    assert "apt-get install python3 python3-venv" in result.stderr


def test_without_venv_it_says_what_to_install(tmp_path: Path) -> None:
    """Debian ships Python without venv; the message names the package."""
    result = make("setup", f"VENV={tmp_path}/venv", "PYTHON=false")
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stderr


def test_without_a_browser_no_test_is_silently_skipped() -> None:
    """`make test` stops and says what to install, before anything else happens."""
    result = make("test", "CHROMIUM=/nowhere/chromium")
    assert result.returncode != 0
    assert "apt-get install chromium fonts-noto-core" in result.stderr
    assert not result.stdout


def test_an_interrupted_setup_starts_again_from_nothing(tmp_path: Path) -> None:
    """A half-made environment is cleared and made anew; a whole one is left alone."""
    calls = tmp_path / "calls"
    venv = tmp_path / "venv"
    assert make("setup", f"VENV={venv}", f"PYTHON={fake_python(tmp_path, ends=1)}").returncode != 0
    assert calls.read_text().splitlines() == [f"-m venv --clear {venv}", "pip"]
    calls.unlink()
    assert make("setup", f"VENV={venv}", f"PYTHON={fake_python(tmp_path, ends=0)}").returncode == 0
    assert calls.read_text().splitlines() == [f"-m venv --clear {venv}", "pip", "pip"]
    calls.unlink()
    assert make("setup", f"VENV={venv}", f"PYTHON={fake_python(tmp_path, ends=1)}").returncode == 0
    assert not calls.exists()
