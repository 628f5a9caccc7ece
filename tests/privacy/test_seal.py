"""Sealing: a row opens where it was sealed, and says nothing anywhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.keyfiles import Epoch, new_epoch
from bot.privacy.seal import (
    ID_BYTES,
    MOST_BYTES,
    SEALED_BYTES,
    SUITES,
    TooLong,
    Unreadable,
    open_sealed,
    pseudonym,
    seal,
)

EPOCHS = [new_epoch(number) for number in (248_000, 248_001, 248_002)]
NOW = EPOCHS[0]
ROW = pseudonym(NOW, "web", "a chat")


@given(st.binary(max_size=MOST_BYTES), st.sampled_from(sorted(SUITES)))
def test_what_was_sealed_opens(plaintext: bytes, suite: str) -> None:
    """Both suites give back the very bytes, and every row has one length."""
    sealed = seal(NOW, ROW, plaintext, suite)
    assert len(sealed) == SEALED_BYTES
    assert open_sealed(NOW, ROW, sealed, suite) == plaintext


@pytest.mark.parametrize("size", [0, 1, MOST_BYTES - 1, MOST_BYTES])
def test_every_length_that_fits_gives_the_same_length(size: int) -> None:
    """Nobody can tell a long dialogue from a short one."""
    assert len(seal(NOW, ROW, bytes(size))) == SEALED_BYTES
    assert open_sealed(NOW, ROW, seal(NOW, ROW, bytes(size))) == bytes(size)


def test_what_does_not_fit_is_refused_without_its_content() -> None:
    """The error says two lengths."""
    with pytest.raises(TooLong, match=f"{MOST_BYTES + 6} bytes; at most {MOST_BYTES}") as refused:
        seal(NOW, ROW, b"canary" + bytes(MOST_BYTES))
    assert "canary" not in str(refused.value)


def test_no_row_opens_under_another_id_or_epoch() -> None:
    """Every pair of (row, epoch) but its own is refused."""
    ids = [pseudonym(epoch, "web", chat) for epoch in EPOCHS for chat in ("a", "b")]
    pairs = [(epoch, row_id) for epoch in EPOCHS for row_id in ids]
    for pair in pairs:
        sealed = seal(*pair, b"x")
        for other in pairs:
            if other == pair:
                assert open_sealed(*other, sealed) == b"x"
                continue
            with pytest.raises(Unreadable):
                open_sealed(*other, sealed)


def test_the_epoch_is_bound_even_under_the_same_key() -> None:
    """The associated data hold the number, not only the key."""
    other = Epoch(NOW.number + 1, NOW.pseudonym_key, NOW.seal_key)
    with pytest.raises(Unreadable):
        open_sealed(other, ROW, seal(NOW, ROW, b"x"))


@pytest.mark.parametrize("other", sorted(SUITES))
def test_a_row_of_one_suite_does_not_open_as_another(
    other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the suite is bound, also where two names mean the same cipher."""
    monkeypatch.setitem(SUITES, "new name", SUITES["aes-256-gcm"])
    with pytest.raises(Unreadable):
        open_sealed(NOW, ROW, seal(NOW, ROW, b"x", "new name"), other)


def test_every_flipped_byte_is_refused() -> None:
    """Nonce, ciphertext and tag are all covered."""
    sealed = seal(NOW, ROW, b"x")
    for place in [*range(0, SEALED_BYTES, 37), SEALED_BYTES - 1]:
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Unreadable):
            open_sealed(NOW, ROW, changed)


@given(st.integers(0, SEALED_BYTES - 1))
def test_every_cut_is_refused(length: int) -> None:
    """So is a row that is too long."""
    sealed = seal(NOW, ROW, b"x")
    for changed in (sealed[:length], sealed[-length:] * (length > 0), sealed + bytes(length + 1)):
        with pytest.raises(Unreadable):
            open_sealed(NOW, ROW, changed)


def test_a_format_of_another_version_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version byte inside the seal decides, not luck."""
    monkeypatch.setattr("bot.privacy.seal._FORMAT", 2)
    sealed = seal(NOW, ROW, b"x")
    monkeypatch.undo()
    with pytest.raises(Unreadable, match="format"):
        open_sealed(NOW, ROW, sealed)


def test_sealing_twice_gives_two_rows() -> None:
    """Equal states cannot be recognised: nonces are random."""
    assert seal(NOW, ROW, b"x") != seal(NOW, ROW, b"x")


def test_unreadable_says_nothing_of_the_row() -> None:
    """No bytes in the message, and no cause that holds some."""
    with pytest.raises(Unreadable) as refused:
        open_sealed(EPOCHS[1], ROW, seal(NOW, ROW, b"canary"))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert ROW.hex() not in str(refused.value)


def test_ids_do_not_match_across_epochs_channels_or_chats() -> None:
    """Every combination has an id of its own; the border between the two names counts."""
    pairs = [("web", "1"), ("we", "b1"), ("web1", ""), ("telegram", "1"), ("telegram", "2")]
    ids = {pseudonym(epoch, *pair) for epoch in EPOCHS for pair in pairs}
    assert len(ids) == len(EPOCHS) * len(pairs)
    assert {len(row_id) for row_id in ids} == {ID_BYTES}


@given(st.text())
def test_every_chat_name_has_an_id(chat: str) -> None:
    """No input of a client can make this fail."""
    assert pseudonym(NOW, "web", chat) == pseudonym(NOW, "web", chat)


def test_attacker_with_later_keys_matches_no_known_chat() -> None:
    """Attack A: none of 10,000 known chat ids gives a row id under keys of later epochs."""
    rows = {pseudonym(NOW, "telegram", str(chat)) for chat in range(10_000)}
    later = EPOCHS[1]
    guesses = {pseudonym(later, "telegram", str(chat)) for chat in range(10_000)}
    assert not rows & guesses


def test_a_row_id_has_to_be_whole() -> None:
    """A short id would make the associated data ambiguous."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal(NOW, ROW[:-1], b"x")
