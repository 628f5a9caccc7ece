"""What hearing costs: ``python -m benchmarks.hearing``.

Time of a text on one core, over every phrase of the development set and over long texts, and the
memory of what was learned. The model is taken from the shelf, as a server takes it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from bot.content.load import load
from bot.hearing import Hearing
from bot.hearing.weights import Model
from tests.hearing.dev import phrases

ROOT = Path(__file__).parent.parent
LONG = 10
"""Phrases in a row that make a long text."""


def spent(ear: Hearing, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds of the processor that each text takes, in order of size."""
    times = []
    for text in texts:
        begin = time.process_time_ns()
        ear.hear(text)
        times.append((time.process_time_ns() - begin) / 1e6)
    return sorted(times)


def at(times: Sequence[float], share: float) -> float:
    """Return the time that a share of the texts stays below."""
    return times[min(int(len(times) * share), len(times) - 1)]


def size(model: Model) -> float:
    """Return the megabytes of the arrays of a model."""
    scales = (model.danger, model.kinds, model.topics, model.calm, model.languages)
    return (model.rarity.nbytes + sum(scale.columns.nbytes for scale in scales)) / 1e6


def main() -> None:
    begin = time.perf_counter()
    content, problems = load(ROOT)
    if problems:
        raise SystemExit("\n".join(problems))
    print(f"content and model loaded in {time.perf_counter() - begin:.1f} s")
    ear = content.release.hearing
    short = [phrase.text for phrase in phrases()]
    long = [". ".join(short[start : start + LONG]) for start in range(0, len(short), LONG)]
    for name, texts in (("short texts", short), ("ten phrases in a row", long)):
        times = spent(ear, texts)
        print(
            f"{name} ({len(times)}): median {at(times, 0.5):.2f} ms, p99 {at(times, 0.99):.2f} ms"
        )
    print(f"arrays of the model: {size(ear.model):.0f} MB")


if __name__ == "__main__":
    main()
