"""A record fits into a row, whatever a script and a person make of it, and opens as it was."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.session import SESSION_BYTES, Item, Position, Reply, Session, Shown, Text
from bot.privacy.seal import MOST_BYTES
from bot.record import MESSAGES, SEEN, Record, open_record, pack_record

FAR = tuple(n if n % 2 else 2**31 - n for n in range(MESSAGES))
"""Ids as far from each other as Telegram's 31 bits allow; they go up, but nothing relies on it."""


def session_of(size: int) -> Session:
    """Return a session of exactly this many bytes."""
    session = Session(stack=(Position("a", "b"),), answers={"x": "y" * 1000})
    more = size - len(msgspec.msgpack.encode(session))
    return msgspec.structs.replace(session, answers={"x": "y" * (1000 + more)})


def test_what_the_checks_allow_fits_beside_all_that_grows() -> None:
    """The longest session with the most ids, each as long as an id can be: nothing is left out."""
    session = session_of(SESSION_BYTES)
    record = Record(session, (2**32 - 1,) * SEEN, FAR, FAR, sent=False, erasing=True)
    packed = pack_record(record)
    assert len(packed) <= MOST_BYTES
    assert open_record(packed) == record


def test_what_gives_way_is_back_then_what_is_late_then_ids() -> None:
    """In that order, and the line of danger stays as long as anything that is late."""
    back = tuple((Position("c", f"step_{n}"),) for n in range(40))
    late: tuple[Item, ...] = (Shown("alarm", "first"), *(Text(f"key.{n}") for n in range(60)))
    session = msgspec.structs.replace(session_of(SESSION_BYTES), back=back)
    record = Record(session, incoming=FAR, outgoing=FAR, late=late)
    opened = open_record(pack_record(record))
    assert opened is not None
    assert opened.session.back == ()
    assert opened.late == late[: len(opened.late)]
    assert (opened.incoming, opened.outgoing) == (FAR, FAR)
    older = msgspec.structs.replace(record, session=session_of(SESSION_BYTES + 400), late=late)
    opened = open_record(pack_record(older))
    assert opened is not None
    assert opened.late == ()
    assert opened.session == older.session
    assert opened.incoming == FAR[-len(opened.incoming) :]
    assert len(opened.incoming) < MESSAGES


def test_only_what_must_gives_way() -> None:
    """One question too many costs the oldest, not all of them."""
    back = tuple((Position("conversation", f"step_{n}"),) for n in range(6))
    session = msgspec.structs.replace(session_of(MOST_BYTES - 100), back=back)
    opened = open_record(pack_record(Record(session)))
    assert opened is not None
    assert 0 < len(opened.session.back) < 6
    assert opened.session.back == back[-len(opened.session.back) :]


texts = st.text(max_size=12)
ids = st.lists(st.integers(-(2**62), 2**62), max_size=MESSAGES).map(tuple)


@given(st.builds(Record, st.builds(Session, answers=st.dictionaries(texts, texts)), ids, ids, ids))
def test_a_record_opens_as_it_was_packed(record: Record) -> None:
    """Ids in any order, answers in any letters."""
    assert open_record(pack_record(record)) == record


def test_a_record_of_before_there_was_anything_late_still_opens() -> None:
    """Rows that are a day old at most go on after an upgrade."""
    packed = msgspec.msgpack.encode([Session(turn=3), (7,), (1, 1), (), False, False])
    assert open_record(packed) == Record(Session(turn=3), (7,), (1, 2), (), sent=False)


def test_what_is_owed_after_danger_begins_with_the_number() -> None:
    """The row keeps the order in which things are to be said."""
    danger = Reply((Shown("alarm", "first"), Text("gevaar.x.say")), signal="danger")
    before = Record(Session(reply=danger), sent=False, late=(Text("a"), Text("b")))
    after = before.with_turn(Session(reply=Reply((Text("c"),))), 2, 2, sent=False)
    assert after.late == (*danger.items, Text("a"), Text("b"))


def test_updates_are_seen_however_many_came_since() -> None:
    """After a crash all that was not confirmed comes again, from the oldest on."""
    record = Record(Session())
    assert not record.has_seen(1)
    for number in range(10, 40, 2):
        assert not record.has_seen(number)
        record = record.noted(number, 0)
        assert all(record.has_seen(before) for before in range(10, number + 1, 2))


def test_a_number_between_the_last_ones_is_new() -> None:
    """An update that comes a little late is not lost."""
    record = Record(Session())
    for number in (10, 12, 13):
        record = record.noted(number, 0)
    assert not record.has_seen(11)
    assert not record.has_seen(9)
