"""What pages say of the replica that they were read from."""

from dataclasses import replace

import pytest

from consent.dashboard.services import NAME
from consent.storage.engine import make_engine
from consent.storage.replica import Reads
from tests.dashboard.cast import Desk

PAGES = ("/sites/demo/receipts", "/sites/demo/statistics")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_was_read_from_a_replica_says_how_far_it_is_behind(desk: Desk, path: str) -> None:
    services = desk.app.extensions[NAME]
    copy = make_engine(services.engine.url.render_as_string(hide_password=False))
    reads = Reads(services.engine, copy)
    desk.app.extensions[NAME] = replace(services, reads=reads)
    said = "Read from the replica, 3 s behind."
    reads.lag = 3.2
    assert said in desk.browser("compliance").get(path).text
    for reads.lag in (None, 11.0):
        assert "Read from the replica" not in desk.browser("compliance").get(path).text
    copy.dispose()
