"""Pages of the console: its own templates, its own words, nothing of the chat.

In templates: ``word(name, **values)`` says a text of ``conversations/words/console.yaml``,
``may(permission)`` asks what the account may do, ``csrf`` is the token for a form.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from aiohttp import hdrs, web
from babel.dates import format_datetime

from bot.handlers.console.guard import ACCOUNT, STAFF, VISIT, give_cookie
from bot.handlers.keys import WORDS
from bot.handlers.pages import preferred
from bot.staff.roles import may

HERE = Path(__file__).parent

NAVIGATION = (
    ("/console", "nav_home", STAFF),
    ("/console/conversations", "nav_conversations", "content.read"),
    ("/console/directory", "nav_directory", "directory.edit"),
    ("/console/translate", "nav_translate", "translate.edit"),
    ("/console/releases", "nav_releases", "content.read"),
    ("/console/counts", "nav_counts", "content.read"),
    ("/console/people", "nav_people", "people.manage"),
    ("/console/log", "nav_log", "audit.read"),
    ("/console/account", "nav_account", STAFF),
)
"""The bar on every page: address, word, and the permission that shows it."""

LANGUAGES = ("nl", "en")
"""What the console speaks: the first one unless somebody, or their browser, wants another."""

_CHOSEN = "console-language"
_YEAR = 365 * 24 * 3600
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PrefixLoader({"console": jinja2.FileSystemLoader(HERE / "templates")}),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: web.Request) -> str:
    """Return the language of a page: chosen on it (``?language=``) or before, the browser's."""
    chosen = (request.query.get("language", ""), request.cookies.get(_CHOSEN, ""))
    for wish in (*chosen, *preferred(request)):
        code = wish.strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def keep_language(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser remember a language that was chosen on this page."""
    chosen = request.query.get("language", "")
    if chosen in LANGUAGES:
        give_cookie(request, response, _CHOSEN, chosen, max_age=_YEAR)


def _others(request: web.Request, language: str) -> list[tuple[str, str, str]]:
    """Return code, name and address of this page in the other languages; not after a form.

    The address is a query alone: the path of a request never becomes a link.
    """
    if request.method != hdrs.METH_GET:
        return []
    names, here = request.app[WORDS].languages, request.rel_url.without_query_params("next")
    return [
        (code, names[code].name, f"?{here.update_query(language=code).raw_query_string}")
        for code in LANGUAGES
        if code != language
    ]


def render(
    request: web.Request, template: str, status: int = 200, **values: object
) -> web.Response:
    """Fill ``console/NAME.html``."""
    language = language_of(request)
    account = request.get(ACCOUNT)
    visit = request.get(VISIT)

    def word(name: str, /, n: int | None = None, **named: object) -> str:
        def value(key: str) -> str | None:
            return str(named[key]) if key in named else None

        return request.app[WORDS].say(language, f"console.{name}", value, n)

    def allowed(permission: str) -> bool:
        return account is not None and (permission == STAFF or may(account, permission))

    text = _TEMPLATES.get_template(f"console/{template}").render(
        word=word,
        may=allowed,
        account=account,
        csrf=visit.csrf if visit else "",
        language=language,
        direction=request.app[WORDS].direction(language),
        here=request.path,
        others=_others(request, language),
        navigation=[entry for entry in NAVIGATION if allowed(entry[2])],
        moment=lambda when: moment(when, language),
        **values,
    )
    return web.Response(text=text, status=status, content_type="text/html")


def refusal(request: web.Request, status: int, code: str) -> web.Response:
    """Say calmly what is wrong and what to do, as a page or as JSON."""
    if "application/json" in request.headers.get(hdrs.ACCEPT, ""):
        message = request.app[WORDS].say(language_of(request), f"console.error_{code}")
        return answer({"error": code, "message": message}, status)
    return render(request, "refusal.html", status, code=code)


def go(path: str) -> web.Response:
    """Lead on to a page of our own after a form; ``path`` never comes from a request."""
    return web.Response(status=303, headers={hdrs.LOCATION: path})


def answer(value: object, status: int = 200) -> web.Response:
    """Return a value as JSON."""
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json")


def moment(when: int | str, language: str) -> str:
    """Return seconds since 1970, or ISO 8601, as people say it in the Netherlands."""
    at = datetime.fromisoformat(when) if isinstance(when, str) else None
    at = at or datetime.fromtimestamp(int(when), _AMSTERDAM)
    pattern = "d MMMM y, HH:mm"
    return format_datetime(at, pattern, tzinfo=_AMSTERDAM, locale=language)
