"""Where a draft stands, read in the transaction that acts on it: nothing moves in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.releases.eyes import Approval, Hand, counted, line_of
from bot.releases.tree import Files, release_id, tree_of
from bot.staff.roles import Account, may
from bot.store import people
from bot.store import releases as shelf
from bot.store.releases import Check, Draft, Pointer


class RefusedError(Exception):
    """Something that may not be done; ``code`` names the words that say why and what next."""

    def __init__(self, code: str) -> None:
        """Keep the code alone."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a draft stands: its edits, what was found in it, and who counts as an approver.

    ``state`` is ``draft`` (not checked since it changed), ``wrong`` (with problems), ``checked``,
    ``approved`` (by as many as it needs), ``moved`` (checked on what is no longer live),
    ``published`` or ``dropped``.
    """

    draft: Draft
    edits: Mapping[str, str]
    contributors: tuple[Hand, ...]
    check: Check | None
    approvers: tuple[Hand, ...]
    state: str


async def live_now(connection: AsyncConnection) -> Pointer:
    """Return what is live. Raises `RefusedError` before the first release."""
    pointer = await shelf.live(connection)
    if pointer is None:
        raise RefusedError("no_release")
    return pointer


async def open_draft(connection: AsyncConnection, draft: str) -> Draft:
    """Return a draft that can still change. Raises `RefusedError` when there is none."""
    known = await shelf.draft(connection, draft)
    if known is None or known.state != shelf.OPEN:
        raise RefusedError("no_draft")
    return known


async def files_of(connection: AsyncConnection, release: str, below: str = "") -> dict[str, bytes]:
    """Return the files of a release, or those of a folder of it."""
    everything = await shelf.tree(connection, release)
    tree = {path: name for path, name in everything.items() if path.startswith(below)}
    blobs = await shelf.blobs(connection, tree.values())
    return {path: blobs[name] for path, name in tree.items()}


async def keep(connection: AsyncConnection, files: Files, now: int) -> None:
    """Keep files, and the release that they make."""
    tree = tree_of(files)
    release = release_id(tree)
    if not await shelf.tree(connection, release):
        await shelf.put_blobs(connection, {tree[path]: files[path] for path in files})
        await shelf.put_release(connection, release, tree, now)


async def edits_of(
    connection: AsyncConnection, draft: Draft, base: Files
) -> dict[str, bytes | None]:
    """Return the last edit of each file, without those that leave it as it was."""
    latest = {edit.path: edit.blob for edit in await shelf.edits(connection, draft.id) if edit.path}
    blobs = await shelf.blobs(connection, filter(None, latest.values()))
    contents = {path: blobs[name] if name else None for path, name in latest.items()}
    return {path: text for path, text in contents.items() if text != base.get(path)}


async def hand_of(connection: AsyncConnection, account: Account) -> Hand:
    """Return an account with its line, as it is now."""
    line = line_of(account.id, await shelf.inviters(connection))
    return Hand(account.id, line or frozenset({account.id}), account.credentials)


async def contributors(connection: AsyncConnection, draft: Draft) -> tuple[Hand, ...]:
    """Return everybody who worked on a draft: as they were then, and as they are now."""
    then = [Hand(e.account, e.line, e.credentials) for e in await shelf.edits(connection, draft.id)]
    return await _united(connection, [*then, Hand(draft.author, frozenset({draft.author}))])


async def _united(connection: AsyncConnection, hands: Iterable[Hand]) -> tuple[Hand, ...]:
    inviters = await shelf.inviters(connection)
    found: dict[str, Hand] = {}
    for hand in hands:
        if not hand.account:
            continue
        known = found.get(hand.account, Hand(hand.account, line_of(hand.account, inviters)))
        line, keys = known.line | hand.line, known.credentials | hand.credentials
        now = await people.find(connection, hand.account)
        found[hand.account] = Hand(hand.account, line, keys | (now.credentials if now else set()))
    return tuple(found.values())


async def standing_of(connection: AsyncConnection, name: str) -> Standing:
    """Return where a draft stands. Raises `RefusedError` when there is none."""
    draft = await shelf.draft(connection, name)
    if draft is None:
        raise RefusedError("no_draft")
    edits = {edit.path: edit.blob for edit in await shelf.edits(connection, name) if edit.path}
    made = await contributors(connection, draft)
    check = await shelf.check(connection, name)
    approvers = await _approvers(connection, name, check, made)
    live = await shelf.live(connection)
    state = _state(draft, check, len(approvers), live.release if live else "")
    return Standing(draft, edits, made, check, approvers, state)


async def _approvers(
    connection: AsyncConnection, draft: str, check: Check | None, made: tuple[Hand, ...]
) -> tuple[Hand, ...]:
    """Return who counts: independent, of this very change, and allowed to approve to this day."""
    approvals: list[Approval] = []
    for one in await shelf.approvals(connection, draft):
        account = await people.find(connection, one.account)
        if account is not None and may(account, "draft.approve"):
            (hand,) = await _united(connection, [Hand(one.account, one.line, one.credentials)])
            approvals.append(Approval(hand, one.change))
    return counted(check.change, approvals, made) if check else ()


def _state(draft: Draft, check: Check | None, approvers: int, live: str) -> str:
    if draft.state != shelf.OPEN:
        return draft.state
    if check is None or check.version != draft.version:
        return "draft"
    if check.base != live:
        return "moved"
    if check.problems:
        return "wrong"
    return "approved" if approvers >= check.needed else "checked"
