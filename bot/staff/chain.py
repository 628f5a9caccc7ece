"""The arithmetic of the audit log: each entry's hash covers the entry and the hash before it.

Whoever changes or removes an entry has to change every hash after it, and the heads that were
written down elsewhere say that this happened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

START = "0" * 64
"""Stands for the hash before the first entry."""

Fact = str | int | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done: when (ISO 8601, UTC), by which account, what, and the facts of it."""

    number: int
    at: str
    account: str
    event: str
    facts: str
    hash: str


def canonical(value: object) -> str:
    """Return the one way in which a value is written as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hashed(previous: str, number: int, at: str, account: str, event: str, facts: str) -> str:
    """Return the hash (SHA-256, hex) of an entry that follows ``previous``."""
    content = canonical([number, at, account, event, facts])
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def following(
    previous: Entry | None, at: str, account: str, event: str, facts: Mapping[str, Fact]
) -> Entry:
    """Return the entry that comes after ``previous``."""
    number = previous.number + 1 if previous else 1
    text = canonical(dict(facts))
    before = previous.hash if previous else START
    digest = hashed(before, number, at, account, event, text)
    return Entry(number, at, account, event, text, digest)


def broken_at(entries: Iterable[Entry], heads: Mapping[int, str]) -> int:
    """Return the number of the first entry that does not follow from those before it, or 0.

    ``heads`` are hashes that were written down elsewhere, by number: one that is missing from the
    entries, or differs, is a break too.
    """
    previous, number = START, 0
    for number, entry in enumerate(entries, 1):
        digest = hashed(previous, number, entry.at, entry.account, entry.event, entry.facts)
        known = heads.get(number, digest)
        if entry.number != number or not digest == entry.hash == known:
            return number
        previous = digest
    return min((head for head in heads if head > number), default=0)
