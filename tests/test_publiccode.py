"""publiccode.yml follows its standard (0.5) and says the same as the rest of the project."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
REQUIRED = {
    "publiccodeYmlVersion",
    "name",
    "url",
    "platforms",
    "developmentStatus",
    "softwareType",
    "description",
    "legal",
    "maintenance",
    "localisation",
}
OPTIONAL = {"categories", "intendedAudience"}


@pytest.fixture(scope="module")
def described() -> Any:
    """What the file says."""
    with (ROOT / "publiccode.yml").open(encoding="utf-8") as file:
        return YAML(typ="safe").load(file)


def test_every_compulsory_key_is_there_and_no_unknown_one(described: Any) -> None:
    """A catalogue can read the file."""
    assert set(described) >= REQUIRED
    assert set(described) <= REQUIRED | OPTIONAL
    assert urlsplit(described["url"]).scheme == "https"
    assert described["softwareType"] == "standalone/web"
    assert described["developmentStatus"] in {"concept", "development", "beta", "stable"}
    assert described["intendedAudience"]["countries"] == ["NL"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_descriptions_have_the_lengths_of_the_standard(described: Any, language: str) -> None:
    """Catalogues cut off what is longer and refuse what is shorter."""
    text = described["description"][language]
    assert 0 < len(text["shortDescription"]) <= 150
    assert 150 <= len(text["longDescription"]) <= 10_000
    assert text["features"]


def test_community_maintenance_names_who_to_turn_to(described: Any) -> None:
    """The standard wants contacts, and no contractors, for a community."""
    assert described["maintenance"]["type"] == "community"
    assert all(contact["name"] for contact in described["maintenance"]["contacts"])
    assert "contractors" not in described["maintenance"]


def test_the_licence_is_the_one_of_the_package(described: Any) -> None:
    """Catalogue, package and licence file agree."""
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert described["legal"]["license"] == package["project"]["license"] == "EUPL-1.2"
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert [number for number in range(1, 16) if f"\n{number}. " in licence] == list(range(1, 16))
