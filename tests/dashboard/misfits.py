"""Finds text on a page that is cut off or outside the window."""

from playwright.sync_api import Page

CLIPPED = """() => [...document.querySelectorAll("a, button, label, th, td, h1, h2, h3, summary, legend, .badge, nav span")]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
    && getComputedStyle(one).overflowX !== "visible" && getComputedStyle(one).overflowX !== "auto")
  .map(one => `clipped: ${one.tagName} ${one.textContent.trim().slice(0, 60)}`)"""
OUTSIDE = """() => [...document.querySelectorAll("main button, main a[role=button], main .badge, main label, main h2")]
  .filter(one => one.checkVisibility() && !one.closest(".overflow-auto, .vh")
    && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => `outside: ${one.tagName} ${one.textContent.trim().slice(0, 60)}`)"""


def misfits(page: Page) -> list[str]:
    """Return the elements whose text is cut off, or which extend beyond the window."""
    found: list[str] = [*page.evaluate(CLIPPED), *page.evaluate(OUTSIDE)]
    return found
