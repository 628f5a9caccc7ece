"""Rebuild `holidays.yaml`: the Dutch public holidays (`make places`; a tool, not run time)."""

import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from build_places import HERE, wheel

FIRST, LAST = 2026, 2032
WHEELS = (
    ("holidays", "0.109", "7d39c910167116d41fa6aae18d5e72b4541700cdd37743d799c83db3419201b0"),
    (
        "python-dateutil",
        "4.0.0",
        "a5e246f79eb80475e691bf93862cead98decd8a498cf53ba0516fcdc0f50dc1c",
    ),
    ("six", "1.17.0", "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"),
)
LIBERATION = "Bevrijdingsdag"


def dutch_holidays() -> dict[date, str]:
    """What the library calls public holidays, and 5 May of every year: many desks close then."""
    import holidays  # type: ignore[import-not-found]  # only there once downloaded

    years = range(FIRST, LAST + 1)
    found = dict(holidays.country_holidays("NL", years=years, language="nl"))
    return {**{date(year, 5, 5): LIBERATION for year in years}, **found}


def main() -> None:
    """Download, compute and write."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for package in WHEELS:
            with zipfile.ZipFile(wheel(folder, *package)) as archive:
                archive.extractall(folder / "lib")
        sys.path.insert(0, str(folder / "lib"))
        found = dutch_holidays()
    name, version, _ = WHEELS[0]
    lines = [
        "# Made by `make places`; change directory/build_holidays.py instead.",
        f"source: PyPI {name} {version}",
        f"first_year: {FIRST}",
        f"last_year: {LAST}",
        "holidays:",
        *(f"  - {{date: {day}, name: {found[day]}}}" for day in sorted(found)),
    ]
    (HERE / "holidays.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(found)} holidays, {FIRST} to {LAST}")


if __name__ == "__main__":
    main()
