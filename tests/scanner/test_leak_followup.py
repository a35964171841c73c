"""A leak stays open until a scan has revisited its place and no longer finds it."""

from typing import Any

import pytest
from sqlalchemy import Engine

from consent.scanner.audit.classify_items import Promise
from consent.scanner.leak_followup import pages_to_check, places_of
from consent.scanner.save_results import save_scan_results
from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from tests.scanner.scan_results import NOW, SITE, TRACKER, choice, page, request, result, visit

SHOP = f"{SITE}shop"
HOST = "www.google-analytics.com"


def clean(url: str = SITE, problem: str | None = None) -> dict[str, Any]:
    return page(url, requests=[request(SITE)], problem=problem)


def leaking(url: str = SHOP, after: bool = False) -> dict[str, Any]:
    return page(url, requests=[request(SITE), request(TRACKER, after=after, at=150.0 if after else 50.0)])


def after(engine: Engine, *results: dict[str, Any]) -> tuple[StoredFinding, list[dict[str, Any]]]:
    """Return the tracker's finding after these scans were saved, and what the last of them changed."""
    changes: list[dict[str, Any]] = []
    for number, one in enumerate(results):
        with engine.begin() as transaction:
            changes = save_scan_results(transaction, 1, one, Promise(), NOW + number * 60)
    with engine.connect() as connection:
        (found,) = [kept for kept in scans.findings(connection, 1) if kept.name == HOST]
    return found, changes


def test_a_leak_knows_where_it_was(engine: Engine) -> None:
    found, _ = after(engine, result(visit("none", clean(), leaking(), region="DE")))
    assert found.is_leak
    assert places_of(found) == [("none", "DE", SHOP)]
    assert pages_to_check([found]) == ((SHOP,), ("DE",))


@pytest.mark.parametrize(
    "second",
    [
        visit("none", clean()),
        visit("none", clean(), clean(SHOP, problem="It did not respond within 30 s.")),
        visit("gpc", clean(), clean(SHOP)),
    ],
    ids=["another page", "the page did not answer", "another state"],
)
def test_a_scan_that_did_not_look_there_ends_no_leak(engine: Engine, second: dict[str, Any]) -> None:
    found, changes = after(engine, result(visit("none", clean(), leaking())), result(second))
    assert found.is_leak
    assert found.gone_at is None
    assert HOST not in [change["name"] for change in changes]


def test_a_refusal_that_could_not_be_made_ends_no_leak(engine: Engine) -> None:
    first = result(visit("reject", clean(), leaking(after=True)))
    found, _ = after(engine, first, result(visit("reject", clean(), clean(SHOP), choice=choice(0, found=False))))
    assert places_of(found) == [("reject", "", SHOP)]
    found, _ = after(engine, result(visit("reject", clean(), clean(SHOP))))
    assert not found.is_leak


def test_a_scan_of_the_leaking_page_that_finds_nothing_resolves_the_leak(engine: Engine) -> None:
    first = result(visit("none", clean(), leaking()))
    found, changes = after(engine, first, result(visit("none", clean(), clean(SHOP))))
    assert not found.is_leak
    assert found.gone_at == NOW + 60
    assert [(one["change"], one["name"]) for one in changes] == [("gone", HOST)]


def test_a_scan_that_broke_off_ends_the_leaks_of_the_pages_that_it_saw(engine: Engine) -> None:
    first = result(visit("none", leaking(), leaking(f"{SITE}two")))
    found, _ = after(engine, first, result(visit("none", clean(SHOP)), is_complete=False))
    assert places_of(found) == [("none", "", f"{SITE}two")]
    assert found.is_leak


def test_seen_where_it_may_run_it_still_leaks_where_nobody_looked(engine: Engine) -> None:
    first = result(visit("none", clean(), leaking()))
    found, _ = after(engine, first, result(visit("none", clean()), visit("accept", clean(), leaking(after=True))))
    assert found.situations == "accept"
    assert places_of(found) == [("none", "", SHOP)]


def test_a_leak_as_from_a_region_needs_that_region_again(engine: Engine) -> None:
    first = result(visit("none", leaking(), region="US-CA"))
    found, _ = after(engine, first, result(visit("none", clean(SHOP), region="DE")))
    assert found.is_leak
    found, _ = after(engine, result(visit("none", clean(SHOP), region="US-CA")))
    assert not found.is_leak


def test_a_leak_that_was_kept_before_places_were_ends_with_a_whole_scan(engine: Engine) -> None:
    found, _ = after(engine, result(visit("none", leaking())))
    with engine.begin() as transaction:
        scans.save_findings(transaction, 1, [found._replace(leaks="[]")], NOW)
    found, _ = after(engine, result(visit("none", clean()), is_complete=False))
    assert found.is_leak
    with engine.begin() as transaction:
        scans.save_findings(transaction, 1, [found._replace(leaks="[]")], NOW)
    found, _ = after(engine, result(visit("none", clean())))
    assert not found.is_leak
