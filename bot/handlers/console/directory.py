"""The directory for who keeps it: what to look at first, and one press to say that it is right.

A steward sees their own municipalities, one of the whole country sees all; each changes what is
theirs alone. What is pressed here becomes an edit in the steward's own draft.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from bot.content.edit_directory import Assurance, NoServiceError, confirm
from bot.content.scheme_shelf import expired, limits_of, waiting
from bot.content.service_form import UNSOURCED
from bot.content.shelf import Listed, listed
from bot.content.worklist import is_old, tasks, unknown
from bot.directory import AMSTERDAM, HOW, SHOWN, Directory
from bot.handlers.console import spoken
from bot.handlers.console.guard import RefusedError, account_of, audit, fields, require
from bot.handlers.console.pages import go, language_of
from bot.handlers.console.spoken import guarded
from bot.handlers.keys import CHAT, CLOCK, CONTENT, DESK, SETTINGS, WORDS
from bot.places import Municipality
from bot.releases.desk import may_edit, permission_for
from bot.releases.errand import Working, keep, working
from bot.staff.chain import Fact as FactOfLog
from bot.staff.roles import NATIONAL, Account, may
from bot.store import links
from bot.voice import Voice, language_name, long_date, say_hours

FEW = 5
"""Tasks that stand on the page at once: somebody has a quarter of an hour."""

_QUOTE = re.compile(r"\{([a-z_]+)\}")


class ChangedError(Exception):
    """What somebody wanted to change is no longer what they saw."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a service as a page shows it. ``state`` is confirmed, old or open."""

    name: str
    told: str
    source: str
    year: int | None
    state: str
    day: str
    by: str
    how: str


def routes() -> list[web.RouteDef]:
    """Return the routes of the directory."""
    service = "/console/directory/services/{service}"
    return [
        web.get("/console/directory", overview),
        web.get(service, show),
        web.post(f"{service}/confirm", confirmed),
    ]


# -- words and places


phrase = functools.partial(spoken.phrase, file="worklist")
GONE = web.RequestKey("gone", dict[str, str])
"""The sources that the link check found gone, each with the day since when."""


def page(request: web.Request, template: str, status: int = 200, **values: object) -> web.Response:
    """Fill a template; ``say(name)`` in it says a text about the directory."""
    gone = request.get(GONE, {})
    return spoken.page(request, template, status, words="worklist", gone=gone, **values)


def directory_of(request: web.Request) -> Directory:
    """Return the directory that is live: its places, and what is covered by whom."""
    return request.app[CHAT].release.directory


def today(request: web.Request) -> date:
    """Return the day in the Netherlands."""
    return request.app[CLOCK]().date()


def scope(account: Account, directory: Directory, day: date) -> dict[str, str]:
    """Return the places whose directory an account sees, by code, with their names in order."""
    towns = directory.places.municipalities
    national = may(account, "directory.edit", NATIONAL)
    codes = [code for code, town in towns.items() if _stands(town, day)] if national else []
    codes = [*codes, *(account.municipalities & towns.keys())]
    names = {code: towns[code].name for code in codes}
    own = dict(sorted(names.items(), key=lambda pair: pair[1]))
    return {NATIONAL: "", **own} if national else own


def _stands(town: Municipality, day: date) -> bool:
    return town.valid_to is None or town.valid_to >= day


def place_of(one: Listed) -> str:
    """Return to which municipality a service belongs (by its file), or `NATIONAL`."""
    return permission_for(one.file)[1]


def place_name(request: web.Request, code: str) -> str:
    """Return how a place is called on a page."""
    town = directory_of(request).places.municipalities.get(code)
    return town.name if town else phrase(request, "whole_country")


def draft_title(request: web.Request) -> str:
    """Return the title of a draft that is made for a steward: the same in every language."""
    return phrase(request, "draft_title", spoken="nl")


async def desk_of(request: web.Request) -> Working:
    """Return the directory as the account sees it; what the link check found comes with it."""
    if request.app[SETTINGS].link_check and GONE not in request:
        async with request.app[CONTENT].reading() as connection:
            found = await links.gone(connection)
        language = language_of(request)
        days = {name: datetime.fromtimestamp(since, AMSTERDAM) for name, since in found.items()}
        request[GONE] = {name: long_date(language, day.date()) for name, day in days.items()}
    return await working(request.app[DESK], account_of(request), draft_title(request))


def find(request: web.Request, files: Mapping[str, bytes]) -> Listed:
    """Return the service of the address, as if it were not there when it is not one's own."""
    found = listed(files).get(request.match_info["service"])
    account = account_of(request)
    if found is None or not _sees(account, place_of(found)):
        raise RefusedError(404, "not_found")
    return found


def _sees(account: Account, place: str) -> bool:
    return any(may(account, "directory.edit", code) for code in (place, NATIONAL))


# -- pages


@require("directory.edit")
@guarded
async def overview(request: web.Request) -> web.Response:
    """Show what to look at first in one place, and everything that is known there."""
    account, directory, day = account_of(request), directory_of(request), today(request)
    places = scope(account, directory, day)
    if not places:
        return page(request, "directory_empty.html")
    place = chosen(request, places)
    now = await desk_of(request)
    here = {name: one for name, one in listed(now.files).items() if place_of(one) == place}
    services = [one.service for one in here.values()]
    todo = tasks(services, danger(request), day)
    shown = todo if "all" in request.query else todo[:FEW]
    gaps = unknown(directory, services, place, day) if place != NATIONAL else ()
    return page(
        request,
        "directory.html",
        place=place,
        name=place_name(request, place),
        places={code: name or place_name(request, code) for code, name in places.items()},
        tasks=[_task(request, task.why, task.day, here[task.service]) for task in shown],
        more=len(todo) - len(shown),
        gaps=gaps,
        services=_services(here, {task.service for task in todo}),
        lost=_lost(request, here),
        waiting=len(waiting(now.files, place, day)),
        limits=len(limits_of(now.files, place)),
        expired=expired_norm(request, now) if place == NATIONAL else {},
        national=may(account, "directory.edit", NATIONAL),
        mine=may(account, "directory.edit", place),
        now=now,
        done=here.get(request.query.get("done", "")),
    )


def _lost(request: web.Request, here: Mapping[str, Listed]) -> list[tuple[Listed, list[str]]]:
    """Return the services of a place with sources that do not answer any more."""
    gone = request.get(GONE, {})
    found = []
    for one in here.values():
        service = one.service
        told = [row.source for row in service.provenance.values()]
        sources = [
            name for name in dict.fromkeys((*told, service.url, service.chat)) if name in gone
        ]
        found += [(one, sources)] if sources and service.active else []
    return found


def expired_norm(request: web.Request, now: Working) -> dict[str, str]:
    """Return of when the norm is that the chat uses, and since when it is over, if it is."""
    days = expired(now.files, today(request)) or ()
    return {
        name: long_date(language_of(request), one)
        for name, one in zip(("of", "on"), days, strict=False)
    }


def chosen(request: web.Request, places: Mapping[str, str]) -> str:
    """Return the place of the page: by its code, or by the name that somebody typed."""
    wish = request.query.get("place", "")
    if not wish:
        return next(iter(places))
    named = [code for code, name in places.items() if name.casefold() == wish.strip().casefold()]
    code = wish if wish in places else next(iter(named), "")
    if not code:
        raise RefusedError(404, "not_found")
    return code


def danger(request: web.Request) -> frozenset[str]:
    """Return the services that are named in danger."""
    dangers = request.app[CHAT].release.frame.dangers
    return frozenset(line.service for danger in dangers for line in danger.lines)


def _task(request: web.Request, why: str, since: date | None, one: Listed) -> dict[str, object]:
    facts = facts_of(request, one)
    first = [
        fact for fact in facts if fact.name in ("phones", "schedule", "chat", "url", "address")
    ]
    years = [fact.year for fact in facts if fact.year]
    return {
        "one": one,
        "why": why,
        "day": long_date(language_of(request), since) if since else "",
        "year": min(years, default=None),
        "facts": first,
        "danger": one.service.id in danger(request),
    }


def _services(here: Mapping[str, Listed], open_: Iterable[str]) -> list[tuple[Listed, bool]]:
    waiting = set(open_)
    return [(one, name not in waiting) for name, one in here.items()]


@require("directory.edit")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show a service with every field: its value, its source, and who confirmed it when."""
    now = await desk_of(request)
    return shown(request, now, find(request, now.files))


def shown(
    request: web.Request, now: Working, one: Listed, status: int = 200, notice: str = ""
) -> web.Response:
    """Return the page of a service; ``notice`` is a word about what just happened."""
    place = place_of(one)
    return page(
        request,
        "service.html",
        status,
        one=one,
        service=one.service,
        place=place,
        name=place_name(request, place),
        facts=facts_of(request, one),
        missing=[name for name in (*SHOWN, "say") if not one.service.has(name)],
        settings=[(name, settings_told(request, one, name)) for name in UNSOURCED],
        mine=may_edit(account_of(request), one.file),
        now=now,
        notice=notice or ("kept" if "kept" in request.query else ""),
        danger=one.service.id in danger(request),
    )


def facts_of(request: web.Request, one: Listed) -> list[Fact]:
    """Return the fields of a service that have a source, in the order of the card."""
    rows = one.service.provenance
    names = [name for name in one.entry if name in rows]
    return [_fact(request, one, name) for name in names]


def _fact(request: web.Request, one: Listed, name: str) -> Fact:
    row, language = one.service.provenance[name], language_of(request)
    state = "open"
    if row.assured_date:
        state = "old" if is_old(row, today(request)) else "confirmed"
    return Fact(
        name,
        told(request, one, name),
        row.source,
        row.year,
        state,
        long_date(language, row.assured_date) if row.assured_date else "",
        row.assured_by,
        row.assured_how,
    )


def told(request: web.Request, one: Listed, name: str) -> str:
    """Return a field in words for staff; quotes of its own facts are filled in."""
    value = one.entry.get(name, "")
    if name == "phones":
        return ", ".join(phone["number"] for phone in value)
    if name in ("schedule", "chat_schedule"):
        catalog, now = request.app[WORDS], request.app[CLOCK]()
        voice = Voice(catalog, directory_of(request), language_of(request), now)
        return say_hours(voice, getattr(one.service, name))
    if name == "languages":
        return ", ".join(language_name(language_of(request), code) for code in value)
    if name in ("cost", "confidential", "status"):
        return phrase(request, f"{name}_{value}")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _QUOTE.sub(lambda quote: one.service.fact(quote[1]) or quote[0], str(value))


def settings_told(request: web.Request, one: Listed, name: str) -> str:
    """Return in words where and to whom a service is shown."""
    prefix = {"needs": "need", "roles": "role", "applicants": "applicant"}[name]
    return ", ".join(phrase(request, f"{prefix}_{value}") for value in one.entry.get(name, ()))


# -- one press


@require("directory.edit")
@guarded
async def confirmed(request: web.Request) -> web.Response:
    """Write down that somebody phoned or opened the source, and that it is still right."""
    form, account = await fields(request), account_of(request)
    one = find(request, (await desk_of(request)).files)
    if not may_edit(account, one.file):
        raise RefusedError(404, "not_found")
    how, names = form.get("how", ""), [form["field"]] if form.get("field") else []
    if how not in HOW:
        raise RefusedError(400, "not_found")
    sure = assurance(request, place_of(one), how)

    def press(text: str) -> str:
        check_seen(one.file, one.service.id, text, form.get("seen", ""))
        return confirm(text, one.service.id, sure, names)

    try:
        await change_file(request, one.file, press)
    except (ChangedError, NoServiceError):
        now = await desk_of(request)
        return shown(request, now, find(request, now.files), 409, "changed_meanwhile")
    await noted(request, "directory.confirm", service=one.service.id, how=how, fields=names)
    if form.get("from") == "list":
        return go(f"/console/directory?place={place_of(one)}&done={one.service.id}")
    return go(f"/console/directory/services/{one.service.id}?kept=1")


def assurance(request: web.Request, place: str, how: str) -> Assurance:
    """Return that the steward of a place confirms something today: a role, never a name."""
    town = directory_of(request).places.municipalities.get(place)
    name = town.name if town else phrase(request, "whole_country_short", spoken="nl")
    return Assurance(today(request), phrase(request, "assured_by", spoken="nl", place=name), how)


def sure(request: web.Request, form: Mapping[str, str], place: str) -> Assurance | None:
    """Return what a form says about who checked a value; None: nobody did."""
    how = form.get("confirmed", "")
    return assurance(request, place, how) if how in HOW else None


def check_seen(file: str, service: str, text: str, seen: str) -> None:
    """Raise `ChangedError` unless a service is still what somebody saw."""
    found = listed({file: text.encode()}).get(service)
    if found is None or found.seen != seen:
        raise ChangedError


async def change_file(request: web.Request, path: str, change: Callable[[str], str]) -> str:
    """Change a file in the account's own draft; return the draft."""
    return await keep(request.app[DESK], account_of(request), draft_title(request), path, change)


async def noted(request: web.Request, event: str, **facts: FactOfLog) -> None:
    """Write down what was done in the directory."""
    await audit(request, event, **facts)
