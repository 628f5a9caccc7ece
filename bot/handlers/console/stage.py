"""What a page of the editor shows: who plays, which form is open, and links to the same with more.

All of it stands in the address. Nothing about a preview is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from bot.content.scene import MOST_MOVES, Scene
from bot.engine.model import Release

ROLES = ("child", "parent", "helper")
AGES = ("8_11", "12_17", "18_up")
CHANNELS = ("web", "telegram")
WIDTHS = ("320", "390", "600")
MOMENTS: Mapping[str, tuple[int, int]] = {
    "day": (1, 14),
    "evening": (1, 20),
    "night": (1, 3),
    "weekend": (6, 14),
}
"""For each part of the week a day (1 is Monday) and an hour in it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the address of a page says; what is not known there counts as nothing."""

    role: str = ""
    age: str = ""
    place: str = ""
    speaks: str = "nl"
    moment: str = ""
    channel: str = "web"
    wide: str = "390"
    start: str = ""
    moves: tuple[str, ...] = ()
    edit: str = ""
    kind: str = ""
    at: str = ""
    proof: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

    def link(self, **changes: object) -> str:
        """Return the address of the same page with something else in it."""
        return f"?{self.changed(**changes).query}"

    def changed(self, **changes: object) -> Stage:
        """Return the same with something else; without words for it no form is open."""
        values = {"edit": "", "kind": "", "at": "", "proof": "", **changes}
        return replace(self, **values)  # type: ignore[arg-type]

    def pressed(self, move: str) -> str:
        """Return the address in which one more thing was pressed."""
        return self.link(moves=(*self.moves, move))

    @property
    def query(self) -> str:
        """Return everything that differs from a page without an address of its own."""
        return urlencode([pair for pair in self.pairs(form=True) if pair[1]])

    def pairs(self, *, form: bool = False) -> list[tuple[str, str]]:
        """Return names and values, as hidden fields want them."""
        plain = Stage()
        names = ["role", "age", "place", "speaks", "moment", "channel", "wide", "start"]
        names += ["edit", "kind", "at", "proof"] if form else []
        pairs = [(name, getattr(self, name)) for name in names]
        pairs = [(name, value) for name, value in pairs if value != getattr(plain, name)]
        return pairs + [("p", move) for move in self.moves]


def stage_of(request: web.Request, release: Release, today: date) -> Stage:
    """Read the address of a page."""
    query = request.query

    def one_of(name: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = query.get(name, "")
        return value if value in allowed else default

    offered = tuple(c for c, known in release.catalog.languages.items() if known.offered)
    stage = Stage(
        role=one_of("role", ROLES),
        age=one_of("age", AGES),
        place=query.get("place", "")[:60].strip(),
        speaks=one_of("speaks", offered, "nl"),
        moment=one_of("moment", tuple(MOMENTS)),
        channel=one_of("channel", CHANNELS, "web"),
        wide=one_of("wide", WIDTHS, "390"),
        start=query.get("start", "")[:40],
        moves=_moves(request),
        edit=query.get("edit", "")[:80],
        kind=query.get("kind", "")[:20],
        at=one_of("at", ("chat",)),
        proof=one_of("proof", ("yes",)),
    )
    return replace(stage, known=_known(stage, release, today))


def _moves(request: web.Request) -> tuple[str, ...]:
    """Return what was played, with what was typed just now at its end."""
    typed = " ".join(request.query.get("typed", "").split())
    moves = [*request.query.getall("p", []), *([f">{typed}"] if typed else [])]
    return tuple(moves[:MOST_MOVES])


def _known(stage: Stage, release: Release, today: date) -> dict[str, str]:
    known = {
        "role": stage.role,
        "age": stage.age,
        "place": municipality(stage.place, release, today),
    }
    return {name: value for name, value in known.items() if value}


def municipality(place: str, release: Release, today: date) -> str:
    """Return the code of the municipality that a typed name means best, or nothing."""
    places = release.directory.places
    if place in places.municipalities:
        return place
    found = places.search(place, today) if place else ()
    return found[0] if found else ""


def scene_of(stage: Stage, conversation: str, release: Release) -> Scene:
    """Return the scene that a page plays."""
    steps = release.conversations[conversation].steps
    start = stage.start if stage.start in steps else ""
    return Scene(conversation, start, stage.known, stage.speaks, stage.channel, stage.moves)


def moment_of(stage: Stage, now: datetime) -> datetime:
    """Return the moment that is played: now, or this week at a time that is asked for."""
    if stage.moment not in MOMENTS:
        return now
    day, hour = MOMENTS[stage.moment]
    moved = now + timedelta(days=day - now.isoweekday())
    return moved.replace(hour=hour, minute=0, second=0, microsecond=0)
