"""What pages say about the replica they were read from."""

from dataclasses import replace

import pytest

from consent.dashboard.frame.context import NAME
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.replica import Reads
from tests.dashboard.client import Dashboard

PAGES = ("/sites/demo/receipts", "/sites/demo/statistics")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_was_read_from_a_replica_says_how_far_it_is_behind(dashboard: Dashboard, path: str) -> None:
    services = dashboard.app.extensions[NAME]
    copy = make_engine(services.engine.url.render_as_string(hide_password=False))
    reads = Reads(services.engine, copy)
    dashboard.app.extensions[NAME] = replace(services, reads=reads)
    said = "Read from the replica, 3 s behind."
    reads.lag = 3.2
    assert said in dashboard.browser("compliance").get(path).text
    for reads.lag in (None, 11.0):
        assert "Read from the replica" not in dashboard.browser("compliance").get(path).text
    copy.dispose()
