"""Visitor's browser: open a page, wait until it is idle, and record the results."""

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
"""Between pictures of a page, which may move by itself."""
VIEW = {"width": 1280, "height": 900}
MOST_HIGH = 5000
"""How many pixels of a page are looked at."""
BROWSERS = ("content-autofill.googleapis.com", "update.googleapis.com")
"""What Chromium asks of its maker."""
HERE = Path(__file__).parent
WATCH, BARE, SCROLL, FOCUS = ((HERE / f"{name}.js").read_text("utf-8") for name in ("watch", "bare", "scroll", "focus"))
SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
KEPT = """() => ({
  ran: window.__ran || [], copies: window.__copies || [],
  shift: window.__shift || 0, paint: window.__paint || 0, storage: Object.keys(localStorage),
})"""


@dataclass
class Seen:
    """A page in one state: what ran (each time), what was asked of third parties, what was kept, errors, shift, paint."""

    state: str
    ran: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    """Of what ran, copies of a script in the head, which a framework has put beside the first."""
    asked: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    trackers: list[str] = field(default_factory=list)
    """Those of the cookies that stand-ins have set, which their value tells."""
    storage: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    shift: float = 0.0
    paint: float = 0.0
    picture: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return asdict(self)


class Visitor:
    """One visitor with a browser profile of their own, and the page that they look at."""

    def __init__(self, context: BrowserContext, world: World) -> None:
        self.context, self.page, self._world = context, context.new_page(), world
        self._errors: list[str] = []
        self._console: list[str] = []
        self._begin = len(world.log)
        self.page.on(
            "pageerror", lambda error: self._errors.append(error.message.splitlines()[0] if error.message else "")
        )
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def open(self, url: str) -> None:
        """Open an address and let it settle; what was seen before is forgotten."""
        self._begin = len(self._world.log)
        self._errors.clear()
        self._console.clear()
        with contextlib.suppress(Error):
            self.page.goto(url, wait_until="load", timeout=LOAD_MS)
        self.settle()

    def settle(self) -> None:
        """Wait until no host was asked for a while, and for at most so long."""
        until = time.monotonic() + PATIENCE_S
        self.page.wait_for_timeout(1000 * QUIET_S)
        while time.monotonic() - self._world.last < QUIET_S and time.monotonic() < until:
            self.page.wait_for_timeout(100)

    def press(self, name: str) -> bool:
        """Press a button of our banner by its key, whatever covers it; tell whether it was there."""
        if not self._ask(FOCUS, name):
            return False
        self.page.keyboard.press("Enter")
        self.settle()
        return True

    def withdraw(self) -> None:
        """Take every grant back, as the link *Privacy choices* and its *Reject all* do."""
        self.page.evaluate("() => window.consent?.open()")
        self.page.wait_for_timeout(500)
        if not self.press("Reject all"):
            self.page.evaluate("() => window.consent?.withdraw()")
            self.settle()

    def look(self, state: str, picture: Path | None = None) -> Seen:
        """Return what is to be seen now; with `picture`, what the page looks like without the banner and frames."""
        kept = self._ask(KEPT) or {"ran": [], "copies": [], "shift": 0, "paint": 0, "storage": []}
        log = self._world.log[self._begin :]
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
        """Take pictures of the page without the banner and frames, one after the other; the page is of no use then."""
        self._ask(SCROLL, MOST_HIGH)
        self.settle()
        self._ask(BARE)
        height = min(MOST_HIGH, self._ask("document.documentElement.scrollHeight") or VIEW["height"])
        clip: FloatRect = {"x": 0, "y": 0, "width": VIEW["width"], "height": height}
        for picture in pictures:
            self.page.screenshot(path=picture, full_page=True, clip=clip, animations="disabled", timeout=LOAD_MS)
            self.page.wait_for_timeout(PAUSE_MS if len(pictures) > 1 else 0)

    def _ask(self, expression: str, given: Any = None) -> Any:
        with contextlib.suppress(Error):
            return self.page.evaluate(expression, given)
        return None

    def _ran_in_frames(self) -> Iterator[str]:
        for frame in self.page.frames[1:]:
            with contextlib.suppress(Error):
                if not self._world.is_own(urlsplit(frame.url).hostname or SERVICE):
                    yield from (f"frame {one}" for one in frame.evaluate("window.__ran || []"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._console.append(message.text.splitlines()[0][:200])


@contextlib.contextmanager
def visitor(browser: Browser, world: World, place: str = GERMANY) -> Iterator[Visitor]:
    """Give a visitor without a past; one from California sends Global Privacy Control."""
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
