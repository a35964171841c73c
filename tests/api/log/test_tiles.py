"""Search, export and record: they need a token with the right scope, and follow the documented filters."""

import csv
import hashlib
import io
import json

import pytest

pytestmark = pytest.mark.extended


def fill(shop, count=7):
    """Record `count` choices: even ones accept all, odd ones reject all."""
    ids = []
    for number in range(count):
        granted = number % 2 == 0
        body = shop.choice("accept_all" if granted else "reject_all", granted, key=f"{number:032x}")
        ids.append(shop.choose(body).json["id"])
    return ids


def search(shop, query="", **headers):
    headers.setdefault("Authorization", shop.token("receipts:read"))
    return shop.get(f"/api/v1/sites/shop/receipts{query}", **headers)


def test_pages_give_each_receipt_once(any_shop):
    ids, seen, cursor = fill(any_shop), [], ""
    token = any_shop.token("receipts:read")
    while cursor is not None:
        page = search(any_shop, f"?limit=3&cursor={cursor}", Authorization=token).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(ids)


def test_an_item_is_of_the_contract(shop):
    fill(shop, 1)
    item = search(shop).json["items"][0]
    names = "id receipt visitor time action method choices vendors place regime config language signals"
    assert set(item) == set(names.split())


FOUND = {
    "?group.analytics=granted": 4,
    "?group.analytics=refused": 3,
    "?group.analytics=none": 0,
    "?action=reject_all": 3,
    "?country=unknown": 7,
    "?country=DE": 0,
    "?regime=fallback": 7,
    "?method=gpc": 0,
    "?language=en": 7,
    "?signal=gpc": 0,
    "?from=2026-01-01&to=2100-01-01": 7,
    "?to=2026-01-01": 0,
    "?vendor.ga=refused": 0,
    "?origin_checked=true": 7,
}
"""How many of the seven receipts each filter finds."""
UNUSABLE = (
    "?color=red",
    "?cursor=damaged",
    "?limit=0",
    "?limit=501",
    "?limit=x",
    "?from=yesterday",
    "?group.essential=granted",
    "?group.analytics=maybe",
    "?vendor.ga=none",
    "?action=shrug",
    "?config=1",
    "?country=Germany",
    "?limit=5&limit=6",
)


def test_filters_return_only_matching_receipts(any_shop):
    fill(any_shop)
    token = any_shop.token("receipts:read")
    assert {query: len(search(any_shop, query, Authorization=token).json["items"]) for query in FOUND} == FOUND


def test_an_unknown_filter_or_damaged_cursor_is_refused(shop):
    token = shop.token("receipts:read")
    for query in UNUSABLE:
        answer = search(shop, query, Authorization=token)
        assert (query, answer.status_code) == (query, 400)
        assert set(answer.json["error"]) == {"code", "message", "fields"}


def test_a_search_returns_a_count_on_request(any_shop):
    fill(any_shop)
    assert search(any_shop, "?count=true&limit=2").json["count"] == {"number": 7, "is_capped": False}
    assert "count" not in search(any_shop, "?count=false").json


ABSURD = {
    "?from=0001-01-01&to=9999-12-31": 200,
    "?from=9999-12-31": 200,
    "?from=2026-11-24T23:00:00%2B14:00": 200,
    "?from=2026-02-30": 400,
    "?from=-2026-01-01": 400,
    "?from=2026-11-20&to=2026-11-19": 400,
    "?from=2026-11-20&to=2026-11-20": 200,
    "?to=99999999999999999999": 400,
    "?from=0001-01-01T00:00:00%2B23:59": 200,
    "?count=perhaps": 400,
    "?language=%00": 400,
    "?vendor." + "x" * 3000 + "=granted": 400,
    "?visitor=" + "0" * 500_000: 400,
}
"""The status of each response."""


def test_extreme_values_are_rejected_or_match_nothing_without_an_error(any_shop):
    token = any_shop.token("receipts:read")
    statuses = {query: search(any_shop, query, Authorization=token).status_code for query in ABSURD}
    assert statuses == ABSURD


def test_the_log_is_closed_without_a_token_of_its_scope(shop):
    assert search(shop, Authorization="").status_code == 401
    assert search(shop, Authorization=shop.token("decide")).status_code == 403
    export = "/api/v1/sites/shop/receipts/export"
    assert shop.get(export).status_code == 401
    assert shop.get(export, Authorization=shop.token("receipts:read")).status_code == 403


def test_a_receipt_is_shown_without_its_personal_part_to_anyone_who_knows_its_id(any_shop):
    (receipt_id,) = fill(any_shop, 1)
    open_view = any_shop.get(f"/api/v1/receipts/{receipt_id}").json
    assert set(open_view) == {"id", "receipt"}
    full = any_shop.get(f"/api/v1/receipts/{receipt_id}", Authorization=any_shop.token("receipts:read")).json
    assert "salt" in full["personal"]


def test_unknown_and_foreign_ids_get_the_same_response(shop):
    (receipt_id,) = fill(shop, 1)
    unknown = shop.get(f"/api/v1/receipts/{'0' * 32}")
    malformed = shop.get("/api/v1/receipts/abc")
    foreign = shop.get(f"/api/v1/receipts/{receipt_id}", Authorization=shop.token("decide"))
    assert unknown.status_code == malformed.status_code == foreign.status_code == 404
    assert unknown.data == malformed.data == foreign.data


def test_a_csv_export_has_a_row_for_each_receipt(any_shop):
    ids = fill(any_shop)
    answer = any_shop.get(
        "/api/v1/sites/shop/receipts/export?format=csv", Authorization=any_shop.token("receipts:export")
    )
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert sorted(row["id"] for row in rows) == sorted(ids)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipts-shop.csv"'
    assert {row["analytics"] for row in rows} == {"granted", "refused"}


def test_json_lines_end_with_a_manifest_of_the_preceding_lines(any_shop):
    fill(any_shop)
    answer = any_shop.get(
        "/api/v1/sites/shop/receipts/export?action=accept_all", Authorization=any_shop.token("receipts:export")
    )
    *lines, last = answer.data.splitlines(keepends=True)
    manifest = json.loads(last)["manifest"]
    assert manifest["count"] == len(lines) == 4
    assert manifest["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()
    assert manifest["keys"] == any_shop.service.context.keys.jwks["keys"]
