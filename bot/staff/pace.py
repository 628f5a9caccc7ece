"""How long somebody waits after wrong passwords, and how long a session lasts: numbers alone.

Waiting doubles with each failure and stops at a ceiling. A stranger who keeps guessing slows down
strangers: a browser that is known from before is counted by itself (`bot.store.attempts`), and a
passkey cannot be guessed and never waits.
"""

from __future__ import annotations

FREE = 5
"""Wrong answers for one name before waiting begins: everybody mistypes."""

LONGEST_WAIT = 300
"""Seconds; at this pace a known password with guessed codes takes decades for one in two."""

ALL_FREE = 50
"""Wrong answers for all names together before everybody waits a little."""

ALL_LONGEST_WAIT = 4
FORGIVEN_AFTER = 3600
"""Seconds without a wrong answer after which counting starts anew."""

KNOWN = 180 * 24 * 3600
"""Seconds that a browser stays known after somebody signed in there with a password."""

IDLE = 30 * 60
LONGEST_SESSION = 12 * 3600
"""ASVS 7.3.1 and 7.3.2: both limits, in seconds."""

BEFORE_SIGN_IN = 15 * 60
"""Seconds that a page with a sign-in form may stay open."""

RECENT = 30 * 60
"""Seconds after signing in during which access itself may be changed (ASVS 7.5.1)."""

INVITATION = 48 * 3600
"""Seconds that a link which lets somebody in stays valid."""


def wait(failures: int, last: int, now: int, *, everybody: bool = False) -> int:
    """Return the seconds still to wait after so many failures, the last one at ``last``."""
    free, longest = (ALL_FREE, ALL_LONGEST_WAIT) if everybody else (FREE, LONGEST_WAIT)
    if failures < free or now - last >= FORGIVEN_AFTER:
        return 0
    pause = min(1 << min(failures - free + 1, 20), longest)
    return max(0, last + pause - now)


def is_over(created: int, seen: int, now: int) -> bool:
    """Say whether a session is over: idle too long, or too old whatever was done in it."""
    return now - seen >= IDLE or now - created >= LONGEST_SESSION
