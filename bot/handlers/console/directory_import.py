"""Taking over services of another directory (HSDS): first what would change, then some or all."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from bot.content.hsds_diff import Offer, offers_of, taken_over
from bot.content.shelf import listed
from bot.handlers.console.directory import (
    change_file,
    desk_of,
    directory_of,
    noted,
    page,
    phrase,
    place_name,
)
from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded
from bot.releases.desk import may_edit

AT = "/console/directory/import"


def routes() -> list[web.RouteDef]:
    """Return the routes of the import."""
    return [
        web.get(AT, ask),
        web.post(AT, compare),
        web.post(f"{AT}/take", take),
    ]


@require("directory.edit")
@guarded
async def ask(request: web.Request) -> web.Response:
    """Ask for the file."""
    return _page(request, "", [])


def _page(
    request: web.Request, text: str, offers: list[Offer], wrong: str = "", status: int = 200
) -> web.Response:
    account = account_of(request)
    rows = [(offer, may_edit(account, offer.file)) for offer in offers]
    return page(
        request,
        "directory_import.html",
        status,
        text=text,
        wrong=wrong,
        rows=rows,
        told=told,
        label=lambda key: phrase(request, f"field_{key}") if key in _LABELLED else key,
    )


_LABELLED = frozenset(
    {
        *("name", "organization", "status", "phones", "chat", "url", "address", "schedule", "cost"),
        *("chat_schedule", "confidential", "languages", "minimum_age", "maximum_age", "gives"),
        *("who", "how", "how_adult", "after", "say", "bring", "roles", "applicants", "needs"),
        *("service_area", "instead_of"),
    }
)


def told(value: object) -> str:
    """Return a value of an entry as a reader can compare it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def _offers(request: web.Request, text: str) -> tuple[list[Offer], str]:
    known = listed((await desk_of(request)).files)
    codes = frozenset(directory_of(request).places.municipalities)
    return await asyncio.to_thread(offers_of, text, known, codes)


@require("directory.edit")
@guarded
async def compare(request: web.Request) -> web.Response:
    """Show what a file would change; nothing is changed yet."""
    text = (await fields(request)).get("hsds", "")
    offers, wrong = await _offers(request, text)
    if wrong:
        return _page(request, text, [], wrong, 422)
    return _page(request, text, offers, "" if offers else "same")


@require("directory.edit")
@guarded
async def take(request: web.Request) -> web.Response:
    """Take over the services that were ticked, those that are one's own and right."""
    form = await fields(request)
    offers, wrong = await _offers(request, form.get("hsds", ""))
    account = account_of(request)
    chosen = [
        offer
        for offer in offers
        if form.get(f"take.{offer.entry.get('id')}")
        and not offer.problems
        and may_edit(account, offer.file)
    ]
    if wrong or not chosen:
        return _page(request, form.get("hsds", ""), offers, wrong or "nothing_chosen", 422)
    for offer in chosen:
        heading = place_name(request, offer.place)

        def change(text: str, offer: Offer = offer, heading: str = heading) -> str:
            return taken_over(text, offer, heading)

        await change_file(request, offer.file, change)
    names = [offer.entry["id"] for offer in chosen]
    await noted(request, "directory.import", services=names)
    return go(f"/console/directory/services/{names[0]}?kept=1")
