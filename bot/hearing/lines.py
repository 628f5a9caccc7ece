"""The small notation of example lines, which moderators write.

``mijn vader (slaat | schopt) me`` stands for two phrases, ``{pa} slaat me`` for one of each word
of the group ``pa``. A line that begins with ``!`` is a rule: it is heard wherever its words stand
in a text, in this order; ``..`` lets up to three other words come between, and ``*`` is the rest
of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import TypeAlias

from bot.hearing.fold import fold

Words: TypeAlias = tuple[str, ...]
"""The words of one alternative; a word that ends in ``*`` stands for every word it begins."""

Part: TypeAlias = tuple[Words, ...]
"""Alternatives in one place of a rule; no alternatives at all is a gap."""

GAP: Part = ()

_PIECE = re.compile(r"\(([^()]*)\)|\{(\w+)\}|(\.\.)|([^(){}]+?)(?=\.\.|[({]|$)")
_ODD = re.compile(r"[(){}]")


def flaw(line: str, groups: Mapping[str, str]) -> str:
    """Return what is wrong with a line and what to do, or ``''``."""
    unknown = [name for name in re.findall(r"\{(\w*)\}", line) if name not in groups]
    if unknown:
        return f"{{{unknown[0]}}} is not a group of this file; add it under 'groups'"
    if _ODD.search(re.sub(r"\([^()]*\)|\{\w+\}", "", _with_groups(line, groups))):
        return "a bracket has no partner; write (one | another)"
    if is_rule(line) and not any(part != GAP for part in rule(line, groups)):
        return "this rule has no words; write the words after the '!'"
    return ""


def is_rule(line: str) -> bool:
    """Whether a line is heard wherever it stands, rather than an example."""
    return line.startswith("!")


def _with_groups(line: str, groups: Mapping[str, str]) -> str:
    """Replace groups by their alternatives; inside brackets they join the alternatives there."""
    inner = re.sub(
        r"\(([^()]*)\)",
        lambda found: "(" + _filled(found[1], groups, "%s") + ")",
        line,
    )
    return re.sub(
        r"\(([^()]*)\)|\{(\w+)\}",
        lambda found: found[0] if found[1] is not None else f"({groups.get(found[2], '')})",
        inner,
    )


def _filled(text: str, groups: Mapping[str, str], form: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: form % groups.get(found[1], ""), text)


def _pieces(line: str, groups: Mapping[str, str]) -> Iterator[tuple[str, ...] | None]:
    """Yield the alternatives of each piece of a line; ``None`` is a gap."""
    for inside, _, gap, plain in _PIECE.findall(_with_groups(line.lstrip("! "), groups)):
        if gap:
            yield None
        elif plain:
            yield (plain.strip(),)
        else:
            yield tuple(one.strip() for one in inside.split("|"))


def examples(line: str, groups: Mapping[str, str], most: int) -> list[str]:
    """Return the phrases a line stands for, spread evenly when there are more than ``most``."""
    pieces = [piece for piece in _pieces(line, groups) if piece is not None and piece != ("",)]
    every = [" ".join(" ".join(some).split()) for some in product(*pieces)]
    if len(every) <= most:
        return every
    return [every[index * len(every) // most] for index in range(most)]


def rule(line: str, groups: Mapping[str, str]) -> tuple[Part, ...]:
    """Return the parts of a rule, in order."""
    parts: list[Part] = []
    for piece in _pieces(line, groups):
        if piece is None:
            parts.append(GAP)
        else:
            found = tuple(words for one in piece if (words := _words(one)))
            parts += [found] if found else []
    return tuple(parts)


def _words(text: str) -> Words:
    return tuple(word for raw in text.split() for word in _folded(raw))


def _folded(raw: str) -> list[str]:
    """Fold one word of a rule; a sign inside may make it two, and the star stays at the end."""
    words = fold(raw.rstrip("*")).split()
    if words and raw.endswith("*"):
        words[-1] += "*"
    return words
