"""A browser whose device stores passkeys: Chromium's virtual authenticator."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from consent.dashboard.frame.context import NAME
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import PASSWORD, email_of
from tests.wsgi_server import serving

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Holder:
    """A user's browser on the dashboard, with a device that stores passkeys."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address, self.faults = address, list[str]()
        self.context: BrowserContext = browser.new_context(locale="en-GB")
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None)
        self.device: CDPSession = self.context.new_cdp_session(self.page)
        self.device.send("WebAuthn.enable")
        self.id = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def password(self, name: str = "viewer") -> None:
        self.go("/login")
        self.page.get_by_label("Email").fill(email_of(name))
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def add(self, name: str, use: str = "After the password") -> None:
        self.go("/account/passkeys")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label(use).check()
        self.page.get_by_role("button", name="Add").click()
        expect(self.page.get_by_text("The passkey is added.")).to_be_visible()

    def sign_out(self) -> None:
        self.context.clear_cookies()

    def is_in(self) -> bool:
        self.go("/account")
        return "/login" not in self.page.url

    def lose_device(self) -> None:
        self.device.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.device.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found


def holders(dashboard: Dashboard, browser: Browser) -> Iterator[Holder]:
    """Serve the dashboard on localhost, since passkeys don't work on IP addresses, and yield a user's browser there."""
    with serving(dashboard.app) as port:
        address = f"http://localhost:{port}"
        dashboard.app.extensions[NAME] = replace(dashboard.app.extensions[NAME], base_url=address)
        made = Holder(browser, address)
        yield made
        assert made.faults == []
        made.context.close()
