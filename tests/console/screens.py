"""People at screens: Chromium with an authenticator that says yes, or no."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from tests.web.conftest import FLAGS

HERE = [flag for flag in FLAGS if "resolver" not in flag]
HERE.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Person:
    """Somebody at a computer with an authenticator."""

    context: BrowserContext
    page: Page
    tools: CDPSession
    base: str
    authenticator: str

    async def says(self, *, verified: bool) -> None:
        """Let the authenticator recognise its owner, or not."""
        values = {"authenticatorId": self.authenticator, "isUserVerified": verified}
        await self.tools.send("WebAuthn.setUserVerified", values)

    async def join(self, link: str) -> None:
        """Open an invitation and make a passkey."""
        await self.page.goto(self.base + link)
        await self.page.get_by_role("button", name="Maak een passkey").click()
        await self.page.wait_for_url(f"{self.base}/console")

    async def press(self, button: str) -> None:
        """Press a button, by what stands on it."""
        await self.page.get_by_role("button", name=button, exact=True).click()


async def sit_down(client: TestClient, browser: Browser, width: int = 768) -> Person:
    """Let somebody sit down at a computer of their own, who reads Dutch."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", locale="nl-NL"
    )
    page = await context.new_page()
    tools = await context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    made = await tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    base = str(client.make_url("/")).rstrip("/")
    return Person(context, page, tools, base, made["authenticatorId"])
