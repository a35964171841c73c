"""Follows the dashboard's one-time links."""

import re

from tests.dashboard.client import Browser, Dashboard

BASE = "http://127.0.0.1:8000"


def link_in(text: str) -> str:
    """Return the path of the link in a page or a mail."""
    found = re.search(rf"{BASE}(/reset/[A-Za-z0-9._-]+)", text)
    assert found, text
    return found[1]


def follow(dashboard: Dashboard, path: str, password: str) -> Browser:
    """Open a link in a new browser and choose a password there."""
    browser = dashboard.browser()
    assert browser.get(path).status_code == 200
    answer = browser.post(path, {"password": password, "password_confirm": password})
    assert answer.headers["Location"] == "/login", answer.text
    return browser
