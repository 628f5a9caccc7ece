"""What a typed text is about: danger first, then a wish at any moment, then a topic.

Rules (words that are heard wherever they stand) and a small linear model work together, both made
of example phrases of every language at once, since people mix languages in one sentence. Nothing
of what is heard is kept. The phrases stand in ``conversations/``; nothing here knows a language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.hearing.fold import LONGEST, fold, readings
from bot.hearing.rules import Hit, PhraseBook, RuleBook
from bot.hearing.tongues import Tongues
from bot.hearing.weights import Model, Weighed

SURE = 0.7
"""From this risk on a text counts as danger. Chosen by measuring: docs/hearing-report.md."""

DOUBTFUL = 0.35
"""From this risk on one soft question is asked beside the ordinary answer."""

TOPIC = -0.95
"""Below this score a topic is not named."""

ALONE = -0.4
"""The same for one word: of a word that no example has, the model only guesses."""

URGENT = -0.7
"""From this score on an urgent topic (food, a bed) goes before the likeliest one."""

VAGUE, VAGUE_SHORT = 1.2, 0.6
"""A text that is an ordinary sentence about nothing by this much gets a question, no guess.

Less is enough for a few words: "ik weet het niet" tells no topic.
"""

CLEAR = 0.9
"""A topic that is ahead of the next by this much is the only one named."""

CLOSE = 0.4
"""A second language is listened to as well when it is this close to the first."""

_SENTENCE = re.compile(r"[.!?;\n\r…。؟።፧,،]+")
_WINDOW, _STRIDE = 14, 7
_WISH_WORDS, _WISHES = 7, 3
_SHORT = 4
_REST = 3
_TINY = 2
"""Letters of words that alone tell of no danger: "ja", "nr 2", "b"."""

_NAME_WORDS = 4
_GRAVE_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard.

    ``danger`` is a kind of danger, ``soft`` a kind that is only doubtful, ``interrupt`` a wish at
    any moment, ``topics`` conversations best first, ``language`` the code of the language, or
    ``''`` when that is not sure. ``guessed`` says that the danger is likeness alone: no words of
    danger were found.
    """

    danger: str = ""
    interrupt: str = ""
    topics: tuple[str, ...] = ()
    soft: str = ""
    language: str = ""
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that made a difference: a rule, or a piece of a word with its share."""

    what: str
    name: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class _Risk:
    """The danger in a text: its kind, how likely it is, and the rules that were found."""

    kind: str = ""
    risk: float = 0.0
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """The ear of a release. ``kinds`` are the kinds of danger, the most urgent first."""

    kinds: tuple[str, ...]
    danger: RuleBook
    harmless: RuleBook
    doubtful: RuleBook
    dangerous: PhraseBook
    innocent: PhraseBook
    wishes: Mapping[str, str]
    model: Model
    tongues: Tongues
    stems: frozenset[str] = frozenset()
    grave: frozenset[str] = frozenset()
    """Beginnings of the words of danger phrases."""
    urgent: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()
    """Those names of places that are no words of any phrase."""

    def hear(self, text: str) -> Heard:
        """Return what a text says. Danger is always looked for, whatever else is there.

        Never raises, whatever the text; looks at the first 4,000 signs of it.
        """
        said = fold(text)
        words = _without_numbers(said.split())
        if not words:
            # The button that is meant, a postcode or an amount: of numbers the model knows nothing.
            return Heard(interrupt=self.wishes.get(said, ""))
        ranked = self.model.languages.best(self.model.weigh(said), 2)
        spoken = _spoken(ranked)
        whole = self.model.weigh(said, spoken)
        risk = self._risk(text, spoken)
        known = said in self.wishes or said in self.places
        if (known or self._tells_nothing(words)) and not risk.hits:
            # "Wis alles" alone is that wish, and "Best" alone is an answer to where somebody lives,
            # whatever the model makes of two words; of "ja" and "nr 2" it knows nothing.
            risk = _Risk()
        wish = self._wish(said, whole)
        return Heard(
            danger=risk.kind if risk.risk >= SURE else "",
            interrupt=wish,
            topics=self._about(wish) if wish else self._topics(said, whole),
            soft=self._soft(said, risk),
            language=self.tongues.of(text, ranked if self._knows(said) else ()),
            guessed=risk.risk >= SURE and not risk.hits,
        )

    def _tells_nothing(self, words: list[str]) -> bool:
        """Whether only tiny words are left of a text beside names of places: "in Groningen"."""
        left = [] if " ".join(words[1:]) in self.places else self._without_places(words)
        return all(len(word) <= _TINY for word in left or words[:1])

    def explain(self, text: str, most: int = 8) -> list[Clue]:
        """Return what made the difference, for people who teach: rules, pieces, topics."""
        spoken = self._languages(fold(text))
        risk = self._risk(text, spoken)
        whole = self.model.weigh(fold(text), spoken)
        clues = [Clue(hit.line, hit.name, 1.0) for hit in risk.hits]
        clues.append(Clue(risk.kind, "risk", round(risk.risk, 3)))
        topics = self.model.topics.best(whole, 3)
        clues += self._words(fold(text), topics[0][0] if topics else "", most)
        return clues + [Clue(name, "topic", round(score, 3)) for name, score in topics]

    def _words(self, said: str, topic: str, most: int) -> list[Clue]:
        """Return what each word adds to the risk and to the first topic, by leaving it out."""
        clues: list[Clue] = []
        words = said.split()
        spoken = self._languages(said)
        danger, about = self._both(said, spoken, topic)
        for place, word in enumerate(words):
            rest = self._both(" ".join((*words[:place], *words[place + 1 :])), spoken, topic)
            clues.append(Clue(word, "risk", round(danger - rest[0], 3)))
            clues.append(Clue(word, topic, round(about - rest[1], 3)))
        return sorted(clues, key=lambda clue: -abs(clue.share))[:most]

    def _languages(self, said: str) -> tuple[str, ...]:
        return _spoken(self.model.languages.best(self.model.weigh(said), 2))

    def _both(self, said: str, spoken: Sequence[str], topic: str) -> tuple[float, float]:
        weighed = self.model.weigh(said, spoken)
        scores = dict(self.model.topics.best(weighed, len(self.model.topics.names)))
        return self.model.risk(weighed), scores.get(topic, 0.0)

    def _risk(self, text: str, spoken: Sequence[str]) -> _Risk:
        """Return the most likely danger in any part of a text, in any way of reading it."""
        for said in readings(text):
            words = said.split()
            hits = self._hits(words)
            if hits:
                return _Risk(self._kind_of(hits, words, spoken), 1.0, hits)
        found = _Risk()
        for part in _parts(text):
            risk, weighed = self._likely(part, spoken)
            if risk > found.risk:
                kind = self.model.kinds.best(weighed, 1)
                found = _Risk(kind[0][0] if kind else "", risk)
        return found

    def _likely(self, part: str, spoken: Sequence[str]) -> tuple[float, Weighed]:
        """Return how likely a part of a text tells of danger beside figures of speech."""
        words = self._without_places(part.split())
        whole = self.model.weigh(" ".join(words), spoken)
        if len(words) < 2 and not any(map(self._is_grave, words)):
            return 0.0, whole
        left = self._without_harmless(words)
        if len(left) == len(words):
            return self.model.risk(whole), whole
        if len(left) <= _REST:
            return 0.0, whole
        rest = self.model.weigh(" ".join(left), spoken)
        return min(self.model.risk(whole), self.model.risk(rest)), rest

    def _is_grave(self, word: str) -> bool:
        """Whether a word alone may tell of danger: else "ja", "opa" or "Mohammed" is a guess."""
        return len(word) >= _GRAVE_LETTERS and stem(word) in self.grave

    def _without_places(self, words: list[str]) -> list[str]:
        """Leave out names of places: they tell of no danger, but the model guesses at new words.

        A name of words that people use otherwise ("Heel", "Best") stays.
        """
        names = [
            range(start, start + size)
            for size in range(1, _NAME_WORDS + 1)
            for start in range(len(words) - size + 1)
            if " ".join(words[start : start + size]) in self.strange
        ]
        gone = {place for name in names for place in name}
        return [word for place, word in enumerate(words) if place not in gone]

    def _hits(self, words: Sequence[str]) -> tuple[Hit, ...]:
        """Return the danger that is said in so many words, but for figures of speech."""
        found = [*self.danger.hits(words), *self.dangerous.hits(words)]
        if not found:
            return ()
        excused = [*self.harmless.hits(words), *self.innocent.hits(words)]
        return tuple(hit for hit in found if not any(hit.within(other) for other in excused))

    def _without_harmless(self, words: list[str]) -> list[str]:
        """Take figures of speech out of a part of a text; what is left may still tell of danger."""
        spans = [(hit.start, hit.end) for hit in self.harmless.hits(words)]
        spans += [
            (0, hit.end) for hit in self.innocent.hits(words) if hit.end - hit.start == len(words)
        ]
        if not spans:
            return words
        gone = {place for start, end in spans for place in range(start, end)}
        return [word for place, word in enumerate(words) if place not in gone]

    def _kind_of(self, hits: Sequence[Hit], words: Sequence[str], spoken: Sequence[str]) -> str:
        """Choose among the kinds of the rules that were found: the likeliest one."""
        names = {hit.name for hit in hits}
        if len(names) == 1:
            return hits[0].name
        ranked = self.model.kinds.best(self.model.weigh(" ".join(words), spoken), len(self.kinds))
        likely = [name for name, _ in ranked if name in names]
        return likely[0] if likely else min(names, key=self.kinds.index)

    def _soft(self, said: str, risk: _Risk) -> str:
        if risk.risk >= SURE:
            return ""
        doubt = next(self.doubtful.hits(said.split()), None)
        if doubt:
            return doubt.name
        return risk.kind if risk.risk >= DOUBTFUL else ""

    def _wish(self, said: str, whole: Weighed) -> str:
        """Return a wish: its words exactly, or a short text that is about nothing else."""
        if said in self.wishes:
            return self.wishes[said]
        best = self.model.topics.best(whole, 1)
        if (
            best
            and best[0][0].startswith("!")
            and best[0][1] > 0
            and len(said.split()) <= _WISH_WORDS
        ):
            return best[0][0][1:]
        return ""

    def _knows(self, said: str) -> bool:
        """Whether any word of a text begins like a word of an example."""
        return any(stem(word) in self.stems for word in said.split())

    def _about(self, wish: str) -> tuple[str, ...]:
        """Return the topic of a wish, if it is one ("who are you" is about privacy)."""
        return (wish,) if wish in self.model.topics.names else ()

    def _topics(self, said: str, whole: Weighed) -> tuple[str, ...]:
        """Return the topics of a text, if it holds any word that an example begins like."""
        if not self._knows(said):
            return ()
        best = self.model.topics.best(whole, 3 + _WISHES)
        least = TOPIC if " " in said else ALONE
        if " " in said and self.model.vague(whole) > _most_vague(said):
            return ()
        good = [one for one in best if one[1] >= least and not one[0].startswith("!")][:3]
        first = [name for name, score in good if name in self.urgent and score >= URGENT]
        if len(good) > 1 and good[0][1] - good[1][1] >= CLEAR and good[0][1] > 0:
            good = good[:1]
        return tuple(dict.fromkeys((*first, *(name for name, _ in good))))


def _most_vague(said: str) -> float:
    return VAGUE_SHORT if said.count(" ") < _SHORT else VAGUE


def _without_numbers(words: list[str]) -> list[str]:
    """Leave out numbers, and the two letters behind a postcode.

    Not Arabic in Latin letters: in "7antahir" the 7 is a letter.
    """
    return [
        word
        for place, word in enumerate(words)
        if not _is_number(word) and not _ends_postcode(words, place)
    ]


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word)) and sum(map(str.isalpha, word)) <= _TINY


def _ends_postcode(words: Sequence[str], place: int) -> bool:
    before = words[place - 1] if place else ""
    return len(words[place]) == 2 and before.isdigit()


def _spoken(ranked: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Return the languages in which a text may be meant: one, or two that are close."""
    return tuple(code for code, score in ranked if ranked[0][1] - score < CLOSE)


def stem(word: str) -> str:
    """Return the beginning by which a word counts as known."""
    return word[:4]


def _parts(text: str) -> Iterator[str]:
    """Yield a text whole if it is short, its sentences, and windows over what is long."""
    whole = fold(text).split()
    if len(whole) <= 2 * _WINDOW:
        yield " ".join(whole)
    for sentence in _SENTENCE.split(text[:LONGEST]):
        words = fold(sentence).split()
        if 2 <= len(words) < len(whole):
            yield " ".join(words[:_WINDOW])
        for start in range(_STRIDE, max(len(words) - _STRIDE, 0), _STRIDE):
            yield " ".join(words[start : start + _WINDOW])
