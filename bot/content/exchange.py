"""``lucht directory export`` and ``import``: whole files in, whole files out, nothing half done."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.content.directory import municipality_codes, read_blocks
from bot.content.entries import Entry, entry_of
from bot.content.hsds import Told, entry_from, page, service_of
from bot.content.load import Content, load
from bot.content.report import examine
from bot.content.roundtrip import opened, written
from bot.content.strict import Block, Row, parse_yaml
from bot.content.style import formatted
from bot.directory import Service
from bot.voice import DUTCH, Voice

NUMBERS = ("minimum_age", "maximum_age", "year")

Change = tuple[str, str, Any, Any]
"""The id of a service, a key, what stands there now and what would stand there (None: nothing)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would change; with problems, nothing may be taken over."""

    entries: Mapping[str, Entry]
    changes: tuple[Change, ...]
    problems: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Say each change in a line: ``+`` is new, ``-`` is what stands there now."""
        for name, key, old, new in self.changes:
            if old is not None:
                yield f"- {name}.{key}: {_shown(old)}"
            if new is not None:
                yield f"+ {name}.{key}: {_shown(new)}"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def export(content: Content, now: datetime) -> str:
    """Return every service of the directory as HSDS JSON, in the order of the files."""
    release = content.release
    towns = release.directory.places.municipalities
    places = {code: (town.name, town.province) for code, town in towns.items()}
    # The facts of a service that was stopped are not spoken in a chat, but they leave with it.
    services = {n: replace(s, status="active") for n, s in release.directory.services.items()}
    voice = Voice(release.catalog, replace(release.directory, services=services), DUTCH, now)
    entries = entries_of(content)
    found = [
        service_of(entry, _teller(voice, services[name]), places) for name, entry in entries.items()
    ]
    return json.dumps(page(found), ensure_ascii=False, indent=2) + "\n"


def _teller(voice: Voice, service: Service) -> Told:
    return lambda name: voice.told(service, name)


def entries_of(content: Content) -> dict[str, Entry]:
    """Return every service as the keys of its YAML, by id."""
    texts = {source.key: str(source.text) for source in content.sources}
    services = content.release.directory.services
    return {name: entry_of(service, texts) for name, service in services.items()}


def plan(root: Path, path: Path, today: date) -> Plan:
    """Read an HSDS file and say what it would change below a content folder.

    Every problem comes at once: of the file, of what it says, and of what other content would
    then lack.
    """
    content, wrong = load(root)
    if wrong:
        return Plan({}, (), tuple(wrong))
    found, problems = _read(path)
    present = entries_of(content)
    problems += _refused(root, path, found, content)
    entries = {entry["id"]: entry for entry in found if "id" in entry}
    changes = tuple(changes_of(present, entries))
    if not problems and changes:
        problems = _tried(root, entries, content, today)
    return Plan(entries, changes, tuple(problems))


def _read(path: Path) -> tuple[list[Entry], list[str]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return [], [f"{path.name}: cannot be read ({error.strerror}); check that the file is there"]
    except ValueError:
        return [], [f"{path.name}: this is no JSON; export it again"]
    contents = data.get("contents") if isinstance(data, dict) else data
    if not isinstance(contents, list):
        return [], [f"{path.name}: no list of services; put them in 'contents'"]
    found, problems = [], []
    for number, service in enumerate(contents):
        entry, wrong = entry_from(service)
        problems += [f"{_where(path, number, entry)}: {text}" for text in wrong]
        found.append(entry)
    return found, problems


def _where(path: Path, number: int, entry: Entry) -> str:
    return f"{path.name}: contents[{number}] ({entry.get('id') or 'no id'})"


def _refused(root: Path, path: Path, found: list[Entry], content: Content) -> list[str]:
    """Read the entries as strictly as the files of moderators."""
    blocks = []
    for number, entry in enumerate(found):
        block = parse_yaml(written({"services": [entry]}), "")[0].get("services")
        if isinstance(block, Row) and isinstance(block[0], Block):
            blocks.append((_where(path, number, entry), block[0]))
    codes = municipality_codes(root / "directory")
    problems = read_blocks(blocks, content.release.directory.services, codes)
    # The line is that of our own YAML, which nobody has seen.
    return [re.sub(r"(\)):\d+: ", r"\1: ", text, count=1) for text in problems]


def changes_of(present: Mapping[str, Entry], entries: Mapping[str, Entry]) -> Iterator[Change]:
    """Yield each key in which entries differ from those that are present."""
    for name, entry in entries.items():
        old = present.get(name, {})
        for key in dict.fromkeys([*old, *entry]):
            if old.get(key) != entry.get(key) and _sorted(old.get(key)) != _sorted(entry.get(key)):
                yield name, key, old.get(key), entry.get(key)


def _sorted(value: Any) -> Any:
    """Return what decides whether two values differ: not the order of lists of names."""
    return sorted(map(repr, value)) if isinstance(value, list) else value


def _tried(root: Path, entries: Mapping[str, Entry], content: Content, today: date) -> list[str]:
    """Take everything over in a copy, and check the whole."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("conversations", "directory", "locales"):
            shutil.copytree(root / name, copy / name)
        take_over(copy, entries, content)
        return list(examine(copy, today, fully=False).problems)


def take_over(root: Path, entries: Mapping[str, Entry], content: Content) -> list[Path]:
    """Write entries into the files where they stand, new ones into files of their place.

    Returns the files that changed. Only keys that differ are touched, and no service is ever
    removed: an import may be of one municipality.
    """
    files: dict[str, dict[str, Entry]] = {}
    stand = {s.key.split(".")[1]: s.file for s in content.sources if s.key.startswith("service.")}
    for name, key, _, new in changes_of(entries_of(content), entries):
        file = stand.get(name) or _new_file(entries[name])
        files.setdefault(file, {}).setdefault(name, {})[key] = _plainly(key, new)
    for file, changed in files.items():
        _write(root / file, changed)
    return [root / file for file in files]


def _new_file(entry: Entry) -> str:
    areas = entry["service_area"]
    name = f"lokaal/{areas[0].lower()}" if areas[0] != "NL" else "landelijk"
    return f"directory/services/{name}.yaml"


def _plainly(key: str, value: Any) -> Any:
    """Write numbers without quotes, as people do."""
    if key == "provenance" and value:
        return [{k: _plainly(k, v) for k, v in row.items()} for row in value]
    return int(value) if key in NUMBERS and value and value.isdigit() else value


def _write(path: Path, changed: Mapping[str, Entry]) -> None:
    data = opened(path.read_text(encoding="utf-8")) if path.exists() else {"services": []}
    known = {service["id"]: service for service in data["services"]}
    for name, keys in changed.items():
        if name not in known:
            data["services"].append(known.setdefault(name, {}))
        known[name].update({key: value for key, value in keys.items() if value is not None})
        for key in [key for key, value in keys.items() if value is None]:
            del known[name][key]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(formatted(written(data)), encoding="utf-8")
