"""A visitor's browser: open a page, wait until it is idle, and record the results."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, FloatRect

from bench.websites.world import CALIFORNIA, GERMANY, SERVICE, World

QUIET_S, PATIENCE_S, LOAD_MS = 0.6, 12.0, 30_000
PAUSE_MS = 700
"""Between pictures of a page, which may have animations."""
VIEW = {"width": 1280, "height": 900}
MOST_HIGH = 5000
"""Maximum height of a page's picture in pixels."""
BROWSERS = ("content-autofill.googleapis.com", "update.googleapis.com")
"""Hosts that Chromium itself contacts."""
HERE = Path(__file__).parent
WATCH, BARE, SCROLL, FOCUS = ((HERE / f"{name}.js").read_text("utf-8") for name in ("watch", "bare", "scroll", "focus"))
SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
KEPT = """() => ({
  ran: window.__ran || [], copies: window.__copies || [],
  shift: window.__shift || 0, paint: window.__paint || 0, storage: Object.keys(localStorage),
})"""


@dataclass
class Seen:
    """A page in one state: what ran (each time), third-party requests, stored data, errors, shift, paint."""

    state: str
    ran: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    """Of what ran, copies of a script in the head that a framework inserted after the original."""
    asked: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    trackers: list[str] = field(default_factory=list)
    """The cookies set by stand-ins, recognized by their value."""
    storage: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    shift: float = 0.0
    paint: float = 0.0
    picture: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class Visitor:
    """One visitor with their own browser profile, and the page that they are on."""

    def __init__(self, context: BrowserContext, world: World) -> None:
        self.context, self.page, self._world = context, context.new_page(), world
        self._errors: list[str] = []
        self._console: list[str] = []
        self._log_start = len(world.log)
        self.page.on(
            "pageerror", lambda error: self._errors.append(error.message.splitlines()[0] if error.message else "")
        )
        self.page.on("console", self._on_console)
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def open(self, url: str) -> None:
        """Open an address and let it settle; earlier records are discarded."""
        self._log_start = len(self._world.log)
        self._errors.clear()
        self._console.clear()
        with contextlib.suppress(Error):
            self.page.goto(url, wait_until="load", timeout=LOAD_MS)
        self.settle()

    def settle(self) -> None:
        """Wait until no host has been contacted for a while, up to a limit."""
        until = time.monotonic() + PATIENCE_S
        self.page.wait_for_timeout(1000 * QUIET_S)
        while time.monotonic() - self._world.last < QUIET_S and time.monotonic() < until:
            self.page.wait_for_timeout(100)

    def press(self, name: str) -> bool:
        """Press a button of our banner with the keyboard, whatever covers it; return whether it exists."""
        if not self._evaluate(FOCUS, name):
            return False
        self.page.keyboard.press("Enter")
        self.settle()
        return True

    def withdraw(self) -> None:
        """Withdraw every grant, as the link *Privacy choices* and then *Reject all* do."""
        self.page.evaluate("() => window.consent?.open()")
        self.page.wait_for_timeout(500)
        if not self.press("Reject all"):
            self.page.evaluate("() => window.consent?.withdraw()")
            self.settle()

    def look(self, state: str, picture: Path | None = None) -> Seen:
        """Return the current state; with `picture`, also save how the page looks without the banner and frames."""
        kept = self._evaluate(KEPT) or {"ran": [], "copies": [], "shift": 0, "paint": 0, "storage": []}
        log = self._world.log[self._log_start :]
        asked = [one for one in log if not self._world.is_own(one.host) and one.host not in BROWSERS]
        cookies = [one for one in self.context.cookies() if SERVICE not in one["domain"]]
        seen = Seen(
            state,
            ran=[*kept["ran"], *self._ran_in_frames()],
            copies=kept["copies"],
            asked=[f"{one.kind} {one.host}{urlsplit(one.path).path}" for one in asked],
            cookies=sorted(
                f"{one['name']}@{one['domain']}" for one in cookies if not one["name"].startswith("consent_")
            ),
            trackers=sorted(one["name"] for one in cookies if one["value"].startswith("standin")),
            storage=sorted(name for name in kept["storage"] if not name.startswith("consent")),
            errors=list(self._errors),
            console=list(self._console),
            shift=kept["shift"],
            paint=kept["paint"],
        )
        if picture:
            seen.picture = picture.name
            self.draw([picture])
        return seen

    def draw(self, pictures: list[Path]) -> None:
        """Save pictures of the page without the banner and frames; the page can't be used afterwards."""
        self._evaluate(SCROLL, MOST_HIGH)
        self.settle()
        self._evaluate(BARE)
        height = min(MOST_HIGH, self._evaluate("document.documentElement.scrollHeight") or VIEW["height"])
        clip: FloatRect = {"x": 0, "y": 0, "width": VIEW["width"], "height": height}
        for picture in pictures:
            self.page.screenshot(path=picture, full_page=True, clip=clip, animations="disabled", timeout=LOAD_MS)
            self.page.wait_for_timeout(PAUSE_MS if len(pictures) > 1 else 0)

    def _evaluate(self, expression: str, given: Any = None) -> Any:
        with contextlib.suppress(Error):
            return self.page.evaluate(expression, given)
        return None

    def _ran_in_frames(self) -> Iterator[str]:
        for frame in self.page.frames[1:]:
            with contextlib.suppress(Error):
                if not self._world.is_own(urlsplit(frame.url).hostname or SERVICE):
                    yield from (f"frame {one}" for one in frame.evaluate("window.__ran || []"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._console.append(message.text.splitlines()[0][:200])


@contextlib.contextmanager
def visitor(browser: Browser, world: World, place: str = GERMANY) -> Iterator[Visitor]:
    """Yield a new visitor; one from California sends Global Privacy Control."""
    world.place = place
    signal = place == CALIFORNIA
    context = browser.new_context(
        viewport={"width": VIEW["width"], "height": VIEW["height"]},
        extra_http_headers={"Sec-GPC": "1"} if signal else {},
        reduced_motion="reduce",
    )
    context.add_init_script(WATCH)
    if signal:
        context.add_init_script(SIGNAL)
    try:
        yield Visitor(context, world)
    finally:
        context.close()
