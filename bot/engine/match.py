"""Which option does a typed text mean? Forgiving, and silent when in doubt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from rapidfuzz import fuzz

_NOT_WORD = re.compile(r"[^\w]+")
_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u0655\u0670\u0640]")
# Letters of Arabic script that are written in several ways in a hurry.
_SAME = str.maketrans("أإآٱىةکیؤئ", "اااايهكيوي")
_SURE = 88


def normal(text: str) -> str:
    """Return the form in which texts are compared: words in lower case, without accents."""
    joined = unicodedata.normalize("NFKC", text.casefold()).translate(_SAME)
    spread = unicodedata.normalize("NFKD", joined)
    return " ".join(_NOT_WORD.sub(" ", _MARKS.sub("", spread)).split())


def match_option(text: str, labels: Mapping[str, str]) -> str:
    """Return the id of the one option that a typed text means, or ``''``.

    A number picks by order, the label or its first words pick it, and a typing error is forgiven
    when no other option comes near.
    """
    said = normal(text)
    if said.isdecimal() and 0 < int(said[:3]) <= len(labels):
        return list(labels)[int(said[:3]) - 1]
    known = {name: normal(label) for name, label in labels.items()}
    exact = [name for name, label in known.items() if said == label]
    found = exact or _opening(said, known) or _begun(said, known) or _near(said, known)
    return (found or [""])[0]


def _opening(said: str, known: Mapping[str, str]) -> list[str]:
    """Options whose whole label opens a short text ("ja hoor"), if there is just one."""
    if len(said.split()) > 4:
        return []
    found = [name for name, label in known.items() if label and f"{said} ".startswith(f"{label} ")]
    return found if len(found) == 1 else []


def _begun(said: str, known: Mapping[str, str]) -> list[str]:
    """Options that begin with the words of a text ("ja" for "Ja, vandaag wel"), if just one."""
    found = [name for name, label in known.items() if said and f"{label} ".startswith(f"{said} ")]
    return found if len(found) == 1 else []


def _near(said: str, known: Mapping[str, str]) -> list[str]:
    """The option that differs by a typing error only, if it stands out."""
    if len(said) < 3:
        return []
    scores = sorted(
        ((fuzz.ratio(said, label), name) for name, label in known.items()), reverse=True
    )
    if not scores or scores[0][0] < _SURE:
        return []
    return [scores[0][1]] if len(scores) == 1 or scores[0][0] - scores[1][0] > 4 else []
