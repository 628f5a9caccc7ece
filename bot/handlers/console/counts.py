"""What was chosen at the questions that are counted: whole weeks, with noise, above a threshold."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web
from babel.dates import format_date

from bot.engine.model import counted
from bot.handlers.console.guard import require
from bot.handlers.console.pages import language_of
from bot.handlers.console.spoken import guarded, page, phrase
from bot.handlers.keys import CHAT, CLOCK, CONTENT
from bot.store.counts import LEAST, Released, released
from bot.tally import week_of

SHOWN = timedelta(weeks=26)
"""How far back the page looks."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A released table in the words of the page; a number too small to say anything is None."""

    title: str
    first: str
    last: str
    rows: tuple[tuple[str, int | None], ...]
    reach: int


def routes() -> list[web.RouteDef]:
    """Return the route of the page."""
    return [web.get("/console/counts", show)]


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show what is released, and which questions are counted now."""
    today = request.app[CLOCK]().date()
    async with request.app[CONTENT].reading() as connection:
        found = await released(connection, week_of(today - SHOWN), week_of(today))
    now = counted(request.app[CHAT].release)
    return page(
        request,
        "counts.html",
        tell=functools.partial(phrase, request, file="counts"),
        tables=[_shown(request, table) for table in found],
        now=[_words(request, f"{question}.ask") for question in now],
        least=LEAST,
    )


def _shown(request: web.Request, table: Released) -> Shown:
    totals = sorted(table.totals.items(), key=lambda item: -item[1])
    rows = tuple(
        (_words(request, f"{table.question}.options.{choice}"), n if n >= table.reach else None)
        for choice, n in totals
    )
    monday = date.fromisocalendar(int(table.week[:4]), int(table.week[6:]), 1)
    first, last = (
        format_date(day, "d MMMM y", locale=language_of(request))
        for day in (monday, monday + timedelta(days=6))
    )
    return Shown(_words(request, f"{table.question}.ask"), first, last, rows, table.reach)


def _words(request: web.Request, key: str) -> str:
    """Return the words of a question or an option as they are live; they may be gone."""
    catalog = request.app[CHAT].release.catalog
    if catalog.has(key):
        return catalog.find(language_of(request), key).forms[0]
    return f"{key.rpartition('.')[2]} ({phrase(request, 'hidden', file='counts')})"
