"""Make the pictures of the documentation from the running product: ``make pictures``.

Starts Lucht on a free port with a folder of its own, plays a few turns in Chromium, and saves what
a person would see.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bot.staff.roles import OPERATOR
from bot.store import people, visits
from bot.store.content import ContentStore

HERE = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 1200}
ROLES = ["author", "translator", "steward"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


@contextmanager
def served() -> Iterator[tuple[str, Path]]:
    """Run the product, and yield its address and its folder."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        lucht = Path(sys.executable).with_name("lucht")
        env = os.environ | {"LUCHT_PORT": str(port), "LUCHT_DATA": folder}
        process = subprocess.Popen([lucht, "run"], env=env)  # noqa: S603  (our own command)
        try:
            yield _answering(f"http://127.0.0.1:{port}"), Path(folder)
        finally:
            process.terminate()
            process.wait(20)


def _answering(address: str) -> str:
    # The first start on a machine learns to hear, which takes a minute on a small one.
    for _ in range(900):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2)  # noqa: S310  (loopback)
        except OSError:
            time.sleep(0.2)
        else:
            return address
    raise SystemExit("Lucht did not start; run 'make run' to see why")


def say(page: Page, text: str) -> None:
    """Type a text as a person would, and wait for the answer."""
    page.fill("#text", text)
    page.keyboard.press("Enter")
    page.wait_for_timeout(900)


def talk(page: Page, address: str, language: str, *texts: str) -> None:
    """Open a chat in a language and say some things."""
    page.goto(f"{address}/?taal={language}")
    page.wait_for_timeout(900)
    for text in texts:
        say(page, text)


async def moderator(folder: Path) -> str:
    """Let in who writes, translates and keeps Deventer; return the token of a session."""
    now = int(time.time())
    async with ContentStore.open(folder / "content.sqlite") as store, store.writing() as connection:
        known = await people.add(connection, "Noor", ROLES, ["GM0150"], now)
        await people.invite(connection, known, OPERATOR, now)
        token, _ = await visits.begin(connection, now, known, "passkey")
    return token


def console(browser: Browser, address: str, token: str) -> Page:
    """Open the console for somebody with a session."""
    context = browser.new_context(viewport=DESK, locale="nl-NL")
    here = address.replace("127.0.0.1", "localhost")
    context.add_cookies([{"name": "console", "value": token, "url": f"{here}/console"}])
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{here}/console/conversations")
    return page


def edited(page: Page) -> None:
    """Open a conversation, play a little, and open a form; then the map."""
    page.click("form[action$='/conversations/eten'] button")
    page.click("#chat .choice a.press >> nth=0")
    page.wait_for_selector("#chat .mine")
    page.click("#chat-end a.said.press >> nth=0")
    page.wait_for_selector("#edit")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=HERE / "editor.png")
    page.goto(page.url.partition("?")[0].replace("/play/", "/map/"))
    page.locator(".map").screenshot(path=HERE / "map.png")


def kept(page: Page) -> None:
    """The work list of a municipality, and Arabic beside the Dutch."""
    page.click("nav a[href='/console/directory']")
    page.wait_for_selector("h1")
    page.screenshot(path=HERE / "gids.png")
    page.click("nav a[href='/console/translate']")
    page.click("form:has(input[value=ar]) button")
    page.click("a[href*='conversations/eten.yaml']")
    page.wait_for_selector("article.pair")
    page.screenshot(path=HERE / "vertalen.png")


def main() -> None:
    """Make every picture."""
    with served() as (address, folder):
        # Before Playwright starts, which has an event loop of its own in this thread.
        pictured(address, asyncio.run(moderator(folder)))


def pictured(address: str, token: str) -> None:
    """Play in a browser; ``token`` is the session of somebody who may edit."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, language, texts in (
            ("chat", "nl", ("Ik ben een kind of jongere", "Genoeg eten")),
            ("chat-ar", "ar", ("1",)),
        ):
            page = browser.new_page(viewport=PHONE, device_scale_factor=1)
            talk(page, address, language, *texts)
            page.screenshot(path=HERE / f"{name}.png")
        edited(page := console(browser, address, token))
        kept(page)
        browser.close()


if __name__ == "__main__":
    main()
