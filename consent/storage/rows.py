"""A receipt as the search and the export show it."""

import datetime
import json
from functools import lru_cache
from typing import Any

from consent.core.groups import OPTIONAL
from consent.storage.receipts import FoundReceipt


def to_item(found: FoundReceipt) -> dict[str, Any]:
    """Return a receipt as the search and the export show it (design section 6)."""
    return {
        "id": found.id,
        "receipt": found.jws,
        "visitor": found.visitor,
        "time": to_time(found.time),
        "action": found.action,
        "method": found.method,
        "choices": {group: getattr(found, group) for group in OPTIONAL},
        "vendors": json.loads(found.vendors),
        "place": {"country": found.country, "subdivision": found.subdivision},
        "regime": found.regime,
        "config": found.config,
        "language": found.language,
        "signals": {"gpc": found.gpc, "dnt": found.dnt, "age_band": found.age_band},
    }


@lru_cache(1024)
def to_time(seconds: int) -> str:
    """Return unix seconds as a time of RFC 3339 in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
