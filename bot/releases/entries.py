"""The entries of a directory file, each whole and under its id: two people keep two of them.

An entry is one item of the list in which everything of such a file stands, with the comment above
it. A file that looks different has none and is merged by its values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.releases.parts import ids_of

FOLDER = "directory/"


@dataclass(frozen=True, slots=True)
class Entries:
    """A file as what stands above its entries, and their raw texts by id, in order."""

    head: str
    blocks: Mapping[str, str]

    def with_blocks(self, head: str, blocks: list[str]) -> str:
        """Return a file with other entries; one that was last and no longer is gets a gap."""
        ends = [_end(block) for block in self.blocks.values()]
        gap = ends[0] if len(ends) > 1 else "\n\n"
        whole = [b if len(_end(b)) >= len(gap) else b.rstrip("\n") + gap for b in blocks[:-1]]
        return head + "".join(whole) + blocks[-1].rstrip("\n") + ends[-1]


def _end(block: str) -> str:
    return block[len(block.rstrip("\n")) :]


def take_entries(path: str, text: str) -> Entries | None:
    """Return the entries of a directory file; None when it has none that can be told apart."""
    if not (path.startswith(FOLDER) and path.endswith(".yaml")):
        return None
    try:
        node = YAML(typ="rt", pure=True).compose(StringIO(text))
    except (YAMLError, ValueError, RecursionError):
        return None
    found = _list_of(node)
    ids = ids_of(found) if found is not None else []
    if found is None or not ids:
        return None
    lines = text.splitlines(keepends=True)
    starts = [_start(lines, item.start_mark.line) for item in found.value]
    if any(a >= b for a, b in pairwise(starts)):
        return None
    cuts = [*starts, len(lines)]
    blocks = ["".join(lines[a:b]) for a, b in pairwise(cuts)]
    return Entries("".join(lines[: starts[0]]), dict(zip(ids, blocks, strict=True)))


def _list_of(node: Node | None) -> SequenceNode | None:
    """Return the list with which a file ends, written an item a line."""
    if not isinstance(node, MappingNode) or not node.value:
        return None
    last = node.value[-1][1]
    return last if isinstance(last, SequenceNode) and not last.flow_style else None


def _start(lines: list[str], line: int) -> int:
    """Return the line in which an entry begins, with the comment right above it."""
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line
