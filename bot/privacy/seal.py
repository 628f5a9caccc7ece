"""Pseudonyms and sealing: from a chat and its bytes to a row that says nothing without its key.

A row id is keyed BLAKE2b of channel and chat under the pseudonym key of an epoch. Sealed bytes are
nonce, ciphertext and tag, always `SEALED_BYTES` long; inside are a format version, the length and
zeros up to `PLAINTEXT_BYTES`. The associated data hold suite, schema, table, epoch and id, so a
row opens only where it was sealed.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

from bot.privacy.keyfiles import Epoch

PLAINTEXT_BYTES = 3968
"""A sealed row of this length just fits into one page of 4,096 bytes of the database."""

ID_BYTES = 32
_FORMAT = 1
_HEADER_BYTES = 3  # format version, length
_NONCE_BYTES = 12
_TAG_BYTES = 16
MOST_BYTES = PLAINTEXT_BYTES - _HEADER_BYTES
SEALED_BYTES = _NONCE_BYTES + PLAINTEXT_BYTES + _TAG_BYTES


class Unreadable(Exception):  # noqa: N818  (named after the situation)
    """These bytes were not sealed under this epoch and id, or were changed since."""


class TooLong(Exception):  # noqa: N818  (named after the situation)
    """The plaintext does not fit; says both lengths and nothing of it."""


def _forgives_nonce_reuse() -> bool:
    try:
        AESGCMSIV(bytes(32))
    except UnsupportedAlgorithm:
        return False
    return True


# AES-GCM-SIV (RFC 8452) forgives a repeated nonce; OpenSSL has it since 3.2. Random nonces make
# plain AES-GCM safe for 2**32 rows a key (NIST SP 800-38D, 8.3), far more than two hours bring.
SUITES: dict[str, type[AESGCM] | type[AESGCMSIV]] = {
    "aes-256-gcm-siv": AESGCMSIV,
    "aes-256-gcm": AESGCM,
}
SUITE = "aes-256-gcm-siv" if _forgives_nonce_reuse() else "aes-256-gcm"
_SCHEMA_AND_TABLE = b"schema 1|session|"


def pseudonym(epoch: Epoch, channel: str, chat: str) -> bytes:
    """Return the row id of `chat` in `epoch`: 32 bytes that only its key can link to the chat."""
    name = channel.encode()
    # The length in front keeps ("a", "bc") and ("ab", "c") apart.
    text = len(name).to_bytes(2, "big") + name + chat.encode("utf-8", "surrogatepass")
    key = epoch.pseudonym_key
    return hashlib.blake2b(text, digest_size=ID_BYTES, key=key, person=b"lucht-row").digest()


def seal(epoch: Epoch, row_id: bytes, plaintext: bytes, suite: str = SUITE) -> bytes:
    """Return `plaintext` sealed for this row and epoch: always `SEALED_BYTES` bytes.

    Raises `TooLong` above `MOST_BYTES`.
    """
    if len(plaintext) > MOST_BYTES:
        raise TooLong(f"a session of {len(plaintext)} bytes; at most {MOST_BYTES} fit in a row")
    header = _FORMAT.to_bytes(1, "big") + len(plaintext).to_bytes(2, "big")
    padded = (header + plaintext).ljust(PLAINTEXT_BYTES, b"\0")
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + SUITES[suite](epoch.seal_key).encrypt(
        nonce, padded, _bound(epoch, row_id, suite)
    )


def open_sealed(epoch: Epoch, row_id: bytes, sealed: bytes, suite: str = SUITE) -> bytes:
    """Return the plaintext of a row. Raises `Unreadable`, which holds nothing of it."""
    if len(sealed) != SEALED_BYTES:
        raise Unreadable("a row of another length")
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        padded = SUITES[suite](epoch.seal_key).decrypt(nonce, rest, _bound(epoch, row_id, suite))
    except InvalidTag:
        raise Unreadable("a row sealed under another key, id, epoch or suite, or changed") from None
    length = int.from_bytes(padded[1:_HEADER_BYTES], "big")
    if padded[0] != _FORMAT or length > MOST_BYTES:
        raise Unreadable("a row in a format of another version of Lucht")
    return padded[_HEADER_BYTES : _HEADER_BYTES + length]


def _bound(epoch: Epoch, row_id: bytes, suite: str) -> bytes:
    if len(row_id) != ID_BYTES:
        raise ValueError(f"a row id has {ID_BYTES} bytes")
    number = epoch.number.to_bytes(8, "big")
    return b"lucht|" + suite.encode() + b"|" + _SCHEMA_AND_TABLE + number + row_id
