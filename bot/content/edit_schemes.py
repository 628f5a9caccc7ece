"""Edits of schemes, norms and limits, as functions from text to text: nothing is read or written.

Keys are those of `bot.content.scheme_shelf`. Comments, order and quotes of everything else stay.
Whether the result may be published is for the checks to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.content.edit_directory import ASSURANCE, Assurance, Origin, assure, quoted
from bot.content.roundtrip import flow_list, flow_map, opened, written


class NoFactError(LookupError):
    """The file has nothing under this key."""


def confirm(text: str, key: str, assurance: Assurance) -> str:
    """Write down that somebody confirmed a fact. Raises `NoFactError`."""
    data = opened(text)
    assure(_source(data, key), assurance)
    return written(data)


def change(
    text: str, key: str, values: Mapping[str, Any], origin: Origin, confidence: str = "seen"
) -> str:
    """Give a fact other values (as in YAML; a mapping within one is merged) with a new source.

    Raises `NoFactError`.
    """
    data = opened(text)
    _put(_row(data, key), values)
    _originate(_source(data, key), origin, confidence)
    return written(data)


def remove(text: str, key: str) -> str:
    """Take an amount away that nobody knows any more. Raises `NoFactError`."""
    data = opened(text)
    kind, name, number = key.split(".")
    scheme = _scheme(data, name)
    if kind != "figure" or len(scheme.get("figures") or ()) < int(number):
        raise NoFactError(key)
    rows = scheme["figures"]
    if len(rows) == 1:
        scheme["figures"] = flow_list(())
    else:
        _take_out(rows, int(number) - 1)
    return written(data)


def add_norm(
    text: str,
    start: date,
    basis: str,
    households: Mapping[str, Mapping[int, str]],
    origin: Origin,
    confidence: str = "seen",
) -> str:
    """Add the norm of a half year before the others. Amounts are texts such as ``1331.43``."""
    data = opened(text)
    made = CommentedMap()
    made["from"], made["basis"] = start, basis
    made["source"] = flow_map({})
    _originate(made["source"], origin, confidence)
    made["households"] = CommentedMap()
    for name, amounts in households.items():
        made["households"][name] = flow_map({})
        _put(made["households"][name], amounts)
    data["norms"].insert(0, made)
    return written(data)


def put_limit(
    text: str, place: str, heading: str, values: Mapping[str, str], origin: Origin, confidence: str
) -> str:
    """Set the limit of one scheme in one municipality; an empty ``text`` begins its file."""
    data = opened(text or f"# {heading}\nmunicipality: {place}\nlimits:\n")
    if not data["limits"]:
        data["limits"] = CommentedSeq()
    rows = data["limits"]
    at = next((n for n, row in enumerate(rows) if row["scheme"] == values["scheme"]), len(rows))
    if at == len(rows):
        rows.append(flow_map({}))
    else:
        # Values that are not in the form any more, such as savings, are gone from the file too.
        for name in [name for name in rows[at] if name not in values]:
            del rows[at][name]
    _put(rows[at], values)
    rows[at]["source"] = flow_map({})
    _originate(rows[at]["source"], origin, confidence)
    return written(data)


def drop_limit(text: str, scheme: str) -> str:
    """Take the limit of a scheme away. Raises `NoFactError`."""
    data = opened(text)
    rows: Any = data["limits"] or [] if text else []
    at = next((n for n, row in enumerate(rows) if row["scheme"] == scheme), None)
    if at is None:
        raise NoFactError(scheme)
    del rows[at]
    if not rows:
        data["limits"] = flow_list(())
    return written(data)


# -- where it stands


def _row(data: Any, key: str) -> CommentedMap:
    kind, name, *number = key.split(".")
    if kind in ("source", "cost"):
        return _scheme(data, name)
    if kind == "figure" and number:
        return _nth(_scheme(data, name).get("figures"), number[0], key)
    group = {"norm": "norms", "assets": "asset_limits"}.get(kind, "")
    return _nth(data.get(group) if group else None, name, key)


def _source(data: Any, key: str) -> CommentedMap:
    row = _row(data, key)
    kind = key.partition(".")[0]
    name = {"cost": "cost_source", "figure": ""}.get(kind, "source")
    if name and name not in row:
        raise NoFactError(key)
    found: CommentedMap = row[name] if name else row
    return found


def _scheme(data: Any, name: str) -> CommentedMap:
    for scheme in data.get("schemes") or ():
        if scheme["id"] == name:
            found: CommentedMap = scheme
            return found
    raise NoFactError(name)


def _nth(rows: Any, number: str, key: str) -> CommentedMap:
    if not rows or not number.isdecimal() or not 0 < int(number) <= len(rows):
        raise NoFactError(key)
    row: CommentedMap = rows[int(number) - 1]
    return row


# -- what is written


def _put(row: CommentedMap, values: Mapping[Any, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _put(row[name], value)
        elif name in ("amount", "single", "family", "pct") or isinstance(name, int):
            row[name] = quoted(value)
        else:
            row[name] = value


def _originate(row: CommentedMap, origin: Origin, confidence: str) -> None:
    """Write source and year, and how sure that is, where the row says such things."""
    for key in ("confidence", *ASSURANCE):
        row.pop(key, None)
    row["source"] = quoted(origin.source)
    row["year"] = "unknown" if origin.year is None else origin.year
    if confidence != "seen":
        row["confidence"] = confidence
    if origin.assurance:
        assure(row, origin.assurance)


def _take_out(rows: CommentedSeq, at: int) -> None:
    """Take a row away; what follows the last one in the file stays behind the rows."""
    after, last = rows.ca.items.get(at), at == len(rows) - 1
    del rows[at]
    if last and after:
        rows.ca.items[at - 1] = after
