"""Editing by playing, without a script: forms and links do all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import build
from bot.config import Settings
from bot.content.load import Content
from bot.handlers.keys import BENCH, DESK
from tests.console.conftest import Clock, Enter, Someone
from tests.console.test_releases import follow, read

OLD, NEW = "Fijn dat je het zegt.", "Goed dat je het zegt."


@pytest.fixture
def app(small: Content, settings: Settings, clock: Clock, root: Path) -> web.Application:
    """The application as `lucht run` makes it, on the small content."""
    return build(settings, small.release, clock, root)


async def begin(author: Someone) -> str:
    """Make a draft; return the address where its conversation about food is played."""
    draft = await follow(author, "/console/drafts", {"title": "Betere woorden"})
    return f"{draft}/play/eten"


def hidden(page: str) -> dict[str, object]:
    """The hidden fields of the form that is open."""
    form = page[page.index('id="edit"') :]
    form = form[: form.index("</form>")]
    pairs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: value for name, value in pairs if name != "csrf"}


async def opened(someone: Someone, at: str, edit: str) -> dict[str, object]:
    """The hidden fields of a form that somebody opens."""
    return hidden(await read(someone, f"{at}?edit={edit}"))


def chat(page: str) -> str:
    return page[page.index('id="chat"') : page.index('id="outline"')]


async def test_a_changed_sentence_is_in_the_chat_at_once(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    assert OLD in chat(await read(ann, at))
    form = await opened(ann, at, "text:today.say")
    where = await follow(ann, f"{at}?role=child", {**form, "text": NEW, "note": "Warm."})
    assert where == f"{at}?role=child#t-today.say"
    page = await read(ann, where)
    assert NEW in chat(page)
    assert OLD not in page
    assert "Warm." in page


async def test_what_is_played_stands_in_the_address_alone(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    first = await read(ann, f"{at}?role=child")
    (link,) = {
        href
        for href in re.findall(r'class="press button" data-live href="([^"]+)"', first)
        if "p=no" in href
    }
    page = await read(ann, at + link.replace("&amp;", "&").partition("#")[0])
    assert "Bel vandaag nog" in chat(page)
    assert "Bel vandaag nog" not in chat(first)
    assert await read(ann, f"{at}?role=child&p=no") == page


async def test_typed_danger_is_answered_as_a_child_would_see_it(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    page = await read(ann, f"{at}?typed=ik+wil+dood")
    assert "Goed dat je dit zegt. Ik ben een computer." in chat(page)


async def test_an_option_is_renamed_and_led_elsewhere(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "option:today.options.no")
    await follow(ann, at, {**form, "text": "Nee, niets", "target": "offers", "note": ""})
    page = await read(ann, at)
    assert "Nee, niets" in chat(page)
    assert "Bel vandaag nog" not in chat(await read(ann, f"{at}?p=no"))


async def test_answers_go_up_and_down_without_a_script(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    press = {"op": "move_option", "step": "today", "way": "options.skip", "by": "up"}
    assert await follow(ann, at, press) == f"{at}?#s-today"
    page = chat(await read(ann, at))
    assert page.index("Dat zeg ik liever niet") < page.index("Nee")
    await follow(ann, at, press)
    assert (await ann.post(at, press)).status == 422


async def test_a_step_may_depend_on_who_somebody_is(enter: Enter) -> None:
    """The boxes say for whom; whoever is meant hears the words, and another case can follow."""
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "add:today:options.yes&kind=when")
    wish = {**form, "text": "Jij bent een kind."}
    assert "Kruis aan" in await (await ann.post(at, wish)).text()
    await follow(ann, at, {**wish, "case.role.child": "yes"})
    assert "Jij bent een kind." in chat(await read(ann, f"{at}?role=child&p=yes"))
    assert "Jij bent een kind." not in chat(await read(ann, f"{at}?role=parent&p=yes"))
    more = {"op": "add_case", "step": "voor_child", "case.open.night": "yes", "target": "now"}
    await follow(ann, at, more)
    page = await read(ann, at)
    assert "in de nacht: daarna" in page
    # Named by what it depends on, so that two such steps can be told apart.
    assert "Hangt ervan af: kind, in de nacht" in page
    form = await opened(ann, at, "way:voor_child:when.1")
    await follow(ann, at, {"op": "remove_case", **{k: form[k] for k in ("step", "way", "mark")}})
    assert "in de nacht: daarna" not in await read(ann, at)


async def test_a_step_is_moved_to_a_place_that_is_said_in_words(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    page = await read(ann, f"{at}?edit=move:now")
    assert '<option value="today:options.yes">Na: Heb je vandaag gegeten? (“Ja”)' in page
    assert 'value="now:goto"' not in page
    await follow(ann, at, {"op": "move_step", "step": "now", "to": "today:options.yes"})
    assert "Bel vandaag nog" in chat(await read(ann, f"{at}?p=yes"))
    assert "Bel vandaag nog" not in chat(await read(ann, f"{at}?p=no"))
    refused = await ann.post(at, {"op": "move_step", "step": "today", "to": "offers:goto"})
    assert "leidt naar meer plekken" in await refused.text()


async def test_undo_and_redo_lead_back_and_forth(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": NEW, "note": ""})

    async def press(op: str) -> str:
        page = await read(ann, at)
        found = re.findall(
            rf'value="{op}">\s*<input type="hidden" name="number" value="(\d+)"', page
        )
        await follow(ann, at, {"op": op, "number": found[0]})
        return chat(await read(ann, at))

    assert OLD in await press("undo")
    assert NEW in await press("redo")
    assert OLD in await press("undo")


async def test_a_press_on_undo_from_an_older_page_says_that_there_is_a_newer_change(
    enter: Enter,
) -> None:
    """It takes nothing back that nobody saw, and does not claim that nothing can be undone."""
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": NEW, "note": ""})
    found = re.findall(r'name="number" value="(\d+)"', await read(ann, at))
    await follow(ann, at, {"op": "move_option", "step": "today", "way": "options.no", "by": "up"})
    answer = await ann.post(at, {"op": "undo", "number": found[0]})
    assert answer.status == 422
    assert "druk dan nog een keer" in await answer.text()
    assert NEW in chat(await read(ann, at))


async def test_nobody_undoes_what_somebody_else_did(enter: Enter) -> None:
    ann, bo = await enter("author"), await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": NEW, "note": ""})
    page = await read(bo, at)
    assert re.search(r'<button id="undo" disabled>', page)
    found = re.findall(r'name="number" value="(\d+)"', await read(ann, at))
    answer = await bo.post(at, {"op": "undo", "number": found[0]})
    assert answer.status == 422
    assert "van iemand anders" in await answer.text()


async def test_two_people_in_one_text_never_overwrite_each_other(enter: Enter) -> None:
    """Who saves later sees both texts, with the own one in the form, and decides."""
    ann, bo = await enter("author"), await enter("author")
    at = await begin(ann)
    mine = await opened(ann, at, "text:today.say")
    theirs = {**await opened(bo, at, "text:today.say"), "text": "Dank je.", "note": ""}
    await follow(ann, at, {**mine, "text": NEW, "note": ""})
    answer = await bo.post(f"{at}?edit=text:today.say", theirs)
    page = await answer.text()
    assert answer.status == 409
    assert NEW in page
    assert "Dank je." in page
    assert NEW in chat(await read(ann, at)), "nothing was overwritten"
    await follow(bo, at, {**hidden(page), "text": "Dank je.", "note": ""})
    assert "Dank je." in chat(await read(ann, at))


async def test_two_people_in_two_texts_do_not_notice_each_other(enter: Enter) -> None:
    ann, bo = await enter("author"), await enter("author")
    at = await begin(ann)
    mine = await opened(ann, at, "text:today.say")
    theirs = await opened(bo, at, "text:today.ask")
    await follow(ann, at, {**mine, "text": NEW, "note": ""})
    await follow(bo, at, {**theirs, "text": "Heb je al gegeten?", "note": ""})
    page = chat(await read(ann, at))
    assert NEW in page
    assert "Heb je al gegeten?" in page


async def test_a_script_is_told_the_new_mark_or_what_the_other_wrote(enter: Enter) -> None:
    ann, bo = await enter("author"), await enter("author")
    at = await begin(ann)
    form = {**await opened(ann, at, "text:today.say"), "note": ""}
    json = {"Accept": "application/json"}
    first = await (await ann.post(at, {**form, "text": NEW}, **json)).json()
    assert first["mark"] != form["mark"]
    second = await bo.post(at, {**form, "text": "Dank je."}, **json)
    told = await second.json()
    assert (second.status, told["theirs"][0], told["mark"]) == (409, NEW, first["mark"])
    again = await ann.post(at, {**form, "mark": first["mark"], "text": "Mooi."}, **json)
    assert again.status == 200


async def test_the_same_words_sent_twice_are_no_conflict(enter: Enter) -> None:
    """The answer to the first was lost on its way."""
    ann = await enter("author")
    at = await begin(ann)
    form = {**await opened(ann, at, "text:today.say"), "text": NEW, "note": ""}
    for _ in range(2):
        answer = await ann.post(at, form, Accept="application/json")
        assert answer.status == 200


async def test_typing_on_is_one_step_back_and_one_line_in_the_log(
    enter: Enter, app: web.Application
) -> None:
    ann = await enter("author", "auditor")
    at = await begin(ann)
    form = {**await opened(ann, at, "text:today.say"), "note": ""}
    for text in ("Go", "Goed", "Goed zo."):
        answer = await ann.post(at, {**form, "text": text}, Accept="application/json")
        form["mark"] = (await answer.json())["mark"]
    page = await read(ann, at)
    (number,) = re.findall(
        r'value="undo">\s*<input type="hidden" name="number" value="(\d+)"', page
    )
    await follow(ann, at, {"op": "undo", "number": number})
    assert OLD in chat(await read(ann, at))
    assert (await read(ann, "/console/log")).count("veranderde een bestand") == 2


async def test_who_may_not_change_it_may_still_play_it(enter: Enter) -> None:
    ann, tess = await enter("author"), await enter("translator")
    at = await begin(ann)
    page = await read(tess, f"{at}?p=no&edit=text:today.say")
    assert 'id="edit"' not in page
    assert "Bel vandaag nog" in chat(page)
    assert (await tess.post(at, {"op": "text"})).status == 403


async def test_a_sentence_that_is_not_safe_html_stays_a_sentence(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": "<script>alert(1)</script>", "note": ""})
    assert "<script>alert" not in await read(ann, at)
    assert "<script>alert" not in await read(
        ann, f"{at}?p=<script>alert(1)</script>&start=<script>"
    )


async def test_a_draft_is_compiled_from_what_was_compiled(
    enter: Enter, app: web.Application
) -> None:
    """A changed conversation leaves the ear, the directory and every other conversation alone."""
    ann = await enter("author")
    at = await begin(ann)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": NEW, "note": ""})
    draft = at.split("/")[3]
    view = await app[BENCH].view(draft)
    base = (await app[DESK].workshop.content(view.draft.base)).release
    here = view.content.release
    assert here.hearing is base.hearing
    assert here.directory is base.directory
    assert here.conversations["begin"] is base.conversations["begin"]
    assert here.catalog.say("nl", "eten.today.say") == NEW
    assert view.changed == ("conversations/eten.yaml",)


async def test_the_page_of_a_draft_waits_for_no_directory_to_be_compiled(
    enter: Enter, app: web.Application, root: Path
) -> None:
    """What is played has the directory of the draft; once checked, it is compiled already."""
    ann = await enter("author", "steward", municipalities=("NL",))
    at = await begin(ann)
    draft, path = at.split("/")[3], "directory/services/all.yaml"
    text = (root / path).read_text().replace("Eetbank", "Eethuis")
    await app[DESK].save(ann.account, draft, path, text.encode())
    base = await app[DESK].workshop.content((await app[BENCH].view(draft)).draft.base)
    light = await app[BENCH].view(draft, whole=False)
    assert light.content.release.directory is base.release.directory
    assert light.changed == (path,)
    whole = await app[BENCH].view(draft)
    assert whole.content.release.directory != base.release.directory
    assert path in await read(ann, f"/console/drafts/{draft}")


async def test_pages_of_nothing_are_calm(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    draft = at[: at.index("/play")]
    for path in (f"{draft}/play/nergens", "/console/drafts/0/play/eten"):
        assert (await ann.get(path)).status == 404
    for query in (
        "edit=text:nergens",
        "edit=option:today.options.x",
        "p=weg",
        "start=weg",
        "role=x",
    ):
        assert (await ann.get(f"{at}?{query}")).status == 200


async def test_one_press_on_a_conversation_opens_it_in_ones_own_draft(enter: Enter) -> None:
    """The first press begins a draft with its name, the next ones open that draft again."""
    ann, bo = await enter("author", name="Ann"), await enter("author", name="Bo")
    first = await follow(ann, "/console/conversations/eten")
    assert await follow(ann, "/console/conversations/eten") == first
    form = await opened(ann, first, "text:today.say")
    await follow(ann, first, {**form, "text": NEW, "note": ""})
    assert await follow(ann, "/console/conversations/eten") == first
    assert await follow(bo, "/console/conversations/eten") != first
    other = await follow(ann, "/console/conversations/praten")
    assert other.split("/")[3] != first.split("/")[3]
    assert "Ann werkt hieraan" in await read(bo, "/console/conversations")
    assert "In jouw voorstel" in await read(ann, "/console/conversations")
    assert (await ann.post("/console/conversations/nergens")).status == 404


async def test_a_new_conversation_is_one_form_away(enter: Enter) -> None:
    """It begins in a draft of its own, which is named as it is; without words nothing is made."""
    ann = await enter("author")
    form = {"title": "Een nieuwe fiets", "for_child": "yes", "need": "food", "text": "Fijn."}
    where = await follow(ann, "/console/conversations", form)
    page = await read(ann, where)
    assert "Een nieuwe fiets" in page
    assert "Fijn." in chat(page)
    assert (await ann.post("/console/conversations", {**form, "text": ""})).status == 409
    assert (await read(ann, "/console/conversations")).count("Een nieuwe fiets") == 1


async def test_a_draft_lists_what_it_changes_and_leads_to_the_rest(enter: Enter) -> None:
    ann = await enter("author")
    at = await begin(ann)
    draft = at.partition("/play")[0]
    assert "verandert nog geen gesprek" in await read(ann, draft)
    form = await opened(ann, at, "text:today.say")
    await follow(ann, at, {**form, "text": NEW, "note": ""})
    page = await read(ann, draft)
    assert page.index(f'href="{at}"') < page.index("Open een ander gesprek")
    assert f"{draft}/play/praten" in page
