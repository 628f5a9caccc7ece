"""Where one person is, what came in, and what goes out: the data of a turn.

All of it is msgspec structs in array form, because a session is sealed into a row of one exact
length. Replies hold keys and directory ids, never text: a withdrawal or a change of language
applies to a reply that is still on its way.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

SESSION_BYTES = 2900
"""How long a session may become, packed and with one question to go back to. The checks prove it
for every script (`bot.content.room`), and a record has room for it (`bot.record`)."""


class Text(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    """A text by its key, with arguments by name: numbers, place codes, other texts (``@key``)."""

    key: str
    args: tuple[tuple[str, str | int], ...] = ()


class Shown(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """A service shown. ``part`` is empty, ``first`` (the line in danger), ``card`` (to keep), or
    what to do about a scheme: ``likely``, ``ask``, ``advice``.
    """

    service: str
    part: str = ""


Item: TypeAlias = Text | Shown


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """A button: its id comes back as :attr:`Message.choice`."""

    id: str
    text: Text


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """What is to be said, in order, and what may be chosen next.

    ``language`` is set when this one reply speaks another language than the chat: danger is
    answered in the language it was told in.
    """

    items: tuple[Item, ...] = ()
    choices: tuple[Choice, ...] = ()
    ended: bool = False
    signal: str = ""
    heard: tuple[str, ...] = ()
    language: str = ""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A step of a conversation."""

    conversation: str
    step: str


Stack: TypeAlias = tuple[Position, ...]
"""Where a person stands: the outermost conversation first, the step that waits last."""


class Session(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is remembered of a chat, for a day at most.

    ``asked`` is the fingerprint of the question that waits, ``offered`` the values it offered
    (place codes, topics), ``back`` the earlier questions, nearest last, ``reply`` what was said
    last, as keys; ``counted`` the questions of which a choice was counted, not which choice.
    """

    language: str = "nl"
    channel: str = "web"
    turn: int = 0
    stack: Stack = ()
    asked: str = ""
    offered: tuple[str, ...] = ()
    unclear: int = 0
    answers: dict[str, str] = {}
    back: tuple[Stack, ...] = ()
    reply: Reply = Reply()
    counted: tuple[str, ...] = ()


class Message(msgspec.Struct, frozen=True):
    """What came in, the same for every channel.

    ``text`` is typed text or a caption, ``choice`` the id of a pressed button, ``command`` the id
    of an interrupt, ``media`` says that something came that cannot be read, ``edited`` that an
    earlier text was changed. ``language`` and ``place`` are first guesses of the channel.
    """

    text: str = ""
    choice: str = ""
    command: str = ""
    media: bool = False
    edited: bool = False
    language: str = ""
    place: str = ""


class Count(msgspec.Struct, frozen=True):
    """A choice that is to be counted: a question (``eten.intro``) and one of its options."""

    question: str
    choice: str


class Turn(msgspec.Struct, frozen=True):
    """The pure result of one message. ``erase`` asks the shell to forget this chat now.

    ``visited`` names the steps that were walked, for transcripts, preview and rehearsal. ``count``
    is what a live chat counts once the session is on disk, and nobody else does.
    """

    session: Session
    reply: Reply
    erase: bool = False
    visited: tuple[Position, ...] = ()
    count: Count | None = None
