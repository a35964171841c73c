"""Read the signed days of a site's enforcement from its log."""

from typing import Any, NamedTuple

from consent.alarms.enforcement_journal import ACTION
from consent.storage.database.base import Transaction
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of


class SignedDay(NamedTuple):
    """What was signed of a day, its text, and its number in the log (None for some seconds)."""

    facts: dict[str, Any]
    jws: str
    log_index: int | None


def signed_days(transaction: Transaction, site_id: int, first: str, before: str) -> list[SignedDay]:
    """Return the signed days from `first` to before `before`, as ISO 8601, the newest first, at most 400."""
    found = entries.newest_of_subject(transaction, site_id, ACTION, 400)
    days = [SignedDay(payload_of(one.jws)["after"], one.jws, one.log_index) for one in found]
    return sorted(
        (one for one in days if first <= one.facts["day"] < before), key=lambda one: one.facts["day"], reverse=True
    )
