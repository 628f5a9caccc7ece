"""From what somebody types about where they live to municipalities to choose from.

Pure. A postcode or a village name seldom proves a municipality, so the result is a short list of
candidates, best first: the caller shows them and lets the person confirm.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

OFFERED = 3  # places to choose from when a text may mean several
MAX_TEXT = 200  # nobody needs more to say where they live, and it bounds the work
MAX_NAME_WORDS = 5
MAX_FUZZY_TEXTS = 8
MIN_SENTENCE_TOKEN = 7  # shorter words of a sentence resemble too many villages
SHORTEST_TOWN, SHORTEST_VILLAGE = 6, 7  # shorter names resemble too many ordinary words
TWO_ERRORS = 9  # from this length on, a municipality may be misspelt twice
FRESH_YEARS = 2
# Persian forms of two Arabic letters; the rest of the Arabic variation falls to NFKD.
_LETTERS = str.maketrans({"ی": "ي", "ک": "ك", "ى": "ي", "ة": "ه", "ß": "ss", "ı": "i"})
_SHORT = {"st": "sint"}


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality by its CBS code (`GM0150`); `valid_to` is the last day on which it existed."""

    code: str
    name: str
    province: str
    aliases: tuple[str, ...] = ()
    valid_to: date | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What helps to tell a place from the other words of a sentence; all folded.

    `ordinary` words are places too (Best, Heel): in a sentence they count only at its end after a
    word of `lead_in` ("ik woon in Best"). `provinces` maps "gld" and the like to a province.
    """

    lead_in: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()
    provinces: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Watch(msgspec.Struct, frozen=True):
    """A change of borders that was announced but not yet certain when the tables were made."""

    code: str
    on: date
    note: str


class PlacesMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the tables come from (`places_meta.yaml`)."""

    data_year: int
    sources: tuple[str, ...]
    credit: str
    licence: str
    watch: tuple[Watch, ...] = ()


def fold(text: str) -> str:
    """The text as lower-case words without accents and punctuation, digits in ASCII."""
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(_folded(char) for char in spread if not unicodedata.combining(char))
    return " ".join(_SHORT.get(word, word) for word in kept.split())


def _folded(char: str) -> str:
    number = unicodedata.decimal(char, None)
    if number is not None:
        return str(number)
    return char if char.isalnum() else " "


def stale(meta: PlacesMeta, today: date) -> tuple[str, ...]:
    """What an operator must look at: tables over two years old, border changes whose day came."""
    found = []
    if today.year - meta.data_year > FRESH_YEARS:
        found.append(
            f"places_meta.yaml: the tables are of {meta.data_year}; run `make places` with newer "
            "packages (docs/operators/places.md)"
        )
    found += [
        f"municipalities_extra.yaml: {w.code} since {w.on}: {w.note}"
        for w in meta.watch
        if w.on <= today
    ]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Places:
    """Every municipality, and every name and postcode that leads to one. Build with `Places.of`."""

    municipalities: Mapping[str, Municipality]
    words: PlaceWords
    _names: Mapping[str, tuple[str, ...]]
    _postcodes: Mapping[str, tuple[str, ...]]
    _towns_by_length: Mapping[int, tuple[str, ...]]
    _villages_by_length: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(
        cls,
        municipalities: Iterable[Municipality],
        places: Iterable[tuple[str, str]],
        postcodes: Iterable[tuple[str, str]],
        words: PlaceWords | None = None,
    ) -> "Places":
        """Index (place, code) and (postcode, code) pairs, each in order of preference."""
        words = words or PlaceWords()
        towns = {town.code: town for town in municipalities}
        names = [(town.name, town.code) for town in towns.values()]
        names += [(alias, town.code) for town in towns.values() for alias in town.aliases]
        main = frozenset(key for name, _ in names for key in _keys(name, words))
        index = _grouped((key, c) for name, c in [*names, *places] for key in _keys(name, words))
        return cls(
            MappingProxyType(towns),
            words,
            MappingProxyType(index),
            MappingProxyType(_grouped(postcodes)),
            _lengths(main, SHORTEST_TOWN),
            _lengths(index.keys() - main, SHORTEST_VILLAGE),
        )

    def names(self) -> Collection[str]:
        """Every folded name that is found exactly."""
        return self._names.keys()

    def name(self, code: str) -> str:
        """The name of a municipality as shown to people. Raises KeyError for an unknown code."""
        return self.municipalities[code].name

    def current(self, code: str, today: date) -> str:
        """The code that stands for this municipality today, after any mergers."""
        passed = set()
        town = self.municipalities.get(code)
        while town and town.merged_into and town.valid_to and town.valid_to < today:
            passed.add(code)
            if town.merged_into in passed:
                break
            code = town.merged_into
            town = self.municipalities.get(code)
        return code

    def search(self, text: str, today: date, limit: int = OFFERED) -> tuple[str, ...]:
        """Codes of today's municipalities that the text may mean, best first, `limit` at most.

        An exact name of a municipality, an alias or a place wins over a postcode, and that over a
        name with typing errors. Empty when nothing resembles a place.
        """
        tokens = fold(text[:MAX_TEXT]).split()
        codes = self._exact(tokens) or self._postcode(tokens) or self._forgiven(tokens)
        return tuple(dict.fromkeys(self.current(code, today) for code in codes))[:limit]

    def _exact(self, tokens: Sequence[str]) -> list[str]:
        codes: list[str] = []
        start = 0
        while start < len(tokens):
            end = self._longest(tokens, start)
            if end == start:
                start += 1
                continue
            named = self._names[" ".join(tokens[start:end])]
            start, named = self._within_province(tokens, end, named)
            codes += named
        return codes

    def _longest(self, tokens: Sequence[str], start: int) -> int:
        """The end of the longest name that begins at `start`; `start` itself if there is none."""
        for end in range(min(len(tokens), start + MAX_NAME_WORDS), start, -1):
            if " ".join(tokens[start:end]) in self._names and self._is_meant(tokens, start, end):
                return end
        return start

    def _is_meant(self, tokens: Sequence[str], start: int, end: int) -> bool:
        word = " ".join(tokens[start:end])
        if len(word) > 2 and word not in self.words.ordinary:
            return True
        led = start == 0 or tokens[start - 1] in self.words.lead_in
        return led and end == len(tokens)

    def _within_province(
        self, tokens: Sequence[str], end: int, codes: tuple[str, ...]
    ) -> tuple[int, tuple[str, ...]]:
        """Narrow the codes by a province named next ("Hengelo in Gelderland"), if any is there."""
        at = end + (end < len(tokens) and tokens[end] in self.words.lead_in)
        province = self.words.provinces.get(tokens[at]) if at < len(tokens) else None
        kept = tuple(c for c in codes if self.municipalities[c].province == province)
        return (at + 1, kept) if kept else (end, codes)

    def _postcode(self, tokens: Sequence[str]) -> tuple[str, ...]:
        # Two or more numbers of four digits are rather a telephone number.
        numbers = [t[:4] for t in tokens if t[:4].isdecimal() and _is_postcode(t)]
        return self._postcodes.get(numbers[0], ()) if len(numbers) == 1 else ()

    def _forgiven(self, tokens: Sequence[str]) -> list[str]:
        for text in list(dict.fromkeys(self._fuzzy_texts(tokens)))[:MAX_FUZZY_TEXTS]:
            found = self._resembling(text)
            if found:
                return [code for name in found for code in self._names[name]]
        return []

    def _fuzzy_texts(self, tokens: Sequence[str]) -> Iterator[str]:
        """What may be a misspelt place: the whole text, what follows "in", long words."""
        if len(tokens) <= MAX_NAME_WORDS:
            yield " ".join(tokens)
        for start, word in enumerate(tokens, 1):
            if word in self.words.lead_in:
                yield " ".join(tokens[start : start + MAX_NAME_WORDS])
                yield from tokens[start : start + 1]
        yield from (t for t in tokens if len(t) >= MIN_SENTENCE_TOKEN)

    def _resembling(self, text: str) -> list[str]:
        """The names nearest to the text, municipalities first; empty when none is near enough."""
        if text in self.words.ordinary:
            return []
        hits = _near(text, self._towns_by_length, 1 + (len(text) >= TWO_ERRORS))
        # There are so many villages that one error leads from most words to one of them, mostly
        # by the first letter ("kinderen", Sinderen): that letter must be right.
        village_hits = _near(text, self._villages_by_length, 1)
        hits += [(name, errors) for name, errors in village_hits if name[0] == text[0]]
        best = min((errors for _, errors in hits), default=0)
        return [name for name, errors in hits if errors == best]


def _near(
    text: str, by_length: Mapping[int, tuple[str, ...]], errors: int
) -> list[tuple[str, int]]:
    """Names with at most so many typing errors (wrong, missing, surplus or swapped letters)."""
    lengths = range(len(text) - errors, len(text) + errors + 1)
    choices = [name for length in lengths for name in by_length.get(length, ())]
    hits = process.extract(text, choices, scorer=OSA.distance, score_cutoff=errors, limit=None)
    return sorted((name, distance) for name, distance, _ in hits)


def _lengths(names: Iterable[str], shortest: int) -> Mapping[int, tuple[str, ...]]:
    """The names by their length, without those too short to be told apart when misspelt."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for name in sorted(names):
        if len(name) >= shortest:
            lengths[len(name)].append(name)
    return MappingProxyType({length: tuple(group) for length, group in lengths.items()})


def _is_postcode(token: str) -> bool:
    """Four digits, perhaps with the two letters written to them."""
    return len(token) == 4 or (len(token) == 6 and token[4:].isalpha())


def bare(name: str, provinces: Collection[str]) -> str:
    """The folded name without a province's abbreviation: `Hengelo (Gld)` is `hengelo`."""
    whole = fold(name)
    front, _, last = whole.rpartition(" ")
    # Longer words belong to the name: Midden-Drenthe.
    return front if front and len(last) <= 3 and last in provinces else whole


def _keys(name: str, words: PlaceWords) -> tuple[str, ...]:
    """Under what a name is found: whole, and without a province's abbreviation."""
    return tuple(dict.fromkeys((fold(name), bare(name, words.provinces))))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, code in pairs:
        if code not in groups[key]:
            groups[key].append(code)
    return {key: tuple(codes) for key, codes in groups.items()}
