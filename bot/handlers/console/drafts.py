"""Drafts: what somebody wants to change, what is wrong with it, and who looked at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiohttp import web

from bot.catalog import SOURCE, Language
from bot.content import told
from bot.content.load import Content
from bot.handlers.console import findings, talks
from bot.handlers.console.findings import Row
from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded, page, phrase
from bot.handlers.keys import BENCH, CHAT, CLOCK, DESK
from bot.releases.bench import View
from bot.releases.desk import may_edit
from bot.releases.diff import TextChange, compare_files, compare_texts
from bot.releases.eyes import Hand
from bot.releases.rehearse import by_conversation, rehearse
from bot.releases.replay import replay
from bot.releases.stale import MEANING, SPELLING, stale_keys
from bot.releases.standing import RefusedError, Standing
from bot.releases.tree import is_content
from bot.releases.weigh import critical_conversations
from bot.staff.roles import may
from bot.store import releases as shelf
from bot.store.releases import Draft

MOST_SHOWN = 200
"""Changes of texts or positions that a page shows; the diff in lines has all."""


_READ = ("checked", "approved", "published")
_CHECKED = ("wrong", *_READ)


def routes() -> list[web.RouteDef]:
    """Return the routes of conversations and drafts."""
    draft = "/console/drafts/{draft}"
    return [
        web.get("/console/conversations", conversations),
        web.post("/console/drafts", begin),
        web.post("/console/drafts/offer", offer),
        web.get(draft, show),
        web.get(f"{draft}/file", edit),
        web.post(f"{draft}/file", save),
        web.post(f"{draft}/check", check),
        web.post(f"{draft}/sorts", sort),
        web.post(f"{draft}/approve", approve),
        web.get(f"{draft}/rehearsal", rehearsal),
        web.post(f"{draft}/publish", publish),
        web.post(f"{draft}/drop", drop),
    ]


@require("content.read")
@guarded
async def conversations(request: web.Request) -> web.Response:
    """List every conversation with its state in each language, and the open drafts."""
    desk = request.app[DESK]
    state = await desk.state()
    if state is None:
        return page(
            request,
            "drafts.html",
            rows=[],
            languages=[],
            drafts=[],
            offered="",
            needs=[],
            busy={},
        )
    content = await desk.workshop.content(state.release)
    files = await desk.files(state.release)
    async with desk.store.reading() as connection:
        drafts = await shelf.drafts(connection)
        names = await shelf.names(connection)
    mine = account_of(request).id
    drafts.sort(key=lambda draft: draft.author != mine)
    states = [(await desk.standing(draft.id), names.get(draft.author, "")) for draft in drafts]
    languages = [code for code in content.release.catalog.languages if code in _offered(content)]
    rows = await asyncio.to_thread(_rows, content, files, languages)
    return page(
        request,
        "drafts.html",
        rows=rows,
        languages=languages,
        drafts=states,
        offered=desk.offered,
        needs=talks.needs(request, content),
        busy=_busy(states, mine),
    )


def _busy(
    states: Iterable[tuple[Standing, str]], mine: str
) -> dict[str, list[tuple[Draft, str, bool]]]:
    """Return per file the open drafts that change it, with their author, and whether that is I."""
    found: dict[str, list[tuple[Draft, str, bool]]] = {}
    for standing, author in states:
        for path in standing.edits:
            row = (standing.draft, author, standing.draft.author == mine)
            found.setdefault(path, []).append(row)
    return found


def _offered(content: Content) -> set[str]:
    return {code for code, known in content.release.catalog.languages.items() if known.offered}


def _rows(
    content: Content, files: Mapping[str, bytes], languages: Iterable[str]
) -> list[dict[str, object]]:
    """Return per conversation how many texts each language has, and how many are stale."""
    critical = critical_conversations(content)
    texts = content.release.catalog.texts
    stale = {code: _stale(files, code) for code in languages}
    rows: list[dict[str, object]] = []
    for name, script in content.scripts.items():
        keys = [source.key for source in script.sources if source.translated]
        states = [
            (code, sum(k in texts[code] for k in keys), sum(k in stale[code] for k in keys))
            for code in languages
        ]
        title = texts["nl"].get(script.conversation.title, (name,))[0]
        rows.append(
            {"name": name, "title": title, "file": script.file, "all": len(keys)}
            | {"states": states, "critical": name in critical}
        )
    return sorted(rows, key=lambda row: str(row["title"]).casefold())


def _stale(files: Mapping[str, bytes], code: str) -> frozenset[str]:
    content = files.get(f"locales/{code}/LC_MESSAGES/lucht.po", b"")
    return frozenset(stale_keys(content.decode()))


@require("content.read")
@guarded
async def begin(request: web.Request) -> web.Response:
    """Make an empty draft."""
    form = await fields(request)
    draft = await request.app[DESK].new_draft(account_of(request), form.get("title", ""))
    return go(f"/console/drafts/{draft}")


@require("draft.edit")
@guarded
async def offer(request: web.Request) -> web.Response:
    """Make a draft of the product's own new texts."""
    title = phrase(request, "offer_title")
    draft = await request.app[DESK].offer(account_of(request), title)
    return go(f"/console/drafts/{draft}")


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show where a draft stands and everything that it changes."""
    desk, account = request.app[DESK], account_of(request)
    standing = await desk.standing(request.match_info["draft"])
    base = await desk.files(standing.draft.base)
    files = await _candidate(request, standing, base)
    changes = await asyncio.to_thread(compare_files, base, files)
    view = await request.app[BENCH].view(standing.draft.id, whole=False)
    texts = await _texts(request, standing, view)
    return page(
        request,
        "draft.html",
        standing=standing,
        draft=standing.draft,
        check=standing.check,
        made=await _names(request, standing.contributors),
        approved=await _names(request, standing.approvers),
        changes=changes,
        texts=texts,
        titles={change.key: talks.title_at(view.content, change.key) for change in texts},
        of_key={change.key: change for change in reversed(texts)},
        found=await _found(request, standing, view),
        unsorted=_unsorted(standing),
        editable=[path for path in sorted(files) if may_edit(account, path)],
        open=standing.draft.state == shelf.OPEN,
        needs=talks.needs(request, view.content),
        talks=talks.talks(view),
        languages=_others(request),
    )


async def _found(request: web.Request, standing: Standing, view: View) -> list[Row]:
    """Return what the check found; of a draft that changed since, what can be known at once."""
    name, content = standing.draft.id, view.content
    if standing.check and standing.state in _CHECKED:
        found = await asyncio.to_thread(told.of_lines, content, standing.check.problems)
        return findings.rows(request, content, name, found)
    changed = set(view.changed)
    scripts = [script for script in content.scripts.values() if script.file in changed]
    now = [await request.app[BENCH].quick(view, script) for script in scripts]
    return findings.rows(request, content, name, (one for some in now for one in some))


def _others(request: web.Request) -> list[Language]:
    """Return the languages that a chat is offered in, but Dutch."""
    known = request.app[CHAT].release.catalog.languages.values()
    return [language for language in known if language.offered and language.code != SOURCE]


async def _candidate(
    request: web.Request, standing: Standing, base: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the files as the check left them, or else as the edits make them."""
    desk, check = request.app[DESK], standing.check
    if check and standing.state in _CHECKED:
        return await desk.files(check.release)
    async with desk.store.reading() as connection:
        blobs = await shelf.blobs(connection, filter(None, standing.edits.values()))
    files = dict(base)
    for path, blob in standing.edits.items():
        files.pop(path, None)
        if blob:
            files[path] = blobs[blob]
    return files


async def _texts(request: web.Request, standing: Standing, view: View) -> list[TextChange]:
    """Return the texts that differ in words: as they were checked, or else as they stand now."""
    check, workshop = standing.check, request.app[DESK].workshop
    if check and not check.problems and standing.state in _READ:
        old, new = await workshop.content(check.base), await workshop.content(check.release)
    else:
        old, new = await workshop.content(view.draft.base), view.content
    return list(compare_texts(old.release.catalog, new.release.catalog))[:MOST_SHOWN]


def _unsorted(standing: Standing) -> list[tuple[str, str]]:
    """Return the texts about which the check asks: spelling or meaning; with what was said."""
    asked = [p for p in standing.check.problems if "say whether its" in p] if standing.check else []
    keys = [problem.split(": ", 1)[1].split(" ", 1)[0] for problem in asked]
    said = standing.draft.sorts
    return [(key, said.get(key, "")) for key in dict.fromkeys([*keys, *said])]


async def _names(request: web.Request, hands: Iterable[Hand]) -> str:
    async with request.app[DESK].store.reading() as connection:
        names = await shelf.names(connection)
    return ", ".join(names.get(hand.account, "?") for hand in hands)


@require("content.read")
@guarded
async def edit(request: web.Request) -> web.Response:
    """Show one file of a draft as plain text, with what is wrong beside it."""
    desk, path = request.app[DESK], request.query.get("path", "")
    standing = await desk.standing(request.match_info["draft"])
    base = await desk.files(standing.draft.base)
    if not is_content(path):
        raise RefusedError("no_draft")
    files = await _candidate(request, standing, base)
    found = await _found(
        request, standing, await request.app[BENCH].view(standing.draft.id, whole=False)
    )
    return page(
        request,
        "editor.html",
        draft=standing.draft,
        state=standing.state,
        path=path,
        text=files.get(path, b"").decode(),
        mistakes=[one for one in found if one.file == path],
        elsewhere=[one for one in found if one.file != path],
        checked=standing.state not in ("draft", "moved"),
        may_save=may_edit(account_of(request), path) and standing.draft.state == shelf.OPEN,
    )


@require("content.read")
@guarded
async def save(request: web.Request) -> web.Response:
    """Keep a file in a draft, and check the draft."""
    form, desk, account = await fields(request), request.app[DESK], account_of(request)
    draft, path = request.match_info["draft"], form.get("path", "")
    # Browsers send a text with line ends of their own.
    text = form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    version = form.get("version", "")
    await desk.save(
        account, draft, path, text.encode(), int(version) if version.isdecimal() else -1
    )
    await desk.check(account, draft)
    return web.Response(
        status=303, headers={"Location": f"/console/drafts/{draft}/file?path={path}"}
    )


@require("content.read")
@guarded
async def check(request: web.Request) -> web.Response:
    """Check a draft, on top of what is live now."""
    draft = request.match_info["draft"]
    await request.app[DESK].check(account_of(request), draft)
    return go(f"/console/drafts/{draft}")


@require("draft.edit")
@guarded
async def sort(request: web.Request) -> web.Response:
    """Keep what is said about the meaning of texts, and check the draft."""
    form, desk, draft = await fields(request), request.app[DESK], request.match_info["draft"]
    sorts = {
        name.removeprefix("sort."): value
        for name, value in form.items()
        if name.startswith("sort.") and value in (SPELLING, MEANING)
    }
    await desk.sort(account_of(request), draft, sorts)
    await desk.check(account_of(request), draft)
    return go(f"/console/drafts/{draft}")


@require("draft.approve")
@guarded
async def approve(request: web.Request) -> web.Response:
    """Approve the change that stood on the page."""
    form, draft = await fields(request), request.match_info["draft"]
    await request.app[DESK].approve(account_of(request), draft, form.get("change", ""))
    return go(f"/console/drafts/{draft}")


@require("content.read")
@guarded
async def rehearsal(request: web.Request) -> web.Response:
    """Show what happens to people and to the scripts' own tests, with the button beside it."""
    desk = request.app[DESK]
    standing = await desk.standing(request.match_info["draft"])
    check = standing.check
    if check is None or check.problems:
        raise RefusedError("not_checked")
    new = await desk.workshop.content(check.release)
    older = [(await desk.workshop.content(name)).release for name in await desk.recent()]
    old = await desk.workshop.content(check.base)
    now = request.app[CLOCK]()
    fates = await asyncio.to_thread(rehearse, older, new.release, now)
    replayed = await asyncio.to_thread(replay, old.release, new.release, new.transcripts)
    return page(
        request,
        "rehearsal.html",
        draft=standing.draft,
        check=check,
        unchanged=fates.unchanged,
        fates=by_conversation(fates),
        titled=lambda name: talks.title_at(new, name) or name,
        replayed=replayed[:MOST_SHOWN],
        may_publish=standing.state == "approved" and may(account_of(request), "release.publish"),
    )


@require("release.publish")
@guarded
async def publish(request: web.Request) -> web.Response:
    """Bring the change that was rehearsed live."""
    form, draft = await fields(request), request.match_info["draft"]
    await request.app[DESK].publish(account_of(request), draft, form.get("change", ""))
    return go("/console/releases")


@require("content.read")
@guarded
async def drop(request: web.Request) -> web.Response:
    """Put a draft away."""
    await request.app[DESK].drop(account_of(request), request.match_info["draft"])
    return go("/console/conversations")
