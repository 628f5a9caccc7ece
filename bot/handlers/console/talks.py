"""Conversations as a whole: the way into the editor, a search in all texts, a map, a new one."""

from __future__ import annotations

import asyncio
import functools
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.catalog import SOURCE
from bot.content import edit
from bot.content.edit import EditError, NewStep
from bot.content.load import Content
from bot.content.map import HEIGHT, WIDTH, Box, drawing
from bot.content.outline import Entry, Onward, outline
from bot.engine.model import END, Target
from bot.handlers.console.changes import FALLBACK
from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.naming import Names
from bot.handlers.console.pages import go, language_of
from bot.handlers.console.spoken import guarded, page, phrase
from bot.handlers.console.stage import ROLES
from bot.handlers.keys import BENCH, DESK
from bot.releases import errand
from bot.releases.bench import View
from bot.releases.desk import may_edit
from bot.releases.standing import RefusedError
from bot.store import releases as shelf

WORDS = "editor"
MOST_FOUND = 100
LINE = 25
"""Characters that fit beside each other in a box of the map."""

MOST_LINES = 3


def routes() -> list[web.RouteDef]:
    """Return the routes of the conversations of a draft."""
    draft = "/console/drafts/{draft}"
    return [
        web.get(f"{draft}/search", search),
        web.get(f"{draft}/map/{{conversation}}", show_map),
        web.post(f"{draft}/conversations", begin),
        web.post("/console/conversations", begin_talk),
        web.post("/console/conversations/{conversation}", edit_talk),
    ]


def talks(view: View) -> list[tuple[str, str, bool]]:
    """Return the conversations of a draft: id, title, and whether the draft changes it."""
    changed = set(view.changed)
    rows = [
        (name, _title(view.content, name), script.file in changed)
        for name, script in view.content.scripts.items()
    ]
    return sorted(rows, key=lambda row: (not row[2], row[1].casefold()))


def needs(request: web.Request, content: Content) -> list[tuple[str, str]]:
    """Return the needs that somebody serves, each with its words."""
    tell = functools.partial(phrase, request, file=WORDS)
    script = next(iter(content.scripts.values()))
    return Names(content, script, tell).choices("needs")


@dataclass(frozen=True, slots=True)
class Hit:
    """A text in which a search found its words."""

    conversation: str
    title: str
    key: str
    text: str
    kind: str


@require("content.read")
@guarded
async def search(request: web.Request) -> web.Response:
    """Find words in every text of every conversation."""
    view = await request.app[BENCH].view(request.match_info["draft"])
    asked = " ".join(request.query.get("q", "")[:100].split())
    hits = await asyncio.to_thread(lambda: list(_hits(view, asked.casefold())))
    tell = functools.partial(phrase, request, file=WORDS)
    return page(
        request,
        "search.html",
        tell=tell,
        draft=view.draft,
        asked=asked,
        hits=hits[:MOST_FOUND],
        count=len(hits),
    )


def _hits(view: View, asked: str) -> Iterator[Hit]:
    if len(asked) < 2:
        return
    for name, script in view.content.scripts.items():
        for source in script.sources:
            forms = [source.text] if isinstance(source.text, str) else source.text.values()
            text = " / ".join(forms)
            if source.translated and asked in text.casefold():
                key = source.key.removeprefix(f"{name}.")
                kind = "option" if ".options." in key else "text"
                yield Hit(name, _title(view.content, name), key, text, kind)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box of the map with its words in lines, where it leads, and whether something is wrong."""

    box: Box
    lines: tuple[str, ...]
    kind: str
    link: str
    wrong: bool


@require("content.read")
@guarded
async def show_map(request: web.Request) -> web.Response:
    """Draw a conversation: each step a box, each way a line, what is wrong in red."""
    view = await request.app[BENCH].view(request.match_info["draft"])
    script = view.content.scripts.get(request.match_info["conversation"])
    if script is None:
        raise RefusedError("no_conversation")
    findings = await request.app[BENCH].quick(view, script)
    findings += request.app[BENCH].proof(view, script) or ()
    wrong = {finding.place.split(".")[0] for finding in findings}
    tell = functools.partial(phrase, request, file=WORDS)
    names = Names(view.content, script, tell, language_of(request))
    entries = {entry.id: entry for entry in outline(script)}
    drawn = await asyncio.to_thread(drawing, entries.values())
    play = f"/console/drafts/{view.draft.id}/play"
    return page(
        request,
        "map.html",
        tell=tell,
        draft=view.draft,
        id=script.conversation.id,
        names=names,
        drawn=drawn,
        boxes=[
            _drawn(box, entries, names, play, script.conversation.id, wrong) for box in drawn.boxes
        ],
        entries=tuple(entries.values()),
        wrong=wrong,
        play=play,
        labels={
            (line.start, line.end): _label(entries[line.start], line.ways) for line in drawn.lines
        },
        size=(WIDTH, HEIGHT),
    )


def _drawn(
    box: Box, entries: dict[str, Entry], names: Names, play: str, id_: str, wrong: set[str]
) -> Drawn:
    entry = entries.get(box.id)
    if entry is None:
        target = Target(conversation=box.id[1:]) if box.id.startswith("/") else Target(step=END)
        link = f"{play}/{box.id[1:]}" if box.id.startswith("/") and names.has(box.id[1:]) else ""
        return Drawn(box, _lines(names.target(target)), "end", link, False)
    return Drawn(
        box, _lines(names.entry(entry)), entry.kind, f"{play}/{id_}#s-{entry.id}", box.id in wrong
    )


def _lines(words: str) -> tuple[str, ...]:
    lines = textwrap.wrap(words, LINE)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][: LINE - 2]} …"]
    return tuple(lines)


def _label(entry: Entry, ways: tuple[str, ...]) -> str:
    """Return the words on the buttons that a line stands for."""

    def words(way: Onward) -> str:
        return way.piece.forms[0] if way.piece else ""

    return " / ".join(filter(None, (words(way) for way in entry.onward if way.way in ways)))


# -- from the list of what is live straight into the editor


@require("draft.edit")
@guarded
async def edit_talk(request: web.Request) -> web.Response:
    """Open a conversation of the live release in one's own draft of it; begin one if needed."""
    desk, account, name = request.app[DESK], account_of(request), request.match_info["conversation"]
    content = await _live(request)
    script = content.scripts.get(name)
    if script is None:
        raise RefusedError("no_conversation")
    draft = await errand.own_draft(desk, account, script.file, _title(content, name))
    return go(f"/console/drafts/{draft}/play/{name}")


@require("draft.edit")
@guarded
async def begin_talk(request: web.Request) -> web.Response:
    """Begin a conversation in a draft of its own, which takes its name."""
    form, desk, account = await fields(request), request.app[DESK], account_of(request)
    name, text = _begun(form, await _live(request))
    draft = await desk.new_draft(account, form.get("title", ""))
    await desk.save(account, draft, f"conversations/{name}.yaml", text.encode())
    return go(f"/console/drafts/{draft}/play/{name}")


@require("draft.edit")
@guarded
async def begin(request: web.Request) -> web.Response:
    """Begin a conversation in a draft that is there."""
    form, draft = await fields(request), request.match_info["draft"]
    view = await request.app[BENCH].view(draft)
    name, text = _begun(form, view.content)
    path = f"conversations/{name}.yaml"
    if view.draft.state != shelf.OPEN or not may_edit(account_of(request), path):
        raise RefusedError("not_yours")
    await request.app[DESK].save(
        account_of(request), draft, path, text.encode(), view.draft.version
    )
    return go(f"/console/drafts/{draft}/play/{name}")


def _begun(form: Mapping[str, str], content: Content) -> tuple[str, str]:
    """Return id and file of a conversation that helps from its first message on."""
    roles = [role for role in ROLES if form.get(f"for_{role}")] or list(ROLES)
    first = NewStep("find", form.get("text", ""), (), form.get("need", ""), FALLBACK)
    taken = {*content.scripts, *content.release.frame.was}
    try:
        return edit.begin(form.get("title", ""), roles, taken, first)
    except EditError:
        raise RefusedError("no_words") from None


async def _live(request: web.Request) -> Content:
    desk = request.app[DESK]
    state = await desk.state()
    if state is None:
        raise RefusedError("no_release")
    return await desk.workshop.content(state.release)


def title_at(content: Content, key: str) -> str:
    """Return the title of the conversation in which a text stands; nothing for another text."""
    name = key.partition(".")[0]
    return _title(content, name) if name in content.release.conversations else ""


def _title(content: Content, conversation: str) -> str:
    texts = content.release.catalog.texts[SOURCE]
    return texts.get(content.release.conversations[conversation].title, (conversation,))[0]
