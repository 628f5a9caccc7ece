"""A scheme on a card: what asking can cost comes before how to ask; amounts have their year."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from bot.catalog import PLACEHOLDER
from bot.content.load import Content
from bot.directory import AMSTERDAM
from bot.engine.session import Reply, Session, Shown, Text
from bot.schemes import ANSWERS, KINDS, RISKS, Household, risks
from bot.wording import Bubble, speak

NOW = datetime(2026, 11, 24, 12, tzinfo=AMSTERDAM)
MOOK, ZOETERMEER = "GM0944", "GM0637"


def card(real: Content, service: str, part: str, now: datetime = NOW, **answers: str) -> Bubble:
    session = Session(answers=answers, reply=Reply((Shown(service, part),)))
    (bubble,) = speak(real.release, session, now).bubbles
    return bubble


def said(real: Content, key: str, now: datetime = NOW, language: str = "nl", **answers: str) -> str:
    session = Session(language=language, answers=answers, reply=Reply((Text(key),)))
    return speak(real.release, session, now).bubbles[0].text


@pytest.fixture(scope="module")
def schemes(real: Content):
    return real.release.directory.schemes.all


@pytest.mark.parametrize("part", [*KINDS, "card"])
def test_every_scheme_is_told_whole_in_every_way(real: Content, schemes, part: str) -> None:
    for name in schemes:
        for place in ("", MOOK, ZOETERMEER):
            bubble = card(real, name, part, **({"place": place} if place else {}))
            assert not PLACEHOLDER.search(bubble.text), bubble.text
            assert bubble.kind == ("card" if part == "card" else "service")


def test_where_asking_can_cost_the_card_warns_and_names_free_advice(real, schemes) -> None:
    for name, scheme in schemes.items():
        found = card(real, name, "advice").service
        assert found is not None
        assert bool(found["residence"]) == (scheme.risk("residence") != "no")
        general = any(scheme.risk(risk) != "no" for risk in RISKS if risk != "residence")
        assert bool(found["warning"]) == bool(found["advice"]) == general
        if risks(scheme, Household()):
            assert re.search(r"\(0800|\(https", found["advice"] or found["residence"])


def test_what_asking_can_cost_stands_before_how_to_ask(real) -> None:
    text = card(real, "bijstand", "advice").text
    assert text.index("verblijf") < text.index("Het Juridisch Loket") < text.index("Neem mee")
    text = card(real, "huurtoeslag", "advice").text
    assert text.index("terugbetalen") < text.index("0800-0543") < text.index("toeslagen.nl")


def test_a_card_to_keep_warns_too(real) -> None:
    assert "verblijf" in card(real, "bijzondere_bijstand", "card").text
    assert "lening" in card(real, "bijzondere_bijstand", "card").text
    assert "verblijf" not in card(real, "leergeld", "card").text


def test_another_adviser_is_named_when_one_was_withdrawn(real: Content) -> None:
    directory = real.release.directory
    gone = replace(directory.services["juridisch_loket"], status="stopped")
    services = {**directory.services, "juridisch_loket": gone}
    release = replace(real.release, directory=replace(directory, services=services))
    session = Session(reply=Reply((Shown("bijstand", "advice"),)))
    told = speak(release, session, NOW).bubbles[0].service
    assert told is not None
    assert "Geldfit" in str(told["residence"])


def test_amounts_are_told_with_their_year_and_an_old_year_says_so(real) -> None:
    old = str(card(real, "kinderbijslag", "advice").service["amounts"])
    assert "In 2024:" in old
    assert "€ 279,49 per drie maanden" in old.replace("\xa0", " ")
    assert "Dat kan veranderd zijn" in old
    new = str(card(real, "zorgtoeslag", "advice").service["amounts"])
    assert "In 2026:" in new
    assert "veranderd" not in new


def test_an_amount_that_one_weak_source_gives_is_not_told(real) -> None:
    assert "295" not in card(real, "kinderbijslag", "advice").text
    assert "2.511" not in card(real, "kindgebonden_budget", "advice").text


def test_every_amount_on_a_card_stands_in_a_sentence_with_a_year(real, schemes) -> None:
    for name in schemes:
        for line in card(real, name, "advice", place=ZOETERMEER).text.splitlines():
            assert "€" not in line or re.search(r"\b20\d\d\b", line), line


def test_an_amount_of_one_municipality_is_told_only_there(real) -> None:
    name = "individuele_inkomenstoeslag"
    there = card(real, "inkomenstoeslag_zoetermeer", "advice", place=ZOETERMEER)
    assert "€ 552" in there.text.replace("\xa0", " ")
    assert "552" not in card(real, name, "advice", place="GM0150").text


def test_each_scheme_of_one_municipality_tells_its_own_limit(real) -> None:
    limits = {
        "individuele_inkomenstoeslag": "105%",
        "kindpakket": "120%",
        "leergeld": "130%",
    }
    for name, pct in limits.items():
        told = str(card(real, name, "advice", place=MOOK).service["limit"])
        assert "Mook en Middelaar" in told
        assert "2023" in told
        assert pct in told.replace("\xa0", "")
        assert card(real, name, "advice", place="GM0150").service["limit"] != told


def test_the_asset_limit_that_sources_disagree_about_is_not_told(real) -> None:
    text = card(real, "bijstand", "advice").text.replace("\xa0", " ")
    assert "€ 7.770" in text
    assert "2025" in text
    assert "8.000" not in text


KEY = "huishouden.income.ask"


def test_the_question_shows_one_amount_for_the_household_with_its_date(real) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=AMSTERDAM)
    alone = said(real, KEY, now, household="single_parent").replace("\xa0", " ")
    assert "€ 1.598" in alone
    assert "1 januari 2026" in alone
    assert "zonder vakantiegeld" in alone
    assert "veranderd" not in alone
    assert "€ 2.283" in said(real, KEY, now).replace("\xa0", " ")


def test_an_amount_beside_arabic_stands_as_on_dutch_paper(real) -> None:
    """Western digits, the euro in front, in its own direction: as on the letter of the bank."""
    now = datetime(2026, 3, 1, 12, tzinfo=AMSTERDAM)
    told = said(real, KEY, now, language="ar", household="single_parent").replace("\xa0", " ")
    assert "\u2068€ 1.598\u2069" in told


def test_a_norm_that_outlived_its_half_year_says_so_in_the_question(real) -> None:
    assert "kan veranderd zijn" in said(real, KEY, NOW, household="alone")


def test_before_any_norm_the_question_shows_no_amount(real) -> None:
    text = said(real, KEY, datetime(2020, 1, 1, 12, tzinfo=AMSTERDAM))
    assert "€" not in text


def test_nothing_of_a_household_stays_after_the_conversation(real: Content) -> None:
    from bot.content.transcripts import begin
    from bot.engine.session import Message
    from bot.engine.turn import take_turn

    test = next(t for t in real.transcripts if t.conversation == "regelingen" and "done" in t.play)
    turn = begin(real.release, test, NOW)
    known = set()
    for move in test.play:
        choice = next(c.id for c in turn.reply.choices if f".{move}~" in c.id)
        turn = take_turn(real.release, turn.session, Message(choice=choice), NOW)
        known |= turn.session.answers.keys()
    assert known >= {"household", "residence"}
    assert not turn.session.answers.keys() & ANSWERS.keys()


def test_a_printed_card_warns_first(real: Content) -> None:
    from bot.sheet import sheet
    from bot.voice import Voice

    directory = real.release.directory
    voice = Voice(real.release.catalog, directory, "nl", NOW)
    pairs = sheet(voice, directory.services["bijzondere_bijstand"]).pairs
    assert pairs[0].name == "careful"
    assert "lening" in pairs[0].dutch.text.text
    assert "careful" not in [p.name for p in sheet(voice, directory.services["leergeld"]).pairs]


def several(real: Content, *services: str, **answers: str) -> list[Bubble]:
    shown = tuple(Shown(service, "advice") for service in services)
    return list(speak(real.release, Session(answers=answers, reply=Reply(shown)), NOW).bubbles)


def test_a_warning_that_counts_for_several_schemes_is_said_once_and_first(real) -> None:
    first, *cards = several(real, "kindgebonden_budget", "huurtoeslag", "bijstand")
    assert "verblijf" in first.text
    assert "Het Juridisch Loket" in first.text
    assert first.service is None
    assert ["verblijf" in bubble.text for bubble in cards] == [False, False, True]
    assert all("terugbetalen" in bubble.text for bubble in cards[:2])
    assert [bool((bubble.service or {})["fit"]) for bubble in cards] == [True, False, False]


def test_a_scheme_alone_keeps_its_own_warning(real) -> None:
    (bubble,) = several(real, "huurtoeslag")
    assert "verblijf" in bubble.text


def test_who_says_that_staying_is_no_question_is_not_warned_about_it(real) -> None:
    told = several(real, "huurtoeslag", "bijstand", residence="settled")
    assert len(told) == 2
    assert [(bubble.service or {})["residence"] for bubble in told] == ["", ""]
    assert "terugbetalen" in told[0].text


def test_nobody_wonders_whether_money_is_free(real) -> None:
    """Hours, price and language are doubts about a desk, not about an allowance."""
    assert (card(real, "kinderbijslag", "advice").service or {})["unsure"] == ""
    assert (card(real, "kinderbijslag", "").service or {})["unsure"] != ""
