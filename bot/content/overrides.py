"""What a municipality says otherwise (``directory/overrides/gm0150.yaml``), read strictly.

National services by id and field, and texts of conversations by key; each with its own source.
The rules are those of ``docs/moderators/directory.md``; each has an example of what it refuses in
``tests/rejected/overrides/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.catalog import PLACEHOLDER
from bot.content.directory import (
    READERS,
    check_numbers,
    check_prose,
    municipality_codes,
    read_provenance,
    read_row,
)
from bot.content.source import SourceText
from bot.content.strict import Fields, choose, problem, read_yaml
from bot.directory import TEXTS, URGENT, Edition, Service

if TYPE_CHECKING:
    from bot.content.load import Content

WAYS = ("status", "phones", "chat", "address", "schedule", "chat_schedule")
"""Fields on which it depends whether somebody can be reached tonight."""


DANGER = ("gevaar.", "hulp_nu.")
"""Conversations that say the same everywhere."""


def read_overrides(
    folder: Path, services: Mapping[str, Service]
) -> tuple[dict[str, Edition], list[SourceText], list[str]]:
    """Read every file below ``folder/overrides``.

    Returns the editions by the code of the municipality, their texts for the catalogs, and every
    problem as ``file:line: what, and what to do``.
    """
    reader = _Reader(services, municipality_codes(folder))
    for path in sorted((folder / "overrides").glob("*.yaml")):
        file = path.relative_to(folder.parent).as_posix()
        block, problems = read_yaml(path, file)
        reader.problems += problems
        reader.read(Fields(block, file, reader.problems), path.stem)
    return reader.editions, reader.texts, reader.problems


class _Reader:
    """Gathers editions, texts and problems of all files."""

    def __init__(self, services: Mapping[str, Service], codes: frozenset[str]) -> None:
        self.services = services
        self.codes = codes
        self.editions: dict[str, Edition] = {}
        self.texts: list[SourceText] = []
        self.problems: list[str] = []

    def read(self, top: Fields, stem: str) -> None:
        """Read one file: all that one municipality says otherwise."""
        code = top.text("municipality", needed=True)
        if code and self.codes and code not in self.codes:
            advice = "look it up in directory/municipalities.csv"
            top.wrong(f"no municipality has the code {code}; {advice}", "municipality")
        if code and code.lower() != stem:
            top.wrong(f"this file must be called {code.lower()}.yaml; rename it", "municipality")
        services = {name: self._service(name, code, f) for name, f in top.named("services")}
        texts = {name: self._text(name, code, fields) for name, fields in top.named("texts")}
        top.done()
        self.editions[code] = Edition({n: s for n, s in services.items() if s}, texts)

    def _service(self, name: str, code: str, fields: Fields) -> Service | None:
        national = self.services.get(name)
        if national is None or national.local:
            allowed = tuple(n for n, service in self.services.items() if not service.local)
            fields.wrong(f"'{name}' is no national service; {choose(name, allowed)}")
            return None
        changed: dict[str, Any] = {
            key: read(fields) for key, read in READERS.items() if key in fields
        }
        keys = {key: f"{national.text(key)}@{code}" for key in self._words(national, code, fields)}
        own = read_provenance(fields)
        fields.done()
        edited = replace(
            national,
            **changed,
            keys=keys,
            texts=_texts(national.texts, frozenset(keys)),
            provenance={**national.provenance, **own},
        )
        _check(fields, edited, code, {*changed, *keys}, set(own))
        return edited

    def _words(self, service: Service, code: str, fields: Fields) -> Iterator[str]:
        for key in TEXTS:
            text = fields.text(key)
            if text:
                check_prose(fields, key, text)
                self._add(f"{service.text(key)}@{code}", text, service.name, fields, key)
                yield key

    def _text(self, name: str, code: str, fields: Fields) -> str:
        text = fields.text("text", needed=True)
        read_row(fields)
        fields.done()
        self._add(f"{name}@{code}", text, f"{name} in {code}", fields, "text")
        return f"{name}@{code}"

    def _add(self, key: str, text: str, note: str, fields: Fields, at: str) -> None:
        self.texts.append(SourceText(key, text, note, fields.file, fields.line(at)))


def _texts(national: frozenset[str], own: frozenset[str]) -> frozenset[str]:
    """A municipality's own ``how`` is for everybody, unless it says something else to adults."""
    return (national - {"how_adult"} if "how" in own else national) | own


def _check(fields: Fields, edited: Service, code: str, changed: set[str], own: set[str]) -> None:
    """Check what one field alone does not show."""
    for name in sorted(changed - own - {"say"}):
        fields.wrong(f"'{name}' has no source; add it to 'provenance', or leave it out", name)
    for name in sorted(own - changed):
        advice = "take it out of 'provenance', or add the field"
        fields.wrong(f"'{name}' has a source but is not there; {advice}", "provenance")
    if edited.needs & set(URGENT) and changed & set(WAYS):
        advice = "make a local entry with 'instead_of' that serves the need as well"
        fields.wrong(f"no food or no bed tonight depends on '{edited.id}'; {advice}")
    if edited.active and not (edited.phones or edited.chat or edited.url or edited.address):
        fields.wrong("no phone, chat, site or address is left; keep one of them")
    check_numbers(fields, replace(edited, area=frozenset({code})))


def check_overrides(content: Content) -> Iterator[str]:
    """Check overrides against the whole content.

    Danger is heard and answered the same everywhere; a text replaces one that exists, and quotes
    nothing that the national text does not know.
    """
    release, texts = content.release, {s.key: s for s in content.sources}
    danger = {line.service for kind in release.frame.dangers for line in kind.lines}
    for code, edition in release.directory.editions.items():
        file = f"directory/overrides/{code.lower()}.yaml"
        for name in sorted(danger & edition.services.keys()):
            advice = "take it out: danger numbers are the same everywhere"
            yield problem(file, 1, f"'{name}' is a line for danger; {advice}")
        for key, own in edition.texts.items():
            yield from _text_problems(key, texts, texts[own])
    for service in release.directory.services.values():
        if service.instead_of in danger:
            here = texts[service.text("gives")]
            advice = "leave 'instead_of' out: danger numbers are the same everywhere"
            what = f"'{service.id}' stands instead of '{service.instead_of}', a line for danger"
            yield problem(here.file, here.line, f"{what}; {advice}")


def _text_problems(key: str, texts: Mapping[str, SourceText], own: SourceText) -> Iterator[str]:
    national = texts.get(key)
    if national is None or not is_said(key) or not isinstance(national.text, str):
        advice = "use the key of a message, question or button, such as eten.intro.say"
        yield problem(own.file, own.line, f"'{key}' is no text that can differ; {advice}")
    elif not may_differ(key):
        yield problem(own.file, own.line, f"'{key}' is said in danger; take it out: it is the same")
    else:
        for name in strange_in(str(own.text), national.text):
            advice = "take it out, or quote a fact such as {leergeld.url}"
            yield problem(own.file, own.line, f"{{{name}}} is not in the national text; {advice}")


def is_said(key: str) -> bool:
    """Say whether a text is a message, a question or a button."""
    return key.endswith((".say", ".ask")) or ".options." in key


def may_differ(key: str) -> bool:
    """Say whether a text may differ by municipality: what is said in danger may not."""
    return is_said(key) and not key.startswith(DANGER)


def strange_in(own: str, national: str) -> list[str]:
    """Return the placeholders of a text that the national one does not know."""
    return sorted(_values(own) - _values(national))


def _values(text: str) -> set[str]:
    """Return the placeholders that the engine fills in, not the facts of the directory."""
    return {name for name in PLACEHOLDER.findall(text) if "." not in name}
