"""No page scans a whole table that grows with the visitors: its queries use an index."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.dashboard.client import Dashboard
from tests.dashboard.routes import FRAMES, dashboard_routes

pytestmark = pytest.mark.extended

GROWING = "receipt|receipt_personal|receipt_key|choice_count|banner_count|log_entry|outbox_event"
WHOLE = re.compile(rf"^SCAN ({GROWING})\b(?!.* USING )")
OF_SITE = re.compile(r"^SEARCH (receipt|receipt_personal) USING .*\(site_id=\?\)$")
"""Reads all rows of a site, which is allowed only for queries that stop early or look up the first or last row."""
ENDS_EARLY = re.compile(r" LIMIT |min\(|max\(")
CHECKS = ("/audit/checks", "/sites/demo/audit/checks")
"""Pages that count everything, since that is their purpose."""
MORE = (
    "/sites/demo/find?q=1234abcd",
    "/sites/demo/receipts?restricted=only",
    "/sites/demo/receipts?config=sha256:" + "0" * 64,
)


@contextmanager
def statements(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """Collect each statement that reads one of the tables, with the values of its last execution."""
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and re.search(rf"\b({GROWING})\b", statement):
            seen[statement] = values

    event.listen(dashboard.engine, "before_cursor_execute", note)
    yield seen
    event.remove(dashboard.engine, "before_cursor_execute", note)


def is_whole(statement: str, detail: str) -> bool:
    """Return whether this line of the query plan reads a whole table, or all of a site's rows in it."""
    return bool(WHOLE.match(detail) or (OF_SITE.match(detail) and not ENDS_EARLY.search(statement)))


def test_no_page_reads_a_growing_table_as_a_whole(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    routes = [one for one in dashboard_routes(dashboard.app) if one.method == "GET" and one.endpoint not in FRAMES]
    wholes: set[str] = set()
    read = 0
    for path in [*(route.path for route in routes if route.path not in CHECKS), *MORE]:
        with statements(dashboard) as seen:
            chief.get(path)
        read += len(seen)
        with dashboard.database() as database:
            for statement, values in seen.items():
                plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                wholes |= {f"{path}: {statement}" for *_, detail in plan if is_whole(statement, detail)}
    assert read > 50
    assert sorted(wholes) == []
