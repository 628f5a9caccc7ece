"""What a municipality says otherwise, as forms change it: what is there, and from text to text.

The rules of what may differ are those of `bot.content.overrides`; the checks have the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.content.directory import READERS, read_text
from bot.content.edit_directory import Origin, add, assure, quoted, set_values
from bot.content.entries import Entry
from bot.content.overrides import WAYS
from bot.content.roundtrip import opened, written
from bot.content.shelf import Listed
from bot.content.strict import parse_yaml
from bot.directory import TEXTS, URGENT

FIELDS = (*READERS, *TEXTS)
"""What of a national entry a municipality may say otherwise."""


@dataclass(frozen=True, slots=True)
class Own:
    """What one municipality says otherwise: fields of services by id, texts by key."""

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def overrides_file(place: str) -> str:
    """Return the file of a municipality, by its code."""
    return f"directory/overrides/{place.lower()}.yaml"


def own_of(text: str) -> Own:
    """Return what a file says, as far as it can be read."""
    block = parse_yaml(text, "")[0] if text else {}
    groups = [block.get(name) for name in ("services", "texts")]
    found = [
        {name: one for name, one in group.items() if isinstance(one, Mapping)}
        if isinstance(group, Mapping)
        else {}
        for group in groups
    ]
    return Own(*found)


def fields_of(national: Listed) -> tuple[str, ...]:
    """Return which fields of a national entry may differ: none on which tonight depends."""
    urgent = bool(national.service.needs & set(URGENT))
    return tuple(name for name in FIELDS if not (urgent and name in WAYS))


def there(national: Listed, own: Own, place: str) -> Listed:
    """Return a national entry as people of a municipality see it; itself where nothing differs."""
    said = own.services.get(national.service.id)
    if not said:
        return national
    rows = [row for row in said.get("provenance", ()) if isinstance(row, Mapping)]
    taken = {name for row in rows for name in row.get("fields", ())}
    old = (
        {**row, "fields": [name for name in row["fields"] if name not in taken]}
        for row in national.entry["provenance"]
    )
    entry: Entry = {**national.entry, **{k: v for k, v in said.items() if k != "provenance"}}
    entry["provenance"] = [*rows, *(row for row in old if row["fields"])]
    file = overrides_file(place)
    services = read_text(file, add("", entry, place))[0]
    return Listed(services.get(national.service.id, national.service), entry, file)


def put_field(
    text: str, place: str, heading: str, service: str, values: Mapping[str, Any], origin: Origin
) -> str:
    """Let fields of a national entry differ; an empty ``text`` begins a municipality's file."""
    data = _begun(text, place, heading)
    known = _group(data, "services").setdefault(service, CommentedMap())
    known.setdefault("provenance", CommentedSeq())
    set_values(known, values, origin)
    return written(data)


def drop_field(text: str, service: str, name: str) -> str:
    """Let a field be what it is everywhere again. Raises `LookupError`."""
    data = opened(text)
    services = data["services"]
    known = services[service]
    if name not in known:
        raise LookupError(name)
    set_values(known, {name: None}, None)
    if not set(known) - {"provenance"}:
        del services[service]
    _tidy(data, "services")
    return written(data)


def put_text(text: str, place: str, heading: str, key: str, words: str, origin: Origin) -> str:
    """Let a sentence or button differ in a municipality."""
    data = _begun(text, place, heading)
    row = CommentedMap({"text": words, "source": quoted(origin.source)})
    row["year"] = "unknown" if origin.year is None else origin.year
    assure(row, origin.assurance)
    _group(data, "texts")[key] = row
    return written(data)


def drop_text(text: str, key: str) -> str:
    """Let a sentence be what it is everywhere again. Raises `LookupError`."""
    data = opened(text)
    del data["texts"][key]
    _tidy(data, "texts")
    return written(data)


def _begun(text: str, place: str, heading: str) -> Any:
    return opened(text or f"# {heading}\nmunicipality: {place}\n")


def _group(data: Any, name: str) -> Any:
    if not data.get(name):
        data[name] = CommentedMap()
    return data[name]


def _tidy(data: Any, name: str) -> None:
    if not data[name]:
        del data[name]
