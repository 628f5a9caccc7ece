"""The life of a draft, and four eyes attacked from every side."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError

from bot.releases.desk import RefusedError, permission_for
from bot.releases.tree import read_files, release_id, tree_of
from bot.staff.roles import ROLES, Account
from bot.store import audit, people
from bot.store import releases as shelf
from bot.store.tables import ACCOUNT
from tests.conftest import edit
from tests.releases.conftest import ETEN, NEW, OLD, PRATEN, Office

DANGER = "conversations/gevaar.yaml"


async def refused(code: str, attempt: object) -> None:
    with pytest.raises(RefusedError) as error:
        await attempt  # type: ignore[misc]
    assert error.value.code == code


async def test_a_sentence_goes_from_draft_to_live_and_back(office: Office, root: Path) -> None:
    """Two people; every step is in the log, the old release comes back byte for byte."""
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    first = await office.desk.state()
    draft = await office.change(ann)
    assert await office.state_of(draft) == "draft"
    change = await office.checked(ann, draft)
    assert await office.state_of(draft) == "checked"
    assert (await office.desk.approve(rob, draft, change)).state == "approved"
    release = await office.desk.publish(rob, draft, change)
    assert NEW in await office.text(PRATEN)
    assert await office.state_of(draft) == "published"
    state = await office.desk.state()
    assert state is not None
    assert state.release == release
    await office.desk.roll_back(rob, 1, "Toch niet goed")
    assert await office.desk.state() == first
    assert await office.desk.files(first.release) == read_files(root)  # type: ignore[union-attr]
    async with office.store.reading() as connection:
        events = [entry.event for entry in await audit.before(connection, 0, 99)]
        history = await shelf.pointers(connection)
    assert events[::-1] == [
        *("draft.new", "draft.save", "draft.check", "draft.approve"),
        *("release.publish", "release.back"),
    ]
    assert [p.kind for p in history] == ["back", "publish", "first"]
    assert [p.reason for p in history][:2] == ["Toch niet goed", "Een betere zin"]


@pytest.mark.parametrize("role", ROLES)
async def test_no_single_role_takes_a_sentence_live_alone(office: Office, role: str) -> None:
    """Neither from the beginning, nor from a draft that somebody else has finished."""
    one = await office.let_in("One", role)
    honest = await office.let_in("Ann", "author")
    drafts = [await office.change(honest)]
    change = await office.checked(honest, drafts[0])
    before = await office.desk.state()
    try:
        drafts.append(await office.change(one))
        change = await office.checked(one, drafts[1])
    except RefusedError:
        assert role != "author"
    for draft in drafts:
        for attempt in (office.desk.approve, office.desk.publish):
            try:
                await attempt(one, draft, change)
            except RefusedError:
                continue
    assert await office.desk.state() == before


async def test_all_roles_in_one_account_are_still_one_person(office: Office) -> None:
    one = await office.let_in("One", *ROLES)
    draft = await office.change(one)
    change = await office.checked(one, draft)
    await refused("approver_own", office.desk.approve(one, draft, change))
    await refused("not_approved", office.desk.publish(one, draft, change))


async def test_tricks_with_a_second_account(office: Office) -> None:
    """Same credential, invited by the author, inviter of the author, both let in by one hand."""
    boss = await office.let_in("Boss", "administrator", "reviewer")
    ann = await office.let_in("Ann", *ROLES, key=b"ann", by=boss.id)
    tricks = {
        "approver_line": [
            await office.let_in("Puppet", "reviewer", by=ann.id),
            await office.let_in("Sister", "reviewer", by=boss.id),
            boss,
        ],
    }
    draft = await office.change(ann)
    change = await office.checked(ann, draft)
    for code, accounts in tricks.items():
        for account in accounts:
            await refused(code, office.desk.approve(account, draft, change))
    rob = await office.let_in("Rob", "reviewer")
    both = Account(rob.id, rob.name, rob.roles, credentials=ann.credentials)
    await refused("approver_same", office.desk.approve(both, draft, change))
    assert await office.state_of(draft) == "checked"


async def test_a_credential_that_moved_to_another_account_still_counts(office: Office) -> None:
    """Written with a passkey, then the passkey is given to the account that approves."""
    ann = await office.let_in("Ann", "author", key=b"key")
    rob = await office.let_in("Rob", "reviewer")
    draft = await office.change(ann)
    change = await office.checked(ann, draft)
    async with office.store.writing() as connection:
        await connection.execute(text(f"UPDATE credential SET account = '{rob.id}'"))  # noqa: S608
    moved = await office.account(rob.id)
    assert moved.credentials == ann.credentials
    await refused("approver_same", office.desk.approve(moved, draft, change))


async def test_who_was_let_in_by_the_author_stays_so_after_a_reset(office: Office) -> None:
    ann = await office.let_in("Ann", "author", "administrator")
    puppet = await office.let_in("Puppet", "author", by=ann.id)
    other = await office.let_in("Other", "reviewer", by=ann.id)
    draft = await office.change(puppet)
    change = await office.checked(puppet, draft)
    async with office.store.writing() as connection:
        again = update(ACCOUNT).where(ACCOUNT.c.id == puppet.id).values(invited_by="operator")
        await connection.execute(again)
    await refused("approver_line", office.desk.approve(other, draft, change))


@pytest.mark.parametrize("lost", ["revoked", "another role"])
async def test_rights_that_are_gone_when_it_happens_are_gone(office: Office, lost: str) -> None:
    """Asked for with every role, shut out while the release was being compiled."""
    ann, rob = await office.let_in("Ann", "author"), await office.let_in("Rob", *ROLES)
    draft = await office.change(ann)
    change = await office.checked(ann, draft)
    kim = await office.let_in("Kim", "reviewer")
    await office.desk.approve(kim, draft, change)
    number = await office.desk.withdraw(kim, "service", "eetbank", "Dicht")
    before = await office.desk.state()
    async with office.store.writing() as connection:
        if lost == "revoked":
            await people.revoke(connection, rob.id, 2)
        else:
            await people.set_roles(connection, rob.id, ["auditor"], [])
    desk = office.desk
    for attempt in (
        desk.save(rob, draft, PRATEN, b"x"),
        desk.sort(rob, draft, {}),
        desk.approve(rob, draft, change),
        desk.publish(rob, draft, change),
        desk.roll_back(rob, 1, "Terug ermee"),
        desk.withdraw(rob, "text", "praten.ask.ask", "Weg ermee"),
        desk.restore(rob, number, "Terug ermee"),
    ):
        await refused("not_yours", attempt)
    assert await office.desk.state() == before


async def test_a_contributor_of_one_letter_may_not_approve(office: Office) -> None:
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "author", "reviewer")
    draft = await office.change(ann)
    words = await office.text(ETEN)
    await office.desk.save(rob, draft, ETEN, words.encode())
    change = await office.checked(ann, draft)
    await refused("approver_own", office.desk.approve(rob, draft, change))


async def test_approval_of_an_older_text_is_void(office: Office) -> None:
    ann, rob = await office.let_in("Ann", "author"), await office.let_in("Rob", "reviewer")
    pia = await office.let_in("Pia", "publisher")
    draft = await office.change(ann)
    older = await office.checked(ann, draft)
    await office.desk.approve(rob, draft, older)
    worse = (await office.text(PRATEN)).replace(OLD, "Lukt dat nou?")
    await office.desk.save(ann, draft, PRATEN, worse.encode())
    await refused("not_approved", office.desk.publish(pia, draft, older))
    newer = await office.checked(ann, draft)
    assert newer != older
    assert await office.state_of(draft) == "checked"
    for change in (older, newer):
        code = "older_text" if change == older else "not_approved"
        await refused(code, office.desk.publish(pia, draft, change))
    await refused("older_text", office.desk.approve(rob, draft, older))
    back = (await office.text(PRATEN)).replace(OLD, NEW)
    await office.desk.save(ann, draft, PRATEN, back.encode())
    assert await office.checked(ann, draft) == older
    assert await office.state_of(draft) == "approved"


async def test_an_approver_who_was_shut_out_no_longer_counts(office: Office) -> None:
    ann, rob = await office.let_in("Ann", "author"), await office.let_in("Rob", "reviewer")
    draft = await office.change(ann)
    await office.desk.approve(rob, draft, await office.checked(ann, draft))
    async with office.store.writing() as connection:
        await people.revoke(connection, rob.id, 2)
    assert await office.state_of(draft) == "checked"


async def test_danger_needs_two_who_are_independent_of_each_other(office: Office) -> None:
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "reviewer", "administrator")
    eve = await office.let_in("Eve", "reviewer", by=rob.id)
    joe = await office.let_in("Joe", "reviewer", "publisher")
    draft = await office.change(
        ann, DANGER, "ik wil dood,", "ik wil dood, ik wil er niet meer zijn,"
    )
    change = await office.checked(ann, draft)
    assert (await office.desk.approve(rob, draft, change)).state == "checked"
    await refused("approved_already", office.desk.approve(rob, draft, change))
    await refused("approved_already", office.desk.approve(eve, draft, change))
    await refused("not_approved", office.desk.publish(joe, draft, change))
    assert (await office.desk.approve(joe, draft, change)).state == "approved"
    await office.desk.publish(joe, draft, change)


async def test_marking_a_conversation_ordinary_does_not_make_it_so(office: Office) -> None:
    """Taking "critical" off is itself a critical change, and so is the number of a danger line."""
    people_ = [await office.let_in(name, "reviewer") for name in ("Rob", "Joe")]
    ann = await office.let_in("Ann", "author", "publisher", "steward")
    pia = await office.let_in("Pia", "publisher")
    draft = await office.change(ann, PRATEN, "for: [child, parent, helper]\n", "critical: yes\n")
    change = await office.checked(ann, draft)
    for one in people_:
        await office.desk.approve(one, draft, change)
    await office.desk.publish(pia, draft, change)
    draft = await office.change(ann, PRATEN, "critical: yes\n", "for: [child, parent, helper]\n")
    assert (await office.desk.check(ann, draft)).needed == 2
    services = "directory/services/all.yaml"
    draft = await office.change(ann, services, "0800-0001", "0800-0009")
    assert (await office.desk.check(ann, draft)).needed == 2
    draft = await office.change(ann, services, "name: Eetbank", "name: De Eetbank")
    assert (await office.desk.check(ann, draft)).needed == 1


async def test_beginning_to_count_a_question_needs_two(office: Office) -> None:
    """Nobody decides alone, or with one other, to count what children choose."""
    ann = await office.let_in("Ann", "author")
    eten, save = "conversations/eten.yaml", "    save: today\n"
    draft = await office.change(ann, eten, save, f"{save}    count: yes\n")
    assert (await office.desk.check(ann, draft)).needed == 2
    draft = await office.change(ann, eten, "Fijn dat", "Goed dat")
    assert (await office.desk.check(ann, draft)).needed == 1


async def test_what_is_wrong_is_found_and_keeps_the_draft_from_going_on(office: Office) -> None:
    ann, rob = await office.let_in("Ann", "author"), await office.let_in("Rob", "reviewer")
    draft = await office.change(ann, PRATEN, "goto: ask", "goto: nowhere")
    check = await office.desk.check(ann, draft)
    assert any("nowhere" in problem for problem in check.problems)
    assert await office.state_of(draft) == "wrong"
    await refused("not_checked", office.desk.approve(rob, draft, check.change))


async def test_what_can_be_known_at_once_is_told_together(office: Office, root: Path) -> None:
    """Nobody mends one thing to be told of the next: the question, the way and the words."""
    await with_english(office, root)
    ann = await office.let_in("Ann", "author")
    draft = await office.change(ann, PRATEN, OLD, "Wil jij, arme mens?")
    text = (await office.text(PRATEN)).replace(OLD, "Wil jij, arme mens?")
    text = text.replace("goto: ask", "goto: nowhere")
    await office.desk.save(ann, draft, PRATEN, text.encode())
    problems = " ".join((await office.desk.check(ann, draft)).problems)
    for part in ("reads differently", "which is no step", "is not how we speak"):
        assert part in problems


async def test_two_drafts_of_one_file_are_brought_together_by_key(office: Office) -> None:
    """The second keeps its approval, is checked anew, and reverts nobody's work."""
    ann, bea = await office.let_in("Ann", "author"), await office.let_in("Bea", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    one = await office.change(ann)
    two = await office.change(bea, PRATEN, "Deze mensen luisteren.", "Zij luisteren.")
    change = await office.checked(bea, two)
    await office.desk.approve(rob, two, change)
    await office.publish(ann, one, rob, rob)
    assert await office.state_of(two) == "moved"
    await refused("moved", office.desk.publish(rob, two, change))
    assert await office.checked(bea, two) == change
    assert await office.state_of(two) == "approved"
    await office.desk.publish(rob, two, change)
    words = await office.text(PRATEN)
    assert NEW in words
    assert "Zij luisteren." in words


async def test_a_conflict_takes_the_approval_away_until_it_is_resolved(office: Office) -> None:
    ann, bea = await office.let_in("Ann", "author"), await office.let_in("Bea", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    one = await office.change(ann)
    two = await office.change(bea, new="Gaat dat lukken?")
    await office.desk.approve(rob, two, await office.checked(bea, two))
    await office.publish(ann, one, rob, rob)
    check = await office.desk.check(bea, two)
    assert "steps.ask.ask" in check.problems[0]
    assert await office.state_of(two) == "wrong"
    await refused("not_approved", office.desk.publish(rob, two, check.change))
    mine = (await office.text(PRATEN)).replace(NEW, "Gaat dat lukken?")
    await office.desk.save(bea, two, PRATEN, mine.encode())
    await office.checked(bea, two)
    assert await office.state_of(two) == "checked"


async def test_a_file_that_was_put_back_follows_what_is_live(office: Office) -> None:
    ann, bea = await office.let_in("Ann", "author"), await office.let_in("Bea", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    before = await office.text(PRATEN)
    two = await office.change(bea)
    await office.desk.save(bea, two, PRATEN, before.encode())
    await office.publish(ann, await office.change(ann), rob, rob)
    check = await office.desk.check(bea, two)
    assert "nothing differs" in check.problems[0]


async def test_a_newer_text_is_never_overwritten_unseen(office: Office) -> None:
    ann = await office.let_in("Ann", "author")
    draft = await office.change(ann)
    seen = (await office.desk.standing(draft)).draft.version
    await office.desk.save(ann, draft, PRATEN, b"a: b\n", expected=seen)
    await refused("somebody_else", office.desk.save(ann, draft, PRATEN, b"c: d\n", expected=seen))


async def test_each_role_changes_its_own_files_alone(office: Office) -> None:
    assert permission_for(ETEN) == ("draft.edit", "")
    assert permission_for("locales/ar/LC_MESSAGES/lucht.po") == ("translate.edit", "")
    assert permission_for("directory/overrides/gm0150.yaml") == ("directory.edit", "GM0150")
    assert permission_for("directory/services/lokaal/gm0150.yaml") == ("directory.edit", "GM0150")
    assert permission_for("directory/services/landelijk.yaml") == ("directory.edit", "NL")
    local = Account("s", "S", frozenset({"steward"}), frozenset({"GM0150"}))
    author = await office.let_in("Ann", "author")
    draft = await office.desk.new_draft(author, "Een draft")
    for account, path in [
        (local, "directory/overrides/gm0034.yaml"),
        (local, "directory/services/landelijk.yaml"),
        (local, ETEN),
        (author, "directory/services/landelijk.yaml"),
        (author, "conversations/../../etc/x.yaml"),
        (author, "bot/app.py"),
    ]:
        await refused("not_yours", office.desk.save(account, draft, path, b"a: b\n"))


async def test_a_withdrawal_is_at_once_alone_with_a_reason_and_reversible(office: Office) -> None:
    rob, ann = await office.let_in("Rob", "reviewer"), await office.let_in("Ann", "author")
    desk = office.desk
    await refused("not_yours", desk.withdraw(ann, "service", "eetbank", "Klopt niet"))
    await refused("no_reason", desk.withdraw(rob, "service", "eetbank", " "))
    await refused("withdraw_danger", desk.withdraw(rob, "service", "altijd", "Klopt niet"))
    number = await desk.withdraw(rob, "service", "eetbank", "Dicht tot maandag")
    await refused("withdraw_already", desk.withdraw(rob, "service", "eetbank", "Nog eens"))
    state = await desk.state()
    assert state is not None
    assert [item.name for item in state.withdrawn] == ["eetbank"]
    await desk.restore(rob, number, "Weer open")
    await refused("withdraw_unknown", desk.restore(rob, number, "Nog eens"))
    state = await desk.state()
    assert state is not None
    assert state.withdrawn == frozenset()


async def test_the_products_own_new_texts_are_offered_and_never_forced(
    office: Office, root: Path
) -> None:
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    edit(root, PRATEN, "title: Met iemand praten", "title: Samen praten")
    await office.desk.begin(read_files(root))
    assert "Samen praten" in await office.text(PRATEN), "nobody published: the folder is live"
    await office.publish(ann, await office.change(ann), rob, rob)
    edit(root, PRATEN, "Deze mensen luisteren.", "Zij luisteren.")
    upgraded = read_files(root)
    await office.desk.begin(upgraded)
    assert "Zij luisteren." not in await office.text(PRATEN)
    assert office.desk.offered == release_id(tree_of(upgraded))
    draft = await office.desk.offer(ann, "Nieuwe teksten")
    await office.publish(ann, draft, rob, rob)
    words = await office.text(PRATEN)
    assert "Zij luisteren." in words
    assert NEW in words
    await office.desk.begin(upgraded)
    assert office.desk.offered == ""


async def test_what_was_published_and_approved_cannot_be_changed_in_the_store(
    office: Office,
) -> None:
    for table in ("blob", "release", "pointer"):
        with pytest.raises(SQLAlchemyError, match="only grows"):
            async with office.store.writing() as connection:
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608


PO = "locales/en/LC_MESSAGES/lucht.po"
ENTRY = f"""msgid ""
msgstr "Language: en\\n"

msgctxt "praten.ask.ask"
msgid "{OLD}"
msgstr "Does that work?"
"""


async def with_english(office: Office, root: Path, *, critical: bool = False) -> None:
    """Bring a translation of the changed sentence live; ``critical`` marks its conversation."""
    (root / PO).parent.mkdir(parents=True)
    (root / PO).write_text(ENTRY)
    if critical:
        edit(root, PRATEN, "start: show", "critical: yes\nstart: show")
    assert (await office.desk.take_in(read_files(root), "Engels erbij"))[1] == ()


async def test_an_author_says_whether_the_meaning_changed(office: Office, root: Path) -> None:
    """Spelling leaves the translation good, meaning marks it stale; it is served either way."""
    await with_english(office, root)
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    draft = await office.change(ann)
    check = await office.desk.check(ann, draft)
    assert [p for p in check.problems if "praten.ask.ask reads differently" in p]
    await office.desk.sort(ann, draft, {"praten.ask.ask": "spelling"})
    spelled = await office.checked(ann, draft)
    checked = (await office.desk.standing(draft)).check
    assert checked is not None
    assert "fuzzy" not in (await office.desk.files(checked.release))[PO].decode()
    await office.desk.sort(ann, draft, {"praten.ask.ask": "meaning"})
    assert await office.checked(ann, draft) != spelled, "it is another change to approve"
    await office.publish(ann, draft, rob, rob)
    after = await office.text(PO)
    assert f'#, fuzzy\n#| msgid "{OLD}"' in after
    assert f'msgid "{NEW}"\nmsgstr "Does that work?"' in after
    state = await office.desk.state()
    assert state is not None
    release = (await office.desk.workshop.content(state.release)).release
    assert release.catalog.say("en", "praten.ask.ask") == "Does that work?"


async def test_a_critical_text_waits_for_its_translation(office: Office, root: Path) -> None:
    await with_english(office, root, critical=True)
    ann, tom = await office.let_in("Ann", "author"), await office.let_in("Tom", "translator")
    draft = await office.change(ann)
    await office.desk.sort(ann, draft, {"praten.ask.ask": "meaning"})
    check = await office.desk.check(ann, draft)
    assert [p for p in check.problems if "translate it first" in p]
    fresh = ENTRY.replace(OLD, NEW).replace("Does that work?", "Does that work for you?")
    await office.desk.save(tom, draft, PO, fresh.encode())
    assert (await office.desk.check(ann, draft)).problems == ()
    assert {hand.account for hand in (await office.desk.standing(draft)).contributors} == {
        ann.id,
        tom.id,
    }


async def test_a_steward_of_one_municipality_reaches_no_other(office: Office) -> None:
    """Neither by the name of a file, nor by what stands in it."""
    local = await office.let_in("Lo", "steward", at="GM0150")
    entry = await office.text("directory/services/all.yaml")
    start = entry.index("  - id: eetbank")
    one = "services:\n" + entry[start:].split("\n  - id: ", 2)[0].rstrip() + "\n"
    one = one.replace("id: eetbank", "id: eetbank_daar")
    draft = await office.desk.new_draft(local, "Hulp erbij")
    path = "directory/services/lokaal/gm0150.yaml"
    for area, wrong in (("GM0150", False), ("GM0034", True), ("NL", True)):
        lines = [
            f"    service_area: [{area}]" if "service_area:" in line else line
            for line in one.splitlines()
        ]
        await office.desk.save(local, draft, path, ("\n".join(lines) + "\n").encode())
        found = [p for p in (await office.desk.check(local, draft)).problems if "national" in p]
        assert bool(found) is wrong, (area, found)
