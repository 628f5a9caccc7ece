"""Municipalities are found by what people type, and by nothing else."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.content.holidays import read_holidays
from bot.content.places import read_meta, read_places
from bot.places import Municipality, Places, PlacesMeta, Watch, fold, stale

FOLDER = Path(__file__).parent.parent / "directory"
TODAY = date(2026, 11, 23)
PLACES, PROBLEMS = read_places(FOLDER)
TOWNS = sorted(PLACES.municipalities.values(), key=lambda town: town.code)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(text: str) -> list[str]:
    """The names of the municipalities found, in order."""
    return [PLACES.name(code) for code in PLACES.search(text, TODAY)]


def test_the_tables_are_whole() -> None:
    """All 342 municipalities are there and every code in the other tables is one of them."""
    assert PROBLEMS == []
    assert len(TOWNS) == 342
    assert len({town.province for town in TOWNS}) == 12


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Deventer", ["Deventer"]),
        ("ik woon in deventer", ["Deventer"]),
        ("7411 AB Deventer", ["Deventer"]),
        ("Eemnes", ["Eemnes"]),
        ("etten leur", ["Etten-Leur"]),
        ("s-gravenhage", ["Den Haag"]),
        ("’s‑Gravenhage", ["Den Haag"]),
        ("The Hague", ["Den Haag"]),
        ("لاهاي", ["Den Haag"]),
        ("أنا أسكن في أمستردام", ["Amsterdam"]),
        ("روتردام", ["Rotterdam"]),
        ("Гаага", ["Den Haag"]),
        ("Den Bosch", ["'s-Hertogenbosch"]),
        ("sudwest fryslan", ["Súdwest-Fryslân"]),
        ("Hoofddorp", ["Haarlemmermeer"]),
        ("bergen op zoom", ["Bergen op Zoom"]),
        ("Alphen a/d Rijn", ["Alphen aan den Rijn"]),
        ("amersvoort", ["Amersfoort"]),
        ("ik woon in Amstrdam", ["Amsterdam"]),
        ("tussen Zwolle en Kampen", ["Zwolle", "Kampen"]),
    ],
)
def test_a_name_leads_to_its_municipality(text: str, found: list[str]) -> None:
    """A municipality, place or alias is found in any spelling, script or sentence."""
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("Bergen", {"Bergen (NH)", "Bergen (L)"}),
        ("Hengelo", {"Hengelo", "Bronckhorst"}),
        ("Rijswijk", {"Rijswijk", "Altena", "Buren"}),
        ("Zevenhuizen", {"Zuidplas", "Westerkwartier", "Apeldoorn"}),
        ("Nes", {"Noardeast-Fryslân", "Ameland", "Heerenveen"}),
    ],
)
def test_a_name_of_several_places_gives_all_of_them(text: str, among: set[str]) -> None:
    """Nobody is put in the wrong Hengelo without being asked."""
    assert set(names(text)) == among


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hengelo (Gld)", ["Bronckhorst"]),
        ("hengelo in Gelderland", ["Bronckhorst"]),
        ("bergen limburg", ["Bergen (L)"]),
        ("Hengelo Drenthe", ["Hengelo", "Bronckhorst"]),
    ],
)
def test_a_province_narrows_an_ambiguous_name(text: str, found: list[str]) -> None:
    """A province behind the name chooses, unless no such place is there."""
    assert names(text) == found


@pytest.mark.parametrize("text", ["7411", "7411 AB", "7411ab", "postcode 7411 AB 12", "٧٤١١"])
def test_four_digits_are_a_postcode(text: str) -> None:
    """Letters and house number are ignored; digits may be Arabic."""
    assert names(text) == ["Deventer"]


def test_an_uncertain_postcode_offers_up_to_three() -> None:
    """Where the tables only guess, there is a choice; the right one of these is Lingewaard."""
    assert "Lingewaard" in names("6681")
    assert max(len(PLACES.search(str(pc4), TODAY, 9)) for pc4 in range(1011, 10000)) == 3


@pytest.mark.parametrize("text", ["06 1234 5678", "0612345678", "0000", "9999", "74 11", "74111"])
def test_other_numbers_are_no_postcode(text: str) -> None:
    """A telephone number never becomes a place."""
    assert names(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "nee", "ja", "weet ik niet", "ik weet het niet", "geen idee", "liever niet", "stop",
        "help", "hallo", "school", "kinderen", "jongen", "thuis", "in een huis", "heel erg",
        "best wel", "bij de buren", "ik heb honger", "mijn moeder is ziek",
        "ik wil niet meer leven",
        "I don't know", "nie wiem", "bilmiyorum", "لا أعرف", "maakt niet uit",
        "Nederland", "qwxzvk",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_place(text: str) -> None:
    """A guess out of the blue is worse than asking again."""
    assert names(text) == []


def test_an_ordinary_word_is_a_place_where_a_place_belongs() -> None:
    """Best is a town when typed alone or at the end after "in"."""
    assert names("Best") == names("ik woon in Best") == ["Best"]


def test_limit_is_kept_and_order_is_best_first() -> None:
    """A municipality of that name comes before a village of that name."""
    assert PLACES.search("Rijswijk", TODAY, 1) == ("GM0603",)


@pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.code)
def test_every_municipality_finds_itself(town: Municipality) -> None:
    """By its name as written, in lower case, and without accents and punctuation."""
    for text in (town.name, town.name.lower(), town.name.upper(), fold(town.name)):
        assert town.code in PLACES.search(text, TODAY)
    for alias in town.aliases:
        assert town.code in PLACES.search(alias, TODAY)


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[Municipality, str]:
    """A municipality of six letters or more, with one wrong, missing, extra or swapped letter."""
    town = draw(st.sampled_from([t for t in TOWNS if len(fold(t.name)) >= 6]))
    name, letter = fold(town.name), draw(st.sampled_from(LETTERS))
    at = draw(st.integers(0, len(name) - 2))
    ways = (
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    )
    return town, draw(st.sampled_from(ways))


@given(misspelt())
def test_one_typing_error_is_forgiven(case: tuple[Municipality, str]) -> None:
    """Unless what was typed is itself a name or an ordinary word."""
    town, text = case
    words = fold(text).split()
    is_name = any(
        " ".join(words[i:j]) in PLACES.names()
        for i in range(len(words))
        for j in range(i + 1, len(words) + 1)
    )
    assume(not is_name and fold(text) not in PLACES.words.ordinary)
    assert town.code in PLACES.search(text, TODAY, limit=5)


@given(st.text(max_size=300))
def test_any_text_is_searched_without_error(text: str) -> None:
    """What comes back are known municipalities, never more than asked for, each once."""
    found = PLACES.search(text, TODAY)
    assert len(set(found)) == len(found) <= 3
    assert set(found) <= PLACES.municipalities.keys()
    assert found == PLACES.search(text, TODAY)


MERGED = Places.of(
    [
        Municipality("GM0001", "Oud", "Drenthe", (), date(2026, 12, 31), "GM0002"),
        Municipality("GM0002", "Midden", "Drenthe", (), date(2028, 12, 31), "GM0003"),
        Municipality("GM0003", "Nieuw", "Drenthe"),
        Municipality("GM0004", "Rond", "Drenthe", (), date(2020, 1, 1), "GM0005"),
        Municipality("GM0005", "Cirkel", "Drenthe", (), date(2020, 1, 1), "GM0004"),
    ],
    [("Dorp", "GM0001")],
    [("9400", "GM0001")],
)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 12, 31), "GM0001"),
        (date(2027, 1, 1), "GM0002"),
        (date(2029, 1, 1), "GM0003"),
    ],
)
def test_a_merged_municipality_is_followed_from_its_last_day_on(day: date, code: str) -> None:
    """By code, by its old name, and by its places and postcodes."""
    assert MERGED.current("GM0001", day) == code
    assert MERGED.search("Oud", day) == MERGED.search("dorp", day) == (code,)
    assert MERGED.search("9400", day) == (code,)


def test_a_circle_of_mergers_ends() -> None:
    """A mistake in the table never hangs a conversation."""
    assert MERGED.current("GM0004", TODAY) in {"GM0004", "GM0005"}


def test_an_unknown_code_stays_as_it_is() -> None:
    """`current` passes it on, `name` refuses it."""
    assert PLACES.current("GM9999", TODAY) == "GM9999"
    with pytest.raises(KeyError):
        PLACES.name("GM9999")


def test_the_tables_say_how_old_they_are() -> None:
    """The meta file holds the year, the sources and the credit that the licence asks for."""
    meta, problems = read_meta(FOLDER)
    assert problems == []
    assert meta is not None
    assert meta.data_year >= 2025
    assert "GeoNames" in meta.credit
    assert "CC BY 4.0" in meta.credit


META = PlacesMeta(2025, (), "", "", (Watch("GM1696", date(2027, 1, 1), "look"),))


@pytest.mark.parametrize(
    ("day", "count"), [(date(2026, 12, 31), 0), (date(2027, 1, 1), 1), (date(2028, 1, 1), 2)]
)
def test_old_tables_and_border_changes_are_named(day: date, count: int) -> None:
    """Tables are stale in the third year after theirs, a border change from its day on."""
    assert len(stale(META, day)) == count


def test_broken_tables_are_named_by_file_and_line(tmp_path: Path) -> None:
    """All problems at once, each with what to do, and what is right is still read."""
    for source in FOLDER.glob("*.*"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    head = "code,name,province,aliases,valid_to,merged_into\n"
    rows = (
        "GM0001,A,Drenthe,,,\nGM0001,B,Drenthe,,,\nGMx,C,Drenthe,,,\nGM0003,D,Drenthe,,1,GM0009\n"
    )
    more = "GM0004,E,Drenthe,,2026-01-01,GM0009\nGM0005,F\nGM0006,G,Drenthe,,,GM0001\n"
    (tmp_path / "municipalities.csv").write_text(head + rows + more)
    (tmp_path / "places.csv").write_text("place,code,method\nEen,GM0001,x\nTwee,GM7777,x\n")
    (tmp_path / "postcodes.csv").write_text("pc4,code\n")
    (tmp_path / "place_words.yaml").write_text("lead_in: [\n")
    places, problems = read_places(tmp_path)
    assert set(places.municipalities) == {"GM0001", "GM0004"}
    starts = sorted(":".join(problem.split(":")[:2]) for problem in problems)
    assert starts == [
        "municipalities.csv:3",
        "municipalities.csv:4",
        "municipalities.csv:5",
        "municipalities.csv:6",
        "municipalities.csv:7",
        "municipalities.csv:8",
        "place_words.yaml:2",
        "places.csv:3",
        "postcodes.csv:1",
    ]


def test_missing_tables_are_problems_not_crashes(tmp_path: Path) -> None:
    """Every file is named."""
    _, problems = read_places(tmp_path)
    assert len(problems) == 4
    assert read_meta(tmp_path)[0] is None
    assert read_holidays(tmp_path)[0] == frozenset()


def test_holidays_are_the_known_days() -> None:
    """Easter moves, King's Day leaves a Sunday, and every year to 2032 is there."""
    days, problems = read_holidays(FOLDER)
    assert problems == []
    known = {"2026-04-06", "2026-04-27", "2027-05-05", "2031-04-26", "2032-12-26"}
    assert known <= {day.isoformat() for day in days}
    assert date(2027, 4, 28) not in days
    assert {day.year for day in days} == set(range(2026, 2033))


def test_a_year_without_holidays_is_a_problem(tmp_path: Path) -> None:
    """A gap would count a closed desk as open."""
    text = (
        "source: x\nfirst_year: 2026\nlast_year: 2027\nholidays:\n  - {date: 2026-01-01, name: N}\n"
    )
    (tmp_path / "holidays.yaml").write_text(text)
    days, problems = read_holidays(tmp_path)
    assert days == {date(2026, 1, 1)}
    assert [problem.split(";")[0] for problem in problems] == ["holidays.yaml:1: no day in 2027"]
