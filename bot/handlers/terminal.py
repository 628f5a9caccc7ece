"""The terminal: a chat to read and type, for whoever writes dialogues. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TextIO

import msgspec

from bot.engine.model import Release
from bot.engine.session import Message, Turn
from bot.engine.turn import take_turn
from bot.wording import Spoken, speak


def talk(
    release: Release,
    turn: Turn,
    lines: TextIO,
    write: Callable[[str], object],
    clock: Callable[[], datetime],
) -> None:
    """Go on with a chat until the lines end."""
    write(release.catalog.say(turn.session.language, "terminal.prompt"))
    while True:
        said = msgspec.structs.replace(turn.session, reply=turn.reply)
        spoken = speak(release, said, clock())
        for line in render(spoken) if turn.reply.items else ():
            write(line)
        text = lines.readline()
        if not text:
            return
        turn = take_turn(release, turn.session, read(text.strip(), spoken), clock())


def render(spoken: Spoken) -> Iterator[str]:
    """Yield the lines of a reply: bubbles, then numbered choices."""
    for bubble in spoken.bubbles:
        yield f"\n{bubble.text}"
    yield ""
    for number, button in enumerate(spoken.buttons, 1):
        yield f"  [{number}] {button.label}"


def read(text: str, spoken: Spoken) -> Message:
    """Return what a typed line means: the number of a choice, a /command, or words."""
    buttons = spoken.buttons
    if text.isascii() and text.isdecimal() and 0 < int(text[:4]) <= len(buttons):
        return Message(choice=buttons[int(text[:4]) - 1].id)
    if text.startswith("/"):
        return Message(command=text[1:])
    return Message(text=text)
