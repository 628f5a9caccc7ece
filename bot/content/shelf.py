"""The services of some files as staff see them: with their words, their file and their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from bot.content.directory import read_text
from bot.content.entries import Entry, entry_of
from bot.directory import Service

FOLDER = "directory/services/"


@dataclass(frozen=True, slots=True)
class Listed:
    """A service, as people write it (``entry``), and the file in which it stands."""

    service: Service
    entry: Entry
    file: str

    @property
    def seen(self) -> str:
        """Return a mark of everything that is said here: who sends it saw exactly this."""
        return blake2b(repr(self.entry).encode(), digest_size=12).hexdigest()


def listed(files: Mapping[str, bytes]) -> dict[str, Listed]:
    """Return every service of the files by its id, in the order of the files.

    What cannot be read is left out: the check of the draft says what is wrong with it.
    """
    found: dict[str, Listed] = {}
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(".yaml"):
            found.update((one.service.id, one) for one in _read(path, files[path]))
    return found


@lru_cache(maxsize=128)
def _read(path: str, content: bytes) -> tuple[Listed, ...]:
    services, sources, _ = read_text(path, content.decode("utf-8", "replace"))
    texts = {source.key: str(source.text) for source in sources}
    return tuple(Listed(one, entry_of(one, texts), path) for one in services.values())
