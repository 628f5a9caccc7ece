"""Forms about schemes, norms and limits: "klopt nog", another value with its source, a new norm.

What is true everywhere is changed by who keeps the whole country, the limits of a municipality by
its steward. For anybody else it is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from aiohttp import web

from bot.content.edit_directory import Assurance, Origin
from bot.content.edit_schemes import (
    NoFactError,
    add_norm,
    change,
    confirm,
    drop_limit,
    put_limit,
    remove,
)
from bot.content.scheme_form import amounts_in, read_amounts, read_limit, read_norm, values_of
from bot.content.scheme_shelf import (
    NORMS,
    SCHEMES,
    Fact,
    asked,
    everything,
    find,
    limits_file,
    limits_of,
    next_starts,
    schemes_of,
)
from bot.content.service_form import read_source
from bot.content.shelf import listed
from bot.directory import HOW
from bot.handlers.console.directory import (
    ChangedError,
    assurance,
    change_file,
    desk_of,
    directory_of,
    noted,
    page,
    place_name,
    sure,
    today,
)
from bot.handlers.console.guard import RefusedError, demand, fields, require
from bot.handlers.console.pages import go, language_of
from bot.handlers.console.schemes import AT, norms_page, shown, told
from bot.handlers.console.spoken import guarded
from bot.releases.errand import Working
from bot.staff.roles import NATIONAL
from bot.voice import long_date

FACT = f"{AT}/facts/{{key}}"
LIMIT = f"{AT}/limits/{{place}}/{{scheme}}"
DOUBTS = ("seen", "unsure")


def routes() -> list[web.RouteDef]:
    """Return the routes of the forms."""
    return [
        web.get(f"{AT}/norms/new", ask_norm),
        web.post(f"{AT}/norms/new", keep_norm),
        web.get(FACT, ask),
        web.post(FACT, put),
        web.post(f"{FACT}/confirm", confirmed),
        web.post(f"{FACT}/remove", removed),
        web.get(LIMIT, ask_limit),
        web.post(LIMIT, keep_limit),
        web.post(f"{LIMIT}/confirm", confirmed_limit),
        web.post(f"{LIMIT}/remove", removed_limit),
    ]


# -- a norm


@require("directory.edit")
@guarded
async def ask_norm(request: web.Request) -> web.Response:
    """Show the form for the norm of another half year."""
    demand(request, "directory.edit", NATIONAL)
    return _norm_page(request, await desk_of(request), {}, {})


def _norm_page(
    request: web.Request,
    now: Working,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    pct, basis = asked(now.files)
    halves = next_starts(now.files, today(request))
    return page(
        request,
        "norm_new.html",
        status,
        starts={half.isoformat(): long_date(language_of(request), half) for half in halves},
        pct=pct,
        raw={"basis": basis, **raw},
        wrong=wrong,
    )


@require("directory.edit")
@guarded
async def keep_norm(request: web.Request) -> web.Response:
    """Keep the norm of another half year, before the others: those stay."""
    demand(request, "directory.edit", NATIONAL)
    form, now = await fields(request), await desk_of(request)
    rows, derived, wrong = read_norm(form, asked(now.files)[0])
    start = _half(form, now, today(request))
    source, year, bad = read_source(form)
    # Of what changes every half year, a source without a year says nothing.
    wrong |= {
        **({} if year else {"year": "no_norm_year"}),
        **bad,
        **({} if start else {"from": "choice"}),
    }
    if wrong or start is None:
        return _norm_page(request, now, form, wrong, 422)
    origin = Origin(source, year, sure(request, form, NATIONAL))
    confidence = "derived" if derived else "seen"

    def edit(text: str) -> str:
        return add_norm(text, start, form["basis"], rows, origin, confidence)

    await change_file(request, NORMS, edit)
    await noted(request, "directory.norm", start=start.isoformat())
    return go(f"{AT}/norms?kept=1")


def _half(form: Mapping[str, str], now: Working, day: date) -> date | None:
    wish = form.get("from", "")
    return next((one for one in next_starts(now.files, day) if one.isoformat() == wish), None)


# -- a fact of the whole country


def _national(request: web.Request, now: Working) -> Fact:
    demand(request, "directory.edit", NATIONAL)
    fact = find(everything(now.files), request.match_info["key"])
    if fact is None:
        raise RefusedError(404, "not_found")
    return fact


async def _keep(
    request: web.Request, fact: Fact, seen: str, edit: Callable[[str], str], event: str
) -> web.Response:
    """Keep a change of a fact that is still what somebody saw, and lead to its page."""

    def checked(text: str) -> str:
        there = find(everything({fact.file: text.encode()}), fact.key)
        if there is None or there.seen != seen:
            raise ChangedError
        return edit(text)

    try:
        await change_file(request, fact.file, checked)
    except (ChangedError, NoFactError):
        return _meanwhile(request, await desk_of(request), fact)
    await noted(request, event, fact=fact.key)
    return go(f"{_home(fact)}?kept=1")


def _home(fact: Fact) -> str:
    return f"{AT}/norms" if fact.file != SCHEMES else f"{AT}/about/{_scheme(fact)}"


def _scheme(fact: Fact) -> str:
    return fact.key.split(".")[1]


def _meanwhile(request: web.Request, now: Working, fact: Fact) -> web.Response:
    """Show the page of a fact as it is now: somebody changed it, and nothing was kept."""
    if fact.file != SCHEMES:
        return norms_page(request, now, "changed_meanwhile", 409)
    scheme = schemes_of(now.files).get(_scheme(fact))
    if scheme is None:
        raise RefusedError(404, "not_found")
    return shown(request, now, scheme, NATIONAL, 409, "changed_meanwhile")


@require("directory.edit")
@guarded
async def confirmed(request: web.Request) -> web.Response:
    """Write down that somebody opened the source of a fact, or phoned, and that it is right."""
    form, fact = await fields(request), _national(request, await desk_of(request))
    known = _assurance(request, form, NATIONAL)

    def press(text: str) -> str:
        return confirm(text, fact.key, known)

    return await _keep(request, fact, form.get("seen", ""), press, "directory.confirm")


def _assurance(request: web.Request, form: Mapping[str, str], place: str) -> Assurance:
    if form.get("how", "") not in HOW:
        raise RefusedError(400, "not_found")
    return assurance(request, place, form["how"])


@require("directory.edit")
@guarded
async def ask(request: web.Request) -> web.Response:
    """Show the form for other amounts, or for another source."""
    now = await desk_of(request)
    fact = _national(request, now)
    return _fact_page(request, now, fact, amounts_in(fact), {})


def _fact_page(
    request: web.Request,
    now: Working,
    fact: Fact,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    service = listed(now.files).get(_scheme(fact)) if fact.file == SCHEMES else None
    return page(
        request,
        "scheme_fact.html",
        status,
        fact=told(request, fact),
        names=list(amounts_in(fact)),
        title=service.service.name if service else "",
        home=_home(fact),
        raw={"doubt": fact.confidence, **raw},
        wrong=wrong,
        seen=raw.get("seen") or fact.seen,
        doubts=DOUBTS,
    )


@require("directory.edit")
@guarded
async def put(request: web.Request) -> web.Response:
    """Keep other amounts of a fact, or another source."""
    form, now = await fields(request), await desk_of(request)
    fact = _national(request, now)
    amounts, wrong = read_amounts(fact, form)
    source, year, bad = read_source(form)
    wrong |= bad
    if wrong:
        return _fact_page(request, now, fact, form, wrong, 422)
    origin = Origin(source, year, sure(request, form, NATIONAL))
    doubt = "unsure" if form.get("doubt") == "unsure" else "seen"
    # What asking can cost is our own reading of a page, whichever page that is.
    doubt = fact.confidence if fact.kind == "cost" else doubt

    def edit(text: str) -> str:
        return change(text, fact.key, values_of(fact, amounts), origin, doubt)

    return await _keep(request, fact, form.get("seen", ""), edit, "directory.change")


@require("directory.edit")
@guarded
async def removed(request: web.Request) -> web.Response:
    """Take an amount away that nobody knows any more."""
    form, fact = await fields(request), _national(request, await desk_of(request))
    if fact.kind != "figure":
        raise RefusedError(404, "not_found")

    def edit(text: str) -> str:
        return remove(text, fact.key)

    return await _keep(request, fact, form.get("seen", ""), edit, "directory.remove")


# -- the limit of a scheme in one municipality


def _local(request: web.Request, now: Working) -> tuple[str, str, Fact | None]:
    """Return place and scheme of the address, and the limit that is known there, if one is."""
    place, scheme = (request.match_info[name] for name in ("place", "scheme"))
    demand(request, "directory.edit", place)
    if place not in directory_of(request).places.municipalities or scheme not in schemes_of(
        now.files
    ):
        raise RefusedError(404, "not_found")
    return place, scheme, limits_of(now.files, place).get(scheme)


@require("directory.edit")
@guarded
async def ask_limit(request: web.Request) -> web.Response:
    """Show the form for the limit of a scheme in one's own municipality."""
    now = await desk_of(request)
    _, _, limit = _local(request, now)
    return _limit_page(request, now, _values(limit) if limit else {}, {})


def _values(limit: Fact) -> dict[str, str]:
    return {name: str(limit.row[name]) for name in ("name", "pct", "assets") if name in limit.row}


def _limit_page(
    request: web.Request,
    now: Working,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    place, scheme, limit = _local(request, now)
    service = listed(now.files).get(scheme)
    return page(
        request,
        "scheme_limit.html",
        status,
        place=place,
        name=place_name(request, place),
        scheme=scheme,
        title=service.service.name if service else scheme,
        limit=told(request, limit) if limit else None,
        raw={"doubt": limit.confidence if limit else "seen", **raw},
        wrong=wrong,
        seen=raw.get("seen", limit.seen if limit else ""),
        doubts=DOUBTS,
    )


@require("directory.edit")
@guarded
async def keep_limit(request: web.Request) -> web.Response:
    """Keep the limit of a scheme in one's own municipality, with where it was read."""
    form, now = await fields(request), await desk_of(request)
    place, scheme, _ = _local(request, now)
    values, wrong = read_limit(form)
    source, year, bad = read_source(form)
    wrong |= bad
    if wrong:
        return _limit_page(request, now, form, wrong, 422)
    origin = Origin(source, year, sure(request, form, place))
    doubt = "unsure" if form.get("doubt") == "unsure" else "seen"
    row = {"scheme": scheme, **values}

    def edit(text: str) -> str:
        return put_limit(text, place, place_name(request, place), row, origin, doubt)

    return await _keep_limit(request, form, edit, "directory.limit")


@require("directory.edit")
@guarded
async def confirmed_limit(request: web.Request) -> web.Response:
    """Write down that a limit of one's own municipality is still right."""
    form, now = await fields(request), await desk_of(request)
    place, scheme, limit = _local(request, now)
    known = _assurance(request, form, place)
    if limit is None:
        raise RefusedError(404, "not_found")
    values = _values(limit)
    origin = Origin(limit.origin.source, limit.origin.year, known)

    def edit(text: str) -> str:
        row = {"scheme": scheme, **values}
        return put_limit(text, place, place_name(request, place), row, origin, limit.confidence)

    return await _keep_limit(request, form, edit, "directory.confirm")


@require("directory.edit")
@guarded
async def removed_limit(request: web.Request) -> web.Response:
    """Take a limit of one's own municipality away: nobody knows it any more."""
    form, now = await fields(request), await desk_of(request)
    _, scheme, _ = _local(request, now)

    def edit(text: str) -> str:
        return drop_limit(text, scheme)

    return await _keep_limit(request, form, edit, "directory.remove")


async def _keep_limit(
    request: web.Request, form: Mapping[str, str], edit: Callable[[str], str], event: str
) -> web.Response:
    place, scheme = (request.match_info[name] for name in ("place", "scheme"))

    def checked(text: str) -> str:
        # An older row of `norms.yaml` does not change here: it was seen when the page was made.
        there = limits_of({limits_file(place): text.encode()}, place).get(scheme)
        if there and there.seen != form.get("seen", ""):
            raise ChangedError
        return edit(text)

    try:
        await change_file(request, limits_file(place), checked)
    except (ChangedError, NoFactError):
        now = await desk_of(request)
        return shown(request, now, schemes_of(now.files)[scheme], place, 409, "changed_meanwhile")
    await noted(request, event, place=place, scheme=scheme)
    return go(f"{AT}/about/{scheme}?place={place}&kept=1")
