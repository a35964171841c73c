"""A disk that is really full: the service says so, keeps nothing that it can't, and resumes once there is room."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.hammer.visitors import Visitor
from tests.operating.service import DECISION, doctor, installed
from tests.polling import PATIENCE_S, wait_for
from tests.postgres_on_small_disk import on_small_disk

pytestmark = [
    pytest.mark.long,
    pytest.mark.server,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own needs root"),
]
VISITORS = 16
TABLES_MB, WITH_LOG_MB = 8, 15
"""Remaining MB: room for some thousand receipts, but not for another 16 MB segment of the write-ahead log."""


@pytest.mark.parametrize("with_log", [False, True], ids=["tables", "tables and write-ahead log"])
def test_reports_a_full_disk_and_loses_nothing_acknowledged(tmp_path: Path, with_log: bool) -> None:
    with on_small_disk(with_log=with_log) as disk, installed(tmp_path, CONSENT_DATABASE_URL=disk.url) as service:
        service.start()
        service.choice()
        stop = threading.Event()
        visitors = [Visitor(service, stop) for _ in range(VISITORS)]
        for visitor in visitors:
            visitor.start()
        wait_for(lambda: all(visitor.seen.receipts for visitor in visitors))
        disk.fill(WITH_LOG_MB if with_log else TABLES_MB)
        refused = wait_for(lambda: (found := service.choose()).status == 503 and found)
        assert {name.lower() for name in refused.headers} >= {"retry-after"}
        assert (service.ask(DECISION).status, service.ask("/healthz").status) == (200, 200)
        not_ready = wait_for(lambda: (found := service.ask("/readyz")).status == 503 and found)
        print_line(f"/readyz: {not_ready.body.decode()}")
        said = doctor(service)
        print_line(said)
        time.sleep(3)
        if with_log:
            assert "Choices cannot be stored: The database does not answer" in said
        else:
            assert "Choices cannot be stored: The disk of the database is full." in said
        print_line(service.output[-1500:])
        # If the write-ahead log runs out of room, the server may report that before it stops.
        words = ("the database does not answer", "the disk of the database is full")
        assert sum(map(service.output.count, words[not with_log :])) == 1, service.output
        disk.make_room()
        if not disk.is_up:
            # As systemd or Patroni would.
            disk.start()
        wait_for(lambda: service.choose().status == 201)
        wait_for(lambda: service.ask("/readyz").status == 200)
        wait_for(lambda: service.output.count("the database answers again") == 1)
        stop.set()
        for visitor in visitors:
            visitor.join(PATIENCE_S)
        assert [fault for visitor in visitors for fault in visitor.seen.faults] == []
        acknowledged = [receipt for visitor in visitors for receipt, _ in visitor.seen.receipts.values()]
        assert len(acknowledged) == len(set(acknowledged))
        assert set(acknowledged) <= service.stored_ids()
        wait_for(lambda: service.ask(f"/api/v1/receipts/{acknowledged[-1]}/proof").status == 200)


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
