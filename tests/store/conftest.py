"""A live store on clocks that the test moves."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.privacy.keys import KeyRing
from bot.store.live import LiveStore
from tests.privacy.clocks import Clocks


@pytest.fixture
def clocks() -> Clocks:
    """Nothing passes by itself."""
    return Clocks()


@pytest.fixture
def ring(tmp_path: Path, clocks: Clocks) -> Iterator[KeyRing]:
    """Keys beside the database."""
    with clocks.ring(tmp_path / "keys") as ring:
        yield ring


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database file."""
    return tmp_path / "data" / "live.db"


@pytest.fixture
async def store(path: Path, ring: KeyRing) -> AsyncIterator[LiveStore]:
    """Open, empty, on `path`."""
    async with LiveStore.open(path, ring) as store:
        yield store
