"""Schemes and norms are read strictly: one example per rule of what is refused, and why."""

from datetime import date
from pathlib import Path

import pytest

from bot.content.schemes import read_schemes
from bot.directory import Service
from bot.schemes import RISKS, Income, Schemes, Source

ROOT = Path(__file__).parents[2]
REJECTED = sorted((ROOT / "tests" / "rejected" / "schemes").glob("*.yaml"))
PLACES = {"GM0150": "Deventer", "GM0014": "Groningen"}
EVERYBODY = frozenset({"parent"})


def service(name: str, status: str = "active", minimum_age: int | None = None) -> Service:
    empty: frozenset[str] = frozenset()
    return Service(
        name, name, status, empty, EVERYBODY, EVERYBODY, frozenset({"NL"}), minimum_age=minimum_age
    )


SERVICES = {
    "pas": service("pas", minimum_age=18),
    "loket": service("loket"),
    "gestopt": service("gestopt", "stopped"),
}
GOOD = """advisers: {residence: loket, debt: loket, repayment: loket, report: loket, unknown: loket}
schemes:
  - id: pas
    kind: municipal
    worth: 4
    ease: 2
    why: Discounts for the whole family.
    children_required: yes
    child_age: [4, 17]
    applicant_age: [18, 120]
    income: {type: pct_bijstandsnorm, range: [110, 130]}
    assets: differs
    asking_can_cost: [debt]
    cannot_cost: [report]
    cost_source: {source: 'https://a.nl/c', year: 2024, confidence: judged}
    applicants: [parent]
    bring: [income]
    source: {source: 'https://a.nl/b', year: unknown}
    figures:
      - {for: single, amount: '129.50', per: month, year: 2026, source: 'https://a.nl/d'}
"""
NORMS = """ask: {pct: 120, basis: excl}
norms:
  - from: 2026-01-01
    basis: excl
    source: {source: 'https://a.nl/b', year: 2026}
    households:
      single: {100: '1331.43', 120: '1597.72'}
      couple: {100: '1902.02', 120: '2282.42'}
asset_limits:
  - {single: '7770', family: '15540', source: {source: 'https://a.nl/b', year: 2025}}
limits:
  - {scheme: pas, places: [GM0150], name: Pas, pct: 120-130, source: {source: Brief, year: 2025}}
"""


def read(
    folder: Path, schemes: str, norms: str = "", limits: str = ""
) -> tuple[Schemes, list[str]]:
    directory = folder / "directory"
    (directory / "limits").mkdir(parents=True)
    (directory / "schemes.yaml").write_text(schemes, encoding="utf-8")
    for name, text in (("norms.yaml", norms), ("limits/gm0150.yaml", limits)):
        if text:
            (directory / name).write_text(text, encoding="utf-8")
    return read_schemes(directory, SERVICES, PLACES)


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_each_rule_refuses_its_example_and_says_why(path: Path, tmp_path: Path) -> None:
    given: tuple[str, ...]
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# ")
    file, given = "schemes.yaml", (text,)
    if "municipality:" in text:
        file, given = "limits/gm0150.yaml", (GOOD, "", text)
    elif "schemes:" not in text:
        file, given = "norms.yaml", (GOOD, text)
    problems = read(tmp_path, *given)[1]
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"directory/{file}:")
    assert expected in problems[0]


def test_what_a_municipality_says_of_a_scheme_goes_before_what_is_said_for_it(
    tmp_path: Path,
) -> None:
    """Its own file takes the place of an older row for several places, there and nowhere else."""
    both = NORMS.replace("[GM0150]", "[GM0150, GM0014]")
    own = (
        "municipality: GM0150\nlimits:\n  - {scheme: pas, name: Pas, pct: 105, source: "
        "{source: Brief, year: 2024, assured_date: 2026-11-24, assured_by: steward Deventer, "
        "assured_how: phoned}}\n"
    )
    norms = read(tmp_path, GOOD, both, own)[0].norms
    limit, other = norms.limit("pas", "GM0150"), norms.limit("pas", "GM0014")
    assert limit is not None
    assert other is not None
    assert (limit.low, other.low) == (105, 120)
    assert (limit.source.assured_date, limit.source.assured_how) == (date(2026, 11, 24), "phoned")


def test_everything_of_a_scheme_and_of_a_norm_is_read(tmp_path: Path) -> None:
    found, problems = read(tmp_path, GOOD, NORMS)
    assert problems == []
    scheme = found.all["pas"]
    assert scheme.income == Income("pct_bijstandsnorm", 110, 130)
    assert scheme.source == Source("https://a.nl/b", None)
    assert [scheme.risk(name) for name in RISKS] == ["unknown", "yes", "unknown", "no"]
    assert scheme.figures[0].cents == 12950
    assert found.norms.rows[1].amounts == {100: 190202, 120: 228242}
    assert (found.norms.rows[0].start, found.norms.rows[0].ends) == (
        date(2026, 1, 1),
        date(2026, 7, 1),
    )
    limit = found.norms.limit("pas", "GM0150")
    assert limit is not None
    assert (limit.low, limit.high, limit.assets) == (120, 130, "unknown")
    assert found.norms.limit("pas", "GM0014") is None


def test_none_is_harmless_and_unknown_is_not(tmp_path: Path) -> None:
    text = GOOD.replace("asking_can_cost: [debt]\n    cannot_cost: [report]", "asking_can_cost: {}")
    none = read(tmp_path, text.replace("{}", "none"))[0].all["pas"]
    unknown = read_again(tmp_path, text.replace("{}", "unknown")).all["pas"]
    assert {none.risk(name) for name in RISKS} == {"no"}
    assert {unknown.risk(name) for name in RISKS} == {"unknown"}


def read_again(folder: Path, text: str) -> Schemes:
    (folder / "directory" / "schemes.yaml").write_text(text, encoding="utf-8")
    return read_schemes(folder / "directory", SERVICES, PLACES)[0]


def test_all_problems_of_both_files_come_at_once(tmp_path: Path) -> None:
    wrong = GOOD.replace("worth: 4", "worth: 6").replace("[parent]", "[papa]")
    problems = read(tmp_path, wrong, NORMS.replace("120-130", "veel"))[1]
    found = "\n".join(problems)
    assert all(word in found for word in ("'worth'", "'papa'", "is no percentage"))


def test_a_directory_without_schemes_has_none(tmp_path: Path) -> None:
    assert read_schemes(tmp_path, SERVICES, PLACES) == (Schemes(), [])
