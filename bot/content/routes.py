"""Every municipality has a route: its own entry, or the pattern that works everywhere.

``directory/everywhere.yaml`` names the needs and the national entries of that pattern, so that
taking one away is noticed: from a file alone nobody can tell that something is no longer in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content.strict import Fields, problem, read_yaml
from bot.directory import AMSTERDAM, BANDS, NEEDS, ROLES, Directory
from bot.engine.model import Card, Find, Step

if TYPE_CHECKING:
    from bot.content.load import Content
    from bot.content.ways import Words

FILE = "directory/everywhere.yaml"
NOON = datetime(2029, 3, 6, 12, tzinfo=AMSTERDAM)
"""Whether something is found does not depend on the hour."""


@dataclass(frozen=True, slots=True)
class Route:
    """For a need and some roles, the national entries that lead to help near everybody."""

    need: str
    roles: tuple[str, ...]
    through: tuple[str, ...]
    line: int


def read_routes(folder: Path) -> tuple[tuple[Route, ...], list[str]]:
    """Read ``everywhere.yaml`` in a folder; without the file there are no routes.

    Problems are ``file:line: what, and what to do``.
    """
    path = folder / "everywhere.yaml"
    if not path.exists():
        return (), []
    block, problems = read_yaml(path, FILE)
    top = Fields(block, FILE, problems)
    routes = tuple(_route(fields) for fields in top.each("routes"))
    top.done()
    return routes, problems


def _route(fields: Fields) -> Route:
    need = fields.one_of("need", NEEDS)
    roles, through = fields.some_of("roles", ROLES), fields.texts("through")
    if not (need and roles and through):
        fields.wrong("a route needs 'need', 'roles' and 'through'; add what is missing")
    fields.done()
    return Route(need, roles, through, fields.line())


def problems(content: Content, words: Words) -> Iterator[str]:
    """Yield each route that does not lead to help in some municipality, with a way in a script."""
    if not content.routes:
        yield problem(FILE, 1, "no routes; give each need its entries that work everywhere")
    places = _places(content.release.directory)
    for route in content.routes:
        for name, role in product(route.through, route.roles):
            missed = [
                p for p in places if not _leads(content.release.directory, route, name, role, p)
            ]
            if missed:
                yield _missing(content, words, route, name, role, missed)


def _places(directory: Directory) -> list[str]:
    """Return every municipality with something of its own, and one without."""
    own = {code for service in directory.services.values() for code in service.area}
    own |= directory.editions.keys()
    codes = directory.places.municipalities
    return [*(code for code in codes if code in own), *[c for c in codes if c not in own][:1]]


def _leads(directory: Directory, route: Route, name: str, role: str, place: str) -> bool:
    """Whether everybody of a role finds an entry there, or one of the municipality's own."""
    ages = ("", *BANDS) if role == "child" else ("",)
    most = len(directory.services)
    for age in ages:
        found = directory.find(route.need, role=role, age=age, place=place, now=NOON, limit=most)
        if name not in found and not any(directory.services[one].local for one in found):
            return False
    return True


def _missing(
    content: Content, words: Words, route: Route, name: str, role: str, missed: list[str]
) -> str:
    directory = content.release.directory
    known = directory.services.get(name)
    state = "is no entry" if known is None else "is not found"
    if known is not None and not known.active:
        state = f"is {known.status}"
    more = f" and {len(missed) - 1} others" if len(missed) > 1 else ""
    # The last one has nothing of its own, and stands for all that have not.
    where = words.town(missed[-1]) + more
    way = _way(content, words, route.need, role)
    return problem(
        FILE,
        route.line,
        f"a {role} in {where} has no route for '{route.need}': '{name}' {state}{way}; "
        "give it back, or an entry of their own to each municipality",
    )


def _way(content: Content, words: Words, need: str, role: str) -> str:
    """Return a way through a script on which somebody of this role meets the need."""
    for script in content.scripts.values():
        if role in script.conversation.roles:
            step = next(_searching(script.conversation.steps.values(), need), None)
            if step is not None:
                way = words.towards(script.conversation, step.id)
                return f" (on the way {script.conversation.id}: {way})"
    return ""


def _searching(steps: Iterable[Step], need: str) -> Iterator[Find | Card]:
    for step in steps:
        if isinstance(step, (Find, Card)) and step.need == need:
            yield step
