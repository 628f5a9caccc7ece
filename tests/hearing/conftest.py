"""The ear of the content that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.load import load
from bot.engine.model import Release
from bot.hearing import Hearing

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def release() -> Release:
    content, problems = load(ROOT)
    assert not problems
    return content.release


@pytest.fixture(scope="session")
def ear(release: Release) -> Hearing:
    return release.hearing
