"""Schemes, norms and limits for who keeps the directory: each fact with its source.

What is true everywhere is changed by who keeps the whole country; the limits of a municipality
by its steward. Conditions are shown in words and stay in the files: an administrator changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aiohttp import web

from bot.content.scheme_form import amounts_in, cents
from bot.content.scheme_shelf import (
    Fact,
    Row,
    asked,
    assets_of,
    day,
    ends,
    facts_of,
    limits_of,
    next_starts,
    norms_of,
    schemes_of,
)
from bot.content.shelf import listed
from bot.content.worklist import is_old, standing
from bot.handlers.console.directory import (
    chosen,
    desk_of,
    directory_of,
    expired_norm,
    page,
    phrase,
    place_name,
    scope,
    today,
)
from bot.handlers.console.guard import RefusedError, account_of, require
from bot.handlers.console.pages import language_of
from bot.handlers.console.spoken import guarded
from bot.releases.errand import Working
from bot.schemes import RISKS
from bot.staff.roles import NATIONAL, may
from bot.voice import long_date, money

AT = "/console/directory/schemes"


def routes() -> list[web.RouteDef]:
    """Return the routes of schemes and norms, to read."""
    return [
        web.get(AT, overview),
        web.get(f"{AT}/norms", norms),
        web.get(f"{AT}/about/{{scheme}}", show),
    ]


# -- what there is


def _places(request: web.Request) -> tuple[dict[str, str], str]:
    """Return the places that somebody sees, and the one of this page."""
    places = scope(account_of(request), directory_of(request), today(request))
    if not places:
        raise RefusedError(404, "not_found")
    return places, chosen(request, places)


def _national(request: web.Request) -> bool:
    return may(account_of(request), "directory.edit", NATIONAL)


@require("directory.edit")
@guarded
async def overview(request: web.Request) -> web.Response:
    """List the schemes: how sure each is, and what holds in one place; expired norms first."""
    places, place = _places(request)
    now = await desk_of(request)
    names = listed(now.files)
    limits = limits_of(now.files, place) if place != NATIONAL else {}
    rows = [
        _told(request, scheme, names[name].service.name if name in names else name, limits)
        for name, scheme in schemes_of(now.files).items()
    ]
    return page(
        request,
        "schemes.html",
        now=now,
        rows=sorted(rows, key=lambda row: not row["limit"]),
        place=place,
        name=place_name(request, place),
        places={code: label or place_name(request, code) for code, label in places.items()},
        expired=expired_norm(request, now),
        national=_national(request),
        mine=may(account_of(request), "directory.edit", place),
        done=request.query.get("kept", ""),
    )


def _told(
    request: web.Request, scheme: Row, name: str, limits: Mapping[str, Fact]
) -> dict[str, object]:
    facts = facts_of(scheme)
    why, since = standing([fact.origin for fact in facts], today(request))
    limit = limits.get(str(scheme["id"]))
    years = [fact.origin.year for fact in facts if fact.origin.year]
    language = language_of(request)
    return {
        "id": scheme["id"],
        "name": name,
        "why": why,
        "source": facts[0].origin.source if facts else "",
        "year": min(years, default=None),
        "day": long_date(language, since) if since else "",
        "limit": str(limit.row.get("pct", "")) if limit else "",
    }


@require("directory.edit")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show one scheme in words: what it gives, for whom, how, its conditions, each source."""
    _, place = _places(request)
    now = await desk_of(request)
    name = request.match_info["scheme"]
    scheme = schemes_of(now.files).get(name)
    if scheme is None:
        raise RefusedError(404, "not_found")
    return shown(request, now, scheme, place, notice="kept" if "kept" in request.query else "")


def shown(
    request: web.Request,
    now: Working,
    scheme: Row,
    place: str,
    status: int = 200,
    notice: str = "",
) -> web.Response:
    """Return the page of a scheme; ``notice`` is a word about what just happened."""
    name = str(scheme["id"])
    service = listed(now.files).get(name)
    limit = limits_of(now.files, place).get(name) if place != NATIONAL else None
    return page(
        request,
        "scheme.html",
        status,
        now=now,
        scheme=scheme,
        service=service,
        title=service.service.name if service else name,
        place=place,
        name=place_name(request, place),
        facts=[told(request, fact) for fact in facts_of(scheme)],
        conditions=list(_conditions(request, scheme)),
        applies=_words(request, "applies", scheme.get("applicants", ())),
        papers=_words(request, "paper", scheme.get("bring", ())),
        costs=list(_costs(request, scheme)),
        limit=told(request, limit) if limit else None,
        national=_national(request),
        mine=place != NATIONAL and may(account_of(request), "directory.edit", place),
        notice=notice,
    )


def told(request: web.Request, fact: Fact) -> dict[str, object]:
    """Return a fact as a page shows it: its amounts in words, its source, who checked it when."""
    language, row = language_of(request), fact.origin
    state = ("old" if is_old(row, today(request)) else "confirmed") if row.assured_date else "open"
    return {
        "key": fact.key,
        "kind": fact.kind,
        "seen": fact.seen,
        "row": fact.row,
        "amounts": {name: money(language, cents(v)) for name, v in amounts_in(fact).items()},
        "source": row.source,
        "year": row.year,
        "state": state,
        "day": long_date(language, row.assured_date) if row.assured_date else "",
        "by": row.assured_by,
        "how": row.assured_how,
        "doubt": fact.confidence if fact.confidence in ("unsure", "conflict", "judged") else "",
        "shown": fact.shown,
    }


def _of_chat(request: web.Request, name: str) -> str:
    """Say a text that the chat says of a scheme."""
    return phrase(request, name, file="schemes")


def _words(request: web.Request, prefix: str, names: object) -> list[str]:
    known = names if isinstance(names, list) else []
    return [_of_chat(request, f"{prefix}_{name}") for name in known]


def _costs(request: web.Request, scheme: Row) -> list[str]:
    """Say of each risk whether asking can cost it; what nobody looked into is not harmless."""
    cost, harmless = scheme.get("asking_can_cost", ""), scheme.get("cannot_cost", [])
    said = []
    for risk in RISKS:
        state = "unknown"
        if cost == "none" or risk in harmless:
            state = "no"
        elif isinstance(cost, list) and risk in cost:
            state = "yes"
        said.append(phrase(request, f"cost_{state}", what=phrase(request, f"risk_{risk}")))
    return said


def _conditions(request: web.Request, scheme: Row) -> list[str]:
    """Say the conditions of a scheme in words."""
    say, said = phrase, []
    income = scheme.get("income", {})
    low, high = (income.get("range") or ["", ""])[:2]
    said.append(say(request, f"income_{income.get('type', 'none')}", low=low, high=high))
    for key, name in (("child_age", "children_aged"), ("applicant_age", "applicant_aged")):
        if key in scheme:
            said.append(say(request, name, low=scheme[key][0], high=scheme[key][1]))
    if scheme.get("children_required") == "yes" and "child_age" not in scheme:
        said.append(say(request, "children_needed"))
    said.append(say(request, f"savings_{scheme.get('assets', 'unknown')}"))
    if scheme.get("work"):
        works = [say(request, f"work_{name}") for name in scheme["work"]]
        said.append(say(request, "work_of", what=", ".join(works)))
    if scheme.get("rent") == "yes":
        said.append(say(request, "rent_needed"))
    said.append(say(request, f"residence_{scheme.get('residence', 'unknown')}"))
    return said


# -- norms


@require("directory.edit")
@guarded
async def norms(request: web.Request) -> web.Response:
    """Show every norm, the newest first, and what one may have saved."""
    return norms_page(request, await desk_of(request), "kept" if "kept" in request.query else "")


def norms_page(
    request: web.Request, now: Working, notice: str = "", status: int = 200
) -> web.Response:
    """Return the page of the norms; ``notice`` is a word about what just happened."""
    rows = sorted(norms_of(now.files), key=lambda f: day(f) or date.min, reverse=True)
    pct, basis = asked(now.files)
    return page(
        request,
        "norms.html",
        status,
        now=now,
        norms=[{**told(request, fact), **_half(request, fact)} for fact in rows],
        assets=[told(request, fact) for fact in assets_of(now.files)],
        pct=pct,
        basis=basis,
        expired=expired_norm(request, now),
        starts=next_starts(now.files, today(request)),
        national=_national(request),
        notice=notice,
    )


def _half(request: web.Request, fact: Fact) -> dict[str, object]:
    start = day(fact)
    language = language_of(request)
    return {
        "start": long_date(language, start) if start else "",
        "over": start is not None and today(request) >= ends(start),
        "basis": fact.row.get("basis", ""),
    }
