"""YAML as moderators write it, read strictly: every scalar a string, every key at most once.

``0800-0432``, ``no``, ``9:30`` and ``116111`` stay what was typed. Anchors, tags and second
documents are refused, so that what is written is what is read. Every node knows its line, and
every problem reads ``file:line: what is wrong; what to do``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from rapidfuzz import fuzz, process
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Node: TypeAlias = "str | Block | Row"

DEEPEST = 20
"""Nesting beyond this is a mistake (or an attack on the reader), never a conversation."""


class Block(dict[str, "Node"]):
    """A mapping that knows the line it starts at and the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Row(list["Node"]):
    """A list that knows the line it starts at and the line of each item."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def line_of(node: Block | Row, key: str | int | None = None) -> int:
    """Return the line (from 1) of a key or item, or of the node itself when it is not there."""
    if isinstance(node, Block) and isinstance(key, str):
        return node.lines.get(key, node.line)
    if isinstance(node, Row) and isinstance(key, int) and key < len(node.lines):
        return node.lines[key]
    return node.line


def problem(file: str, line: int, text: str) -> str:
    """Return one problem in the one form that every check uses."""
    return f"{file}:{line}: {text}"


def read_yaml(path: Path, name: str = "") -> tuple[Block, list[str]]:
    """Read a file; return its mapping and every problem. ``name`` is what problems call it.

    Always returns a mapping. It is empty when the file cannot be read whole: half a file would
    only seem to lack things.
    """
    name = name or path.as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return Block(1), [problem(name, 1, "this is not UTF-8 text; save the file as UTF-8")]
    except OSError as error:
        why = error.strerror or "unknown reason"
        return Block(1), [problem(name, 1, f"cannot be read ({why}); check that the file is there")]
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> tuple[Block, list[str]]:
    """Read a text as :func:`read_yaml` reads a file (the console edits texts, not files)."""
    builder = _Builder(name)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except (YAMLError, _TooDeepError) as error:
        return Block(1), [*builder.problems, _broken(name, text, error, builder.line)]
    if isinstance(builder.root, Block):
        return builder.root, builder.problems
    if not builder.problems:
        builder.problems.append(problem(name, 1, "nothing to read; start with a 'key: value' line"))
    return Block(1), builder.problems


class _TooDeepError(Exception):
    """The text nests deeper than any content does."""


@dataclass
class _Builder:
    """Makes blocks and rows of parser events, and notes what is refused on the way."""

    name: str
    problems: list[str] = field(default_factory=list)
    root: Node | None = None
    line: int = 1
    documents: int = 0
    open: list[Block | Row] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def take(self, event: Any) -> None:
        self.line = event.start_mark.line + 1
        self._refuse(event)
        if isinstance(event, ScalarEvent):
            self._scalar(event.value)
        elif isinstance(event, AliasEvent):
            self._scalar("")
        elif isinstance(event, MappingStartEvent):
            self._begin(Block(self.line))
        elif isinstance(event, SequenceStartEvent):
            self._begin(Row(self.line))
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.open.pop()
            self.keys.pop()

    def _refuse(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._wrong("a second document ('---'); make it a file of its own")
        if getattr(event, "anchor", None):
            self._wrong("anchors and aliases (& and *) are not used; write the text out")
        if getattr(event, "tag", None):
            self._wrong("tags (!) are not used; put a text that starts with ! in quotes")

    def _scalar(self, value: str) -> None:
        top = self.open[-1] if self.open else None
        if isinstance(top, Block) and self.keys[-1] is None:
            self._key(top, value)
        else:
            self._place(value)

    def _key(self, block: Block, key: str) -> None:
        if key in block.lines:
            first = block.lines[key]
            self._wrong(f"'{key}' is here twice (first in line {first}); keep one of them")
        else:
            block.lines[key] = self.line
        self.keys[-1] = key

    def _begin(self, node: Block | Row) -> None:
        if len(self.open) >= DEEPEST:
            raise _TooDeepError
        if self.open and isinstance(self.open[-1], Block) and self.keys[-1] is None:
            self._wrong("a list or mapping where a key belongs; put the key in quotes")
            self.keys[-1] = ""
        self._place(node)
        self.open.append(node)
        self.keys.append(None)

    def _place(self, node: Node) -> None:
        top = self.open[-1] if self.open else None
        if top is None:
            self.root = node if self.root is None else self.root
        elif isinstance(top, Row):
            top.append(node)
            top.lines.append(self.line)
        else:
            top.setdefault(self.keys[-1] or "", node)
            self.keys[-1] = None

    def _wrong(self, text: str) -> None:
        self.problems.append(problem(self.name, self.line, text))


_HINTS = {
    "mapping values are not allowed": "a text with ': ' in it needs quotes around it",
    "cannot start any token": "indent with spaces, not tabs, and put texts with % @ ` in quotes",
    "while parsing a flow": "inside { } or [ ] a text with , { } or : needs quotes",
    "while scanning a quoted": "a quote is not closed",
    "block": "start lines of one block at the same column; a text that starts with { needs quotes",
}


def _broken(name: str, text: str, error: Exception, line: int) -> str:
    if isinstance(error, _TooDeepError):
        return problem(name, line, f"nested more than {DEEPEST} deep; close the brackets")
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return problem(name, line, "a character that YAML does not allow; remove it")
    what = " ".join(part for part in (error.context, error.problem) if part)
    where = min(error.problem_mark.line + 1, text.count("\n") + 1)
    hints = (hint for sign, hint in _HINTS.items() if sign in what)
    return problem(name, where, f"{what}; {next(hints, 'check quotes and indentation')}")


class Fields:
    """A mapping being read: gives values by key, gathers what is wrong, then names unknown keys.

    Each getter says what it expects, returns something usable in any case, and remembers that the
    key was asked for; :meth:`done` reports the keys that nobody asked for.
    """

    def __init__(self, block: Block, file: str, problems: list[str]) -> None:
        self.block = block
        self.file = file
        self.problems = problems
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.block

    def line(self, key: str | None = None) -> int:
        """Return the line of a key, or of this mapping."""
        return line_of(self.block, key)

    def wrong(self, text: str, key: str | None = None, line: int = 0) -> None:
        """Note a problem at a key, at a line, or at this mapping."""
        self.problems.append(problem(self.file, line or self.line(key), text))

    def take(self, key: str) -> Node | None:
        """Return whatever stands at a key, or None when the key is not there."""
        self._asked.add(key)
        return self.block.get(key)

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        """Return the text at a key, without spaces around it."""
        value = self.take(key)
        if isinstance(value, str):
            value = value.strip()
        elif value is not None:
            self.wrong(f"'{key}' must be one text; write it after '{key}:' (in quotes)", key)
            return default
        if not value and needed:
            self.wrong(f"'{key}' is missing; add '{key}: ...'", key)
        return value or default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at a key; a single text counts as a list of one."""
        return tuple(text for text, _ in self.lined(key))

    def lined(self, key: str) -> tuple[tuple[str, int], ...]:
        """Return the list of texts at a key, each with its line."""
        value = self.take(key)
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            return ((value.strip(), self.line(key)),)
        if isinstance(value, Block) or not all(isinstance(item, str) for item in value):
            self.wrong(f"'{key}' must be a list of texts; write '{key}: [one, two]'", key)
            return ()
        return tuple(
            (str(item).strip(), line) for item, line in zip(value, value.lines, strict=True)
        )

    def one_of(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """Return the text at a key when it is one of the allowed ones."""
        value = self.text(key, default)
        if value and value not in allowed:
            self.wrong(f"'{key}: {value}' is not known; {choose(value, allowed)}", key)
            return default
        return value

    def some_of(self, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Return the texts at a key that are among the allowed ones."""
        found = self.lined(key)
        for text, line in found:
            if text not in allowed:
                self.wrong(f"'{text}' is not known in '{key}'; {choose(text, allowed)}", line=line)
        return tuple(text for text, _ in found if text in allowed)

    def inner(self, key: str) -> Fields | None:
        """Return the mapping at a key, or None when there is none."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, Block):
            return Fields(value, self.file, self.problems)
        self.wrong(f"'{key}' must hold keys of its own; indent 'key: value' lines below it", key)
        return None

    def each(self, key: str) -> Iterator[Fields]:
        """Yield the mappings of the list at a key."""
        value = self.take(key)
        if value is None or value == "":
            return
        if not isinstance(value, Row):
            self.wrong(f"'{key}' must be a list; start each item with '- '", key)
            return
        for index, item in enumerate(value):
            if isinstance(item, Block):
                yield Fields(item, self.file, self.problems)
            else:
                text = f"an item of '{key}' must hold keys; write '- key: value'"
                self.wrong(text, line=line_of(value, index))

    def named(self, key: str) -> Iterator[tuple[str, Fields]]:
        """Yield the mappings of the mapping at a key, each with its name."""
        outer = self.inner(key)
        if outer is None:
            return
        for name in outer.block:
            inner = outer.inner(name)
            if inner is not None:
                yield name, inner

    def done(self) -> None:
        """Report every key that nobody asked for."""
        known = tuple(sorted(self._asked))
        for key in self.block:
            if key not in self._asked:
                self.wrong(f"'{key}' is not a key here; {_unknown(key, known)}", key)


def _unknown(key: str, known: tuple[str, ...]) -> str:
    if " " in key.strip() or not key:
        return "a text with , { } or : in it needs quotes around it"
    return choose(key, known)


def choose(value: str, allowed: tuple[str, ...] | Mapping[str, object]) -> str:
    """Return advice: the allowed value that looks most alike, or all of them when few."""
    names = tuple(allowed)
    close = process.extractOne(value, names, scorer=fuzz.ratio, score_cutoff=70)
    if close:
        return f"do you mean '{close[0]}'?"
    if len(names) <= 12:
        return f"use one of: {', '.join(names)}"
    return "see the list in docs/moderators"
