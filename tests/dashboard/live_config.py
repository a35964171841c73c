"""Reads the live config from the database."""

import json
from typing import Any

from tests.dashboard.client import Dashboard


def live(dashboard: Dashboard, site: str = "demo") -> dict[str, Any]:
    with dashboard.engine.connect() as connection:
        query = "SELECT body FROM config JOIN site ON site.live_config = config.sha256 WHERE site.key = ?"
        return dict(json.loads(connection.exec_driver_sql(query, (site,)).scalar_one()))
