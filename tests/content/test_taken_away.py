"""What is taken away is noticed, and the problem tells the way on which somebody misses it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import routes
from bot.content.load import Content, load
from bot.content.report import examine
from bot.content.ways import Words
from bot.directory import Edition
from tests.conftest import NOON, ROOT, edit

ALL = "directory/services/all.yaml"
PATTERN, _ = routes.read_routes(ROOT / "directory")


def problems(root: Path) -> list[str]:
    return list(examine(root, NOON.date()).problems)


@pytest.fixture
def whole(root: Path) -> Path:
    """The small content, in which every way ends at help."""
    edit(root, "conversations/begin.yaml", "Tot een volgende keer.", "Bel gerust {altijd.phone}.")
    assert problems(root) == []
    return root


def without(content: Content, name: str) -> Content:
    """Return the content without one service."""
    services = {k: s for k, s in content.release.directory.services.items() if k != name}
    directory = replace(content.release.directory, services=services)
    return replace(content, release=replace(content.release, directory=directory))


def stopped_in(content: Content, name: str, place: str) -> Content:
    """Return the content in which one municipality stops a national service."""
    service = replace(content.release.directory.services[name], status="stopped")
    editions = {place: Edition(services={name: service})}
    directory = replace(content.release.directory, editions=editions)
    return replace(content, release=replace(content.release, directory=directory))


def missing(content: Content) -> list[str]:
    return list(routes.problems(content, Words(content)))


def test_a_service_that_is_gone_is_told_with_every_way_that_led_to_it(whole: Path) -> None:
    """The rest of the directory being wrong does not hide what follows for people."""
    edit(whole, ALL, "  - id: eetbank\n    name: Eetbank", "  - id: soep\n    name: Soep")
    edit(whole, ALL, "needs: [food]", "needs: [talk]")
    found = problems(whole)
    assert any("no service serves the need 'food'; add an entry" in line for line in found)
    assert any("never shows 'eetbank' on the way today -> now -> where" in line for line in found)
    assert any("ends without help for" in line and 'niet" -> where' in line for line in found)


def test_a_service_that_a_sentence_quotes_is_missed_on_the_way_to_that_sentence(
    whole: Path,
) -> None:
    edit(whole, ALL, "  - id: altijd\n", "  - id: anders\n")
    found = [line for line in problems(whole) if "{altijd.phone}: no service" in line]
    assert any('(on the way today -> "Nee" -> now)' in line for line in found)


@pytest.mark.parametrize("name", sorted({name for route in PATTERN for name in route.through}))
def test_a_fallback_of_every_municipality_cannot_be_taken_away(real: Content, name: str) -> None:
    """Of the pattern that works everywhere, each entry is needed somewhere."""
    found = missing(without(real, name))
    assert found
    for line in found:
        assert line.startswith("directory/everywhere.yaml:")
        assert f"'{name}' is no entry (on the way " in line
        assert "has no route for" in line


def test_with_the_whole_pattern_every_municipality_has_a_route(real: Content) -> None:
    assert missing(real) == []


def test_no_municipality_can_stop_a_fallback_for_itself(real: Content) -> None:
    """An override may, where an entry of its own takes over; a child in Texel has none."""
    found = missing(stopped_in(real, "wijkteam", "GM0448"))
    assert len(found) == 3
    assert all(" in Texel has no route for 'desk': 'wijkteam' is not found" in f for f in found[:1])


def test_an_entry_of_its_own_is_a_route(real: Content) -> None:
    """Leergeld Zoetermeer stands for Leergeld there."""
    assert missing(stopped_in(real, "leergeld", "GM0637")) == []


def test_without_the_pattern_itself_nothing_is_proved(whole: Path) -> None:
    (whole / "directory" / "everywhere.yaml").unlink()
    assert any("everywhere.yaml:1: no routes" in line for line in problems(whole))


def test_a_route_says_what_it_lacks(whole: Path) -> None:
    edit(whole, "directory/everywhere.yaml", "need: talk, ", "")
    assert any("a route needs 'need', 'roles'" in line for line in problems(whole))


def test_a_find_without_none_is_told_with_the_way_to_it(whole: Path) -> None:
    edit(whole, "conversations/eten.yaml", "    none: nothing\n", "")
    (found,) = [line for line in problems(whole) if "'find' without 'none'" in line]
    assert '(on the way today -> "Ja" -> where -> offers)' in found


@pytest.mark.parametrize("step", ["end", "silence"])
def test_a_none_branch_must_lead_to_help_although_it_is_never_needed_today(
    whole: Path, step: str
) -> None:
    """The directory answers; on the day on which it does not, this way would end empty."""
    edit(whole, "conversations/begin.yaml", "goto: /praten, if", "goto: /praten.nobody, if")
    edit(whole, "conversations/praten.yaml", "none: nobody", f"none: {step}")
    if step == "silence":
        silence = "  silence: {say: Dag., goto: end}\n  nobody:"
        edit(whole, "conversations/praten.yaml", "  nobody:", silence)
    (found,) = problems(whole)
    assert found.startswith(
        "conversations/praten.yaml:8: show: when nothing is found, the way ends"
    )
    assert "(on the way show -> none" in found
    assert "let 'none' lead to help" in found


def test_a_danger_number_that_is_gone_is_told_with_what_somebody_types(whole: Path) -> None:
    edit(
        whole,
        ALL,
        "schedule: always",
        "schedule: [{days: weekdays, opens_at: '09:00', closes_at: '17:00'}]",
    )
    found = problems(whole)
    assert any("the last line must be open day and night" in line for line in found)
    assert any('on the way "ik wil dood" -> suicide -> altijd' in line for line in found)


@pytest.mark.parametrize("need", ["urgent_food", "urgent_bed"])
def test_no_food_or_bed_tonight_needs_somebody_who_answers_tonight(whole: Path, need: str) -> None:
    """The foodbank that opens tomorrow does not count."""
    edit(whole, "conversations/eten.yaml", "need: food, max: 2", f"need: {need}, max: 2")
    edit(whole, ALL, "needs: [food]", f"needs: [food, {need}]")
    edit(whole, "conversations/eten.yaml", "Bel vandaag nog {altijd.phone}.", "Vraag het.")
    found = [line for line in problems(whole) if "ends without help that answers at that" in line]
    assert found
    assert all("conversations/eten.yaml:" in line and " -> " in line for line in found)


def test_the_real_content_is_loaded_without_problem_for_these_tests() -> None:
    _, wrong = load(ROOT)
    assert wrong == []
