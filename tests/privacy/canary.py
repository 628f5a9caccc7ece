"""Canaries: what a person could be known by, in every spelling in which it could come to rest."""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def spellings(canary: str | int | bytes) -> set[bytes]:
    """Return `canary` as UTF-8 and UTF-16, base64, hex and URL text; numbers and bytes as such."""
    raw = list(_raw(canary))
    if not isinstance(canary, bytes):
        text = str(canary)
        raw += [text.encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be")]
        raw += [quote(text, safe="").encode(), quote(text).replace("%20", "+").encode()]
    found = set(raw)
    for data in raw:
        found |= {data.hex().encode(), data.hex().upper().encode(), *_base64(data)}
    return found


def leaks(folder: Path, canaries: Iterable[str | int | bytes]) -> list[str]:
    """Return one line for each spelling of a canary in each file under `folder`."""
    texts = [(path, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    return [
        f"{path.name} holds {canary!r} as {spelling!r}"
        for canary in canaries
        for spelling in spellings(canary)
        for path, text in texts
        if spelling in text
    ]


def _raw(canary: str | int | bytes) -> Iterator[bytes]:
    if isinstance(canary, bytes):
        yield canary
    if isinstance(canary, int):
        # SQLite stores integers big-endian in 6 or 8 bytes; the rest of the world in 8 of either
        # end.
        for size, order in ((6, "big"), (8, "big"), (8, "little")):
            yield canary.to_bytes(size, order)  # type: ignore[arg-type]


def _base64(data: bytes) -> Iterator[bytes]:
    for before in range(3):
        text = base64.b64encode(bytes(before) + data)
        # The first and last characters depend on the neighbours.
        inner = text[(8 * before + 5) // 6 : -4 if len(text) > 12 else None]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))
