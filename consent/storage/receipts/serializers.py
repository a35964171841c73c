"""Serialize receipts for search results and exports."""

import datetime
from functools import lru_cache
from typing import TypedDict

from consent.core.documents.visit import SignalFacts
from consent.core.receipt import ReceiptFacts, ReceiptRecord


class SharedPlace(TypedDict):
    """A place as ISO 3166 codes."""

    country: str | None
    subdivision: str | None


class SharedItem(TypedDict):
    """The part of a receipt in searches and exports that it can have in common with others."""

    action: str
    method: str
    choices: dict[str, bool | None]
    vendors: dict[str, bool]
    place: SharedPlace
    regime: str
    config: str | None
    language: str | None
    signals: SignalFacts


class ReceiptItem(SharedItem):
    """A receipt in searches and exports (design section 6)."""

    id: str
    receipt: str
    visitor: str | None
    time: str


def to_item(receipt: ReceiptRecord) -> ReceiptItem:
    """Return a receipt in the form of searches and exports."""
    return {
        "id": receipt.id,
        "receipt": receipt.jws,
        "visitor": receipt.visitor,
        "time": to_time(receipt.time),
        **shared_item(receipt),
    }


def shared_item(facts: ReceiptFacts) -> SharedItem:
    """Return the part of a receipt in searches and exports that it can have in common with others."""
    return {
        "action": facts.action,
        "method": facts.method,
        "choices": facts.groups,
        "vendors": facts.vendor_answers,
        "place": {"country": facts.country, "subdivision": facts.subdivision},
        "regime": facts.regime,
        # Empty for choices without a banner, such as carried-over or imported ones.
        "config": facts.config or None,
        "language": facts.language or None,
        "signals": {"gpc": facts.gpc, "dnt": facts.dnt, "age_band": facts.age_band},
    }


def to_time(seconds: int) -> str:
    """Return unix seconds as an RFC 3339 time in UTC."""
    return _hour(seconds // 3600) + _MINUTES_AND_SECONDS[seconds % 3600]


_MINUTES_AND_SECONDS = tuple(f":{second // 60:02}:{second % 60:02}Z" for second in range(3600))
"""Minutes and seconds of times, precomputed: an export writes two times per row."""


@lru_cache(1024)
def _hour(hour: int) -> str:
    day = datetime.date(1970, 1, 1) + datetime.timedelta(hours=hour)
    return f"{day.isoformat()}T{hour % 24:02}"
