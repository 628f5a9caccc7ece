"""What one sealed row holds, and nothing else: packed into bytes and back.

A row has one exact length, so a record must fit. The checks prove that of every session that a
script can lead to (`bot.content.room`); what grows beside it is bounded, and goes in this order
when it must: the oldest questions to go back to, the last of what could not be sent, the oldest
message ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

from bot.engine.session import Item, Session
from bot.privacy.seal import MOST_BYTES

MESSAGES = 100
"""How many message ids of each side are kept for erasing the screen."""

SEEN = 8
"""How many updates are remembered by number."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A session, the updates it has seen, and the ids of messages on a screen.

    ``sent`` says whether the session's reply went out; ``late`` is what earlier turns said and
    nobody has received yet, oldest first, but danger before anything else.
    """

    session: Session
    seen: tuple[int, ...] = ()
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    sent: bool = True
    erasing: bool = False
    late: tuple[Item, ...] = ()

    def has_seen(self, update: int) -> bool:
        """Whether an update had its effect already.

        A chat's updates have rising numbers and are taken in order. So one that is older than all
        that are remembered was seen: after a crash a whole backlog may come again by polling.
        """
        forgotten = len(self.seen) == SEEN and update < min(self.seen)
        return update in self.seen or forgotten

    def noted(self, update: int, incoming: int) -> Record:
        """Return the record after a message that nothing is answered to."""
        return msgspec.structs.replace(
            self,
            seen=(*self.seen, update)[-SEEN:] if update else self.seen,
            incoming=_newest(self.incoming, [incoming] if incoming else []),
        )

    def with_turn(self, session: Session, update: int, incoming: int, *, sent: bool) -> Record:
        """Return the record after a turn; a reply that was not sent before it is late now."""
        late = self.late if self.sent else self._owed()
        noted = self.noted(update, incoming)
        return msgspec.structs.replace(noted, session=session, sent=sent, late=late)

    def _owed(self) -> tuple[Item, ...]:
        reply = self.session.reply
        owed = (*reply.items, *self.late) if reply.signal else (*self.late, *reply.items)
        return tuple(dict.fromkeys(owed))

    def with_sent(self, message_ids: Sequence[int], *, whole: bool = True) -> Record:
        """Return the record after its reply was sent, or as much of it as went out.

        A line of danger goes out alone, so what is late stays late then.
        """
        late = self.late if self.session.reply.signal or not whole else ()
        return msgspec.structs.replace(
            self, outgoing=_newest(self.outgoing, message_ids), sent=whole, late=late
        )

    def for_erasing(self) -> Record:
        """Return the mark that stands in for a chat while its screen is being cleared."""
        return msgspec.structs.replace(self, erasing=True, late=())


def pack_record(record: Record) -> bytes:
    """Return a record as bytes that fit into a row."""
    packed = _encode(record)
    for shorter in (_less_back, _less_late, _fewer_ids):
        while len(packed) > MOST_BYTES and (less := shorter(record)):
            record, packed = less, _encode(less)
    return packed


def _less_back(record: Record) -> Record | None:
    back = record.session.back[1:]
    session = msgspec.structs.replace(record.session, back=back)
    return msgspec.structs.replace(record, session=session) if record.session.back else None


def _less_late(record: Record) -> Record | None:
    # What is late begins with the line of danger, if there is one.
    return msgspec.structs.replace(record, late=record.late[:-1]) if record.late else None


def _fewer_ids(record: Record) -> Record | None:
    incoming, outgoing = record.incoming[1:], record.outgoing[1:]
    known = record.incoming or record.outgoing
    return msgspec.structs.replace(record, incoming=incoming, outgoing=outgoing) if known else None


def open_record(packed: bytes) -> Record | None:
    """Return the record, or nothing when another version wrote it in a form unknown here."""
    try:
        record = _decoder.decode(packed)
    except msgspec.DecodeError:
        return None
    return msgspec.structs.replace(
        record,
        incoming=tuple(accumulate(record.incoming)),
        outgoing=tuple(accumulate(record.outgoing)),
    )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def _encode(record: Record) -> bytes:
    """Encode with ids as differences: they are large and near each other."""
    return _encoder.encode(
        msgspec.structs.replace(
            record, incoming=_differences(record.incoming), outgoing=_differences(record.outgoing)
        )
    )


def _differences(ids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one - before for one, before in zip(ids, (0, *ids), strict=False))


def _newest(known: tuple[int, ...], new: Iterable[int]) -> tuple[int, ...]:
    return (*known, *new)[-MESSAGES:]
