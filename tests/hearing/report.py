"""``make hear-report``: measure what is heard, and write docs/hearing-report.md.

Five measures, from mild to strict: the development set; its ``fresh`` part, written to surprise
earlier models; cross-validation: every example line is left out once in three and then heard by an
ear that never saw it; and two sets of ``blind`` phrases of which nobody read how they were heard.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.content.ear import Example, build, lesson
from bot.content.heard import LANGUAGES, HeardFile, read_heard
from bot.content.load import load
from bot.engine.model import Release
from bot.hearing import DOUBTFUL, SURE, Heard, Hearing
from bot.hearing.fold import fold
from bot.hearing.lines import examples, is_rule
from tests.hearing.dev import Phrase, phrases

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "hearing-report.md"
NOTES = Path(__file__).parent / "report-notes.md"
FOLDS = 3
STYLES = ("direct", "indirect", "slang", "typo", "mixed")
SIX = ("en", "tr", "ar", "pl", "uk")
Told = list[tuple[Phrase, Heard]]


def share(told: Iterable[tuple[Phrase, Heard]], right: Callable[[Phrase, Heard], bool]) -> str:
    some = [right(phrase, heard) for phrase, heard in told]
    return f"{sum(some) / len(some):.3f} ({len(some)})" if some else "-"


def alarmed(_: Phrase, heard: Heard) -> bool:
    return bool(heard.danger)


def first(phrase: Phrase, heard: Heard) -> bool:
    return heard.topics[:1] == (phrase.name,)


def three(phrase: Phrase, heard: Heard) -> bool:
    return phrase.name in heard.topics


def spoken(phrase: Phrase, heard: Heard) -> bool:
    return heard.language == phrase.language


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines) + "\n"


def goals(release: Release, dev: Told, held: Told) -> str:
    """The goals of the project beside three measures."""
    lines = {kind.id: kind.lines for kind in release.frame.dangers}
    fresh = [pair for pair in dev if pair[0].fresh]
    blind = [[pair for pair in dev if pair[0].blind == which] for which in (1, 2)]
    dev = [pair for pair in dev if not pair[0].blind]

    def line(phrase: Phrase, heard: Heard) -> bool:
        return lines[heard.danger][0] == lines[phrase.name][0]

    def cut(told: Told, *, part: str = "", style: str = "", of: Sequence[str] = LANGUAGES) -> Told:
        return [
            (p, h)
            for p, h in told
            if (not part or p.part == part) and (not style or p.style == style) and p.language in of
        ]

    others = tuple(code for code in LANGUAGES if code not in (*SIX, "nl"))
    wanted = (
        ("danger, direct words", "0.99", {"style": "direct"}, alarmed),
        ("danger, indirect, Dutch", "0.93", {"style": "indirect", "of": ("nl",)}, alarmed),
        ("danger, indirect, all", "0.90", {"style": "indirect"}, alarmed),
        ("false alarms, ordinary texts", "at most 0.005", {"part": "topics"}, alarmed),
        ("false alarms, near misses", "at most 0.03", {"part": "harmless"}, alarmed),
        ("topic in the first three, Dutch", "0.97", {"part": "topics", "of": ("nl",)}, three),
        ("topic in the first three, en tr ar pl uk", "0.95", {"part": "topics", "of": SIX}, three),
        ("topic in the first three, others", "0.92", {"part": "topics", "of": others}, three),
        ("topic first, Dutch", "0.92", {"part": "topics", "of": ("nl",)}, first),
        ("language", "0.99", {"part": "topics"}, spoken),
    )
    rows = [
        [name, goal, *(share(cut(told, **which), right) for told in (dev, fresh, held, *blind))]
        for name, goal, which, right in wanted
    ]
    heard_right = [pair for pair in dev if pair[0].part == "danger" and pair[1].danger]
    unseen = [[p for p in some if p[0].part == "danger" and p[1].danger] for some in blind]
    right = [share(heard_right, line), "", "", *(share(some, line) for some in unseen)]
    rows.insert(3, ["right line, given heard", "0.98", *right])
    head = ["measure", "goal", "development set", "of which fresh", "lines left out"]
    head += ["blind, hard", "blind, plain"]
    return table(head, rows)


def by_language(told: Told) -> str:
    dev = [pair for pair in told if not pair[0].blind]
    rows = []
    for code in LANGUAGES:
        own = [pair for pair in dev if pair[0].language == code]
        danger = [pair for pair in own if pair[0].part == "danger"]
        topics = [pair for pair in own if pair[0].part == "topics"]
        near = [pair for pair in own if pair[0].part == "harmless"]
        rights = ((danger, alarmed), (topics, alarmed), (near, alarmed))
        more = ((topics, first), (topics, three), (topics, spoken))
        rows.append([code, *(share(told, right) for told, right in (*rights, *more))])
    head = ["language", "danger heard", "false: ordinary", "false: near misses"]
    return table([*head, "topic first", "in three", "language"], rows)


def by_kind(release: Release, dev: Told) -> str:
    """Recall of each kind, and how often each kind is a false alarm: always together."""
    harmless = [pair for pair in dev if pair[0].part in ("topics", "harmless")]
    rows = []
    for kind in (one.id for one in release.frame.dangers):
        own = [pair for pair in dev if pair[0].name == kind and pair[0].part == "danger"]
        styles = [share([p for p in own if p[0].style == style], alarmed) for style in STYLES]
        false = sum(heard.danger == kind for _, heard in harmless)
        rows.append([kind, *styles, f"{false} of {len(harmless)}"])
    return table(["kind", *STYLES, "false alarms"], rows)


def misses(dev: Told) -> str:
    """Every miss but the blind ones, by what it is; the texts are ours, nobody typed them."""
    read = [pair for pair in dev if not pair[0].blind]
    lost = [(p, h) for p, h in read if p.part == "danger" and not h.danger]
    false = [(p, h) for p, h in read if p.part in ("topics", "harmless") and h.danger]
    rows = [
        [p.language, p.name, p.style, p.text, "asked softly" if h.soft else ""] for p, h in lost
    ]
    wrong = [[p.language, p.name or "saying", h.danger, p.text] for p, h in false]
    return (
        f"### Danger that was not heard ({len(lost)})\n\n"
        + table(["language", "kind", "style", "text", "instead"], rows)
        + f"\n### Alarms that were false ({len(false)})\n\n"
        + table(["language", "about", "taken for", "text"], wrong)
    )


def left_out(release: Release) -> Told:
    """Hear every example line by an ear that was built without it."""
    kinds = tuple(kind.id for kind in release.frame.dangers)
    files, _ = read_heard(ROOT / "conversations" / "heard", kinds)
    dutch = list(_dutch(release))
    told: Told = []
    for fold_number in range(FOLDS):
        kept = [_without(file, fold_number) for file in files]
        some = [one for at, one in enumerate(dutch) if at % FOLDS != fold_number]
        ear = build(lesson(kinds, some, kept, {}), [])
        told += [(p, ear.hear(p.text)) for p in _held(files, fold_number)]
    return told


def _dutch(release: Release) -> Iterator[Example]:
    def of(key: str) -> Iterable[str]:
        return release.catalog.phrases(key).get("nl", ()) if key else ()

    for kind in release.frame.dangers:
        yield from (Example(p, "nl", danger=kind.id) for p in of(kind.heard_as))
    for name, script in release.conversations.items():
        yield from (Example(p, "nl", topic=name) for p in of(script.heard_as))


def _without(file: HeardFile, fold_number: int) -> HeardFile:
    def cut(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            line for at, line in enumerate(lines) if is_rule(line) or at % FOLDS != fold_number
        )

    def each(named: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        return {name: cut(lines) for name, lines in named.items()}

    return replace(
        file, danger=each(file.danger), topics=each(file.topics), harmless=cut(file.harmless)
    )


def _held(files: Sequence[HeardFile], fold_number: int) -> Iterator[Phrase]:
    def held(lines: Sequence[str], file: HeardFile) -> Iterator[str]:
        for at, line in enumerate(lines):
            if not is_rule(line) and at % FOLDS == fold_number:
                yield examples(line, file.groups, 1)[0]

    for file in files:
        for part, named in (("danger", file.danger), ("topics", file.topics)):
            for name, lines in named.items():
                style = "indirect" if part == "danger" else ""
                for text in held(lines, file):
                    yield Phrase(text, file.language, part, name, style)
        for text in held(file.harmless, file):
            yield Phrase(text, file.language, "harmless")


def cost(ear: Hearing, told: Sequence[Phrase]) -> str:
    times = []
    for phrase in told:
        begin = time.process_time()
        ear.hear(phrase.text)
        times.append(1000 * (time.process_time() - begin))
    times.sort()
    scales = (
        *(ear.model.danger, ear.model.kinds, ear.model.topics),
        *(ear.model.calm, ear.model.languages),
    )
    arrays = ear.model.rarity.nbytes + sum(scale.columns.nbytes for scale in scales)
    return table(
        ["measure", "goal", "measured"],
        [
            ["time per text, p99", "under 5 ms", f"{times[int(len(times) * 0.99)]:.1f} ms"],
            ["arrays of the model", "under 100 MB", f"{arrays / 1e6:.0f} MB"],
            ["process while measuring", "", f"{_memory():.0f} MB"],
        ],
    )


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    content, problems = load(ROOT)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    release, ear = content.release, content.release.hearing
    told = phrases()
    paid = cost(ear, told)
    dev = [(phrase, ear.hear(phrase.text)) for phrase in told]
    known = {fold(p.text) for p in told}
    held = [pair for pair in left_out(release) if fold(pair[0].text) not in known]
    hard, plain = (sum(p.blind == which for p in told) for which in (1, 2))
    counts = {part: sum(p.part == part for p in told) for part in ("danger", "harmless", "topics")}
    PAGE.write_text(
        NOTES.read_text(encoding="utf-8").format(
            **counts,
            hard=hard,
            plain=plain,
            sure=SURE,
            doubtful=DOUBTFUL,
            goals=goals(release, dev, held),
            languages=by_language(dev),
            kinds=by_kind(release, [pair for pair in dev if not pair[0].blind]),
            cost=paid,
            misses=misses(dev),
        ),
        encoding="utf-8",
    )
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
