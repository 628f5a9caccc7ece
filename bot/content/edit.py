"""Edits of one conversation, made by pressing what one sees: the text of a file in, a text out.

Comments, order and every word that was not asked for stay as they are; the result is read
strictly before it is handed back, so an edit gives a good file or an honest refusal. Ids are made
of words here, once, and never change after that.

A *way* names how a step leads on: ``goto``, ``else``, ``none``, ``when.0`` (the first case) or
``options.yes``. A *target* is what stands behind a ``goto``: a step, ``end`` or ``/conversation``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from bot.content.conversations import parse_conversation
from bot.content.edit_tree import (
    MOST_OPTIONS,
    EditError,
    NewStep,
    change_forms,
    check_target,
    cleaned,
    drop_text,
    flow_of,
    forget_in_tests,
    fresh_id,
    holder_of,
    made_step,
    named_after,
    needed,
    node_of,
    onward_of,
    put,
    put_text,
    remember,
    row_of,
    scalar_of,
    set_way,
    step_of,
    steps_of,
    take_out,
    way_of,
    ways_of,
)
from bot.content.roundtrip import opened, written
from bot.engine.model import END

__all__ = ["EditError", "NewStep", "cleaned"]

Words: TypeAlias = "str | Mapping[str, str]"
"""A text, or its forms for one and for more (``{"one": ..., "other": ...}``)."""


# -- words


def change_text(text: str, key: str, words: Words) -> str:
    """Change a text by its key in the file: ``title``, ``intro.ask``, ``intro.options.yes``.

    An empty text removes what may be missing (the words before a question or a search).
    """

    def change(root: CommentedMap) -> None:
        holder, name = holder_of(root, key)
        new = words if isinstance(words, str) else {k: cleaned(v) for k, v in words.items()}
        new = cleaned(new) if isinstance(new, str) else new
        if isinstance(holder.get(name), CommentedMap) != isinstance(new, Mapping):
            raise EditError("no_such_text")
        if isinstance(new, Mapping):
            change_forms(holder[name], new)
        elif new:
            put_text(holder, name, new)
        else:
            drop_text(holder, name)

    return edited(text, change, {key})


def change_note(text: str, place: str, note: str) -> str:
    """Change the note for translators of a step (``intro``) or an option (``intro.options.x``)."""

    def change(root: CommentedMap) -> None:
        holder = node_of(root, place)
        new = cleaned(note)
        if new:
            put(
                holder, "note", scalar_of(holder, new), after=("say", "find", "card", "ask", "text")
            )
        else:
            holder.pop("note", None)

    return edited(text, change)


def change_heard(text: str, phrases: Iterable[str]) -> str:
    """Change what people type that leads to this conversation."""
    lines = list(dict.fromkeys(filter(None, (cleaned(p).replace("\n", " ") for p in phrases))))

    def change(root: CommentedMap) -> None:
        if lines:
            put(root, "heard_as", CommentedSeq(lines), after=("state", "partners", "for", "title"))
        else:
            root.pop("heard_as", None)

    return edited(text, change, {"heard_as"})


def heard_in(text: str) -> tuple[str, ...]:
    """Return what people type that leads to this conversation. Raises `EditError`."""
    known = _opened(text).get("heard_as")
    return tuple(map(str, known)) if isinstance(known, CommentedSeq) else ()


# -- ways


def lead(text: str, step: str, way: str, target: str) -> str:
    """Let a way of a step lead to a target."""

    def change(root: CommentedMap) -> None:
        check_target(root, target)
        set_way(step_of(root, step), way, target)

    return edited(text, change)


def add_option(text: str, step: str, label: str, target: str) -> str:
    """Add an answer to a question."""

    def change(root: CommentedMap) -> None:
        options = step_of(root, step).get("options")
        if not isinstance(options, CommentedMap):
            raise EditError("no_such_step")
        if len(options) >= MOST_OPTIONS:
            raise EditError("too_many_options")
        check_target(root, target)
        words = needed(label)
        options[fresh_id(words, options)] = flow_of({"text": words, "goto": target})

    return edited(text, change)


def remove_option(text: str, step: str, option: str) -> str:
    """Take an answer away; one that everybody sees stays."""

    def change(root: CommentedMap) -> None:
        options = step_of(root, step).get("options")
        if not isinstance(options, CommentedMap) or option not in options:
            raise EditError("no_such_text")
        left = [value for name, value in options.items() if name != option]
        if all("if" in value for value in left):
            raise EditError("last_option")
        take_out(options, option)

    return edited(text, change)


# -- steps


def add_step(text: str, step: str, way: str, new: NewStep) -> str:
    """Put a step on a way: the way leads to it, and it leads to where the way led before.

    Without a step it becomes the first of the conversation.
    """

    def change(root: CommentedMap) -> None:
        steps = steps_of(root)
        before = step_of(root, step) if step else None
        target = way_of(before, way) if before is not None else str(root.get("start", ""))
        taken = {*steps, *(root.get("was") or ())}
        name = fresh_id(named_after(new), taken)
        at = list(steps).index(step) + 1 if step else 0
        then = target
        if new.kind == "when" and cleaned(new.words):
            # Whom the case is for hears this first.
            then = fresh_id(new.words, {*taken, name})
            steps.insert(at, then, made_step(root, replace(new, kind="say"), target, then, at))
        steps.insert(at, name, made_step(root, new, target, name, at))
        if then != target:
            set_way(steps[name], "when.0", then)
        if before is not None:
            set_way(before, way, name)
        else:
            root["start"] = name

    return edited(text, change)


def remove_step(text: str, step: str, to: str = "") -> str:
    """Take a step away. What led to it leads on to ``to``, or to where it led itself.

    Raises `EditError` (``where_to``) when it led to several places and nobody says which.
    """

    def change(root: CommentedMap) -> None:
        gone = step_of(root, step)
        onward = onward_of(gone, step, to)
        check_target(root, onward)
        steps = steps_of(root)
        local = onward in steps
        if root.get("start") == step:
            if not local:
                raise EditError("first_step")
            root["start"] = onward
        take_out(steps, step)
        for other in steps.values():
            for way in list(ways_of(other)):
                if way_of(other, way) == step:
                    set_way(other, way, onward)
        remember(root, step, onward if local else "")
        forget_in_tests(root, step)

    return edited(text, change)


# -- tests and new conversations


def add_test(
    text: str, given: Mapping[str, str], play: Sequence[str], visits: Sequence[str]
) -> str:
    """Add a test: given what is known, playing this visits these steps."""

    def change(root: CommentedMap) -> None:
        test = CommentedMap()
        test["given"] = flow_of(given)
        test["play"] = row_of(play)
        test["expect"] = flow_of({"visits": row_of(visits)})
        tests = root.setdefault("tests", CommentedSeq())
        tests.append(test)

    return edited(text, change)


def remove_test(text: str, number: int) -> str:
    """Take the test with a number (from 0) away."""

    def change(root: CommentedMap) -> None:
        tests = root.get("tests")
        if not isinstance(tests, CommentedSeq) or not 0 <= number < len(tests):
            raise EditError("no_such_text")
        del tests[number]
        if not tests:
            root.pop("tests")

    return edited(text, change)


def begin(
    title: str, roles: Sequence[str], taken: Iterable[str], first: NewStep
) -> tuple[str, str]:
    """Return the id and the file of a new conversation with a first message and a search.

    ``first`` is a `find` step: nobody leaves the new conversation empty-handed.
    """
    words = needed(title)
    name = fresh_id(words, taken)
    root = CommentedMap(conversation=name, title=words)
    root["for"] = row_of(roles)
    root["state"] = "drafted"
    root["start"] = END
    root["steps"] = CommentedMap()
    start = fresh_id(first.words, ())
    root["start"] = start
    root["steps"][start] = made_step(root, first, END, start, 0)
    root["steps"].move_to_end(start, last=False)
    return name, _checked(written(root), name)


# -- the file as a tree


def edited(
    text: str,
    change: Callable[[CommentedMap], None],
    asked: Iterable[str] = (),
) -> str:
    """Make one change; hand it back only when nothing else changed and it reads well.

    ``asked`` names the texts that may change, by their key. Raises `EditError`.
    """
    root = _opened(text)
    name = str(root.get("conversation", ""))
    change(root)
    return _checked(written(root), name, _texts(text, name)[0], asked)


def _opened(text: str) -> CommentedMap:
    try:
        root = opened(text)
    except YAMLError:
        raise EditError("broken_file") from None
    if not isinstance(root, CommentedMap) or not isinstance(root.get("steps"), CommentedMap):
        raise EditError("broken_file")
    return root


def _texts(text: str, name: str) -> tuple[dict[str, Words], list[str]]:
    """Return every text of a file by its key within the conversation, and what is wrong."""
    script, problems = parse_conversation(text, f"{name}.yaml")
    return {t.key.removeprefix(f"{name}."): t.text for t in script.sources}, problems


def _checked(
    text: str,
    name: str,
    before: Mapping[str, Words] | None = None,
    asked: Iterable[str] = (),
) -> str:
    """Return a text that reads well, and in which no text changed that was not asked for."""
    after, problems = _texts(text, name)
    if problems:
        raise EditError("broken_result")
    for key, words in (before or {}).items():
        if key not in asked and key in after and after[key] != words:
            raise EditError("broken_result")
    return text
