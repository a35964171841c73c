"""What axe finds on a page with all its details open."""

from tests.axe import page_problems
from tests.dashboard.strict_page import StrictPage


def record_problems(view: StrictPage, name: str, found: dict[str, list[str]]) -> None:
    """Open all details on the current page and record axe's findings."""
    for details in view.page.locator("main details").all():
        details.evaluate("one => one.open = true")
    if faults := page_problems(view.page):
        found[name] = faults
