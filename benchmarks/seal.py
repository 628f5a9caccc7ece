"""What anonymity costs a turn: two row ids, one row opened and one sealed.

Run `python -m benchmarks.seal`. Beside it runs a plain AES-GCM encryption and decryption of the
same length, with a ready key and without padding or ids, so that the ratio means something on any
machine.
"""

import os
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.privacy.keyfiles import new_epoch
from bot.privacy.keys import KEPT
from bot.privacy.seal import PLAINTEXT_BYTES, SUITE, open_sealed, pseudonym, seal

ROUNDS, TURNS = 7, 2_000
EPOCHS = [new_epoch(number) for number in range(KEPT + 1)]
SESSION = os.urandom(700)
PLAIN, BLOCK = AESGCM(bytes(32)), bytes(PLAINTEXT_BYTES)


def turn() -> None:
    """One turn on a ring that ran for a day: ids of 13 epochs twice, open, seal."""
    for _ in ("load", "save"):
        ids = [pseudonym(epoch, "telegram", "1234567890") for epoch in EPOCHS]
    sealed = seal(EPOCHS[0], ids[0], SESSION)
    open_sealed(EPOCHS[0], ids[0], sealed)


def plain() -> None:
    """The least that any sealed store has to do."""
    nonce = os.urandom(12)
    PLAIN.decrypt(nonce, PLAIN.encrypt(nonce, BLOCK, b""), b"")


def microseconds(work: Callable[[], None]) -> float:
    """Return the best of some rounds, in microseconds a call."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(TURNS):
            work()
        times.append((time.perf_counter() - start) / TURNS * 1e6)
    return min(times)


def main() -> None:
    """Print the cost of a turn, of the plain cipher and their ratio."""
    ours, theirs = microseconds(turn), microseconds(plain)
    print(f"seal: {ours:.1f} us a turn ({SUITE}, {len(EPOCHS)} live epochs)")
    print(f"seal: {theirs:.1f} us plain AES-GCM, ratio {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
