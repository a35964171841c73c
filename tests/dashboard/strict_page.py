"""A page in a real browser that records what must never happen: errors, policy violations, requests to other hosts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.dashboard.client import TOKEN
from tests.dashboard.sample_data import PASSWORD, email_of


@dataclass
class StrictPage:
    """A dashboard page with the faults it recorded, except those containing an `expected` string."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def open(self, path: str) -> Page:
        """Open a page of the dashboard."""
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, name: str) -> Page:
        """Sign in without rendering a page; the browser keeps the cookie."""
        asked = self.page.context.request
        token = TOKEN.search(asked.get(self.base + "/login").text())
        assert token
        fields: dict[str, str | float | bool] = {"email": email_of(name), "password": PASSWORD, "csrf_token": token[1]}
        answer = asked.post(self.base + "/login", form=fields, max_redirects=0)
        assert answer.status == 302, answer.text()
        return self.page

    def sign_in_by_keyboard(self, name: str) -> Page:
        """Sign in as a person does, by keyboard only: the first field has the focus."""
        page = self.open("/login")
        expect(page.get_by_label("Email")).to_be_focused()
        page.keyboard.type(email_of(name))
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sites/**")  # until the load event, after which scripts handle keys
        return page


@contextmanager
def strict_page(browser: Browser, base: str, **options: Any) -> Iterator[StrictPage]:
    """Open a page that records faults, and fail at the end if there are any."""
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo", **options)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    view = StrictPage(page, base)
    page.on("console", lambda message: view.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: view.faults.append(str(error)))
    page.on("dialog", lambda dialog: (view.faults.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: view.faults.append(request.url) if not _is_own(request.url, base) else None)
    yield view
    context.close()
    faults = [fault for fault in view.faults if not any(word in fault for word in view.expected)]
    assert not faults, faults


def _is_own(url: str, base: str) -> bool:
    return url.startswith((base + "/", "data:"))
