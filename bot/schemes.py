"""The scheme check: what a household may have, as far as a few taps can tell. Pure.

A rule never ends in a "no". A scheme is ``likely``, or ``ask`` (ask anyway, where asking is known
to be harmless), or ``advice`` (get free advice first, because asking can cost something, or
because nobody knows whether it can). Who does not say how they stay here gets the careful answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

RISKS = ("residence", "debt", "repayment", "report")
"""What asking can cost, the gravest first: the right to stay, a loan, paying back, a report."""

KINDS = ("likely", "ask", "advice")
HOMES = ("alone", "couple", "single_parent", "couple_children", "other")
WORKS = ("work", "self", "bijstand", "benefit", "study", "none")
AGES: Mapping[str, frozenset[str]] = {
    "small": frozenset({"small"}),
    "primary": frozenset({"primary"}),
    "secondary": frozenset({"secondary"}),
    "small_primary": frozenset({"small", "primary"}),
    "primary_second": frozenset({"primary", "secondary"}),
    "all_ages": frozenset({"small", "primary", "secondary"}),
}
BANDS: Mapping[str, tuple[int, int]] = {"small": (0, 3), "primary": (4, 11), "secondary": (12, 29)}
"""Ages of children in whole years, as far as the school they go to tells them."""

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "household": HOMES,
    "ages": tuple(AGES),
    "work": WORKS,
    "income_below": ("yes", "no"),
    "savings": ("yes", "no"),
    "rent": ("yes", "no"),
    "residence": ("eu_recent", "permit", "no_papers", "settled"),
}
"""The answers of a person that a scheme check reads, and what each may be."""

RELIABLE = 3
"""Years for which a local limit still decides; later it is only told, with its year."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read, from which year that is (None: it shows none), and how sure it is.

    ``confidence``: seen, seen_old (at least four years old), derived (arithmetic on seen figures),
    conflict (sources disagree), unsure (one weak source), judged (our own reading).
    ``assured_by`` (a role, never a name) phoned or opened the source on ``assured_date``.
    """

    source: str
    year: int | None = None
    confidence: str = "seen"
    assured_date: date | None = None
    assured_by: str = ""
    assured_how: str = ""

    @property
    def shown(self) -> bool:
        """Whether a number from it may be told: its year is known and nobody contradicts it."""
        return self.year is not None and self.confidence in ("seen", "seen_old", "derived")


@dataclass(frozen=True, slots=True)
class Income:
    """How a scheme looks at income. ``low`` to ``high``: the limits in use, % of the norm."""

    type: str = "none"
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in cents, for whom, per what; ``most``: up to; ``place``: only there."""

    label: str
    cents: int
    per: str
    source: Source
    most: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme by the id of its service; ``docs/moderators/schemes.md`` describes every field."""

    id: str
    worth: int
    ease: int
    source: Source
    kind: str = "national_law"
    income: Income = Income()
    child_age: tuple[int, int] | None = None
    applicant_age: tuple[int, int] | None = None
    children_required: bool = False
    assets: str = "unknown"
    work: frozenset[str] = frozenset()
    rent: bool = False
    residence: str = "unknown"
    costs: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    cost_source: Source | None = None
    applicants: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()

    def risk(self, name: str) -> str:
        """Whether asking can cost this: ``yes``, ``no``, or ``unknown``, which is not harmless."""
        if name in self.costs:
            return "yes"
        return "no" if name in self.harmless else "unknown"


@dataclass(frozen=True, slots=True)
class Norm:
    """A bijstandsnorm from a day on: cents a month by percentage, with or without holiday pay."""

    start: date
    basis: str
    household: str
    amounts: Mapping[int, int]
    source: Source

    @property
    def ends(self) -> date:
        """The day on which the next norm starts: norms change every half year."""
        return (
            date(self.start.year, 7, 1) if self.start.month < 7 else date(self.start.year + 1, 1, 1)
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """The income limit of one scheme in some municipalities, % of the norm, and its asset test."""

    scheme: str
    places: frozenset[str]
    name: str
    low: int
    high: int
    assets: str
    source: Source


@dataclass(frozen=True, slots=True)
class AssetLimit:
    """What one may have saved for bijstand, in cents, by household."""

    amounts: Mapping[str, int]
    source: Source


@dataclass(frozen=True, slots=True)
class Norms:
    """Every norm and limit. ``asked``: the percentage of the one amount that is shown."""

    asked: int = 0
    basis: str = "excl"
    rows: tuple[Norm, ...] = ()
    limits: tuple[Limit, ...] = ()
    assets: tuple[AssetLimit, ...] = ()

    def limit(self, scheme: str, place: str) -> Limit | None:
        """Return the newest limit of a scheme in a municipality, if one is known."""
        here = [one for one in self.limits if one.scheme == scheme and place in one.places]
        return max(here, key=lambda one: one.source.year or 0, default=None)


@dataclass(frozen=True, slots=True)
class Schemes:
    """The schemes in the order of their file, the norms, and who gives free advice on what."""

    all: Mapping[str, Scheme] = field(default_factory=dict)
    norms: Norms = Norms()
    advisers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Household:
    """What somebody told; empty: not told. ``ages`` are the bands of :data:`BANDS`."""

    home: str = ""
    ages: frozenset[str] = frozenset()
    work: str = ""
    income_below: str = ""
    savings: str = ""
    rent: str = ""
    residence: str = ""
    place: str = ""

    @classmethod
    def of(cls, answers: Mapping[str, str]) -> Household:
        """Build it from the answers of a session; a value that is not declared is not told."""
        told = {n: v for n, v in answers.items() if v in ANSWERS.get(n, ())}
        return cls(
            home=told.get("household", ""),
            ages=AGES.get(told.get("ages", ""), frozenset()),
            work=told.get("work", ""),
            income_below=told.get("income_below", ""),
            savings=told.get("savings", ""),
            rent=told.get("rent", ""),
            residence=told.get("residence", ""),
            place=answers.get("place", ""),
        )

    def ceiling(self, asked: int) -> int | None:
        """Return the % of the norm that the income is surely not above; None when nobody knows."""
        if self.work == "bijstand":
            return 100
        return asked if self.income_below == "yes" else None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a scheme. ``fits``: its conditions are met as far as the answers tell."""

    scheme: str
    kind: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """The one amount shown to a household: cents a month, and the day from which it held."""

    cents: int
    start: date
    pct: int
    basis: str
    expired: bool


def advise(
    household: Household, schemes: Iterable[Scheme], norms: Norms, today: date
) -> tuple[Advice, ...]:
    """Return every scheme that may be for a household: by kind, then fit, worth and ease.

    Never empty while one scheme has no condition on children, rent or work. ``likely`` and ``ask``
    only where asking is known to cost nothing. Less income never removes a scheme, and never makes
    ``ask`` of ``likely``.
    """
    told = [(s, _fit(s, household, norms, today)) for s in schemes]
    found = [(s, Advice(s.id, _kind(s, household, fit), fit)) for s, fit in told if fit is not None]
    found.sort(key=lambda pair: _rank(*pair))
    return tuple(advice for _, advice in found)


def alike(household: Household) -> Household:
    """Return the household that stands for all to whom the rules give the same advice.

    For proofs: there are eight times fewer of these. A test holds it to :func:`advise`.
    """
    home = {"couple": "alone", "couple_children": "single_parent", "other": ""}
    alone = household.home in ("alone", "couple")
    below = household.income_below == "yes" and household.work != "bijstand"
    return replace(
        household,
        home=home.get(household.home, household.home),
        ages=frozenset() if alone else household.ages,
        income_below="yes" if below else "",
        residence="settled" if household.residence == "settled" else "",
    )


def threshold(household: Household, norms: Norms, today: date) -> Threshold | None:
    """Return the amount to ask about: a percentage of the newest norm that has started.

    Who has not told with whom they live gets the higher norm, that of a couple, so that the
    question leaves nobody out. None when no norm is known yet.
    """
    kind = "single" if household.home in ("alone", "single_parent") else "couple"
    started = [
        row
        for row in norms.rows
        if (row.household, row.basis) == (kind, norms.basis)
        and row.start <= today
        and norms.asked in row.amounts
    ]
    if not started:
        return None
    row = max(started, key=lambda one: one.start)
    return Threshold(
        row.amounts[norms.asked], row.start, norms.asked, row.basis, expired=today >= row.ends
    )


def risks(scheme: Scheme, household: Household) -> tuple[str, ...]:
    """Return what asking can cost this household, known or not looked into, the gravest first.

    Only who says that residence is not a question for them is not warned about it.
    """
    settled = household.residence == "settled"
    return tuple(
        risk
        for risk in RISKS
        if scheme.risk(risk) != "no" and not (settled and risk == "residence")
    )


def _rank(scheme: Scheme, advice: Advice) -> tuple[int, bool, int, int]:
    return (KINDS.index(advice.kind), not advice.fits, -scheme.worth, -scheme.ease)


def _kind(scheme: Scheme, household: Household, fit: bool | None) -> str:
    if risks(scheme, household):
        return "advice"
    return "likely" if fit else "ask"


def _fit(scheme: Scheme, household: Household, norms: Norms, today: date) -> bool | None:
    """Whether the conditions are met; None: this scheme is about another kind of household."""
    limit = _limit_here(scheme, household, norms, today)
    fits = (
        _children(scheme, household),
        _told(scheme.rent, household.rent == "yes", household.rent),
        _told(bool(scheme.work), household.work in scheme.work, household.work),
        _income(scheme, household.ceiling(norms.asked), limit),
        _savings(_assets(scheme, limit), household.savings),
    )
    return None if None in fits else all(fits)


def _told(asked: bool, met: bool, answer: str) -> bool | None:
    """A condition that one answer settles. Not told: perhaps."""
    if not asked or met:
        return True
    return None if answer else False


def _children(scheme: Scheme, household: Household) -> bool | None:
    if household.home in ("alone", "couple"):
        return None if scheme.children_required else True
    if not scheme.children_required:
        return True
    if scheme.child_age is None:
        return bool(household.ages or household.home in ("single_parent", "couple_children"))
    if not household.ages:
        return False
    low, high = scheme.child_age
    bands = [BANDS[name] for name in household.ages]
    if not any(first <= high and low <= last for first, last in bands):
        return None
    return any(low <= first <= high for first, _ in bands)


def _income(scheme: Scheme, ceiling: int | None, limit: Limit | None) -> bool:
    """Whether the income is surely, or as good as surely, low enough. Never a reason for a no."""
    income = scheme.income
    if income.type == "none":
        return True
    if ceiling is None or income.type in ("individual", "disposable_money"):
        return False
    if income.type == "own_table":
        return True
    # Where nobody knows the limit of this place, the middle of the limits in use is the bar.
    return ceiling <= (limit.low if limit else (income.low + income.high) // 2)


def _savings(assets: str, savings: str) -> bool:
    return assets == "no" or savings == "no" or (assets != "yes" and not savings)


def _assets(scheme: Scheme, limit: Limit | None) -> str:
    return limit.assets if limit and limit.assets != "unknown" else scheme.assets


def _limit_here(scheme: Scheme, household: Household, norms: Norms, today: date) -> Limit | None:
    limit = norms.limit(scheme.id, household.place) if household.place else None
    year = limit.source.year if limit else None
    return limit if year is not None and today.year - year <= RELIABLE else None
