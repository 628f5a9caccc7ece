"""How much a change weighs: danger, a critical text and a new count need a second approver.

Pure. Compares what was compiled with what stands in the files, so that no way round is cheaper: a
translation of a danger text weighs as much as the text, and the phone number as much as both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from bot.catalog import SOURCE
from bot.content.load import Content
from bot.engine.model import counted
from bot.releases.diff import TextChange, compare_texts
from bot.releases.eyes import CRITICAL, ORDINARY, needed

FIXED = ("gevaar", "hulp_nu")
"""Conversations whose texts are said in danger."""

LOCAL = re.compile(r"directory/(?:overrides|limits|services/lokaal)/gm([0-9]{4})\.yaml")
"""Files that belong to one municipality."""

STEERING = ("conversations/lucht.yaml", "directory/web.yaml")
"""Files that decide where help and the alarm number lead."""


def weight(old: Content, new: Content, paths: Iterable[str]) -> int:
    """Return how many people must approve what differs between two releases."""
    changed = tuple(paths)
    heavy = set(_critical_files(old)) | set(_critical_files(new)) | set(STEERING)
    if needed(changed, heavy) == CRITICAL:
        return CRITICAL
    if _danger_services(old, new) or any(_critical_texts(old, new)) or _counts_more(old, new):
        return CRITICAL
    return ORDINARY


def critical_conversations(content: Content) -> frozenset[str]:
    """Return the conversations whose texts are said in danger, or are marked critical."""
    marked = (s.conversation for s in content.scripts.values())
    return frozenset(FIXED) | {one.id for one in marked if one.critical}


def rewritten(old: Content, new: Content) -> tuple[TextChange, ...]:
    """Return the Dutch texts that read differently and that translators see."""
    seen = {source.key for source in new.sources if source.translated}
    changes = compare_texts(old.release.catalog, new.release.catalog)
    return tuple(
        one for one in changes if one.language == SOURCE and one.old and one.new and one.key in seen
    )


def translated_in(content: Content, key: str) -> tuple[str, ...]:
    """Return the languages that have a text of their own for a key."""
    texts: Mapping[str, Mapping[str, object]] = content.release.catalog.texts
    return tuple(code for code in texts if code != SOURCE and key in texts[code])


def beyond(old: Content, new: Content, paths: Iterable[str]) -> list[str]:
    """Return entries of the directory that reach beyond the municipalities whose files change.

    A steward of one municipality changes the help of that one; a draft that changes a national
    file has been through the hands of a national steward.
    """
    changed = [path for path in paths if path.startswith("directory/services/")]
    found = [LOCAL.fullmatch(path) for path in changed]
    if not changed or not all(found):
        return []
    codes = {f"GM{match[1]}" for match in found if match}
    before, after = old.release.directory.services, new.release.directory.services
    problems = []
    for name, service in after.items():
        known = before.get(name)
        own = codes | (known.area if known else frozenset())
        if service != known and not service.area <= own:
            text = f"'{name}' serves more than its own municipality; let a national steward do it"
            problems.append(f"{changed[0]}:1: {text}")
    return problems


def _counts_more(old: Content, new: Content) -> bool:
    """Whether something is counted that was not counted before."""
    before, after = counted(old.release), counted(new.release)
    return any(not set(choices) <= set(before.get(name, ())) for name, choices in after.items())


def _critical_files(content: Content) -> Iterator[str]:
    critical = critical_conversations(content)
    yield from (s.file for name, s in content.scripts.items() if name in critical)


def _critical_texts(old: Content, new: Content) -> Iterator[TextChange]:
    critical = critical_conversations(old) | critical_conversations(new)
    for change in compare_texts(old.release.catalog, new.release.catalog):
        if change.key.split(".")[0] in critical:
            yield change


def _danger_services(old: Content, new: Content) -> bool:
    """Whether a line that is named in danger differs in any way, its words included."""
    frames = (old.release.frame, new.release.frame)
    names = {line.service for frame in frames for danger in frame.dangers for line in danger.lines}
    before, after = old.release.directory.services, new.release.directory.services
    if any(before.get(name) != after.get(name) for name in names):
        return True
    prefixes = tuple(f"service.{name}." for name in names)
    changes = compare_texts(old.release.catalog, new.release.catalog)
    return any(key.startswith(prefixes) for key in map(attrgetter("key"), changes))
