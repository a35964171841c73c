"""A scan's list for the terminal, from values only."""

from consent.scanner.audit.audit import audit
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.inventory import Inventory
from consent.scanner.audit.terminal_report import MAX_LISTED, scan_lines
from tests.scanner.scan_results import SITE, TRACKER, frame, page, request, result, visit, write


def test_frames_consent_mode_and_kinds_of_requests_are_listed_once() -> None:
    call = {"command": "default", "at": 1.0, "after_choice": False, "values": {"ad_storage": "denied"}}
    inner = frame(is_main=False, url="https://maps.example/embed")
    one = page(requests=[request(TRACKER, kind="image")], consent_mode=[call], frames=[frame(), inner])
    seen = result(visit("none", one, one))
    lines = list(scan_lines(seen, Inventory(seen)))
    assert "  www.google-analytics.com · image · third party · before a choice" in lines
    assert lines[lines.index("Frames (1)") + 1] == "  https://maps.example/embed"
    assert lines[lines.index("Consent mode (1)") + 1] == "  default · before a choice · ad_storage denied"


def test_thousands_of_one_kind_do_not_push_the_rest_out_of_sight() -> None:
    many = [write(f"name{number}") for number in range(3 * MAX_LISTED)]
    seen = result(visit("none", page(writes=many, requests=[request(SITE, kind="document")])))
    lines = list(scan_lines(seen, Inventory(seen)))
    assert f"Cookies ({3 * MAX_LISTED})" in lines
    assert f"  … and {2 * MAX_LISTED} more; see --json" in lines
    assert "Contacted hosts (1)" in lines
    assert len(lines) < 3 * MAX_LISTED


def test_a_cookie_without_a_name_is_reported_as_such() -> None:
    seen = result(visit("none", page(writes=[write("")])))
    assert any(line.startswith("  (without a name) · www.example.com") for line in scan_lines(seen, Inventory(seen)))
    told = [finding.sentence for finding in audit(seen, Promise()).findings]
    assert any(sentence.startswith("Cookie (without a name) ") for sentence in told)


def test_an_error_in_several_visits_is_reported_once() -> None:
    pages = [page(problem="It did not respond within 30 s.", errors=["broken"]), page(f"{SITE}a", notes=["It hung."])]
    away = {"refused": {"10.0.0.1 is not asked.": 2}}
    seen = result(visit("none", *pages, **away), visit("gpc", *pages, region="DE", **away), visit("accept", pages[1]))
    lines = list(scan_lines(seen, Inventory(seen)))
    assert lines[lines.index("Notes (3)") + 1 :] == [
        f"  [none, gpc DE] {SITE}: It did not respond within 30 s.",
        f"  [none, gpc DE, accept] {SITE}a: It hung.",
        "  [none, gpc DE] 10.0.0.1 is not asked. (2 times)",
        "",
        "JavaScript errors (1)",
        f"  {SITE}: broken",
    ]
