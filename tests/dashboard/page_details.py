"""What axe finds on a page whose parts are all open."""

from tests.axe import page_problems
from tests.dashboard.strict_page import StrictPage


def record_problems(view: StrictPage, name: str, found: dict[str, list[str]]) -> None:
    """Keep the faults of the page that is open."""
    for details in view.page.locator("main details").all():
        details.evaluate("one => one.open = true")
    if faults := page_problems(view.page):
        found[name] = faults
