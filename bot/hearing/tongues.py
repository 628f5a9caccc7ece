"""Which language a text is in: the script first, then what was learned, then words of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SCRIPTS = (
    ("ti", re.compile(r"[\u1200-\u137f\u1380-\u139f\u2d80-\u2ddf]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("cyrillic", re.compile(r"[\u0400-\u04ff]")),
    ("latin", re.compile(r"[a-zA-Z\u00c0-\u024f]")),
)

SCRIPT_OF = {"ar": "arabic", "fa": "arabic", "uk": "cyrillic", "bg": "cyrillic", "ru": "cyrillic"}

SURE = 0.25
"""How far the first language must be ahead of the second."""


@dataclass(frozen=True, slots=True)
class Tongues:
    """Languages and letters that only one of them has (``ё`` is Russian, ``ї`` Ukrainian)."""

    letters: Mapping[str, str] = field(default_factory=dict)

    def of(self, text: str, ranked: Sequence[tuple[str, float]]) -> str:
        """Return the code of the language of a text, or ``''`` when that is not sure."""
        script = _script(text)
        if script == "ti":
            return "ti"
        own = {self.letters[sign] for sign in set(text.casefold()) if sign in self.letters}
        if len(own) == 1:
            return own.pop()
        if not ranked or sum(sign.isalpha() for sign in text) < 4:
            return ""
        first, second = ranked[0], ranked[1] if len(ranked) > 1 else ("", -9.0)
        if SCRIPT_OF.get(first[0], "latin") != script and script != "latin":
            return ""
        return first[0] if first[1] - second[1] >= SURE else ""


def _script(text: str) -> str:
    """Return the script that most letters of a text are in."""
    counts = {name: len(signs.findall(text)) for name, signs in _SCRIPTS}
    return max(counts, key=lambda name: counts[name])
