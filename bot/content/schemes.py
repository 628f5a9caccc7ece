"""Read the schemes, the norms and the limits of municipalities, strictly.

``directory/schemes.yaml``, ``norms.yaml`` and, one file a municipality, ``limits/gm0150.yaml``.

Every problem is reported at once. The rules are those of ``docs/moderators/schemes.md``; each has
an example of what it refuses in ``tests/rejected/schemes/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.content.directory import read_assurance
from bot.content.strict import Fields, choose, read_yaml
from bot.directory import Service
from bot.schemes import (
    RISKS,
    WORKS,
    AssetLimit,
    Figure,
    Income,
    Limit,
    Norm,
    Norms,
    Scheme,
    Schemes,
    Source,
)

SORTS = ("national_law", "municipal", "private_fund", "national_programme", "school")
INCOMES = ("none", "own_table", "pct_bijstandsnorm", "disposable_money", "individual")
ASSETS = ("yes", "no", "differs", "unknown")
RESIDENCES = ("any", "resident", "permit", "unknown")
APPLICANTS = ("parent", "intermediary", "child", "school", "automatic", "nothing")
PAPERS = (
    *("digid", "identity", "income", "rent", "bank", "bill", "letters", "childcare"),
    *("insurance", "business"),
)
LABELS = (
    *("single", "couple", "single_parent", "first_child"),
    *("child_small", "child_primary", "child_secondary"),
)
PERIODS = ("month", "quarter", "year", "once")
CONFIDENCE = ("seen", "seen_old", "derived", "conflict", "unsure", "judged")
BASES = ("excl", "incl")
HOUSEHOLDS = ("single", "couple")
ADVISED = (*RISKS, "unknown")

LIMITS = "limits"
"""The folder with the income limits of each municipality."""

_AMOUNT = re.compile(r"(\d{1,6})(?:\.(\d{2}))?")
_PCT = re.compile(r"(\d{2,3})(?:-(\d{2,3}))?")
_YEAR = re.compile(r"(19|20)\d{2}")
_CODE = re.compile(r"GM\d{4}")


def read_schemes(
    folder: Path, services: Mapping[str, Service], places: Mapping[str, object]
) -> tuple[Schemes, list[str]]:
    """Read all of a directory folder; a missing file is an empty one.

    Returns the schemes and every problem as ``file:line: what, and what to do``. With any problem,
    nothing of this may be served.
    """
    reader = _Reader(services, places)
    schemes, advisers = reader.schemes(folder)
    norms = reader.norms(folder, schemes)
    return Schemes(schemes, norms, advisers), reader.problems


class _Reader:
    """Gathers the problems of both files."""

    def __init__(self, services: Mapping[str, Service], places: Mapping[str, object]) -> None:
        self.services = services
        self.places = places
        self.problems: list[str] = []

    def _open(self, folder: Path, name: str) -> Fields | None:
        path = folder / name
        if not path.exists():
            return None
        file = path.relative_to(folder.parent).as_posix()
        block, problems = read_yaml(path, file)
        self.problems += problems
        return None if problems else Fields(block, file, self.problems)

    # -- schemes

    def schemes(self, folder: Path) -> tuple[dict[str, Scheme], dict[str, str]]:
        top = self._open(folder, "schemes.yaml")
        if top is None:
            return {}, {}
        advisers = self._advisers(top)
        found: dict[str, Scheme] = {}
        for fields in top.each("schemes"):
            scheme = self._scheme(fields)
            if scheme.id in found:
                fields.wrong(f"'{scheme.id}' is here twice; keep one of them", "id")
            found[scheme.id] = scheme
        top.done()
        return found, advisers

    def _advisers(self, top: Fields) -> dict[str, str]:
        inner = top.inner("advisers")
        if inner is None:
            top.wrong(f"'advisers' is missing; name a service for: {', '.join(ADVISED)}")
            return {}
        found = {name: inner.text(name, needed=True) for name in ADVISED}
        inner.done()
        for name, service in found.items():
            self._active(inner, name, service)
        return found

    def _scheme(self, fields: Fields) -> Scheme:
        name = fields.text("id", needed=True)
        self._active(fields, "id", name)
        costs, harmless = _costs(fields)
        scheme = Scheme(
            id=name,
            kind=fields.one_of("kind", SORTS) or _lacks(fields, "kind"),
            worth=_whole(fields, "worth", 1, 5),
            ease=_whole(fields, "ease", 1, 3),
            income=_income(fields),
            child_age=_ages(fields, "child_age"),
            applicant_age=_ages(fields, "applicant_age"),
            children_required=_yes(fields, "children_required"),
            assets=fields.one_of("assets", ASSETS, "unknown"),
            work=frozenset(fields.some_of("work", WORKS)),
            rent=_yes(fields, "rent"),
            residence=fields.one_of("residence", RESIDENCES, "unknown"),
            costs=costs,
            harmless=harmless,
            cost_source=_source(fields, "cost_source") if "cost_source" in fields else None,
            applicants=fields.some_of("applicants", APPLICANTS),
            bring=fields.some_of("bring", PAPERS),
            figures=tuple(self._figures(fields)),
            source=_source(fields, "source"),
        )
        fields.text("why", needed=True)
        self._agree(fields, scheme)
        fields.done()
        return scheme

    def _agree(self, fields: Fields, scheme: Scheme) -> None:
        """Check what the fields of one scheme say about each other."""
        known = scheme.costs or scheme.harmless
        if known and scheme.cost_source is None:
            advice = "say where you read it, or write 'asking_can_cost: unknown'"
            fields.wrong(f"what asking can cost has no source; {advice}", "asking_can_cost")
        if scheme.residence == "permit" and scheme.risk("residence") == "no":
            advice = "take 'residence' out of what asking cannot cost"
            fields.wrong(f"a permit is asked for, so asking can touch residence; {advice}")
        if scheme.child_age and not scheme.children_required:
            fields.wrong("'child_age' without 'children_required: yes'; add it", "child_age")
        if not scheme.applicants:
            advice = f"use some of: {', '.join(APPLICANTS)}"
            fields.wrong(f"'applicants' is missing; {advice}", "applicants")
        service = self.services.get(scheme.id)
        low = scheme.applicant_age[0] if scheme.applicant_age else None
        if service and low is not None and service.minimum_age not in (None, low):
            advice = "one of the two is wrong"
            fields.wrong(f"the service says from {service.minimum_age}; {advice}", "applicant_age")

    def _active(self, fields: Fields, key: str, service: str) -> None:
        found = self.services.get(service)
        if service and found is None:
            fields.wrong(f"no service '{service}'; {choose(service, self.services)}", key)
        elif found and not found.active:
            fields.wrong(f"the service '{service}' is not active; take it out", key)

    def _figures(self, fields: Fields) -> Iterator[Figure]:
        for row in fields.each("figures"):
            place = row.text("place")
            self._place(row, place, row.line("place"))
            yield Figure(
                label=row.one_of("for", LABELS) or _lacks(row, "for"),
                cents=_cents(row, "amount"),
                per=row.one_of("per", PERIODS) or _lacks(row, "per"),
                most=_yes(row, "most"),
                place=place,
                source=_flat_source(row),
            )
            row.done()

    def _place(self, fields: Fields, code: str, line: int) -> None:
        if code and not _CODE.fullmatch(code):
            fields.wrong(f"'{code}' is no municipality; use a code such as GM0150", line=line)
        elif code and self.places and code not in self.places:
            advice = "look it up in directory/municipalities.csv"
            fields.wrong(f"no municipality has the code {code}; {advice}", line=line)

    # -- norms

    def norms(self, folder: Path, schemes: Mapping[str, Scheme]) -> Norms:
        top = self._open(folder, "norms.yaml")
        if top is None:
            return Norms(limits=self.limits(folder, None, schemes))
        asked = top.inner("ask")
        pct, basis = 0, "excl"
        if asked is None:
            top.wrong("'ask' is missing; write 'ask: {pct: 120, basis: excl}'")
        else:
            pct, basis = _whole(asked, "pct", 100, 200), asked.one_of("basis", BASES, "excl")
            asked.done()
        rows = tuple(row for fields in top.each("norms") for row in _norms(fields))
        norms = Norms(
            pct,
            basis,
            rows,
            self.limits(folder, top, schemes),
            tuple(_assets(fields) for fields in top.each("asset_limits")),
        )
        _askable(top, norms)
        top.done()
        return norms

    def limits(
        self, folder: Path, top: Fields | None, schemes: Mapping[str, Scheme]
    ) -> tuple[Limit, ...]:
        """Read the limits of every municipality from its own file.

        Rows of ``norms.yaml`` (as files before 2027 have them) count where the file of a
        municipality says nothing of that scheme.
        """
        old = [self._shared(fields, schemes) for fields in top.each("limits")] if top else []
        own: dict[tuple[str, str], Limit] = {}
        for path in sorted((folder / LIMITS).glob("*.yaml")):
            file = self._open(folder, f"{LIMITS}/{path.name}")
            if file is not None:
                own |= self._own(file, path.stem, schemes)
        taken = {scheme: frozenset(c for s, c in own if s == scheme) for scheme, _ in own}
        left = (replace(one, places=one.places - taken.get(one.scheme, frozenset())) for one in old)
        return (*own.values(), *(one for one in left if one.places))

    def _own(
        self, top: Fields, stem: str, schemes: Mapping[str, Scheme]
    ) -> dict[tuple[str, str], Limit]:
        code = top.text("municipality", needed=True)
        self._place(top, code, top.line("municipality"))
        if _CODE.fullmatch(code) and code.lower() != stem:
            top.wrong(f"this file must be called {code.lower()}.yaml; rename it", "municipality")
        found: dict[tuple[str, str], Limit] = {}
        for fields in top.each("limits"):
            limit = self._limit(fields, frozenset({code}), schemes)
            if (limit.scheme, code) in found:
                fields.wrong(f"'{limit.scheme}' is here twice; keep one of them", "scheme")
            found[limit.scheme, code] = limit
        top.done()
        return found

    def _shared(self, fields: Fields, schemes: Mapping[str, Scheme]) -> Limit:
        codes = fields.lined("places")
        if not codes:
            fields.wrong("'places' is missing; write codes such as [GM0150]", "places")
        for code, line in codes:
            self._place(fields, code, line)
        return self._limit(fields, frozenset(code for code, _ in codes), schemes)

    def _limit(
        self, fields: Fields, places: frozenset[str], schemes: Mapping[str, Scheme]
    ) -> Limit:
        scheme = fields.text("scheme", needed=True)
        if scheme and scheme not in schemes:
            fields.wrong(f"no scheme '{scheme}'; {choose(scheme, schemes)}", "scheme")
        low, high = _percentage(fields)
        limit = Limit(
            scheme=scheme,
            places=places,
            name=fields.text("name", needed=True),
            low=low,
            high=high,
            assets=fields.one_of("assets", ("yes", "no", "unknown"), "unknown"),
            source=_source(fields, "source"),
        )
        fields.done()
        return limit


def _lacks(fields: Fields, key: str) -> str:
    if key not in fields:
        fields.wrong(f"'{key}' is missing; add '{key}: ...'")
    return ""


def _whole(fields: Fields, key: str, least: int, most: int) -> int:
    text = fields.text(key)
    if not text.isdecimal() or not least <= int(text) <= most:
        fields.wrong(f"'{key}' must be a number from {least} to {most}", key)
        return least
    return int(text)


def _yes(fields: Fields, key: str) -> bool:
    return fields.one_of(key, ("yes", "no"), "no") == "yes"


def _pair(fields: Fields, key: str) -> tuple[int, int] | None:
    found = fields.texts(key)
    numbers = [int(text) for text in found if text.isdecimal()]
    if len(found) != 2 or len(numbers) != 2 or numbers[0] > numbers[1]:
        fields.wrong(f"'{key}' must be two numbers, the lower first; write '[4, 17]'", key)
        return None
    return numbers[0], numbers[1]


def _ages(fields: Fields, key: str) -> tuple[int, int] | None:
    return _pair(fields, key) if key in fields else None


def _income(fields: Fields) -> Income:
    inner = fields.inner("income")
    if inner is None:
        fields.wrong(
            f"'income' is missing; write 'income: {{type: ...}}' with {', '.join(INCOMES)}"
        )
        return Income()
    kind = inner.one_of("type", INCOMES) or _lacks(inner, "type")
    low, high = 0, 0
    if kind == "pct_bijstandsnorm":
        low, high = _pair(inner, "range") or (0, 0)
    inner.done()
    return Income(kind, low, high)


def _costs(fields: Fields) -> tuple[frozenset[str], frozenset[str]]:
    """Read what asking can and cannot cost; what neither names was not looked into."""
    said = (
        fields.text("asking_can_cost")
        if isinstance(fields.block.get("asking_can_cost"), str)
        else ""
    )
    if "asking_can_cost" not in fields:
        advice = f"write none, unknown, or some of: {', '.join(RISKS)}"
        fields.wrong(f"'asking_can_cost' is missing; {advice}")
    if said in ("none", "unknown"):
        return frozenset(), frozenset(RISKS) if said == "none" else frozenset()
    costs = frozenset(fields.some_of("asking_can_cost", RISKS))
    harmless = frozenset(fields.some_of("cannot_cost", RISKS))
    both = sorted(costs & harmless)
    if both:
        fields.wrong(f"'{both[0]}' is in both lists; decide for one", "cannot_cost")
    return costs, harmless


def _source(fields: Fields, key: str) -> Source:
    inner = fields.inner(key)
    if inner is None:
        advice = "write {source: 'https://...', year: 2026}"
        fields.wrong(f"'{key}' is missing; {advice}", key)
        return Source("")
    found = _flat_source(inner)
    inner.done()
    return found


def _flat_source(fields: Fields) -> Source:
    source = fields.text("source")
    if not source:
        fields.wrong("'source' is missing; add the address of the page", "source")
    if source.casefold() in ("memory", "seed", "unknown"):
        fields.wrong(f"'{source}' is no source; leave out what nobody has read", "source")
    year = fields.text("year")
    if not _YEAR.fullmatch(year) and year != "unknown":
        advice = "write the year of the source, or 'unknown' when it shows none"
        fields.wrong(f"'year' must be a year; {advice}", "year")
    confidence = fields.one_of("confidence", CONFIDENCE, "seen")
    known = int(year) if _YEAR.fullmatch(year) else None
    return Source(source, known, confidence, *read_assurance(fields))


def _cents(fields: Fields, key: str) -> int:
    text = fields.text(key, needed=True)
    found = _AMOUNT.fullmatch(text)
    if text and not found:
        fields.wrong(f"'{key}: {text}' is no amount; write it as 1331.43", key)
    return int(found[1]) * 100 + int(found[2] or 0) if found else 0


def _percentage(fields: Fields) -> tuple[int, int]:
    text = fields.text("pct", needed=True)
    found = _PCT.fullmatch(text)
    if text and not found:
        fields.wrong(f"'pct: {text}' is no percentage; write 120 or 120-130", "pct")
    low = int(found[1]) if found else 0
    return low, int(found[2] or low) if found else 0


def _norms(fields: Fields) -> Iterator[Norm]:
    start = _start(fields)
    basis = fields.one_of("basis", BASES) or _lacks(fields, "basis")
    source = _source(fields, "source")
    for household, row in fields.named("households"):
        if household not in HOUSEHOLDS:
            fields.wrong(f"'{household}' is no household; {choose(household, HOUSEHOLDS)}")
        amounts = {int(pct): _cents(row, pct) for pct in row.block if pct.isdecimal()}
        row.done()
        _same_basis(row, amounts)
        yield Norm(start, basis, household, amounts, source)
    fields.done()


def _start(fields: Fields) -> date:
    text = fields.text("from", needed=True)
    try:
        start = date.fromisoformat(text)
    except ValueError:
        start = date(1970, 1, 1)
    if (start.day, start.month) not in ((1, 1), (1, 7)) or start.year < 2000:
        fields.wrong("'from' must be a 1 January or 1 July, such as 2026-07-01", "from")
    return start


def _same_basis(row: Fields, amounts: Mapping[int, int]) -> None:
    """Refuse amounts that do not follow from their norm: they are of another basis or year."""
    norm = amounts.get(100)
    if norm is None:
        row.wrong("the norm itself is missing; add '100: ...'")
        return
    for pct, cents in amounts.items():
        if abs(cents - norm * pct / 100) > 2:
            advice = "look whether one is with holiday allowance and the other without"
            row.wrong(f"{pct} % does not follow from the norm; {advice}", str(pct))


def _assets(fields: Fields) -> AssetLimit:
    amounts = {name: _cents(fields, name) for name in ("single", "family")}
    source = _source(fields, "source")
    fields.done()
    return AssetLimit(amounts, source)


def _askable(top: Fields, norms: Norms) -> None:
    """Check that the one amount to ask about exists for both households."""
    if not norms.asked or not all(row.basis for row in norms.rows):
        return  # said already
    there = {
        row.household
        for row in norms.rows
        if row.basis == norms.basis and norms.asked in row.amounts
    }
    missing = ", ".join(name for name in HOUSEHOLDS if name not in there)
    if missing:
        what = f"{norms.asked} % of the norm ({norms.basis}) for: {missing}"
        top.wrong(f"nothing to ask about: no {what}; add it to 'norms'", "ask")
