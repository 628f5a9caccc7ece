"""From the keys of a reply to words: texts, services as cards, buttons, in one language.

Pure. A row of the live store holds keys only; what was withdrawn or translated since is spoken as
it is now. No word stands here: labels are ``conversations/words/service.yaml``, dates, times and
names of days and languages come from CLDR through Babel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.card import tell
from bot.engine.session import Item, Reply, Session, Shown, Text
from bot.scheme_card import about
from bot.schemes import KINDS
from bot.voice import DUTCH, Voice, place_name

if TYPE_CHECKING:
    from bot.engine.model import Release


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing said. ``kind``: text, service, first (the line of danger), card (to keep).

    ``service`` is plain data for JSON: the same service that the text tells in lines.
    """

    text: str
    service: Mapping[str, object] | None = None
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to choose; the id comes back as ``Message.choice``."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply in words, ready for any channel."""

    language: str
    direction: str
    bubbles: tuple[Bubble, ...]
    buttons: tuple[Button, ...]
    turn: int
    signal: str
    heard: tuple[str, ...]
    ended: bool


def speak(release: Release, session: Session, now: datetime) -> Spoken:
    """Say the session's reply in the session's language, as the directory stands now.

    ``now`` is an aware moment; hours are told for a clock in the Netherlands.
    """
    languages = release.catalog.languages
    wanted = session.reply.language or session.language
    language = wanted if wanted in languages else DUTCH
    voice = Voice(release.catalog, release.directory, language, now, session.answers)
    reply = session.reply
    bubbles = list(_bubbles(voice, reply))
    if reply.signal and languages[language].status == "draft":
        bubbles += _beside(voice, reply.items)
    return Spoken(
        language=language,
        direction=release.catalog.direction(language),
        bubbles=tuple(bubble for bubble in bubbles if bubble.text),
        buttons=tuple(
            Button(choice.id, _text(voice, choice.text))
            for choice in reply.choices
            if release.catalog.has(choice.text.key)
        ),
        turn=session.turn,
        signal=reply.signal,
        heard=reply.heard,
        ended=reply.ended,
    )


def _bubbles(voice: Voice, reply: Reply) -> Iterator[Bubble]:
    """Say every item; what several schemes in a reply have in common is said once.

    A card repeats no verdict, and a warning about staying here that counts for more than one of
    them stands before the first, on its own.
    """
    repeated = _repeated(voice, reply)
    said = set(repeated)
    for item in reply.items:
        scheme = isinstance(item, Shown) and item.part in KINDS
        if scheme:
            yield from (Bubble(voice.scheme_word("for_all", text=text)) for text in repeated)
            repeated = []
        bubble = _bubble(voice, item, said, urgent=bool(reply.signal))
        said.add(str((bubble.service or {}).get("fit", "")) if scheme else "")
        yield bubble


def _repeated(voice: Voice, reply: Reply) -> list[str]:
    """Return the warnings about staying here that more than one scheme of a reply would say."""
    items = [item for item in reply.items if isinstance(item, Shown) and item.part in KINDS]
    services = [(voice.service(item.service), item.part) for item in items]
    texts = Counter(
        about(voice, one, part).residence for one, part in services if one and one.active
    )
    return [text for text, count in texts.items() if text and count > 1]


def _beside(voice: Voice, items: tuple[Item, ...]) -> list[Bubble]:
    """Return the Dutch text of what is said in danger, for a language that nobody vouches for."""
    return [Bubble(_text(voice.dutch(), item)) for item in items if isinstance(item, Text)]


def _bubble(voice: Voice, item: Item, said: Collection[str], *, urgent: bool) -> Bubble:
    if isinstance(item, Text):
        return Bubble(_text(voice, item))
    service = voice.service(item.service)
    if service is None or not service.active:
        return Bubble(voice.word("gone"))
    # After danger nothing is offered to keep or to forward: it would lie in the open.
    part = "" if urgent and item.part == "card" else item.part
    text, data = tell(voice, service, part, said)
    kind = "service" if part in KINDS else part or "service"
    return Bubble(text, data, kind)


def _text(voice: Voice, text: Text) -> str:
    args = dict(text.args)
    number = args.get("n")

    def value(name: str) -> str:
        if name in args:
            return _argument(voice, str(args[name]))
        if name == "place":
            known = voice.answers.get("place", "")
            return place_name(voice, known) if known else voice.word("your_place")
        return voice.fact(name)

    count = number if isinstance(number, int) else None
    return voice.catalog.say(voice.language, voice.key(text.key), value, count)


def _argument(voice: Voice, value: str) -> str:
    """Return an argument in words: the text of a key (``@key``), or the name of a municipality."""
    if value.startswith("@") and not voice.catalog.has(value[1:]):
        return voice.word("gone")
    if value.startswith("@"):
        return voice.catalog.say(voice.language, value[1:], voice.fact)
    return place_name(voice, value)
