"""Four eyes: who may approve what somebody else made, and who may bring it live.

Pure. Whoever holds a credential is a person, whatever the account is called; whoever let somebody
in could have kept the link. So every account has a *line*: itself, who let it in, who let that one
in, back to the command line. Two accounts whose lines meet may be one person, and count as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DANGER_FILES = ("conversations/gevaar.yaml", "conversations/hulp_nu.yaml")
DANGER_FOLDER = "conversations/heard/"
ORDINARY, CRITICAL = 1, 2


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who did something: the account, its line, and every credential it ever used."""

    account: str
    line: frozenset[str]
    credentials: frozenset[str] = frozenset()

    def meets(self, other: Hand) -> bool:
        """Say whether two hands may belong to one person."""
        return bool(self.line & other.line) or self.shares(other)

    def shares(self, other: Hand) -> bool:
        """Say whether two hands are one account, or used the same credential."""
        return self.account == other.account or bool(self.credentials & other.credentials)


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody approved a change, by the hash of the change."""

    hand: Hand
    change: str


def line_of(account: str, invited_by: Mapping[str, str]) -> frozenset[str]:
    """Return an account and all who let it in, one after another; the command line is nobody."""
    line: set[str] = set()
    while account in invited_by and account not in line:
        line.add(account)
        account = invited_by[account]
    return frozenset(line)


def objection(approver: Hand, contributors: Iterable[Hand]) -> str:
    """Return why somebody may not approve what others made, or nothing.

    ``own``: they worked on it themselves. ``same``: an account that worked on it used the same
    credential. ``line``: the lines of the accounts meet.
    """
    made = tuple(contributors)
    if any(hand.account == approver.account for hand in made):
        return "own"
    if any(hand.shares(approver) for hand in made):
        return "same"
    return "line" if any(hand.meets(approver) for hand in made) else ""


def counted(
    change: str, approvals: Iterable[Approval], contributors: Iterable[Hand]
) -> tuple[Hand, ...]:
    """Return who counts as an approver of a change: independent of who made it, and of each other.

    An approval of another change counts for nothing.
    """
    made, found = tuple(contributors), list[Hand]()
    for approval in approvals:
        fits = approval.change == change and not objection(approval.hand, made)
        if fits and not any(approval.hand.meets(other) for other in found):
            found.append(approval.hand)
    return tuple(found)


def publisher_objection(publisher: Hand, contributors: Iterable[Hand]) -> str:
    """Return why somebody may not bring live what they worked on, or nothing."""
    made = tuple(contributors)
    if any(hand.account == publisher.account for hand in made):
        return "own"
    return "same" if any(hand.shares(publisher) for hand in made) else ""


def needed(paths: Iterable[str], critical: Iterable[str]) -> int:
    """Return how many must approve a change of these files.

    ``critical`` are the files of critical conversations, before and after the change: nobody makes
    one ordinary on the way. A catalog can hold a text of danger, so it counts with the keys that
    change: give ``gevaar``'s file for those.
    """
    known = frozenset(critical)
    for path in paths:
        if path in DANGER_FILES or path.startswith(DANGER_FOLDER) or path in known:
            return CRITICAL
    return ORDINARY
