"""The *Publish* page, used as a browser without scripts would."""

import re

from consent.storage.sites.script_fetches import Fetch
from consent.storage.sites.script_fetches import save as save_fetches
from tests.dashboard.client import Browser, Dashboard


def publish(browser: Browser, note: str = "", site: str = "demo") -> int:
    """Publish the draft with the page's form and return the status."""
    page = browser.get(f"/sites/{site}/publish").text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision, page
    return browser.post(f"/sites/{site}/publish", {"revision": revision[1], "note": note}).status_code


HOSTS = "https://new.example"


def press(browser: Browser, note: str = "", **fields: str) -> tuple[int, str]:
    """Press the page's button with these fields; return the status and the text of the next page."""
    page = browser.get("/sites/demo/publish").text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision, page
    answer = browser.post("/sites/demo/publish", {"revision": revision[1], "note": note} | fields)
    return answer.status_code, browser.get("/sites/demo/publish").text if answer.status_code == 302 else answer.text


def add_host(dashboard: Dashboard) -> None:
    dashboard.browser("admin").post(
        "/sites/demo/settings/hosts", {"hosts": "\n".join([*dashboard.draft()["hosts"], HOSTS])}
    )


def fetched(dashboard: Dashboard, origin: str, at: int) -> None:
    """Record that a page on `origin` fetched the live config."""
    with dashboard.engine.begin() as connection:
        site_id, live = connection.exec_driver_sql("SELECT id, live_config FROM site WHERE key = 'demo'").one()
        save_fetches(connection, [Fetch(site_id, origin, live, at, at)])
