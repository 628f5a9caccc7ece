"""Nobody leaves empty-handed: the abstract walk finds what brute force finds, and says the path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path

import pytest

from bot.content.load import Content, load
from bot.content.proof import AGES, ROLES, Person, Prover, Table, Week, problems, prove
from bot.content.report import examine
from bot.engine.model import Find, Target
from bot.engine.session import Message, Session, Shown, Turn
from bot.engine.turn import open_at, take_turn
from tests.conftest import NOON, edit

PLACES = ("", "GM0150", "GM0014")
LOCAL = """
  - id: buurteten
    name: Buurteten
    status: active
    needs: [food]
    roles: [child]
    applicants: [child]
    service_area: [GM0150]
    phones: [{number: 0800-0003}]
    gives: Eten in de buurt.
    who: Voor kinderen.
    how: Bel.
    provenance:
      - {fields: [name, phones, gives, who, how], source: 'https://buurt.example', year: 2025}
"""


def content(root: Path) -> Content:
    loaded, wrong = load(root)
    assert wrong == []
    return loaded


def brute(loaded: Content, moments: list[datetime]) -> set[tuple[str, str, str, bool]]:
    """Press every button, for everybody, at every moment, with the real engine and directory."""
    prover = Prover(loaded)
    prover.release = replace(loaded.release, directory=prover.week.release_directory)
    found = set()
    for name, conversation in loaded.release.conversations.items():
        if name == "plaats":
            continue
        for role, age, place, moment, known in product(ROLES, AGES, PLACES, moments, (True, False)):
            if (role and role not in conversation.roles) or (age and role not in ("", "child")):
                continue
            person = Person(role, age, place)
            answers = {k: v for k, v in person._asdict().items() if v and known}
            for entry in prover._entries(conversation):
                target = Target(step=entry, conversation=name)
                first = open_at(prover.release, Session(answers=answers), target, moment)
                if any(_empty(prover, first, name, person, moment, frozenset(), set())):
                    found.add((name, role, age, known))
    return found


def _empty(
    prover: Prover, turn: Turn, name: str, person: Person, now: datetime, had: frozenset, seen: set
) -> Iterator[bool]:
    shown = had | _help(prover, turn, now)
    if turn.reply.ended:
        yield "some" not in shown
        return
    if turn.session.stack[0].conversation != name:
        return
    key = (turn.session.stack, tuple(sorted(turn.session.answers.items())), shown)
    if key in seen:
        return
    seen.add(key)
    for choice in turn.reply.choices:
        option = choice.id.rpartition("~")[0].rpartition(".")[2]
        step = prover.release.conversations[turn.session.stack[-1].conversation].steps[
            turn.session.stack[-1].step
        ]
        truth = person._asdict().get(step.save)
        if not (truth and option in ("child", "parent", "helper") and option != truth):
            after = take_turn(prover.release, turn.session, Message(choice=choice.id), now)
            yield from _empty(prover, after, name, person, now, shown, seen)
        if step.input == "place" and person.place:
            code = f"{choice.id.rpartition('.')[0]}.{person.place}~{step.fingerprint}"
            after = take_turn(prover.release, turn.session, Message(choice=code), now)
            yield from _empty(prover, after, name, person, now, shown, seen)


def _help(prover: Prover, turn: Turn, now: datetime) -> frozenset:
    for item in turn.reply.items:
        names = [item.service] if isinstance(item, Shown) else prover._quoted(item.key)
        if any(prover.table.helps(service, now) for service in names):
            return frozenset({"some"})
    return frozenset()


CHANGES = {
    "as it is": [],
    "no service for food": [("directory/services/all.yaml", "needs: [food]", "needs: [talk]")],
    "food for parents only": [
        (
            "directory/services/all.yaml",
            "needs: [food]\n    roles: [child, parent, helper]",
            "needs: [food]\n    roles: [parent]",
        ),
    ],
    "no card and a quiet end": [
        ("conversations/eten.yaml", "no: {text: Nee, goto: now}", "no: {text: Nee, goto: end}"),
    ],
    "a number without hours": [
        (
            "directory/services/all.yaml",
            "    url: https://eetbank.example\n",
            "    phones: [{number: 0800-0004}]\n",
        ),
        ("directory/services/all.yaml", "who, url, gives", "who, phones, gives"),
    ],
    "help for one town alone": [
        (
            "directory/services/all.yaml",
            "needs: [food]\n    roles: [child, parent, helper]",
            "needs: [food]\n    roles: [parent]",
        ),
        ("directory/services/all.yaml", "services:\n", f"services:{LOCAL}"),
    ],
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_abstract_walk_finds_exactly_what_brute_force_finds(root: Path, name: str) -> None:
    for change in CHANGES[name]:
        edit(root, *change)
    loaded = content(root)
    proof = prove(loaded)
    week = Week(loaded.release.directory)
    moments = [m for m in week.moments if m.day % 3 == 2]
    found = {(g.conversation, g.person.role, g.person.age, g.known) for g in proof.gaps}
    assert found == brute(loaded, moments)


def test_a_taken_away_service_is_named_with_the_path(root: Path) -> None:
    edit(root, "conversations/begin.yaml", "Tot een volgende keer.", "Bel gerust {altijd.phone}.")
    edit(
        root, "conversations/begin.yaml", "{text: Nee dank je, goto: bye}", "{text: Nee, goto: bye}"
    )
    assert list(problems(content(root), prove(content(root)))) == []
    edit(root, "directory/services/all.yaml", "needs: [food]", "needs: [talk]")
    found = list(problems(content(root), prove(content(root))))
    assert found
    assert all(line.startswith("conversations/eten.yaml:") for line in found)
    assert any(
        'today -> "Dat zeg ik liever niet" -> where' in line
        and "show a service before the end" in line
        for line in found
    )


def test_danger_needs_a_line_that_answers_at_that_very_moment(root: Path) -> None:
    edit(
        root,
        "directory/services/all.yaml",
        "schedule: always",
        "schedule: [{days: weekdays, opens_at: '09:00', closes_at: '17:00'}]",
    )
    proof = prove(content(root))
    assert len(proof.dangers) == 1
    assert proof.dangers[0].startswith("conversations/gevaar.yaml:4: suicide: 'altijd' does not")
    assert 'on the way "ik wil dood" -> suicide -> altijd' in proof.dangers[0]


def test_for_no_food_tonight_tomorrow_does_not_count(root: Path) -> None:
    edit(root, "conversations/eten.yaml", "need: food, max: 2", "need: urgent_food, max: 2")
    edit(root, "directory/services/all.yaml", "needs: [food]", "needs: [food, urgent_food]")
    gaps = [gap for gap in prove(content(root)).gaps if gap.conversation == "eten"]
    assert gaps
    assert all(gap.urgent for gap in gaps)


def test_the_table_of_searches_is_the_directory(real: Content) -> None:
    """Every search, for everybody, anywhere, at a moment of each kind."""
    week = Week(real.release.directory)
    table = Table(week.release_directory, week)
    steps = [s for c in real.release.conversations.values() for s in c.steps.values()]
    needs = {step.need for step in steps if isinstance(step, Find)}
    for need, role, age, place, moment in product(needs, ROLES, AGES, PLACES, week.moments[::37]):
        person = {"role": role, "age": age, "place": place}
        right = week.release_directory.find(need, now=moment, limit=3, **person)
        assert table.find(need, now=moment, limit=3, **person) == right


ASKED = """
  who_asks:
    when:
      - {if: {asks_food: me}, goto: silent}
    else: offers
  silent:
    ask: Lukt dat?
    options:
      ok: {text: Ja, goto: end}
  offers:"""


@pytest.mark.parametrize(
    ("applicants", "left_out"), [("[parent]", {"parent"}), ("[child]", {"child", ""})]
)
def test_the_way_of_those_who_may_ask_is_walked_for_them_alone(
    root: Path, applicants: str, left_out: set[str]
) -> None:
    """Which way somebody goes depends on the entry; who keeps their role is taken for a child."""
    edit(root, "directory/services/all.yaml", "applicants: [parent]", f"applicants: {applicants}")
    edit(
        root,
        "conversations/eten.yaml",
        "shared/plaats, goto: offers",
        "shared/plaats, goto: who_asks",
    )
    edit(root, "conversations/eten.yaml", "\n  offers:", ASKED)
    loaded = content(root)
    week = Week(loaded.release.directory)
    gaps = {(g.conversation, g.person.role, g.person.age, g.known) for g in prove(loaded).gaps}
    roles = {role for name, role, _, known in gaps if name == "eten" and known}
    assert roles == left_out
    assert gaps == brute(loaded, [m for m in week.moments if m.day % 3 == 2])


def test_who_may_ask_is_known_for_every_need_and_for_nothing_else(root: Path) -> None:
    edit(
        root,
        "conversations/eten.yaml",
        "shared/plaats, goto: offers",
        "shared/plaats, goto: who_asks",
    )
    edit(root, "conversations/eten.yaml", "\n  offers:", ASKED.replace("asks_food", "asks_fod"))
    found = list(examine(root, NOON.date()).problems)
    assert any(
        "asks about 'asks_fod', which nobody declares; do you mean" in line for line in found
    )
