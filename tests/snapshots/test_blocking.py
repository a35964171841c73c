"""What the blocker of a page is told of a site."""

import re
from typing import Any

from consent.core.addresses import owner_of
from consent.snapshots.blocking import blocker_attributes
from consent.snapshots.draft import new_draft


def told(**overrides: Any) -> dict[str, list[str]]:
    """Return what is run and held of a site without vendors."""
    draft = new_draft("shop", ["https://www.example.com"])
    draft["overrides"] |= overrides
    attributes = blocker_attributes(draft, "https://consent.example.com")
    return {name: entries.split() for name, entries in re.findall(r'data-(run|hold)="([^"]*)"', attributes)}


def test_packages_of_trackers_on_a_code_cdn_are_held_and_its_libraries_run() -> None:
    site = told()
    for package in ("posthog-js@1/dist/array.js", "mixpanel-browser", "@amplitude/unified@1/x.js", "logrocket/lib.js"):
        assert owner_of(f"https://cdn.jsdelivr.net/npm/{package}", site) == "hold"
    for package in ("jquery@3/dist/jquery.min.js", "bootstrap@5/x.js", "friendly-challenge@0.9/widget.min.js"):
        assert owner_of(f"https://cdn.jsdelivr.net/npm/{package}", site) == "run"
    assert owner_of("https://static.hotjar.com/c/hotjar-1.js", site) is None


def test_where_unknown_hosts_run_all_optional_vendors_are_held_by_name() -> None:
    site = told(unknown_hosts="run")
    assert owner_of("https://static.hotjar.com/c/hotjar-1.js", site) == "hold"
    assert owner_of("https://cdn.jsdelivr.net/npm/posthog-js", site) == "hold"
    assert owner_of("https://www.google.com/maps/embed", site) == "hold"
    assert owner_of("https://code.jquery.com/jquery.js", site) == "run"
