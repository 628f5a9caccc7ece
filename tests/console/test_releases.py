"""Two people take a sentence live in the console and back; one alone cannot, whatever the role."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.handlers.keys import CHAT
from bot.staff.roles import PERMISSIONS, ROLES
from tests.console.conftest import Clock, Enter, Someone

FILE = "conversations/begin.yaml"
OLD, NEW = "Wie ben je?", "Wie ben jij?"


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content."""
    return build(settings, small.release, clock, root)


async def follow(someone: Someone, path: str, fields: dict[str, object] | None = None) -> str:
    """Send a form that must go well; return where it leads."""
    answer = await someone.post(path, fields)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def read(someone: Someone, path: str) -> str:
    answer = await someone.get(path)
    assert answer.status == 200
    return await answer.text()


async def write(author: Someone, root: Path, new: str = NEW) -> str:
    """Write a changed file in a new draft, through the pages; return the address of the draft."""
    draft = await follow(author, "/console/drafts", {"title": "Een betere vraag"})
    page = await read(author, f"{draft}/file?path={FILE}")
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    text = (root / FILE).read_text().replace(OLD, new)
    fields = {"path": FILE, "version": version, "text": text.replace("\n", "\r\n")}
    assert await follow(author, f"{draft}/file", fields) == f"{draft}/file?path={FILE}"
    return draft


def change_in(page: str) -> str:
    return re.findall(r'name="change" value="(\w+)"', page)[0]


async def says(client: TestClient, text: str) -> None:
    """Wait until a new chat says something."""
    for _ in range(600):
        answer = await client.post("/api/chat", json={"session": None, "text": ""})
        if text in [message["text"] for message in (await answer.json())["messages"]]:
            return
        await asyncio.sleep(0.1)
    pytest.fail("it never said so")


async def test_two_people_take_a_sentence_live_and_back(
    enter: Enter, client: TestClient, root: Path, app: web.Application
) -> None:
    ann, rob = await enter("author", name="Ann"), await enter("reviewer", "publisher", name="Rob")
    await says(client, OLD)
    draft = await write(ann, root)
    page = await read(rob, draft)
    assert "<ins>" in page
    assert "Ann" in page
    change = change_in(page)
    await follow(rob, f"{draft}/approve", {"change": change})
    page = await read(rob, f"{draft}/rehearsal")
    assert "begin.who" in page, "the question that changes is asked again"
    assert "Elk proefgesprek" in page
    await follow(rob, f"{draft}/publish", {"change": change_in(page)})
    await says(client, NEW)
    page = await read(rob, "/console/releases")
    assert "Een betere vraag" in page
    await follow(rob, "/console/releases/back", {"number": "1", "reason": "Toch niet"})
    await says(client, OLD)
    assert app[CHAT].release.catalog.say("nl", "begin.who.ask") == OLD


@pytest.mark.parametrize("role", ROLES)
async def test_no_single_role_gets_past_the_forms_by_direct_requests(
    enter: Enter, client: TestClient, root: Path, app: web.Application, role: str
) -> None:
    ann, one = await enter("author"), await enter(role)
    live = app[CHAT].release.id
    writer = one if role == "author" else ann
    draft = await write(writer, root)
    change = change_in(await read(await enter("reviewer"), draft))
    for path in ("approve", "publish", "publish"):
        answer = await one.post(f"{draft}/{path}", {"change": change})
        needs = "draft.approve" if path == "approve" else "release.publish"
        if role not in PERMISSIONS[needs]:
            assert answer.status == 403
    assert "Een betere vraag" not in await read(ann, "/console/releases")
    assert app[CHAT].release.id == live


async def test_what_is_wrong_stands_beside_the_text_with_its_line(enter: Enter, root: Path) -> None:
    ann = await enter("author")
    draft = await write(ann, root, "Wie ben je? <script>alert(1)</script> arme")
    page = await read(ann, f"{draft}/file?path={FILE}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "Zo praten we niet: arme" in page
    assert "is not how we speak" not in page
    whole = await read(ann, draft)
    assert "<script>alert" not in whole
    assert f'href="{draft}/play/begin#t-who.ask"' in whole, "it leads to the words"
    assert "Zo praten we niet: arme" in whole


async def test_an_emergency_takes_a_text_away_at_once(
    enter: Enter, client: TestClient, app: web.Application
) -> None:
    rob = await enter("reviewer")
    page = await read(rob, "/console/releases")
    assert '<option value="eetbank">Eetbank</option>' in page, "nobody knows an id in an emergency"
    fields = {"kind": "text", "name": "begin.hello.say", "reason": "Dit klopt niet"}
    await follow(rob, "/console/withdrawals", fields)
    await says(client, app[CHAT].release.catalog.say("nl", "service.gone"))
    await follow(rob, "/console/withdrawals/1/end", {"reason": "Klopt toch"})
    await says(client, "Hoi. Dit is Lucht. Ik ben een computer.")
    fields = {"kind": "service", "name": "altijd", "reason": "Dit klopt niet"}
    assert (await rob.post("/console/withdrawals", fields)).status == 409


async def test_a_file_as_large_as_the_largest_can_be_saved(enter: Enter, root: Path) -> None:
    ann = await enter("author")
    draft = await follow(ann, "/console/drafts", {"title": "Groot"})
    text = (root / FILE).read_text() + "# é\n" * 100_000
    fields = {"path": FILE, "version": "0", "text": text}
    await follow(ann, f"{draft}/file", fields)
    assert "# é" in await read(ann, f"{draft}/file?path={FILE}")


STEP = "  {name}: {{say: Nog iets {name}., goto: bye}}\n"


async def with_step(author: Someone, root: Path, name: str) -> str:
    """Write a draft in which a conversation has one more step; return its address."""
    text = (root / FILE).read_text()
    bye = "      bye: {text: Nee dank je, goto: bye}\n"
    more = text.replace(bye, f"{bye}      {name}: {{text: Liever {name}, goto: {name}}}\n")
    draft = await follow(author, "/console/drafts", {"title": f"Een stap {name}"})
    page = await read(author, f"{draft}/file?path={FILE}")
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    fields = {"path": FILE, "version": version, "text": more + STEP.format(name=name)}
    await follow(author, f"{draft}/file", fields)
    return draft


async def test_two_new_steps_are_compared_and_both_can_stay(
    enter: Enter, client: TestClient, root: Path, app: web.Application
) -> None:
    """Structure that moved: the draft says where, shows both sides, and waits for a choice."""
    ann, kim = await enter("author", name="Ann"), await enter("author", name="Kim")
    rob = await enter("reviewer", "publisher", name="Rob")
    mine, theirs = await with_step(ann, root, "een"), await with_step(kim, root, "twee")
    change = change_in(await read(rob, theirs))
    await follow(rob, f"{theirs}/approve", {"change": change})
    await follow(rob, f"{theirs}/publish", {"change": change})
    await follow(ann, f"{mine}/check")
    assert f"{mine}/merge?path={FILE}" in await read(ann, mine)
    page = await read(ann, f"{mine}/merge?path={FILE}")
    assert "Nog iets een." in page
    assert "Nog iets twee." in page
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    fields: dict[str, object] = {"path": FILE, "version": version}
    places = sorted(set(re.findall(r'name="(choice\.\d+)"', page)))
    assert (await ann.post(f"{mine}/merge", dict(fields))).status == 422
    assert (await (await enter("translator")).post(f"{mine}/merge", fields)).status in (409, 422)
    choices = dict.fromkeys(places, "both")
    await follow(ann, f"{mine}/merge", {**fields, **choices})
    page = await read(ann, mine)
    assert "Kies wat blijft" not in page
    text = await read(ann, f"{mine}/file?path={FILE}")
    assert STEP.format(name="een").strip() in text
    assert STEP.format(name="twee").strip() in text
    assert (await ann.get(f"{mine}/merge?path={FILE}")).status == 404
    assert (await ann.post(f"{mine}/merge", {**fields, **choices})).status == 404


async def test_pages_of_nothing_are_calm(enter: Enter) -> None:
    ann = await enter("author")
    for path in (
        "/console/drafts/0",
        "/console/drafts/0/file?path=../x",
        "/console/drafts/0/rehearsal",
    ):
        assert (await ann.get(path)).status == 404
    page = await read(ann, "/console/conversations")
    assert "Genoeg eten" in page
