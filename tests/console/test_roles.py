"""The one table of who may do what: nothing unless it is given, stewards at home only."""

from __future__ import annotations

import itertools

import pytest

from bot.staff.roles import NATIONAL, PERMISSIONS, ROLES, Account, may


@pytest.mark.parametrize("permission", [*PERMISSIONS, "no.such.thing", ""])
def test_without_a_role_nothing_is_allowed(permission: str) -> None:
    assert not may(Account("a", "A"), permission)
    assert not may(Account("a", "A", frozenset({"no such role"})), permission)


def test_an_unknown_permission_is_nobodys() -> None:
    assert not may(Account("a", "A", frozenset(ROLES), frozenset({NATIONAL})), "no.such.thing")


def test_no_single_role_writes_and_approves_or_approves_and_publishes() -> None:
    """From draft to live takes two roles at least, and people.manage is with neither."""
    for role in ROLES:
        account = Account("a", "A", frozenset({role}), frozenset({"GM0150"}))
        chain = ("draft.edit", "draft.approve", "release.publish", "people.manage")
        held = [permission for permission in chain if may(account, permission)]
        assert len(held) <= 1, role


def test_every_role_of_the_table_exists() -> None:
    assert set(itertools.chain(*PERMISSIONS.values())) == set(ROLES)


def test_a_steward_is_one_in_their_own_municipalities_alone() -> None:
    steward = Account("a", "A", frozenset({"steward", "author"}), frozenset({"GM0150"}))
    assert may(steward, "directory.edit")
    assert may(steward, "directory.edit", "GM0150")
    assert not may(steward, "directory.edit", "GM0344")
    assert not may(steward, "directory.edit", NATIONAL)


def test_a_steward_of_nowhere_may_nothing() -> None:
    assert not may(Account("a", "A", frozenset({"steward"})), "directory.edit")
