"""What the checks found, as a moderator reads it: in plain words, with a link to the words."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from bot.content.load import Content
from bot.content.told import OTHER, Finding
from bot.handlers.console.guard import account_of
from bot.handlers.console.naming import Names
from bot.handlers.console.pages import language_of
from bot.handlers.console.spoken import phrase
from bot.staff.roles import may

WORDS = "editor"
_NOWHERE = ("draft", "")


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in words. ``english`` is what the check said when nobody has words for it yet."""

    words: str
    label: str
    link: str
    file: str
    line: int
    english: str = ""


def rows(
    request: web.Request, content: Content, draft: str, findings: Iterable[Finding]
) -> list[Row]:
    """Return findings of a draft in words; ``content`` is the draft as it was checked."""
    told = _Told(request, content, draft)
    return [told.row(one) for one in findings]


class _Told:
    """Tells the findings of one draft; names each conversation once."""

    def __init__(self, request: web.Request, content: Content, draft: str) -> None:
        self.content = content
        self.at = f"/console/drafts/{draft}"
        self.tell = functools.partial(phrase, request, file=WORDS)
        self.language = language_of(request)
        self.translates = may(account_of(request), "translate.edit")
        self.known: dict[str, Names] = {}

    def row(self, one: Finding) -> Row:
        words = self.tell(f"found_{one.code}", None, **one.facts)
        english = one.raw if one.code == OTHER else ""
        return Row(words, self._label(one), self._link(one), one.file, one.line, english)

    def _names(self, conversation: str) -> Names:
        if conversation not in self.known:
            script = self.content.scripts[conversation]
            self.known[conversation] = Names(self.content, script, self.tell, self.language)
        return self.known[conversation]

    def _label(self, one: Finding) -> str:
        if not one.conversation:
            return "" if one.file in _NOWHERE else one.file
        names = self._names(one.conversation)
        title = names.title(one.conversation)
        title = f"{title} ({one.language})" if one.language else title
        place = one.place and not one.place.startswith("test.")
        return f"{title}: {names.place(one.place)}" if place else title

    def _link(self, one: Finding) -> str:
        if one.code == "meaning":
            return f"{self.at}#sorts"
        if one.code == "conflict":
            return f"{self.at}/merge?path={quote(one.file)}"
        if one.conversation:
            return self._talk(one)
        of_a_file = one.file not in _NOWHERE and "/" in one.file
        return f"{self.at}/file?path={quote(one.file)}" if of_a_file else ""

    def _talk(self, one: Finding) -> str:
        if one.language and self.translates:
            file = self.content.scripts[one.conversation].file
            key = f"{one.conversation}.{one.place}"
            return f"{self.at}/translate/{one.language}?file={quote(file)}#{quote(key)}"
        anchor = self._names(one.conversation).anchor(one.place)
        return f"{self.at}/play/{one.conversation}" + (f"#{anchor}" if anchor else "")
