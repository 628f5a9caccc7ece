"""Edits of what people type that leads to a conversation, in a file of ``conversations/heard/``.

In Dutch these phrases stand in the conversation itself (`bot.content.edit.change_heard`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.content.edit_tree import EditError, cleaned
from bot.content.roundtrip import opened, written
from bot.hearing.lines import flaw

FOLDER = "conversations/heard/"


def path_of(language: str) -> str:
    """Return the file in which the phrases of a language stand."""
    return f"{FOLDER}{language}.yaml"


def is_heard(path: str) -> bool:
    """Say whether a file holds phrases of a language."""
    return path.startswith(FOLDER) and path.endswith(".yaml")


def lines_in(text: str) -> tuple[str, ...]:
    """Return what stands in a form: one phrase a line, each once."""
    return tuple(dict.fromkeys(filter(None, map(cleaned, text.splitlines()))))


def topic_lines(text: str, conversation: str) -> tuple[str, ...]:
    """Return the phrases of a file that lead to a conversation. Raises `EditError`."""
    return lines_in(str(_part(_root(text), "topics").get(conversation, "")))


def change_topic(text: str, conversation: str, lines: Iterable[str]) -> str:
    """Let other phrases lead to a conversation; without any it is no longer heard in this language.

    Raises `EditError`: ``bad_phrase`` for brackets without a partner and groups that are not there.
    """
    root, new = _root(text), tuple(lines)
    groups = {name: str(words) for name, words in _part(root, "groups").items()}
    if any(flaw(line, groups) for line in new):
        raise EditError("bad_phrase")
    topics = _part(root, "topics")
    if new:
        topics[conversation] = LiteralScalarString("\n".join(new) + "\n")
    else:
        topics.pop(conversation, None)
    if topics:
        root["topics"] = topics
    else:
        root.pop("topics", None)
    return written(root)


def _root(text: str) -> CommentedMap:
    try:
        root = opened(text) if text.strip() else CommentedMap()
    except YAMLError:
        raise EditError("broken_file") from None
    if not isinstance(root, CommentedMap):
        raise EditError("broken_file")
    return root


def _part(root: CommentedMap, name: str) -> Any:
    part = root.get(name)
    return part if isinstance(part, CommentedMap) else CommentedMap()
