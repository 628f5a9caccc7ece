"""A chat without engine and store, that keeps the promises of the real one in memory.

It answers a text with itself, so that the tests of the channel read as what they are about.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

from bot.engine.model import Interrupt
from bot.engine.session import Message
from bot.wording import Bubble, Button, Spoken

COMMANDS = {
    "help": "help",
    "back": "terug",
    "language": "taal",
    "erase": "wis",
    "stop": "stop",
    "menu": "menu",
    "privacy": "privacy",
    "record": "watweetje",
}


def spoken(
    bubbles: Sequence[Bubble] = (),
    buttons: Sequence[Button] = (),
    direction: str = "ltr",
    signal: str = "",
) -> Spoken:
    """Return a reply with the parts that matter to the channel."""
    return Spoken("nl", direction, tuple(bubbles), tuple(buttons), 1, signal, (), ended=False)


@dataclass(frozen=True)
class Outcome:
    """As in bot/chat.py."""

    spoken: Spoken
    late: tuple[Bubble, ...] = ()
    send: bool = True
    erase: tuple[int, ...] | None = None


class Catalog:
    """Every text is its own key, in three languages."""

    languages: ClassVar = {
        code: SimpleNamespace(offered=code != "fr") for code in ("nl", "en", "ar", "fr")
    }

    def __init__(self) -> None:
        """Miss nothing."""
        self.missing: set[str] = set()

    def say(self, language: str, key: str) -> str:
        """Return the language and the key."""
        assert self.languages[language].offered
        if key in self.missing:
            raise KeyError(key)
        return f"{language}:{key}"


@dataclass
class Row:
    """What is remembered of a chat."""

    turns: list[Message] = field(default_factory=list)
    seen: int = 0
    waiting: Spoken | None = None
    ids: list[int] = field(default_factory=list)


def speak(message: Message) -> Spoken:
    """Answer a message with itself."""
    words = message.text or message.choice or message.command or "media"
    bubbles = tuple(Bubble(word) for word in words.split("|"))
    buttons = (Button("a.b.yes~1", "ja"), Button("a.b.no~1", "nee"))
    return spoken(bubbles, buttons, signal="suicide" if "dood" in words else "")


class FakeChat:
    """In place of bot.chat.Chat."""

    def __init__(self) -> None:
        """Start empty."""
        interrupts = {
            name: Interrupt(name, "goto", command, "", f"lucht.interrupts.{name}.button")
            for name, command in COMMANDS.items()
        }
        self.release: Any = SimpleNamespace(
            id="r1", frame=SimpleNamespace(interrupts=interrupts), catalog=Catalog()
        )
        self.rows: dict[str, Row] = {}
        self.taken: list[tuple[str, Message]] = []
        self.locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.broken = 0
        self.slow: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def flight(self, channel: str, chat: str) -> AsyncIterator[Flight]:
        """Hold the lock of a chat."""
        assert channel == "telegram"
        async with self.locks[chat]:
            yield Flight(self, chat)


class Flight:
    """One turn in flight."""

    def __init__(self, owner: FakeChat, chat: str) -> None:
        """Belong to a chat."""
        self.owner = owner
        self.chat = chat

    async def take(self, message: Message, *, update: int = 0, incoming: int = 0) -> Outcome:
        """Take a turn once, however often its update comes."""
        if self.owner.broken:
            self.owner.broken -= 1
            raise OSError("canary: disk full")
        if self.chat in self.owner.slow:
            await self.owner.slow[self.chat].wait()
        row = self.owner.rows.setdefault(self.chat, Row())
        answer = speak(message)
        if update == row.seen:
            return Outcome(answer, send=row.waiting is not None)
        self.owner.taken.append((self.chat, message))
        late = row.waiting.bubbles if row.waiting else ()
        row.ids += [incoming] if incoming else []
        row.seen = update
        if message.command == "erase":
            return Outcome(spoken([Bubble("gewist")]), erase=tuple(row.ids))
        if message.edited and not answer.signal:
            return Outcome(answer, send=False)
        row.waiting = spoken((*late, *answer.bubbles))
        return Outcome(answer, () if answer.signal else late)

    async def sent(self, ids: Sequence[int], *, whole: bool = True) -> None:
        """Remember what is on the screen; nothing waits any more."""
        row = self.owner.rows[self.chat]
        row.ids += ids
        row.waiting = None if whole else row.waiting

    async def erased(self) -> None:
        """Forget the chat."""
        self.owner.rows.pop(self.chat, None)


def words(rows: Sequence[tuple[str, Message]]) -> Iterator[str]:
    """Yield what was said, in the order in which it was taken."""
    for _, message in rows:
        yield message.text
