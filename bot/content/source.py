"""A Dutch source text on its way from a content file to the catalogs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceText:
    """One text to translate: its key, the Dutch words, and where somebody wrote them.

    ``text`` is a string, or the plural forms by CLDR category (``{"one": ..., "other": ...}``).
    ``note`` is for translators and never shown.
    """

    key: str
    text: str | Mapping[str, str]
    note: str
    file: str
    line: int
