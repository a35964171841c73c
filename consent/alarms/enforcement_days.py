"""Read the signed daily enforcement records from a site's log."""

from typing import Any, NamedTuple

from consent.alarms.enforcement_journal import ACTION
from consent.storage.database.base import Transaction
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of


class SignedDay(NamedTuple):
    """A day's signed facts, their JWS, and its log index (None for some seconds, until it is sequenced)."""

    facts: dict[str, Any]
    jws: str
    log_index: int | None


def signed_days(transaction: Transaction, site_id: int, first: str, before: str) -> list[SignedDay]:
    """Return at most 400 signed days from `first` up to but excluding `before` (ISO 8601), newest first."""
    found = entries.newest_of_subject(transaction, site_id, ACTION, 400)
    days = [SignedDay(payload_of(one.jws)["after"], one.jws, one.log_index) for one in found]
    return sorted(
        (one for one in days if first <= one.facts["day"] < before), key=lambda one: one.facts["day"], reverse=True
    )
