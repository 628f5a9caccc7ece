"""The key folder on disk: one small file an epoch, written whole, overwritten when it goes.

A file holds 64 random bytes and a checksum over them and the number of the epoch, so a file that
was cut, flipped or renamed counts as damaged. The overwriting is best effort: a disk that copies
on write keeps old blocks, which is why the folder belongs on a RAM disk.
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SECRET_BYTES = 64
_CHECK_BYTES = 16
_NAME = re.compile(r"epoch-([0-9]{1,12})\.key")
_HALF_MADE = ".new"


class KeyFolderError(Exception):
    """The key folder cannot be used; says which, why and what to do."""


@dataclass(frozen=True)
class Epoch:
    """Two hours and its two keys of 32 bytes. Equality is by number; the keys are never shown."""

    number: int
    pseudonym_key: bytes = field(repr=False, compare=False)
    seal_key: bytes = field(repr=False, compare=False)


class Folder:
    """The files of a ring. The open folder is also the lock that keeps a second process out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let a next process in."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def numbers(self) -> set[int]:
        """Return the numbers of all finished files."""
        return {number for number, path in self._files() if path.suffix != _HALF_MADE}

    def read(self, number: int) -> Epoch | None:
        """Return the epoch in the file, or nothing when it is damaged."""
        try:
            data = (self._path / _name(number)).read_bytes()
        except OSError:
            return None
        secret = data[:_SECRET_BYTES]
        return _epoch(number, secret) if data == secret + _check(number, secret) else None

    def make(self, number: int) -> Epoch:
        """Make a new secret and return only when it is on disk."""
        epoch = new_epoch(number)
        secret = epoch.pseudonym_key + epoch.seal_key
        new = self._path / (_name(number) + _HALF_MADE)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret + _check(number, secret))
            file.flush()
            os.fsync(descriptor)
        new.replace(self._path / _name(number))
        os.fsync(self._fd)
        return epoch

    def keep(self, numbers: set[int]) -> None:
        """Destroy every key file of another number, and every half-made one.

        One that resists does not protect the others; then the first `OSError` is raised at the end.
        """
        half_made = [path for _, path in self._files() if path.suffix == _HALF_MADE]
        doomed = half_made + [path for n, path in self._files() if n not in numbers]
        errors = [error for error in map(_destroy, doomed) if error]
        if doomed:
            os.fsync(self._fd)
        if errors:
            raise errors[0]

    def _files(self) -> list[tuple[int, Path]]:
        matches = [
            (_NAME.fullmatch(path.name.removesuffix(_HALF_MADE)), path)
            for path in self._path.iterdir()
        ]
        return [(int(match[1]), path) for match, path in matches if match]


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what goes wrong in `folder` into a `KeyFolderError` that says what to do."""
    try:
        yield
    except BlockingIOError:
        raise KeyFolderError(
            f"{folder}: another process uses this key folder; stop that one first, or give this "
            "one its own LUCHT_KEYS and LUCHT_DATA"
        ) from None
    except OSError as error:
        raise KeyFolderError(
            f"{folder}: cannot be the key folder ({error.strerror}); point LUCHT_KEYS at a folder "
            "that belongs to the user that runs Lucht"
        ) from error


def _destroy(path: Path) -> OSError | None:
    with contextlib.suppress(OSError):
        _overwrite(path)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        return error
    return None


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        os.write(descriptor, bytes(_SECRET_BYTES + _CHECK_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def new_epoch(number: int) -> Epoch:
    """Make an epoch with fresh random keys, in memory alone."""
    return _epoch(number, os.urandom(_SECRET_BYTES))


def _epoch(number: int, secret: bytes) -> Epoch:
    return Epoch(number, secret[:32], secret[32:])


def _check(number: int, secret: bytes) -> bytes:
    text = number.to_bytes(8, "big") + secret
    return hashlib.blake2b(text, digest_size=_CHECK_BYTES, person=b"lucht-key").digest()


def _name(number: int) -> str:
    return f"epoch-{number}.key"
