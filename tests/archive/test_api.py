"""The API on a site with a detached month: search, a receipt, its proof, and the copy for a visitor."""

import json

import pytest

from consent.archive.detach import Detacher
from consent.exports import Source
from consent.log.audit_author import COMMAND_LINE, Author
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from consent.verify import check
from tests.api.fixtures import any_shop, filled_postgres
from tests.archive.months import OCTOBER, at, signed_receipt
from tests.log.sequencing import sequence_all

pytestmark = pytest.mark.extended

__all__ = ["any_shop", "filled_postgres"]


@pytest.fixture
def old(any_shop, tmp_path):
    """Record three receipts in October 2024, detach the month, and return them."""
    context = any_shop.service.context
    with context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
    made = [signed_receipt(site, context.keys, at(day), day) for day in (1, 2, 3)]
    for new in made:
        context.receipts.writer.submit(new)
    sequence_all(context)
    source = Source(context.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)
    Detacher(source, tmp_path / "months", tmp_path, Author(COMMAND_LINE, context.keys.receipt)).detach(OCTOBER)
    sequence_all(context)
    return made


def test_a_request_for_an_archived_receipt_names_the_month_of_its_file(any_shop, old):
    answer = any_shop.get(f"/api/v1/receipts/{old[0].id}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "detached")
    assert answer.json["error"]["message"] == "This receipt is in the file of 2024-10, which is detached."


def test_its_proof_is_still_served_and_holds_with_the_receipt_where_its_file_is_here(any_shop, old, tmp_path):
    answer = any_shop.get(f"/api/v1/receipts/{old[0].id}/proof")
    assert answer.status_code == 200
    (tmp_path / "proof").write_bytes(answer.data)
    (tmp_path / "vkey").write_bytes(any_shop.get("/log/shop/vkey", Authorization=any_shop.token("log:read")).data)
    (tmp_path / "jwks").write_text(json.dumps(any_shop.service.context.keys.jwks))
    code, said = check(tmp_path / "proof", [tmp_path / "vkey", tmp_path / "jwks"])
    assert (code, old[0].id in said) == (0, True), said
    [file] = (tmp_path / "months").iterdir()
    file.rename(tmp_path / "elsewhere")
    (tmp_path / "proof").write_bytes(any_shop.get(f"/api/v1/receipts/{old[0].id}/proof").data)
    code, said = check(tmp_path / "proof", [tmp_path / "vkey"])
    leaf = old[0].leaf_hash.hex()
    assert code == 0
    assert said.startswith(f"True: a leaf {leaf} whose content is in a detached month is number ")


def test_an_erased_receipt_is_unknown_and_its_proof_states_the_erasure(any_shop, old, tmp_path):
    context = any_shop.service.context
    with context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
    context.privacy.eraser.erase(site, Subject("receipt", old[0].id), "full", reason="asked", by="test")
    assert any_shop.get(f"/api/v1/receipts/{old[0].id}").json["error"]["code"] == "unknown_receipt"
    assert b'{"erased":true' in extra_of(any_shop.get(f"/api/v1/receipts/{old[0].id}/proof").data)


def extra_of(proof):
    import base64

    return base64.b64decode(proof.split(b"\n")[1].removeprefix(b"extra "))


def test_a_search_names_the_months_that_it_did_not_search(any_shop, old):
    token = any_shop.token("receipts:read")
    answer = any_shop.get("/api/v1/sites/shop/receipts?count=true", Authorization=token).json
    assert (answer["items"], answer["count"]["number"], answer["detached"]) == ([], 0, ["2024-10"])
    assert "detached" not in any_shop.get("/api/v1/sites/shop/receipts?from=2024-11-01", Authorization=token).json


def test_the_copy_for_a_visitor_includes_archived_receipts(any_shop, old):
    body = {"visitor": "c" * 32, "reason": "asked by letter"}
    headers = {"Authorization": any_shop.token("receipts:read")}
    answer = any_shop.client.post("/api/v1/sites/shop/access", json=body, headers=headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["receipts"] == []
    mine = [new for new in old if new.visitor == "c" * 32]
    assert [(one["id"], one["month"]) for one in answer.json["detached"]] == [(new.id, "2024-10") for new in mine]
    assert answer.json["detached"][0]["personal"]["visitor"] == "c" * 32


def test_the_next_receipt_of_a_returning_visitor_still_references_the_previous_one(any_shop, old):
    from consent.storage.receipts import receipts

    with any_shop.service.context.engine.connect() as connection:
        assert receipts.latest_of_visitor(connection, any_shop.site_id, "c" * 32).id == old[0].id
