"""What ``lucht check`` says: problems that stop a start, and a summary of what is not done yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content import proof, room, routes
from bot.content.check import check, missing, structure
from bot.content.conversations import STATES
from bot.content.load import Content, load
from bot.content.proof import Proof
from bot.content.transcripts import failures
from bot.content.ways import Words, with_ways
from bot.directory import unconfirmed

DIRECTORY = tuple(
    f"directory/{name}"
    for name in ("services", "schemes", "norms", "limits", "overrides", "everywhere")
)
"""Files whose problems leave scripts, places and languages whole."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of examining a folder of content."""

    content: Content
    problems: tuple[str, ...]
    today: date
    proof: Proof | None = None

    def summary(self, *, missing: bool = False) -> Iterator[str]:
        """Yield what is there and what is not done yet, a line each."""
        release = self.content.release
        yield f"release {release.id}"
        yield f"{len(release.conversations)} conversations, {len(self.content.transcripts)} tests"
        yield _states(self.content)
        yield f"{len(release.directory.services)} services, {_unconfirmed(self.content)}"
        yield from _nearness(self.content)
        yield from _merged(self.content, self.today)
        yield from _languages(self.content, list_missing=missing)
        yield from _proven(self.proof)
        yield f"{len(self.problems)} problems"


def examine(root: Path, today: date, *, fully: bool = True) -> Report:
    """Read and check everything below a folder; fully: play its tests and prove promise 1 too.

    What is wrong in the directory does not hide what follows from it: the ways on which somebody
    now finds nothing. Scripts are walked once they lead somewhere.
    """
    content, problems = load(root)
    if all(line.startswith(DIRECTORY) for line in problems):
        broken = structure(content)
        problems += [*broken, *check(content)]
        tight = [] if broken else list(room.problems(content))
        problems += tight
        if fully and not broken and not tight:
            return _walked(content, problems, today)
    return Report(content, tuple(with_ways(content, problems)), today)


def at_once(content: Content, unread: Iterable[str]) -> tuple[list[str], bool]:
    """Return what the checks find in a moment, and whether the scripts can be played.

    ``unread`` is what the reader said. A file that could not be read whole still shows its
    sentences; where it leads is unknown.
    """
    broken = [*unread] or structure(content)
    return [*broken, *check(content)], not broken


def _walked(content: Content, problems: list[str], today: date) -> Report:
    """Play every test, and prove promise 1."""
    problems += failures(content.release, content.transcripts)
    problems += routes.problems(content, Words(content))
    proven = proof.prove(content)
    problems += proof.problems(content, proven)
    return Report(content, tuple(with_ways(content, problems)), today, proven)


def _states(content: Content) -> str:
    """Say how far the conversations are; none may be public before people have read it."""
    states = Counter(c.state for c in content.release.conversations.values())
    told = ", ".join(f"{states[name]} {name}" for name in STATES)
    return f"{told} (read with children or experts by experience: needed before a public launch)"


def _nearness(content: Content) -> Iterator[str]:
    """Say where help of one's own town is known, so that national help cannot hide that it is not.

    In every other municipality each path ends at national help, and the chat says so.
    """
    directory = content.release.directory
    local = [service for service in directory.services.values() if service.local]
    towns = {code for service in local for code in service.area}
    yield f"{len(towns)} of {len(directory.places.municipalities)} municipalities have own entries"
    near = {need for service in local for need in service.needs}
    needs = {need for service in directory.services.values() for need in service.needs}
    yield f"national help alone, everywhere: {', '.join(sorted(needs - near)) or 'nothing'}"


def _merged(content: Content, today: date) -> Iterator[str]:
    """Name what is entered for a municipality that is no more: it counts where it merged into."""
    directory = content.release.directory
    places, norms = directory.places, directory.schemes.norms
    codes = {code for service in directory.services.values() for code in service.area}
    codes |= {code for limit in norms.limits for code in limit.places} | directory.editions.keys()
    for code in sorted(codes & places.municipalities.keys()):
        now = places.current(code, today)
        if now != code:
            old, new = places.name(code), places.name(now)
            yield f"{code} ({old}) is {now} ({new}) now; its entries count there: look at them"


def _proven(proven: Proof | None) -> Iterator[str]:
    """Say what the proof of promise 1 walked, and which paths end at a fallback."""
    if proven is not None:
        yield f"promise 1: {proven.walks} walks, {len(proven.gaps)} without help"
        yield from (f"  only a fallback: {path}" for path in proven.fallbacks)


def _unconfirmed(content: Content) -> str:
    directory = content.release.directory
    open_ = unconfirmed(directory, tuple(directory.services))
    return f"{len(open_)} of them with something that nobody has confirmed yet"


def _languages(content: Content, *, list_missing: bool) -> Iterator[str]:
    total, gaps = sum(s.translated for s in content.sources), missing(content)
    for code, language in content.release.catalog.languages.items():
        absent = gaps.get(code, [])
        yield f"{code}: {total - len(absent)} of {total} texts, status {language.status}"
        if list_missing:
            yield from (f"  {code} lacks {key}" for key in absent)


def danger_unconfirmed(content: Content) -> list[str]:
    """Return what ``lucht run --public`` waits for: danger lines that nobody has confirmed."""
    release = content.release
    lines = {line.service for danger in release.frame.dangers for line in danger.lines}
    found = unconfirmed(release.directory, tuple(sorted(lines)))
    return [
        f"{service}: {', '.join(sorted(fields))} not confirmed; phone or open the source, then add "
        "assured_date and assured_by in directory/services"
        for service, fields in found.items()
    ]
