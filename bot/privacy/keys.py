"""Epoch keys: made at random every two hours, destroyed a day after their epoch.

Rules of lifetimes:

- An epoch is two hours. Its number is wall-clock seconds // 7200 when the ring starts and counts
  on the boot-time clock from there: a wall clock that jumps while the ring runs changes nothing,
  and numbers never go back.
- Keys of one epoch are independent of all others: nothing that exists later can compute them.
- A key is live for its own epoch and the `KEPT` ones after it, 26 hours from the start of its
  epoch. So a row is readable for at least 24 hours after it was written and for at most 26.
- At start the age is the number in the file's name against the wall clock. Expired keys are
  destroyed before anything else happens. When something in the folder cannot be right (damaged,
  empty, from the future), all keys are destroyed and `KeyRing.reset` says so.
- A machine that is switched off destroys nothing: the files wait for the next start.
"""

import time
from collections.abc import Callable
from pathlib import Path

from bot.privacy import log
from bot.privacy.keyfiles import Epoch, Folder, KeyFolderError, explained, new_epoch

__all__ = ["EPOCH_SECONDS", "KEPT", "Epoch", "KeyFolderError", "KeyRing", "boot_time"]

EPOCH_SECONDS = 7200
KEPT = 12


def boot_time() -> float:
    """Seconds that this machine is up, asleep or awake, whatever its wall clock says."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class KeyRing:
    """The live epoch keys of one folder. One process at a time; `close` it, or use `with`.

    `why` says for what reason earlier rows can or should no longer be opened (`missing`, `damaged`
    or `clock`), until the store calls `settled`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] = boot_time,
    ) -> None:
        """Open `folder`, making it when it is missing, and destroy what has expired.

        Raises `KeyFolderError` when the folder cannot be made, read and written by this user
        alone, or when another process uses it.
        """
        self._boot, self._offset = boot, max(0.0, wall()) - boot()
        self._live: tuple[Epoch, ...] = ()
        with explained(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._folder = Folder(folder)
        try:
            with explained(folder):
                self.why = self._start(self._number())
        except BaseException:
            self._folder.close()
            raise

    @property
    def reset(self) -> bool:
        """Return whether the store still has to empty itself."""
        return self.why is not None

    def settled(self) -> None:
        """Take note that the store emptied itself after a reset."""
        self.why = None

    def current(self) -> Epoch:
        """Return the epoch of now, its key on disk (in memory alone if the folder is gone)."""
        return self.live()[0]

    def live(self) -> tuple[Epoch, ...]:
        """Return every epoch whose rows may still be opened, newest first, never empty."""
        if self._number() > self._live[0].number:
            self._turn_over()
        return self._live

    def expire(self) -> None:
        """Destroy what has expired, from memory and disk; a file that resists is tried again."""
        self.live()
        self._forget_files()

    def seconds_left(self) -> float:
        """Return the seconds until the next epoch, when the oldest key has to go."""
        return EPOCH_SECONDS - (self._offset + self._boot()) % EPOCH_SECONDS

    def close(self) -> None:
        """Let go of keys and folder; the files stay for the next start."""
        self._live = ()
        self._folder.close()

    def __enter__(self) -> "KeyRing":
        """Return the ring itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ring."""
        self.close()

    def _number(self) -> int:
        return int((self._offset + self._boot()) // EPOCH_SECONDS)

    def _start(self, now: int) -> str | None:
        found = self._folder.numbers()
        # Before any file is opened: an expired key must not survive an error in another file.
        self._folder.keep({n for n in found if n >= now - KEPT})
        read = [self._folder.read(n) for n in sorted(found, reverse=True) if n >= now - KEPT]
        why = _doubt(found, [epoch for epoch in read if epoch], len(read), now)
        if why:
            self._folder.keep(set())
            log.event("keys_reset", why=why)
        self._live = () if why else tuple(epoch for epoch in read if epoch)
        if not self._live or self._live[0].number < now:
            self._live = (self._folder.make(now), *self._live)
        return why

    def _turn_over(self) -> None:
        now = self._number()
        try:
            new = self._folder.make(now)
        except OSError as error:
            # A turn now matters more than the same turn after a restart.
            log.failure("key_not_kept", error)
            new = new_epoch(now)
        self._live = (new, *(epoch for epoch in self._live if epoch.number >= now - KEPT))
        self._forget_files()

    def _forget_files(self) -> None:
        try:
            self._folder.keep({epoch.number for epoch in self._live})
        except OSError as error:
            log.failure("key_not_destroyed", error)


def _doubt(found: set[int], whole: list[Epoch], wanted: int, now: int) -> str | None:
    if not found:
        return "missing"
    if max(found) > now:
        return "clock"
    return "damaged" if len(whole) < wanted else None
