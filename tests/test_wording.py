"""A reply in words: services as cards, hours as they are now, and every direction of writing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.catalog import Catalog, Language
from bot.content.frame import read_words
from bot.content.load import Content
from bot.directory import AMSTERDAM, Directory, Hours, Phone, Provenance, Schedule, Service
from bot.engine.session import Choice, Item, Reply, Session, Shown, Text
from bot.places import Municipality, Places
from bot.sheet import sheet
from bot.voice import Voice
from bot.wording import Bubble, Spoken, speak
from tests.conftest import NOON

WORDS = Path(__file__).parents[1] / "conversations" / "words" / "service.yaml"
NOW = datetime(2026, 12, 8, 12, 0, tzinfo=AMSTERDAM)  # a Tuesday
OLD, NEW = Provenance("https://a.nl", 2019), Provenance("https://a.nl", 2023)
SURE = Provenance("https://a.nl", 2019, date(2026, 12, 1), "steward")
DAY = Schedule((Hours(frozenset(range(7)), time(9), time(21)),))
ALWAYS = Schedule(always=True)
LIJN = Service(
    id="lijn",
    name="De Lijn",
    status="active",
    needs=frozenset({"talk"}),
    roles=frozenset({"child"}),
    applicants=frozenset({"child"}),
    area=frozenset({"NL"}),
    minimum_age=8,
    phones=(Phone("0800-0432"),),
    chat="https://www.lijn.nl",
    schedule=DAY,
    chat_schedule=DAY,
    cost="free",
    languages=("nl", "ar"),
    texts=frozenset({"gives", "who", "how", "after", "say", "bring"}),
    provenance=dict.fromkeys(
        ("name", "phones", "chat", "schedule", "chat_schedule", "cost", "languages"), NEW
    )
    | dict.fromkeys(("minimum_age", "gives", "who", "how", "after", "bring"), NEW),
)
NL = {
    "service.lijn.gives": "Praten met iemand.",
    "service.lijn.who": "Vanaf {minimum_age} jaar.",
    "service.lijn.how": "Bel {phone}.",
    "service.lijn.after": "Dan praat je met een vrijwilliger.",
    "service.lijn.say": "Hoi, ik wil praten.",
    "service.lijn.bring": "Een brief.",
    "t.plain": "Hallo.",
    "t.empty": "",
    "t.place": "Hulp in {place}.",
    "t.facts": "{lijn.name}: {lijn.phone} ({lijn.hours})",
    "t.lost": "Bel {gone.phone}.",
    "t.button": "Ja",
}
AR = {
    "service.lijn.gives": "الحديث مع شخص يستمع.",
    "service.lijn.say": "مرحبا، أريد أن أتحدث.",
    "service.first_call": "اتصل على {phone}",
    "service.first_dutch": "بالهولندية: {text}",
    "service.card_dutch": "بالهولندية:",
    "service.call": "هاتف: {phone}",
    "service.open_until": "مفتوح حتى {time}",
    "t.facts": "اتصل {lijn.phone}",
}


def speaker(*services: Service, holidays: frozenset[date] = frozenset()) -> Any:
    words = {source.key: (str(source.text),) for source in read_words(WORDS, "service.yaml")[0]}
    texts: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "nl": words
        | {key: (text,) for key, text in NL.items()}
        | {"t.many": ("Ik vond {n} plek.", "Ik vond {n} plekken.")},
        "ar": {key: (text,) for key, text in AR.items()},
        "en": {},
    }
    languages = {
        "nl": Language("nl", "Nederlands", "ltr", "source", ()),
        "en": Language("en", "English", "ltr", "draft", ()),
        "ar": Language("ar", "العربية", "rtl", "draft", ("en",)),
    }
    places = Places.of([Municipality("GM0150", "Deventer", "Overijssel")], [], [])
    return SimpleNamespace(
        catalog=Catalog(languages, texts, dict.fromkeys(languages, lambda n: int(n != 1))),
        directory=Directory({service.id: service for service in services}, places, holidays),
    )


def said(
    *items: Item,
    service: Service = LIJN,
    language: str = "nl",
    now: datetime = NOW,
    answers: dict[str, str] | None = None,
) -> Spoken:
    session = Session(language=language, turn=3, answers=answers or {}, reply=Reply(items=items))
    return speak(speaker(service), session, now)


def shown(service: Service = LIJN, part: str = "", **how: Any) -> Bubble:
    (bubble,) = said(Shown(service.id, part), service=service, **how).bubbles
    return bubble


def data(bubble: Bubble) -> Mapping[str, Any]:
    assert bubble.service is not None
    return bubble.service


# -- replies


def test_a_reply_is_spoken_with_its_buttons_and_marks() -> None:
    reply = Reply(
        (Text("t.plain"), Text("t.empty")),
        (Choice("a.b.yes~1", Text("t.button")),),
        ended=True,
        signal="danger",
        heard=("eten",),
    )
    spoken = speak(speaker(), Session(turn=3, reply=reply), NOW)
    assert spoken.bubbles == (Bubble("Hallo."),)
    assert [(button.id, button.label) for button in spoken.buttons] == [("a.b.yes~1", "Ja")]
    assert (spoken.turn, spoken.ended, spoken.signal, spoken.heard) == (
        3,
        True,
        "danger",
        ("eten",),
    )


def test_numbers_pick_the_plural_and_codes_become_names_of_places() -> None:
    spoken = said(
        Text("t.many", (("n", 1),)),
        Text("t.many", (("n", 2),)),
        Text("t.place", (("place", "GM0150"),)),
    )
    texts = [bubble.text for bubble in spoken.bubbles]
    assert texts == ["Ik vond 1 plek.", "Ik vond 2 plekken.", "Hulp in Deventer."]


def test_the_place_is_the_confirmed_one_and_never_an_empty_brace() -> None:
    assert said(Text("t.place"), answers={"place": "GM0150"}).bubbles[0].text == "Hulp in Deventer."
    assert said(Text("t.place")).bubbles[0].text == "Hulp in jouw gemeente."


def test_facts_are_quoted_from_the_directory() -> None:
    text = said(Text("t.facts")).bubbles[0].text
    assert text == "De Lijn: 0800-0432 (elke dag van 09:00 tot 21:00)"
    assert said(Text("t.lost")).bubbles[0].text == "Bel dat weten we nu niet."


def test_a_language_that_is_gone_is_answered_in_dutch() -> None:
    spoken = said(Text("t.plain"), language="xx")
    assert (spoken.language, spoken.direction) == ("nl", "ltr")


@pytest.mark.parametrize("status", ["stopped", "inactive"])
def test_a_withdrawn_service_is_not_shown_in_a_reply_that_is_on_its_way(status: str) -> None:
    bubble = shown(replace(LIJN, status=status))
    assert bubble.kind == "text"
    assert bubble.service is None
    assert "0800" not in bubble.text
    assert "er nu niet meer" in bubble.text


# -- a card


def test_a_service_is_a_card_in_lines() -> None:
    assert shown().text.splitlines() == [
        "De Lijn",
        "Praten met iemand.",
        "Vanaf 8 jaar.",
        "Bel 0800-0432.",
        "Bellen: 0800-0432 · open tot 21:00",
        "Chatten: https://www.lijn.nl · open tot 21:00",
        "Tijden: elke dag van 09:00 tot 21:00",
        "Gratis · Ze antwoorden in: Nederlands en Arabisch",
        "Nog niet nagebeld (bron 2023).",
    ]


def test_a_service_is_also_plain_data() -> None:
    service = data(shown())
    assert json.loads(json.dumps(service)) == service
    assert service["name"] == "De Lijn"
    assert service["phone"] == "0800-0432"
    assert service["open"] is True
    assert service["until"] == "2026-12-08T21:00:00+01:00"
    assert service["hours"] == "open tot 21:00 (elke dag van 09:00 tot 21:00)"
    assert service["free"] is True
    assert service["confirmed"] is False
    assert service["status"] == "Nog niet nagebeld (bron 2023)."
    assert service["say_dutch"] == ""


def test_what_nobody_knows_is_said_in_one_line_and_is_never_open() -> None:
    bare = replace(
        LIJN,
        phones=(),
        chat="",
        url="https://a.nl",
        schedule=None,
        chat_schedule=None,
        cost="",
        languages=(),
    )
    bubble = shown(replace(bare, provenance=dict.fromkeys(bare.shown, NEW)))
    assert "Weten we niet zeker: kosten en taal." in bubble.text.splitlines()
    assert data(bubble)["open"] is None
    assert data(bubble)["now"] == "we weten de tijden niet zeker"
    assert "tijden" not in bubble.text.replace("Nog niet", "")


def test_unknown_hours_are_told_where_one_can_go_and_not_of_a_site_alone() -> None:
    bare = replace(LIJN, phones=(), chat="", schedule=None, chat_schedule=None)
    visit = replace(bare, url="", address="Brink 1")
    visit = replace(visit, provenance=dict.fromkeys(visit.shown, NEW))
    assert "Weten we niet zeker: tijden." in shown(visit).text.splitlines()
    assert "Wanneer: we weten de tijden niet zeker" in shown(visit, part="card").text.splitlines()
    site = replace(bare, url="https://a.nl")
    site = replace(site, provenance=dict.fromkeys(site.shown, NEW))
    assert "tijden" not in shown(site).text
    assert "Wanneer" not in shown(site, part="card").text


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        (DAY, "2026-12-08T08:00", "opent vandaag om 09:00"),
        (DAY, "2026-12-08T22:00", "opent morgen om 09:00"),
        (ALWAYS, "2026-12-08T22:00", "dag en nacht open"),
        (None, "2026-12-08T12:00", "we weten de tijden niet zeker"),
        (
            Schedule((Hours(frozenset({4}), time(9), time(12)),)),
            "2026-12-08T12:00",
            "opent vrijdag om 09:00",
        ),
        (
            Schedule((Hours(frozenset({1}), time(9), time(12)),)),
            "2026-12-08T12:00",
            "opent dinsdag 15 december om 09:00",
        ),
        (
            Schedule((Hours(frozenset({1, 2}), time(0), time(0)),)),
            "2026-12-08T12:00",
            "open tot donderdag 00:00",
        ),
    ],
)
def test_hours_are_told_as_they_are_now(hours: Schedule | None, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM)
    bubble = shown(replace(LIJN, schedule=hours, chat="", chat_schedule=None), now=moment)
    assert f"Bellen: 0800-0432 · {expected}" in bubble.text


def test_hours_of_phone_and_chat_are_told_apart_when_they_differ() -> None:
    work = Schedule((Hours(frozenset(range(5)), time(9), time(10), closed_on_holidays=True),))
    service = data(shown(replace(LIJN, schedule=work, chat_schedule=ALWAYS)))
    assert service["hours"] == (
        "bellen: opent morgen om 09:00 (maandag tot en met vrijdag van 09:00 tot 10:00 "
        "(niet op feestdagen)) · chatten: dag en nacht open"
    )
    assert service["open"] is True


@pytest.mark.parametrize(
    ("name", "phones", "expected"),
    [
        (NEW, OLD, "Nog niet nagebeld (bron 2019)."),
        (NEW, Provenance("https://a.nl"), "Nog niet nagebeld (bron 2023 of ouder)."),
        (SURE, NEW, "Nog niet nagebeld (bron 2023)."),
    ],
)
def test_the_oldest_source_of_what_is_shown_counts(
    name: Provenance, phones: Provenance, expected: str
) -> None:
    provenance = {**LIJN.provenance, "name": name, "phones": phones}
    assert shown(replace(LIJN, provenance=provenance)).text.endswith(expected)


def test_a_service_is_confirmed_only_when_every_shown_field_is() -> None:
    sure = replace(LIJN, provenance=dict.fromkeys(LIJN.shown, SURE))
    bubble = shown(sure)
    assert bubble.text.endswith("Nagekeken op 1 december 2026.")
    assert data(bubble)["confirmed"] is True


@pytest.mark.parametrize(
    ("name", "others", "told"),
    [
        ("phoned", "phoned", "Nagebeld op 1 december 2026."),
        ("opened", "opened", "Bron nagekeken op 1 december 2026."),
        ("opened", "phoned", "Nagekeken op 1 december 2026."),
        ("", "phoned", "Nagekeken op 1 december 2026."),
    ],
)
def test_a_card_says_phoned_only_where_somebody_phoned_for_all_of_it(
    name: str, others: str, told: str
) -> None:
    rows = dict.fromkeys(LIJN.shown, replace(SURE, assured_how=others))
    rows["name"] = replace(SURE, assured_how=name)
    assert shown(replace(LIJN, provenance=rows)).text.endswith(told)


# -- danger and help card


def test_the_first_line_of_danger_opens_with_the_number_alone() -> None:
    bubble = shown(part="first")
    lines = bubble.text.splitlines()
    assert bubble.kind == "first"
    assert lines[0] == "Bel 0800-0432"
    assert lines[1] == "De Lijn · open tot 21:00"
    assert lines[2] == "Dan praat je met een vrijwilliger."
    assert "zeggen" not in bubble.text


def test_the_first_line_is_the_chat_when_only_the_chat_answers_now() -> None:
    night = NOW.replace(hour=3)
    assert shown(replace(LIJN, chat_schedule=ALWAYS), "first", now=night).text.startswith(
        "Chat: https://www.lijn.nl\nDe Lijn · dag en nacht open\n"
    )
    assert shown(part="first", now=night).text.startswith("Bel 0800-0432\n")


def test_in_another_language_danger_gives_one_dutch_sentence_to_say() -> None:
    bubble = shown(part="first", language="ar")
    assert bubble.text.splitlines()[0] == "اتصل على \u20680800-0432\u2069"
    assert "بالهولندية: \u2068Hoi, ik wil praten.\u2069" in bubble.text.splitlines()
    assert data(bubble)["say_dutch"] == "Hoi, ik wil praten."


def test_a_help_card_says_what_to_ask_where_when_what_to_bring_and_what_to_say() -> None:
    bubble = shown(part="card")
    assert bubble.kind == "card"
    assert bubble.text.splitlines() == [
        "Om te laten zien:",
        "De Lijn",
        "Wat je kunt vragen: Praten met iemand.",
        "Zo gaat het: Bel 0800-0432.",
        "Waar: 0800-0432 · https://www.lijn.nl",
        "Wanneer: elke dag van 09:00 tot 21:00",
        "Neem mee: Een brief.",
        'Je kunt zeggen: "Hoi, ik wil praten."',
        "Gratis · Ze antwoorden in: Nederlands en Arabisch",
        "Nog niet nagebeld (bron 2023).",
    ]


def test_a_help_card_in_another_language_holds_the_same_in_dutch() -> None:
    bubble = shown(part="card", language="ar")
    own, dutch = bubble.text.split("بالهولندية:\n")
    assert "الحديث مع شخص يستمع." in own
    assert "Wat je kunt vragen: Praten met iemand." in dutch
    assert data(bubble)["dutch"]["say"] == "Hoi, ik wil praten."


# -- right to left


def test_names_and_numbers_keep_their_direction_in_a_right_to_left_text() -> None:
    lines = shown(language="ar").text.splitlines()
    assert lines[0] == "\u2068De Lijn\u2069"
    assert any("\u20660800-0432\u2069" in line and "مفتوح حتى" in line for line in lines)
    assert said(Text("t.facts"), language="ar").bubbles[0].text == "اتصل \u20680800-0432\u2069"
    assert "\u2066" not in shown().text


def test_data_holds_facts_without_marks_of_direction() -> None:
    service = data(shown(language="ar"))
    assert (service["name"], service["phone"]) == ("De Lijn", "0800-0432")
    assert service["chat"] == "https://www.lijn.nl"


def test_times_days_and_languages_are_written_in_the_language_of_the_chat() -> None:
    friday = replace(LIJN, schedule=Schedule((Hours(frozenset({4}), time(9), time(12)),)))
    assert "Friday" in shown(friday, language="en").text
    assert "Dutch and Arabic" in shown(language="en").text


# -- the real directory


def test_a_person_is_announced_as_a_human_being() -> None:
    """Invented for this test: no municipality's own person is known today."""
    nurse = replace(LIJN, name="Zuster Noor", kind="person")
    for part in ("", "card"):
        bubble = shown(nurse, part)
        assert "Dit is een mens. Vraag naar Zuster Noor." in bubble.text
        assert data(bubble)["kind"] == "person"
    assert "mens" not in shown(LIJN).text


@pytest.mark.parametrize("part", ["", "first", "card"])
@pytest.mark.parametrize("hour", [3, 12])
def test_every_service_of_ours_can_be_told_in_every_language(
    real: Content, part: str, hour: int
) -> None:
    release = real.release
    active = [service for service in release.directory.services.values() if service.active]
    reply = Reply(tuple(Shown(service.id, part) for service in active))
    for language in release.catalog.languages:
        spoken = speak(release, Session(language=language, reply=reply), NOW.replace(hour=hour))
        assert len(spoken.bubbles) == len(active)
        for service, bubble in zip(active, spoken.bubbles, strict=True):
            assert service.name in bubble.text
            assert not {"{", "}"} & set(bubble.text), bubble.text
            assert json.loads(json.dumps(bubble.service)) == bubble.service


def test_a_parent_reads_how_a_parent_asks(real: Content) -> None:
    """A child is told who can apply; a parent is told how."""
    texts = {}
    for role in ("child", "parent", "helper", ""):
        shown = Reply((Shown("leergeld"),))
        session = Session(answers={"role": role} if role else {}, reply=shown)
        texts[role] = speak(real.release, session, NOON).bubbles[0].text
    assert "Wie thuis voor je zorgt" in texts["child"]
    assert texts[""] == texts["child"]
    assert "Wie thuis voor je zorgt" not in texts["parent"]
    assert texts["parent"] == texts["helper"]


def told_card(real: Content, service: str, language: str) -> Bubble:
    session = Session(language=language, reply=Reply((Shown(service),)))
    return speak(real.release, session, NOON).bubbles[0]


def test_a_dutch_name_says_what_it_is_to_who_reads_no_dutch(real: Content) -> None:
    """The Dutch name stands on the door and on the form; beside it stands what it means."""
    assert told_card(real, "voedselbank", "nl").text.startswith("Voedselbank\n")
    english = told_card(real, "voedselbank", "en")
    assert english.text.startswith("Voedselbank (food bank)\n")
    assert (english.service or {})["name"] == "Voedselbank"
    assert (english.service or {})["means"] == "food bank"
    assert told_card(real, "voedselbank", "ar").text.startswith("\u2068Voedselbank\u2069 (")
    assert told_card(real, "at_ease", "en").text.startswith("@ease\n")


def test_a_sheet_explains_a_dutch_name(real: Content) -> None:
    voice = Voice(real.release.catalog, real.release.directory, "en", NOON)
    services = real.release.directory.services
    means = sheet(voice, services["voedselbank"]).means
    assert means
    assert (means.text, means.language) == ("food bank", "en")
    assert sheet(voice.dutch(), services["voedselbank"]).means is None


def test_an_address_in_words_is_told_in_the_language_of_the_person(real: Content) -> None:
    """ "Bij jou op school" says nothing to who reads Arabic; a street stays as it is."""
    for language, school in (("nl", "Bij jou op school"), ("en", "At your school")):
        bubble = told_card(real, "school_mentor", language)
        assert (bubble.service or {})["address"] == school
        assert school in bubble.text
    arabic = told_card(real, "school_mentor", "ar")
    assert "Bij jou" not in arabic.text
    street = "Het Haagje 119, 7902 LE Hoogeveen"
    assert f"\u2066{street}\u2069" in told_card(real, "loket_geldzaken", "ar").text


def test_a_sheet_says_an_address_in_words_twice_and_a_street_once(real: Content) -> None:
    services = real.release.directory.services
    voice = Voice(real.release.catalog, real.release.directory, "en", NOON)
    described = sheet(voice, services["school_mentor"])
    assert described.address == "Bij jou op school"
    assert described.address_own is not None
    assert described.address_own.text == "At your school"
    assert sheet(voice, services["loket_geldzaken"]).address_own is None
