"""Scan findings, added to a dashboard's database."""

from typing import Any

from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

FACTS: dict[str, Any] = {
    "kind": "cookie",
    "host": "www.shop.localhost",
    "third_party": False,
    "lifetime_s": 60,
    "situations": "accept",
    "page": "http://www.shop.localhost:8001/",
    "made_by": "",
    "group": "unclassified",
    "purpose": None,
    "vendor": "",
    "layer": "none",
    "confidence": 0.0,
    "reason": "Nothing that is known fits this name.",
    "suggestion": "",
    "is_leak": False,
}


def kept(name: str, **facts: Any) -> StoredFinding:
    """Return a finding without any facts other than these."""
    return StoredFinding(**{**FACTS, "name": name, **facts})


def found(dashboard: Dashboard, *seen: StoredFinding) -> None:
    """Add a scan with these findings, finished a minute ago."""
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 100)
        scans.save_findings(connection, 1, seen, NOW - 60)
        scans.finish(connection, number, NOW - 60, state=scans.DONE, pages=3, problems=[], diff=[])
