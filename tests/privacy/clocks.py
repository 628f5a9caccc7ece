"""Clocks for tests: a wall clock that can be set, and a boot clock that cannot."""

from pathlib import Path

from bot.privacy.keys import EPOCH_SECONDS, KeyRing

HOUR = 3600.0
NOON = 1_790_000_000.0 // EPOCH_SECONDS * EPOCH_SECONDS


class Clocks:
    """`true` is the time that really passed, `shift` what the wall clock adds to it."""

    def __init__(self) -> None:
        self.true = 5000.0
        self.shift = NOON - 5000.0

    def wall(self) -> float:
        """Return what the wall clock shows."""
        return self.true + self.shift

    def boot(self) -> float:
        """Return the time since the machine started."""
        return self.true

    def ring(self, folder: Path) -> KeyRing:
        """Open the ring of `folder` on these clocks."""
        return KeyRing(folder, wall=self.wall, boot=self.boot)
