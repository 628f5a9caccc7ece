"""The households of the proof: everybody who can answer the questions of the scheme check.

There are some forty thousand ways to answer. For the walk over a conversation only this matters:
which of its scheme finds show something, and which of its conditions hold. One household stands for
all with the same outcome. What a municipality's own limit can change (``likely`` or ``ask``) is
tried in every number, so the result holds in every place, and when every limit has grown old.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import TypeAlias

from bot.content.strict import problem
from bot.engine.model import Ask, Condition, Find, Release, Run, Step, When
from bot.schemes import (
    AGES,
    ANSWERS,
    HOMES,
    KINDS,
    WORKS,
    Advice,
    Household,
    advise,
    alike,
    risks,
)

FILE = "directory/schemes.yaml"
LATER = date(2039, 3, 5)
"""A day on which every norm and limit of today has grown old."""

Found: TypeAlias = tuple[tuple[str, Advice], ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A household: what conditions look at, which answers are fixed by it, and what it gets."""

    told: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    advices: Found = ()


NOBODY = Variant()
"""Stands for everybody where a conversation does not look at schemes."""


class Households:
    """Finds the households that make a difference to a conversation."""

    def __init__(self, release: Release) -> None:
        self.release = release
        limits = release.directory.schemes.norms.limits
        self.movable = frozenset(limit.scheme for limit in limits)
        self._got: dict[Household, tuple[tuple[Found, Counter[str]], ...]] = {}
        self._variants: dict[str, tuple[Variant, ...]] = {}

    def of(self, conversation: str) -> tuple[Variant, ...]:
        """Return one household for each combination of outcomes that differs."""
        if conversation not in self._variants:
            self._variants[conversation] = tuple(self._different(conversation))
        return self._variants[conversation]

    def _different(self, conversation: str) -> Iterator[Variant]:
        steps = self._steps(conversation, set())
        finds = [step for step in steps if isinstance(step, Find) and step.schemes]
        if not finds:
            yield NOBODY
            return
        conditions = list(_conditions(steps))
        names = frozenset(name for condition in conditions for name in condition)
        seen: set[object] = set()
        for told in everybody():
            held = tuple(_holds(condition, told) for condition in conditions)
            for got, counts in self._counted(told):
                key = (held, tuple(_shows(find, counts) for find in finds))
                if key not in seen:
                    seen.add(key)
                    known = {name: value for name, value in told.items() if name in names}
                    yield Variant(known, frozenset(ANSWERS), got)

    def _steps(self, name: str, seen: set[str]) -> list[Step]:
        """Return the steps of a conversation and of the parts it runs."""
        if name in seen:
            return []
        seen.add(name)
        own = list(self.release.conversations[name].steps.values())
        parts = [step.conversation for step in own if isinstance(step, Run)]
        return own + [step for part in parts for step in self._steps(part, seen)]

    def gets(self, told: Mapping[str, str]) -> tuple[Found, ...]:
        """Return what a household can get, wherever it lives."""
        return tuple(found for found, _ in self._counted(told))

    def _counted(self, told: Mapping[str, str]) -> tuple[tuple[Found, Counter[str]], ...]:
        """Return what a household can get, and how much of it is of each kind of advice.

        Counted once a household, because it is asked for millions of times.
        """
        household = alike(Household.of(told))
        if household not in self._got:
            book = self.release.directory.schemes
            advices = advise(household, book.all.values(), book.norms, LATER)
            found = tuple((advice.scheme, advice) for advice in advices)
            got = _anywhere(found, self.movable)
            self._got[household] = tuple((one, _kinds(one)) for one in got)
        return self._got[household]


def everybody() -> Iterator[dict[str, str]]:
    """Yield every way to answer the questions, also by not answering them."""
    for values in product(*(("", *values) for values in ANSWERS.values())):
        yield {name: value for name, value in zip(ANSWERS, values, strict=True) if value}


def problems(households: Households, helps: Callable[[str], bool]) -> Iterator[str]:
    """Yield where the scheme check breaks its word, for each way to stay, told or kept back.

    Nobody gets an empty answer, every scheme says where to go, and nobody is told to ask where that
    is not known to be harmless. Only who says that residence is settled is not warned about it.
    """
    schemes = households.release.directory.schemes.all
    if not schemes:
        return
    for name in schemes:
        if not helps(name):
            yield problem(FILE, 1, f"'{name}': its service says no way to reach it; add one")
    empty = next((told for told in everybody() if not households.gets(told)[0]), None)
    if empty is not None:
        yield problem(FILE, 1, f"nothing for {empty}; add a scheme without conditions")
    for residence in ("", *ANSWERS["residence"]):
        yield from _careless(households.release, residence)


def _careless(release: Release, residence: str) -> Iterator[str]:
    """Name each scheme that somebody is told to ask for although that may cost something."""
    book = release.directory.schemes
    told: set[str] = set()
    for household in _plain(residence):
        for advice in advise(household, book.all.values(), book.norms, LATER):
            costly = risks(book.all[advice.scheme], household)
            if costly and advice.kind != "advice" and advice.scheme not in told:
                told.add(advice.scheme)
                who = f"'{residence}'" if residence else "who does not say how they stay"
                text = f"'{advice.scheme}' is '{advice.kind}' for {who}"
                yield problem(FILE, 1, f"{text}, but may cost {costly[0]}; mend the check")


def _plain(residence: str) -> Iterator[Household]:
    """Yield households of every kind and income that stay here in one way."""
    for home, ages, work, below in product(HOMES, AGES, WORKS, ("", "yes")):
        yield Household(home, AGES[ages], work, below, "no", "yes", residence)


def _conditions(steps: Iterable[Step]) -> Iterator[Condition]:
    """Yield what steps and options ask about a household, and nothing else they ask."""
    for step in steps:
        cases: list[Condition] = []
        if isinstance(step, When):
            cases = [case for case, _ in step.branches]
        elif isinstance(step, Ask):
            cases = [option.when for option in step.options.values()]
        for case in cases:
            about = {name: values for name, values in case.items() if name in ANSWERS}
            if about:
                yield about


def _holds(condition: Condition, told: Mapping[str, str]) -> bool:
    return all(told.get(name, "") in values for name, values in condition.items())


def _kinds(found: Found) -> Counter[str]:
    return Counter({**Counter(advice.kind for _, advice in found), "all": len(found)})


def _shows(find: Find, counts: Mapping[str, int]) -> bool:
    return counts[find.schemes] > find.skip


def _anywhere(found: Found, movable: frozenset[str]) -> Iterator[Found]:
    """Yield what is found where 0, 1, 2 ... of the local limits let a scheme fit."""
    moving = [a.scheme for _, a in found if a.scheme in movable and a.kind != "advice"]
    for count in range(len(moving) + 1):
        likely = frozenset(moving[:count])
        kinds = {name: "likely" if name in likely else "ask" for name in moving}
        moved = [(s, Advice(a.scheme, kinds.get(a.scheme, a.kind), a.fits)) for s, a in found]
        yield tuple(sorted(moved, key=lambda pair: KINDS.index(pair[1].kind)))
