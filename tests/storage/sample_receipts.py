"""Receipts for the storage tests, all from one day and equal except for what a test is about."""

import secrets
from typing import Any

from consent.core.merkle import leaf_hash
from consent.storage.receipts.new_receipt import NewReceipt

NOW = 1795564800  # 2026-11-25T00:00:00Z
DAY = 86400


def receipt_of(site_id: int, **changes: Any) -> NewReceipt:
    """Return a receipt of a visitor in Germany who allowed statistics; `changes` replace field values."""
    receipt_id = secrets.token_hex(16)
    jws = f"header.{receipt_id}.signature"
    values: dict[str, Any] = {
        "id": receipt_id,
        "time": NOW,
        "site_id": site_id,
        "jws": jws,
        "leaf_hash": leaf_hash(jws.encode()),
        "key": secrets.token_hex(16),
        "body": b'{"action":"save"}',
        "action": "save",
        "method": "click",
        "country": "DE",
        "subdivision": None,
        "regime": "eu_opt_in",
        "config": "sha256:" + "0" * 64,
        "language": "de",
        "variant": "a",
        "functional": False,
        "analytics": True,
        "advertising": False,
        "origin_checked": True,
        "visitor": "a" * 32,
        "vendors": "{}",
        "gpc": False,
        "dnt": False,
        "age_band": "unknown",
        "layer": 1,
        "expires": None,
        "salt": b"s" * 32,
        "personal": '{"visitor":"' + "a" * 32 + '"}',
    }
    return NewReceipt(**values | changes)
