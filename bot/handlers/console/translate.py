"""Translating: Dutch beside the language, what is missing or stale first, each text saved alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlencode

from aiohttp import hdrs, web

from bot.catalog import SOURCE, Language
from bot.content.load import Content
from bot.content.source import is_translated
from bot.content.translate import (
    DONE,
    Line,
    SeenOtherError,
    UnknownTextError,
    glossary,
    hints,
    lines_of,
    numbers_of,
    put,
    take_in,
)
from bot.handlers.console import spoken
from bot.handlers.console.guard import RefusedError, account_of, audit, fields, require
from bot.handlers.console.pages import LANGUAGES, answer, go
from bot.handlers.console.spoken import guarded
from bot.handlers.keys import BENCH, CHAT, DESK
from bot.releases import errand
from bot.releases.bench import View
from bot.staff.roles import Account

CONSOLE_WORDS = ("console", "counts", "editor", "releases", "worklist", "translate")
"""Files of words that only moderators see: translated for the languages of the console alone."""

CHANGED = "changed"
"""Stands for a file in an address: all that the draft changes."""

TERM_LENGTH = 5
"""Shorter names of services stand in too many sentences to be a hint."""


def routes() -> list[web.RouteDef]:
    """Return the routes of translating."""
    at = "/console/drafts/{draft}/translate/{language}"
    return [
        web.get("/console/translate", languages),
        web.post("/console/translate", begin),
        web.get(at, show),
        web.post(at, save),
        web.get(f"{at}/po", export),
        web.post(f"{at}/po", bring),
    ]


phrase = functools.partial(spoken.phrase, file="translate")
page: Callable[..., web.Response] = functools.partial(spoken.page, words="translate")


# -- which language, in which draft


@require("translate.edit")
@guarded
async def languages(request: web.Request) -> web.Response:
    """List the languages with how far each is; one press begins."""
    catalog = request.app[CHAT].release.catalog
    rows = []
    for known in catalog.languages.values():
        mine = catalog.texts[known.code]
        keys = [key for key in catalog.texts[SOURCE] if _needs(known, key, mine)]
        rows.append((known, sum(key in mine for key in keys), len(keys)))
    return page(request, "translate_languages.html", rows=rows[1:])


def _needs(language: Language, key: str, known: Mapping[str, object]) -> bool:
    """Say whether a language needs a text: if a chat is offered in it, else what it has."""
    ours = key.partition(".")[0] not in CONSOLE_WORDS or language.code in LANGUAGES
    return ours and is_translated(key) and (language.offered or key in known)


@require("translate.edit")
@guarded
async def begin(request: web.Request) -> web.Response:
    """Lead to one's own open draft for a language; make it when there is none."""
    form, account = await fields(request), account_of(request)
    known = request.app[CHAT].release.catalog.languages.get(form.get("language", ""))
    if known is None or known.code == SOURCE:
        raise RefusedError(404, "not_found")
    title = phrase(request, "draft_title", spoken="nl", name=known.name)
    draft = await _own(request, account, title, known.code)
    return go(f"/console/drafts/{draft}/translate/{known.code}")


async def _own(request: web.Request, account: Account, title: str, language: str) -> str:
    folder = f"locales/{language}/"
    now = await errand.working(request.app[DESK], account, title, folder)
    if now.draft is None:
        return await request.app[DESK].new_draft(account, title)
    await request.app[DESK].follow(now.draft.id)
    return now.draft.id


class _Work:
    """A language in a draft: its texts, and where they are written."""

    def __init__(self, view: View, language: Language, po: str) -> None:
        self.content = content = view.content
        self.language = language
        self.draft = view.draft
        self.changed = frozenset(view.changed)
        self.po = po
        self.path = f"locales/{language.code}/LC_MESSAGES/lucht.po"
        known = content.release.catalog.texts.get(language.code, {})
        self.sources = tuple(one for one in content.sources if _needs(language, one.key, known))

    async def lines(self) -> dict[str, Line]:
        """Return the texts by key; reading a catalog takes a while."""
        return await asyncio.to_thread(lines_of, self.language.code, self.sources, self.po)

    def of(self, file: str, lines: Iterable[Line]) -> list[Line]:
        """Return the texts of a file, or of every file that the draft changes."""
        files = self.changed if file == CHANGED else {file}
        return [line for line in lines if line.file in files]


async def _work(request: web.Request) -> _Work:
    """Return the language and draft of the address. Refused as if they were not there."""
    desk, name = request.app[DESK], request.match_info["draft"]
    view = await request.app[BENCH].view(name)
    language = view.content.release.catalog.languages.get(request.match_info["language"])
    if language is None or language.code == SOURCE:
        raise RefusedError(404, "not_found")
    now = await errand.opened(desk, name, f"locales/{language.code}/")
    path = f"locales/{language.code}/LC_MESSAGES/lucht.po"
    return _Work(view, language, now.files.get(path, b"").decode())


# -- one page of texts


@require("translate.edit")
@guarded
async def show(request: web.Request) -> web.Response:
    """Show what there is to do in a language, or the texts of one file."""
    work = await _work(request)
    return await _shown(request, work)


async def _shown(
    request: web.Request, work: _Work, status: int = 200, **more: object
) -> web.Response:
    lines = await work.lines()
    file = request.query.get("file", "")
    mine = work.of(file, lines.values())
    if file not in ("", CHANGED) and not mine:
        raise RefusedError(404, "not_found")
    known = glossary(lines.values(), _terms(work.content)) if mine else {}
    values: dict[str, object] = {
        "work": work,
        "direction_of": work.language.direction,
        "groups": _groups(work.content, lines.values()),
        "file": file,
        "title": _heading(request, work, file),
        "script": _script(work.content, file),
        "todo": [line for line in mine if line.state != DONE],
        "ready": [line for line in mine if line.state == DONE],
        "hints": {line.key: hints(line, known) for line in mine},
        "numbers": numbers_of(work.language.code),
        "wrong_of": lambda line: wrong_of(request, line),
        "conflict": None,
        "kept": request.query.get("kept", ""),
        "taken": None,
    }
    return page(request, "translate.html", status, **(values | more))


def _groups(content: Content, lines: Iterable[Line]) -> list[tuple[str, str, int, int]]:
    """Return per file its title, how many texts wait and how many there are; most work first."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.file, []).append(line)
    rows = [
        (file, _title(content, file), sum(line.state != DONE for line in all_), len(all_))
        for file, all_ in found.items()
    ]
    return sorted(rows, key=lambda row: (-row[2], row[1].casefold()))


def _script(content: Content, file: str) -> str:
    return next((name for name, one in content.scripts.items() if one.file == file), "")


def _title(content: Content, file: str) -> str:
    """Return how a file is called: the title of its conversation, or its own name."""
    name = _script(content, file)
    title = content.release.catalog.texts[SOURCE].get(f"{name}.title", ("",))[0]
    return title or PurePosixPath(file).stem


def _heading(request: web.Request, work: _Work, file: str) -> str:
    if file == CHANGED:
        return phrase(request, "changed_here")
    return _title(work.content, file) if file else ""


def _terms(content: Content) -> list[str]:
    """Return the Dutch words that stand on forms and desks: the names of what there is."""
    names = {service.name for service in content.release.directory.services.values()}
    return sorted(name for name in names if len(name) >= TERM_LENGTH)


# -- saving


@require("translate.edit")
@guarded
async def save(request: web.Request) -> web.Response:
    """Keep one translation, unless the text is no longer what the translator saw."""
    form, work = await fields(request), await _work(request)
    key, seen = form.get("key", ""), form.get("seen", "")
    forms = [form[name] for name in sorted(form) if name.startswith("form.")]

    def change(po: str) -> str:
        return put(work.language.code, work.sources, po, key, forms, seen)

    try:
        await errand.put(request.app[DESK], account_of(request), work.draft.id, work.path, change)
    except SeenOtherError as other:
        return await _conflict(request, work, other.line, forms)
    except UnknownTextError:
        raise RefusedError(404, "not_found") from None
    return await _kept(request, key)


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get(hdrs.ACCEPT, "")


async def _conflict(
    request: web.Request, work: _Work, line: Line, forms: list[str]
) -> web.Response:
    if _wants_json(request):
        said = phrase(request, "conflict")
        return answer({"said": said, "seen": line.seen, "forms": line.forms}, 409)
    return await _shown(request, work, 409, conflict=(line, forms))


async def _kept(request: web.Request, key: str) -> web.Response:
    work = await _work(request)
    line = (await work.lines())[key]
    if _wants_json(request):
        said = phrase(request, "saved")
        return answer({"said": said, "seen": line.seen, "wrong": wrong_of(request, line)})
    file = request.query.get("file") or line.file
    query = urlencode({"file": file}, safe="/")
    return go(f"/console/drafts/{work.draft.id}/translate/{work.language.code}?{query}")


def wrong_of(request: web.Request, line: Line) -> str:
    """Say what is wrong with the placeholders of a translation; nothing when all is well."""
    parts = []
    if line.absent:
        parts.append(phrase(request, "absent", names=_braces(line.absent)))
    if line.strange:
        parts.append(phrase(request, "strange", names=_braces(line.strange)))
    return " ".join(parts)


def _braces(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


# -- a whole catalog


@require("translate.edit")
@guarded
async def export(request: web.Request) -> web.Response:
    """Send the catalog of the language, for a program of the translator's own."""
    work = await _work(request)
    name = f"lucht-{work.language.code}.po"
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
    return web.Response(text=work.po, content_type="text/x-gettext-translation", headers=headers)


@require("translate.edit")
@guarded
async def bring(request: web.Request) -> web.Response:
    """Take over a catalog; only what fits today's texts, and say what did not."""
    form, work = await fields(request), await _work(request)
    found: tuple[int, tuple[str, ...]] = (0, ())

    def change(po: str) -> str:
        nonlocal found
        text, taken, refused = take_in(
            work.language.code, work.sources, po, form.get("po", "").replace("\r\n", "\n")
        )
        found = (taken, refused)
        return text if taken else po

    try:
        await errand.put(request.app[DESK], account_of(request), work.draft.id, work.path, change)
    except ValueError:
        return await _shown(request, work, 422, taken=(-1, ()))
    await audit(request, "translation.import", language=work.language.code, taken=found[0])
    return await _shown(request, await _work(request), taken=found)
