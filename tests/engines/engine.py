"""The interface that the tests need from a browser engine, and shared parts of its three implementations."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

WAIT_S = 60

# Find a button by its words, in the page or in a shadow root, and return the coordinates of its center.
FIND = """(() => {
  const wanted = %s, found = []
  // Elements of a page may hide what its document has by itself.
  const all = root => root === document ? Document.prototype.querySelectorAll.call(root, "*") : root.querySelectorAll("*")
  const look = root => { for (const node of all(root)) {
    if (node.shadowRoot) look(node.shadowRoot)
    if (!node.matches("button, input, a, [role=button]") || node.getAttribute("aria-hidden")) continue
    const words = node.getAttribute("aria-label") || node.innerText || node.closest("label")?.innerText || ""
    const { x, y, width, height } = node.getBoundingClientRect()
    if (words.trim() === wanted && width) found.push([!!node.closest("dialog"), x + width / 2, y + height / 2])
  } }
  look(document)
  return (found.find(([isAbove]) => isAbove) || found[0] || []).slice(1)
})()"""


class Gone(Exception):
    """Raised when the page is navigating, or when the expression threw an error in it."""


class Missing(Exception):
    """Raised when an engine isn't installed; the message says what to install."""


class Engine(Protocol):
    """A running browser whose tabs are used one at a time; `forget` gives it a fresh profile."""

    name: str

    def forget(self) -> None: ...
    def visit(self, url: str) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def click(self, x: float, y: float) -> None: ...
    def press(self, key: str) -> None: ...
    def open_tab(self) -> None: ...
    def switch_tab(self, number: int) -> None: ...


class Visitor:
    """A person using an engine; the behaviors are written in terms of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def visit(self, url: str) -> None:
        self.engine.visit(url)

    def see(self, expression: str) -> Any:
        """Return the JSON value of `expression` in the page."""
        return self.engine.evaluate(expression)

    def wait(self, expression: str) -> Any:
        """Wait until `expression` is true, and return its value."""
        until = time.monotonic() + WAIT_S
        value: Any = None
        while not value:
            assert time.monotonic() < until, expression
            with suppress(Gone):
                value = self.engine.evaluate(expression)
            if not value:
                time.sleep(0.05)
        return value

    def button(self, words: str) -> list[float]:
        """Wait for a button and return the coordinates of its center, in CSS pixels of the window."""
        place: list[float] = self.wait(f"(place => place.length && place)({FIND % json.dumps(words)})")
        return place

    def has_button(self, words: str) -> bool:
        return bool(self.see(FIND % json.dumps(words)))

    def press_button(self, words: str) -> None:
        """Click a button with the pointer."""
        self.engine.click(*self.button(words))

    def press_key(self, key: str) -> None:
        self.engine.press(key)

    def open_tab(self) -> None:
        """Open another tab and switch to it."""
        self.engine.open_tab()

    def switch_tab(self, number: int) -> None:
        """Switch to a tab; the first is 0."""
        self.engine.switch_tab(number)


@contextmanager
def trusting_home(authority: Path | None) -> Iterator[Path]:
    """Yield a home folder whose NSS certificate database trusts `authority`, as Chromium and Firefox read it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if authority:
            database = home / ".pki" / "nssdb"
            database.mkdir(parents=True)
            add_authority(database, authority)
        yield home


def add_authority(database: Path, authority: Path) -> None:
    """Add `authority` to the NSS certificate database in the folder `database`."""
    place = ["-d", f"sql:{database}"]
    subprocess.run(["certutil", "-N", *place, "--empty-password"], check=True, capture_output=True)
    subprocess.run(
        ["certutil", "-A", *place, "-n", "test", "-t", "C,,", "-i", str(authority)], check=True, capture_output=True
    )
