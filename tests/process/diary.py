"""A diary of whatever comes in, in every encoding, for the run that shows what the search finds.

Written with the standard library alone and not with `tests.privacy.canary`, whose search it tests.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

WORDS: Mapping[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "url": lambda text: quote(text, safe="").encode(),
    "form": lambda text: quote_plus(text).encode(),
}
NUMBERS: Mapping[str, Callable[[int], bytes]] = {
    "6 bytes": lambda number: number.to_bytes(6, "big"),
    "8 bytes": lambda number: number.to_bytes(8, "big"),
    "8 bytes turned": lambda number: number.to_bytes(8, "little"),
}
WRAPPED: Mapping[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "hex": lambda data: data.hex().encode(),
    "HEX": lambda data: data.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64 for urls": base64.urlsafe_b64encode,
}


def pages(canary: object) -> set[str]:
    """Return the names of the files in which a canary must be found."""
    kinds = ["bytes"] if isinstance(canary, bytes) else list(WORDS)
    kinds += list(NUMBERS) if isinstance(canary, int) else []
    return {f"{kind}, {wrap}" for kind in kinds for wrap in WRAPPED}


def write(folder: Path, what: Any) -> None:
    """Write down a value, and every value in it."""
    if isinstance(what, Mapping):
        for value in what.values():
            write(folder, value)
    elif isinstance(what, (list, tuple)):
        for value in what:
            write(folder, value)
    elif isinstance(what, int):
        for kind, spell in NUMBERS.items():
            if 0 <= what < 2**48:
                _page(folder, kind, spell(what))
        write(folder, str(what))
    elif isinstance(what, str):
        for kind, write_out in WORDS.items():
            _page(folder, kind, write_out(what))
        _packed(folder, what)


def _packed(folder: Path, text: str) -> None:
    """Write a token or an address as the bytes that they are."""
    if re.fullmatch("[0-9a-f]{32}", text):
        _page(folder, "bytes", bytes.fromhex(text))
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return
    packed = network.network_address.packed
    _page(folder, "bytes", packed[: network.prefixlen // 8])


def _page(folder: Path, kind: str, data: bytes) -> None:
    for name, wrap in WRAPPED.items():
        with (folder / f"{kind}, {name}").open("ab") as file:
            file.write(wrap(data) + b"\n")
