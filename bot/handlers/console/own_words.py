"""What a municipality says otherwise: a national entry or sentence, and beside it one's own.

The steward of a municipality presses beside what is said everywhere, sees both, and can take their
own back. In danger the same is said everywhere, so that is not offered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aiohttp import web

from bot.catalog import SOURCE
from bot.content.directory import typed
from bot.content.edit_directory import Origin
from bot.content.edit_overrides import (
    Own,
    drop_field,
    drop_text,
    fields_of,
    overrides_file,
    own_of,
    put_field,
    put_text,
    there,
)
from bot.content.overrides import may_differ, strange_in
from bot.content.service_form import number_wrong, raw_of, read_source
from bot.content.shelf import Listed, listed
from bot.handlers.console.directory import (
    change_file,
    danger,
    desk_of,
    directory_of,
    facts_of,
    noted,
    page,
    place_name,
    sure,
    today,
    told,
)
from bot.handlers.console.directory_forms import checked, form_page
from bot.handlers.console.guard import RefusedError, demand, fields, require
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded
from bot.handlers.keys import CHAT
from bot.releases.errand import Working
from bot.staff.roles import NATIONAL

AT = "/console/directory/own/{place}"
SERVICE = f"{AT}/services/{{service}}"
FIELD = f"{SERVICE}/{{field}}"
TALK = f"{AT}/talks/{{talk}}"
TEXT = f"{AT}/texts/{{key}}"


def routes() -> list[web.RouteDef]:
    """Return the routes of what a municipality says otherwise."""
    return [
        web.get(AT, overview),
        web.get(SERVICE, show),
        web.get(FIELD, ask),
        web.post(FIELD, put),
        web.post(f"{FIELD}/remove", removed),
        web.get(TALK, talk),
        web.get(TEXT, ask_text),
        web.post(TEXT, keep_text),
        web.post(f"{TEXT}/remove", removed_text),
    ]


def _place(request: web.Request) -> str:
    """Return the municipality of the address; as if it were not there when it is not one's own."""
    place = request.match_info["place"]
    demand(request, "directory.edit", place)
    if place not in directory_of(request).places.municipalities or place == NATIONAL:
        raise RefusedError(404, "not_found")
    return place


def _own(now: Working, place: str) -> Own:
    return own_of(now.files.get(overrides_file(place), b"").decode("utf-8", "replace"))


@require("directory.edit")
@guarded
async def overview(request: web.Request) -> web.Response:
    """List what differs here, and what may."""
    place, now = _place(request), await desk_of(request)
    own, names = _own(now, place), listed(now.files)
    national = [one for one in names.values() if _may(request, one)]
    return page(
        request,
        "own.html",
        now=now,
        services=[
            (one, sorted(own.services.get(one.service.id, {}).keys() - {"provenance"}))
            for one in national
        ],
        texts=[
            (key, _national_text(request, key), row.get("text", ""))
            for key, row in own.texts.items()
        ],
        talks=_talks(request),
        kept="kept" in request.query,
        place=place,
        name=place_name(request, place),
    )


def _differs(own: Own, one: Listed) -> list[str]:
    return sorted(own.services.get(one.service.id, {}).keys() - {"provenance"})


def _may(request: web.Request, one: Listed) -> bool:
    """Say whether an entry is national, found in the chat, and not one that is named in danger."""
    service = one.service
    return not service.local and service.active and service.id not in danger(request)


def _service(request: web.Request, now: Working) -> Listed:
    one = listed(now.files).get(request.match_info["service"])
    if one is None or not _may(request, one):
        raise RefusedError(404, "not_found")
    return one


# -- an entry


@require("directory.edit")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show a national entry, and beside each field what is said here."""
    place, now = _place(request), await desk_of(request)
    one = _service(request, now)
    return _shown(request, now, place, one, "kept" if "kept" in request.query else "")


def _shown(
    request: web.Request, now: Working, place: str, one: Listed, notice: str = "", status: int = 200
) -> web.Response:
    own = _own(now, place)
    said = own.services.get(one.service.id, {})
    here = {fact.name: fact for fact in facts_of(request, there(one, own, place))}
    rows = [
        (
            name,
            told(request, one, name) if name in one.entry else "",
            here.get(name) if name in said else None,
        )
        for name in fields_of(one)
    ]
    mark = there(one, own, place).seen
    return page(
        request,
        "own_service.html",
        status,
        now=now,
        one=one,
        rows=rows,
        seen=mark,
        notice=notice,
        place=place,
        name=place_name(request, place),
    )


def _everywhere(request: web.Request, one: Listed, name: str) -> str:
    return told(request, one, name) if name in one.entry else ""


def _field(request: web.Request, one: Listed) -> str:
    name = request.match_info["field"]
    if name not in fields_of(one):
        raise RefusedError(404, "not_found")
    return name


@require("directory.edit")
@guarded
async def ask(request: web.Request) -> web.Response:
    """Show the form for what a field is here."""
    place, now = _place(request), await desk_of(request)
    one = _service(request, now)
    here = there(one, _own(now, place), place)
    name = _field(request, one)
    return _field_page(request, place, one, raw_of(here.entry, name), {}, here.seen)


def _field_page(
    request: web.Request,
    place: str,
    one: Listed,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    seen: str,
    status: int = 200,
) -> web.Response:
    name = request.match_info["field"]
    return form_page(
        request,
        "own_field.html",
        raw,
        status,
        one=one,
        field=name,
        everywhere=_everywhere(request, one, name),
        wrong=wrong,
        seen=seen,
        place=place,
        name=place_name(request, place),
    )


@require("directory.edit")
@guarded
async def put(request: web.Request) -> web.Response:
    """Keep what a field is here, with where it was read."""
    place, form, now = _place(request), await fields(request), await desk_of(request)
    one = _service(request, now)
    name, here = _field(request, one), there(one, _own(now, place), place)
    found, wrong = checked(here, name, form)
    if found.value is None and not wrong:
        wrong = {name: "missing"}
    source, year, bad = read_source(form)
    wrong |= number_wrong(found.value or [] if name == "phones" else [], source, place) | bad
    seen = form.get("seen", "")
    if wrong:
        return _field_page(request, place, one, form, wrong, seen, 422)
    origin = Origin(source, year, sure(request, form, place))

    def edit(text: str) -> str:
        service = one.service.id
        return put_field(
            text, place, place_name(request, place), service, {name: found.value}, origin
        )

    return await _keep(request, place, one, seen, edit)


@require("directory.edit")
@guarded
async def removed(request: web.Request) -> web.Response:
    """Let a field be what it is everywhere again."""
    place, form, now = _place(request), await fields(request), await desk_of(request)
    one = _service(request, now)
    name = _field(request, one)

    def edit(text: str) -> str:
        return drop_field(text, one.service.id, name)

    return await _keep(request, place, one, form.get("seen", ""), edit)


async def _keep(
    request: web.Request, place: str, one: Listed, seen: str, edit: Callable[[str], str]
) -> web.Response:
    """Keep a change of an entry that is here still what somebody saw."""

    def looked(text: str) -> str:
        if there(one, own_of(text), place).seen != seen:
            raise LookupError
        return edit(text)

    try:
        await change_file(request, overrides_file(place), looked)
    except LookupError:
        return _shown(request, await desk_of(request), place, one, "changed_meanwhile", 409)
    await noted(request, "directory.own", place=place, service=one.service.id)
    return go(f"/console/directory/own/{place}/services/{one.service.id}?kept=1")


# -- a sentence


def _national_texts(request: web.Request) -> dict[str, str]:
    """Return the sentences and buttons that may differ: not those that count things."""
    texts = request.app[CHAT].release.catalog.texts[SOURCE]
    own = {key: forms[0] for key, forms in texts.items() if "@" not in key and len(forms) == 1}
    return {key: text for key, text in own.items() if may_differ(key)}


def _national_text(request: web.Request, key: str) -> str:
    return _national_texts(request).get(key, "")


def _talks(request: web.Request) -> list[tuple[str, str]]:
    """Return the conversations with sentences that may differ, by their title."""
    release = request.app[CHAT].release
    names = {key.partition(".")[0] for key in _national_texts(request)} & {*release.conversations}
    texts = release.catalog.texts[SOURCE]
    titles = {name: texts.get(f"{name}.title", (name,))[0] for name in names}
    return sorted(titles.items(), key=lambda pair: pair[1].casefold())


@require("directory.edit")
@guarded
async def talk(request: web.Request) -> web.Response:
    """Show the sentences of a conversation, and what is said here instead."""
    place, now = _place(request), await desk_of(request)
    name = request.match_info["talk"]
    titles = dict(_talks(request))
    if name not in titles:
        raise RefusedError(404, "not_found")
    return page(
        request,
        "own_talk.html",
        now=now,
        title=titles[name],
        rows=list(_sentences(request, name, _own(now, place))),
        kept="kept" in request.query,
        place=place,
        name=place_name(request, place),
    )


def _sentences(request: web.Request, talk: str, own: Own) -> Iterator[tuple[str, str, str]]:
    for key, said in _national_texts(request).items():
        if key.startswith(f"{talk}."):
            yield key, said, str(own.texts.get(key, {}).get("text", ""))


def _key(request: web.Request) -> str:
    key = request.match_info["key"]
    if not _national_text(request, key):
        raise RefusedError(404, "not_found")
    return key


@require("directory.edit")
@guarded
async def ask_text(request: web.Request) -> web.Response:
    """Show the form for what is said here instead of a sentence."""
    place, now = _place(request), await desk_of(request)
    key = _key(request)
    said = str(_own(now, place).texts.get(key, {}).get("text", ""))
    return _text_page(request, place, {"text": said, "seen": said}, {})


def _text_page(
    request: web.Request,
    place: str,
    raw: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    key = _key(request)
    talk = key.partition(".")[0]
    return page(
        request,
        "own_text.html",
        status,
        key=key,
        talk=talk,
        title=dict(_talks(request)).get(talk, talk),
        everywhere=_national_text(request, key),
        raw=raw,
        wrong=wrong,
        year=today(request).year,
        place=place,
        name=place_name(request, place),
    )


@require("directory.edit")
@guarded
async def keep_text(request: web.Request) -> web.Response:
    """Keep what is said here instead of a sentence."""
    place, form = _place(request), await fields(request)
    key, words = _key(request), " ".join(form.get("text", "").split())
    source, year, wrong = read_source(form)
    if not words:
        wrong["text"] = "missing"
    elif typed(words):
        wrong["text"] = "typed"
    elif strange_in(words, _national_text(request, key)):
        wrong["text"] = "strange"
    if wrong:
        return _text_page(request, place, form, wrong, 422)
    origin = Origin(source, year, sure(request, form, place))

    def edit(text: str) -> str:
        return put_text(text, place, place_name(request, place), key, words, origin)

    return await _keep_text(request, place, form, edit)


@require("directory.edit")
@guarded
async def removed_text(request: web.Request) -> web.Response:
    """Let a sentence be what it is everywhere again."""
    place, form = _place(request), await fields(request)
    key = _key(request)
    return await _keep_text(request, place, form, lambda text: drop_text(text, key))


async def _keep_text(
    request: web.Request, place: str, form: Mapping[str, str], edit: Callable[[str], str]
) -> web.Response:
    key = _key(request)

    def looked(text: str) -> str:
        if str(own_of(text).texts.get(key, {}).get("text", "")) != form.get("seen", ""):
            raise LookupError
        return edit(text)

    try:
        await change_file(request, overrides_file(place), looked)
    except LookupError:
        own = _own(await desk_of(request), place)
        said = str(own.texts.get(key, {}).get("text", ""))
        return _text_page(request, place, {**form, "seen": said}, {"text": "meanwhile"}, 409)
    await noted(request, "directory.own", place=place, text=key)
    return go(f"/console/directory/own/{place}/talks/{key.partition('.')[0]}?kept=1")
