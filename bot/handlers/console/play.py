"""Editing by playing: the chat as the child sees it, beside the conversation in reading order.

The preview runs the real engine on the draft's own files. Whatever stands on the page can be
pressed: that opens a small form at that place, by its address, so that it works without a script.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.content.conversations import Script
from bot.content.outline import outline, written
from bot.content.scene import play
from bot.content.told import Finding
from bot.handlers.console.changes import (
    CASES,
    Path,
    Refusal,
    change_of,
    lead_mark,
    option_mark,
    step_mark,
    text_mark,
)
from bot.handlers.console.guard import account_of, fields, require
from bot.handlers.console.naming import Names
from bot.handlers.console.pages import answer, go, language_of
from bot.handlers.console.spoken import guarded, page, phrase
from bot.handlers.console.stage import (
    AGES,
    CHANNELS,
    MOMENTS,
    ROLES,
    WIDTHS,
    Stage,
    moment_of,
    scene_of,
    stage_of,
)
from bot.handlers.keys import BENCH, CLOCK
from bot.releases.bench import View
from bot.releases.desk import may_edit
from bot.releases.standing import RefusedError
from bot.releases.undo import history
from bot.store import releases as shelf

WORDS = "editor"
"""The words of these pages: ``conversations/words/editor.yaml``."""


def routes() -> list[web.RouteDef]:
    """Return the routes of the editor."""
    at = "/console/drafts/{draft}/play/{conversation}"
    return [
        web.get(at, show),
        web.post(at, change),
    ]


@dataclass(frozen=True, slots=True)
class Open:
    """What a page of the editor is about: the draft, its conversation, and what is asked for."""

    view: View
    script: Script
    stage: Stage
    may_edit: bool

    @property
    def address(self) -> str:
        """The address of the page, without what is played."""
        return f"/console/drafts/{self.view.draft.id}/play/{self.script.conversation.id}"


@require("content.read")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show a conversation of a draft: played, and in reading order."""
    return await _page(request, await _open(request))


@require("draft.edit")
@guarded
async def change(request: web.Request) -> web.Response:
    """Make one change, and show the page again; with JSON only what came of it."""
    form, wants_json = await fields(request), _wants_json(request)
    before = await _open(request)
    if not before.may_edit:
        raise RefusedError("not_yours")
    draft, conversation = before.view.draft.id, before.script.conversation.id
    played = _path(request, before) if form.get("op") == "test" else None
    result = await change_of(request, draft, conversation, form, played)
    if isinstance(result, Refusal):
        return await _refused(request, await _open(request), result, form)
    if wants_json:
        return answer({"mark": result.mark, "message": phrase(request, "saved", file=WORDS)})
    anchor = f"#{result.anchor}" if result.anchor else ""
    return go(f"{before.address}{before.stage.link()}{anchor}")


async def _refused(
    request: web.Request, now: Open, refusal: Refusal, form: Mapping[str, str]
) -> web.Response:
    """Say what is in the way, with the words that were typed still in the form."""
    if _wants_json(request):
        message = phrase(request, f"refused_{refusal.code}", file=WORDS)
        facts = {"error": refusal.code, "message": message, "mark": refusal.mark}
        return answer(facts | {"theirs": refusal.theirs}, refusal.status)
    return await _page(request, now, refusal.status, refusal=refusal, typed=form)


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


async def _open(request: web.Request) -> Open:
    view = await request.app[BENCH].view(request.match_info["draft"])
    script = view.content.scripts.get(request.match_info["conversation"])
    if script is None:
        raise RefusedError("no_conversation")
    stage = stage_of(request, view.content.release, request.app[CLOCK]().date())
    may = view.draft.state == shelf.OPEN and may_edit(account_of(request), script.file)
    return Open(view, script, stage if may else stage.changed(), may)


def _path(request: web.Request, now: Open) -> Path:
    """Return what is played in the preview, as a test of the conversation keeps it."""
    scene = scene_of(now.stage, now.script.conversation.id, now.view.content.release)
    moment = moment_of(now.stage, request.app[CLOCK]())
    played = play(now.view.content.release, scene, moment)
    if played.broken or played.stopped or scene.step:
        raise RefusedError("not_played")
    own = (p.step for p in played.visited if p.conversation == scene.conversation)
    return Path(scene.known, scene.moves, tuple(dict.fromkeys(own)))


async def _findings(
    request: web.Request, now: Open
) -> tuple[tuple[Finding, ...], tuple[Finding, ...] | None]:
    """Return what is wrong, and the result of the proof when it was asked for or made before."""
    bench = request.app[BENCH]
    findings = await bench.quick(now.view, now.script)
    if findings or now.script.file.startswith("conversations/shared/"):
        return findings, None if findings else ()
    if now.stage.proof:
        proof: tuple[Finding, ...] | None = await bench.proven(now.view, now.script)
    else:
        proof = bench.proof(now.view, now.script)
    return (*findings, *(proof or ())), proof


async def _page(
    request: web.Request,
    now: Open,
    status: int = 200,
    *,
    refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    release = now.view.content.release
    scene = scene_of(now.stage, now.script.conversation.id, release)
    tell = functools.partial(phrase, request, file=WORDS)
    findings, proof = await _findings(request, now)
    return page(
        request,
        "play.html",
        status,
        tell=tell,
        at=now.address,
        draft=now.view.draft,
        file=now.script.file,
        stage=now.stage,
        id=now.script.conversation.id,
        may_edit=now.may_edit,
        entries=outline(now.script),
        sources={source.key: source for source in now.script.sources},
        played=play(release, scene, moment_of(now.stage, request.app[CLOCK]())),
        names=Names(now.view.content, now.script, tell, language_of(request)),
        findings=findings,
        proof=proof,
        tests=len(now.script.transcripts),
        past=_past(request, now),
        refusal=refusal,
        typed=typed or {},
        choices={"role": ROLES, "age": AGES, "moment": tuple(MOMENTS)},
        channels=CHANNELS,
        widths=WIDTHS,
        cases=CASES,
        offered=[known for known in release.catalog.languages.values() if known.offered],
        written=written,
        marks={"text": text_mark, "option": option_mark, "step": step_mark, "lead": lead_mark},
    )


def _past(request: web.Request, now: Open) -> dict[str, str]:
    """Return the numbers of what one can undo and do again here."""
    if not now.may_edit:
        return {}
    past = history(now.view.edits, now.script.file, now.view.base.get(now.script.file, ""))
    own = account_of(request).id
    undo = past.done[-1] if past.done and past.done[-1].before else None
    redo = past.undone[-1] if past.undone else None
    pairs = {"undo": undo, "redo": redo}
    return {name: str(c.number) for name, c in pairs.items() if c and c.account == own}
