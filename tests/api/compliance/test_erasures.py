"""Erasure through the API, and its effect on search, record, proof and files."""

import secrets
import time
from pathlib import Path

import pytest

from consent.storage.accounts import api_tokens
from consent.storage.log import audit_trail
from consent.storage.privacy import erasures, marks
from consent.storage.privacy.marks import HOLD
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from tests.api.shop import KEY
from tests.log.sequencing import sequence_all

WHY = {"reason": "asked by letter"}


@pytest.fixture
def receipt(any_shop):
    """Record a visitor's choice and return the stored receipt."""
    made = any_shop.choose(any_shop.choice(), Host="www.example.com").json["id"]
    with any_shop.service.context.engine.connect() as connection:
        return receipts.get(connection, made)


def erase(shop, body, **headers):
    headers.setdefault("Authorization", shop.token("privacy:erase"))
    return shop.client.post("/api/v1/sites/shop/erasures", json=body, headers=headers)


def test_a_receipt_is_unlinked_and_stays_a_proof(any_shop, receipt):
    answer = erase(any_shop, {"receipt": receipt.id, "level": "unlink", **WHY})
    assert (answer.status_code, answer.json["receipts"], answer.json["level"]) == (201, 1, "unlink")
    token = any_shop.token("receipts:read")
    record = any_shop.get(f"/api/v1/receipts/{receipt.id}", Authorization=token).json
    assert (record["receipt"], record["personal"]) == (receipt.jws, None)
    assert any_shop.choose(any_shop.choice(key=KEY)).json["error"]["code"] == "erased"


def test_an_erasure_names_its_actor_by_the_opaque_id_of_the_token(any_shop, receipt):
    token = any_shop.token("privacy:erase")
    erase(any_shop, {"receipt": receipt.id, "level": "unlink", **WHY}, Authorization=token)
    by = api_tokens.audit_id_of(api_tokens.hash_of(token.removeprefix("Bearer ")))
    with any_shop.service.context.engine.connect() as connection:
        assert [act.by for act, _ in erasures.every(connection, any_shop.site_id)] == [by]
        found, _ = audit_trail.page(connection, any_shop.site_id, audit_trail.AuditQuery(what="erasure"), None, 10)
    assert [entry.actor for entry in found] == [by]


def test_all_receipts_of_a_visitor_are_erased_in_full(any_shop, receipt):
    answer = erase(any_shop, {"visitor": receipt.visitor, "level": "full", **WHY})
    assert (answer.status_code, answer.json["receipts"]) == (201, 1)
    assert any_shop.get(f"/api/v1/receipts/{receipt.id}").status_code == 404
    again = any_shop.choose(any_shop.choice(key=KEY))
    assert (again.status_code, again.json["error"]["code"]) == (410, "erased")
    sequence_all(any_shop.service.context)
    proof = any_shop.get(f"/api/v1/receipts/{receipt.id}/proof")
    assert (proof.status_code, receipt.jws in proof.text) == (200, False)


def test_the_files_of_sqlite_are_cleared_within_seconds(shop):
    made = shop.choose(shop.choice()).json["id"]
    with shop.service.context.engine.connect() as connection:
        personal = receipts.personal(connection, made)
    folder = Path(shop.service.context.engine.url.database or "").parent
    assert in_files(folder, personal.salt)
    erase(shop, {"receipt": made, "level": "unlink", **WHY})
    until = time.monotonic() + 60
    while in_files(folder, personal.salt) and time.monotonic() < until:
        time.sleep(0.05)
    assert not in_files(folder, personal.salt)


def in_files(folder, value):
    return any(value in path.read_bytes() for path in folder.glob("consent.sqlite*"))


@pytest.mark.parametrize(
    "body",
    [
        {"level": "unlink", **WHY},
        {"receipt": "0" * 32, "visitor": "0" * 32, "level": "unlink", **WHY},
        {"receipt": "abc", "level": "unlink", **WHY},
        {"receipt": "0" * 32, **WHY},
        {"receipt": "0" * 32, "level": "half", **WHY},
        {"receipt": "0" * 32, "level": "full"},
        {"receipt": "0" * 32, "level": "full", "reason": " "},
        {"receipt": "0" * 32, "level": "full", "reason": "x" * 501},
        {"receipt": "0" * 32, "level": "full", "reason": "asked by eva@example.com"},
        {"receipt": "0" * 32, "level": "full", "by": "me", **WHY},
        {"receipt": 1, "level": "full", **WHY},
    ],
)
def test_a_faulty_request_is_refused_and_nothing_is_erased(shared_shop, body):
    kept = shared_shop.choose(shared_shop.choice(key=secrets.token_hex(16))).json["id"]
    answer = erase(shared_shop, body)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_field")
    assert shared_shop.get(f"/api/v1/receipts/{kept}").status_code == 200


def test_returns_not_found_for_an_unknown_receipt_or_visitor(shop):
    for kind in ("receipt", "visitor"):
        answer = erase(shop, {kind: "0" * 32, "level": "full", **WHY})
        assert (answer.status_code, answer.json["error"]["code"]) == (404, f"unknown_{kind}")


def test_only_a_token_of_the_scope_and_site_erases(shop):
    kept = shop.choose(shop.choice()).json["id"]
    body = {"receipt": kept, "level": "full", **WHY}
    assert erase(shop, body, Authorization="").status_code == 401
    assert erase(shop, body, Authorization=shop.token("receipts:read", "receipts:export")).status_code == 403
    with shop.service.context.engine.begin() as connection:
        other = sites.create(connection, "other", "Other", "{}", 1)
    assert erase(shop, body, Authorization=shop.token("privacy:erase", site_id=other.id)).status_code == 403
    assert shop.get(f"/api/v1/receipts/{kept}").status_code == 200


def test_a_legal_hold_is_a_conflict(any_shop, receipt):
    subject = Subject("receipt", receipt.id)
    with any_shop.service.context.engine.begin() as connection:
        marks.put(connection, any_shop.site_id, HOLD, subject, reason="a court asks", by="a" * 32, now=1)
    answer = erase(any_shop, {"receipt": receipt.id, "level": "full", **WHY})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "legal_hold")
    assert any_shop.get(f"/api/v1/receipts/{receipt.id}").json["receipt"] == receipt.jws


def test_restricted_receipts_are_left_out_of_search_and_export_unless_asked_for(any_shop, receipt):
    subject = Subject("receipt", receipt.id)
    with any_shop.service.context.engine.begin() as connection:
        marks.put(connection, any_shop.site_id, marks.RESTRICTION, subject, reason="disputed", by="a" * 32, now=1)
    token = any_shop.token("receipts:read", "receipts:export")
    for query, found in (("", 0), ("restricted=include", 1), ("restricted=only", 1), ("restricted=exclude", 0)):
        page = any_shop.get(f"/api/v1/sites/shop/receipts?{query}", Authorization=token).json
        assert len(page["items"]) == found
        export = any_shop.get(f"/api/v1/sites/shop/receipts/export?{query}", Authorization=token)
        assert export.data.count(b'"receipt":') == found
    assert any_shop.get("/api/v1/sites/shop/receipts?restricted=yes", Authorization=token).status_code == 400
