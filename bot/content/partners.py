"""Who of the alliance stands behind which conversation, and where that conversation can end.

The page ``docs/partners.md`` is made from the content, so that it promises no more than there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.catalog import PLACEHOLDER, SOURCE
from bot.content.load import Content
from bot.directory import Service
from bot.engine.model import Card, Conversation, Find, Release, Run, Step, Target, targets

HEAD = """\
# Partners and what came of their piece

Made by `lucht partners > docs/partners.md` from `partners:` in the conversations and from the
directory; do not edit it. A row says who of the Alliantie Kinderarmoede (a partner, a children's
council, an expert by experience) stands behind a conversation, how far that conversation is, and
the services that it can show or name; which ones somebody sees depends on role, age, place and
hour. Nobody named here has approved anything yet: the names say whose piece of the pledge it is, or
whose words it was made after.

| partner or voice | conversation | state | services it can end at |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One partner behind one conversation; ``local`` counts services of certain municipalities."""

    partner: str
    conversation: Conversation
    title: str
    file: str
    services: tuple[str, ...]
    local: int


def partners_page(content: Content) -> str:
    """Return the page in Markdown: a row a partner and conversation, in the order of the names."""
    return HEAD + "".join(f"{_line(row)}\n" for row in partner_rows(content))


def partner_rows(content: Content) -> list[Row]:
    """Return every partner behind every conversation, with the services it can end at."""
    found = [
        _row(content, partner, conversation)
        for conversation in content.release.conversations.values()
        for partner in conversation.partners
    ]
    return sorted(found, key=lambda row: (row.partner.casefold(), row.conversation.id))


def _row(content: Content, partner: str, conversation: Conversation) -> Row:
    found = ends(content.release, conversation)
    national = tuple(service.name for service in found if not service.local)
    title = content.release.catalog.texts[SOURCE][conversation.title][0]
    file = content.scripts[conversation.id].file
    return Row(partner, conversation, title, file, national, len(found) - len(national))


def _line(row: Row) -> str:
    local = (f"{row.local} local",) if row.local else ()
    services = " · ".join((*row.services, *local))
    title = f"[{row.title}](../{row.file})"
    return f"| {row.partner} | {title} | {row.conversation.state} | {services} |"


def ends(release: Release, conversation: Conversation) -> list[Service]:
    """Return the active services that a conversation finds or names, in the directory's order.

    What is shown only when a search finds nothing does not count: it is no end of its own.
    """
    needs: set[str] = set()
    named: set[str] = set()
    directory = release.directory
    for step in _steps(release, conversation):
        if isinstance(step, Find | Card):
            needs.add(step.need)
        if isinstance(step, Find) and step.schemes:
            named |= {s.id for s in directory.services.values() if directory.scheme(s)}
        named |= _named(release, step)
    return [
        service
        for service in directory.services.values()
        if service.active
        and service.roles & conversation.roles
        and (service.id in named or service.needs & needs)
    ]


def _steps(release: Release, conversation: Conversation) -> Iterator[Step]:
    """Yield the steps of a conversation and of the parts that it runs, each once."""
    seen: set[tuple[str, str]] = set()
    waiting = [(conversation.id, conversation.start)]
    while waiting:
        place = waiting.pop()
        step = release.conversations[place[0]].steps.get(place[1])
        if place in seen or step is None:
            continue
        seen.add(place)
        yield step
        waiting += [(place[0], goto.step) for goto in _onward(step) if not goto.conversation]
        if isinstance(step, Run):
            waiting.append((step.conversation, release.conversations[step.conversation].start))


def _onward(step: Step) -> Iterable[Target]:
    return (step.goto,) if isinstance(step, Find) else targets(step)


def _named(release: Release, step: Step) -> set[str]:
    """Return the services whose facts stand in the Dutch words of a step."""
    texts = release.catalog.texts[SOURCE]
    keys = (getattr(step, name, "") for name in ("say", "ask"))
    forms = (form for key in keys for form in texts.get(key, ()))
    names = (name for form in forms for name in PLACEHOLDER.findall(form))
    return {name.partition(".")[0] for name in names if "." in name}
