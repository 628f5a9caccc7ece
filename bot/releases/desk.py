"""The life of a draft: written, checked, approved by somebody else, published, rolled back.

Every rule is applied here, in the transaction that acts on it, whatever page or command asked.
Each act is written into the log of the staff in that same transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content.report import at_once, danger_unconfirmed
from bot.releases import overlay, weigh
from bot.releases.diff import change_id
from bot.releases.eyes import (
    CRITICAL,
    Hand,
    objection,
    publisher_objection,
)
from bot.releases.overlay import Withdrawn
from bot.releases.rebase import Edits, Rebased, rebase
from bot.releases.stale import MEANING, SPELLING
from bot.releases.standing import (
    RefusedError,
    Standing,
    contributors,
    edits_of,
    files_of,
    hand_of,
    keep,
    live_now,
    open_draft,
    standing_of,
)
from bot.releases.tree import LARGEST, Files, blob_id, is_content, release_id, tree_of
from bot.releases.wordings import blocked, followed, unsorted
from bot.releases.workshop import BrokenError, Workshop, compiled, examined
from bot.staff.chain import Fact
from bot.staff.roles import NATIONAL, OPERATOR, Account, may
from bot.store import audit, people
from bot.store import releases as shelf
from bot.store.content import ContentStore
from bot.store.releases import Approved, Check, Draft, Edit


@dataclass(frozen=True, slots=True)
class State:
    """What every process has to show: the release that is live, and what is withdrawn."""

    release: str
    withdrawn: frozenset[Withdrawn]


def permission_for(path: str) -> tuple[str, str]:
    """Return which permission changing a file takes, and in which municipality."""
    if path.startswith("locales/") and path != "locales/languages.yaml":
        return "translate.edit", ""
    if path.startswith("directory/"):
        found = weigh.LOCAL.fullmatch(path)
        return "directory.edit", f"GM{found[1]}" if found else NATIONAL
    return "draft.edit", ""


def may_edit(account: Account, path: str) -> bool:
    """Say whether an account may change a file."""
    permission, municipality = permission_for(path)
    return is_content(path) and may(account, permission, municipality)


class Desk:
    """Everything that staff do with releases. ``public``: danger numbers must be confirmed."""

    def __init__(
        self, store: ContentStore, clock: Callable[[], datetime], *, public: bool = False
    ) -> None:
        """Use it as long as the store is open."""
        self.store = store
        self.clock = clock
        self.public = public
        self.workshop = Workshop(self.files)
        self.offered = ""

    # -- what is there

    async def files(self, release: str) -> dict[str, bytes]:
        """Return the files of a release, byte for byte; nothing when there is none."""
        async with self.store.reading() as connection:
            return await files_of(connection, release)

    async def state(self) -> State | None:
        """Return what is live; None before the first release."""
        async with self.store.reading() as connection:
            pointer = await shelf.live(connection)
            gone = await shelf.withdrawals(connection)
        if pointer is None:
            return None
        return State(pointer.release, frozenset(Withdrawn(w.kind, w.name) for w in gone))

    async def candidates(self) -> list[str]:
        """Return what may become live next: checked drafts, then what was live before."""
        async with self.store.reading() as connection:
            checked = await shelf.candidates(connection)
            former = [pointer.release for pointer in await shelf.pointers(connection, most=3)]
        return list(dict.fromkeys([*former, *checked]))

    async def standing(self, draft: str) -> Standing:
        """Return where a draft stands. Raises `RefusedError` (``no_draft``)."""
        async with self.store.reading() as connection:
            return await standing_of(connection, draft)

    async def recent(self, hours: int = 26) -> list[str]:
        """Return the releases that were live in the last hours: somebody may wait in them."""
        since = self._now() - hours * 3600
        found: list[str] = []
        async with self.store.reading() as connection:
            for pointer in await shelf.pointers(connection):
                found.append(pointer.release)
                if pointer.at < since:
                    break
        return list(dict.fromkeys(found))

    # -- the first release, and the product's own

    async def begin(self, files: Files) -> None:
        """Take in the files that this server came with.

        They are the first release. As long as nobody has published here they stay what is live;
        after that they are offered as a merge, and nothing changes by itself.
        """
        release, now = release_id(tree_of(files)), self._now()
        async with self.store.writing() as connection:
            await keep(connection, files, now)
            pointer = await shelf.live(connection)
            if pointer is None or await shelf.only_first(connection):
                if pointer is None or pointer.release != release:
                    await shelf.point(connection, release, shelf.FIRST, now)
                    await shelf.take_over(connection, release, now)
            elif await shelf.product(connection) != release:
                self.offered = release

    async def offer(self, account: Account, title: str) -> str:
        """Make a draft that brings the product's own new texts in; what clashes is named in it."""
        _demand(account, "draft.edit")
        async with self.store.writing() as connection:
            live, taken = await live_now(connection), await shelf.product(connection)
            if not self.offered or taken == self.offered:
                raise RefusedError("nothing_offered")
            old, new = await files_of(connection, taken), await files_of(connection, self.offered)
            changed: dict[str, bytes | None] = {
                path: new.get(path)
                for path in sorted(old.keys() | new.keys())
                if old.get(path) != new.get(path)
            }
            here = await files_of(connection, live.release)
            merged = rebase(old, changed, here)
            draft = await shelf.new_draft(
                connection, live.release, title, account.id, self._now(), self.offered
            )
            await self._write_edits(connection, draft, account, merged)
            await self._audit(connection, account, "draft.product", draft=draft)
        return draft

    # -- a draft

    async def new_draft(self, account: Account, title: str) -> str:
        """Make an empty draft on what is live; return its id."""
        if not any(may(account, p) for p in ("draft.edit", "translate.edit", "directory.edit")):
            raise RefusedError("not_yours")
        async with self.store.writing() as connection:
            live = await live_now(connection)
            title = _line(title, "no_title")
            draft = await shelf.new_draft(connection, live.release, title, account.id, self._now())
            await self._audit(connection, account, "draft.new", draft=draft)
        return draft

    async def save(
        self,
        account: Account,
        draft: str,
        path: str,
        content: bytes | None,
        expected: int | None = None,
        kind: str = "",
    ) -> None:
        """Keep a new content of a file in a draft; None removes the file.

        ``expected`` is the version of the draft that the writer saw: somebody else's newer text is
        never overwritten unseen. Whoever saves is a contributor from then on. ``kind`` says what
        the edit is (`bot.releases.undo`); typing on in the same text is one act of the log.
        """
        if not may_edit(account, path):
            raise RefusedError("not_yours")
        if content is not None and not _is_text(content):
            raise RefusedError("not_text")
        async with self.store.writing() as connection:
            await _still(connection, account, *permission_for(path))
            known = await open_draft(connection, draft)
            if expected is not None and known.version != expected:
                raise RefusedError("somebody_else")
            typing = kind and await shelf.last_edit(connection, draft)
            await self._edit(connection, known, account, path, content, kind)
            if typing and (typing.account, typing.path, typing.kind) == (account.id, path, kind):
                return
            await self._audit(
                connection, account, "draft.save", draft=draft, path=path, content=_name(content)
            )

    async def sort(self, account: Account, draft: str, sorts: Mapping[str, str]) -> None:
        """Say of Dutch texts that changed: spelling only, or another meaning."""
        _demand(account, "draft.edit")
        if set(sorts.values()) - {SPELLING, MEANING}:
            raise RefusedError("not_text")
        async with self.store.writing() as connection:
            await _still(connection, account, "draft.edit")
            known = await open_draft(connection, draft)
            # Saying so decides about translations: whoever does is a contributor too.
            hand = await hand_of(connection, account)
            edit = Edit("", "", hand.account, hand.line, hand.credentials, self._now())
            await shelf.add_edit(connection, draft, edit)
            await shelf.change_draft(connection, known, sorts={**known.sorts, **sorts})
            said = [f"{key}={sort}" for key, sort in sorted(sorts.items())]
            await self._audit(connection, account, "draft.sort", draft=draft, sorts=said)

    async def follow(self, draft: str) -> None:
        """Bring a draft up to what is live, by key, without checking it."""
        await self._moved(draft)

    async def drop(self, account: Account, draft: str) -> None:
        """Put a draft away; only who worked on it may."""
        async with self.store.writing() as connection:
            known = await open_draft(connection, draft)
            hands = await contributors(connection, known)
            if account.id not in {hand.account for hand in hands}:
                raise RefusedError("not_yours")
            await shelf.change_draft(connection, known, state=shelf.DROPPED)
            await self._audit(connection, account, "draft.drop", draft=draft)

    async def check(self, account: Account, draft: str) -> Check:
        """Bring a draft up to what is live, and find everything that is wrong with it.

        Takes seconds, and holds no transaction meanwhile. Raises `RefusedError` (``changed_since``)
        when somebody changed the draft in the meantime.
        """
        _demand(account, "content.read")
        known, base, edits = await self._moved(draft)
        candidate, check = await self._examine(known, base, edits)
        async with self.store.writing() as connection:
            now = await open_draft(connection, draft)
            if now.version != known.version:
                raise RefusedError("changed_since")
            await keep(connection, candidate, self._now())
            await shelf.put_check(connection, draft, check)
            await self._audit(
                connection, account, "draft.check", draft=draft, problems=len(check.problems)
            )
        return check

    async def approve(self, account: Account, draft: str, change: str) -> Standing:
        """Approve exactly the change that was read, by its hash; return where the draft stands."""
        _demand(account, "draft.approve")
        async with self.store.writing() as connection:
            await _still(connection, account, "draft.approve")
            standing = await standing_of(connection, draft)
            if standing.state not in ("checked", "approved"):
                raise RefusedError("not_checked")
            if standing.check is None or standing.check.change != change:
                raise RefusedError("older_text")
            hand = await hand_of(connection, account)
            why = objection(hand, standing.contributors)
            if why:
                raise RefusedError(f"approver_{why}")
            if any(hand.meets(other) for other in standing.approvers):
                raise RefusedError("approved_already")
            approved = Approved(change, hand.account, hand.line, hand.credentials, self._now())
            await shelf.approve(connection, draft, approved)
            await self._audit(connection, account, "draft.approve", draft=draft, change=change)
            return await standing_of(connection, draft)

    async def publish(self, account: Account, draft: str, change: str) -> str:
        """Bring an approved change live, everywhere within two seconds; return the release."""
        _demand(account, "release.publish")
        checked = (await self.standing(draft)).check
        await self._ready(checked.release if checked else "")
        async with self.store.writing() as connection:
            await _still(connection, account, "release.publish")
            standing = await standing_of(connection, draft)
            check = standing.check
            if check is None or check.change != change:
                raise RefusedError("older_text")
            if standing.state != "approved":
                raise RefusedError("moved" if standing.state == "moved" else "not_approved")
            why = publisher_objection(await hand_of(connection, account), standing.contributors)
            if why:
                raise RefusedError(f"publisher_{why}")
            await self._go_live(connection, account, standing.draft, check)
        return check.release

    # -- after publishing

    async def roll_back(self, account: Account, number: int, reason: str) -> str:
        """Make live again what was live under a number, at once and alone; return the release."""
        _demand(account, "release.rollback")
        async with self.store.reading() as connection:
            wanted = [p.release for p in await shelf.pointers(connection) if p.number == number]
        await self._ready(wanted[0] if wanted else "")
        async with self.store.writing() as connection:
            await _still(connection, account, "release.rollback")
            known = {pointer.number: pointer for pointer in await shelf.pointers(connection)}
            live = await live_now(connection)
            if number not in known:
                raise RefusedError("no_release")
            release = known[number].release
            if release == live.release:
                raise RefusedError("is_live")
            why = _line(reason, "no_reason")
            await shelf.point(connection, release, shelf.BACK, self._now(), account.id, why)
            await self._audit(
                connection, account, "release.back", release=release, was=live.release, reason=why
            )
        return release

    async def withdraw(
        self, account: Account, kind: str, name: str, reason: str, never: Iterable[str] = ()
    ) -> int:
        """Take a service or a text back at once and alone, from every release."""
        _demand(account, "release.withdraw")
        item, why = Withdrawn(kind, name), _line(reason, "no_reason")
        state = await self.state()
        if state is None or kind not in (overlay.SERVICE, overlay.TEXT):
            raise RefusedError("withdraw_unknown")
        content = await self.workshop.content(state.release)
        refused = overlay.refusal(content.release, item, never)
        if refused or item in state.withdrawn:
            raise RefusedError(f"withdraw_{refused or 'already'}")
        async with self.store.writing() as connection:
            await _still(connection, account, "release.withdraw")
            number = await shelf.withdraw(connection, kind, name, why, account.id, self._now())
            await self._audit(
                connection, account, "release.withdraw", kind=kind, name=name, reason=why
            )
        return number

    async def restore(self, account: Account, number: int, reason: str) -> None:
        """Give back what was withdrawn."""
        _demand(account, "release.withdraw")
        why = _line(reason, "no_reason")
        async with self.store.writing() as connection:
            await _still(connection, account, "release.withdraw")
            if not await shelf.restore(connection, number, why, account.id, self._now()):
                raise RefusedError("withdraw_unknown")
            await self._audit(connection, account, "release.restore", number=number, reason=why)

    async def take_in(self, files: Files, reason: str) -> tuple[str, tuple[str, ...]]:
        """Make files live from the command line; return the release and every problem.

        With a problem nothing happens. Whoever has the command line has the machine, so nobody
        approves this; the log says that it was done there.
        """
        why = _line(reason, "no_reason")
        problems = await examined(files)
        release, now = release_id(tree_of(files)), self._now()
        if problems:
            return release, tuple(problems)
        async with self.store.writing() as connection:
            await keep(connection, files, now)
            live = await shelf.live(connection)
            if live is None or live.release != release:
                await shelf.point(connection, release, shelf.IMPORT, now, OPERATOR, why)
                facts: dict[str, Fact] = {"release": release, "reason": why}
                await audit.append(connection, self.clock(), OPERATOR, "release.import", facts)
        return release, ()

    # -- steps

    async def _ready(self, release: str) -> None:
        """Compile what is about to become live, so that no process finds it broken."""
        try:
            if release:
                await self.workshop.content(release)
        except BrokenError:
            raise RefusedError("broken") from None

    async def _moved(self, draft: str) -> tuple[Draft, dict[str, bytes], Edits]:
        """Bring a draft up to what is live, by key; return it with its base and its edits."""
        async with self.store.writing() as connection:
            known = await open_draft(connection, draft)
            live = await live_now(connection)
            base = await files_of(connection, known.base)
            edits = await edits_of(connection, known, base)
            if live.release == known.base:
                return known, base, edits
            moved = await files_of(connection, live.release)
            rebased = rebase(base, edits, moved)
            # Files that were put back as they were follow the new base, and revert nobody's work.
            touched = {edit.path for edit in await shelf.edits(connection, draft) if edit.path}
            followed = {path: moved.get(path) for path in sorted(touched)}
            whole = Rebased({**followed, **rebased.edits}, rebased.conflicts)
            await self._write_edits(connection, draft, None, whole, live.release)
            known = await open_draft(connection, draft)
            return known, moved, await edits_of(connection, known, moved)

    async def _write_edits(
        self,
        connection: AsyncConnection,
        draft: str,
        account: Account | None,
        rebased: Rebased,
        base: str | None = None,
    ) -> None:
        """Write edits that were made by merging; without account they are nobody's."""
        for path, content in rebased.edits.items():
            known = await open_draft(connection, draft)
            await self._edit(connection, known, account, path, content)
        known = await open_draft(connection, draft)
        conflicts = {path: list(keys) for path, keys in known.conflicts.items()}
        for conflict in rebased.conflicts:
            conflicts.setdefault(conflict.path, []).append(conflict.key)
        await shelf.change_draft(connection, known, base=base, conflicts=conflicts)

    async def _edit(
        self,
        connection: AsyncConnection,
        known: Draft,
        account: Account | None,
        path: str,
        content: bytes | None,
        kind: str = "",
    ) -> None:
        if content is not None:
            await shelf.put_blobs(connection, {blob_id(content): content})
        hand = await hand_of(connection, account) if account else Hand("", frozenset())
        name, now = _name(content), self._now()
        edit = Edit(path, name, hand.account, hand.line, hand.credentials, now, kind)
        await shelf.add_edit(connection, known.id, edit)
        conflicts = dict(known.conflicts)
        if account:
            conflicts.pop(path, None)
        await shelf.change_draft(connection, known, conflicts=conflicts)

    async def _examine(
        self, known: Draft, base: Files, edits: Edits
    ) -> tuple[dict[str, bytes], Check]:
        """Compile and check what a draft makes of its base."""
        old = await self.workshop.content(release_id(tree_of(base)))
        files = _applied(base, edits)
        problems = [
            f"{path}:1: changed by somebody else too, at {key}; compare, and save it anew"
            for path, keys in known.conflicts.items()
            for key in keys
        ]
        new, wrong = await asyncio.to_thread(compiled, files)
        problems += wrong
        needed = CRITICAL
        if not wrong:
            needed = weigh.weight(old, new, edits)
            texts = {one.key: one.new for one in weigh.rewritten(old, new)}
            problems += weigh.beyond(old, new, edits)
            problems += unsorted(new, texts, known.sorts)
            files = followed(files, texts, known.sorts)
            problems += blocked(new, files, texts, known.sorts)
            problems += danger_unconfirmed(new) if self.public else []
        # What can be known at once is told together; the long proof is for what is whole.
        if problems:
            problems += (await asyncio.to_thread(at_once, new, wrong))[0]
        else:
            problems += await examined(files)
        problems = list(dict.fromkeys(problems))
        if files == base:
            problems.append("draft:1: nothing differs from what is live; change something first")
        change = change_id(base, _between(base, files))
        release, live = release_id(tree_of(files)), release_id(tree_of(base))
        if not problems and new.release.id == release:
            # What may become live next is compiled once, and is there for who tries it now.
            self.workshop.keep(new)
        check = Check(known.version, live, release, change, needed, tuple(problems), self._now())
        return files, check

    async def _go_live(
        self, connection: AsyncConnection, account: Account, draft: Draft, check: Check
    ) -> None:
        now = self._now()
        await shelf.point(
            connection, check.release, shelf.PUBLISH, now, account.id, draft.title, draft.id
        )
        await shelf.change_draft(connection, draft, state=shelf.PUBLISHED)
        if draft.product:
            await shelf.take_over(connection, draft.product, now)
            self.offered = "" if self.offered == draft.product else self.offered
        await self._audit(
            connection, account, "release.publish", draft=draft.id, release=check.release
        )

    async def _audit(
        self, connection: AsyncConnection, account: Account, event: str, **facts: Fact
    ) -> None:
        await audit.append(connection, self.clock(), account.id, event, facts)

    def _now(self) -> int:
        return int(self.clock().timestamp())


# -- pieces


def _demand(account: Account, permission: str) -> None:
    if not may(account, permission):
        raise RefusedError("not_yours")


async def _still(
    connection: AsyncConnection, account: Account, permission: str, municipality: str = ""
) -> None:
    """Refuse what was asked with rights that are gone: revoked or changed while it waited."""
    known = await people.find(connection, account.id)
    if known is None or not may(known, permission, municipality):
        raise RefusedError("not_yours")


def _line(text: str, missing: str) -> str:
    """Return a text as one line of at most 200 characters; it must say something."""
    line = " ".join(text.split())[:200]
    if len(line) < 3:
        raise RefusedError(missing)
    return line


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return len(content) <= LARGEST and b"\0" not in content


def _name(content: bytes | None) -> str:
    return blob_id(content) if content is not None else ""


def _applied(base: Files, edits: Edits) -> dict[str, bytes]:
    merged: dict[str, bytes | None] = {**base, **edits}
    return {path: text for path, text in sorted(merged.items()) if text is not None}


def _between(old: Files, new: Files) -> dict[str, bytes | None]:
    paths = sorted(old.keys() | new.keys())
    return {path: new.get(path) for path in paths if old.get(path) != new.get(path)}
