"""What was withdrawn, laid over a release: at once, whatever the release says.

A service that was withdrawn is found nowhere and told nowhere; a text that was withdrawn is
replaced by the kind words for what is gone. Rows of the live store hold keys, so this reaches
replies that are still on their way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.catalog import Catalog, Forms
from bot.directory import Directory, Edition, Service
from bot.engine.model import Release

GONE = "service.gone"
SERVICE, TEXT = "service", "text"
WITHDRAWN = "stopped"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Something taken back: ``kind`` is `SERVICE` or `TEXT`, ``name`` its id or key."""

    kind: str
    name: str


def apply(release: Release, withdrawn: Iterable[Withdrawn]) -> Release:
    """Return a release without what was withdrawn; what it does not have is passed over."""
    gone = frozenset(withdrawn)
    services = {item.name for item in gone if item.kind == SERVICE}
    texts = {item.name for item in gone if item.kind == TEXT}
    if not gone:
        return release
    return replace(
        release,
        directory=_without_services(release.directory, services),
        catalog=_without_texts(release.catalog, texts),
    )


def refusal(release: Release, item: Withdrawn, never: Iterable[str] = ()) -> str:
    """Return why something cannot be withdrawn, or nothing.

    ``unknown``: the release has no such thing. ``danger``: it is said or named when danger is
    heard, where silence would be worse; ``never`` adds services for which that holds too.
    """
    if item.kind == SERVICE:
        last = {danger.lines[-1].service for danger in release.frame.dangers if danger.lines}
        if item.name in last or item.name in never:
            return "danger"
        return "" if item.name in release.directory.services else "unknown"
    if item.name not in sayable(release):
        return "danger" if item.name.startswith("gevaar.") else "unknown"
    return ""


def sayable(release: Release) -> tuple[str, ...]:
    """Return the keys of texts that can be withdrawn: what conversations and services say."""
    texts = release.catalog.texts["nl"]
    services = {f"service.{name}" for name in release.directory.services}
    return tuple(
        key
        for key in texts
        if not key.endswith("heard_as")
        and (key.split(".")[0] in release.conversations or key.rpartition(".")[0] in services)
    )


def _without_services(directory: Directory, gone: set[str]) -> Directory:
    return replace(
        directory,
        services=_stopped(directory.services, gone),
        editions={
            code: Edition(_stopped(edition.services, gone), edition.texts)
            for code, edition in directory.editions.items()
        },
    )


def _stopped(services: Mapping[str, Service], gone: set[str]) -> Mapping[str, Service]:
    return {
        name: replace(service, status=WITHDRAWN) if name in gone else service
        for name, service in services.items()
    }


def _without_texts(catalog: Catalog, gone: set[str]) -> Catalog:
    """Put the words for what is gone in the place of texts, in every language that has them.

    A municipality's own wording of a text (``key@code``) goes with it.
    """

    def kept(texts: Mapping[str, Forms], words: Forms) -> Mapping[str, Forms]:
        return {key: words if key.split("@")[0] in gone else forms for key, forms in texts.items()}

    said = {code: catalog.find(code, GONE).forms for code in catalog.texts}
    return replace(catalog, texts={code: kept(t, said[code]) for code, t in catalog.texts.items()})
