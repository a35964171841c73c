"""Decisions of a site's users take precedence over everything except the names in its config."""

from typing import Any

from consent.scanner.audit.audit import audit
from consent.scanner.audit.classify_items import Promise, decisions_of
from consent.scanner.audit.inventory import Inventory
from consent.scanner.save_results import saved_items
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import StoredFinding
from tests.scanner.scan_results import SITE, TRACKER, page, request, result, visit, write


def decided(name: str, group: str, kind: str = "cookie", host: str = "www.example.com") -> Decided:
    return Decided(kind, name, host, group, None, "It says so.", "b" * 32, 1795564800)


def promise(*said: Decided, **more: Any) -> Promise:
    return Promise(decisions=decisions_of(said), **more)


def seen() -> dict[str, Any]:
    return result(visit("none", page(requests=[request(SITE), request(TRACKER)], writes=[write("mystery")])))


def found_in(scanned: dict[str, Any], said: Promise) -> dict[str, StoredFinding]:
    return {kept.name: kept for kept in saved_items(scanned, Inventory(scanned), said)}


def test_a_decision_says_what_a_finding_is_and_makes_it_a_leak_or_none() -> None:
    tracker = decided("www.google-analytics.com", "essential", "host", "www.google-analytics.com")
    found = found_in(seen(), promise(decided("mystery", "advertising"), tracker))
    assert (found["mystery"].layer, found["mystery"].group, found["mystery"].is_leak) == (
        "decision",
        "advertising",
        True,
    )
    host = found["www.google-analytics.com"]
    assert (host.layer, host.group, host.is_leak) == ("decision", "essential", False)


def test_without_a_decision_the_usual_classification_applies() -> None:
    found = found_in(seen(), Promise())
    assert found["mystery"].layer != "decision"
    assert found["www.google-analytics.com"].is_leak


def test_a_decision_on_another_host_has_no_effect() -> None:
    said = decided("mystery", "advertising", host="other.example")
    found = found_in(seen(), promise(said))
    assert found["mystery"].layer != "decision"


def test_the_sites_config_comes_first() -> None:
    entry = {"name": "mystery", "pattern": False, "kind": "cookie", "group": "functional", "vendor": None}
    named = promise(decided("mystery", "advertising"), cookies=({**entry, "purpose": None},))
    assert found_in(seen(), named)["mystery"].group == "functional"


def test_an_audit_asks_decisions_too() -> None:
    def leaks(said: Promise) -> bool:
        return any("mystery" in one.sentence and one.level == "leak" for one in audit(seen(), said).findings)

    assert leaks(promise(decided("mystery", "advertising")))
    assert not leaks(promise(decided("mystery", "essential")))


def test_the_host_that_the_banner_comes_from_is_the_sites_own() -> None:
    visited = result(visit("none", page(requests=[request(SITE), request("https://consent.agency.example/b/shop.js")])))
    found = found_in(visited, promise(service="consent.agency.example"))
    host = found["consent.agency.example"]
    assert (host.layer, host.group, host.purpose) == ("own", "essential", "consent_state")
    assert found_in(visited, promise())["consent.agency.example"].group == "unclassified"


def test_a_decision_tells_of_the_other_names_that_begin_alike() -> None:
    names = ("_qzvid_r", "_qzvid_s", "_qzvid_t")
    met = result(visit("none", page(requests=[request(SITE)], writes=[write(name) for name in names])))
    before = found_in(met, Promise())
    said = [decided(name, "functional") for name in names[:2]]
    after = found_in(met, promise(*said))
    assert before["_qzvid_t"].suggestion != "functional"
    assert (after["_qzvid_t"].suggestion, after["_qzvid_t"].layer) == ("functional", "model")
    assert "beside 2 other names that begin with _qz, which lean to functional" in after["_qzvid_t"].reason
