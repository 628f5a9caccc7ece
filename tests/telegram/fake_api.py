"""A Bot API on loopback that people can be played on, and that checks every call it receives.

The checks are somebody else's: aiogram's typed methods read each payload, and Telegram's own limits
(https://core.telegram.org/bots/api) are counted beside them. What fails is answered with 400, as
Telegram would, and kept in :attr:`FakeApi.problems`.

Updates go out as Telegram sends them: by webhook one unacknowledged update a chat, again and again
until it is answered with 2xx; by polling everything from the offset on.

``python -m tests.telegram.fake_api`` lets you be the person: see :func:`main`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiogram.methods
import aiohttp
from aiohttp import web
from pydantic import ValidationError

Json = dict[str, Any]

METHODS = {
    method.__api_method__: method
    for method in vars(aiogram.methods).values()
    if isinstance(method, type) and isinstance(getattr(method, "__api_method__", None), str)
}


class BadCallError(Exception):
    """A call that Telegram would refuse."""


def check(method: str, payload: Json) -> None:
    """Raise BadCallError when a payload is not a valid call of the Bot API."""
    if method not in METHODS:
        raise BadCallError(f"{method}: no such method")
    unknown = payload.keys() - METHODS[method].model_fields.keys()
    if unknown:
        raise BadCallError(f"{method}: unknown parameters {sorted(unknown)}")
    try:
        METHODS[method](**payload)
    except ValidationError as error:
        raise BadCallError(f"{method}: {error.errors(include_input=False)}") from None
    LIMITS.get(method, lambda _: None)(payload)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise BadCallError(what)


def _check_message(payload: Json) -> None:
    text = payload["text"]
    _demand(bool(text.strip()), "sendMessage: message text is empty")
    _demand(len(text.encode("utf-16-le")) <= 2 * 4096, "sendMessage: message is too long")
    for row in payload.get("reply_markup", {}).get("inline_keyboard", ()):
        _demand(bool(row), "sendMessage: empty row of buttons")
        for button in row:
            _demand(bool(button["text"].strip()), "sendMessage: button without text")
            size = len(button["callback_data"].encode())
            _demand(1 <= size <= 64, "sendMessage: BUTTON_DATA_INVALID")


def _check_delete(payload: Json) -> None:
    _demand(1 <= len(payload["message_ids"]) <= 100, "deleteMessages: 1 to 100 ids")


def _check_commands(payload: Json) -> None:
    _demand(len(payload["commands"]) <= 100, "setMyCommands: at most 100")
    _demand(re.fullmatch("([a-z]{2})?", payload.get("language_code", "")), "language_code")
    for command in payload["commands"]:
        _demand(re.fullmatch("[a-z0-9_]{1,32}", command["command"]), "BOT_COMMAND_INVALID")
        _demand(1 <= len(command["description"]) <= 256, "BOT_COMMAND_DESCRIPTION_INVALID")


def _check_webhook(payload: Json) -> None:
    secret = payload.get("secret_token", "")
    _demand(re.fullmatch("[A-Za-z0-9_-]{0,256}", secret), "setWebhook: secret_token")
    _demand(1 <= payload.get("max_connections", 40) <= 100, "setWebhook: max_connections")


LIMITS: Mapping[str, Callable[[Json], None]] = {
    "sendMessage": _check_message,
    "deleteMessages": _check_delete,
    "setMyCommands": _check_commands,
    "setWebhook": _check_webhook,
}


@dataclass(frozen=True)
class Call:
    """A call that was received."""

    method: str
    payload: Json


@dataclass
class Fault:
    """An answer to give instead of the real one, ``times`` times. Status 0: never answer."""

    method: str
    status: int
    retry_after: int = 0
    times: int = 1
    after: int = 0


@dataclass
class FakeApi:
    """The Bot API. Start it, give :attr:`url` to the bot, and let :class:`Person` talk."""

    token: str = "1:fake"
    checked: bool = True
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    screens: dict[int, dict[int, Json]] = field(default_factory=lambda: defaultdict(dict))
    blocked: set[int] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    on_message: Callable[[int, Json], None] = lambda chat, message: None
    url: str = ""
    send_to: str | None = None
    """Where updates are posted instead of the address that the bot gives ("": nowhere yet)."""
    by_hand: bool = False
    """Bring no update by itself: whoever asks with :meth:`take` posts it."""
    nonsense: int = 0
    """How many times to answer getUpdates with something that no update looks like."""

    def __post_init__(self) -> None:
        """Start with nothing said, and no webhook."""
        self.webhook: Json = {}
        self._pending: dict[int, tuple[int, Json]] = {}
        self._message_id = self._update_id = 0
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._news = asyncio.Condition()
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    # -- life

    async def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        app = web.Application()
        app.router.add_route("*", f"/bot{self.token}/{{method}}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Fall silent; what was not acknowledged stays."""
        for task in self._lanes.values():
            task.cancel()
        self._lanes.clear()
        if self._client and self._runner:
            await self._client.close()
            await self._runner.cleanup()

    def fail(
        self, method: str, status: int, retry_after: int = 0, times: int = 1, after: int = 0
    ) -> None:
        """Answer the next ``times`` calls of a method (after some that work) with an error."""
        self.faults.append(Fault(method, status, retry_after, times, after))

    # -- what tests ask

    def texts(self, chat: int) -> list[str]:
        """Return the texts that the bot has on a person's screen, oldest first."""
        return [m["text"] for m in self.screens[chat].values() if m["from"]["is_bot"]]

    def buttons(self, chat: int) -> dict[str, str]:
        """Return label and id of the buttons under the last message that has any."""
        for message in reversed(self.screens[chat].values()):
            rows = message.get("reply_markup", {}).get("inline_keyboard", ())
            if rows:
                return {b["text"]: b["callback_data"] for row in rows for b in row}
        return {}

    def received(self, method: str) -> list[Json]:
        """Return the payloads of all calls of a method."""
        return [call.payload for call in self.calls if call.method == method]

    def waiting(self) -> list[int]:
        """Return the numbers of the updates that were not acknowledged."""
        return list(self._pending)

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something holds; fails when it never does."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def settled(self) -> None:
        """Wait until every update was acknowledged."""
        await self.until(lambda: not self._pending)

    # -- updates

    def message_id(self) -> int:
        """Return a new message id."""
        self._message_id += 1
        return self._message_id

    def update(self, chat: int, body: Json) -> int:
        """Queue an update of a chat; return its number."""
        self._update_id += 1
        self._pending[self._update_id] = (chat, {"update_id": self._update_id, **body})
        self._wake(chat)
        return self._update_id

    def take(self, chat: int) -> Json:
        """Return the oldest update of a chat and forget it."""
        number = next(n for n, (owner, _) in self._pending.items() if owner == chat)
        return self._pending.pop(number)[1]

    def _wake(self, chat: int) -> None:
        if self.by_hand:
            return
        if self.webhook.get("url") and (chat not in self._lanes or self._lanes[chat].done()):
            self._lanes[chat] = asyncio.create_task(self._deliver(chat))
        elif not self.webhook.get("url"):
            self._lanes[0] = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _deliver(self, chat: int) -> None:
        """Bring a chat's updates in order, each until it is acknowledged."""
        while mine := [n for n, (owner, _) in self._pending.items() if owner == chat]:
            if await self.post(self._pending[mine[0]][1]):
                self._acknowledge(mine[0])
            else:
                await asyncio.sleep(0.05)

    async def post(self, update: Json) -> bool:
        """Post one update to the webhook; return whether it was acknowledged."""
        assert self._client
        where = self.webhook["url"] if self.send_to is None else self.send_to
        secret = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        try:
            async with self._client.post(where, json=update, headers=secret) as got:
                self.statuses.append(got.status)
                reply = await got.read()
        except aiohttp.ClientError:
            return False
        if got.status == 200 and reply:
            answer = json.loads(reply)
            self._act(answer.pop("method"), answer)
        return got.status == 200

    def _acknowledge(self, number: int) -> None:
        self._pending.pop(number, None)
        self._changed.set()

    # -- calls

    async def _receive(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        payload = await _payload(request)
        fault = self._fault(method)
        if fault and not fault.status:
            await asyncio.sleep(3600)
        if fault:
            self.calls.append(Call(method, payload))
            return _refuse(fault.status, "on purpose", fault.retry_after)
        if method == "getUpdates" and self.nonsense:
            self.nonsense -= 1
            return web.json_response({"ok": True, "result": [5, None]})
        if method == "getUpdates":
            return web.json_response({"ok": True, "result": await self._poll(payload)})
        status, result = self._act(method, payload)
        return web.json_response(result, status=status)

    def _fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and fault.times and not fault.after:
                fault.times -= 1
                return fault
            if fault.method == method and fault.after:
                fault.after -= 1
        return None

    def _act(self, method: str, payload: Json) -> tuple[int, Json]:
        self.calls.append(Call(method, payload))
        self._changed.set()
        try:
            if self.checked:
                check(method, payload)
            return 200, {"ok": True, "result": self._result(method, payload)}
        except BadCallError as error:
            self.problems.append(str(error))
            return 400, {"ok": False, "error_code": 400, "description": f"Bad Request: {error}"}
        except PermissionError as error:
            return 403, {"ok": False, "error_code": 403, "description": f"Forbidden: {error}"}

    def _result(self, method: str, payload: Json) -> Any:
        action = getattr(self, f"_{method}", None)
        return action(payload) if action else True

    def _getMe(self, payload: Json) -> Json:  # noqa: N802  (the Bot API's own name)
        return {"id": 1, "is_bot": True, "first_name": "Lucht", "username": "LuchtBot"}

    def _sendMessage(self, payload: Json) -> Json:  # noqa: N802
        chat = int(payload["chat_id"])
        if chat in self.blocked:
            raise PermissionError("bot was blocked by the user")
        message = {
            "message_id": self.message_id(),
            "date": 1,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": 1, "is_bot": True, "first_name": "Lucht"},
            **{name: payload[name] for name in ("text", "reply_markup") if name in payload},
        }
        self.screens[chat][message["message_id"]] = message
        self.on_message(chat, message)
        return message

    def _deleteMessages(self, payload: Json) -> bool:  # noqa: N802
        for number in payload["message_ids"]:
            self.screens[payload["chat_id"]].pop(number, None)
        return True

    def _setWebhook(self, payload: Json) -> bool:  # noqa: N802
        self.webhook = payload
        for chat, _ in list(self._pending.values()):
            self._wake(chat)
        return True

    def _deleteWebhook(self, payload: Json) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    def _answerCallbackQuery(self, payload: Json) -> bool:  # noqa: N802
        if payload["callback_query_id"] not in self.queries:
            raise BadCallError("query is too old or query ID is invalid")
        self.queries.remove(payload["callback_query_id"])
        return True

    async def _poll(self, payload: Json) -> list[Json]:
        if self.checked:
            check("getUpdates", payload)
        offset, limit = payload.get("offset", 0), payload.get("limit", 100)
        for number in [number for number in self._pending if number < offset]:
            self._acknowledge(number)
        async with self._news:
            try:
                async with asyncio.timeout(payload.get("timeout", 0)):
                    await self._news.wait_for(lambda: self._pending)
            except TimeoutError:
                return []
        return [update for _, update in list(self._pending.values())[:limit]]


def _refuse(status: int, why: str, retry_after: int = 0) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": why}
    if retry_after:
        body["parameters"] = {"retry_after": retry_after}
    return web.json_response(body, status=status)


async def _payload(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return await request.json()
    return {name: _value(value) for name, value in (await request.post()).items()}


def _value(text: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass
class Person:
    """Somebody in a private chat with the bot. Ids of chat and person are the same there."""

    api: FakeApi
    chat: int
    language: str = "nl"

    @property
    def user(self) -> Json:
        """This person as Telegram describes them."""
        return {
            "id": self.chat,
            "is_bot": False,
            "first_name": "Canary",
            "language_code": self.language,
        }

    def send(self, kind: str = "message", **content: Any) -> int:
        """Send a message of any content; return the number of the update."""
        message = {
            "message_id": self.api.message_id(),
            "date": 1,
            "chat": {"id": self.chat, "type": "private"},
            "from": self.user,
            **content,
        }
        self.api.screens[self.chat][message["message_id"]] = message
        return self.api.update(self.chat, {kind: message})

    def type(self, text: str) -> int:
        """Type a text."""
        return self.send(text=text)

    def edit(self, message_id: int, text: str) -> int:
        """Change an earlier text."""
        return self.send("edited_message", message_id=message_id, text=text)

    def press(self, label: str) -> int:
        """Press a button that is on the screen, by its label."""
        return self.forge(self.api.buttons(self.chat)[label])

    def forge(self, data: str) -> int:
        """Press a button with this data, whether it was ever shown or not."""
        query = f"q{len(self.api.queries)}-{self.api.message_id()}"
        self.api.queries.add(query)
        message = {"message_id": 1, "date": 1, "chat": {"id": self.chat, "type": "private"}}
        body = {"id": query, "from": self.user, "chat_instance": "1", "message": message}
        return self.api.update(self.chat, {"callback_query": {**body, "data": data}})

    def block(self) -> int:
        """Block the bot."""
        self.api.blocked.add(self.chat)
        member = {"user": {"id": 1, "is_bot": True, "first_name": "Lucht"}, "status": "kicked"}
        old = {**member, "status": "member"}
        chat = {"id": self.chat, "type": "private"}
        body = {"chat": chat, "from": self.user, "date": 1}
        return self.api.update(
            self.chat,
            {"my_chat_member": {**body, "old_chat_member": old, "new_chat_member": member}},
        )


# -- by hand


def _print(chat: int, message: Json) -> None:
    print(f"\n{message['text']}")
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    for number, button in enumerate((b for row in rows for b in row), 1):
        print(f"  [{number}] {button['text']}")


def _say(person: Person, line: str) -> None:
    labels = list(person.api.buttons(person.chat))
    if line.isdigit() and 0 < int(line) <= len(labels):
        person.press(labels[int(line) - 1])
    elif line:
        person.type(line)


async def _talk(port: int, language: str) -> None:
    api = FakeApi(on_message=_print)
    await api.start(port)
    print("In another terminal, in the same folder:")
    print(f"  TELEGRAM_API_URL={api.url} TELEGRAM_BOT_TOKEN={api.token} make run")
    print("Then type a text, /start, or the number of a button. Ctrl-D ends.")
    person = Person(api, 1001, language)
    while line := await asyncio.to_thread(sys.stdin.readline):
        _say(person, line.strip())
    try:
        await api.settled()
    except TimeoutError:
        print("Lucht did not answer. Does it run in the other terminal, with the two settings?")
    await api.stop()


def main() -> None:
    """Be a person in a terminal: type texts, press buttons by their number."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--language", default="nl", help="language of the phone, such as ar")
    arguments = parser.parse_args()
    asyncio.run(_talk(arguments.port, arguments.language))


if __name__ == "__main__":
    main()
