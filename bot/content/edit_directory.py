"""Edits of a file of services, as functions from text to text: no file is read or written here.

Comments, order and quotes of everything else stay; what comes out is in the house style. Whether
the result may be published is for the checks to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from bot.content.entries import ORDER, Entry, tidy
from bot.content.roundtrip import flow_list, flow_map, opened, written

ASSURANCE = ("assured_date", "assured_by", "assured_how")
_NUMBERS = ("minimum_age", "maximum_age")
_FLOW = ("needs", "roles", "applicants", "service_area", "languages")


class NoServiceError(LookupError):
    """The file has no service of this name, or the service has no such field."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """That a named role (``by``) confirmed something on a day; ``how`` is one of `HOW`."""

    day: date
    by: str
    how: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was read: ``source``, its ``year`` (None: it shows none), who confirmed it."""

    source: str
    year: int | None
    assurance: Assurance | None = None


def confirm(text: str, service: str, assurance: Assurance, names: Iterable[str] = ()) -> str:
    """Write down that somebody confirmed fields of a service; all of them when none is named.

    Raises `NoServiceError`: the file has no such service, or a field has no source there.
    """
    data = opened(text)
    rows = _service(data, service)["provenance"]
    known = {str(name) for row in rows for name in row["fields"]}
    wanted = set(names) or known
    if not wanted <= known:
        raise NoServiceError(service)
    for row in list(rows):
        mine = [name for name in row["fields"] if name in wanted]
        if mine:
            assure(_split(rows, row, mine), assurance)
    return written(data)


def change(text: str, service: str, values: Mapping[str, Any], origin: Origin | None) -> str:
    """Give fields of a service new values with a new source; None takes a field away.

    Values are as in `bot.content.entries`. Without ``origin``: for fields that have no source.
    Raises `NoServiceError`.
    """
    data = opened(text)
    set_values(_service(data, service), values, origin)
    return written(data)


def set_values(known: CommentedMap, values: Mapping[str, Any], origin: Origin | None) -> None:
    """Give an entry that was opened new values with a new source; None takes a field away."""
    rows = known["provenance"]
    for name, value in values.items():
        _put(known, name, value)
        _forget(rows, name)
    kept = [name for name, value in values.items() if value is not None]
    if kept and origin:
        _source(rows, kept, origin)
    for row in [row for row in rows if not row["fields"]]:
        _drop(rows, row)


def add(text: str, entry: Entry, heading: str) -> str:
    """Add a service at the end of a file; an empty ``text`` begins one under a comment."""
    data = opened(text or f"# {heading}\nservices:\n")
    if not data["services"]:
        data["services"] = CommentedSeq()
    services = data["services"]
    plain = CommentedMap()
    for key, value in tidy(entry).items():
        plain[key] = _rows(value) if key == "provenance" else _shaped(key, value)
    services.append(plain)
    result = written(data)
    return _parted(result, entry["id"])


def merged(text: str, entry: Entry, changed: Mapping[str, Any], heading: str) -> str:
    """Give a service other values for some keys, sources among them; add it when it is new."""
    if not text or not any(one["id"] == entry["id"] for one in opened(text)["services"] or ()):
        return add(text, entry, heading)
    data = opened(text)
    known = _service(data, entry["id"])
    for key, value in changed.items():
        if key != "provenance":
            _put(known, key, value)
    if changed.get("provenance"):
        _replace(known, _rows(changed["provenance"]))
    return written(data)


def _replace(service: CommentedMap, rows: CommentedSeq) -> None:
    """Set other sources; what follows the service in the file stays behind them."""
    old = service["provenance"]
    after = old.ca.items.get(len(old) - 1)
    if after:
        rows.ca.items[len(rows) - 1] = after
    service["provenance"] = rows


def _parted(text: str, service: str) -> str:
    """Put an empty line before a service that is not the first."""
    start = text.index(f"  - id: {service}\n")
    before = text[:start].rstrip("\n")
    return f"{before}\n{'' if before.endswith('services:') else chr(10)}{text[start:]}"


def _service(data: Any, name: str) -> CommentedMap:
    for service in data["services"]:
        if service["id"] == name:
            return service  # type: ignore[no-any-return]
    raise NoServiceError(name)


def _split(rows: CommentedSeq, row: CommentedMap, mine: list[str]) -> CommentedMap:
    """Return a row of exactly these fields: the row itself, or a new one before it.

    Before it, because what follows a service in the file hangs on its last row.
    """
    if len(mine) == len(row["fields"]):
        return row
    for name in mine:
        row["fields"].remove(name)
    rest = {key: value for key, value in row.items() if key != "fields"}
    made = flow_map({"fields": flow_list(mine), **rest})
    rows.insert(rows.index(row), made)
    return made


def assure(row: CommentedMap, assurance: Assurance | None) -> None:
    """Write who confirmed a row of sources, in the place of whoever did before; None: nobody."""
    for key in ASSURANCE:
        row.pop(key, None)
    if assurance:
        row["assured_date"] = assurance.day
        row["assured_by"] = assurance.by
        row["assured_how"] = assurance.how


def _put(service: CommentedMap, name: str, value: Any) -> None:
    """Set a field, a new one at the place that the docs give it."""
    if value is None:
        service.pop(name, None)
    elif name in service:
        service[name] = _shaped(name, value)
    else:
        before = ORDER[: ORDER.index(name)]
        at = 1 + max((list(service).index(key) for key in service if key in before), default=-1)
        service.insert(at, name, _shaped(name, value))


def _forget(rows: CommentedSeq, name: str) -> None:
    """Take a field out of the rows of sources; a row may be left without any, for the moment."""
    for row in rows:
        if name in row["fields"]:
            row["fields"].remove(name)


def _source(rows: CommentedSeq, names: list[str], origin: Origin) -> None:
    """Write one row for fields, in the place of a row that nothing refers to any more."""
    made = _row(names, origin)
    empty = [row for row in rows if not row["fields"]]
    same = [row for row in rows if row["fields"] and _rest(row) == _rest(made)]
    if same:
        same[0]["fields"].extend(names)
    elif empty:
        spot = empty.pop()
        spot.clear()
        spot.update(made)
    else:
        rows.insert(0, made)


def _drop(rows: CommentedSeq, row: CommentedMap) -> None:
    """Remove a row; what follows the service stays behind it."""
    at = next(number for number, one in enumerate(rows) if one is row)
    after = rows.ca.items.get(at)
    last = at == len(rows) - 1
    del rows[at]
    if last and after and rows:
        rows.ca.items[at - 1] = after


def _rest(row: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in row.items() if key != "fields"}


def _row(names: Iterable[str], origin: Origin) -> CommentedMap:
    year = "unknown" if origin.year is None else origin.year
    row = flow_map({"fields": flow_list(names), "source": quoted(origin.source), "year": year})
    assure(row, origin.assurance)
    return row


def _rows(provenance: Iterable[Entry]) -> CommentedSeq:
    made = CommentedSeq()
    for row in provenance:
        values = {**row, "fields": flow_list(row["fields"]), "source": quoted(row["source"])}
        if str(row["year"]).isdigit():
            values["year"] = int(row["year"])
        if "assured_date" in row:
            values["assured_date"] = date.fromisoformat(str(row["assured_date"]))
        made.append(flow_map(values))
    return made


def _shaped(name: str, value: Any) -> Any:
    """Return a value as people write it in these files."""
    if name in _NUMBERS:
        return int(value)
    if name in _FLOW:
        return flow_list(value)
    if isinstance(value, list):
        return flow_list(flow_map({key: _detail(key, one[key]) for key in one}) for one in value)
    return value


def _detail(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return flow_list(value)
    return quoted(value) if key in ("opens_at", "closes_at") else value


def quoted(text: str) -> str:
    """Return a text that is written between single quotes."""
    return str.__new__(SingleQuotedScalarString, text)
