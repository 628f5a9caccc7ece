"""The proof of the scheme check: walked for every household, in every place, at any date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from bot.content import households
from bot.content.check import check, structure
from bot.content.households import NOBODY, Households, everybody, problems
from bot.content.load import Content, load
from bot.content.proof import problems as gaps
from bot.content.proof import prove
from bot.engine.model import Find
from bot.schemes import RISKS, Advice, Household, Norms, Scheme, Schemes, Source

TODAY = date(2026, 11, 24)
ASKS = """conversation: geld
title: Geld
for: [parent]
answers:
  household: {values: [alone, single_parent], keep: conversation}
  savings: {values: [yes, no], keep: conversation}
start: who
steps:
  who:
    ask: Met wie woon je?
    save: household
    options:
      alone: {text: Alleen, goto: money}
      single_parent: {text: Met kinderen, goto: money}
      skip: {text: Dat sla ik over, goto: money}
  money:
    ask: Is er spaargeld?
    save: savings
    options:
      yes: {text: Ja, goto: likely}
      no: {text: Nee, goto: likely}
  likely:
    find: {schemes: likely, max: 3}
    none: asking
    goto: end
  asking:
    find: {schemes: ask, max: 3}
    none: NONE
    goto: end
  desk:
    find: {need: food, max: 1}
    none: nobody
    goto: end
  nobody: {say: 'Bel {altijd.phone}.', goto: end}
"""
FREE = frozenset(RISKS)


def scheme(name: str, *, costs: frozenset[str] = frozenset(), children: bool = False) -> Scheme:
    return Scheme(
        name, 3, 2, Source("x", 2026), assets="yes", costs=costs, harmless=FREE - costs,
        children_required=children,
    )  # fmt: skip


def small(root: Path, *found: Scheme, none: str = "end") -> Content:
    """The small content with a conversation about schemes; its service serves as all of them."""
    text = ASKS.replace("NONE", none)
    if none == "end":
        text = text[: text.index("  desk:")]
    (root / "conversations" / "geld.yaml").write_text(text, encoding="utf-8")
    content, wrong = load(root)
    assert wrong == []
    directory = content.release.directory
    one = next(iter(directory.services.values()))
    services = {s.id: replace(one, id=s.id, url="https://a.nl") for s in found}
    book = Schemes({s.id: s for s in found}, Norms(120), {})
    release = replace(
        content.release,
        directory=replace(directory, services={**directory.services, **services}, schemes=book),
    )
    return replace(content, release=release)


def told_gaps(content: Content) -> list[str]:
    return [line for line in gaps(content, prove(content)) if "geld.yaml" in line]


def test_a_conversation_that_shows_a_scheme_to_everybody_is_proved(root: Path) -> None:
    content = small(root, scheme("pas"))
    assert structure(content) == check(content) == []
    assert told_gaps(content) == []


def test_somebody_for_whom_there_is_only_advice_is_named_with_the_path(root: Path) -> None:
    """All the schemes may cost something, and the script never shows what needs advice first."""
    found = told_gaps(small(root, scheme("pas", costs=frozenset({"debt"}))))
    assert len(found) == 1
    assert 'who -> "Alleen" -> money -> "Ja" -> likely -> asking' in found[0]


def test_a_household_without_children_is_not_forgotten(root: Path) -> None:
    """Whoever has children finds something; who lives alone walks on to an empty end."""
    assert told_gaps(small(root, scheme("pakket", children=True)))
    assert not told_gaps(small(root, scheme("pakket", children=True), none="desk"))


def test_nobody_may_get_an_empty_answer(root: Path) -> None:
    content = small(root, scheme("pakket", children=True), none="desk")
    found = prove(content).schemes
    assert len(found) == 1
    assert "nothing for {'household': 'alone'}" in found[0]


def test_the_shipped_schemes_keep_their_word(proof: Households) -> None:
    assert list(problems(proof, lambda name: True)) == []


def test_a_scheme_that_says_no_way_to_reach_it_is_a_problem(proof: Households) -> None:
    found = list(problems(proof, lambda name: name != "bijstand"))
    assert len(found) == 1
    assert "'bijstand': its service says no way" in found[0]


@pytest.mark.parametrize("residence", ["", "eu_recent", "permit", "no_papers"])
def test_a_careless_answer_is_found_for_each_way_to_stay(
    real: Content, monkeypatch: pytest.MonkeyPatch, residence: str
) -> None:
    """A check that says "ask" of everything to these people would be caught."""

    def careless(household: Household, schemes, norms, today):
        kind = "ask" if household.residence == residence else "advice"
        return tuple(Advice(scheme.id, kind, True) for scheme in schemes)

    monkeypatch.setattr(households, "advise", careless)
    found = list(problems(Households(real.release), lambda name: True))
    who = f"'{residence}'" if residence else "who does not say"
    assert any("'bijstand' is 'ask' for " + who in line and "residence" in line for line in found)


@pytest.fixture(scope="module")
def proof(real: Content) -> Households:
    return Households(real.release)


def shown(content: Content, told: Mapping[str, str], finds: list[Find]) -> tuple[bool, ...]:
    got = content.release.directory.advise(told, TODAY)
    return tuple(
        sum(find.schemes in ("all", advice.kind) for _, advice in got) > find.skip for find in finds
    )


def test_what_anybody_finds_anywhere_is_among_what_the_proof_walks(
    real: Content, proof: Households
) -> None:
    """Every municipality with limits or entries of its own, and one household in a thousand."""
    steps = proof._steps("regelingen", set())
    finds = [step for step in steps if isinstance(step, Find) and step.schemes]
    walked = {
        tuple(households._shows(find, households._kinds(variant.advices)) for find in finds)
        for variant in proof.of("regelingen")
    }
    directory = real.release.directory
    places = {code for limit in directory.schemes.norms.limits for code in limit.places}
    places |= {code for s in directory.services.values() for code in s.area if code != "NL"}
    some = list(islice(everybody(), 0, None, 1009))
    for place in ("", *sorted(places)):
        for told in some:
            assert shown(real, {**told, "place": place} if place else told, finds) in walked


def test_a_conversation_without_schemes_has_nobody_special(proof: Households) -> None:
    assert proof.of("eten") == (NOBODY,)


def test_the_walk_is_small(proof: Households) -> None:
    """Forty thousand ways to answer become a handful of households."""
    assert 1 < len(proof.of("regelingen")) < 40


def test_an_answer_with_another_meaning_is_refused(root: Path) -> None:
    content = small(root, scheme("pas"))
    path = root / "conversations" / "geld.yaml"
    path.write_text(path.read_text().replace("[yes, no]", "[yes, no, maybe]"), encoding="utf-8")
    again, _ = load(root)
    assert any("reads 'savings', not 'maybe'" in line for line in structure(again))
    assert structure(content) == []


def test_a_reply_of_schemes_is_counted_at_its_longest(real: Content) -> None:
    """The row of a chat has one length: the longest entry, local ones too, must fit into it."""
    from bot.content.room import Room

    directory = real.release.directory
    longest = max((s.id for s in directory.services.values() if directory.scheme(s)), key=len)
    assert Room(real)._scheme == longest
