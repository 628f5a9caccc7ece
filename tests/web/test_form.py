"""Without JavaScript the chat is a plain form whose tokens work once."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from aiohttp.test_utils import TestClient

from bot.handlers import pages
from bot.wording import Bubble

DANGER = "ik wil dood"


class Fields(HTMLParser):
    """Reads the fields and the first offered choice of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.choices: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.values[field["name"]] = field["value"]
        if tag == "button" and field.get("name") == "choice" and "!" not in field["value"]:
            self.choices.append(field["value"])


async def send(client: TestClient, fields: Fields, **more: str) -> str:
    """Send the form of a page."""
    answer = await client.post("/", data={**fields.values, **more})
    assert answer.status == 200
    return await answer.text()


async def first_page(client: TestClient) -> Fields:
    """Open the chat."""
    return Fields(await (await client.get("/")).text())


async def test_each_answer_carries_a_fresh_token_and_leads_on(client: TestClient) -> None:
    """Two turns: the token changes each time, the chat goes on."""
    first = await first_page(client)
    second = Fields(await send(client, first, choice=first.choices[0]))
    third = Fields(await send(client, second, choice="!help"))
    tokens = {page.values["session"] for page in (first, second, third)}
    assert len(tokens) == 3
    assert [page.values["turn"] for page in (first, second, third)] == ["1", "2", "3"]


async def test_a_spent_token_opens_nothing(client: TestClient) -> None:
    """Sending an old page again starts anew, says so kindly, and leaves the real chat alone."""
    first = await first_page(client)
    second = Fields(await send(client, first, choice=first.choices[0]))
    page = await send(client, first, choice=first.choices[0])
    again = Fields(page)
    assert 'class="notice"' in page
    assert again.values["turn"] == "1"
    assert again.values["session"] not in (first.values["session"], second.values["session"])
    third = Fields(await send(client, second, choice="!help"))
    assert third.values["turn"] == "3"


async def test_danger_on_a_spent_page_is_answered(client: TestClient) -> None:
    """Whatever became of the page: words of danger get their number first."""
    first = await first_page(client)
    await send(client, first, choice=first.choices[0])
    page = await send(client, first, text=DANGER)
    assert 'class="card first"' in page


async def test_leaving_erases_the_chat(client: TestClient) -> None:
    """/weg forgets the row and answers with a page that leads elsewhere and tells nothing."""
    first = await first_page(client)
    answer = await client.post("/weg", data=first.values)
    page = await answer.text()
    assert 'http-equiv="refresh"' in page
    assert "lucht" not in page.lower()
    late = {"session": first.values["session"], "text": "", "turn": 999}
    # A chat that is still there would answer 409.
    assert (await client.post("/api/chat", json=late)).status == 200


async def test_a_page_never_shows_what_was_typed(client: TestClient) -> None:
    """Typed words come back in no answer, and markup in them means nothing."""
    first = await first_page(client)
    typed = "<b>kanarie7f3a</b>"
    page = await send(client, first, text=typed)
    assert "kanarie7f3a" not in page


def test_words_and_facts_are_escaped_and_addresses_can_be_tapped() -> None:
    """Markup in a text means nothing; an address in it becomes a link of its own."""
    parts = pages._TEMPLATES.get_template("parts.html").module
    text = "<b>Chat</b> op https://www.113.nl. Of bel."
    html = str(parts.bubble(str, pages.Call, Bubble(text)))
    assert "&lt;b&gt;Chat&lt;/b&gt;" in html
    assert '<a href="https://www.113.nl" target="_blank" rel="noopener noreferrer">' in html
    assert "www.113.nl</bdi></a>. Of bel." in html


def test_a_phone_number_in_a_sentence_can_be_called_and_does_not_break() -> None:
    """A number in a text is one link; years, postcodes and amounts stay words."""
    parts = pages._TEMPLATES.get_template("parts.html").module
    html = str(parts.bubble(str, pages.Call, Bubble("Bel \u20680800-8115\u2069 of 14 079.")))
    assert '<a href="tel:08008115"><bdi dir="ltr">0800-8115</bdi></a>' in html
    assert '<a href="tel:14079"><bdi dir="ltr">14 079</bdi></a>.' in html
    for words in ("van 2025-2026", "7902 LE", "€ 1.598", "112NL-app", "14 dagen"):
        assert pages.linked(words) == [(words, "")]


async def test_a_link_may_carry_language_and_place(client: TestClient) -> None:
    """Posters link to ``/?taal=ar&gm=0150``; nonsense in either is ignored."""
    page = await (await client.get("/?taal=ar&gm=0150")).text()
    assert re.search(r'<html lang="ar" dir="rtl">', page)
    page = await (await client.get("/?taal=../x&gm=<b>")).text()
    assert re.search(r'<html lang="nl" dir="ltr">', page)
    assert "<b>" not in page


async def test_a_page_that_is_not_there_shows_the_numbers(client: TestClient) -> None:
    """Getting lost ends at the numbers to call."""
    answer = await client.get("/nergens", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert 'href="tel:112"' in await answer.text()


async def test_looking_at_the_head_opens_no_chat(client: TestClient) -> None:
    """HEAD is answered without a body."""
    answer = await client.head("/")
    assert (answer.status, await answer.read()) == (200, b"")
