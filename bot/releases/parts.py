"""Where each value stands in a file: the keys by which two people's changes are told apart.

A file is a *frame* (everything between the values: keys, comments, order, spaces) and *parts* (the
raw text of each value, by its key). In YAML a part is a scalar or a list of scalars, in a catalog
the entry of a key; an item of a list is known by its id where it has one, else by its number. A
file that cannot be taken apart has no parts and counts as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Span: TypeAlias = tuple[str, int, int]

_ENTRY = re.compile(r'^msgctxt "([^"\n]+)"$', re.MULTILINE)
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Parts:
    """A file taken apart: ``text`` is ``frame`` with each part in its place."""

    text: str
    spans: tuple[Span, ...]

    @property
    def frame(self) -> tuple[str, ...]:
        """Return what stands between the parts, and their keys, in order."""
        pieces, at = [], 0
        for key, start, end in self.spans:
            pieces += [self.text[at:start], key]
            at = end
        return (*pieces, self.text[at:])

    @property
    def values(self) -> Mapping[str, str]:
        """Return the raw text of each part by its key."""
        return {key: self.text[start:end] for key, start, end in self.spans}

    def put(self, values: Mapping[str, str]) -> str:
        """Return the text with other raw texts in place of some parts."""
        pieces, at = [], 0
        for key, start, end in self.spans:
            pieces += [self.text[at:start], values.get(key, self.text[start:end])]
            at = end
        return "".join((*pieces, self.text[at:]))


def take_apart(path: str, text: str) -> Parts:
    """Take a file apart; without parts when it is neither YAML nor a catalog, or is broken."""
    spans: tuple[Span, ...] = ()
    if path.endswith(".yaml"):
        spans = _yaml(text)
    elif path.endswith(".po"):
        spans = tuple(_catalog(text))
    keys = [key for key, _, _ in spans]
    whole = len(set(keys)) == len(keys) and all(a <= b for _, a, b in spans)
    return Parts(text, spans if whole else ())


def _yaml(text: str) -> tuple[Span, ...]:
    try:
        node = YAML(typ="rt", pure=True).compose(StringIO(text))
    except (YAMLError, ValueError, RecursionError):
        return ()
    return tuple(_spans(node, "", 0)) if node is not None else ()


def _spans(node: Node, key: str, depth: int) -> Iterator[Span]:
    children = list(_children(node)) if depth < _DEEPEST else []
    plain = all(isinstance(child, ScalarNode) for _, child in children)
    if plain and not isinstance(node, MappingNode):
        yield key, node.start_mark.index, node.end_mark.index
        return
    for name, child in children:
        yield from _spans(child, f"{key}.{name}" if key else name, depth + 1)


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        yield from ((str(name.value), child) for name, child in node.value)
    elif isinstance(node, SequenceNode):
        names = ids_of(node) or [str(number) for number in range(1, len(node.value) + 1)]
        yield from zip(names, node.value, strict=True)


def ids_of(node: SequenceNode) -> list[str]:
    """Return the ids of a list in which every item has one of its own; else nothing."""
    found = [_id(item) for item in node.value]
    return found if all(found) and len(set(found)) == len(found) else []


def _id(item: Node) -> str:
    if not isinstance(item, MappingNode):
        return ""
    named = (value for name, value in item.value if name.value == "id")
    value = next(named, None)
    return str(value.value) if isinstance(value, ScalarNode) else ""


def _catalog(text: str) -> Iterator[Span]:
    """Yield the entries between blank lines, each under the key in its ``msgctxt``."""
    at = 0
    for block in re.split(r"(\n{2,})", text):
        found = _ENTRY.search(block)
        if found:
            yield found[1], at, at + len(block)
        at += len(block)
