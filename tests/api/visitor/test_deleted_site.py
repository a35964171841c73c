"""A deleted site is served as if it never existed, but the proofs of earlier choices stay readable and verifiable."""

import json
import time

import pytest

from consent import verify
from consent.log.audit_author import AuditActor, Author
from consent.privacy.eraser import FOLDER, Eraser
from consent.privacy.pruner import Pruner
from consent.publishing.site_deletion import NotArchivedError, delete_site
from consent.storage.accounts import api_tokens
from consent.storage.privacy import retention
from consent.storage.sites import sites
from consent.storage.subjects import accounts
from tests.api.page.preview_link import link
from tests.log.sequencing import sequence_all
from tests.subjects import Device, make_key

pytestmark = pytest.mark.app

YEAR = 365 * 86400


def delete(shop):
    """Archive and delete the site `shop`, and make this process see it at once."""
    context = shop.service.context
    author = Author(AuditActor("tests", "program"), context.keys.receipt)
    with context.engine.begin() as connection:
        site = sites.by_key(connection, "shop")
        with pytest.raises(NotArchivedError):
            delete_site(connection, site, author, int(time.time()))
        sites.set_archived(connection, site.id, int(time.time()))
        left = delete_site(connection, sites.by_key(connection, "shop"), author, int(time.time()))
    context.configs.live.refresh()
    return left


def test_a_deleted_site_responds_as_unknown_and_its_proofs_still_verify(any_shop, tmp_path):
    shop = any_shop
    own = shop.token("receipts:read", "log:read", site_id=shop.site_id)
    Device(shop, make_key(shop)).choose(granted=False)
    body = shop.choice()
    receipt = shop.choose(body).json["id"]
    left = delete(shop)
    assert (left.receipts, left.accounts) == (2, 1)
    for path in ("/b/{}.js", "/api/v1/sites/{}/decision", "/r/{}", "/c/{}", "/api/v1/sites/{}/vendors"):
        gone, never = (shop.get(path.format(key)) for key in ("shop", "never-made"))
        assert (gone.status_code, gone.text) == (never.status_code, never.text.replace("never-made", "shop")), path
    held = shop.get("/b/shop.js", Cookie=f"consent_preview_shop={link(shop)}")
    assert held.status_code == 404, "a link to its preview ends with it"
    assert shop.choose(body | {"key": "f" * 32}).status_code == 404
    assert shop.get("/api/v1/sites/shop/receipts", Authorization=own).status_code == 404
    sequence_all(shop.service.context)
    every = shop.token("log:read")
    for name, answer in (
        ("vkey", shop.get("/log/shop/vkey", Authorization=every)),
        ("jwks", shop.get("/.well-known/jwks.json")),
        ("proof", shop.get(f"/api/v1/receipts/{receipt}/proof")),
        ("checkpoint", shop.get("/log/shop/checkpoint", Authorization=every)),
    ):
        assert answer.status_code == 200, name
        (tmp_path / name).write_bytes(answer.data)
    code, sentence = verify.check(tmp_path / "proof", [tmp_path / "vkey", tmp_path / "jwks"])
    assert code == 0, sentence
    assert shop.get("/log/shop/checkpoint").status_code == 401, "the log was not public"
    with shop.service.context.engine.connect() as connection:
        assert accounts.count(connection, "shop") == 0
        tokens = api_tokens.every(connection)
    assert [token.revoked_at is not None for token in tokens if token.site_id == shop.site_id] == [True]


def test_receipts_of_a_deleted_site_are_pruned_after_retention_even_if_nobody_enabled_it(shop, tmp_path):
    shop.choose(shop.choice())
    delete(shop)
    context = shop.service.context
    with context.engine.connect() as connection:
        assert not json.loads(sites.read_draft(connection, shop.site_id).text)["tags"]
    Pruner(context.engine, context.privacy.eraser).run_once()
    with context.engine.connect() as connection:
        assert retention.kept(connection, shop.site_id).receipts == 1
    (tmp_path / "later" / FOLDER).mkdir(parents=True)
    later = time.time() + 6 * YEAR
    eraser = Eraser(context.engine, context.keys.receipt, tmp_path / "later", clock=lambda: later)
    Pruner(context.engine, eraser, lambda: later).run_once()
    with context.engine.connect() as connection:
        assert retention.kept(connection, shop.site_id) == (0, None)
