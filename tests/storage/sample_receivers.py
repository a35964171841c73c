"""A receiver of deliveries, as a row, for tests that send nothing."""

from sqlalchemy import Connection

from consent.storage.delivery import outbox, receivers
from tests.storage.sample_receipts import NOW


def add_receiver(connection: Connection, site_id: int) -> None:
    """Store a receiver of the site's events."""
    facts: dict[str, object] = dict.fromkeys(("name", "public_name", "address", "groups"), "")
    facts |= {"adapter": "plain", "settings": "{}", "ack": "none", "knows_accounts": False}
    receivers.add(connection, site_id, "e" * 32, facts | {"signature": "v1", "content_type": "json"}, NOW)


def add_pending_event(connection: Connection, site_id: int, subject_no: str) -> None:
    """Store an event of a subject that no receiver has got yet."""
    facts = ("f" * 32, site_id, NOW, None, "consent.changed", subject_no, 0, False, "{}", None)
    outbox.add(connection, outbox.NewEvent(*facts))
