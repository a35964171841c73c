"""Marketing's walks by keyboard only: each control is reached with Tab from the current focus, and pressed with a key.

The tests assert nothing about speed; `pytest -s` prints each walk's time and key count.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.scan_findings import found, kept
from tests.dashboard.strict_page import StrictPage, strict_page
from tests.dashboard.tags.pasted_code import CODE

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
MOST_TABS = 160
STOP = """one => {
  const focused = document.activeElement
  if (["BODY", "IFRAME"].includes(focused.tagName)) return [false, ""]
  for (const change of focused.getAnimations()) change.finish()
  const style = getComputedStyle(focused), box = focused.getClientRects()[0]
  const isWithin = focused.type === "date" && !focused.matches(":focus") // the button in it has the browser's own ring
  const hasShadow = style.boxShadow !== "none" && !style.boxShadow.startsWith("rgba(0, 0, 0, 0)")
  const shows = isWithin || style.outlineStyle !== "none" && style.outlineWidth !== "0px" || hasShadow
  const middle = Math.min(box.y + box.height / 2, innerHeight - 1)
  const over = document.elementFromPoint(box.x + box.width / 2, middle)
  const isSeen = over?.closest("#toasts") || over && (focused.contains(over) || over.contains(focused))
  const fault = shows && isSeen ? "" : focused.outerHTML.slice(0, 200) + (shows ? " is hidden" : " shows no focus")
  return [one === focused, fault]
}"""
"""Returns whether the element has the focus, and what is wrong with the focus: it isn't visible, or is covered.

For a tall field that starts low in the window, the part inside the window counts: its caret is there (WCAG 2.4.11).
"""


@dataclass
class Keys:
    """A person without a pointer."""

    view: StrictPage
    page: Page
    pressed: int = 0

    def press(self, key: str) -> None:
        """Press a key."""
        self.pressed += 1
        self.page.keyboard.press(key)

    def reach(self, what: Locator, back: bool = False) -> None:
        """Press Tab until `what` has the focus, which must be visible."""
        what = what.first
        expect(what).to_be_attached()
        for _ in range(MOST_TABS):
            is_there, fault = what.evaluate(STOP)
            assert not fault, fault
            if is_there:
                return
            self.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"no Tab leads to {what}")

    def act(self, what: Locator, key: str = "Enter", *, back: bool = False) -> None:
        """Reach an element and press a key on it."""
        self.reach(what, back)
        self.press(key)

    def choose(self, what: Locator, words: str) -> None:
        """Reach a list and type the option's name."""
        self.reach(what)
        self.pressed += len(words)
        self.page.keyboard.type(words)

    def type(self, words: str, what: Locator | None = None) -> None:
        """Type into the focused field, or into `what` after reaching it."""
        if what is not None:
            self.reach(what)
            self.press("ControlOrMeta+A")
        self.pressed += len(words)
        self.page.keyboard.insert_text(words)

    @contextmanager
    def walk(self, name: str, path: str) -> Iterator[Page]:
        """Start a walk on a page as a person would: with the focus nowhere yet."""
        self.view.open(path)
        self.pressed, began = 0, time.perf_counter()
        yield self.page
        print(f"{name}: {self.pressed} keys, {time.perf_counter() - began:.1f} s")  # noqa: T201 - what is asked for


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=str)
def keys(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Keys]:
    """Sign marketing in with a window size and a theme."""
    width, scheme = request.param
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        yield Keys(view, view.sign_in_by_keyboard("marketing"))


def test_tags_and_preview_and_review_go_by_keys(keys: Keys, dashboard: Dashboard) -> None:
    found(dashboard, *(kept(name) for name in ("a_first", "b_second", "c_third")))
    adds_switches_and_pastes(keys)
    previews(keys)
    reviews(keys)
    scans(keys, dashboard)
    edits_the_banner(keys, dashboard)


def test_publishing_languages_and_rates_go_by_keys(keys: Keys, dashboard: Dashboard) -> None:
    dashboard.browser("admin").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    publishes_and_rolls_back(keys)
    adds_a_language(keys, dashboard)
    reads_the_rate(keys)


def adds_switches_and_pastes(keys: Keys) -> None:
    """M1, M2 and M7."""
    with keys.walk("M1", "/sites/demo/tags") as page:
        keys.act(page.get_by_role("button", name="Add a tag"))
        expect(page.get_by_role("searchbox")).to_be_focused()
        keys.type("ga")
        keys.act(page.get_by_role("link", name="Google Analytics 4"))
        expect(page.get_by_label("Measurement ID")).to_be_focused()
        keys.type("G-ABC1234567")
        keys.act(page.get_by_role("button", name="Save as draft"))
        expect(page.get_by_role("switch", name="Google Analytics 4 is on")).to_be_visible()
    with keys.walk("M2", "/sites/demo/tags") as page:
        keys.act(page.locator("#on-demo-chat"), "Space")
        expect(page.locator(".toast").get_by_role("button", name="Undo", exact=True)).to_be_visible()
        expect(page.locator("#on-demo-chat")).not_to_be_checked()
        keys.press("u")
        expect(page.locator("#on-demo-chat")).to_be_checked()
        keys.act(page.locator("#on-demo-ads"), "Space")
        expect(page.locator(".toast").last).to_contain_text("off in the draft")
    with keys.walk("M7", "/sites/demo/tags") as page:
        keys.act(page.get_by_role("button", name="Custom code", exact=True))
        expect(page.get_by_label("Address of a script, or HTML")).to_be_focused()
        keys.type(CODE)
        expect(page.locator("#findings")).to_contain_text("document.write empties the page")
        keys.choose(page.get_by_label("What is it for?"), "counts visitors and")
        keys.act(page.get_by_role("button", name="Save as draft, off"))
        expect(page.get_by_text("Not approved")).to_be_visible()


def previews(keys: Keys) -> None:
    """M3."""
    with keys.walk("M3", "/sites/demo/preview") as page:
        keys.choose(page.locator("#v-place"), "California")
        expect(page.get_by_role("row", name="Demo Chat")).to_contain_text("California rule")
        keys.act(page.get_by_label("Global Privacy Control"), "Space")
        expect(page.get_by_text("“Opt-out honored” is displayed")).to_be_visible()
        expect(page.get_by_label("Global Privacy Control")).to_be_focused()


def reviews(keys: Keys) -> None:
    """M6."""
    with keys.walk("M6", "/sites/demo/review") as page:
        for number in (3, 2, 1):
            expect(page.locator("#queue h2")).to_contain_text(f"{number} to decide")
            keys.press("3")
        expect(page.locator("#queue h2")).not_to_contain_text("1 to decide")


def scans(keys: Keys, dashboard: Dashboard) -> None:
    """M8, only the dashboard's part: the scan's own browser work is tested in tests/scanner."""
    with keys.walk("M8", "/sites/demo/scan") as page:
        keys.act(page.get_by_role("button", name="Scan now"))
        expect(page.locator("#scan")).to_contain_text("Scanning")
        assert [site for site, _ in dashboard.scans] == ["demo"]


def edits_the_banner(keys: Keys, dashboard: Dashboard) -> None:
    """M9."""
    with keys.walk("M9", "/sites/demo/banner") as page:
        keys.type("Before you look around", page.locator('[name="text.title"]'))
        keys.act(page.get_by_role("button", name="Save as draft"))
        expect(page.get_by_text("Saved to the draft.")).to_be_visible()
        assert dashboard.draft()["texts"]["languages"]["en"]["title"] == "Before you look around"


def adds_a_language(keys: Keys, dashboard: Dashboard) -> None:
    """M10."""
    form = {"languages": ["en", "de"], "default_language": "en"}
    assert dashboard.browser("admin").post("/sites/demo/languages", form).status_code == 302
    with keys.walk("M10", "/sites/demo/languages") as page:
        keys.type("Swedish", page.get_by_label("Add a language"))
        keys.act(page.get_by_role("button", name="Add", exact=True))
        expect(page.get_by_text("Added to the draft.")).to_be_visible()
        assert "sv" in dashboard.draft()["texts"]["languages"]


def publishes_and_rolls_back(keys: Keys) -> None:
    """M4 and M5."""
    with keys.walk("M4", "/sites/demo/tags") as page:
        keys.act(page.get_by_role("button", name="Publish"))
        keys.type("By keys alone", page.get_by_label("Note"))
        keys.act(page.get_by_role("button", name="Publish", exact=True))
        expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    with keys.walk("M5", "/sites/demo/versions") as page:
        keys.act(page.get_by_role("button", name="Restore…"))
        keys.act(page.get_by_role("button", name="Restore as a new version"))
        expect(page.get_by_text("Version 3 is live.")).to_be_visible()


def reads_the_rate(keys: Keys) -> None:
    """M11."""
    with keys.walk("M11", "/sites/demo/statistics") as page:
        keys.act(page.get_by_text("Filters", exact=True))
        keys.choose(page.get_by_role("combobox", name="Country"), "Germany")
        expect(page).to_have_url(f"{keys.view.base}/sites/demo/statistics?country=DE&bots=exclude")
        keys.reach(page.get_by_role("combobox", name="Language"))
