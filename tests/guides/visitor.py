"""A visitor in a real Chromium: which third-party tags ran in the page, and what went wrong in it."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.chromium import running_browser

WAIT_S, LOOK_MS, QUIET_LOOKS = 20, 50, 8


@contextmanager
def browser_to(port: int, shell: Path) -> Iterator[Browser]:
    """Run a browser that reaches every host outside this machine at `port`."""
    here = ", ".join(f"EXCLUDE {host}" for host in ("localhost", "*.localhost", "127.0.0.1"))
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{port}, {here}"
    with running_browser(shell, arguments=[rules, "--ignore-certificate-errors"]) as browser:
        yield browser


class Visitor:
    """A visitor with a fresh profile.

    `ran` counts what ran in the current document, by host or name; `asked` are all hosts requested so far.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.ran: Counter[str] = Counter()
        self.asked: set[str] = set()
        self.has_granted = False
        self.errors: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._open: set[Request] = set()
        self.page.on("request", self._begin)
        self.page.on("requestfinished", self._end)
        self.page.on("requestfailed", self._end)

    def visit(self, address: str) -> None:
        """Open a page, and wait until it makes no more requests."""
        self.page.goto(address)
        self.settle()

    def follow(self, link: str, words: str) -> None:
        """Press a link on the page, and wait until `words` appear."""
        self.page.get_by_role("link", name=link, exact=True).click()
        expect(self.page.get_by_text(words, exact=True)).to_be_visible()
        self.settle()

    def answer(self, button: str) -> None:
        """Press a button of the banner."""
        self.page.get_by_role("button", name=button, exact=True).click()
        expect(self.page.get_by_role("button", name=button, exact=True)).to_be_hidden()
        self.settle()

    def sees_question(self) -> None:
        """Wait for the banner, which appears after the decision."""
        expect(self.page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()

    def waits_for(self, tags: frozenset[str]) -> None:
        """Wait until each of `tags` has run; the caller checks `ran` for repeated and other runs."""
        until = time.monotonic() + WAIT_S
        while not tags <= set(self.ran) and time.monotonic() < until:
            self.page.wait_for_timeout(LOOK_MS)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has loaded and been quiet for several checks in a row, so that everything has run."""
        self.page.wait_for_load_state("load")
        quiet = 0
        while quiet < QUIET_LOOKS:
            self.page.wait_for_timeout(LOOK_MS)
            quiet = 0 if self._open else quiet + 1

    def _hear(self, message: ConsoleMessage) -> None:
        if said := re.fullmatch(r"ran (\S+)", message.text):
            self.ran[said[1]] += 1
        elif message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _begin(self, request: Request) -> None:
        self.asked.add(urlsplit(request.url).hostname or "")
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.ran.clear()
            self._open.clear()
        self._open.add(request)

    def _end(self, request: Request) -> None:
        self._open.discard(request)
