"""Content files that a program edits: read with their comments, written in the one house style.

What is not touched comes back as it was: order, comments and quotes. So an edit of one value
changes the lines of that value alone, in a file that is in the house style.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

WIDTH = 100


def opened(text: str) -> Any:
    """Return the tree of a content file, with comments and quotes.

    Raises:
        ruamel.yaml.error.YAMLError: the text is no YAML.
    """
    return _yaml().load(text)


def written(data: object) -> str:
    """Return a tree as the text of a content file, in the house style."""
    out = StringIO()
    _yaml().dump(data, out)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def flow_map(values: Mapping[str, Any]) -> CommentedMap:
    """Return a mapping that is written on one line: ``{days: daily, opens_at: '11:00'}``."""
    made = CommentedMap(values)
    made.fa.set_flow_style()
    return made


def flow_list(values: Iterable[Any]) -> CommentedSeq:
    """Return a list that is written on one line: ``[nl, en]``."""
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    # "[{number: 112}]" and not "[number: 112]"; and a day that stands twice is written twice.
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.representer.ignore_aliases = lambda _: True
    return yaml
