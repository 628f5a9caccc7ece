"""The development set: phrases written by us to measure with, never to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content.strict import read_yaml

FOLDER = Path(__file__).parent / "dev"


@dataclass(frozen=True)
class Phrase:
    """One phrase: what is to be heard in it. ``part`` is danger, soft, harmless, topics or wishes.

    ``fresh`` phrases were written to surprise an earlier model. ``blind`` ones are the first or the
    second set of which nobody read how each phrase was heard; 0 is neither.
    """

    text: str
    language: str
    part: str
    name: str = ""
    style: str = ""
    fresh: bool = False
    blind: int = 0


def phrases() -> list[Phrase]:
    """Read every phrase of the set, in order."""
    return [phrase for path in sorted(FOLDER.glob("*.yaml")) for phrase in _of(path)]


def _of(path: Path) -> Iterator[Phrase]:
    block, problems = read_yaml(path)
    assert not problems, problems
    language, _, rest = path.stem.partition("-")
    known: dict[str, Any] = {
        "language": language,
        "fresh": rest.startswith("fresh"),
        "blind": {"blind": 1, "blind-2": 2}.get(rest, 0),
    }
    for name, styles in block.get("danger", {}).items():
        for style, text in styles.items():
            yield from (
                Phrase(p, part="danger", name=name, style=style, **known) for p in _lines(text)
            )
    for part in ("topics", "wishes"):
        for name, text in block.get(part, {}).items():
            yield from (Phrase(p, part=part, name=name, **known) for p in _lines(text))
    for part in ("soft", "harmless"):
        yield from (Phrase(p, part=part, **known) for p in _lines(block.get(part, "")))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
