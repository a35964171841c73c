"""The compliance examples in the OpenAPI document work as written, and the log records who acted."""

import datetime
import re
import time
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import update

from consent.storage.accounts import api_tokens
from consent.storage.log import audit_trail
from consent.storage.log.audit_trail import AuditQuery
from consent.storage.log.entry_index import payload_of
from consent.storage.operations import alarms
from consent.storage.tables.receipts import Receipt
from tests.api.shop import Shop

SCOPES = ("privacy:erase", "receipts:read", "receipts:export", "log:read")


def operations(shop: Shop) -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of each compliance operation, with erasures last."""
    document = shop.get("/api/openapi.json").json
    found = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
        and ("Compliance" in operation.get("tags", ()) or path.endswith("/erasures"))
    ]
    return sorted(found, key=lambda one: one[1].endswith("/erasures"))


LISTS = ("receipts", "receipts/export", "statistics", "losses", "audit", "exports", "marks", "requests", "alarms")


def test_the_examples_of_the_document_work(shop: Shop) -> None:
    token = shop.token(*SCOPES)
    made = shop.choose(shop.choice(), Host="www.example.com").json["id"]
    record = shop.get(f"/api/v1/receipts/{made}", Authorization=token).json
    known = {"receipt": made, "visitor": record["personal"]["visitor"]}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    document = shop.get("/api/openapi.json").json
    for method, path, operation in operations(shop):
        example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        assert example or method in ("get", "delete"), f"{method} {path} has no example"
        body = {name: known.get(name, value) for name, value in (example or {}).items()}
        body |= {name: today for name in ("date", "received") if name in body}
        query = {one["name"]: one["example"] for one in operation.get("parameters", ()) if "example" in one}
        query = {name: known.get(name, value) for name, value in query.items()}
        answer = shop.client.open(
            path.replace("{site}", "shop").replace("{number}", "1"),
            method=method.upper(),
            json=body or None,
            query_string=query,
            headers={"Authorization": token},
        )
        assert answer.status_code in (200, 201, 202, 204), f"{method} {path}: {answer.text}"
        content = operation["responses"][str(answer.status_code)].get("content", {})
        if "schema" in content.get("application/json", {}):
            schema = content["application/json"]["schema"] | {"components": document["components"]}
            assert list(Draft202012Validator(schema).iter_errors(answer.json)) == [], f"{method} {path}"
    with shop.service.context.engine.connect() as connection:
        found, _ = audit_trail.page(connection, shop.site_id, AuditQuery(what="audit"), None, 50)
    by = api_tokens.audit_id_of(api_tokens.hash_of(token.removeprefix("Bearer ")))
    told = {payload_of(one.jws)["action"] for one in found if one.actor == by}
    assert told == {
        *("evidence.created", "access_copy.created", "restriction.placed", "restriction.lifted"),
        *("privacy_request.created", "privacy_request.closed", "retention.changed", "retention.run_requested"),
    }
    gone = shop.get(f"/api/v1/receipts/{made}", Authorization=token).json
    assert gone["personal"] is None, "the example of an erasure erases"


def test_each_operation_requires_its_scope_and_reveals_no_other_site(shop: Shop) -> None:
    wrong = shop.token("decide")
    for method, path, operation in operations(shop):
        assert re.search(r"scope `\w+:\w+`", operation["summary"]), path
        for site, headers, status in (("shop", {}, 401), ("shop", {"Authorization": wrong}, 403), ("nope", {}, 404)):
            at = path.replace("{site}", site).replace("{number}", "1")
            answer = shop.client.open(at, method=method.upper(), json={}, headers=headers)
            assert answer.status_code == status, f"{method} {at} {status}"


def test_evidence_of_a_day_that_cannot_be_is_refused(shop: Shop) -> None:
    token = shop.token("receipts:export")
    for date, status, code in (
        ("2199-01-01", 400, "invalid_field"),
        ("yesterday", 400, "invalid_field"),
        ("2001-01-01", 404, "not_published"),
        (7, 400, "invalid_field"),
    ):
        answer = shop.client.post("/api/v1/sites/shop/evidence", json={"date": date}, headers={"Authorization": token})
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code), date


def test_a_hold_on_days_tells_how_many_receipts_it_is_on(shop: Shop) -> None:
    headers = {"Authorization": shop.token(*SCOPES)}
    before = shop.get("/api/v1/sites/shop/receipts?count=true", **headers).json["count"]["number"]
    assert shop.choose(shop.choice(key="e" * 32), Host="www.example.com").status_code == 201
    days = {"kind": "hold", "first": "2020-01-01", "last": "2199-12-31", "reason": "Case 7/2026"}
    assert shop.client.post("/api/v1/sites/shop/marks", json=days, headers=headers).json["receipts"] == before + 1
    query = "kind=hold&first=2020-01-01&last=2199-12-31"
    assert shop.client.delete(f"/api/v1/sites/shop/marks?{query}", headers=headers).status_code == 204
    days |= {"first": "2020-01-01", "last": "2020-01-02"}
    assert shop.client.post("/api/v1/sites/shop/marks", json=days, headers=headers).json["receipts"] == 0


def test_an_invalid_request_returns_one_error_and_changes_nothing(shop: Shop) -> None:
    token = shop.token(*SCOPES)
    made = shop.choose(shop.choice(), Host="www.example.com").json["id"]
    why = {"reason": "By letter"}
    long_ago, period = {"received": "1066-10-14"}, {"kind": "hold", "first": "2026-03-31", "last": "2026-01-01"}
    request = {"kind": "access", "place": "DE", "received": "2026-01-05"}
    for method, path, body, status, code in (
        ("POST", "marks", {"kind": "grudge", "receipt": made, **why}, 400, "invalid_field"),
        ("POST", "marks", {"kind": "hold", "receipt": made, "reason": "for eva@example.com"}, 400, "invalid_field"),
        ("POST", "marks", {"kind": "hold", "receipt": "f" * 32, **why}, 404, "unknown_receipt"),
        ("POST", "marks", {"kind": "hold", **why}, 400, "invalid_field"),
        ("POST", "marks", {**period, **why}, 400, "invalid_field"),
        (
            "POST",
            "marks",
            {"kind": "objection", "first": "2026-01-01", "last": "2026-01-02", **why},
            400,
            "invalid_field",
        ),
        ("DELETE", f"marks?kind=hold&receipt={made}", None, 404, "unknown_mark"),
        ("DELETE", "marks?kind=hold&color=red", None, 400, "invalid_field"),
        ("POST", "access", {"visitor": "f" * 32, **why}, 404, "unknown_visitor"),
        ("POST", "access", {"visitor": made}, 400, "invalid_field"),
        ("POST", "requests", {**request, **long_ago}, 400, "invalid_field"),
        ("POST", "requests", {**request, "place": "JP"}, 400, "invalid_field"),
        ("POST", "requests", {**request, "name": "Eva"}, 400, "invalid_field"),
        ("PATCH", "requests/7", {"open": True}, 404, "unknown_request"),
        ("PUT", "retention", {"months": 0, "prunes_itself": True}, 400, "invalid_field"),
        ("PUT", "retention", {"months": "24", "prunes_itself": True}, 400, "invalid_field"),
        ("GET", "retention?months=x", None, 400, "invalid_field"),
        ("GET", "audit?text=" + "x" * 201, None, 400, "invalid_filter"),
        ("GET", "audit?text=" + "+".join(map(str, range(21))), None, 400, "invalid_filter"),
        ("GET", "alarms?kind=receipts", None, 400, "invalid_filter"),
        ("POST", "retention/runs", {"receipts": 7}, 409, "count_mismatch"),
        ("POST", "retention/runs", {"receipts": -1}, 400, "invalid_field"),
        ("POST", "retention/runs", {"receipts": True}, 400, "invalid_field"),
        ("GET", "audit?from=yesterday", None, 400, "invalid_filter"),
        ("GET", "audit?color=red", None, 400, "invalid_filter"),
        ("GET", "audit?before=99999999999999", None, 400, "invalid_filter"),
        *(("GET", f"{path}?vistor=", None, 400, "invalid_filter") for path in LISTS),
    ):
        at = f"/api/v1/sites/shop/{path}"
        answer = shop.client.open(at, method=method, json=body, headers={"Authorization": token})
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code), f"{method} {path} {body}"
    for path in ("marks", "requests"):
        assert shop.get(f"/api/v1/sites/shop/{path}", Authorization=token).json["items"] == []


def test_the_trail_is_searched_by_text(shop: Shop) -> None:
    token = shop.token(*SCOPES)
    at = "/api/v1/sites/shop/retention"
    headers = {"Authorization": token}
    for months in (24, 25):
        body = {"months": months, "prunes_itself": False}
        assert shop.client.put(at, json=body, headers=headers).status_code == 200
    for text, found in (("months 25", 1), ("how LONG kept", 2), ("nobody", 0), ("%", 0)):
        answer = shop.client.get("/api/v1/sites/shop/audit", query_string={"text": text}, headers=headers).json
        assert [item["action"] for item in answer["items"]] == ["retention.changed"] * found, text


def test_what_is_due_is_erased_when_its_number_is_named(shop: Shop) -> None:
    token = shop.token("privacy:erase")
    headers = {"Authorization": token}
    shop.choose(shop.choice(), Host="www.example.com")
    with shop.service.context.engine.begin() as connection:
        connection.execute(
            update(Receipt).values(time=Receipt.time - 3000 * 86400, expires=Receipt.time - 2900 * 86400)
        )
    at = "/api/v1/sites/shop/retention"
    assert shop.client.get(at, headers=headers).json["preview"]["receipts"] == 1
    answer = shop.client.post(f"{at}/runs", json={"receipts": 2}, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "count_mismatch")
    asked = shop.client.post(f"{at}/runs", json={"receipts": 1}, headers=headers)
    assert (asked.status_code, asked.json["receipts"]) == (202, 1)
    until = time.monotonic() + 60
    while (run := shop.client.get(at, headers=headers).json["runs"][0])["finished"] is None:
        assert time.monotonic() < until, "the service does what waits"
        time.sleep(0.05)
    assert (run["run"], run["receipts"]) == (asked.json["run"], 1)


def test_alarms_report_when_they_last_began(shop: Shop) -> None:
    headers = {"Authorization": shop.token("receipts:read")}
    with shop.service.context.engine.begin() as connection:
        lost, leak = alarms.Problem("Lost."), alarms.Problem("A leak.")
        alarms.save(connection, {(shop.site_id, "receipt_loss"): lost, (shop.site_id, "leak"): leak}, 1_795_000_000)
        alarms.claim(connection, lambda _: [], lambda _: [], 0)
        alarms.save(connection, {(shop.site_id, "leak"): leak}, 1_795_000_060)
        alarms.claim(connection, lambda _: [], lambda _: [], 0)
    told = shop.client.get("/api/v1/sites/shop/alarms", headers=headers).json
    items = {item["kind"]: item for item in told["items"]}
    assert (items["leak"]["lasts"], items["leak"]["sentence"]) == (True, "A leak.")
    assert (items["receipt_loss"]["lasts"], items["receipt_loss"]["last_began"]) == (False, "2026-11-18T11:06:40Z")
    assert items["unknown_places"]["last_began"] is None
    assert [(one["kind"], one["sentence"]) for one in told["past"]] == [("receipt_loss", "Lost.")]
