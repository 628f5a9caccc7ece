"""Read the tables of municipalities, places and postcodes (made by `make places`).

Every function returns what it could read together with problems as `file:line: what, and what to
do`; with no problems the result is whole.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from bot.content.strict import read_yaml
from bot.places import Municipality, Places, PlacesMeta, PlaceWords, fold

CODE = re.compile(r"GM\d{4}")
PC4 = re.compile(r"[1-9]\d{3}")
REBUILD = "run `make places`"
CORRECT = "correct municipalities_extra.yaml and run `make places`"
TOWN_COLUMNS = ("code", "name", "province", "aliases", "valid_to", "merged_into")


def read_places(folder: Path) -> tuple[Places, list[str]]:
    """The places of a directory folder, and what is wrong with its tables."""
    problems: list[str] = []
    found = list(_towns(folder / "municipalities.csv", problems))
    towns = [town for _, town in found]
    codes = {town.code for town in towns}
    problems += [
        f"{where}: no municipality has the code in merged_into; {CORRECT}"
        for where, town in found
        if town.merged_into and town.merged_into not in codes
    ]
    places = list(_pairs(folder / "places.csv", "place", codes, problems))
    postcodes = list(_pairs(folder / "postcodes.csv", "pc4", codes, problems))
    words, wrong = read_words(folder)
    return Places.of(towns, places, postcodes, words), problems + wrong


def read_meta(folder: Path) -> tuple[PlacesMeta | None, list[str]]:
    """Year, sources and credit of the tables; None when the file cannot be used."""
    block, problems = read_yaml(folder / "places_meta.yaml", "places_meta.yaml")
    try:
        # Every scalar was read as text; not strict means that "2025" may become a number.
        return msgspec.convert(block, PlacesMeta, strict=False), problems
    except msgspec.ValidationError as error:
        return None, problems or [f"places_meta.yaml:1: {error}; {REBUILD}"]


def read_words(folder: Path) -> tuple[PlaceWords, list[str]]:
    """The words that help to find a place in a sentence, folded as names are."""
    name = "place_words.yaml"
    block, problems = read_yaml(folder / name, name)
    try:
        words = msgspec.convert(block, _Words)
    except msgspec.ValidationError as error:
        return PlaceWords(), problems or [f"{name}:1: {error}; see the comments in the file"]
    found = PlaceWords(
        frozenset(fold(word) for of_language in words.lead_in.values() for word in of_language),
        frozenset(fold(word) for of_language in words.ordinary.values() for word in of_language),
        {fold(word): name for name, shorts in words.provinces.items() for word in shorts},
    )
    return found, problems


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    lead_in: dict[str, list[str]]
    ordinary: dict[str, list[str]]
    provinces: dict[str, list[str]]


def _rows(
    path: Path, columns: tuple[str, ...], problems: list[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row with its `file:line`; rows of the wrong width and a wrong header are problems."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            table = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.append(f"{path.name}:1: cannot be read; {REBUILD}")
        return
    if not table or tuple(table[0]) != columns:
        problems.append(f"{path.name}:1: the header must be {','.join(columns)}; {REBUILD}")
        return
    for line, row in enumerate(table[1:], 2):
        if len(row) == len(columns):
            yield f"{path.name}:{line}", dict(zip(columns, row, strict=True))
        else:
            problems.append(f"{path.name}:{line}: has {len(row)} columns, not {len(columns)}")


def _towns(path: Path, problems: list[str]) -> Iterator[tuple[str, Municipality]]:
    seen: set[str] = set()
    for where, row in _rows(path, TOWN_COLUMNS, problems):
        wrong = _town_problem(row, seen)
        if wrong:
            problems.append(f"{where}: {wrong}; {CORRECT}")
            continue
        seen.add(row["code"])
        town = Municipality(
            row["code"],
            row["name"],
            row["province"],
            tuple(alias for alias in row["aliases"].split(";") if alias),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["merged_into"] or None,
        )
        yield where, town


def _town_problem(row: dict[str, str], seen: set[str]) -> str:
    if not CODE.fullmatch(row["code"]):
        return "a code is GM and four digits"
    if row["code"] in seen:
        return "this code was already there"
    if not row["name"]:
        return "the name is missing"
    if bool(row["valid_to"]) != bool(row["merged_into"]):
        return "valid_to and merged_into go together"
    return "" if _is_date(row["valid_to"]) else "valid_to is YYYY-MM-DD"


def _is_date(text: str) -> bool:
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _pairs(path: Path, key: str, codes: set[str], problems: list[str]) -> Iterator[tuple[str, str]]:
    for where, row in _rows(path, (key, "code", "method"), problems):
        if row["code"] not in codes:
            problems.append(f"{where}: no municipality has this code; {REBUILD}")
        elif key == "pc4" and not PC4.fullmatch(row[key]):
            problems.append(f"{where}: a postcode is four digits, not starting with 0; {REBUILD}")
        else:
            yield row[key], row["code"]
