"""How people say it: the phrases that lead to a conversation, in each language, and a trial.

The trial asks the ear itself. A draft gets an ear of its own when it is checked; until then its new
phrases are not learned yet, and the page says so.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.catalog import SOURCE, Language
from bot.content import edit
from bot.content.conversations import Script
from bot.content.edit import EditError
from bot.content.edit_heard import change_topic, is_heard, lines_in, path_of, topic_lines
from bot.content.load import Content
from bot.handlers.console.changes import mark
from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.naming import Names
from bot.handlers.console.pages import go
from bot.handlers.console.spoken import guarded, page, phrase
from bot.handlers.keys import BENCH, DESK
from bot.hearing import Heard, Hearing
from bot.hearing.fold import fold
from bot.releases import errand
from bot.releases.bench import View
from bot.releases.desk import may_edit
from bot.releases.standing import RefusedError
from bot.store import releases as shelf

WORDS = "editor"
LONGEST = 300
"""Characters of a text that is tried."""

_OWN_EAR = ("checked", "approved", "published")


def routes() -> list[web.RouteDef]:
    """Return the routes of what is heard."""
    at = "/console/drafts/{draft}/heard/{conversation}"
    return [web.get(at, show), web.post(at, change)]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language, the file they stand in, and whether one may change them."""

    language: Language
    path: str
    lines: tuple[str, ...]
    may_edit: bool

    @property
    def mark(self) -> str:
        """The mark of what stands there."""
        return mark(*self.lines)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was heard in a text. ``learned``: by an ear that knows the phrases of the draft."""

    typed: str
    heard: Heard
    titles: tuple[str, ...]
    here: bool
    learned: bool
    listed: bool


class _OtherError(Exception):
    """Somebody else changed these phrases meanwhile; ``lines`` is what stands there now."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("other")
        self.lines = lines


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show the phrases of a conversation in every language, and try a text."""
    return await _page(request)


@require("draft.edit")
@guarded
async def change(request: web.Request) -> web.Response:
    """Keep the phrases of one language, unless they are no longer what was seen."""
    form = await fields(request)
    view, script = await _open(request)
    language, new = form.get("language", ""), lines_in(form.get("text", ""))
    path = script.file if language == SOURCE else path_of(language)
    if language not in view.content.release.catalog.languages:
        raise RefusedError("no_conversation")

    def changed(text: str) -> str:
        now = _lines(script, language, text)
        if form.get("mark") != mark(*now) and now != new:
            raise _OtherError(now)
        if language == SOURCE:
            return edit.change_heard(text, new)
        return change_topic(text, script.conversation.id, new)

    try:
        await errand.put(request.app[DESK], account_of(request), view.draft.id, path, changed)
    except EditError as error:
        return await _page(request, 422, {**form, "refused": error.code})
    except _OtherError as other:
        more = {"mark": mark(*other.lines), "theirs": "\n".join(other.lines)}
        return await _page(request, 409, {**form, **more, "refused": "stale"})
    return go(f"/console/drafts/{view.draft.id}/heard/{script.conversation.id}#in-{language}")


async def _open(request: web.Request) -> tuple[View, Script]:
    view = await request.app[BENCH].view(request.match_info["draft"])
    script = view.content.scripts.get(request.match_info["conversation"])
    if script is None:
        raise RefusedError("no_conversation")
    return view, script


async def _page(
    request: web.Request, status: int = 200, typed: Mapping[str, str] | None = None
) -> web.Response:
    view, script = await _open(request)
    tell = functools.partial(phrase, request, file=WORDS)
    return page(
        request,
        "heard.html",
        status,
        tell=tell,
        draft=view.draft,
        id=script.conversation.id,
        names=Names(view.content, script, tell),
        known=[one async for one in _phrases(request, view, script)],
        more=_more(await _text(request, view, path_of(SOURCE)), script),
        trial=await _trial(request, view, script),
        typed=typed or {},
    )


async def _text(request: web.Request, view: View, path: str) -> str:
    return await request.app[BENCH].text(view, path)


def _lines(script: Script, language: str, text: str) -> tuple[str, ...]:
    """Return the phrases of a language that stand in the text of its file."""
    if language == SOURCE:
        return edit.heard_in(text)
    return topic_lines(text, script.conversation.id)


def _more(text: str, script: Script) -> tuple[str, ...]:
    """Return Dutch phrases that stand with those of danger."""
    try:
        return topic_lines(text, script.conversation.id)
    except EditError:
        return ()


async def _phrases(request: web.Request, view: View, script: Script) -> AsyncIterator[Phrases]:
    for language in view.content.release.catalog.languages.values():
        if not language.offered:
            continue
        path = script.file if language.code == SOURCE else path_of(language.code)
        text = await _text(request, view, path)
        try:
            lines = _lines(script, language.code, text)
        except EditError:
            continue
        may = view.draft.state == shelf.OPEN and may_edit(account_of(request), path)
        yield Phrases(language, path, lines, may)


# -- the trial


async def _trial(request: web.Request, view: View, script: Script) -> Trial | None:
    typed = " ".join(request.query.get("typed", "")[:LONGEST].split())
    if not typed:
        return None
    ear, learned = await _ear(request, view)
    heard = ear.hear(typed)
    known = view.content.release
    topics = [name for name in heard.topics if name in known.conversations]
    titles = tuple(known.catalog.say(SOURCE, known.conversations[name].title) for name in topics)
    here = topics[:1] == [script.conversation.id]
    own = {fold(line) for line in _said(view.content, script)}
    return Trial(typed, heard, titles, here, learned, fold(typed) in own)


async def _ear(request: web.Request, view: View) -> tuple[Hearing, bool]:
    """Return the ear of the draft if there is one already, or else that of its base."""
    desk = request.app[DESK]
    standing = await desk.standing(view.draft.id)
    if standing.check and standing.state in _OWN_EAR:
        built = desk.workshop.kept(standing.check.release)
        if built is not None:
            return built.release.hearing, True
    base = await desk.workshop.content(view.draft.base)
    return base.release.hearing, not _teaches(view, base)


def _teaches(view: View, base: Content) -> bool:
    """Say whether a draft changes any phrase."""
    changed = set(view.changed)
    if any(map(is_heard, changed)):
        return True
    return any(
        _said(view.content, script) != _said(base, script)
        for script in view.content.scripts.values()
        if script.file in changed
    )


def _said(content: Content, script: Script) -> tuple[str, ...]:
    """Return the Dutch phrases of a conversation."""
    key = f"{script.conversation.id}.heard_as"
    forms = content.release.catalog.texts[SOURCE].get(key, ("",))
    return lines_in(forms[0])
