"""What was chosen today, counted in memory, so that neither memory nor disk tells of one person.

A part begins with noise on every number, before anybody chose: who looks into memory once sees no
choice. When the day is over, or the server stops, it is added to its week with noise once more, and
a new part begins: who holds that look beside the week sees none either (such counts are called
pan-private; Dwork, Naor, Pitassi, Rothblum and Yekhanin, 2010). No moment of a choice is written
anywhere, since a part is written when it ends, whether somebody chose or not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from bot.engine.session import Count
from bot.privacy import log
from bot.privacy.noise import blurred
from bot.store import counts
from bot.store.content import ContentStore

Blur: TypeAlias = Callable[[Sequence[int]], list[int]]
Questions: TypeAlias = Mapping[str, Sequence[str]]
"""What is counted: the names of questions (``eten.intro``) with their options."""

PAUSE = 60.0
"""Seconds between two looks at the date."""


class Part:
    """Numbers that have noise from the first moment on, and get noise again when they leave."""

    def __init__(self, day: date, blur: Blur) -> None:
        """Begin with nothing to count; see `ask`."""
        self.day = day
        self.numbers: dict[Count, int] = {}
        self._blur = blur

    def ask(self, questions: Questions) -> None:
        """Count these too from now on."""
        cells = [Count(name, choice) for name, some in questions.items() for choice in some]
        fresh = [cell for cell in cells if cell not in self.numbers]
        self.numbers.update(zip(fresh, self._blur([0] * len(fresh)), strict=True))

    def add(self, count: Count) -> None:
        """Count one choice. One that was not asked is let go: its number would have no noise."""
        if count in self.numbers:
            self.numbers[count] += 1

    def end(self) -> dict[tuple[str, str], int]:
        """Return the numbers as they may be written down, by question and choice."""
        names = [(cell.question, cell.choice) for cell in self.numbers]
        return dict(zip(names, self._blur(list(self.numbers.values())), strict=True))


class Tally:
    """The counts of one process since the day began, or since it started."""

    def __init__(
        self, store: ContentStore, clock: Callable[[], datetime], blur: Blur = blurred
    ) -> None:
        """Count for the weeks in ``store``; nothing is counted before `ask`."""
        self._store, self._clock, self._blur = store, clock, blur
        self._questions: Questions = {}
        self._part = self._begin()

    def ask(self, questions: Questions) -> None:
        """Count these choices of these questions from now on, beside what is being counted."""
        self._questions = questions
        self._part.ask(questions)

    def add(self, count: Count) -> None:
        """Count one choice, once; who calls sees to that."""
        self._part.add(count)

    async def close(self) -> None:
        """Add the part to its week, and begin a new one.

        A part that cannot be written is lost. It is not tried again: nobody could tell whether it
        would count twice.
        """
        part, self._part = self._part, self._begin()
        if not part.numbers:
            return
        try:
            async with self._store.writing() as connection:
                await counts.add(connection, week_of(part.day), part.end())
        except Exception as error:  # whatever it was, chats go on
            log.failure("counts_lost", error)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Tally]:
        """Close the part at the end of each day, and on leaving."""
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.close()

    def _begin(self) -> Part:
        part = Part(self._clock().date(), self._blur)
        part.ask(self._questions)
        return part

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            if self._clock().date() != self._part.day:
                await self.close()


def week_of(day: date) -> str:
    """Return the week of a day (ISO 8601), as ``2026-W48``; they sort as text."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
