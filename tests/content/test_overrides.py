"""A municipality says otherwise: shown there and nowhere else, and refused where it could harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.check import check
from bot.content.extract import sources_of
from bot.content.load import Content, load
from bot.content.proof import Table, Week
from bot.engine.session import Message, Reply, Session, Shown, Text
from bot.engine.turn import take_turn
from bot.wording import speak
from tests.conftest import NOON

REJECTED = sorted((Path(__file__).parents[1] / "rejected" / "overrides").glob("*.yaml"))
DEVENTER, ELSEWHERE = "GM0150", "GM0014"
OWN = """municipality: GM0150
services:
  eetbank:
    phones: [{number: 0570 693911}]
    schedule: [{days: weekdays, opens_at: '13:00', closes_at: '15:00'}]
    how: Bel {phone} voor een afspraak.
    provenance:
      - {fields: [phones, schedule], source: 'https://deventer.example', year: 2026}
      - {fields: [how], source: 'https://deventer.example', year: 2026,
         assured_date: 2026-11-01, assured_by: steward Deventer}
texts:
  eten.today.say:
    text: Fijn dat je het in Deventer vraagt.
    source: https://deventer.example
    year: 2026
"""


def put(root: Path, text: str, name: str = "gm0150") -> tuple[Content, list[str]]:
    folder = root / "directory" / "overrides"
    folder.mkdir()
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load(root)


@pytest.fixture
def own(root: Path) -> Content:
    content, problems = put(root, OWN)
    assert problems == check(content) == []
    return content


def said(content: Content, place: str, language: str = "nl") -> list[str]:
    reply = Reply(items=(Text("eten.today.say"), Shown("eetbank")))
    session = Session(language=language, answers={"place": place} if place else {}, reply=reply)
    return [bubble.text for bubble in speak(content.release, session, NOON).bubbles]


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_each_rule_refuses_its_example_and_says_why(path: Path, root: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = "gm9999" if path.stem == "unknown_municipality" else "gm0150"
    content, problems = put(root, text, name)
    problems = problems or check(content)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"directory/overrides/{name}.yaml:")
    assert text.splitlines()[0].removeprefix("# ") in problems[0]


def test_what_serves_tonight_cannot_be_taken_away(root: Path) -> None:
    """An urgent need is proved with the national hours."""
    services = root / "directory" / "services" / "all.yaml"
    text = services.read_text(encoding="utf-8").replace("[food]", "[food, urgent_food]")
    services.write_text(text, encoding="utf-8")
    assert any("tonight depends on 'eetbank'" in problem for problem in put(root, OWN)[1])


def test_no_local_service_stands_instead_of_a_line_for_danger(root: Path) -> None:
    """Nobody's 112 or 113 is replaced because of where they live."""
    services = root / "directory" / "services" / "all.yaml"
    text = services.read_text(encoding="utf-8")
    mine = text.split("  - id: ")[-1].replace("eetbank", "lijn").replace("[NL]", "[GM0150]")
    mine = mine.partition("routes:")[0]
    for line, wrong in (("altijd", 1), ("eetbank", 0)):
        extra = f"  - id: {mine}    instead_of: {line}\n"
        services.write_text(text.replace("services:\n", f"services:\n{extra}", 1), encoding="utf-8")
        content, problems = load(root)
        assert problems == []
        found = [one for one in check(content) if "a line for danger" in one]
        assert len(found) == wrong, found


def test_a_municipality_says_its_own_words_and_facts(own: Content) -> None:
    text, card = said(own, DEVENTER)
    assert text == "Fijn dat je het in Deventer vraagt."
    assert "Bel 0570 693911 voor een afspraak." in card
    assert "opent vandaag om 13:00" in card
    assert "Eten voor een week." in card


@pytest.mark.parametrize(
    ("place", "town", "own_words"), [(DEVENTER, "Deventer", True), (ELSEWHERE, "Groningen", False)]
)
def test_a_poster_of_the_municipality_leads_to_its_own_words(
    own: Content, place: str, town: str, own_words: bool
) -> None:
    """The whole chat behind ``/start gm0150``, from the first message to the card."""
    release = own.release
    turn = take_turn(release, Session(), Message(command="start", place=place), NOON)
    heard: list[str] = []
    for text in ("Ik ben een kind", "Genoeg eten", "Nee", town, "1"):
        turn = take_turn(release, turn.session, Message(text=text), NOON)
        heard += [bubble.text for bubble in speak(release, turn.session, NOON).bubbles]
    assert ("Fijn dat je het in Deventer vraagt." in heard) is own_words
    assert any("0570 693911" in text for text in heard) is own_words
    assert any(text.startswith("Eetbank") for text in heard)


@pytest.mark.parametrize("place", ["", ELSEWHERE])
def test_everybody_else_hears_the_national_words(own: Content, place: str) -> None:
    text, card = said(own, place)
    assert text == "Fijn dat je het zegt."
    assert "0570" not in card


def test_each_field_keeps_its_own_source(own: Content) -> None:
    service = own.release.directory.service("eetbank", DEVENTER, NOON.date())
    assert service
    assert service.provenance["phones"].year == 2026
    assert service.provenance["gives"].year == 2024
    assert service.provenance["how"].assured_by == "steward Deventer"


def test_a_stopped_service_is_not_found_there(root: Path) -> None:
    text = OWN[: OWN.index("    phones")] + (
        "    status: stopped\n"
        "    provenance: [{fields: [status], source: 'https://deventer.example', year: 2026}]\n"
    )
    content, problems = put(root, text)
    assert problems == check(content) == []

    def found(place: str) -> tuple[str, ...]:
        return content.release.directory.find(
            "food", role="parent", age="", place=place, now=NOON, limit=3
        )

    assert found(DEVENTER) == ()
    assert found(ELSEWHERE) == found("") == ("eetbank",)
    assert said(content, DEVENTER)[1].startswith("Deze hulp is er nu niet meer")


def test_translators_get_the_words_of_municipalities_too(own: Content, root: Path) -> None:
    keys = {source.key for source in sources_of(root)}
    assert {"eten.today.say@GM0150", "service.eetbank.how@GM0150"} <= keys


def test_the_proof_looks_at_such_a_municipality_by_itself(own: Content) -> None:
    """Its hours divide the week, and it is not taken for one like all others."""
    directory = own.release.directory
    week = Week(directory)
    table = Table(directory, week)
    assert DEVENTER in table.local("food")
    assert {moment.hour for moment in week.moments} >= {13, 15}
    assert len({table.kind("food", moment) for moment in week.moments}) == 2


def test_an_own_way_to_ask_is_for_adults_too(root: Path) -> None:
    """Otherwise parents would read the national words beside the number of their municipality."""
    services = root / "directory" / "services" / "all.yaml"
    text = services.read_text(encoding="utf-8")
    how = "    how: Vraag het op de website.\n"
    assert how in text
    services.write_text(text.replace(how, how + "    how_adult: Vraag het zelf.\n"))
    content, problems = put(root, OWN)
    assert problems == []
    shown = Session(
        answers={"role": "parent", "place": DEVENTER}, reply=Reply(items=(Shown("eetbank"),))
    )
    (bubble,) = speak(content.release, shown, NOON).bubbles
    assert "Bel 0570 693911 voor een afspraak." in bubble.text
