import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from consent.storage.database.engine import make_engine, make_replica_engine, takes_writes
from consent.storage.maintenance import migrate
from consent.storage.maintenance.replica import Reads
from consent.storage.operations import nodes
from consent.storage.operations.nodes import NodeFacts
from consent.storage.sites import sites
from tests.postgres_replication import running_members
from tests.storage.sample_receipts import NOW

pytestmark = pytest.mark.postgres


def told(primary, seen):
    facts = NodeFacts("a" * 32, "db-test", "1", "0020", "r", "l", "s", 1, int(seen), 0)
    with primary.begin() as connection:
        nodes.save_heartbeat(connection, facts)


def reads_a_standby(reads):
    with reads.connect() as connection:
        return not takes_writes(connection)


def mark_checked(reads, fits):
    while True:
        reads.measure_lag()
        if reads.is_of_replica == fits:
            return
        threading.Event().wait(0.05)


def test_a_replica_is_read_while_it_is_there_and_close_behind() -> None:
    with running_members() as members:
        primary = make_engine(members.url)
        migrate.upgrade(primary)
        reads = Reads(primary, make_replica_engine(members.url))
        assert not reads_a_standby(reads)
        told(primary, time.time())
        mark_checked(reads, True)
        assert (reads_a_standby(reads), reads.warnings()) == (True, [])
        told(primary, time.time() - 100)
        mark_checked(reads, False)
        assert not reads_a_standby(reads)
        assert "s behind; reading from the primary instead" in reads.warnings()[0]
        told(primary, time.time())
        mark_checked(reads, True)
        members.stop(1)
        # Before the next check.
        assert not reads_a_standby(reads)
        reads.measure_lag()
        assert "does not respond" in reads.warnings()[0]
        reads.close()
        primary.dispose()


def test_an_export_waits_for_no_replica_that_lacks_its_tree() -> None:
    with running_members() as members:
        primary = make_engine(members.url)
        migrate.upgrade(primary)
        with primary.begin() as connection:
            site = sites.create(connection, "shop", "The shop", "{}", NOW)
        reads = Reads(primary, make_replica_engine(members.url))
        told(primary, time.time())
        mark_checked(reads, True)
        assert reads.engine_with(site.id, 0) is not primary
        assert reads.engine_with(site.id, 5) is primary
        reads.close()
        primary.dispose()


def test_the_primary_is_no_replica() -> None:
    with running_members() as members:
        members.stop(1)
        alone = make_replica_engine(members.url)
        with pytest.raises(OperationalError):
            alone.connect()
        alone.dispose()


def test_without_a_replica_the_primary_serves_all_reads(engine) -> None:
    reads = Reads(engine)
    reads.measure_lag()
    assert (reads.engine, reads.lag, reads.lag_seconds, reads.warnings()) == (engine, None, None, [])
