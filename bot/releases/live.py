"""What is published becomes live in every process: each looks for itself, twice a second.

Nothing is compiled while somebody waits for it: what may become live next was compiled before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.engine.model import Release
from bot.privacy import log
from bot.releases.desk import Desk, State
from bot.releases.overlay import apply
from bot.releases.workshop import BrokenError

PAUSE = 0.5
"""Seconds between two looks; two seconds are promised."""


class Follower:
    """Shows what is live, with what is withdrawn laid over it. Runs as one task of a process."""

    def __init__(self, desk: Desk, base: Release, show: Callable[[Release], None]) -> None:
        """``base`` is shown until something is live, and if what is live cannot be compiled."""
        self._desk = desk
        self._base = base
        self._show = show
        self._bare = base
        self._shown: State | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._broken: set[str] = set()

    async def run(self) -> None:
        """Look again and again, whatever happens, until cancelled."""
        try:
            while True:
                try:
                    await self.look()
                    self._prepare()
                except Exception as error:  # whatever it was, the next look may work
                    log.failure("release_not_followed", error)
                await asyncio.sleep(PAUSE)
        finally:
            await self._stop_preparing()

    async def _stop_preparing(self) -> None:
        """See the work end before the store under it is closed: nobody would answer it any more."""
        if self._preparing:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)

    async def look(self) -> None:
        """Show what is live now, whole or not at all.

        A withdrawal never waits for a release that is still being compiled: it is laid over the
        one that is shown.
        """
        state = await self._desk.state()
        if state is None or state == self._shown:
            return
        if self._shown and self._must_wait(state.release):
            if state.withdrawn != self._shown.withdrawn:
                self._present(self._bare, State(self._shown.release, state.withdrawn))
            return
        self._present(await self._release(state.release), state)

    def _present(self, release: Release, state: State) -> None:
        self._show(apply(release, state.withdrawn))
        self._bare, self._shown = release, state
        log.event("release_live", conversations=len(release.conversations))

    def _must_wait(self, name: str) -> bool:
        known = name == self._base.id or name in self._broken
        return not known and self._desk.workshop.kept(name) is None

    async def _release(self, name: str) -> Release:
        """Return a release. One that no longer compiles keeps nobody from an answer."""
        if name == self._base.id or name in self._broken:
            return self._base
        try:
            return (await self._desk.workshop.content(name)).release
        except BrokenError as error:
            self._broken.add(name)
            log.failure("release_broken", error)
            return self._base

    def _prepare(self) -> None:
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._compile_next())

    async def _compile_next(self) -> None:
        """Compile what may become live soon, one after another."""
        try:
            for name in (await self._desk.candidates())[:4]:
                if name != self._base.id and name not in self._broken:
                    await self._desk.workshop.content(name)
        except BrokenError as error:
            self._broken.add(name)
            log.failure("release_broken", error)
        except Exception as error:
            log.failure("release_not_followed", error)
