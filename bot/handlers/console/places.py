"""Where the console lives: its host, its address, and who stands at another door.

Passkeys refuse an IP address, so on this machine the console lives on ``localhost``. With
``LUCHT_CONSOLE_URL`` it lives on that host alone, and the chat does not.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.config import Settings

ROOT = "/console"
_NETLOC = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Place:
    """A host on which the console answers. ``netloc`` includes the port where one is given."""

    scheme: str
    netloc: str

    @property
    def origin(self) -> str:
        """Return what a browser calls this place in ``Origin``."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def host(self) -> str:
        """Return the host name: the relying party id of passkeys."""
        return (urlsplit(self.origin).hostname or "") if _NETLOC.fullmatch(self.netloc) else ""

    @property
    def secure(self) -> bool:
        """Say whether the cookie may be sent over https only."""
        return self.scheme == "https"


def home(settings: Settings) -> Place:
    """Return the address to give to somebody who is invited."""
    url = settings.console_url or settings.public_url
    return _named(Place(*urlsplit(url)[:2])) if url else Place("http", f"localhost:{settings.port}")


def has_own_host(settings: Settings) -> bool:
    """Say whether the chat does not answer on the console's host."""
    console, public = (
        urlsplit(url or "").netloc for url in (settings.console_url, settings.public_url)
    )
    return bool(console) and console != public


def place_of(settings: Settings, netloc: str) -> Place | None:
    """Return the place that a request to a host stands at, or None where there is no console."""
    given = urlsplit(settings.console_url or settings.public_url or "")
    own = Place(given.scheme, _without_default_port(given.scheme, given.netloc))
    if given.netloc and _without_default_port(given.scheme, netloc) == own.netloc:
        return own if _named(own) == own else None
    here = Place("http", netloc)
    return here if not settings.console_url and here.host == "localhost" else None


def better_place(settings: Settings, netloc: str) -> Place | None:
    """Return where to go instead, for a request that came to this machine's IP address."""
    if settings.console_url:
        return None
    here = Place("http", netloc)
    there = _named(here)
    return there if there != here else None


def _without_default_port(scheme: str, netloc: str) -> str:
    default = {"https": ":443", "http": ":80"}.get(scheme, "")
    return netloc.lower().removesuffix(default) if default else netloc.lower()


def _named(here: Place) -> Place:
    """Return a place, with ``localhost`` for the address of this machine."""
    try:
        loopback = ipaddress.ip_address(here.host).is_loopback
        port = urlsplit(here.origin).port
    except ValueError:
        return here
    named = f"localhost:{port}" if port else "localhost"
    return Place(here.scheme, named) if loopback else here
