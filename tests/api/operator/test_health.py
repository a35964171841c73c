"""Health, readiness, metrics, keys and counts of banners shown."""

import json
import sqlite3

import pytest
from sqlalchemy import event, select
from werkzeug.test import Client

from consent.app import create_service
from consent.config import Settings
from consent.sites.shipped_rules import use_instance
from consent.storage.database.sqlite_connection import SqliteConnection
from consent.storage.tables.statistics import BannerCount
from tests.api.shop import ORIGIN, open_shop
from tests.log.sequencing import sequence_all
from tests.operating.service import free_port

SITE = "/api/v1/sites/shop"

pytestmark = pytest.mark.app


def test_the_service_reports_liveness_and_readiness(any_shop):
    assert any_shop.get("/healthz").json == {"status": "ok"}
    ready = any_shop.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "ready")


def test_a_service_whose_accepted_rules_were_changed_is_not_ready(tmp_path):
    (tmp_path / "rules").mkdir(parents=True)
    (tmp_path / "rules" / "accepted.jws").write_text("a.b.c")
    shop = open_shop(tmp_path)
    try:
        ready = shop.get("/readyz")
        assert (ready.status_code, ready.json["checks"]["rules"]) == (503, "not verified")
        assert any("accepted.jws" in warning for warning in ready.json["warnings"])
    finally:
        shop.service.close()
        use_instance(tmp_path / "nowhere", {"keys": []})


def test_metrics_are_served_to_this_machine_or_with_their_token(tmp_path, shop):
    here = shop.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert here.status_code == 200
    assert "consent_receipts_written_total" in here.text
    # The address as a dual-stack socket reports it.
    assert shop.client.get("/metrics", environ_base={"REMOTE_ADDR": "::ffff:127.0.0.1"}).status_code == 200
    for elsewhere in ("203.0.113.1", "::ffff:203.0.113.1"):
        assert shop.client.get("/metrics", environ_base={"REMOTE_ADDR": elsewhere}).status_code == 403
    proxied = shop.client.get(
        "/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}, headers={"X-Forwarded-For": "127.0.0.1"}
    )
    assert proxied.status_code == 403
    guarded = open_shop(tmp_path / "guarded", metrics_token="m" * 32)
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", Authorization="Bearer " + "m" * 32).status_code == 200
    guarded.service.close()


def test_metrics_count_written_receipts_and_rejected_requests(shop):
    shop.choose(shop.choice())
    shop.choose("{")
    text = shop.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "consent_receipts_written_total 1.0" in text
    assert 'consent_refused_total{code="invalid_json",endpoint="receipt_write"} 1.0' in text
    assert 'consent_live_version{site="shop"} 1.0' in text
    assert 'consent_thread_success_age_seconds{thread="node"}' in text


def test_the_service_declares_gpc_support_and_publishes_its_keys(shop):
    assert shop.get("/.well-known/gpc.json").json["gpc"] is True
    (key,) = shop.get("/.well-known/jwks.json").json["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "Ed25519")


def test_counts_a_shown_banner_without_identifying_anyone(any_shop):
    decision = any_shop.decision().json
    event = {"event": "shown", "config": decision["config"], "token": decision["token"]}
    for _ in range(3):
        answer = any_shop.client.post("/api/v1/sites/shop/events", json=event, headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.data) == (204, b"")
    any_shop.service.context.buffers.events.flush()
    any_shop.service.context.buffers.events.flush()
    with any_shop.service.context.engine.connect() as connection:
        (row,) = connection.execute(
            select(BannerCount.regime, BannerCount.language, BannerCount.count).where(BannerCount.span == 1)
        ).all()
    assert row == ("fallback", "en", 3)


def test_rejects_an_unknown_event(shop):
    decision = shop.decision().json
    event = {"event": "stolen", "config": decision["config"], "token": decision["token"]}
    assert shop.client.post("/api/v1/sites/shop/events", json=event, headers={"Origin": ORIGIN}).status_code == 400


def test_a_misconfigured_proxy_shows_as_a_warning(shop):
    shop.decision(X_Forwarded_For="8.8.8.8")
    assert any("CONSENT_TRUSTED_PROXIES" in warning for warning in shop.get("/readyz").json["warnings"])


def test_vendors_and_texts_serve_the_second_layer(shop):
    vendors = {vendor["id"]: vendor for vendor in shop.get("/api/v1/sites/shop/vendors").json["vendors"]}
    assert vendors["ga"]["groups"] == ["analytics"]
    assert vendors["ga"]["purposes"][0]["code"] == "visitor_statistics"
    assert shop.get("/api/v1/sites/shop/texts/en").json["texts"]["accept_all"]
    assert shop.get("/api/v1/sites/shop/texts/xx").status_code == 404


def test_reports_a_log_that_is_behind_its_last_signed_checkpoint(shop, tmp_path):
    sequencer, kept = shop.service.context.log.sequencer, tmp_path / "checkpoints" / "shop"
    sequence_all(shop.service.context)
    assert shop.get("/readyz").json["checks"]["log"] == "ok"
    with kept.open("a") as file:
        file.write(json.dumps({"size": 99, "root": "00" * 32}) + "\n")
    shop.choose(shop.choice())
    assert sequencer.run() == 0
    answer = shop.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["log"]) == (200, "not continued")
    assert any("99 leaves were signed" in warning for warning in answer.json["warnings"])
    kept.unlink()
    sequence_all(shop.service.context)
    assert shop.get("/readyz").json["checks"]["log"] == "ok"


def test_a_service_that_never_reached_its_database_knows_no_site_and_misses_none(tmp_path):
    settings = Settings(
        instance=tmp_path, database_url=f"postgresql+psycopg://ann@127.0.0.1:{free_port()}/x", demo=True
    )
    service = create_service(settings)
    client = Client(service.wsgi_app)
    body = {"json": {}, "headers": {"Origin": "https://www.example.com"}}
    answers = [client.get("/b/shop.js"), client.get(f"{SITE}/decision")]
    answers += [client.post(f"{SITE}/receipts", **body), client.options(f"{SITE}/receipts")]
    # Browsers drop a choice that is refused with 404 but keep one that is refused with 503.
    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers] == [(503, "5")] * 4
    assert client.get("/healthz").json == {"status": "starting"}
    service.close()


def test_the_service_is_not_ready_while_its_database_file_is_read_only(shop):
    engine, node = shop.service.context.engine, shop.service.context.monitoring.node
    file = engine.url.database

    @event.listens_for(engine, "do_connect")
    def connect(*_):
        """Open the database file read-only, as on a read-only disk."""
        return sqlite3.connect(f"file:{file}?mode=ro", uri=True, factory=SqliteConnection, check_same_thread=False)

    engine.dispose()
    node.check()
    answer = shop.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["node"]) == (503, "refused")
    assert any("The database file is not writable" in warning for warning in answer.json["warnings"])
    assert shop.choose(shop.choice()).status_code == 503
    event.remove(engine, "do_connect", connect)
    engine.dispose()
    node.check()
    assert shop.get("/readyz").status_code == 200
    assert shop.choose(shop.choice()).status_code == 201
