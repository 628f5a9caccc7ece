"""What an HSDS file from elsewhere would change in the directory, before it is taken over. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.content.directory import read_blocks
from bot.content.edit_directory import merged
from bot.content.entries import Entry
from bot.content.exchange import changes_of
from bot.content.hsds import entry_from
from bot.content.roundtrip import written
from bot.content.shelf import Listed
from bot.content.strict import Block, Row, parse_yaml
from bot.releases.tree import LARGEST


@dataclass(frozen=True, slots=True)
class Offer:
    """A service in a file from elsewhere: which keys differ from ours, and what is wrong with it.

    ``changes`` are pairs of what stands there now and what would (None: nothing) by key.
    """

    entry: Entry
    file: str
    place: str
    new: bool
    changes: Mapping[str, tuple[Any, Any]]
    problems: tuple[str, ...]


def offers_of(
    text: str, known: Mapping[str, Listed], codes: Collection[str]
) -> tuple[list[Offer], str]:
    """Read an HSDS file; return what it offers, and why it cannot be read (empty: it can).

    Services that say the same as ours are left out.
    """
    if len(text) > LARGEST:
        return [], "large"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return [], "json"
    contents = data.get("contents") if isinstance(data, dict) else data
    if not isinstance(contents, list):
        return [], "contents"
    found = [_offer(service, known, frozenset(codes)) for service in contents]
    return [offer for offer in found if offer.changes or offer.problems], ""


def _offer(service: object, known: Mapping[str, Listed], codes: frozenset[str]) -> Offer:
    entry, wrong = entry_from(service)
    name = str(entry.get("id", ""))
    ours = known.get(name)
    present = {name: ours.entry} if ours else {}
    changes = {key: (old, new) for _, key, old, new in changes_of(present, {name: entry})}
    areas = [str(code) for code in entry.get("service_area", ())]
    place = areas[0] if areas else ""
    local = f"lokaal/{place.lower()}" if place != "NL" else "landelijk"
    file = ours.file if ours else f"directory/services/{local}.yaml"
    problems = wrong or _problems(entry, known, codes)
    return Offer(entry, file, place, ours is None, changes, tuple(problems))


def _problems(entry: Entry, known: Mapping[str, Listed], codes: frozenset[str]) -> list[str]:
    """Read an entry as strictly as the files of moderators."""
    block = parse_yaml(written({"services": [entry]}), "")[0].get("services")
    if not (isinstance(block, Row) and isinstance(block[0], Block)):
        return ["this is no service"]
    services = {name: one.service for name, one in known.items()}
    found = read_blocks([("", block[0])], services, codes)
    return [problem.split(": ", 1)[-1] for problem in found]


def taken_over(text: str, offer: Offer, heading: str) -> str:
    """Return a file with an offer in it; only the keys that differ are touched."""
    return merged(text, offer.entry, {key: new for key, (_, new) in offer.changes.items()}, heading)
