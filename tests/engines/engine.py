"""What the tests ask of a browser engine: one small interface, and what each of the three needs to offer it."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

WAIT_S = 60

# Find a button by its words wherever it stands, in the page or in a shadow root, and say where its middle is.
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
    """The page is on its way to another, or the expression threw in it."""


class Missing(Exception):
    """An engine is not here; the message says what to install."""


class Engine(Protocol):
    """One running browser with its tabs, of which it uses one at a time; `forget` gives it a fresh profile."""

    name: str

    def forget(self) -> None: ...
    def visit(self, url: str) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def click(self, x: float, y: float) -> None: ...
    def press(self, key: str) -> None: ...
    def open_tab(self) -> None: ...
    def switch_tab(self, number: int) -> None: ...


class Visitor:
    """A person at an engine: what the behaviours are written in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def visit(self, url: str) -> None:
        self.engine.visit(url)

    def see(self, expression: str) -> Any:
        """Return the JSON value of `expression` in the page."""
        return self.engine.evaluate(expression)

    def wait(self, expression: str) -> Any:
        """Return the value of `expression` once it is true."""
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
        """Wait for a button and return the middle of it, in CSS pixels of the window."""
        place: list[float] = self.wait(f"(place => place.length && place)({FIND % json.dumps(words)})")
        return place

    def has_button(self, words: str) -> bool:
        return bool(self.see(FIND % json.dumps(words)))

    def press_button(self, words: str) -> None:
        """Click with the pointer where the button is."""
        self.engine.click(*self.button(words))

    def press_key(self, key: str) -> None:
        self.engine.press(key)

    def open_tab(self) -> None:
        """Open another tab, and be in it."""
        self.engine.open_tab()

    def switch_tab(self, number: int) -> None:
        """Go to a tab; the first is 0."""
        self.engine.switch_tab(number)


@contextmanager
def trusting_home(authority: Path | None) -> Iterator[Path]:
    """Give a home folder whose certificate database trusts `authority`; Chromium and Firefox read one of this form."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if authority:
            database = home / ".pki" / "nssdb"
            database.mkdir(parents=True)
            add_authority(database, authority)
        yield home


def add_authority(database: Path, authority: Path) -> None:
    """Add `authority` to a certificate database of NSS in the folder `database`."""
    place = ["-d", f"sql:{database}"]
    subprocess.run(["certutil", "-N", *place, "--empty-password"], check=True, capture_output=True)
    subprocess.run(
        ["certutil", "-A", *place, "-n", "test", "-t", "C,,", "-i", str(authority)], check=True, capture_output=True
    )
