"""Pages: templates filled in a language. Words come from the catalog, facts from the directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import jinja2
import msgspec
from aiohttp import web
from ruamel.yaml import YAML

from bot.engine.session import Item, Reply, Session, Shown
from bot.handlers.keys import CHAT, CLOCK
from bot.wording import speak

if TYPE_CHECKING:
    from bot.engine.model import Release
    from bot.wording import Bubble, Spoken

HERE = Path(__file__).parent
FACTS = HERE.parents[1] / "directory" / "web.yaml"

LIVE_WORDS = (
    *("log", "choices", "field", "send", "always", "leave", "leave_keys", "language", "back"),
    *("help", "danger", "call", "chat", "site", "you_can_say", "in_dutch", "what_happens"),
    *("bring", "you", "wait", "offline", "failed", "retry", "keep", "history"),
)
"""Words that the open page needs anew when the chat changes its language."""

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ADDRESS = re.compile(
    r"(https?://[^\s\u2066-\u2069]+[^\s\u2066-\u2069.,:;!?)\"']"
    r"|\b0\d{1,3}-\d{4,8}\b|\b14 0\d{2,3}\b)"
)
"""A web address, or a phone number that a line would break in two; page.js has the same rule."""
_NOT_DIALLED = re.compile(r"[^0-9+]")


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``directory/web.yaml`` says."""

    exit_url: str
    danger_service: str


PAGE_FACTS = web.AppKey("page_facts", Facts)


class RefusedError(Exception):
    """A request that is refused: the status, and the name of the words that say why."""

    def __init__(self, status: int, code: str) -> None:
        """Keep status and code; nothing of the request."""
        super().__init__(code)
        self.status = status
        self.code = code


class Number(msgspec.Struct, frozen=True):
    """A line to call, beside an error."""

    name: str
    phone: str


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: a code for programs, a sentence for people, numbers to call when busy."""

    error: str
    message: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A phone number as it is read, and as it is dialled."""

    shown: str

    @property
    def href(self) -> str:
        """Return the address that makes a phone dial."""
        return "tel:" + _NOT_DIALLED.sub("", self.shown)


def linked(text: str) -> list[tuple[str, str]]:
    """Split a text into parts of (words, address).

    A web address is read without its scheme; a phone number can be called.
    """
    parts = enumerate(_ADDRESS.split(text))
    return [_link(part) if number % 2 else (part, "") for number, part in parts]


def _link(part: str) -> tuple[str, str]:
    if part.startswith("http"):
        return part.partition("://")[2].rstrip("/"), part
    return part, Call(part).href


_TEMPLATES.filters["linked"] = linked


def read_facts(path: Path = FACTS) -> Facts:
    """Read ``directory/web.yaml``; raises when it is missing or not as described there."""
    return msgspec.convert(YAML(typ="safe", pure=True).load(path), Facts)


def language_of(request: web.Request, asked: str = "") -> str:
    """Choose a language: the one asked for, ``?taal=``, what the browser prefers, Dutch."""
    languages = request.app[CHAT].release.catalog.languages
    wishes = (asked, request.query.get("taal", ""), *preferred(request))
    for wish in wishes:
        code = wish.strip().lower().replace("_", "-").partition("-")[0]
        if code in languages and languages[code].offered:
            return code
    return "nl"


def preferred(request: web.Request) -> list[str]:
    """Return the tags of Accept-Language, most wanted first (RFC 9110, 12.5.4)."""
    weighed = []
    for part in request.headers.get("Accept-Language", "").split(",")[:20]:
        tag, _, weight = part.partition(";")
        weighed.append((_quality(weight), tag))
    return [tag for quality, tag in sorted(weighed, key=lambda w: -w[0]) if quality > 0]


def _quality(text: str) -> float:
    value = text.strip().removeprefix("q=")
    return float(value) if re.fullmatch(r"[01](\.\d{1,3})?", value) else 1.0


def render(
    request: web.Request, template: str, language: str, status: int = 200, **values: object
) -> web.Response:
    """Fill a template in a language. ``word(name)`` in it looks up the words of the web page."""
    catalog = request.app[CHAT].release.catalog
    facts = request.app[PAGE_FACTS]
    text = _TEMPLATES.get_template(template).render(
        word=lambda name, file="web": catalog.say(language, f"{file}.{name}"),
        language=language,
        direction=catalog.direction(language),
        exit_url=facts.exit_url,
        exit_name=urlsplit(facts.exit_url).hostname,
        danger=_danger_call(request, language),
        call=Call,
        **values,
    )
    return web.Response(text=text, status=status, content_type="text/html")


def help_page(
    request: web.Request, language: str, status: int = 200, notice: str = ""
) -> web.Response:
    """Return the page with the danger numbers: no chat, no state, always there."""
    bubbles = danger_lines(request, language)
    return render(request, "hulp.html", language, status, bubbles=bubbles, notice=notice)


def refusal(request: web.Request, status: int, code: str) -> web.Response:
    """Return an error as a page or as JSON; never with anything of what was sent."""
    language = language_of(request)
    if not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", ""):
        notice = "error_not_form" if code == "not_json" else f"error_{code}"
        return help_page(request, language, status, notice)
    error = Error(
        code,
        request.app[CHAT].release.catalog.say(language, f"web.error_{code}"),
        numbers(request, language) if code in ("busy", "failed") else (),
    )
    return json_answer(error, status)


def json_answer(value: object, status: int = 200) -> web.Response:
    """Return a value as JSON."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def numbers(request: web.Request, language: str) -> tuple[Number, ...]:
    """Return the danger numbers as data."""
    services = [b.service for b in danger_lines(request, language) if b.service]
    return tuple(
        Number(str(service["name"]), str(service["phone"]))
        for service in services
        if service.get("phone")
    )


def danger_lines(request: web.Request, language: str) -> tuple[Bubble, ...]:
    """Return every line that is named for a danger, each once, the alarm number first."""
    frame = request.app[CHAT].release.frame
    first = request.app[PAGE_FACTS].danger_service
    ids = [line.service for danger in frame.dangers for line in danger.lines]
    lines = (Shown(service) for service in dict.fromkeys([first, *ids]))
    bubbles = _spoken(request, language, lines).bubbles
    return tuple(bubble for bubble in bubbles if bubble.service)


def _danger_call(request: web.Request, language: str) -> Call:
    first = request.app[PAGE_FACTS].danger_service
    (bubble,) = _spoken(request, language, [Shown(first)]).bubbles
    return Call(str((bubble.service or {})["phone"]))


def _spoken(request: web.Request, language: str, items: Iterable[Item]) -> Spoken:
    release: Release = request.app[CHAT].release
    session = Session(language=language, reply=Reply(items=tuple(items)))
    return speak(release, session, request.app[CLOCK]())


def live_words(request: web.Request, language: str) -> Mapping[str, str]:
    """Return the words that the open page needs in a language."""
    catalog = request.app[CHAT].release.catalog
    return {name: catalog.say(language, f"web.{name}") for name in LIVE_WORDS}
