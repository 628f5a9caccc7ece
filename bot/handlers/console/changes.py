"""What a form of the editor asks for, made in the draft: once, and on the words that were seen.

Each form carries the mark of what stood there when it was opened. Did somebody else change just
that, then nothing is overwritten: the page shows both and asks. Changes of other things in the
same file do not stand in the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

from aiohttp import web

from bot.content import edit, edit_order
from bot.content.conversations import Script
from bot.content.edit import EditError, NewStep, cleaned
from bot.content.outline import Entry, Onward, outline, written
from bot.handlers.console.guard import account_of
from bot.handlers.console.stage import AGES, MOMENTS, ROLES
from bot.handlers.keys import BENCH, CONTENT, DESK
from bot.releases.bench import View
from bot.releases.standing import RefusedError
from bot.releases.undo import REDO, UNDO, history
from bot.store import releases as shelf

FALLBACK = "shared/geen_aanbod"
"""What a search runs that finds nothing."""

CASES: Mapping[str, tuple[str, ...]] = {
    "role": ROLES,
    "age": AGES,
    "place_known": ("yes", "no"),
    "open": tuple(MOMENTS),
}
"""What a step may depend on that Lucht knows by itself, with every value of it."""

TRIES = 5
"""How often a change is made anew when somebody else saved something in between."""

Form: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made: the new mark of what changed, and where to look."""

    mark: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not made. ``theirs`` is what somebody else wrote meanwhile."""

    code: str
    status: int = 422
    theirs: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """What was played: what was known, the moves, the steps it visited."""

    given: Mapping[str, str]
    play: tuple[str, ...]
    visits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """How to make the new file of the old one, and what the change is called."""

    make: Callable[[str], str]
    done: Done
    kind: str = ""


class _StaleError(Exception):
    """Something else stands there now than when the form was opened."""

    def __init__(self, *theirs: str) -> None:
        super().__init__("stale")
        self.theirs = theirs


def mark(*parts: str) -> str:
    """Return the mark of words: the same words, the same mark."""
    sums = blake2b(digest_size=8)
    for part in parts:
        sums.update(f"{len(part.encode())} {part}".encode())
    return sums.hexdigest()


def text_mark(forms: Iterable[str], note: str) -> str:
    """Return the mark of a text, in one form or more, with its note for translators."""
    return mark(*forms, note)


def lead_mark(way: Onward) -> str:
    """Return the mark of where a way leads."""
    return mark(written(way.target))


def option_mark(way: Onward) -> str:
    """Return the mark of an option: its words, its note, where it leads."""
    return mark(*(way.piece.forms if way.piece else ()), way.note, written(way.target))


def step_mark(entry: Entry) -> str:
    """Return the mark of a whole step."""
    return mark(repr(entry))


async def change_of(
    request: web.Request, name: str, conversation: str, form: Form, played: Path | None = None
) -> Done | Refusal:
    """Make the change that a form asks for; ``played`` is what stands in the preview."""
    for _ in range(TRIES):
        view = await request.app[BENCH].view(name)
        script = view.content.scripts.get(conversation)
        if script is None:
            raise RefusedError("no_conversation")
        try:
            return await _made(request, view, script, form, played)
        except EditError as error:
            return Refusal(error.code)
        except _StaleError as stale:
            return Refusal("stale", 409, stale.theirs, mark(*stale.theirs))
        except RefusedError as refused:
            if refused.code != "somebody_else":
                raise
    raise RefusedError("somebody_else")


async def _made(
    request: web.Request, view: View, script: Script, form: Form, played: Path | None
) -> Done:
    op = form.get("op", "")
    if op in (UNDO, REDO):
        return await _step_back(request, view, script, form)
    if op not in _OPS and not (op == "test" and played):
        raise EditError("no_such_text")
    wish = _test(played) if op == "test" and played else _OPS[op](script, form)
    text = await request.app[BENCH].text(view, script.file)
    new = await asyncio.to_thread(wish.make, text)
    if new != text:
        await _save(request, view, script, new.encode(), wish.kind)
    return wish.done


async def _save(
    request: web.Request, view: View, script: Script, content: bytes, kind: str
) -> None:
    account, draft = account_of(request), view.draft
    await request.app[DESK].save(account, draft.id, script.file, content, draft.version, kind)


async def _step_back(request: web.Request, view: View, script: Script, form: Form) -> Done:
    """Put back what stood there before one's own last change, or what was undone."""
    past = history(view.edits, script.file, view.base.get(script.file, ""))
    op = form["op"]
    row = past.done if op == UNDO else past.undone
    blob = (row[-1].before if op == UNDO else row[-1].after) if row else ""
    if not blob:
        raise EditError("nothing_to_undo")
    if str(row[-1].number) != form.get("number"):
        raise EditError("undo_moved_on")
    if row[-1].account != account_of(request).id:
        raise EditError("not_your_change")
    async with request.app[CONTENT].reading() as connection:
        blobs = await shelf.blobs(connection, [blob])
    await _save(request, view, script, blobs[blob], op)
    return Done()


# -- what the forms ask for


def _text(script: Script, form: Form) -> _Wish:
    key = form.get("key", "")
    before, note = _texts_of(script, key)
    forms = tuple(cleaned(form.get(name, "")) for name in _names(before))
    new = {"one": forms[0], "other": forms[1]} if len(forms) == 2 else forms[0]
    new_note = cleaned(form["note"]) if "note" in form else note
    # The same words again: an answer of ours was lost on its way. That is nobody's conflict.
    if (forms, new_note) != (before, note):
        _unchanged(form, *before, note)
    place = key.rpartition(".")[0]

    def make(text: str) -> str:
        text = edit.change_text(text, key, new) if forms != before else text
        return edit.change_note(text, place, new_note) if new_note != note else text

    return _Wish(make, Done(mark(*forms, new_note), f"t-{key}"), f"text {key}")


def _texts_of(script: Script, key: str) -> tuple[tuple[str, ...], str]:
    """Return the forms of a text and its note; a text that may be added is empty."""
    full = f"{script.conversation.id}.{key}"
    found = next((source for source in script.sources if source.key == full), None)
    if found is None:
        return ("",), ""
    forms = (found.text,) if isinstance(found.text, str) else tuple(found.text.values())
    return forms, "" if key == "title" else found.note


def _names(forms: tuple[str, ...]) -> tuple[str, ...]:
    return ("text",) if len(forms) == 1 else ("one", "other")


def _option(script: Script, form: Form) -> _Wish:
    entry, way = _way(script, form)
    if way.piece is None:
        raise EditError("no_such_text")
    key = way.piece.key
    words, note, target = (form.get(name, "") for name in ("text", "note", "target"))
    _unchanged(form, *way.piece.forms, way.note, written(way.target))

    def make(text: str) -> str:
        text = edit.change_text(text, key, words) if (cleaned(words),) != way_forms else text
        text = edit.change_note(text, key, note) if cleaned(note) != way.note else text
        return edit.lead(text, entry.id, way.way, target) if target != written(way.target) else text

    way_forms = way.piece.forms
    done = Done(mark(cleaned(words), cleaned(note), target), f"t-{key}")
    return _Wish(make, done, f"option {key}")


def _lead(script: Script, form: Form) -> _Wish:
    entry, way = _way(script, form)
    target = form.get("target", "")
    _unchanged(form, written(way.target))
    return _Wish(lambda text: edit.lead(text, entry.id, way.way, target), _at(entry.id))


def _add_option(script: Script, form: Form) -> _Wish:
    entry = _entry(script, form.get("step", ""))
    words, target = form.get("text", ""), form.get("target", "")
    return _Wish(lambda text: edit.add_option(text, entry.id, words, target), _at(entry.id))


def _remove_option(script: Script, form: Form) -> _Wish:
    entry, way = _way(script, form)
    option = way.way.removeprefix("options.")
    forms = way.piece.forms if way.piece else ()
    _unchanged(form, *forms, way.note, written(way.target))
    return _Wish(lambda text: edit.remove_option(text, entry.id, option), _at(entry.id))


def _add_step(script: Script, form: Form) -> _Wish:
    step, way = form.get("step", ""), form.get("way", "")
    choices = tuple(form.get(f"choice{number}", "") for number in range(1, 5))
    kind, words, about = (form.get(name, "") for name in ("kind", "text", "about"))
    new = NewStep(kind, words, choices, about, FALLBACK, case_in(form))
    return _Wish(lambda text: edit.add_step(text, step, way, new), _at(step))


def case_in(form: Form) -> dict[str, list[str]]:
    """Return for whom something is, as the boxes of a form say; nothing where all are ticked."""
    ticked = {
        name: [value for value in values if form.get(f"case.{name}.{value}")]
        for name, values in CASES.items()
    }
    return {name: some for name, some in ticked.items() if 0 < len(some) < len(CASES[name])}


def _add_case(script: Script, form: Form) -> _Wish:
    entry, case, target = _entry(script, form.get("step", "")), case_in(form), form.get("target")
    return _Wish(
        lambda text: edit_order.add_case(text, entry.id, case, target or ""), _at(entry.id)
    )


def _remove_case(script: Script, form: Form) -> _Wish:
    entry, way = _way(script, form)
    if form.get("mark") != lead_mark(way):
        raise EditError("changed_meanwhile")
    return _Wish(lambda text: edit_order.remove_case(text, entry.id, way.way), _at(entry.id))


def _move_option(script: Script, form: Form) -> _Wish:
    entry, way = _way(script, form)
    option, by = way.way.removeprefix("options."), -1 if form.get("by") == "up" else 1
    return _Wish(lambda text: edit_order.move_option(text, entry.id, option, by), _at(entry.id))


def _move_step(script: Script, form: Form) -> _Wish:
    entry = _entry(script, form.get("step", ""))
    to, _, way = form.get("to", "").partition(":")
    return _Wish(lambda text: edit_order.move_step(text, entry.id, to, way), _at(entry.id))


def _remove_step(script: Script, form: Form) -> _Wish:
    entry = _entry(script, form.get("step", ""))
    if form.get("mark") != step_mark(entry):
        raise EditError("changed_meanwhile")
    to = form.get("target", "")
    return _Wish(lambda text: edit.remove_step(text, entry.id, to), Done())


def _heard(script: Script, form: Form) -> _Wish:
    (before,), _ = _texts_of(script, "heard_as")
    _unchanged(form, before)
    phrases = form.get("text", "").splitlines()
    done = Done(mark("\n".join(filter(None, map(cleaned, phrases)))))
    return _Wish(lambda text: edit.change_heard(text, phrases), done, "heard")


def _test(played: Path) -> _Wish:
    return _Wish(lambda text: edit.add_test(text, played.given, played.play, played.visits), Done())


def _untest(_script: Script, form: Form) -> _Wish:
    number = form.get("number", "")
    return _Wish(
        lambda text: edit.remove_test(text, int(number) if number.isdecimal() else -1), Done()
    )


_OPS: Mapping[str, Callable[[Script, Form], _Wish]] = {
    "text": _text,
    "option": _option,
    "lead": _lead,
    "add_option": _add_option,
    "remove_option": _remove_option,
    "add_step": _add_step,
    "remove_step": _remove_step,
    "move_step": _move_step,
    "move_option": _move_option,
    "add_case": _add_case,
    "remove_case": _remove_case,
    "heard": _heard,
    "untest": _untest,
}


# -- pieces


def _at(step: str) -> Done:
    return Done(anchor=f"s-{step}" if step else "")


def _unchanged(form: Form, *now: str) -> None:
    if form.get("mark") != mark(*now):
        raise _StaleError(*now)


def _entry(script: Script, step: str) -> Entry:
    for entry in outline(script):
        if entry.id == step:
            return entry
    raise EditError("no_such_step")


def _way(script: Script, form: Form) -> tuple[Entry, Onward]:
    entry = _entry(script, form.get("step", ""))
    for way in entry.onward:
        if way.way == form.get("way", ""):
            return entry, way
    raise EditError("no_such_step")
