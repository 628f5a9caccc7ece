"""Read what people type, one file a language: ``conversations/heard/<language>.yaml``.

Every text is a block of lines, one example a line, in the notation of :mod:`bot.hearing.lines`.
``docs/moderators/hearing.md`` says how to write them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.strict import Block, line_of, problem, read_yaml
from bot.hearing.lines import flaw

LANGUAGES = (
    *("nl", "en", "tr", "ar", "pl", "uk", "ti", "so"),
    *("fa", "es", "fr", "ro", "bg", "ru", "pap"),
)
"""The languages in which danger must be heard, whatever the languages of the chat."""

_BY_NAME = ("danger", "doubtful", "topics", "wishes")
_KEYS = ("groups", "letters", "harmless", "openings", "meanings", *_BY_NAME)


@dataclass(frozen=True, slots=True)
class HeardFile:
    """The example lines of one language, by what they stand for."""

    language: str
    groups: Mapping[str, str] = field(default_factory=dict)
    letters: str = ""
    danger: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    harmless: tuple[str, ...] = ()
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    openings: tuple[str, ...] = ()
    meanings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_heard(folder: Path, kinds: tuple[str, ...]) -> tuple[list[HeardFile], list[str]]:
    """Read every language below ``conversations/heard``; return the files and every problem.

    A language without examples of one of the ``kinds`` of danger is a problem, and so is one of
    :data:`LANGUAGES` without a file: danger is heard in all of them, or nothing is published.
    Content without that folder (a toy of a test) has no problems and no examples.
    """
    if not folder.is_dir():
        return [], []
    problems: list[str] = []
    files = [_read(path, problems) for path in sorted(folder.glob("*.yaml"))]
    known = {file.language: file for file in files}
    for code in LANGUAGES:
        name = f"conversations/heard/{code}.yaml"
        if code not in known:
            problems.append(problem(name, 1, "is not there; danger must be heard in it: add it"))
            continue
        problems += [
            problem(name, 1, f"has no examples of danger '{kind}'; add them under 'danger'")
            for kind in kinds
            if not known[code].danger.get(kind)
        ]
    return files, problems


def _read(path: Path, problems: list[str]) -> HeardFile:
    name = f"conversations/heard/{path.name}"
    block, wrong = read_yaml(path, name)
    problems += wrong
    problems += [
        problem(name, line_of(block, key), f"'{key}' is unknown; use one of {', '.join(_KEYS)}")
        for key in block
        if key not in _KEYS
    ]
    groups = {key: str(value) for key, value in _block(block, "groups").items()}
    named = {
        part: {key: _lines(value) for key, value in _block(block, part).items()}
        for part in _BY_NAME
    }
    file = HeardFile(
        language=path.stem,
        groups=groups,
        letters=str(block.get("letters", "")),
        harmless=_lines(block.get("harmless", "")),
        danger=named["danger"],
        doubtful=named["doubtful"],
        topics=named["topics"],
        wishes=named["wishes"],
        openings=tuple(str(block.get("openings", "")).split()),
        meanings={
            key: tuple(str(value).split()) for key, value in _block(block, "meanings").items()
        },
    )
    problems += _flaws(file, block, name)
    return file


def _block(block: Block, key: str) -> Block:
    inner = block.get(key)
    return inner if isinstance(inner, Block) else Block(line_of(block, key))


def _lines(value: object) -> tuple[str, ...]:
    return tuple(line.strip() for line in str(value).splitlines() if line.strip())


def _flaws(file: HeardFile, block: Block, name: str) -> Iterator[str]:
    """Yield what is wrong with lines; the line named is that of their heading."""
    for part in _BY_NAME:
        inner = _block(block, part)
        for key, lines in getattr(file, part).items():
            yield from _wrong(lines, file.groups, name, line_of(inner, key))
    yield from _wrong(file.harmless, file.groups, name, line_of(block, "harmless"))


def _wrong(lines: tuple[str, ...], groups: Mapping[str, str], name: str, at: int) -> Iterator[str]:
    for count, line in enumerate(lines, 1):
        found = flaw(line, groups)
        if found:
            yield problem(name, at + count, found)
