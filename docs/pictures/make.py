"""Make the pictures of the documentation from the running product: ``make pictures``.

Starts Lucht on a free port with a folder of its own, plays a few turns in Chromium, and saves what
a person would see.
"""

from __future__ import annotations

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

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


@contextmanager
def served() -> Iterator[str]:
    """Run the product, and yield its address."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        lucht = Path(sys.executable).with_name("lucht")
        env = os.environ | {"LUCHT_PORT": str(port), "LUCHT_DATA": folder}
        process = subprocess.Popen([lucht, "run"], env=env)  # noqa: S603  (our own command)
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(20)


def _answering(address: str) -> str:
    for _ in range(100):
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


def main() -> None:
    """Make every picture."""
    with served() as address, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, language, texts in (
            ("chat", "nl", ("Ik ben een kind of jongere", "Genoeg eten")),
            ("chat-ar", "ar", ("1",)),
        ):
            page = browser.new_page(viewport=PHONE, device_scale_factor=1)
            talk(page, address, language, *texts)
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
