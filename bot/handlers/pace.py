"""How fast we send to Telegram: a token bucket for everybody and one for each chat.

Rules of what may live here: no I/O and no waiting, only how long to wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


class Bucket:
    """A token bucket: ``rate`` a second, ``burst`` at once. May go into debt."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Start full."""
        self.rate = rate
        self.burst = burst
        self._left = burst
        self._at = now

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token for whoever takes next."""
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        return max(0.0, (1 - self._left) / self.rate)

    def take(self) -> None:
        """Take a token, also one that is still to come."""
        self._left -= 1

    def full(self, now: float) -> bool:
        """Return whether forgetting this bucket changes nothing."""
        return self.wait(now) == 0.0 and self._left >= self.burst


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast we send, and how long we try.

    Telegram asks for at most 30 messages a second, and one a second in a chat apart from bursts
    (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). A reply of
    a dialogue is a burst of up to six: a text, some services and the next question.
    """

    rate: float = 30.0
    burst: float = 30.0
    chat_rate: float = 1.0
    chat_burst: float = 12.0
    send_seconds: float = 10.0
    erase_seconds: float = 5.0


@dataclass(slots=True)
class Gate:
    """Our own sending limits, for everybody together and for each chat.

    Chat ids stay in memory for as long as their bucket is not full: seconds.
    """

    limits: Limits
    clock: Callable[[], float]
    chats: dict[int, Bucket] = field(default_factory=dict)
    everybody: Bucket = field(init=False)
    table: int = 64

    def __post_init__(self) -> None:
        """Start with a full bucket."""
        self.everybody = Bucket(self.limits.rate, self.limits.burst, self.clock())

    def reserve(self, chat: int, patience: float, urgent: bool) -> float | None:
        """Reserve one message; return the seconds to wait, or None when that is too long.

        An urgent one (danger, erasing) never waits: others wait for it.
        """
        now = self.clock()
        own = self._of(chat, now)
        seconds = 0.0 if urgent else max(self.everybody.wait(now), own.wait(now))
        if seconds > patience:
            return None
        self.everybody.take()
        own.take()
        return seconds

    def _of(self, chat: int, now: float) -> Bucket:
        if chat not in self.chats:
            self._forget(now)
            self.chats[chat] = Bucket(self.limits.chat_rate, self.limits.chat_burst, now)
        return self.chats[chat]

    def _forget(self, now: float) -> None:
        """Forget who has been quiet, now and then: each time the table has doubled."""
        if len(self.chats) >= self.table:
            self.chats = {chat: b for chat, b in self.chats.items() if not b.full(now)}
            self.table = max(64, 2 * len(self.chats))
