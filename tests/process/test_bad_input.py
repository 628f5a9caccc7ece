"""Whatever comes in, the running product answers kindly or clearly, and its log holds no word."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.handlers.telegram import SECRET_HEADER, webhook_secret
from tests.conftest import ROOT, edit, small_root
from tests.privacy.canary import leaks
from tests.process.conftest import Served, served
from tests.telegram.fake_api import FakeApi, Person

pytestmark = pytest.mark.slow

CANARY = "xqzzyvogelqz"
DANGER = "ik wil dood"
CALM = {"keys_reset", "started", "release_live"}
GROUP = {"id": -55, "type": "group", "title": CANARY}


class Here:
    """The product, a Bot API before it, and a visitor on the web."""

    def __init__(self, server: Served, api: FakeApi, client: aiohttp.ClientSession, log: Path):
        self.server, self.api, self.client, self.log = server, api, client, log
        self.turn = 0

    async def say(self, **message: Any) -> dict[str, Any]:
        """Take a turn of the one chat on the web."""
        asked = {"session": "0" * 32, "turn": self.turn, **message}
        async with self.client.post("/api/chat", json=asked) as answer:
            said: dict[str, Any] = {"status": answer.status, **await answer.json()}
        self.turn = said.get("turn", self.turn)
        return said

    async def post(self, path: str, body: bytes, **headers: str) -> tuple[int, str]:
        """Send a body; return status and answer."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.post(path, data=body, headers=given) as answer:
            text = await answer.text()
            assert "Traceback" not in text
            return answer.status, text

    async def raw(self, data: bytes) -> bytes:
        """Send bytes to the port; return the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(data)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return answer

    async def in_telegram(self, person: Person, do: Callable[[Person], object]) -> list[str]:
        """Let somebody do something; return what is new on the screen."""
        before = len(self.api.texts(person.chat))
        do(person)
        await self.api.settled()
        return self.api.texts(person.chat)[before:]

    def log_of_writes(self) -> int:
        """Return the size of the write-ahead log."""
        return (self.log.parent / "data" / "live.sqlite-wal").stat().st_size

    def events(self) -> set[str]:
        """Return the names of all events in the log."""
        return {json.loads(line)["event"] for line in self.log.read_text().splitlines()}


@asynccontextmanager
async def running(api: FakeApi, folder: Path) -> AsyncIterator[Here]:
    """Serve, with Telegram by webhook."""
    async with served(folder) as server:
        api.send_to = f"{server.url}/telegram"
        await server.start(
            TELEGRAM_BOT_TOKEN=api.token,
            TELEGRAM_API_URL=api.url,
            LUCHT_PUBLIC_URL="https://lucht.example",
        )
        async with aiohttp.ClientSession(server.url) as client:
            yield Here(server, api, client, folder / "log")


MEDIA = ("photo", "voice", "video_note", "document", "sticker", "location", "contact", "poll")
SAID: dict[str, tuple[Callable[[Person], object], str]] = {
    "a text of 4,096 characters": (lambda p: p.type(f"{CANARY} " * 315 + "x" * 1), "Dat snap ik"),
    "an unknown command": (lambda p: p.type(f"/{CANARY}"), "Dat snap ik"),
    "a forged button": (lambda p: p.forge(f"../../{CANARY}"), "Die knop is van eerder"),
    "a button of another day": (lambda p: p.forge("eten.intro.no_food~zzzzzz"), "Die knop is van"),
    "a button without data": (lambda p: p.forge(""), ""),
    "an edited text": (lambda p: p.edit(1, CANARY), ""),
    "an edited text with danger": (lambda p: p.edit(1, DANGER), "113"),
    "a caption with danger": (lambda p: p.send(photo=[{"file_id": "x"}], caption=DANGER), "113"),
    "danger at the end of 4,096 characters": (
        lambda p: p.type(CANARY[0] * (4096 - len(DANGER) - 1) + " " + DANGER),
        "113",
    ),
    **{
        kind: (lambda p, k=kind: p.send(**{k: {"file_id": CANARY}}), "kan ik niet")
        for kind in MEDIA
    },  # type: ignore[misc]
}


async def test_telegram(api: FakeApi, tmp_path: Path) -> None:
    """Every kind of message gets a kind answer or, where there is nothing to say, none."""
    async with running(api, tmp_path) as here:
        for number, (what, (do, wanted)) in enumerate(SAID.items(), 5000):
            person = Person(api, number)
            assert await here.in_telegram(person, lambda p: p.type("/start"))
            told = await here.in_telegram(person, do)
            assert wanted in "".join(told), what
            assert bool(told) == bool(wanted), what
            assert CANARY not in "".join(told), what
        api.update(-55, {"message": {"chat": GROUP, "message_id": 3, "text": DANGER}})
        await api.settled()
        assert len(api.texts(-55)) == 1
        assert api.received("leaveChat") == [{"chat_id": -55}]
        assert {call.method for call in api.calls} <= {
            *("setWebhook", "setMyCommands", "sendMessage", "answerCallbackQuery", "leaveChat")
        }
        assert here.events() <= CALM
    assert leaks(tmp_path, [CANARY]) == []


DEEP = b'{"text":"xqzzyvogelqz","x":' + b"[" * 60_000
UPDATES = {
    "malformed": (b'{"xqzzyvogelqz"', 400),
    "not UTF-8": (b'{"update_id":1,"message":{"text":"xqzzyvogelqz\xff"}}', 400),
    "deep": (DEEP, 400),
    "a list": (b'["xqzzyvogelqz"]', 400),
    "empty": (b"", 400),
    "huge": (b'{"xqzzyvogelqz":"' + b"x" * 5_000_000 + b'"}', 200),
    "numbers beyond all bounds": (
        b'{"update_id":1,"message":{"message_id":1' + b"0" * 30 + b',"text":"xqzzyvogelqz",'
        b'"chat":{"id":9,"type":"private"}}}',
        200,
    ),
}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = {
    "malformed": ("/api/chat", JSON, b'{"text":"xqzzyvogelqz', 400),
    "not UTF-8": ("/api/chat", JSON, b'{"text":"xqzzyvogelqz\xff"}', 400),
    "another encoding": ("/api/chat", JSON, '{"text":"xqzzyvogelqz"}'.encode("utf-16"), 400),
    "half a character": ("/api/chat", JSON, b'{"text":"xqzzyvogelqz \\ud800"}', 400),
    "deep": ("/api/chat", JSON, DEEP, 400),
    "of the wrong kind": ("/api/chat", JSON, b'{"text":["xqzzyvogelqz"]}', 422),
    "a token that is none": ("/api/chat", JSON, b'{"session":"../../xqzzyvogelqz"}', 422),
    "a token with a line end": ("/api/chat", JSON, b'{"session":"%s\\n"}' % (b"k" * 32), 422),
    "huge": ("/api/chat", JSON, b'{"text":"' + b"xqzzyvogelqz" * 9000 + b'"}', 413),
    "a form for the API": ("/api/chat", FORM, b"text=xqzzyvogelqz", 415),
    "a form, not UTF-8": ("/", FORM, b"text=xqzzyvogelqz\xe9", 400),
    "a form, too long": ("/", FORM, b"text=" + b"xqzzyvogelqz" * 400, 413),
    "a form, huge": ("/", FORM, b"text=" + b"xqzzyvogelqz" * 9000, 413),
    "a form, many fields": ("/", FORM, b"&".join(b"a%d=xqzzyvogelqz" % n for n in range(99)), 400),
    "a form with files": (
        "/",
        "multipart/form-data; boundary=xqzzyvogelqz",
        b"--xqzzyvogelqz",
        415,
    ),
}
LINES = {
    "no HTTP": b"\x00\xff xqzzyvogelqz\r\n\r\n",
    "a bad first line": b"GET / xqzzyvogelqz HTTP/9.9\r\n\r\n",
    "a bad header": b"GET / HTTP/1.1\r\nHost: x\r\nkanarie\x00vogel: x\r\n\r\n",
    "a bad length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: xqzzyvogelqz\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"xqzzyvogelqz" * 2000 + b"\r\n\r\n",
    "a long address": b"GET /" + b"xqzzyvogelqz" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad chunk": b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nxqzzyvogelqz",
    "a false compression": b"POST /api/chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
    b"xqzzyvogelqz",
    "TLS": b"\x16\x03\x01\x02\x00\x01xqzzyvogelqz",
}


async def test_web(api: FakeApi, tmp_path: Path) -> None:
    """A status that says whose fault it is, none of the words, and the chat goes on after it."""
    async with running(api, tmp_path) as here:
        await here.say(text="")
        secret = webhook_secret(api.token)
        for what, (body, status) in UPDATES.items():
            assert (await here.post("/telegram", body, **{SECRET_HEADER: secret}))[0] == status, (
                what
            )
            assert await here.post("/telegram", body, **{SECRET_HEADER: CANARY}) == (403, ""), what
        for what, (path, kind, body, status) in BODIES.items():
            told = await here.post(path, body, Content_Type=kind)
            assert told[0] == status, (what, told)
            assert CANARY not in told[1], what
        for what, data in LINES.items():
            answer = await here.raw(data)
            assert answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 ")), what
            assert b"kanarie" not in answer, what
            assert b"aiohttp" not in answer, what
        assert (await here.say(text="Ik ben een kind"))["turn"] == 2
        # What was cut short on the way is aiohttp's to say, without a word of it.
        assert here.events() <= CALM | {"library"}
    assert leaks(tmp_path, [CANARY]) == []


async def test_a_full_disk(api: FakeApi, tmp_path: Path) -> None:
    """Numbers to call for everybody, an answer for whoever is in danger, then all goes on.

    A limit on the size of files is as good as a full disk.
    """
    async with running(api, tmp_path) as here:
        person = Person(api, 7000)
        await here.in_telegram(person, lambda p: p.type("/start"))
        for text in ("", "Ik ben een kind", *["hoi"] * 6):
            await here.say(text=text)
        turn, limit = here.turn, resource.prlimit(here.server.child, resource.RLIMIT_FSIZE)
        assert here.log_of_writes() > 20_000
        resource.prlimit(here.server.child, resource.RLIMIT_FSIZE, (20_000, limit[1]))
        failed = await here.say(text=CANARY)
        assert (failed["status"], failed["error"]) == (500, "failed")
        assert "112" in [number["phone"] for number in failed["numbers"]]
        assert (await here.say(text=DANGER, turn=turn))["signal"] == "suicide"
        status, page = await here.post("/", f"text={DANGER}".encode(), Content_Type=FORM)
        assert (status, "113" in page) == (200, True)
        status, page = await here.post("/weg", b"session=" + b"0" * 32, Content_Type=FORM)
        assert (status, "112" in page) == (200, False)
        assert "113" in "".join(await here.in_telegram(person, lambda p: p.type(DANGER)))
        person.type("Ik ben een kind")
        await asyncio.sleep(0.3)
        resource.prlimit(here.server.child, resource.RLIMIT_FSIZE, limit)
        await api.settled()
        assert len(api.texts(7000)) == 4
        here.turn = turn
        assert (await here.say(text="hoi"))["turn"] == turn + 1
        assert here.events() <= CALM | {"store_failed", "web_failed", "telegram_turn_failed"}
    assert leaks(tmp_path, [CANARY]) == []


def lucht(root: Path, data: Path, *words: str) -> subprocess.Popen[str]:
    """Start the command on a folder of content."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "--content", str(root), *words],
        cwd=ROOT,
        env={**os.environ, "LUCHT_DATA": str(data), "LUCHT_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_broken_content_stops_a_start_and_not_what_runs(tmp_path: Path) -> None:
    """All problems of all files at once; the release that is live stays, and answers."""
    root, data = small_root(tmp_path / "content"), tmp_path / "data"
    with lucht(root, data, "run") as server:
        assert server.stderr
        assert any('"release_live"' in line for line in server.stderr)
        edit(root, "conversations/eten.yaml", "goto: now}", "goto: nowhere}")
        edit(root, "conversations/begin.yaml", "goto: topics}", "goto: topcs}")
        for words in (("run",), ("import", str(root)), ("check",)):
            other = lucht(root, data if words[0] == "import" else tmp_path / "other", *words)
            _, told = other.communicate(timeout=120)
            files = {line.partition(":")[0] for line in told.splitlines()}
            assert other.returncode == 1, words
            assert files == {"conversations/eten.yaml", "conversations/begin.yaml"}, words
            assert "Traceback" not in told
        assert server.poll() is None
        server.terminate()
        assert {json.loads(line)["event"] for line in server.stderr} <= {"release_live"}
