"""What a changed Dutch text asks of its author and its translators before it can go live."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.content.load import Content
from bot.releases import weigh
from bot.releases.stale import MEANING, Rewritten, follow, stale_keys
from bot.releases.tree import Files

_PO = re.compile(r"locales/([a-z]{2,3})/LC_MESSAGES/lucht\.po")


def unsorted(new: Content, texts: Mapping[str, str], sorts: Mapping[str, str]) -> list[str]:
    """Ask for each changed text that is translated: spelling, or meaning?"""
    files = {source.key: source for source in new.sources}
    return [
        f"{files[key].file}:{files[key].line}: {key} reads differently; say whether its meaning "
        "changed or its spelling alone"
        for key in texts
        if key not in sorts and weigh.translated_in(new, key)
    ]


def followed(
    files: Mapping[str, bytes], texts: Mapping[str, str], sorts: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files with catalogs that follow the changed texts."""
    changed = {key: Rewritten(key, text, sorts[key]) for key, text in texts.items() if key in sorts}
    followed = dict(files)
    if changed:
        for path in filter(_PO.fullmatch, files):
            followed[path] = follow(files[path].decode(), changed).encode()
    return followed


def blocked(
    new: Content, files: Files, texts: Mapping[str, str], sorts: Mapping[str, str]
) -> list[str]:
    """Block a critical text whose meaning changed as long as a translation says the old one."""
    critical = weigh.critical_conversations(new)
    wanted = {k for k in texts if sorts.get(k) == MEANING and k.split(".")[0] in critical}
    return [
        f"{path}:1: {key} still says what the Dutch text said before; translate it first"
        for path in (filter(_PO.fullmatch, files) if wanted else ())
        for key in stale_keys(files[path].decode())
        if key in wanted
    ]
