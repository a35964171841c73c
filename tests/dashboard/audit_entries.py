"""Audit trail entries: writes many at once, and reads them."""

from typing import Any

from sqlalchemy import select

from consent.log.audit_author import AuditActor, Author
from consent.log.entry import INSTANCE
from consent.storage.log.entry_index import payload_of
from consent.storage.tables.accounts import User
from consent.storage.tables.log import LogEntry
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

BERTA = AuditActor("b" * 32, "user", "Berta")


def audit_entries(dashboard: Dashboard) -> list[tuple[int, str, dict[str, Any]]]:
    """Return the site id, actor and claims of each audit entry, oldest first."""
    query = select(LogEntry.site_id, LogEntry.actor, LogEntry.jws).where(LogEntry.kind == "audit").order_by(LogEntry.id)
    with dashboard.engine.connect() as connection:
        return [(site_id, actor, payload_of(jws)) for site_id, actor, jws in connection.execute(query)]


def audit_id(dashboard: Dashboard, name: str) -> str:
    with dashboard.engine.connect() as connection:
        return str(connection.execute(select(User.audit_id).where(User.name == name)).scalar_one())


def fill(
    dashboard: Dashboard, count: int, who: AuditActor = BERTA, action: str = "draft.changed", after: Any = None
) -> None:
    """Write `count` entries of the instance, each with `after`, or else its number, as the value after."""
    author = Author(who, dashboard.keys.receipt)
    with dashboard.engine.begin() as connection:
        for number in range(count):
            author.record(
                connection, INSTANCE, action, f"thing {number}", None, after or {"x": number}, NOW + number * 60
            )
