"""The link check: off it asks nothing; on it is polite, and leads nobody behind our wall."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.links import AGAIN, FRESH, Round, Wall, answers, browser, due, is_public, sources_of
from bot.store import links
from bot.store.content import ContentStore
from bot.store.links import Asked
from tests.console.conftest import Clock

LOCAL = "127.0.0.1"


class Names(AbstractResolver):
    """A name server that says what it is told to say, one answer after the other."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer with every address that is left of the first answer, joined by a comma."""
        self.asked.append(host)
        said = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        kind = socket.AF_INET6 if ":" in said else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=one, port=port, family=kind, proto=0, flags=0)
            for one in said.split(",")
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Site:
    """A site that writes down what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.moved = ""

    async def page(self, request: web.Request) -> web.Response:
        """Answer by the name of the page."""
        self.asked.append((request.method, request.path))
        self.headers.append(dict(request.headers))
        name = request.path.strip("/")
        if name == "moved":
            return web.Response(status=302, headers={"Location": self.moved})
        if name == "no_head":
            return web.Response(status=405 if request.method == "HEAD" else 200)
        return web.Response(status=int(name) if name.isdigit() else 200)


@pytest.fixture
def site() -> Site:
    """What was asked, and where the site sends people."""
    return Site()


@pytest.fixture
async def server(site: Site) -> AsyncIterator[TestServer]:
    """The site, on this machine."""
    app = web.Application()
    app.router.add_route("*", "/{name:.*}", site.page)
    async with TestServer(app, host=LOCAL) as server:
        yield server


def open_wall(server: TestServer) -> Wall:
    """A wall that lets this one server through and nothing else of the machine."""
    return Wall(frozenset({server.port or 0}), lambda address: address == LOCAL)


async def ask(server: TestServer, page: str, names: Names | None = None) -> bool | None:
    wall = open_wall(server)
    async with browser(wall, names) as session:
        return await answers(session, wall, f"http://{LOCAL}:{server.port}/{page}")


@pytest.mark.parametrize(
    ("page", "there"),
    [("", True), ("404", False), ("410", False), ("500", False), ("403", True), ("429", True)],
)
async def test_a_page_that_is_gone_is_told_from_one_that_refuses_programs(
    server: TestServer, page: str, there: bool
) -> None:
    assert await ask(server, page) is there


async def test_head_comes_first_and_get_where_that_is_not_answered(
    server: TestServer, site: Site
) -> None:
    assert await ask(server, "")
    assert await ask(server, "no_head")
    assert site.asked == [("HEAD", "/"), ("HEAD", "/no_head"), ("GET", "/no_head")]


async def test_nothing_about_anybody_is_sent(server: TestServer, site: Site) -> None:
    await ask(server, "")
    (sent,) = site.headers
    assert set(sent) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"} & set(
        sent
    )
    assert "Lucht-linkcheck" in sent["User-Agent"]


async def test_redirects_are_followed_a_few_times(server: TestServer, site: Site) -> None:
    site.moved = "/"
    assert await ask(server, "moved") is True
    site.asked.clear()
    site.moved = "/moved"
    assert await ask(server, "moved") is False
    assert len(site.asked) == 10


@pytest.mark.parametrize(
    "there",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://127.0.0.1:6379/",
        "http://user:pass@a.example/",
        "//10.0.0.1/",
    ],
)
async def test_a_redirect_leads_nobody_behind_the_wall(
    server: TestServer, site: Site, there: str
) -> None:
    site.moved = there
    assert await ask(server, "moved") is None
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "said", ["10.0.0.7", "127.0.0.1", "192.168.1.1", "::1", "93.184.215.14,10.0.0.7"]
)
async def test_a_name_that_means_an_address_behind_the_wall_is_not_asked(
    server: TestServer, site: Site, said: str
) -> None:
    """Also when only one of its addresses does."""
    port = server.port or 0
    for host in ("intern.example", "0x7f000001", "localhost"):
        names, wall = Names(said), Wall(frozenset({port}))
        async with browser(wall, names) as session:
            assert await answers(session, wall, f"http://{host}:{port}/") is False
        assert names.asked
    assert site.asked == []


async def test_the_answer_that_was_checked_is_the_one_that_is_used(
    server: TestServer, site: Site
) -> None:
    """A name server that changes its mind (rebinding) is asked anew, and checked anew."""
    port = server.port or 0
    names, wall = Names("203.0.113.1", LOCAL), Wall(frozenset({port}), lambda a: a != LOCAL)
    async with browser(wall, names) as session:
        connector = session.connector
        assert connector is not None
        found = await connector._resolver.resolve("a.example", port)  # type: ignore[attr-defined]
        assert [one["host"] for one in found] == ["203.0.113.1"]
        with pytest.raises(OSError, match="public"):
            await connector._resolver.resolve("a.example", port)  # type: ignore[attr-defined]
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://10.1.2.3/",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://a.example:22/",
        "http://a.example:8080/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://user@a.example/",
        "http:///",
        "http://[::1",
        "http://a.example:x/",
        "telefoongesprek",
    ],
)
def test_an_address_that_is_no_public_page_is_not_asked(address: str) -> None:
    assert not Wall().lets(address)


@pytest.mark.parametrize("address", ["http://a.example/", "https://a.example:443/b?c=d"])
def test_a_public_page_may_be_asked(address: str) -> None:
    assert Wall().lets(address)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("huis", False),
    ],
)
def test_only_the_public_internet_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_what_waits_longest_is_asked_next() -> None:
    now = 100 * FRESH
    known = {"a": Asked(now - FRESH - 1, 0, 0), "b": Asked(now - AGAIN - 5, now, 1)}
    assert due(("a", "b", "c"), {**known, "c": Asked(now, 0, 0)}, now) == "b"
    assert due(("c",), {"c": Asked(now - AGAIN, 0, 0)}, now) == ""
    assert due((), known, now) == ""


def test_sources_are_those_of_the_directory(real: Content) -> None:
    found = sources_of(real.release.directory)
    assert "https://en.zoetermeer.nl/bijstandsnormen" in found
    assert "https://www.mookenmiddelaar.nl/inkomensgrenzen-aanvullende-regelingen" in found
    assert all(one.startswith(("http://", "https://")) for one in found)


async def test_a_source_is_gone_when_it_failed_twice_and_back_when_it_answers(
    tmp_path: Path,
) -> None:
    file = tmp_path / "content.sqlite"
    async with ContentStore.open(file) as store, store.writing() as connection:
        await links.note(connection, "https://a.example", 1000, there=False)
        assert await links.gone(connection) == {}
        await links.note(connection, "https://a.example", 2000, there=False)
        assert await links.gone(connection) == {"https://a.example": 1000}
        await links.note(connection, "https://a.example", 3000, there=True)
        assert await links.gone(connection) == {}
        await links.forget(connection, ["https://a.example"])
        assert await links.asked(connection) == {}


async def test_a_step_asks_one_source_and_changes_no_fact(
    server: TestServer, site: Site, small: Content, tmp_path: Path, clock: Clock
) -> None:
    directory = small.release.directory
    async with ContentStore.open(tmp_path / "content.sqlite") as store:
        wall = open_wall(server)
        round_ = Round(store, lambda: directory, clock, wall)
        async with browser(wall, Names("10.0.0.1")) as session:
            first = await round_.step(session)
            second = await round_.step(session)
        async with store.reading() as connection:
            known = await links.asked(connection)
    assert {first, second} == set(known)
    assert first in sources_of(directory)
    assert site.asked == []


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", keys=tmp_path / "keys")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("on", [False, True])
async def test_off_means_that_nothing_leaves(
    small: Content, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, on: bool
) -> None:
    """Without the setting no round is ever begun, so no request can be made."""
    begun: list[bool] = []

    async def run(self: Round) -> None:
        begun.append(True)

    monkeypatch.setattr(Round, "run", run)
    settings = Settings(data=tmp_path / "data", keys=tmp_path / "keys", link_check=on)
    async with TestServer(build(settings, small.release, clock), host=LOCAL):
        await asyncio.sleep(0)
    assert begun == ([True] if on else [])


def test_the_setting_is_off_unless_it_says_on() -> None:
    assert Settings.read({}).link_check is False
    assert Settings.read({"LUCHT_LINK_CHECK": "on"}).link_check is True
    assert Settings.read({"LUCHT_LINK_CHECK": "off"}).link_check is False
