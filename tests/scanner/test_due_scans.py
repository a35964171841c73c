"""Scheduled scans, which the service starts itself."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.scanner.due_scans import DueScans
from consent.storage.scans import scans
from consent.storage.scans.scans import Schedule
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from tests.storage.fixtures import engine, shop  # noqa: F401
from tests.storage.sample_receipts import NOW

DAY = 86400


def test_a_scan_that_is_due_is_started_once_and_again_after_its_end(engine: Engine, shop: SiteRow) -> None:  # noqa: F811
    started: list[Any] = []
    now = [NOW]
    due = DueScans(engine, lambda *command, on_end: started.append((command, on_end)), lambda: now[0])
    due.run_once()
    assert started == [], "no site has a plan"
    with engine.begin() as connection:
        scans.save_schedule(connection, shop.id, Schedule(days=7))
    due.run_once()
    due.run_once()
    assert [command for command, _ in started] == [("scan", "--due", "--quiet")]
    with engine.begin() as connection:
        number = scans.request(connection, shop.id, "https://shop.example/", NOW)
        scans.finish(connection, number, NOW, state=scans.DONE, pages=1, problems=[], diff=[])
    started[0][1](0)
    due.run_once()
    assert len(started) == 1, "the next one is due in a week"
    now[0] += 7 * DAY
    due.run_once()
    assert len(started) == 2


def test_a_site_that_is_archived_is_scanned_no_longer(engine: Engine, shop: SiteRow) -> None:  # noqa: F811
    started: list[Any] = []
    with engine.begin() as connection:
        scans.save_schedule(connection, shop.id, Schedule(days=1))
        sites.set_archived(connection, shop.id, NOW)
    DueScans(engine, lambda *command, on_end: started.append(json.dumps(command)), lambda: NOW).run_once()
    assert started == []


def test_a_scan_is_started_later_if_its_process_could_not_be_started(engine: Engine, shop: SiteRow) -> None:  # noqa: F811
    tries: list[Any] = []

    def start(*command: str, on_end: Any) -> None:
        tries.append(command)
        if len(tries) == 1:
            raise OSError(12, "Cannot allocate memory")

    with engine.begin() as connection:
        scans.save_schedule(connection, shop.id, Schedule(days=1))
    due = DueScans(engine, start, lambda: NOW)
    with pytest.raises(OSError, match="allocate"):
        due.run_once()
    due.run_once()
    due.run_once()
    assert len(tries) == 2
