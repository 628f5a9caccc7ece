"""The one live caller of ``take_turn``: lock, load, turn, commit, reply.

A channel holds a *flight* while one message of a chat is being answered, sending included, so
that a chat never has two turns at once. What was acknowledged is on disk; what was not sent yet
waits in the row, as keys, and goes out with the next message.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.engine.model import Release
from bot.engine.session import Count, Message, Reply, Session
from bot.engine.turn import take_turn
from bot.record import Record, open_record, pack_record
from bot.store.live import LiveStore, StoreError
from bot.wording import Bubble, Spoken, speak


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel does with a turn.

    ``late`` could not be sent in earlier turns and goes out first, unless there is danger: then
    nothing stands before the number, and what is late waits for the next turn. ``send`` is false
    when there is nothing to say (a redelivered update, a button pressed twice); ``erase`` names
    the messages to take off the screen before :meth:`Flight.erased`; ``conflict`` says that the
    client's turn is older than the state, which ``spoken`` then shows; ``kept`` is false when
    danger was answered by a store that fails.
    """

    spoken: Spoken
    late: tuple[Bubble, ...] = ()
    send: bool = True
    erase: tuple[int, ...] | None = None
    conflict: bool = False
    kept: bool = True


class Chat:
    """Answers messages with the release that is live, and keeps what must be kept for a day.

    ``release`` may be replaced at any moment; a flight that has begun keeps the one it began with.
    ``count`` is told what somebody chose at a question that is counted, once and at most: what
    dies between the commit and the count is not counted.
    """

    def __init__(
        self,
        release: Release,
        store: LiveStore,
        clock: Callable[[], datetime],
        count: Callable[[Count], None] = lambda _: None,
    ) -> None:
        self.release = release
        self.clock = clock
        self.count = count
        self._store = store
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    @asynccontextmanager
    async def flight(self, channel: str, chat: str) -> AsyncIterator[Flight]:
        """Hold a chat while one of its messages is answered; others of this chat wait."""
        async with self._locked(channel, chat):
            yield Flight(self, self._store, channel, chat)

    async def rename(self, channel: str, old: str, new: str) -> None:
        """Move a chat to another token; the old one opens nothing from then on."""
        async with self._locked(channel, old):
            await self._store.rename(channel, old, new)

    def hears_danger(self, text: str) -> bool:
        """Return whether a text must be answered whatever limit there is."""
        return bool(self.release.hearing.hear(text).danger)

    @asynccontextmanager
    async def _locked(self, channel: str, chat: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault((channel, chat), asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and not lock._waiters:
                self._locks.pop((channel, chat), None)


class Flight:
    """One message of a chat being answered."""

    def __init__(self, owner: Chat, store: LiveStore, channel: str, chat: str) -> None:
        self._owner = owner
        # One release from the first key to the last word, whatever is published meanwhile.
        self._release = owner.release
        self._store = store
        self._channel = channel
        self._chat = chat
        self._record = Record(Session(channel=channel))
        self._lost = False

    async def take(
        self, message: Message, *, update: int = 0, incoming: int = 0, expected: int | None = None
    ) -> Outcome:
        """Answer a message; the result is on disk when this returns.

        ``update`` is Telegram's update id: the same one has no second effect. ``incoming`` is the
        id of the person's message, kept so that it can be erased. ``expected`` is the turn that a
        web client saw last: the one before the state repeats the stored reply, an older one is a
        conflict. A later turn of a chat that is gone (erased, or older than a day) begins a new
        one, which holds nothing of that message. Danger is answered in any case, also when the
        store fails; anything else raises `StoreError` then.
        """
        try:
            return await self._take(message, update, incoming, expected)
        except StoreError:
            if not self._owner.hears_danger(message.text):
                raise
            return self._unkept(message)

    async def _take(
        self, message: Message, update: int, incoming: int, expected: int | None
    ) -> Outcome:
        known = await self._load()
        if not known and expected and not self._owner.hears_danger(message.text):
            message = Message(language=message.language)
        if known and self._record.erasing:
            return self._erasure(incoming)
        if known and update and self._record.has_seen(update):
            return self._again(send=not self._record.sent)
        if known and expected is not None and self._is_repeat(message, expected):
            return self._again(conflict=expected != self._record.session.turn - 1)
        return await self._answer(message, update, incoming)

    async def sent(self, message_ids: Sequence[int], *, whole: bool = True) -> None:
        """Remember that the reply was sent, and under which ids; not ``whole``: it still waits."""
        self._record = self._record.with_sent(message_ids, whole=whole)
        if not self._lost:
            await self._save()

    async def erased(self) -> None:
        """Forget this chat: the row is gone from the database and its log when this returns."""
        await self._store.erase(self._channel, self._chat)

    def _unkept(self, message: Message) -> Outcome:
        """Answer danger although nothing can be kept: the next message finds what was before."""
        session = self._record.session
        if not session.reply.signal:  # it failed before the turn was taken
            session = take_turn(self._release, session, message, self._owner.clock()).session
        self._record, self._lost = Record(session), True
        return Outcome(self._speak(session), kept=False)

    def _is_repeat(self, message: Message, expected: int) -> bool:
        """Whether a message belongs to an earlier turn. New danger never does."""
        session = self._record.session
        new_danger = not session.reply.signal and self._owner.hears_danger(message.text)
        return expected != session.turn and not new_danger

    async def _answer(self, message: Message, update: int, incoming: int) -> Outcome:
        before = self._record
        turn = take_turn(self._release, before.session, message, self._owner.clock())
        if turn.erase:
            return await self._erase(turn.session, turn.reply, update, incoming)
        if not turn.reply.items:
            # Silence answers nothing: what waited before goes on waiting.
            self._record = before.noted(update, incoming)
            await self._save()
            return self._again(send=False)
        self._record = before.with_turn(turn.session, update, incoming, sent=not update)
        await self._save()
        if turn.count:
            # After the commit that marks it: a choice may be lost, never counted twice.
            self._owner.count(turn.count)
        return self._again()

    async def _erase(self, fresh: Session, reply: Reply, update: int, incoming: int) -> Outcome:
        """Mark the row, so that a crash in the middle ends in erasing; the web has no screen."""
        self._record = self._record.with_turn(fresh, update, incoming, sent=True).for_erasing()
        self._record = msgspec.structs.replace(
            self._record, session=msgspec.structs.replace(fresh, reply=reply)
        )
        if update:
            await self._save()
        else:
            await self.erased()
        return self._erasure(0)

    def _erasure(self, incoming: int) -> Outcome:
        ids = (*self._record.incoming, *self._record.outgoing, *((incoming,) if incoming else ()))
        return Outcome(self._speak(self._record.session), erase=tuple(sorted(set(ids))))

    def _again(self, *, send: bool = True, conflict: bool = False) -> Outcome:
        session = self._record.session
        late = self._late(session) if send and not session.reply.signal else ()
        return Outcome(self._speak(session), late, send=send, conflict=conflict)

    def _late(self, session: Session) -> tuple[Bubble, ...]:
        owed = msgspec.structs.replace(session, reply=Reply(items=self._record.late))
        return self._speak(owed).bubbles

    def _speak(self, session: Session) -> Spoken:
        return speak(self._release, session, self._owner.clock())

    async def _load(self) -> bool:
        packed = await self._store.load(self._channel, self._chat)
        record = open_record(packed) if packed is not None else None
        if record is None:
            return False
        self._record = record
        return True

    async def _save(self) -> None:
        await self._store.save(self._channel, self._chat, pack_record(self._record))
