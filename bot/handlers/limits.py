"""A gentle limit against floods: it slows a machine down and never meets a person.

Rules of what may live here: an address is turned into a keyed hash on the line where it is read;
key and hashes live in memory and are thrown away together every ten minutes.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import time
from collections.abc import Callable

from aiohttp import web

BURST = 300
"""Turns at once from one address: a class of thirty behind one router, all starting together."""

PER_SECOND = 10.0
FORGET_AFTER = 600.0
MOST = 50_000
"""Hashes kept at once; more than that and everybody starts anew."""


class Gate:
    """Counts turns per address, as a bucket that refills; remembers nothing beyond ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with an empty memory; ``clock`` counts seconds."""
        self._clock = clock
        self._forget()

    def lets_through(self, request: web.Request) -> bool:
        """Say whether this address still has a turn left, and take it.

        A visitor on this machine or network (no proxy in between) is never limited.
        """
        address = visitor(request)
        return address is None or self._take(address)

    def _forget(self) -> None:
        self._key = os.urandom(32)
        self._since = self._clock()
        self._left: dict[bytes, tuple[float, float]] = {}

    def _take(self, address: str) -> bool:
        now = self._clock()
        if now - self._since > FORGET_AFTER or len(self._left) > MOST:
            self._forget()
        name = hashlib.blake2b(address.encode(), key=self._key, digest_size=8).digest()
        left, then = self._left.get(name, (float(BURST), now))
        left = min(float(BURST), left + (now - then) * PER_SECOND)
        self._left[name] = (max(left - 1, 0.0), now)
        return left >= 1


GATE = web.AppKey("gate", Gate)


def visitor(request: web.Request) -> str | None:
    """Return the network a request comes from, or None for our own machine or network.

    Only a proxy on this machine or network is believed about who stands behind it. An IPv6 visitor
    counts by the first 64 bits, since one household has that many addresses.
    """
    peer = _parse(request.remote or "")
    if peer is not None and peer.is_private:
        forwarded = request.headers.get("X-Forwarded-For", "")
        peer = _parse(forwarded.rpartition(",")[2].strip())
    if peer is None:
        return None
    bits = 32 if peer.version == 4 else 64
    return str(ipaddress.ip_network((peer, bits), strict=False))


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
