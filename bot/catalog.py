"""Texts by key, in every language, with an honest way to fall back.

A text is looked up along the chain that its language declares (``locales/languages.yaml``). It is
never silently Dutch: :meth:`Catalog.find` says in which language it found the text, and what is
missing is counted when a release is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

SOURCE = "nl"
PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
# A fact in Latin script or digits keeps its own direction inside a right-to-left sentence.
ISOLATE, POP = "\u2068", "\u2069"
# So does a sentence to say in Dutch, in straight quotes: else its question mark jumps to the front.
QUOTED = re.compile(r'"[^"\u0590-\u08ff]*[A-Za-z][^"\u0590-\u08ff]*"')

Forms: TypeAlias = tuple[str, ...]
Values: TypeAlias = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its own name, its direction, who vouches for it, and where it falls back to.

    ``status`` is ``source``, ``draft`` or ``confirmed``; ``offered`` says whether a person can
    choose it for the whole chat (some languages are only heard, and answered in danger).
    """

    code: str
    name: str
    direction: str
    status: str
    fallback: tuple[str, ...]
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A text and the language in which it was found."""

    forms: Forms
    language: str


def nothing(name: str) -> str | None:
    """Know no value for any placeholder."""
    return None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every text of a release: ``texts[language][key]`` is one form, or its plural forms."""

    languages: Mapping[str, Language]
    texts: Mapping[str, Mapping[str, Forms]]
    plural: Mapping[str, Callable[[int], int]]

    def has(self, key: str) -> bool:
        """Return whether the key exists in the Dutch source."""
        return key in self.texts[SOURCE]

    def direction(self, language: str) -> str:
        """Return ``ltr`` or ``rtl``."""
        return self.languages[language].direction

    def find(self, language: str, key: str) -> Found:
        """Look a key up along the language's fallback chain.

        Raises:
            KeyError: no language of the chain has it; the checks make that impossible.
        """
        for code in (language, *self.languages[language].fallback, SOURCE):
            forms = self.texts.get(code, {}).get(key)
            if forms:
                return Found(forms, code)
        raise KeyError(key)

    def say(self, language: str, key: str, values: Values = nothing, n: int | None = None) -> str:
        """Return the text with its placeholders filled in, in the plural form of ``n``.

        A text that had to be found in another language says so: ``(Nederlands) ...``.
        """
        found = self.find(language, key)
        index = self.plural[found.language](n) if n is not None else 0
        text = found.forms[min(index, len(found.forms) - 1)]
        said = PLACEHOLDER.sub(lambda match: self._fill(match, language, values, n), text)
        if found.language != language:
            return self._borrowed(language, found, said)
        rtl = self.direction(language) == "rtl"
        return QUOTED.sub(rf"{ISOLATE}\g<0>{POP}", said) if rtl else said

    def _borrowed(self, language: str, found: Found, text: str) -> str:
        named = f"({self.languages[found.language].name}) {text}"
        return f"{ISOLATE}{named}{POP}" if self.direction(language) == "rtl" else named

    def phrases(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """Return the example phrases under a key, per language, without any fallback."""
        return {
            code: tuple(line.strip() for line in texts[key][0].splitlines() if line.strip())
            for code, texts in self.texts.items()
            if key in texts
        }

    def _fill(self, match: re.Match[str], language: str, values: Values, n: int | None) -> str:
        name = match[1]
        value = str(n) if name == "n" and n is not None else values(name)
        if value is None:
            return match[0]
        rtl = self.languages[language].direction == "rtl"
        return f"{ISOLATE}{value}{POP}" if rtl else value
