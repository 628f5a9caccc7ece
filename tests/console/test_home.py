"""The first page stands at the console's own place."""

from __future__ import annotations

from aiohttp.test_utils import TestClient

from tests.console.conftest import Enter


async def test_the_first_page_says_what_is_live(enter: Enter) -> None:
    someone = await enter("author")
    answer = await someone.get("/console")
    assert answer.status == 200
    assert "Gesprekken" in await answer.text()


async def test_the_fixed_door_leads_to_the_name_under_which_passkeys_work(
    client: TestClient,
) -> None:
    port = client.port
    headers = {"Host": f"127.0.0.1:{port}"}
    answer = await client.get("/console", headers=headers, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"http://localhost:{port}/console")
