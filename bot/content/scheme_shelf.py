"""The schemes, norms and limits of some files as staff see them, each fact with its source.

A fact has a *key*: ``source.leergeld``, ``cost.leergeld``, ``figure.leergeld.2``, ``norm.1``,
``assets.1`` (they count from 1, in the order of the file) or ``limit.leergeld``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from bot.content.schemes import LIMITS
from bot.content.strict import parse_yaml
from bot.content.worklist import standing
from bot.directory import Provenance
from bot.schemes import Norm, Source

NATIONAL = "NL"
SCHEMES, NORMS = "directory/schemes.yaml", "directory/norms.yaml"
COSTS = ("asking_can_cost", "cannot_cost")

Row = Mapping[str, Any]
"""A row as in YAML: texts, lists and mappings of texts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a source says: a row of a file, and where it was read."""

    key: str
    file: str
    row: Row
    origin: Provenance
    confidence: str = "seen"

    @property
    def kind(self) -> str:
        """Return the first part of the key."""
        return self.key.partition(".")[0]

    @property
    def seen(self) -> str:
        """Return a mark of everything that is said here: who sends it saw exactly this."""
        return blake2b(f"{self.key}{self.row}".encode(), digest_size=12).hexdigest()

    @property
    def shown(self) -> bool:
        """Whether the chat tells a number from it: its year is known, and it is not in doubt."""
        return Source("", self.origin.year, self.confidence).shown


def limits_file(place: str) -> str:
    """Return the file with the limits of a municipality, by its code."""
    return f"directory/{LIMITS}/{place.lower()}.yaml"


def schemes_of(files: Mapping[str, bytes]) -> dict[str, Row]:
    """Return every scheme by its id, in the order of its file."""
    rows = _list(_block(files, SCHEMES), "schemes")
    return {str(row.get("id", "")): row for row in rows}


def facts_of(scheme: Row) -> tuple[Fact, ...]:
    """Return what sources say of a scheme: what it is, what asking can cost, its amounts."""
    name, found = scheme.get("id", ""), list[Fact]()
    plain = {key: value for key, value in scheme.items() if key not in ("cost_source", "figures")}
    cost = {key: scheme[key] for key in ("cost_source", *COSTS) if key in scheme}
    for kind, key, row in (("source", "source", plain), ("cost", "cost_source", cost)):
        if isinstance(row.get(key), Mapping):
            found.append(_fact(f"{kind}.{name}", SCHEMES, row, row[key]))
    rows = _list(scheme, "figures")
    found += (
        _fact(f"figure.{name}.{number}", SCHEMES, row, row) for number, row in enumerate(rows, 1)
    )
    return tuple(found)


def norms_of(files: Mapping[str, bytes]) -> tuple[Fact, ...]:
    """Return every norm, as it stands in its file: the newest first."""
    return tuple(_numbered(files, "norms", "norm"))


def assets_of(files: Mapping[str, bytes]) -> tuple[Fact, ...]:
    """Return what one may have saved, with every source."""
    return tuple(_numbered(files, "asset_limits", "assets"))


def limits_of(files: Mapping[str, bytes], place: str) -> dict[str, Fact]:
    """Return the limits of one municipality by scheme, from its own file or an older row."""
    file = limits_file(place)
    shared = _list(_block(files, NORMS), "limits")
    old = ({k: v for k, v in row.items() if k != "places"} for row in shared if _in(row, place))
    rows = [*old, *_list(_block(files, file), "limits")]
    return {
        str(row.get("scheme", "")): _fact(
            f"limit.{row.get('scheme', '')}", file, row, row.get("source", {})
        )
        for row in rows
    }


def asked(files: Mapping[str, bytes]) -> tuple[int, str]:
    """Return the percentage and the basis of the one amount that the chat asks about."""
    row = _block(files, NORMS).get("ask")
    told = row if isinstance(row, Mapping) else {}
    pct = str(told.get("pct", ""))
    return int(pct) if pct.isdecimal() else 100, str(told.get("basis", "excl"))


def expired(files: Mapping[str, bytes], today: date) -> tuple[date, date] | None:
    """Return from when to when the newest norm held that the chat uses, if that is over."""
    _, basis = asked(files)
    starts = [start for f in norms_of(files) if f.row.get("basis") == basis and (start := day(f))]
    if not starts:
        return None
    newest = max(starts)
    end = ends(newest)
    return (newest, end) if today >= end else None


def day(norm: Fact) -> date | None:
    """Return from which day a norm holds; None when that cannot be read."""
    try:
        return date.fromisoformat(str(norm.row.get("from", "")))
    except ValueError:
        return None


def ends(start: date) -> date:
    """Return the day on which the next norm starts."""
    return Norm(start, "", "", {}, Source("")).ends


def next_starts(files: Mapping[str, bytes], today: date) -> list[date]:
    """Return the half years for which a norm may be added: what holds now before what comes."""
    _, basis = asked(files)
    known = {day(fact) for fact in norms_of(files) if fact.row.get("basis") == basis}
    halves = [date(year, month, 1) for year in (today.year, today.year + 1) for month in (1, 7)]
    last = next(half for half in halves if half > today)
    missing = [half for half in reversed(halves) if half <= last and half not in known]
    return sorted(missing, key=lambda half: half > today)


# -- reading


def _block(files: Mapping[str, bytes], file: str) -> Row:
    return _parsed(file, files[file]) if file in files else {}


@lru_cache(maxsize=64)
def _parsed(file: str, content: bytes) -> Row:
    """Read as far as it can be read: the check of the draft says what is wrong."""
    return parse_yaml(content.decode("utf-8", "replace"), file)[0]


def _list(row: Row, key: str) -> list[Row]:
    found = row.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _in(row: Row, place: str) -> bool:
    return place in row.get("places", ())


def _numbered(files: Mapping[str, bytes], key: str, kind: str) -> Iterator[Fact]:
    for number, row in enumerate(_list(_block(files, NORMS), key), 1):
        yield _fact(f"{kind}.{number}", NORMS, row, row.get("source", {}))


def _fact(key: str, file: str, row: Row, source: object) -> Fact:
    told = source if isinstance(source, Mapping) else {}
    text = {name: str(told.get(name, "")) for name in ("source", "year", "confidence")}
    year = int(text["year"]) if text["year"].isdecimal() else None
    origin = Provenance(
        text["source"],
        year,
        _day(str(told.get("assured_date", ""))),
        str(told.get("assured_by", "")),
        str(told.get("assured_how", "")),
    )
    return Fact(key, file, row, origin, text["confidence"] or "seen")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def waiting(files: Mapping[str, bytes], place: str, today: date) -> list[str]:
    """Return the schemes of which something is to be checked in a place: its own limit there."""
    if place == NATIONAL:
        facts = {name: facts_of(scheme) for name, scheme in schemes_of(files).items()}
    else:
        facts = {name: (limit,) for name, limit in limits_of(files, place).items()}
    return [name for name, known in facts.items() if standing([f.origin for f in known], today)[0]]


def everything(files: Mapping[str, bytes]) -> list[Fact]:
    """Return every fact that is true everywhere: of schemes, norms and what one may have saved."""
    found = [fact for scheme in schemes_of(files).values() for fact in facts_of(scheme)]
    return [*found, *norms_of(files), *assets_of(files)]


def find(facts: Iterable[Fact], key: str) -> Fact | None:
    """Return the fact with a key, or None."""
    return next((fact for fact in facts if fact.key == key), None)
