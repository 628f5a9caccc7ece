"""Forms of the directory: another value with its own source, and a new service. No line of YAML."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from bot.content.directory import WEEK
from bot.content.edit_directory import NoServiceError, Origin, add, change
from bot.content.service_form import (
    CHOICES,
    EDITABLE,
    HOURS_LINES,
    NEEDED,
    SOME,
    UNSOURCED,
    Read,
    kind_of,
    number_wrong,
    quotes_wrong,
    raw_of,
    read,
    read_new,
    read_source,
)
from bot.content.shelf import Listed, listed
from bot.directory import NEEDS
from bot.handlers.console.directory import (
    ChangedError,
    change_file,
    check_seen,
    danger,
    desk_of,
    directory_of,
    find,
    noted,
    page,
    place_name,
    place_of,
    scope,
    shown,
    sure,
    today,
)
from bot.handlers.console.guard import RefusedError, account_of, fields, require
from bot.handlers.console.pages import go, language_of
from bot.handlers.console.spoken import guarded
from bot.releases.desk import may_edit
from bot.releases.errand import Working
from bot.staff.roles import NATIONAL, may
from bot.voice import language_name

ASKED = ("en", "ar", "tr", "uk", "pl", "fa", "ti", "so", "ru", "es", "ro", "bg", "pap", "fr", "de")
"""Languages to tick besides Dutch; others that an entry has stay as they are."""

NEW = (
    *("name", "needs", "gives", "who", "how", "phones", "url", "address", "schedule", "cost"),
    *("languages", "minimum_age", "maximum_age", "roles", "applicants"),
)
"""The fields of the form of a new service, in the order in which one would tell of it."""


def routes() -> list[web.RouteDef]:
    """Return the routes of the forms."""
    field = "/console/directory/services/{service}/fields/{field}"
    return [
        web.get("/console/directory/new", ask_new),
        web.post("/console/directory/new", add_new),
        web.get(field, ask),
        web.post(field, put),
    ]


def form_page(
    request: web.Request, template: str, raw: Mapping[str, str], status: int = 200, **more: object
) -> web.Response:
    """Fill a form: ``raw`` is what stands in it, ``wrong`` what is wrong by field."""
    names = {code: language_name(language_of(request), code) for code in ("nl", *ASKED)}
    return page(
        request,
        template,
        status,
        raw=raw,
        kind_of=kind_of,
        choices={**CHOICES, **SOME},
        needed=NEEDED,
        days=WEEK,
        hours_lines=range(HOURS_LINES),
        languages=names,
        **more,
    )


def _mine(request: web.Request, now: Working) -> tuple[Listed, str]:
    """Return the service and field of the address; what is not one's own is not there."""
    one, name = find(request, now.files), request.match_info["field"]
    if name not in EDITABLE or not may_edit(account_of(request), one.file):
        raise RefusedError(404, "not_found")
    return one, name


@require("directory.edit")
@guarded
async def ask(request: web.Request) -> web.Response:
    """Show the form for another value of one field."""
    now = await desk_of(request)
    one, name = _mine(request, now)
    return _field_page(request, one, name, raw_of(one.entry, name), {})


def _field_page(
    request: web.Request,
    one: Listed,
    name: str,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
    seen: str = "",
) -> web.Response:
    row = one.service.provenance.get(name)
    return form_page(
        request,
        "service_field.html",
        raw,
        status,
        one=one,
        field=name,
        row=row,
        wrong=wrong,
        sourced=name not in UNSOURCED,
        seen=seen or one.seen,
        year=today(request).year,
    )


@require("directory.edit")
@guarded
async def put(request: web.Request) -> web.Response:
    """Keep another value of a field, with where it was read."""
    form, now = await fields(request), await desk_of(request)
    one, name = _mine(request, now)
    found, wrong = checked(one, name, form)
    origin = None
    if name not in UNSOURCED and found.value is not None:
        source, year, bad = read_source(form)
        origin = Origin(source, year, sure(request, form, place_of(one)))
        phones = found.value if name == "phones" else []
        wrong |= number_wrong(phones or [], source, place_of(one)) | bad
    if wrong:
        return _field_page(request, one, name, form, wrong, 422, form.get("seen", ""))

    def edit(text: str) -> str:
        check_seen(one.file, one.service.id, text, form.get("seen", ""))
        return change(text, one.service.id, {name: found.value}, origin)

    try:
        await change_file(request, one.file, edit)
    except (ChangedError, NoServiceError):
        now = await desk_of(request)
        return shown(request, now, find(request, now.files), 409, "changed_meanwhile")
    await noted(request, "directory.change", service=one.service.id, field=name)
    return go(f"/console/directory/services/{one.service.id}?kept=1")


def checked(one: Listed, name: str, form: Mapping[str, str]) -> tuple[Read, dict[str, str]]:
    """Read a field, and see whether it fits the others of the service."""
    found, entry = read(name, form), one.entry
    if found.wrong:
        return found, {name: found.wrong}
    after = {**entry, name: found.value}
    if kind_of(name) == "text" and quotes_wrong(one.service, str(found.value or "")):
        return found, {name: "quote"}
    if not any(after.get(way) for way in ("phones", "chat", "url", "address")):
        return found, {name: "no_way"}
    if after.get("schedule") and not (after.get("phones") or after.get("address")):
        return found, {name: "hours_of_nothing"}
    if after.get("chat_schedule") and not after.get("chat"):
        return found, {name: "hours_of_nothing"}
    low, high = (after.get(key) for key in ("minimum_age", "maximum_age"))
    if low and high and int(low) > int(high):
        return found, {name: "ages"}
    if found.value is None and _is_quoted(entry, name):
        return found, {name: "quoted"}
    return found, {}


def _is_quoted(entry: Mapping[str, object], name: str) -> bool:
    fact = "phone" if name == "phones" else name
    return any(isinstance(text, str) and f"{{{fact}}}" in text for text in entry.values())


# -- a new service


@require("directory.edit")
@guarded
async def ask_new(request: web.Request) -> web.Response:
    """Show the form for a new service in a place."""
    place = _place(request, request.query.get("place", ""))
    raw = {f"roles.{role}": "yes" for role in SOME["roles"]}
    raw |= {"languages.nl": "yes", "applicants.parent": "yes", "year": str(today(request).year)}
    need = request.query.get("need", "")
    raw |= {f"needs.{need}": "yes"} if need in NEEDS else {}
    return await _new_page(request, place, raw, {})


def _place(request: web.Request, code: str) -> str:
    account = account_of(request)
    places = scope(account, directory_of(request), today(request))
    if code not in places or not may(account, "directory.edit", code):
        raise RefusedError(404, "not_found")
    return code


async def _new_page(
    request: web.Request,
    place: str,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    known = listed((await desk_of(request)).files)
    same_everywhere = danger(request)
    national = sorted(
        (one.service.name, name)
        for name, one in known.items()
        if not one.service.local and name not in same_everywhere
    )
    return form_page(
        request,
        "service_new.html",
        raw,
        status,
        place=place,
        name=place_name(request, place),
        names=NEW,
        national=national if place != NATIONAL else [],
        wrong=wrong,
    )


@require("directory.edit")
@guarded
async def add_new(request: web.Request) -> web.Response:
    """Keep a new service."""
    form = await fields(request)
    place = _place(request, form.get("place", ""))
    names = set(listed((await desk_of(request)).files))
    entry, wrong = read_new(form, place, names)
    source, year, bad = read_source(form)
    wrong |= number_wrong(entry.get("phones", ()), source, place) | bad
    if wrong:
        return await _new_page(request, place, form, wrong, 422)
    row = {"fields": [], "source": source, "year": "unknown" if year is None else str(year)}
    known = sure(request, form, place)
    if known:
        row |= {"assured_date": known.day.isoformat(), "assured_by": known.by}
        row |= {"assured_how": known.how}
    outside = ("id", "status", "service_area", "instead_of", *UNSOURCED)
    row["fields"] = [name for name in entry if name not in outside]
    entry["provenance"] = [row]
    path = _file_for(place)
    await change_file(request, path, lambda text: add(text, entry, place_name(request, place)))
    await noted(request, "directory.add", service=entry["id"], place=place)
    return go(f"/console/directory/services/{entry['id']}?kept=1")


def _file_for(place: str) -> str:
    name = "landelijk" if place == NATIONAL else f"lokaal/{place.lower()}"
    return f"directory/services/{name}.yaml"
