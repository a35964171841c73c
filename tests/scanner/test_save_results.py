"""A scan is saved in the database and reports what it changed."""

from typing import Any

import pytest
from sqlalchemy import Engine

from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.inventory import MAX_ITEMS, Inventory
from consent.scanner.leak_followup import pages_to_check
from consent.scanner.save_results import difference, save_scan_results, saved_items
from consent.storage.scans import scans
from tests.scanner.scan_results import NOW, SITE, TRACKER, page, request, result, visit, write

STATES = ("none", "gpc")
DEEP = f"{SITE}shop/deep"


def scanned(*names: str, leak: bool = False, **more: Any) -> dict[str, Any]:
    asked = [request(SITE), *([request(TRACKER)] if leak else [])]
    return result(visit("none", page(requests=asked, writes=[write(name) for name in names])), **more)


def names_of_changes(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(change["change"], change["name"]) for change in changes]


def test_a_session_named_by_the_application_is_essential_where_it_is_http_only_on_each_visit() -> None:
    def group(*http_only: bool) -> str:
        facts = {"name": "grove_session", "domain": "www.example.com", "path": "/", "lifetime_s": 7200, "secure": True}
        facts |= {"sameSite": "Lax", "partitioned": False}
        visits = [
            visit(state, cookies=[{**facts, "httpOnly": is_so}])
            for state, is_so in zip(STATES, http_only, strict=False)
        ]
        seen = result(*visits)
        (kept,) = saved_items(seen, Inventory(seen), Promise())
        return kept.group

    assert group(True, True) == "essential"
    assert group(False) == group(True, False) == group(False, True) == "unclassified"


def test_the_difference_to_the_scan_before_is_told_leaks_first(engine: Engine) -> None:
    with engine.begin() as transaction:
        first = save_scan_results(transaction, 1, scanned("JSESSIONID", "PHPSESSID"), Promise(), NOW)
        second = save_scan_results(transaction, 1, scanned("JSESSIONID", "fresh", leak=True), Promise(), NOW + 60)
        third = save_scan_results(transaction, 1, scanned("JSESSIONID", "fresh", leak=True), Promise(), NOW + 120)
        found = {kept.name: kept for kept in scans.findings(transaction, 1)}
    assert names_of_changes(first) == [("new", "JSESSIONID"), ("new", "PHPSESSID"), ("new", "www.example.com")]
    assert names_of_changes(second) == [("new", "www.google-analytics.com"), ("new", "fresh"), ("gone", "PHPSESSID")]
    assert [change["is_leak"] for change in second] == [True, False, False]
    assert third == []
    assert (found["JSESSIONID"].first_seen, found["JSESSIONID"].last_seen) == (NOW, NOW + 120)
    assert found["PHPSESSID"].gone_at == NOW + 60
    assert found["www.google-analytics.com"].is_leak
    assert found["www.google-analytics.com"].vendor == "google-analytics"


def test_an_aborted_scan_marks_nothing_as_gone(engine: Engine) -> None:
    with engine.begin() as transaction:
        save_scan_results(transaction, 1, scanned("JSESSIONID", "other"), Promise(), NOW)
        assert save_scan_results(transaction, 1, scanned("JSESSIONID", is_complete=False), Promise(), NOW + 60) == []
        assert all(kept.gone_at is None for kept in scans.findings(transaction, 1))


@pytest.mark.parametrize(
    ("second", "is_gone"),
    [
        (result(visit("none", page(SITE)), visit("accept", page(SITE))), False),
        (result(visit("none", page(SITE), page(DEEP)), visit("accept", page(SITE))), False),
        (result(visit("none", page(DEEP)), visit("accept", page(DEEP))), True),
        (result(visit("none", page(SITE)), visit("accept", page(SITE)), is_whole=True), True),
        (result(visit("none", page(SITE)), is_whole=True), False),
        (result(visit("none", page(DEEP)), visit("accept", page(DEEP)), is_complete=False), False),
    ],
    ids=["another page", "one state of two", "its page", "every page", "every page in one state", "broke off"],
)
def test_what_was_not_met_is_gone_only_where_a_scan_looked(
    engine: Engine, second: dict[str, Any], is_gone: bool
) -> None:
    visits = [
        visit(state, page(SITE), page(DEEP, writes=[write("JSESSIONID", after=state == "accept")]))
        for state in ("none", "accept")
    ]
    with engine.begin() as transaction:
        save_scan_results(transaction, 1, result(*visits), Promise(), NOW)
        changes = save_scan_results(transaction, 1, second, Promise(), NOW + 60)
        (kept,) = [kept for kept in scans.findings(transaction, 1) if kept.name == "JSESSIONID"]
    assert (kept.gone_at is not None) == is_gone
    assert (("gone", "JSESSIONID") in names_of_changes(changes)) == is_gone
    assert kept.situations == ("" if is_gone else "none,accept")


@pytest.mark.slow
def test_a_scan_that_met_more_than_it_keeps_marks_nothing_as_gone(engine: Engine) -> None:
    many = [f"n{number}" for number in range(MAX_ITEMS)]
    crowded = visit("none", page(requests=[request(SITE)], writes=[write(name) for name in (*many, "late")]))
    cut = visit("none", page(requests=[request(SITE)], left_out=1))
    with engine.begin() as transaction:
        save_scan_results(transaction, 1, scanned("JSESSIONID", leak=True), Promise(), NOW)
        changes = save_scan_results(transaction, 1, result(crowded, is_whole=True), Promise(), NOW + 60)
        assert "JSESSIONID" not in [change["name"] for change in changes]
        assert ("gone", "www.google-analytics.com") in names_of_changes(changes)
        assert ("gone", "JSESSIONID") not in names_of_changes(
            save_scan_results(transaction, 1, result(cut, is_whole=True), Promise(), NOW + 90)
        )
        assert ("gone", "JSESSIONID") in names_of_changes(
            save_scan_results(transaction, 1, scanned(), Promise(), NOW + 120)
        )


def test_the_next_scan_looks_where_the_last_one_did_not(engine: Engine) -> None:
    with engine.begin() as transaction:
        save_scan_results(
            transaction, 1, result(visit("none", page(DEEP, writes=[write("JSESSIONID")]))), Promise(), NOW
        )
        assert pages_to_check(scans.findings(transaction, 1)) == ((), ())
        save_scan_results(
            transaction, 1, result(visit("none", page(SITE, writes=[write("other")]))), Promise(), NOW + 60
        )
        assert pages_to_check(scans.findings(transaction, 1)) == ((DEEP,), ())
        save_scan_results(transaction, 1, result(visit("none", page(DEEP))), Promise(), NOW + 120)
        assert DEEP not in pages_to_check(scans.findings(transaction, 1))[0]


def test_describes_changes_in_words() -> None:
    first = scanned("JSESSIONID")
    (before, *_) = saved_items(first, Inventory(first), Promise())
    after = before._replace(group="analytics", situations="none,gpc", lifetime_s=7 * 86400, is_leak=True)
    (change,) = difference([before._replace(situations="accept", lifetime_s=None)], [after])
    assert change["told"] == (
        f"group: {before.group} → analytics; seen: after accepting → before a choice, under GPC; "
        "life: session → 7 days; leak: no → yes"
    )
    near = after._replace(lifetime_s=7 * 86400 - 4000)
    assert difference([after], [near]) == []


def test_names_of_every_kind_fit_the_table(engine: Engine) -> None:
    with engine.begin() as transaction:
        save_scan_results(
            transaction, 1, scanned("x" * 300, "\\u0000null", "名前", "a'; DROP TABLE scan; --"), Promise(), NOW
        )
        assert {"x" * 300, "\\u0000null", "名前"} < {kept.name for kept in scans.findings(transaction, 1)}


def test_the_group_of_a_change_is_unclassified_if_it_is_a_weak_guess() -> None:
    scan = scanned("pref2")
    (found, *_) = saved_items(scan, Inventory(scan), Promise())
    weak = found._replace(group="functional", layer="model", confidence=0.56, is_leak=False)
    assert [change["group"] for change in difference([], [weak])] == ["unclassified"]
    assert [change["group"] for change in difference([], [weak._replace(is_leak=True)])] == ["functional"]
    assert [change["group"] for change in difference([], [weak._replace(confidence=0.7)])] == ["functional"]
