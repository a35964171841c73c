"""What axe finds on a page with all its details open, and values that are too narrow to read."""

from playwright.sync_api import Page

from tests.axe import page_problems
from tests.dashboard.strict_page import StrictPage

NARROW = """() => {
  const least = 4 * parseFloat(getComputedStyle(document.documentElement).fontSize)
  return [...document.querySelectorAll("main dd")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().width < least)
    .map(one => `narrow: ${one.textContent.trim().slice(0, 60)}`)
}"""


def open_details(page: Page) -> None:
    """Open all details on the current page."""
    for details in page.locator("main details").all():
        details.evaluate("one => one.open = true")


def narrow_values(page: Page) -> list[str]:
    """Return the visible values of lists that are narrower than 4rem, which would break words into letters."""
    found: list[str] = page.evaluate(NARROW)
    return found


def record_problems(view: StrictPage, name: str, found: dict[str, list[str]]) -> None:
    """Open all details on the current page and record axe's findings and narrow values."""
    open_details(view.page)
    if faults := page_problems(view.page) + narrow_values(view.page):
        found[name] = faults
