"""Content for tests: a small one with invented services, and the real one."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from playwright.async_api import expect

from bot.content.load import Content, load
from bot.privacy import log

# A line that the allow-list refuses is an error here, not a `log_refused`.
log.strict()

settings.register_profile(
    "lucht", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lucht")

# How long a busy machine may take before a page that never changes is called red.
expect.set_options(timeout=30_000)

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "small"
OF_REAL_SERVICES = ("schemes.yaml", "norms.yaml", "everywhere.yaml")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
NIGHT = NOON.replace(hour=3)


def small_root(folder: Path) -> Path:
    """Copy the small content, with the real words, languages and places, to a folder."""
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "conversations" / "words", folder / "conversations" / "words")
    (folder / "locales").mkdir()
    shutil.copy(ROOT / "locales" / "languages.yaml", folder / "locales")
    for path in (ROOT / "directory").glob("*.*"):
        if path.name not in OF_REAL_SERVICES:
            shutil.copy(path, folder / "directory")
    return folder


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Change a file below a content folder; the old text must be there."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the small content, to change at will."""
    return small_root(tmp_path / "content")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The small content, compiled."""
    content, problems = load(small_root(tmp_path_factory.mktemp("small") / "content"))
    assert problems == []
    return content


@pytest.fixture(scope="session")
def real() -> Content:
    """The content of this repository, compiled."""
    content, problems = load(ROOT)
    assert problems == []
    return content


@pytest.fixture(scope="session")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The small content, in which the answers to "Heb je vandaag gegeten?" are counted."""
    root = small_root(tmp_path_factory.mktemp("counting") / "content")
    count_meals(root)
    content, problems = load(root)
    assert problems == []
    return content


def count_meals(root: Path) -> None:
    """Let a copy of the small content count who has eaten; skipping is not counted."""
    edit(root, "conversations/eten.yaml", "    save: today\n", "    save: today\n    count: yes\n")
