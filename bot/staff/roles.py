"""Roles, and what each may do: one table, denied by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROLES = ("author", "translator", "steward", "reviewer", "publisher", "administrator", "auditor")

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "content.read": frozenset(ROLES),
    "draft.edit": frozenset({"author"}),
    "translate.edit": frozenset({"translator"}),
    "directory.edit": frozenset({"steward"}),
    "draft.approve": frozenset({"reviewer"}),
    "release.publish": frozenset({"publisher"}),
    "release.rollback": frozenset({"publisher"}),
    "release.withdraw": frozenset({"publisher", "reviewer"}),
    "people.manage": frozenset({"administrator"}),
    "audit.read": frozenset({"administrator", "auditor"}),
}

SCOPED = frozenset({"steward"})
"""Roles that count only in the municipalities of the account."""

NATIONAL = "NL"
"""Stands among the municipalities of a steward who keeps what is true everywhere."""

OPERATOR = "operator"
"""Stands as ``invited_by`` of whoever was let in from the command line."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may enter the console.

    ``municipalities`` holds codes such as ``GM0150``, or `NATIONAL`. ``invited_by`` is the id of
    the account whose link gave this person the present credentials: inviting and resetting both
    count, since whoever holds such a link can become the person. ``credentials`` are hashes of
    passkey ids; two accounts that share one are the same person.
    """

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    invited_by: str = ""
    credentials: frozenset[str] = frozenset()


def may(account: Account, permission: str, municipality: str = "") -> bool:
    """Say whether an account has a permission; an unknown permission is nobody's.

    For something that belongs to a municipality (or to `NATIONAL`) give its code: a role of
    `SCOPED` counts only there. Without one the answer is about entering a page at all, and a
    steward without any municipality may not.
    """
    held = account.roles & PERMISSIONS.get(permission, frozenset())
    if held - SCOPED:
        return True
    if not held:
        return False
    return municipality in account.municipalities if municipality else bool(account.municipalities)
