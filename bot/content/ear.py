"""Build the ear of a release from its example phrases, or take it from the shelf.

The linear models are made by scikit-learn, which is only loaded here. They depend on nothing but
the phrases, so they are kept as plain arrays under the digest of these, and building happens once
for each change of a phrase.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from bot.content.heard import HeardFile
from bot.hearing import Hearing, stem
from bot.hearing.fold import fold
from bot.hearing.lines import examples, is_rule, rule
from bot.hearing.meanings import Meanings
from bot.hearing.rules import PhraseBook, Rule, RuleBook
from bot.hearing.tongues import Tongues
from bot.hearing.weights import BITS, MEANT, SIZE, Floats, Model, Scale, counted, meant

VERSION = "5"
"""Raised when the form of the arrays or what they are made of changes."""

_DANGER_LINES, _HARMLESS_LINES, _TOPIC_LINES, _RULE_LINES = 16, 32, 12, 10
_SCALES = ("danger", "kinds", "topics", "calm", "languages")
_DANGER, _TOPIC, _CALM = "danger:", "topic:", "calm:"


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase with its language and what it stands for: a kind of danger, a topic, a wish."""

    phrase: str
    language: str
    danger: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """All that an ear is made of: examples for the model, rules, and wishes to the letter."""

    kinds: tuple[str, ...]
    examples: tuple[Example, ...]
    danger: tuple[Rule, ...]
    harmless: tuple[Rule, ...]
    doubtful: tuple[Rule, ...]
    wishes: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    meanings: Meanings = field(default_factory=Meanings)
    urgent: tuple[str, ...] = ()


def lesson(
    kinds: tuple[str, ...],
    dutch: Sequence[Example],
    files: Sequence[HeardFile],
    wishes: Mapping[str, str],
    urgent: tuple[str, ...] = (),
) -> Lesson:
    """Bring together the Dutch phrases of the conversations and the lines of every language."""
    every = [*dutch, *(example for file in files for example in _examples(file))]
    known = {fold(phrase): name for phrase, name in wishes.items()}
    for file in files:
        for name, lines in file.wishes.items():
            for line in lines:
                for phrase in examples(line, file.groups, 50):
                    known.setdefault(fold(phrase), name)
    return Lesson(
        kinds=kinds,
        examples=tuple(dict.fromkeys(every)),
        danger=tuple(r for file in files for r in _rules(file.danger, file.groups)),
        harmless=tuple(r for file in files for r in _rules({"": file.harmless}, file.groups)),
        doubtful=tuple(r for file in files for r in _rules(file.doubtful, file.groups)),
        wishes={phrase: name for phrase, name in known.items() if phrase},
        letters={sign: file.language for file in files for sign in file.letters if sign.strip()},
        meanings=_meanings(files),
        urgent=urgent,
    )


def _meanings(files: Sequence[HeardFile]) -> Meanings:
    """Bring the words of every language into the form in which texts are compared."""
    return Meanings(
        {file.language: _lexicon(file) for file in files if file.meanings},
        {file.language: tuple(map(fold, file.openings)) for file in files if file.openings},
    )


def _lexicon(file: HeardFile) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for meaning, words in file.meanings.items():
        for word in filter(None, map(fold, words)):
            known[word] = tuple(dict.fromkeys((*known.get(word, ()), meaning)))
    return known


def _rules(lines: Mapping[str, Sequence[str]], groups: Mapping[str, str]) -> Iterable[Rule]:
    for name, some in lines.items():
        yield from (Rule(name, line, rule(line, groups)) for line in some if is_rule(line))


def _examples(file: HeardFile) -> Iterable[Example]:
    for kind, lines in file.danger.items():
        for phrase in _phrases(lines, file.groups, _DANGER_LINES):
            yield Example(phrase, file.language, danger=kind)
    for phrase in _phrases(file.harmless, file.groups, _HARMLESS_LINES):
        yield Example(phrase, file.language)
    for topic, lines in file.topics.items():
        for phrase in _phrases(lines, file.groups, _TOPIC_LINES):
            yield Example(phrase, file.language, topic=topic)
    for wish, lines in file.wishes.items():
        for phrase in _phrases(lines, file.groups, _TOPIC_LINES):
            yield Example(phrase, file.language, topic=f"!{wish}")


def _phrases(lines: Iterable[str], groups: Mapping[str, str], most: int) -> Iterable[str]:
    """Yield the phrases of lines; of a rule, what it looks like when nothing comes between."""
    for line in lines:
        if is_rule(line):
            yield from examples(line.replace("..", " ").replace("*", ""), groups, _RULE_LINES)
        else:
            yield from examples(line, groups, most)


def build(taught: Lesson, shelf: Sequence[Path], places: Iterable[str] = ()) -> Hearing:
    """Return the ear that a lesson makes; deterministic. ``places`` are names that tell of nothing.

    ``shelf`` are folders in which trained arrays may lie; the first that can be written to keeps
    new ones. Takes seconds when nothing is there yet.
    """
    digest = _digest(taught)
    arrays = _KNOWN.get(digest) or _taken(digest, shelf)
    if arrays is None:
        arrays = _trained(taught.examples, taught.meanings)
        _put(digest, arrays, shelf)
    _remember(digest, arrays)
    words = {word for one in taught.examples for word in fold(one.phrase).split()}
    names = frozenset(filter(None, map(fold, places)))
    return Hearing(
        kinds=taught.kinds,
        danger=RuleBook(taught.danger),
        harmless=RuleBook(taught.harmless),
        doubtful=RuleBook(taught.doubtful),
        dangerous=PhraseBook({fold(p.phrase): p.danger for p in taught.examples if p.danger}),
        innocent=PhraseBook({fold(p.phrase): "" for p in taught.examples if not p.danger}),
        wishes=taught.wishes,
        model=_model(arrays, taught.meanings),
        tongues=Tongues(taught.letters),
        urgent=taught.urgent,
        stems=frozenset(map(stem, words)),
        grave=frozenset(
            stem(w) for one in taught.examples if one.danger for w in fold(one.phrase).split()
        ),
        places=names,
        strange=frozenset(name for name in names if not words.issuperset(name.split())),
    )


def shelves(root: Path) -> list[Path]:
    """Return where trained arrays may lie: beside the content, else in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/tmp")) / ".cache"  # noqa: S108
    return [root / ".ear", Path(cache) / "lucht"]


def _digest(taught: Lesson) -> str:
    sums = blake2b(f"{VERSION} {SIZE} {MEANT}".encode(), digest_size=16)
    for code, lexicon in taught.meanings.words.items():
        sums.update(f"\1{code}{sorted(lexicon.items())}".encode())
    for code, openings in taught.meanings.openings.items():
        sums.update(f"\2{code}{openings}".encode())
    for one in taught.examples:
        sums.update(f"\0{one.phrase}\0{one.language}\0{one.danger}\0{one.topic}".encode())
    return sums.hexdigest()


_KNOWN: dict[str, dict[str, Any]] = {}
"""The last ears of this process: drafts share the one of what is live, and its memory."""


def _remember(digest: str, arrays: dict[str, Any]) -> None:
    _KNOWN.pop(digest, None)
    _KNOWN[digest] = arrays
    while len(_KNOWN) > 2:
        del _KNOWN[next(iter(_KNOWN))]


def lend(root: Path) -> None:
    """Put the ears that this process knows beside content that another process will read."""
    for digest, arrays in list(_KNOWN.items()):
        folder = root / ".ear"
        folder.mkdir(exist_ok=True)
        np.savez(folder / f"{digest}.npz", **arrays)


def _taken(digest: str, shelf: Sequence[Path]) -> dict[str, Any] | None:
    for folder in shelf:
        path = folder / f"{digest}.npz"
        try:
            with np.load(path, allow_pickle=False) as kept:
                return dict(kept)
        except (OSError, ValueError):
            continue
    return None


def _put(digest: str, arrays: Mapping[str, Any], shelf: Sequence[Path]) -> None:
    """Keep arrays for the next start; a machine that lets nothing be written does without."""
    for folder in shelf:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{digest}.{os.getpid()}.part.npz"
            np.savez_compressed(part, **dict(arrays))
            part.replace(folder / f"{digest}.npz")
        except OSError:
            continue
        return


def _model(arrays: Mapping[str, Any], meanings: Meanings) -> Model:
    scales = {
        name: Scale(
            tuple(str(one) for one in arrays[f"{name}_names"]),
            arrays[f"{name}_columns"],
            arrays[f"{name}_start"],
        )
        for name in _SCALES
    }
    return Model(rarity=arrays["rarity"], meanings=meanings, **scales)


def _trained(every: Sequence[Example], meanings: Meanings) -> dict[str, Any]:
    """Train the scales. Only what could be told apart is learned.

    Kinds of danger, topics and ordinary sentences are learned beside each other: a sentence about
    bullying is then not only unlike danger, but more like bullying.
    """
    rows, rarity = _matrix(every, meanings)
    arrays: dict[str, Any] = {"rarity": rarity}
    arrays |= _scale("danger", rows, ["danger" if one.danger else "" for one in every], "risk")
    beside = _scale("beside", rows, [_what(one) for one in every])
    for name, mark in (("kinds", _DANGER), ("topics", _TOPIC), ("calm", _CALM)):
        arrays |= _taken_out(beside, name, mark)
    pieces = _normal(rows[:, : 1 << BITS])
    arrays |= _scale("languages", pieces, [one.language for one in every])
    return arrays


def _what(one: Example) -> str:
    return _DANGER + one.danger if one.danger else _TOPIC + one.topic if one.topic else _CALM


def _taken_out(beside: Mapping[str, Any], name: str, mark: str) -> dict[str, Any]:
    """Return the columns of a scale whose names begin with a mark, as a scale of their own."""
    known = [str(one) for one in beside["beside_names"]]
    some = [place for place, one in enumerate(known) if one.startswith(mark)]
    names = [known[place].removeprefix(mark) or "calm" for place in some]
    return _array(name, names, beside["beside_columns"][:, some], beside["beside_start"][some])


def _matrix(every: Sequence[Example], meanings: Meanings) -> tuple[Any, Floats]:
    """Return the examples as rows, and how rare each piece and each meaning is."""
    from scipy.sparse import hstack  # type: ignore[import-untyped]

    told = [fold(one.phrase) for one in every]
    pieces = _sparse([counted(one) for one in told])
    means = [
        meant(one, meanings, (example.language,)) for one, example in zip(told, every, strict=True)
    ]
    others = _sparse([dict.fromkeys(places, 1.0) for places in means])
    often = np.bincount([*pieces.indices, *others.indices], minlength=SIZE)
    rarity = (np.log((1 + len(every)) / (1 + often)) + 1).astype(np.float32)
    letters = _normal(pieces.multiply(rarity).tocsr())[:, : 1 << BITS]
    return hstack(
        [letters, _normal(others.multiply(rarity).tocsr())[:, 1 << BITS :] * MEANT]
    ).tocsr(), rarity


def _sparse(texts: Sequence[Mapping[int, float]]) -> Any:
    from scipy.sparse import csr_matrix

    places = [place for text in texts for place in text]
    weights = [weight for text in texts for weight in text.values()]
    ends = np.cumsum([0, *map(len, texts)])
    return csr_matrix((weights, places, ends), shape=(len(texts), SIZE), dtype=np.float32)


def _normal(rows: Any) -> Any:
    from sklearn.preprocessing import normalize  # type: ignore[import-untyped]

    return normalize(rows)


def _scale(name: str, rows: Any, answers: Sequence[str], form: str = "ahead") -> dict[str, Any]:
    """Train one scale: ``risk`` tells one thing from nothing, else each name from the others."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    names = sorted(set(answers) - {""})
    if len(set(answers)) < 2:
        return _array(name, [], np.zeros((rows.shape[1], 0)), np.zeros(0))
    if form == "risk":
        learner: Any = LogisticRegression(C=60, solver="liblinear", tol=1e-3, random_state=0)
    else:
        learner = LinearSVC(C=2, tol=0.15, random_state=0)
    learner.fit(rows, np.array(answers))
    columns, start = learner.coef_, learner.intercept_
    if len(names) == 2 and form != "risk":
        columns, start = np.vstack([-columns, columns]), np.concatenate([-start, start])
    return _array(name, names, columns.T, start)


def _array(name: str, names: Sequence[str], columns: Any, start: Any) -> dict[str, Any]:
    return {
        f"{name}_names": np.array(names, dtype=np.str_),
        f"{name}_columns": np.ascontiguousarray(columns, dtype=np.float16),
        f"{name}_start": np.asarray(start, dtype=np.float32),
    }
