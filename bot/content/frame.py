"""Read the frame (``lucht.yaml``), danger (``gevaar.yaml``) and the words of the product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.content.conversations import (
    NEVER,
    Texts,
    check_id,
    condition,
    goto,
    read_answers,
    read_names,
)
from bot.content.source import SourceText
from bot.content.strict import Fields, read_yaml
from bot.engine.model import Danger, Frame, Interrupt, Line

ACTIONS = ("goto", "back", "language", "erase", "stop", "record")
SIGNALS = ("suicide", "abuse", "sexual", "danger")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The frame with the keys of figures of speech that are no danger."""

    frame: Frame
    harmless: tuple[str, ...]
    sources: tuple[SourceText, ...]


def read_frame(folder: Path) -> tuple[Surroundings, list[str]]:
    """Read ``lucht.yaml`` and ``gevaar.yaml``; return them with every problem."""
    block, problems = read_yaml(folder / "lucht.yaml", "conversations/lucht.yaml")
    danger_block, danger_problems = read_yaml(folder / "gevaar.yaml", "conversations/gevaar.yaml")
    problems += danger_problems
    fields = Fields(block, "conversations/lucht.yaml", problems)
    dangers = Fields(danger_block, "conversations/gevaar.yaml", problems)
    texts, danger_texts = Texts(fields.file), Texts(dangers.file)
    kinds = list(_dangers(dangers, danger_texts))
    frame = Frame(
        start=goto(fields, "start"),
        after=goto(fields, "after"),
        person=goto(fields, "person"),
        answers=read_answers(fields, "answers"),
        interrupts={i.id: i for i in _interrupts(fields, texts)},
        dangers=tuple(danger for danger, _ in kinds),
        was=read_names(fields, "was"),
        urgent=fields.texts("urgent"),
    )
    fields.done()
    dangers.done()
    harmless = tuple(key for _, key in kinds if key)
    return Surroundings(frame, harmless, (*texts.all, *danger_texts.all)), problems


def _interrupts(fields: Fields, texts: Texts) -> Iterable[Interrupt]:
    for name, inner in fields.named("interrupts"):
        check_id(inner, name, 16, None)
        key = f"lucht.interrupts.{name}"
        action = inner.one_of("action", ACTIONS, "goto")
        yield Interrupt(
            id=name,
            action=action,
            command=inner.text("command", needed=True),
            heard_as=texts.phrases(inner, "heard_as", f"{key}.heard_as", "typed at any moment"),
            button=texts.take(inner, "button", f"{key}.button", "a button", needed=True),
            goto=goto(inner) if action == "goto" else NEVER,
        )
        inner.done()


def _dangers(fields: Fields, texts: Texts) -> Iterable[tuple[Danger, str]]:
    for name, inner in fields.named("dangers"):
        key = f"gevaar.{name}"
        note = inner.text("note")
        heard = texts.phrases(inner, "heard_as", f"{key}.heard_as", "heard as danger, one a line")
        harmless = texts.phrases(
            inner, "not_heard_as", f"{key}.not_heard_as", "figures of speech that are no danger"
        )
        lines = []
        for line in inner.each("lines"):
            lines.append(Line(line.text("service", needed=True), condition(line, "if")))
            line.done()
        if not lines or not heard:
            inner.wrong(f"danger '{name}' needs 'heard_as' and at least one line")
        say = texts.take(inner, "say", f"{key}.say", note, needed=True)
        silent = texts.take(inner, "silent", f"{key}.silent", note, needed=True)
        signal = inner.one_of("signal", SIGNALS, "danger")
        inner.done()
        yield Danger(name, signal, heard, tuple(lines), say, silent), harmless


def read_words(path: Path, file: str) -> tuple[list[SourceText], list[str]]:
    """Read a file of words of the product; keys begin with the name of the file."""
    block, problems = read_yaml(path, file)
    fields = Fields(block, file, problems)
    texts = Texts(file)
    words = fields.inner("words")
    if words is not None:
        for name in words.block:
            _word(words, name, f"{path.stem}.{name}", texts)
    fields.done()
    return texts.all, problems


def _word(words: Fields, name: str, key: str, texts: Texts) -> None:
    value = words.block[name]
    if isinstance(value, str):
        texts.take(words, name, key, needed=True)
        return
    if isinstance(value, list):
        texts.phrases(words, name, key, "one example a line")
        return
    inner = words.inner(name)
    if inner is not None and "one" not in inner:
        texts.take(inner, "text", key, inner.text("note"), needed=True)
        inner.done()
    elif inner is not None:
        texts.take(words, name, key)
