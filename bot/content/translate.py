"""Translating one text after the other: what is to do, and edits of a catalog from text to text.

Pure. The key of a text is its identity; a mark of what somebody saw (`Line.seen`) keeps two
translators from overwriting each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from gettext import c2py
from hashlib import blake2b
from io import BytesIO

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError

from bot.catalog import PLACEHOLDER
from bot.content.merge import merge, parse_catalog, plural_of, write_catalog
from bot.content.source import SourceText

MISSING, STALE, DONE = "missing", "stale", "done"
_EXAMPLES = 3


class SeenOtherError(Exception):
    """A text is no longer what somebody saw when they began; ``line`` is what it is now."""

    def __init__(self, line: Line) -> None:
        """Keep the text as it is now."""
        super().__init__(line.key)
        self.line = line


class UnknownTextError(LookupError):
    """No text has this key, or it has another number of plural forms."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text to translate: its Dutch forms, its translation, and how far it is.

    ``former`` is the Dutch text that a stale translation was made of; ``absent`` and ``strange``
    are the placeholders that the translation lacks or has too many.
    """

    key: str
    dutch: tuple[str, ...]
    forms: tuple[str, ...]
    state: str
    note: str
    file: str
    former: str
    absent: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def seen(self) -> str:
        """Return a mark of the Dutch text and its translation."""
        whole = repr((self.dutch, self.forms, self.state))
        return blake2b(whole.encode(), digest_size=12).hexdigest()


def lines_of(language: str, sources: Iterable[SourceText], po: str) -> dict[str, Line]:
    """Return every text of a language by its key, in the order of the sources."""
    files = {source.key: source.file for source in sources if source.translated}
    catalog = _current(language, sources, po)
    found = (_line(m, files) for m in catalog if m.context in files)
    by_key = {line.key: line for line in found}
    return {key: by_key[key] for key in files if key in by_key}


def _current(language: str, sources: Iterable[SourceText], po: str) -> Catalog:
    """Return a catalog with today's Dutch texts, in the order that it has."""
    seen = [one for one in sources if one.translated]
    if not po:
        return merge(language, seen, None, {})
    old = parse_catalog(language, po)
    return merge(language, _ordered(seen, old), old, {})


def _ordered(sources: list[SourceText], old: Catalog) -> list[SourceText]:
    """Return the texts in the order of a catalog, a new one after the text that it follows."""
    known = {str(message.context): at for at, message in enumerate(old) if message.context}
    places, last = {}, 0
    for source in sources:
        last = known.get(source.key, last)
        places[source.key] = last
    return sorted(sources, key=lambda source: (places[source.key], source.key not in known))


def _line(message: Message, files: Mapping[str, str]) -> Line:
    dutch, forms = _forms(message.id), _forms(message.string)
    state = DONE if all(forms) else MISSING
    if state == DONE and message.fuzzy:
        state = STALE
    absent, strange = placeholders(dutch, forms) if state != MISSING else ((), ())
    former = "".join(map(str, message.previous_id))
    key = str(message.context)
    note = " ".join(message.auto_comments)
    return Line(key, dutch, forms, state, note, files[key], former, absent, strange)


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text),)


def placeholders(
    dutch: Iterable[str], forms: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the placeholders that a translation lacks, and those that only it has.

    Of several forms one may do without, such as "one place".
    """
    wanted = {name for text in dutch for name in PLACEHOLDER.findall(text)}
    found = {name for text in forms for name in PLACEHOLDER.findall(text)}
    return tuple(sorted(wanted - found)), tuple(sorted(found - wanted))


def put(
    language: str, sources: Iterable[SourceText], po: str, key: str, forms: Iterable[str], seen: str
) -> str:
    """Return a catalog in which a text has this translation; nobody marks it stale any more.

    Raises `SeenOtherError` when the text is not what ``seen`` says, and `UnknownTextError`.
    """
    known = tuple(sources)
    line = lines_of(language, known, po).get(key)
    wanted = tuple(" ".join(form.split(" ")).strip() for form in forms)
    if line is None or len(line.forms) != len(wanted):
        raise UnknownTextError(key)
    if line.seen != seen:
        raise SeenOtherError(line)
    catalog = _current(language, known, po)
    _set(catalog, key, wanted)
    return _written(catalog)


def take_in(
    language: str, sources: Iterable[SourceText], po: str, brought: str
) -> tuple[str, int, tuple[str, ...]]:
    """Take over a catalog from elsewhere: return the text, how many it filled, and what it lacks.

    Only translations of exactly today's Dutch text with its placeholders are taken; the keys of
    the others come back. Raises `ValueError` when it is no catalog.
    """
    known = tuple(sources)
    try:
        theirs = parse_catalog(language, brought, strict=True)
    except PoFileError as error:
        raise ValueError(str(error)) from None
    catalog = _current(language, known, po)
    now = {str(message.context): message for message in catalog if message.context}
    taken, refused = 0, []
    for message in theirs:
        key, forms = str(message.context), _forms(message.string)
        mine = now.get(key)
        if not message.context or not all(forms) or message.fuzzy:
            continue
        same = mine is not None and _forms(mine.id) == _forms(message.id)
        if not same or mine is None or any(placeholders(_forms(mine.id), forms)):
            refused.append(key)
        elif _forms(mine.string) != forms or mine.fuzzy:
            _set(catalog, key, forms)
            taken += 1
    return _written(catalog), taken, tuple(refused)


def _set(catalog: Catalog, key: str, forms: tuple[str, ...]) -> None:
    message = next(one for one in catalog if one.context == key)
    message.string = forms[0] if isinstance(message.id, str) else forms
    message.flags.discard("fuzzy")
    message.previous_id = []


def _written(catalog: Catalog) -> str:
    whole = BytesIO()
    write_catalog(whole, catalog)
    return whole.getvalue().decode()


def numbers_of(language: str) -> tuple[tuple[int, ...], ...]:
    """Return for each plural form of a language the first few numbers that take it."""
    count, rule = plural_of(language)
    pick = c2py(rule)
    found: list[list[int]] = [[] for _ in range(count)]
    for number in range(200):
        form = found[pick(number)]
        if len(form) < _EXAMPLES:
            form.append(number)
    return tuple(map(tuple, found))


def glossary(lines: Iterable[Line], terms: Iterable[str]) -> dict[str, Line]:
    """Return for each Dutch term the shortest text with a translation in which it stands."""
    done = sorted(
        (line for line in lines if line.state == DONE and len(line.dutch) == 1),
        key=lambda line: len(line.dutch[0]),
    )
    found = {}
    for term in terms:
        line = next((one for one in done if term.casefold() in one.dutch[0].casefold()), None)
        if line:
            found[term] = line
    return found


def hints(line: Line, known: Mapping[str, Line]) -> tuple[tuple[str, Line], ...]:
    """Return the terms in a text, each with a text in which it was translated already."""
    dutch = " ".join(line.dutch).casefold()
    return tuple(
        (term, other)
        for term, other in known.items()
        if term.casefold() in dutch and other.key != line.key
    )
