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


def to_time(seconds: int) -> str:
    """Return unix seconds as a time of RFC 3339 in UTC."""
    return _hour(seconds // 3600) + _REST[seconds % 3600]


_REST = tuple(f":{second // 60:02}:{second % 60:02}Z" for second in range(3600))
"""Minutes and seconds as they stand in times: an export writes two times a row."""


@lru_cache(1024)
def _hour(hour: int) -> str:
    day = datetime.date(1970, 1, 1) + datetime.timedelta(hours=hour)
    return f"{day.isoformat()}T{hour % 24:02}"
