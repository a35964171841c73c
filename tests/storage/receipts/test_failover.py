import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from consent.storage.database.engine import make_engine, takes_writes
from consent.storage.maintenance import migrate
from consent.storage.receipts.new_receipt import WriterUnavailableError
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.receipts import Receipt
from tests.postgres import create_cluster, find_binaries, started, superuser
from tests.postgres_replication import running_members
from tests.storage.sample_receipts import receipt_of

pytestmark = [pytest.mark.postgres, pytest.mark.extended]


class Cluster:
    """A PostgreSQL server for one test, which can stop and start it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"postgresql://{superuser()}@/postgres?host={folder}"
        create_cluster(find_binaries(), folder)

    def running(self):
        return started(find_binaries(), self._folder)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    yield Cluster(folder)
    shutil.rmtree(folder)


def deliver(writer: ReceiptWriter, tries: threading.Semaphore) -> str:
    """Post one choice until it is acknowledged, as a browser does."""
    new = receipt_of(1)
    while True:
        tries.release()
        try:
            return writer.submit(new).id
        except WriterUnavailableError:
            threading.Event().wait(0.02)


def test_the_writer_answers_while_the_database_is_away_and_goes_on_when_it_is_back(cluster: Cluster) -> None:
    engine = make_engine(cluster.url)
    writer = ReceiptWriter(engine)
    with cluster.running():
        migrate.upgrade(engine)
        first = writer.submit(receipt_of(1))
    waiting = receipt_of(1)
    for _ in range(3):
        with pytest.raises(WriterUnavailableError):
            writer.submit(waiting)
    assert not writer.is_available
    with cluster.running():
        while not writer.is_available:
            threading.Event().wait(0.02)
        assert writer.submit(waiting).created
        with engine.connect() as transaction:
            stored = set(transaction.execute(select(Receipt.id)).scalars())
        assert stored == {first.id, waiting.id}
        assert writer.close()
        engine.dispose()


def test_a_restart_between_two_receipts_goes_unnoticed(cluster: Cluster) -> None:
    engine = make_engine(cluster.url)
    writer = ReceiptWriter(engine, timeout=60)
    with cluster.running():
        migrate.upgrade(engine)
        writer.submit(receipt_of(1))
    with cluster.running():
        assert writer.submit(receipt_of(1)).created
        assert writer.close()
        engine.dispose()


@pytest.mark.long
def test_each_receipt_under_load_comes_in_once_through_a_restart(cluster: Cluster) -> None:
    engine = make_engine(cluster.url)
    writer = ReceiptWriter(engine)
    tries = threading.Semaphore(0)
    with ThreadPoolExecutor(16) as pool:
        with cluster.running():
            migrate.upgrade(engine)
            delivered = [pool.submit(deliver, writer, tries) for _ in range(3000)]
            for _ in range(300):
                tries.acquire()
        with cluster.running():
            ids = {one.result() for one in delivered}
            with engine.connect() as transaction:
                assert transaction.execute(select(func.count()).select_from(Receipt)).scalar_one() == len(ids) == 3000
            assert writer.close()
            engine.dispose()


def test_each_acknowledged_receipt_is_there_once_when_the_standby_takes_over() -> None:
    with running_members() as members:
        engine = make_engine(members.url)
        migrate.upgrade(engine)
        writer = ReceiptWriter(engine)
        tries = threading.Semaphore(0)
        with ThreadPoolExecutor(16) as pool:
            delivered = [pool.submit(deliver, writer, tries) for _ in range(3000)]
            for _ in range(300):
                tries.acquire()
            members.kill_primary()
            members.promote()
            ids = {one.result() for one in delivered}
        with engine.connect() as transaction:
            assert set(transaction.execute(select(Receipt.id)).scalars()) == ids
        assert len(ids) == 3000
        assert writer.close()
        engine.dispose()


def test_a_standby_is_not_written_to_and_is_given_up_for_the_primary() -> None:
    with running_members() as members:
        engine = make_engine(members.url)
        migrate.upgrade(engine)
        backwards = make_engine(members.url_with_standby_first)
        with backwards.connect() as connection:
            assert takes_writes(connection)
        alone = make_engine(members.url_of(1).partition("&")[0])
        with pytest.raises(OperationalError, match="read-only"):
            alone.connect()
        standby = make_engine(members.url_of(1))
        with standby.connect() as connection:
            assert not takes_writes(connection)
            with pytest.raises(SQLAlchemyError):
                # Not one of our tables, since the standby may not have them yet.
                connection.exec_driver_sql("CREATE TABLE never ()")
            assert connection.invalidated
        for made in (engine, backwards, alone, standby):
            made.dispose()
