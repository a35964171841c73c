"""The walks through the product: the task of each, and how many clicks it may take.

A walk's test is marked `walk("O5")` and counts with `Walk`. `pytest -m walk` prints the results.
"""

import time
from dataclasses import dataclass, field
from typing import NamedTuple

from playwright.sync_api import Locator, Page


class Budget(NamedTuple):
    """A walk's limits: clicks, which tests enforce, and seconds, which are only printed: they depend on the machine."""

    about: str
    clicks: int
    seconds: float = 0


WALKS = {
    "O1": Budget("from an empty service to the lines in the clipboard", 6, 60),
    "O2": Budget("the pasted line shows the banner, and the dashboard says so", 0, 5),
    "O3": Budget("a visitor who has chosen never sees the banner flicker", 0),
    "O4": Budget("check a site: each fault has a fix to copy", 1, 15),
    "O5": Budget("a strict policy with a nonce", 0),
    "O6": Budget("films and maps behind placeholders", 1, 1),
    "O7": Budget("ten routes of an application of one page", 0),
    "O8": Budget("a choice counts on the other subdomain", 0),
    "O9": Budget("content blockers", 0),
    "O10": Budget("a page cache that serves everybody the same HTML", 0),
    "O11": Budget("the service is down in the middle of a visit", 0),
    "O12": Budget("upgrade, backup, and restore elsewhere", 3, 300),
    "M1": Budget("add Google Analytics 4", 5, 20),
    "M2": Budget("switch a vendor off, and undo it", 2, 5),
    "M3": Budget("preview as a visitor elsewhere, with a signal", 3, 1),
    "M4": Budget("publish with the differences in view", 2, 5),
    "M5": Budget("roll back", 2, 5),
    "M6": Budget("file three findings", 3, 10),
    "M7": Budget("paste custom code", 4, 30),
    "M8": Budget("scan the site", 1, 60),
    "M9": Budget("edit the banner", 4, 30),
    "M10": Budget("add French", 2, 10),
    "M11": Budget("the opt-in rate of a country", 2, 0.3),
    "M12": Budget("compare two banners and publish the winner", 5, 20),
    "C1": Budget("find the record of one visitor", 1, 0.2),
    "C2": Budget("see what was shown", 1, 1),
    "C3": Budget("the visitor's own proof", 1),
    "C4": Budget("filter receipts", 3, 0.5),
    "C5": Budget("export all receipts", 1, 60),
    "C6": Budget("find a changed byte", 1),
    "C7": Budget("a withdrawal reaches tags, record and statistics", 2, 2),
    "C8": Budget("Global Privacy Control from California", 0),
    "C9": Budget("answer a request for access and erasure", 3, 5),
    "C10": Budget("set and preview retention", 3),
    "C11": Budget("who changed what", 2, 0.3),
    "C12": Budget("evidence for a day", 2, 30),
    "V1": Budget("a visitor refuses", 1),
    "V2": Budget("a visitor changes one group", 3),
    "V3": Budget("a visitor withdraws", 2),
    "V4": Budget("a visitor sees the own receipts", 2),
    "V5": Budget("a visitor asks for a copy of the data", 3),
    "V6": Budget("a visitor moves to another device", 1),
    "V7": Budget("a visitor without JavaScript withdraws", 1),
    "V8": Budget("a visitor with a screen reader refuses by keys", 1),
    "A1": Budget("an auditor verifies one receipt", 2),
    "A2": Budget("an auditor verifies an export of everything", 2),
    "A3": Budget("an auditor verifies the receipts of a month", 4),
    "A4": Budget("an auditor opens the evidence that a regulator asked for", 2),
}
"""O is for the owner, M marketing, C compliance, V a visitor, A an auditor, who also runs a command."""

_taken: dict[str, str] = {}


@dataclass
class Walk:
    """A person using a page with the pointer or by keyboard only, whose clicks are counted.

    Each press, each filled-in field and each command counts. Moving the focus doesn't. Confirmations of irreversible
    actions are counted separately.
    """

    page: Page = None  # type: ignore[assignment]
    """None if the walk consists only of commands."""
    by_keys: bool = False
    clicks: int = 0
    confirmations: int = 0
    began: float = field(default_factory=time.monotonic)

    def click(self, target: Locator, key: str = "Enter") -> None:
        """Press a link, button or switch."""
        self.count()
        self._press(target, key)

    def confirm(self, target: Locator, key: str = "Enter") -> None:
        """Press a button that confirms an action."""
        self.confirmations += 1
        self._press(target, key)

    def confirm_by_typing(self, target: Locator, text: str) -> None:
        """Type what a page requires before an irreversible action."""
        self.confirmations += 1
        target.fill(text)

    def fill(self, target: Locator, text: str) -> None:
        """Fill in a field; color fields have no keyboard input that works on every system."""
        self.count()
        if self.by_keys and target.get_attribute("type") != "color":
            target.focus()
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(text)
        else:
            target.fill(text)

    def type(self, text: str) -> None:
        """Fill in the focused field."""
        self.count()
        self.page.keyboard.insert_text(text)

    def choose(self, target: Locator, value: str) -> None:
        """Choose from a list."""
        self.count()
        target.select_option(value)

    def key(self, key: str) -> None:
        """Press a key that triggers an action."""
        self.count()
        self.page.keyboard.press(key)

    def count(self) -> None:
        """Count a click, a field or a command; the timer starts at the first one."""
        if not self.clicks:
            self.began = time.monotonic()
        self.clicks += 1

    def done(self, name: str) -> None:
        """End the walk and reset the counts. Raises AssertionError if it took more clicks than its budget."""
        budget, seconds = WALKS[name], time.monotonic() - self.began
        asked = f" and {self.confirmations} to confirm" if self.confirmations else ""
        limit = f" of {budget.seconds:g}" if budget.seconds else ""
        _taken[name] = f"{self.clicks} of {budget.clicks} clicks{asked}, {seconds:.1f}{limit} s"
        assert self.clicks <= budget.clicks, f"{name} took {_taken[name]}"
        self.clicks, self.confirmations, self.began = 0, 0, time.monotonic()

    def _press(self, target: Locator, key: str) -> None:
        if self.by_keys:
            target.focus()
            self.page.keyboard.press(key)
        else:
            target.click()


def forget() -> None:
    """Clear the recorded walks before a test."""
    _taken.clear()


def taken(names: list[str]) -> list[str]:
    """Return the results of the walks `names` in the test that ended. Raises AssertionError if it took other walks."""
    assert set(_taken) == set(names), f"marked as the walks {sorted(names)}, counted as {sorted(_taken)}"
    return [f"{name:4} {_taken[name]}" for name in names]
