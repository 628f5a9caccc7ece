"""What one sealed row holds, and nothing else: packed into bytes and back.

A row has one exact length, so a record must fit: what grows (earlier questions, message ids) is
bounded, and the oldest goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

from bot.engine.session import Session
from bot.privacy.seal import PLAINTEXT_BYTES

MESSAGES = 100
"""How many message ids of each side are kept for erasing the screen."""

SEEN = 8


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A session, the updates it has seen, and the ids of messages on a screen."""

    session: Session
    seen: tuple[int, ...] = ()
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    sent: bool = True
    erasing: bool = False

    def with_turn(self, session: Session, update: int, incoming: int, *, sent: bool) -> Record:
        """Return the record after a turn."""
        return msgspec.structs.replace(
            self,
            session=session,
            seen=(*self.seen, update)[-SEEN:] if update else self.seen,
            incoming=_newest(self.incoming, [incoming] if incoming else []),
            sent=sent,
        )

    def with_sent(self, message_ids: Sequence[int], *, whole: bool = True) -> Record:
        """Return the record after its reply was sent, or as much of it as went out."""
        return msgspec.structs.replace(
            self, outgoing=_newest(self.outgoing, message_ids), sent=whole
        )

    def for_erasing(self) -> Record:
        """Return the mark that stands in for a chat while its screen is being cleared."""
        return msgspec.structs.replace(self, erasing=True)


def pack_record(record: Record) -> bytes:
    """Return a record as bytes that fit into a row; the oldest "back" goes when it must."""
    packed = _encode(record)
    while len(packed) > PLAINTEXT_BYTES and record.session.back:
        shorter = msgspec.structs.replace(record.session, back=record.session.back[1:])
        record = msgspec.structs.replace(record, session=shorter)
        packed = _encode(record)
    return packed


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
