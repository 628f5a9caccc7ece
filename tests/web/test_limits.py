"""The limit slows a machine down, never a class, and forgets."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.handlers.limits import BURST, FORGET_AFTER, Gate, visitor


def request_from(peer: str, forwarded: str = "") -> object:
    """Make a request of which only the address counts."""

    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (peer, 1) if name == "peername" else default

        def is_closing(self) -> bool:
            return False

    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return make_mocked_request("GET", "/", headers=headers, transport=Transport())


@pytest.mark.parametrize(
    ("peer", "forwarded", "counts_as"),
    [
        ("127.0.0.1", "", None),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7/32"),
        ("10.0.0.2", "198.51.100.1, 203.0.113.7", "203.0.113.7/32"),
        ("9.9.9.9", "198.51.100.1", "9.9.9.9/32"),
        ("2a00:1:2:3:4:5:6:7", "", "2a00:1:2:3::/64"),
        ("127.0.0.1", "no address", None),
    ],
)
def test_only_a_near_proxy_is_believed(peer: str, forwarded: str, counts_as: str | None) -> None:
    """Who stands behind a proxy of ours counts by the last address; others count themselves."""
    assert visitor(request_from(peer, forwarded)) == counts_as


def test_the_limit_refills_and_keeps_no_address() -> None:
    """A burst passes, then it is one at a time; after ten minutes nothing is known any more."""
    now = 0.0
    gate = Gate(lambda: now)
    request = request_from("9.9.9.9")
    assert all(gate.lets_through(request) for _ in range(BURST))
    assert not gate.lets_through(request)
    now = 0.11
    assert gate.lets_through(request)
    assert not gate.lets_through(request)
    assert "9.9.9.9" not in repr(vars(gate))
    before = set(gate._left)
    now = FORGET_AFTER + 1
    assert gate.lets_through(request)
    assert not before & set(gate._left)
