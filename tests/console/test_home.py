"""The first page stands at the console's own place."""

from __future__ import annotations

import re

import pytest
from aiohttp.test_utils import TestClient

from bot.handlers.console import home
from bot.handlers.console.home import DOORS
from bot.staff.roles import ROLES
from tests.console.conftest import Enter


async def test_the_first_page_says_what_is_live(enter: Enter) -> None:
    someone = await enter("author")
    answer = await someone.get("/console")
    assert answer.status == 200
    assert "Gesprekken" in await answer.text()


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_finds_its_door_on_the_first_page(enter: Enter, role: str) -> None:
    """Who was invited a minute ago sees where to begin, and is not refused there."""
    someone = await enter(role, municipalities=("GM0150",))
    page = await (await someone.get("/console")).text()
    assert f'<a href="{DOORS[role]}">' in page
    assert (await someone.get(DOORS[role])).status != 403


async def test_the_fixed_door_leads_to_the_name_under_which_passkeys_work(
    client: TestClient,
) -> None:
    port = client.port
    headers = {"Host": f"127.0.0.1:{port}"}
    answer = await client.get("/console", headers=headers, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"http://localhost:{port}/console")


def test_no_class_is_styled_by_two_sheets() -> None:
    """Pages load both: a rule meant for one page would change another one."""
    sheets = [(home.HERE / "static" / name).read_text() for name in ("console.css", "play.css")]
    assert not set.intersection(*map(begun, sheets))


def begun(sheet: str) -> set[str]:
    """Return the classes with which a rule begins."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    return set(re.findall(r"(?:^|[}{\n,])\s*[a-z]*\.([\w-]+)", plain))
