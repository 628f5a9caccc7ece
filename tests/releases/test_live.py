"""While releases come and go: every chat is answered, whole, and every process follows."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.chat import Chat
from bot.engine.model import Release
from bot.engine.session import Message
from bot.privacy.keys import KeyRing
from bot.releases.live import Follower
from bot.releases.tree import read_files
from bot.store import releases as shelf
from bot.store.live import LiveStore
from tests.conftest import NOON, Content, edit
from tests.releases.conftest import ETEN, NEW, OLD, PRATEN, Office

CHATS = 300
TOPICS = ("conversations/begin.yaml", ETEN, PRATEN)


@asynccontextmanager
async def chatting(office: Office, folder: Path) -> AsyncIterator[Chat]:
    """A chat that follows what is published, as the server does."""
    state = await office.desk.state()
    assert state is not None
    base = (await office.desk.workshop.content(state.release)).release
    with KeyRing(folder / "keys") as ring:
        async with LiveStore.open(folder / "live.sqlite", ring) as store:
            chat = Chat(base, store, lambda: NOON)

            def show(release: Release) -> None:
                chat.release = release

            follower = Follower(office.desk, base, show)
            await follower.look()
            task = asyncio.create_task(follower.run())
            yield chat
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(chat: Chat, release: str) -> None:
    for _ in range(3000):
        if chat.release.id == release:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the release never came")


def own_texts(release: Release) -> set[str]:
    """What only the conversations of a release say, word by word."""
    keys = (k for k in release.catalog.texts["nl"] if k.split(".")[0] in release.conversations)
    return {form for key in keys for form in release.catalog.texts["nl"][key]}


async def test_nobody_is_dropped_or_answered_from_two_releases(
    office: Office, root: Path, tmp_path: Path
) -> None:
    """Hundreds of chats talk on while a release comes live and is rolled back, again and again."""
    rob = await office.let_in("Rob", "publisher")
    async with chatting(office, tmp_path) as chat:
        first = chat.release
        for path in TOPICS:
            text = (root / path).read_text().replace("ask: ", "ask: 'Zeg: ").splitlines()
            lines = [f"{line}'" if "ask: 'Zeg: " in line else line for line in text]
            lines = [line.replace("text: Ja,", "text: Jawel,") for line in lines]
            (root / path).write_text("\n".join(lines) + "\n")
        second, problems = await office.desk.take_in(read_files(root), "Alles anders")
        assert problems == ()
        await until(chat, second)
        sides = (
            own_texts(first) - own_texts(chat.release),
            own_texts(chat.release) - own_texts(first),
        )
        assert all(len(side) > 4 for side in sides)
        done = asyncio.Event()
        talks = [asyncio.create_task(talk(chat, n, done, sides)) for n in range(CHATS)]
        for number, release in [(1, first.id), (2, second)] * 3:
            await office.desk.roll_back(rob, number, "Heen en weer")
            await until(chat, release)
        done.set()
        turns = await asyncio.gather(*talks)
    assert min(turns) > 3


async def talk(
    chat: Chat, number: int, done: asyncio.Event, sides: tuple[set[str], set[str]]
) -> int:
    """Talk as somebody would, pressing what is offered; return how many answers came."""
    chance, turns, message = random.Random(number), 0, Message()
    while not done.is_set() or turns < 4:
        async with chat.flight("web", str(number)) as flight:
            outcome = await flight.take(message)
        said = {b.text for b in outcome.spoken.bubbles} | {b.label for b in outcome.spoken.buttons}
        assert said
        assert not all(said & side for side in sides)
        buttons = [b.id for b in outcome.spoken.buttons if b.id != "!erase"]
        words = Message(text=chance.choice(["ja", "ik heb honger", "terug", "help mij", "hmm"]))
        press = buttons and chance.random() < 0.8
        message = Message(choice=chance.choice(buttons)) if press else words
        turns += 1
        await asyncio.sleep(chance.random() / 50)
    return turns


async def test_a_withdrawal_reaches_a_reply_that_waits(office: Office, tmp_path: Path) -> None:
    rob = await office.let_in("Rob", "reviewer")
    async with chatting(office, tmp_path) as chat:
        await ask(chat, Message(text="ik heb honger"))
        await ask(chat, Message(text="nee"))
        before = await ask(chat, Message(choice="!resume"))
        await office.desk.withdraw(rob, "text", "plaats.ask.ask", "Klopt niet")
        gone = chat.release.catalog.say("nl", "service.gone")
        await says(chat, [gone if line == before[-1] else line for line in before])
        (item,) = await withdrawn(office)
        await office.desk.restore(rob, item, "Toch goed")
        await says(chat, before)


async def test_a_withdrawal_does_not_wait_for_a_release_that_is_being_compiled(
    office: Office, root: Path, small: Content
) -> None:
    rob, shown = await office.let_in("Rob", "reviewer"), list[Release]()
    follower = Follower(office.desk, small.release, shown.append)
    await follower.look()
    edit(root, PRATEN, OLD, NEW)
    second, _ = await office.desk.take_in(read_files(root), "Nog niet klaar")
    async with office.store.writing() as connection:
        await shelf.withdraw(connection, "service", "eetbank", "Dicht", rob.id, 1)
    await follower.look()
    assert not shown[-1].directory.services["eetbank"].active
    assert shown[-1].id == small.release.id
    await office.desk.workshop.content(second)
    await follower.look()
    assert not shown[-1].directory.services["eetbank"].active
    assert shown[-1].id == second


async def test_who_stops_following_leaves_no_work_behind(office: Office, small: Content) -> None:
    """The store is closed next; a question that is asked of it then would never be answered."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def candidates() -> list[str]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)  # giving back a connection takes a while
            ended.set()
        return []

    follower = Follower(office.desk, small.release, lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.desk, "candidates", candidates)
        task = asyncio.create_task(follower.run())
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert ended.is_set()


async def says(chat: Chat, lines: list[str]) -> None:
    for _ in range(1000):
        if await ask(chat, Message(choice="!resume")) == lines:
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never said so")


async def ask(chat: Chat, message: Message) -> list[str]:
    async with chat.flight("web", "one") as flight:
        outcome = await flight.take(message)
    return [bubble.text for bubble in outcome.spoken.bubbles]


async def withdrawn(office: Office) -> list[int]:
    async with office.store.reading() as connection:
        return [one.number for one in await shelf.withdrawals(connection)]


OTHER_PROCESS = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from bot.releases.desk import Desk
from bot.releases.live import Follower
from bot.store.content import ContentStore

async def main(path):
    now = lambda: datetime.now(ZoneInfo("Europe/Amsterdam"))
    async with ContentStore.open(Path(path)) as store:
        desk = Desk(store, now)
        base = (await desk.workshop.content((await desk.state()).release)).release
        show = lambda release: print(release.catalog.say("nl", "praten.ask.ask"), flush=True)
        await Follower(desk, base, show).run()

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.slow
async def test_another_process_follows_without_a_restart(office: Office, tmp_path: Path) -> None:
    """It says the new sentence when published here, not once it is withdrawn, then the old.

    A withdrawal here is over there too, in a process that shares nothing but the store.
    """
    ann = await office.let_in("Ann", "author")
    rob = await office.let_in("Rob", "reviewer", "publisher")
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "content.sqlite")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert other.stdout is not None
    try:
        async with asyncio.timeout(90):
            assert (await other.stdout.readline()).decode().strip() == OLD
            await office.publish(ann, await office.change(ann), rob, rob)
            assert (await other.stdout.readline()).decode().strip() == NEW
            await office.desk.withdraw(rob, "text", "praten.ask.ask", "Klopt niet")
            assert (await other.stdout.readline()).decode().strip() not in (NEW, OLD, "")
            (item,) = await withdrawn(office)
            await office.desk.restore(rob, item, "Toch goed")
            assert (await other.stdout.readline()).decode().strip() == NEW
            await office.desk.roll_back(rob, 1, "Toch niet")
            assert (await other.stdout.readline()).decode().strip() == OLD
    finally:
        other.kill()
        await other.wait()


LOCAL = "directory/services/lokaal/gm0150.yaml"
WAS = ("Buurtkast", "Een tas eten", "Loop binnen.")
IS = ("Buurttafel", "Een warme maaltijd", "Bel aan.")


def local_service(root: Path, words: tuple[str, str, str]) -> str:
    """A service of Deventer alone, that says all of these words, or none."""
    text = (root / "directory/services/all.yaml").read_text()
    entry = text[text.index("  - id: eetbank") :].split("\n  - id: ", 2)[0].rstrip()
    values = dict(zip(("name", "gives", "how"), words, strict=True)) | {"service_area": "[GM0150]"}
    lines = []
    for line in entry.replace("id: eetbank", "id: hier").splitlines():
        key = line.strip().partition(":")[0]
        lines.append(f"    {key}: {values[key]}" if key in values else line)
    return "\n".join(["services:", *lines, ""])


async def hungry(
    chat: Chat, number: int, done: asyncio.Event, told: set[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Ask for food in Deventer again and again; return which words of the service were said."""
    shown, button = list[tuple[str, ...]](), ""
    while not done.is_set() or not shown:
        for text in ("ik heb honger", "nee", "Deventer", ""):
            message = Message(text=text) if text else Message(choice=button)
            async with chat.flight("web", str(number)) as flight:
                outcome = await flight.take(message)
            button = next((button.id for button in outcome.spoken.buttons), "")
            said = "\n".join(bubble.text for bubble in outcome.spoken.bubbles)
            assert said, "everybody is answered"
            words = tuple(word for word in (*WAS, *IS) if word in said)
            assert words in ((), WAS, IS), "never half of one release and half of another"
            shown += [words] if words else []
            told.add(words)
            await asyncio.sleep(0)
        await asyncio.sleep(random.Random(number).random() / 20)
    return shown


async def test_a_municipality_with_one_moderator_borrows_a_reviewer(
    office: Office, root: Path, tmp_path: Path
) -> None:
    """One steward in Deventer, a reviewer of the region; hundreds of chats talk on meanwhile."""
    (root / LOCAL).parent.mkdir(parents=True)
    (root / LOCAL).write_text(local_service(root, WAS))
    first, problems = await office.desk.take_in(read_files(root), "Hulp in Deventer")
    assert problems == ()
    lo = await office.let_in("Lo", "steward", at="GM0150")
    region = await office.let_in("Regio", "reviewer", "publisher")
    async with chatting(office, tmp_path) as chat:
        await until(chat, first)
        done, told = asyncio.Event(), set[tuple[str, ...]]()
        talks = [asyncio.create_task(hungry(chat, n, done, told)) for n in range(CHATS)]
        await heard(told, WAS)
        draft = await office.change(lo, LOCAL, local_service(root, WAS), local_service(root, IS))
        await until(chat, await office.publish(lo, draft, region, region))
        (number,) = [p.number for p in await history(office) if p.release == first]
        await heard(told, IS)
        await office.desk.roll_back(region, number, "Toch de kast")
        await until(chat, first)
        done.set()
        shown = await asyncio.gather(*talks)
    assert min(map(len, shown)) > 0
    assert {words for each in shown for words in each} == {WAS, IS}


async def heard(told: set[tuple[str, ...]], words: tuple[str, ...]) -> None:
    """Wait until somebody was told these words."""
    for _ in range(3000):
        if words in told:
            return
        await asyncio.sleep(0.02)
    pytest.fail("nobody was told")


async def history(office: Office) -> list[shelf.Pointer]:
    async with office.store.reading() as connection:
        return await shelf.pointers(connection)
