"""The scheme check, proved over every household there can be and every municipality there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.load import Content
from bot.directory import Directory
from bot.schemes import (
    AGES,
    ANSWERS,
    KINDS,
    RISKS,
    Advice,
    Household,
    Income,
    Limit,
    Norm,
    Norms,
    Scheme,
    Source,
    advise,
    alike,
    risks,
    threshold,
)

TODAY = date(2026, 11, 24)
BETTER = {kind: -rank for rank, kind in enumerate(KINDS)}
UNTOLD = ("", *ANSWERS["residence"])
Kinds = Mapping[str, str]


def households() -> Iterator[dict[str, str]]:
    """Every way to answer the questions, also by not answering them."""
    for values in product(*(("", *ANSWERS[name]) for name in ANSWERS)):
        yield {name: value for name, value in zip(ANSWERS, values, strict=True) if value}


@pytest.fixture(scope="module")
def directory(real: Content) -> Directory:
    return real.release.directory


@pytest.fixture(scope="module")
def everybody(directory: Directory) -> dict[tuple[str, ...], tuple[Advice, ...]]:
    """The advice to every household, without a place."""
    book = directory.schemes
    schemes = tuple(book.all.values())
    return {
        tuple(told.get(name, "") for name in ANSWERS): advise(
            Household.of(told), schemes, book.norms, TODAY
        )
        for told in households()
    }


def kinds(advices: tuple[Advice, ...]) -> Kinds:
    return {advice.scheme: advice.kind for advice in advices}


def with_(key: tuple[str, ...], **told: str) -> tuple[str, ...]:
    return tuple(told.get(name, value) for name, value in zip(ANSWERS, key, strict=True))


def test_nobody_gets_an_empty_answer_and_nobody_a_no(everybody) -> None:
    assert len(everybody) == 6 * 7 * 7 * 3 * 3 * 3 * 5
    assert all(everybody.values())
    assert {advice.kind for found in everybody.values() for advice in found} == set(KINDS)


def test_asking_is_advised_only_where_it_is_known_to_cost_nothing(everybody, directory) -> None:
    """Unknown is not harmless; residence is left out only where it is said to be settled."""
    for key, found in everybody.items():
        told = dict(zip(ANSWERS, key, strict=True))
        must = [r for r in RISKS if not (r == "residence" and told["residence"] == "settled")]
        for advice in found:
            scheme = directory.schemes.all[advice.scheme]
            harmless = all(scheme.risk(risk) == "no" for risk in must)
            assert (advice.kind == "advice") is not harmless, (key, advice)


def test_the_careful_answer_needs_no_disclosure(everybody) -> None:
    """Who keeps it back, and who tells one of the three situations, get the very same answer."""
    for key, found in everybody.items():
        if key[-1] != "settled":
            assert found == everybody[with_(key, residence="")]


def test_one_household_stands_for_all_whom_the_rules_treat_the_same(everybody, directory) -> None:
    """What the proof of the conversations leans on."""
    book = directory.schemes
    got: dict[Household, tuple[Advice, ...]] = {}
    for key, found in everybody.items():
        one = alike(Household.of(dict(zip(ANSWERS, key, strict=True))))
        if one not in got:
            got[one] = advise(one, book.all.values(), book.norms, TODAY)
        assert got[one] == found
    assert len(got) < len(everybody) / 5


def test_less_income_never_removes_help_nor_lowers_its_kind(everybody) -> None:
    steps = (("no", ""), ("", "yes"))
    for key, found in everybody.items():
        for more, less in steps:
            if key[3] == more:
                _at_least(everybody[with_(key, income_below=less)], found)
        if key[2] == "benefit":
            _at_least(everybody[with_(key, work="bijstand")], found)


def _at_least(less: tuple[Advice, ...], more: tuple[Advice, ...]) -> None:
    now, before = kinds(less), kinds(more)
    assert before.keys() <= now.keys()
    assert all(BETTER[now[name]] >= BETTER[kind] for name, kind in before.items())


def test_fewer_savings_never_remove_help_nor_lower_its_kind(everybody) -> None:
    for key, found in everybody.items():
        if key[4] in ("yes", ""):
            _at_least(everybody[with_(key, savings="no")], found)


def test_the_answer_is_ordered_by_kind_fit_worth_and_ease(everybody, directory) -> None:
    all_ = directory.schemes.all
    for found in list(everybody.values())[::97]:
        ranks = [
            (KINDS.index(a.kind), not a.fits, -all_[a.scheme].worth, -all_[a.scheme].ease)
            for a in found
        ]
        assert ranks == sorted(ranks)


def test_who_tells_nothing_is_shown_something_harmless_and_something_to_get_advice_on(
    everybody,
) -> None:
    found = {advice.kind for advice in everybody[("",) * len(ANSWERS)]}
    assert found == {"ask", "advice"}


def test_every_municipality_answers_like_the_country_but_for_its_own_limits(
    directory: Directory,
) -> None:
    book = directory.schemes
    schemes = tuple(book.all.values())
    some = [told for n, told in enumerate(households()) if n % 1009 == 0]
    limits = {code for limit in book.norms.limits for code in limit.places}
    country = [advise(Household.of(told), schemes, book.norms, TODAY) for told in some]
    codes = directory.places.municipalities
    assert len(codes) >= 342
    for code in codes:
        for told, plain in zip(some, country, strict=True):
            found = advise(Household.of(told | {"place": code}), schemes, book.norms, TODAY)
            assert {a.scheme for a in found} == {a.scheme for a in plain}
            assert code in limits or found == plain


def test_everywhere_each_advice_has_a_service_that_exists_and_serves_the_place(
    directory: Directory,
) -> None:
    told = {"household": "single_parent", "ages": "all_ages", "work": "work", "rent": "yes"}
    for code in directory.places.municipalities:
        for service, _ in directory.advise(told | {"place": code}, TODAY):
            entry = directory.services[service]
            assert entry.active
            assert directory.covers(entry, code, TODAY)


def test_the_entry_of_the_own_municipality_is_shown(directory: Directory) -> None:
    def shown(place: str) -> dict[str, str]:
        told = {"household": "single_parent", "ages": "primary", "place": place}
        return {a.scheme: service for service, a in directory.advise(told, TODAY)}

    assert shown("GM0637")["stadspas"] == "zoetermeerpas"
    assert shown("GM0637")["leergeld"] == "leergeld_zoetermeer"
    assert shown("GM0944")["stadspas"] == "stadspas"


def test_a_withdrawn_service_is_left_out(directory: Directory) -> None:
    gone = replace(directory.services["voedselbank"], status="stopped")
    rest = replace(directory, services={**directory.services, "voedselbank": gone})
    assert "voedselbank" not in [service for service, _ in rest.advise({}, TODAY)]
    assert rest.advise({}, TODAY)


# -- limits belong to a scheme


def test_one_municipality_uses_three_limits_at_once(directory: Directory) -> None:
    """Mook en Middelaar 2023: 105 for one scheme, 120 for another, 130 for a third."""
    norms = directory.schemes.norms
    found = {
        scheme: norms.limit(scheme, "GM0944")
        for scheme in ("individuele_inkomenstoeslag", "kindpakket", "leergeld")
    }
    assert [limit.low for limit in found.values() if limit] == [105, 120, 130]
    assert [limit.assets for limit in found.values() if limit] == ["yes", "no", "yes"]


def fits(directory: Directory, place: str, **told: str) -> dict[str, bool]:
    household = Household.of(told | {"place": place})
    book = directory.schemes
    return {a.scheme: a.fits for a in advise(household, book.all.values(), book.norms, TODAY)}


def test_an_income_under_120_fits_where_the_limit_is_120_or_130_and_not_at_105(directory) -> None:
    family = {"household": "couple_children", "ages": "primary", "savings": "no"}
    found = fits(directory, "GM0944", income_below="yes", **family)
    assert (found["kindpakket"], found["leergeld"]) == (True, True)
    assert not found["individuele_inkomenstoeslag"]
    assert fits(directory, "GM0944", work="bijstand", **family)["individuele_inkomenstoeslag"]


def test_savings_count_by_the_scheme_of_the_place(directory) -> None:
    """The activity scheme of Mook en Middelaar does not look at savings; its Leergeld does."""
    family = {"household": "couple_children", "ages": "primary", "savings": "yes"}
    found = fits(directory, "GM0944", income_below="yes", **family)
    assert (found["kindpakket"], found["leergeld"]) == (True, False)


def test_an_old_or_undated_limit_decides_nothing() -> None:
    scheme = Scheme(
        "pas",
        3,
        2,
        Source("x", 2026),
        income=Income("pct_bijstandsnorm", 110, 130),
        harmless=frozenset(RISKS),
    )
    person = Household(income_below="yes", savings="no", place="GM0001")
    for year, low, kind in ((2026, 100, "ask"), (2022, 100, "likely"), (None, 100, "likely")):
        limit = Limit("pas", frozenset({"GM0001"}), "Pas", low, low, "unknown", Source("x", year))
        norms = Norms(120, "excl", (), (limit,))
        assert advise(person, [scheme], norms, TODAY)[0].kind == kind


# -- the one amount


def test_the_amount_is_that_of_the_household_and_says_since_when(directory) -> None:
    norms = directory.schemes.norms
    alone = threshold(Household(home="single_parent"), norms, date(2026, 3, 1))
    together = threshold(Household(home="couple_children"), norms, date(2026, 3, 1))
    assert alone
    assert together
    assert (alone.cents, together.cents) == (159772, 228242)
    assert (alone.start, alone.basis, alone.pct) == (date(2026, 1, 1), "excl", 120)
    assert threshold(Household(), norms, date(2026, 3, 1)) == together


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_a_norm_that_outlived_its_half_year_says_so(day: date) -> None:
    rows = tuple(
        Norm(start, "excl", "couple", {120: start.toordinal()}, Source("x", start.year))
        for start in (date(2024, 1, 1), date(2025, 7, 1), date(2026, 1, 1))
    )
    found = threshold(Household(), Norms(120, "excl", rows), day)
    assert found
    assert found.start <= day
    half = date(day.year, 1 if day.month < 7 else 7, 1)
    assert found.expired == (found.start < half)


def test_the_two_bases_are_never_mixed(directory) -> None:
    for row in directory.schemes.norms.rows:
        only = replace(directory.schemes.norms, rows=(row,))
        found = threshold(Household(home="alone"), only, TODAY)
        assert found is None or found.basis == row.basis == directory.schemes.norms.basis


def test_before_the_first_norm_there_is_no_amount(directory) -> None:
    assert threshold(Household(), directory.schemes.norms, date(2020, 1, 1)) is None


# -- the facts


def test_every_fact_has_a_source_and_a_date_or_says_that_it_has_none(directory) -> None:
    book = directory.schemes
    sources = [scheme.source for scheme in book.all.values()]
    sources += [s.cost_source for s in book.all.values() if s.cost_source]
    sources += [figure.source for scheme in book.all.values() for figure in scheme.figures]
    rows = (*book.norms.rows, *book.norms.limits, *book.norms.assets)
    sources += [row.source for row in rows]
    assert all(source.source for source in sources)
    assert all(source.year is None or 2010 <= source.year <= TODAY.year for source in sources)
    assert all(row.source.year for row in book.norms.rows)


def test_what_sources_disagree_about_is_not_told(directory) -> None:
    """The asset limit of 2026: 8,000 in one place and 7,770 in another."""
    shown = [limit for limit in directory.schemes.norms.assets if limit.source.shown]
    assert max(limit.source.year or 0 for limit in shown) == 2025


def test_risks_name_what_is_known_and_what_nobody_looked_into(directory) -> None:
    all_ = directory.schemes.all
    assert risks(all_["leergeld"], Household()) == ()
    assert risks(all_["stadspas"], Household()) == ("residence",)
    assert risks(all_["stadspas"], Household(residence="settled")) == ()
    assert risks(all_["bijstand"], Household(residence="settled")) == (
        "debt",
        "repayment",
        "report",
    )


@given(
    st.dictionaries(st.sampled_from([*ANSWERS, "place", "role"]), st.text(max_size=9), max_size=6)
)
def test_a_value_that_nobody_declared_is_not_told(told: dict[str, str]) -> None:
    household = Household.of(told)
    for name, value in told.items():
        if name in ANSWERS and value not in ANSWERS[name]:
            assert Household.of({**told, name: ""}) == household


@pytest.mark.parametrize("name", AGES)
def test_children_of_these_ages_are_of_these_bands(name: str) -> None:
    assert Household.of({"ages": name}).ages == AGES[name]
