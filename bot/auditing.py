"""``lucht audit``: does the log of the staff hold? Also on a backup, and without the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from bot.config import Settings
from bot.staff.chain import Entry, broken_at
from bot.store import audit
from bot.store.content import ContentStore, Place, missing

FOLDER = "audit"
"""Below ``LUCHT_DATA``: one file a day with the head of the chain."""


def examined(
    settings: Settings, heads: Mapping[int, str], *, whole: bool
) -> tuple[list[str], list[str]]:
    """Return what to print of the log, and every problem.

    ``heads`` are hashes by number that somebody kept elsewhere; those that this server wrote down
    each day count too. With ``whole`` the entries themselves are printed, one JSON object a line.
    """
    place = settings.content_place
    if problem := missing(place):
        return [], [problem]
    entries = asyncio.run(_entries(place))
    broken = broken_at(entries, {**audit.exported(settings.data / FOLDER), **heads})
    said = [_line(entry) for entry in entries] if whole else []
    if entries:
        last = entries[-1]
        said.append(f"head {last.number}:{last.hash} {last.at}")
    return said, [_wrong(broken)] if broken else []


async def _entries(place: Place) -> list[Entry]:
    async with ContentStore.open(place) as store, store.reading() as connection:
        return await audit.everything(connection)


def _line(entry: Entry) -> str:
    values: dict[str, object] = {name: getattr(entry, name) for name in Entry.__slots__}
    return json.dumps({**values, "facts": json.loads(entry.facts)}, ensure_ascii=False)


def _wrong(number: int) -> str:
    return (
        f"the log does not hold from entry {number} on: it was changed outside Lucht, or an old "
        "copy was put back; compare it with a backup and with the heads that were kept elsewhere"
    )
