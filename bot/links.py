"""The link check that an operator may switch on: does each source of the directory still answer?

It asks for public pages alone, one at a time and slowly, and never changes a fact: the work list
of stewards says since when a source does not answer. Nothing of any visitor is in a request.

A source is written by people, so an address may lead anywhere. Before every request, redirects
included, the address must be http(s) on its usual port, and every address that its name means must
be of the public internet: nobody reaches through us what stands behind our wall. The answer of the
name server that is checked is the one that is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp import ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.directory import Directory
from bot.privacy import log
from bot.store import links
from bot.store.content import ContentStore

PORTS = frozenset({80, 443})
HOPS = 5
"""Redirects that are followed; more is a loop."""

PAUSE = 30.0
"""Seconds between two requests: nobody notices one visitor every half minute."""

DAY = 24 * 3600
FRESH, AGAIN = 7 * DAY, DAY
"""Seconds until a source is asked again: one that answered, and one that did not."""

PATIENCE = ClientTimeout(total=30, connect=10)
AGENT = "Lucht-linkcheck (asks once a week whether a page is still there)"
ALIVE = frozenset({401, 403, 405, 406, 429, 451})
"""Refusals of somebody who is there: a page that does not like programs is not gone."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What may be asked: on which ports, and at which addresses of the network."""

    ports: frozenset[int] = PORTS
    public: Callable[[str], bool] = lambda address: is_public(address)

    def lets(self, address: str) -> bool:
        """Say whether a web address may be asked, as far as the address itself tells."""
        try:
            url = urlsplit(address)
            port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
        except ValueError:
            return False
        if not url.hostname or url.username is not None or port not in self.ports:
            return False
        # A number in another dress (2130706433, 0x7f.1) is no name: nobody would look it up, and
        # so nobody would look where it leads.
        named = re.search("[a-z]", url.hostname.rpartition(".")[2])
        return self.public(url.hostname) if _is_number(url.hostname) else bool(named)


def is_public(address: str) -> bool:
    """Say whether a number of the network is one of the public internet, however it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner: list[ipaddress.IPv4Address | None] = []
    if isinstance(found, ipaddress.IPv6Address):
        last = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        # NAT64 (RFC 6052) leads to an address of the old kind, as do these others.
        inner = [found.ipv4_mapped, found.sixtofour, last if found in _NAT64 else None]
        inner += list(found.teredo or ())
    whole = [found, *(one for one in inner if one is not None)]
    return all(one.is_global and not one.is_multicast for one in whole)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _is_number(host: str) -> bool:
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


class Resolver(AbstractResolver):
    """Looks names up and refuses those that mean one address behind the wall, or more."""

    def __init__(self, inner: AbstractResolver, wall: Wall) -> None:
        self.inner = inner
        self.wall = wall

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return where a host is. Raises `OSError` when it, or part of it, is not public."""
        found = await self.inner.resolve(host, port, family)
        if not found or not all(self.wall.public(one["host"]) for one in found):
            raise OSError("not of the public internet")
        return found

    async def close(self) -> None:
        """Close what it asks."""
        await self.inner.close()


@contextlib.asynccontextmanager
async def browser(
    wall: Wall, resolver: AbstractResolver | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client that keeps no cookie and no connection, and stays outside the wall."""
    guarded = Resolver(resolver or aiohttp.ThreadedResolver(), wall)
    connector = TCPConnector(resolver=guarded, use_dns_cache=False, force_close=True, limit=1)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=PATIENCE,
        headers={"User-Agent": AGENT},
    ) as session:
        yield session


async def answers(session: aiohttp.ClientSession, wall: Wall, address: str) -> bool | None:
    """Say whether a page is still there; None: it may not be asked.

    HEAD first, and GET where that is not answered well; the page itself is not read.
    """
    said: int | None = None
    for method in ("HEAD", "GET"):
        try:
            said = await _status(session, wall, method, address)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            said = 0
        if said is None or 0 < said < 400:
            break
    return None if said is None else 0 < said < 400 or said in ALIVE


async def _status(
    session: aiohttp.ClientSession, wall: Wall, method: str, address: str
) -> int | None:
    """Return the status at the end of the redirects; None when one leads behind the wall."""
    for _ in range(HOPS):
        if not wall.lets(address):
            return None
        async with session.request(method, URL(address), allow_redirects=False) as answer:
            there = answer.headers.get("Location", "")
            if not 300 <= answer.status < 400 or not there:
                return answer.status
            address = str(answer.url.join(URL(there)))
    return 0


# -- which, and when


def sources_of(directory: Directory) -> tuple[str, ...]:
    """Return every web address that the directory gives as a source, or leads people to."""
    found: dict[str, None] = {}
    for service in directory.services.values():
        told = [row.source for row in service.provenance.values()]
        found |= dict.fromkeys([*told, service.url, service.chat])
    found |= dict.fromkeys(_of_schemes(directory))
    return tuple(one for one in found if one.startswith(("http://", "https://")))


def _of_schemes(directory: Directory) -> Iterator[str]:
    book = directory.schemes
    for scheme in book.all.values():
        yield scheme.source.source
        yield from (figure.source.source for figure in scheme.figures)
        if scheme.cost_source:
            yield scheme.cost_source.source
    yield from (row.source.source for row in book.norms.rows)
    yield from (limit.source.source for limit in book.norms.limits)
    yield from (row.source.source for row in book.norms.assets)


def due(sources: Iterable[str], known: Mapping[str, links.Asked], now: int) -> str:
    """Return the source to ask next: one never asked, else the one that waits longest; or none."""

    def since(source: str) -> int:
        asked = known.get(source)
        return now if asked is None else now - asked.at - (AGAIN if asked.failing else FRESH)

    waiting = [source for source in sources if since(source) >= 0]
    return max(waiting, key=since, default="")


class Round:
    """Asks one source after the other, as long as the server runs."""

    def __init__(
        self,
        store: ContentStore,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        wall: Wall | None = None,
    ) -> None:
        self.store = store
        self.directory = directory
        self.clock = clock
        self.wall = wall or Wall()

    async def step(self, session: aiohttp.ClientSession) -> str:
        """Ask the source that is due and write down what came of it; return it, if there is one."""
        now, sources = int(self.clock().timestamp()), sources_of(self.directory())
        async with self.store.reading() as connection:
            known = await links.asked(connection)
        source = due(sources, known, now)
        if source:
            there = await answers(session, self.wall, source)
            async with self.store.writing() as connection:
                await links.note(connection, source, now, there=there is not False)
                await links.forget(connection, known.keys() - set(sources))
        return source

    async def run(self) -> None:
        """Go on until cancelled; what goes wrong with one source does not end it."""
        while True:
            await asyncio.sleep(PAUSE)
            try:
                async with browser(self.wall) as session:
                    await self.step(session)
            except Exception as error:  # the next source may go well
                log.failure("links_not_checked", error)
