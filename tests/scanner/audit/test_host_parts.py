"""Vendors that share a host are distinguished by path."""

from typing import Any

from consent.scanner.audit.audit import audit
from consent.scanner.audit.classify_items import Promise, decisions_of
from consent.scanner.audit.host_parts import Parts
from consent.scanner.audit.inventory import Inventory
from consent.scanner.save_results import saved_items
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import StoredFinding
from tests.scanner.scan_results import SITE, page, request, result, visit

MAPS, CAPTCHA = "https://www.google.com/maps/embed?pb=1", "https://www.google.com/recaptcha/api.js"
SEARCH = "https://www.google.com/search?q=x"
PROMISE = Promise(
    tags=(
        {
            "vendor": "google-recaptcha",
            "group": "essential",
            "limited": None,
            "enabled": True,
            "id": "captcha",
            "load": {"src": CAPTCHA},
        },
    ),
    vendors=({"id": "google-recaptcha", "name": "Google reCAPTCHA", "hosts": ["www.google.com/recaptcha/"]},),
)


def found(promise: Promise, *urls: str) -> dict[str, StoredFinding]:
    seen: dict[str, Any] = result(visit("none", page(requests=[request(url) for url in (SITE, *urls)])))
    return {kept.name: kept for kept in saved_items(seen, Inventory(seen, promise.entries), promise)}


def test_each_part_of_a_host_is_found_by_itself_and_belongs_to_its_vendor() -> None:
    kept = found(PROMISE, CAPTCHA, MAPS, SEARCH)
    assert {name: (one.vendor, one.group, one.is_leak) for name, one in kept.items() if name != "www.example.com"} == {
        "www.google.com/recaptcha/": ("google-recaptcha", "essential", False),
        "www.google.com/maps": ("google-maps", "advertising", True),
        "www.google.com": ("Other Google APIs/SDKs", "unclassified", False),
    }
    assert {one.host for one in kept.values()} == {"www.example.com", "www.google.com"}
    reason = kept["www.google.com/recaptcha/"].reason
    assert reason == "It is a host of Google reCAPTCHA, whose tag is essential on this site."


def test_a_leak_names_the_part() -> None:
    seen = result(visit("none", page(requests=[request(SITE), request(MAPS), request(CAPTCHA)])))
    leaks = [finding.sentence for finding in audit(seen, PROMISE).findings if finding.level == "leak"]
    assert [sentence.partition(" was ")[0] for sentence in leaks] == [
        "www.google.com/maps (google-maps) is advertising and"
    ]


def test_what_users_decided_on_a_part_holds_there_and_on_a_host_for_all_of_it() -> None:
    def said(name: str) -> Promise:
        one = Decided("host", name, "www.google.com", "functional", None, "It says so.", "b" * 32, 1795564800)
        return Promise(decisions=decisions_of([one]))

    kept = found(said("www.google.com/maps"), MAPS, CAPTCHA)
    assert (kept["www.google.com/maps"].layer, kept["www.google.com/recaptcha/"].layer) != ("decision", "decision")
    assert kept["www.google.com/maps"].layer == "decision"
    kept = found(said("www.google.com"), MAPS, CAPTCHA)
    assert {kept["www.google.com/maps"].layer, kept["www.google.com/recaptcha/"].layer} == {"decision"}


def test_a_sites_own_vendor_may_have_a_part_too() -> None:
    parts = Parts(["cdn.example.net/widget/", "*.example.net/other/", "cdn.example.net"])
    assert parts.longest_match("https://cdn.example.net/widget/a.js") == "cdn.example.net/widget/"
    assert parts.longest_match("https://x.example.net/other/a.js") == "*.example.net/other/"
    assert parts.longest_match("https://cdn.example.net/a.js") == "cdn.example.net"
    assert (
        parts.longest_match("https://cdn.jsdelivr.net/npm/posthog-js@1/dist/array.js")
        == "cdn.jsdelivr.net/npm/posthog-js"
    )
