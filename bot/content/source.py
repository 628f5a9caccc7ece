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

    @property
    def translated(self) -> bool:
        """Whether translators see it."""
        return is_translated(self.key)


def is_translated(key: str) -> bool:
    """Say whether translators see a text.

    Examples of what people type are not translated: each language has its own, in
    ``conversations/heard/``; only wishes at any moment are.
    """
    return not key.endswith("heard_as") or key.startswith("lucht.interrupts.")
