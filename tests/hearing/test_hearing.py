"""What is heard, in fifteen languages. Thresholds stand a little below what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from bot.content.ear import Example, build, lesson
from bot.content.heard import LANGUAGES, HeardFile, read_heard
from bot.engine.model import Release, Target
from bot.engine.session import Message, Session
from bot.engine.turn import open_at, take_turn
from bot.hearing import Heard, Hearing
from bot.hearing.fold import fold
from bot.hearing.lines import examples
from bot.wording import Spoken, speak
from tests.hearing.conftest import ROOT
from tests.hearing.dev import Phrase, phrases

DEV = phrases()
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
DANGER = [p for p in DEV if p.part == "danger"]
SMALL = {"nl", "en", "tr", "ar", "pl", "uk"}


def share(ear: Hearing, some: Iterable[Phrase], right: str) -> float:
    told = [*some]
    assert len(told) >= 10
    return sum(_right(ear.hear(p.text), p, right) for p in told) / len(told)


def _right(heard: Heard, phrase: Phrase, what: str) -> bool:
    return {
        "danger": bool(heard.danger),
        "first": heard.topics[:1] == (phrase.name,),
        "three": phrase.name in heard.topics,
        "language": heard.language == phrase.language,
    }[what]


def test_the_set_is_as_large_as_promised() -> None:
    assert len(DANGER) >= 600
    assert sum(p.part == "harmless" for p in DEV) >= 300
    assert sum(p.part == "topics" for p in DEV) >= 1500
    assert {p.language for p in DEV} == set(LANGUAGES)


def test_nothing_that_is_measured_was_learned(release: Release) -> None:
    """Equal or nearly equal phrases would make the measure a lie."""
    learned = sorted(learned_phrases(release))
    told = {
        p.text: process.extractOne(fold(p.text), learned, scorer=fuzz.ratio, score_cutoff=93)
        for p in DEV
        if p.part != "wishes"
    }
    assert not {text: near[0] for text, near in told.items() if near}


def learned_phrases(release: Release) -> set[str]:
    kinds = tuple(kind.id for kind in release.frame.dangers)
    files, _ = read_heard(ROOT / "conversations" / "heard", kinds)
    own = {
        phrase
        for key in release.catalog.texts["nl"]
        if key.endswith("heard_as")
        for some in release.catalog.phrases(key).values()
        for phrase in some
    }
    return {fold(p) for p in own} | {p for file in files for p in _lines(file)}


def _lines(file: HeardFile) -> set[str]:
    every = [*file.harmless]
    for part in (file.danger, file.topics):
        every += [line for lines in part.values() for line in lines]
    return {
        fold(phrase)
        for line in every
        if not line.startswith("!")
        for phrase in examples(line, file.groups, 16)
    }


@pytest.mark.parametrize(
    ("style", "least"), [("direct", 0.99), ("indirect", 0.92), ("slang", 0.93), ("typo", 0.93)]
)
def test_danger_is_heard_in_every_style(ear: Hearing, style: str, least: float) -> None:
    assert share(ear, [p for p in DANGER if p.style == style], "danger") >= least


@pytest.mark.parametrize("language", LANGUAGES)
def test_danger_is_heard_in_every_language(ear: Hearing, language: str) -> None:
    assert share(ear, [p for p in DANGER if p.language == language], "danger") >= 0.85


def test_figures_of_speech_and_ordinary_texts_give_no_alarm(ear: Hearing) -> None:
    assert share(ear, [p for p in DEV if p.part == "harmless"], "danger") <= 0.03
    assert share(ear, [p for p in DEV if p.part == "topics"], "danger") <= 0.012


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ik wil dood", "suicide"),
        ("i want to kill myself", "suicide"),
        ("babam beni dövüyor", "abuse"),
        ("بدي موت", "suicide"),
        ("wujek mnie dotyka", "sexual"),
        ("мене вигнали з дому", "outside"),
        ("ኣቦይ ይወቕዓኒ", "abuse"),
        ("мама не дышит", "medical"),
        ("mi ke muri", "suicide"),
        ("bghit nmout", "suicide"),
        ("ik wil d00d", "suicide"),
    ],
)
def test_the_plainest_words_are_always_heard(ear: Hearing, text: str, kind: str) -> None:
    assert ear.hear(text).danger == kind


@pytest.mark.parametrize(
    "text",
    [
        "haha ik lach me dood",
        "mijn telefoon is dood",
        "you are killing it",
        "mijn hamster is doodgegaan",
        "ik schaam me dood voor mijn schoenen",
        "gülmekten öldüm",
        "mort de rire",
        "ik wil niet meer naar zwemles",
        "de deurwaarder staat voor de deur",
    ],
)
def test_a_saying_is_no_danger(ear: Hearing, text: str) -> None:
    assert ear.hear(text).danger == ""


def test_danger_is_heard_anywhere_in_a_long_text(ear: Hearing) -> None:
    before = "vandaag was het mooi weer en we hebben op het plein gespeeld met een bal. " * 20
    for text in (before + "mijn vader slaat me elke dag. " + before, before + "ik wil dood"):
        assert ear.hear(text).danger in {"abuse", "suicide"}


def test_a_saying_does_not_hide_danger_in_the_same_text(ear: Hearing) -> None:
    assert ear.hear("ik lach me dood haha maar mijn vader slaat me").danger == "abuse"


def test_despair_without_danger_gets_a_soft_question(ear: Hearing) -> None:
    heard = ear.hear("ik kan niet meer")
    assert (heard.danger, heard.soft) == ("", "suicide")


def test_sure_danger_asks_no_soft_question(ear: Hearing) -> None:
    assert ear.hear("ik wil dood").soft == ""


@pytest.mark.parametrize(
    ("languages", "what", "least"),
    [
        ({"nl"}, "first", 0.92),
        ({"nl"}, "three", 0.95),
        ({"en", "tr", "ar", "pl", "uk"}, "three", 0.93),
        (set(LANGUAGES) - SMALL, "three", 0.94),
        (set(LANGUAGES), "language", 0.99),
    ],
)
def test_topics_and_languages_are_found(
    ear: Hearing, languages: set[str], what: str, least: float
) -> None:
    some = [p for p in DEV if p.part == "topics" and p.language in languages]
    assert share(ear, some, what) >= least


@pytest.mark.parametrize("text", ["geen geld", "oke man", "me papa", "no idee", "ok dan", "mama"])
def test_two_words_never_change_the_language_of_a_chat(release: Release, text: str) -> None:
    spoken = said(release, text, turn=1)
    assert spoken.language == "nl"
    assert not [b.id for b in spoken.buttons if b.id.startswith("!language.")]


def test_nonsense_is_about_nothing(ear: Hearing) -> None:
    assert ear.hear("xqzzyx wvvk") == Heard()


@pytest.mark.parametrize(
    ("text", "wish"),
    [("wis dit", "erase"), ("Delete this!", "erase"), ("terug", "back"), ("yardım", "help")],
)
def test_wishes_are_heard_in_other_languages(ear: Hearing, text: str, wish: str) -> None:
    assert ear.hear(text).interrupt == wish


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(ear: Hearing, text: str) -> None:
    assert isinstance(ear.hear(text), Heard)


def test_what_made_the_difference_is_told(ear: Hearing) -> None:
    clues = ear.explain("mijn vader slaat me")
    assert any(clue.what.startswith("!") and clue.name == "abuse" for clue in clues)
    assert {"slaat", "vader"} & {clue.what for clue in clues}


def test_a_sentence_of_one_language_teaches_another(tmp_path: Path) -> None:
    """An English ear that was only taught words hears what was only said in Dutch."""
    dutch = [
        Example("mijn vader slaat me", "nl", danger="abuse"),
        Example("mijn moeder kookt soep", "nl", topic="eten"),
        Example("ik wil voetballen", "nl", topic="sport"),
        Example("the train is late again", "en", topic="sport"),
    ]
    words = {
        "nl": {"father": ("vader",), "hit": ("slaat",)},
        "en": {"father": ("dad",), "hit": ("hits",)},
    }
    files = [HeardFile(language=code, meanings=meanings) for code, meanings in words.items()]
    ears = [build(lesson(("abuse",), dutch, some, {}), [tmp_path / "x"]) for some in (files, [])]
    risks = [ear.model.risk(ear.model.weigh("dad hits", ("en",))) for ear in ears]
    assert risks[0] > risks[1] + 0.1


def test_the_same_phrases_make_the_same_ear(tmp_path: Path) -> None:
    """And what lies on the shelf hears as what was just made."""
    taught = lesson(
        ("suicide",),
        [
            Example("ik wil dood", "nl", danger="suicide"),
            Example("i want to die", "en", danger="suicide"),
            Example("ik heb honger", "nl", topic="eten"),
            Example("no food at home", "en", topic="eten"),
            Example("ik wil voetballen", "nl", topic="sport"),
        ],
        [],
        {},
    )
    ears = [build(taught, [tmp_path / "a"]), build(taught, [tmp_path / "b"])]
    ears.append(build(taught, [tmp_path / "a"]))
    for text in ("ik wil dood", "we hebben honger", "voetbal"):
        assert len({repr(one.hear(text)) for one in ears}) == 1
        assert len({one.model.risk(one.model.weigh(text)) for one in ears}) == 1


def test_content_is_refused_when_a_language_lacks_danger(tmp_path: Path) -> None:
    (tmp_path / "nl.yaml").write_text("danger:\n  suicide: |\n    ik wil dood\n", encoding="utf-8")
    _, problems = read_heard(tmp_path, ("suicide", "abuse"))
    assert any("nl.yaml" in one and "'abuse'" in one for one in problems)
    assert sum("is not there" in one for one in problems) == len(LANGUAGES) - 1


def test_a_bad_line_is_named_with_its_place(tmp_path: Path) -> None:
    for code in LANGUAGES:
        text = "danger:\n  suicide: |\n    ik wil dood\n    ik (wil weg\n"
        (tmp_path / f"{code}.yaml").write_text(text, encoding="utf-8")
    _, problems = read_heard(tmp_path, ("suicide",))
    assert problems[0].startswith("conversations/heard/nl.yaml:4: ") or any(
        one.startswith("conversations/heard/nl.yaml:4: ") for one in problems
    )


PLAIN = {
    "nl": "mijn vader slaat me",
    "en": "my dad hits me",
    "tr": "babam beni dövüyor",
    "ar": "أبي يضربني",
    "pl": "tata mnie bije",
    "uk": "тато мене б'є",
    "ti": "ኣቦይ ይወቕዓኒ",
    "so": "aabahay wuu i garaacaa",
    "fa": "بابام منو میزنه",
    "es": "mi papá me pega",
    "fr": "mon père me frappe",
    "ro": "tata mă bate",
    "bg": "татко ме бие",
    "ru": "папа меня бьет",
    "pap": "mi tata ta suta mi",
}


def said(release: Release, text: str, language: str = "nl", turn: int = 5) -> Spoken:
    session = Session(language=language, channel="web", turn=turn)
    turned = take_turn(release, session, Message(text=text), NOON)
    return speak(release, turned.session, NOON)


@pytest.mark.parametrize("language", LANGUAGES)
def test_danger_is_answered_in_the_language_it_was_told_in(release: Release, language: str) -> None:
    """The number first; and the Dutch text beside it where nobody vouches for the words."""
    spoken = said(release, PLAIN[language])
    assert (spoken.signal, spoken.language) == ("abuse", language)
    assert spoken.bubbles[0].kind == "first"
    texts = release.catalog.texts
    assert texts[language]["gevaar.abuse.say"][0] in spoken.bubbles[1].text
    dutch = [b.text for b in spoken.bubbles if b.text == texts["nl"]["gevaar.abuse.say"][0]]
    assert len(dutch) == 1


def test_the_chat_goes_on_in_its_own_language_after_danger(release: Release) -> None:
    session = Session(language="nl", channel="web", turn=5)
    turned = take_turn(release, session, Message(text=PLAIN["tr"]), NOON)
    after = take_turn(release, turned.session, Message(choice="!resume"), NOON)
    assert speak(release, after.session, NOON).language == "nl"


def test_first_words_choose_the_language_later_ones_only_offer_it(release: Release) -> None:
    first = said(release, "we have no food at home", turn=1)
    assert first.language == "en"
    later = said(release, "we have no food at home", turn=5)
    assert later.language == "nl"
    assert "!language.en" in [button.id for button in later.buttons]


def test_doubtful_words_get_one_soft_question_beside_the_answer(release: Release) -> None:
    spoken = said(release, "ik kan niet meer")
    soft = release.catalog.texts["nl"]["engine.soft"][0]
    assert spoken.signal == ""
    assert [bubble.text for bubble in spoken.bubbles].count(soft) == 1
    assert "!help" in [button.id for button in spoken.buttons]


@pytest.mark.parametrize(
    "text",
    [*map(str, range(1, 10)), "٢", "8011", "3201 WC", "9999 JV", "6663hh", "ja", "b", "nr 2"],
)
def test_a_number_a_postcode_or_a_yes_is_no_danger(ear: Hearing, text: str) -> None:
    """Each is an answer to a question; the model would guess at signs that it never learned."""
    heard = ear.hear(text)
    assert (heard.danger, heard.soft) == ("", "")


def test_a_short_answer_to_the_question_raises_no_doubt(release: Release) -> None:
    """A "ja hoor" is heard as doubtful by the model, and is the button "Ja" that was asked for."""
    asked = open_at(release, Session(answers={"role": "child"}), Target(conversation="eten"), NOON)
    turn = take_turn(release, asked.session, Message(text="ja hoor"), NOON)
    assert "engine.soft" not in [getattr(item, "key", "") for item in turn.reply.items]
    assert "where" in [position.step for position in turn.visited]


def test_where_somebody_lives_is_no_danger(release: Release) -> None:
    """The answer to "In welke plaats woon je?": the model guessed at names it had never seen."""
    ear = release.hearing
    names = [*release.directory.places.names()]
    towns = [town.name for town in release.directory.places.municipalities.values()]
    told = [*towns, *(f"in {town}" for town in towns), *names[::20]]
    assert [text for text in told if ear.hear(text).danger or ear.hear(text).soft] == []


EVERYDAY = """
ik ben 13 jaar | ik zit in groep 4 | wij wonen in Almere | ik woon bij mijn oom | mijn opa is dood
I'm 11 and I live in The Hague | I live in Utrecht with my parents | my son is 6 years old
أنا أعيش في أوترخت | عندي 14 سنة | هل هذا مجاني
14 yaşındayım ve Den Haag'da oturuyorum | anlamıyorum
mam czworo dzieci w domu | czy to kosztuje | nie mogę spać
я живу в Гронінгені | у мене троє дітей і немає роботи | не можу спати
я живу в Гронингене | мне 13 лет
در اوترخت زندگی می‌کنم | دو تا بچه دارم
vivo en Utrecht con mis padres | tengo 14 años
je vis à Utrecht | je n'arrive pas à dormir
trăiesc în Utrecht | nu pot dormi
живея в Утрехт | не мога да спя
waxaan ku noolahay Utrecht | ma aqaan
ኣብ ኡትረክት እነብር | ክድቅስ ኣይክእልን
mi ta biba na Utrecht | mi tin 13 aña
"""


@pytest.mark.parametrize(
    "text",
    [text.strip() for line in EVERYDAY.split("\n") for text in line.split("|") if text.strip()],
)
def test_what_people_say_of_themselves_every_day_is_no_danger(ear: Hearing, text: str) -> None:
    """How old one is and where one lives: the first things that people type.

    "I live" alone was once heard as not wanting to live.
    """
    heard = ear.hear(text)
    assert (heard.danger, heard.soft) == ("", "")


@pytest.mark.parametrize("word", ["ja", "nee", "opa", "papa", "Mohammed", "voetbal", "thuis"])
def test_a_word_alone_is_no_danger_unless_it_says_so(ear: Hearing, word: str) -> None:
    heard = ear.hear(word)
    assert (heard.danger, heard.soft) == ("", "")


@pytest.mark.parametrize("word", ["zelfmoord", "zelfmoort", "verkracht", "intihar", "انتحار"])
def test_a_word_alone_that_says_danger_is_heard(ear: Hearing, word: str) -> None:
    heard = ear.hear(word)
    assert heard.danger or heard.soft


@pytest.mark.parametrize("text", ["112", "bel 112", "112!"])
def test_the_number_of_help_alone_asks_for_help(ear: Hearing, text: str) -> None:
    assert ear.hear(text).interrupt == "help"


@pytest.mark.parametrize("text", ["7antahir", "3ayez amoot", "ana 3ayza antahir"])
def test_a_digit_that_is_a_letter_hides_no_danger(ear: Hearing, text: str) -> None:
    """Arabic in Latin letters writes 3 and 7 for letters that Latin has not."""
    assert ear.hear(text).danger == "suicide"


@pytest.mark.parametrize("word", ["kanarievogel", "tafel", "Eindhoven", "ja", "regen"])
def test_a_word_of_which_nothing_is_known_names_no_topic(ear: Hearing, word: str) -> None:
    """ "Gaat het over een van deze dingen?" would be a guess; a question asks better."""
    assert ear.hear(word).topics == ()


@pytest.mark.parametrize(
    "text",
    [
        *("ik weet het niet", "wat moet ik doen", "hallo", "geen idee", "ja maar", "en nu"),
        *("i dont know", "nie wiem", "не знаю", "لا أعرف", "no sé", "je ne sais pas"),
    ],
)
def test_an_unclear_text_gets_a_question_and_no_guess(ear: Hearing, text: str) -> None:
    heard = ear.hear(text)
    assert (heard.topics, heard.danger) == ((), "")


@pytest.mark.parametrize(
    "text",
    ["ik wil graag voetballen maar we hebben geen eten", "geen eten en ook geen voetbalschoenen"],
)
def test_food_goes_before_what_can_wait(ear: Hearing, text: str) -> None:
    assert ear.hear(text).topics[:1] == ("eten",)


@pytest.mark.parametrize("word", ["voetbal", "schulden", "honger", "laptop"])
def test_a_word_that_is_known_is_enough_for_its_topic(ear: Hearing, word: str) -> None:
    assert ear.hear(word).topics


@pytest.mark.parametrize("town", ["Eindhoven", "Best", "Bergen op Zoom"])
def test_danger_in_a_place_is_danger(ear: Hearing, town: str) -> None:
    assert ear.hear(f"ik wil dood en ik woon in {town}").danger
    assert ear.hear(f"{town}, mijn stiefvader slaat mij").danger
