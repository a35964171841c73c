"""A database whose connections stay open but silent, and one whose disk is full."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select
from sqlalchemy.exc import OperationalError

from consent.storage.database.engine import make_engine
from consent.storage.database.query_timeout import answers_within
from consent.storage.receipts import writer as writing
from consent.storage.receipts.new_receipt import NewReceipt, Stored, WriterUnavailableError
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.receipts import Receipt
from tests.full_disk_trigger import FILL
from tests.stalling_proxy import StallingProxy, quiet_proxy
from tests.storage.sample_receipts import receipt_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def proxy(ready_postgres_database: str) -> Iterator[StallingProxy]:
    with quiet_proxy(Path(str(make_url(ready_postgres_database).query["host"])) / ".s.PGSQL.5432") as found:
        yield found


@pytest.fixture
def behind(proxy: StallingProxy, ready_postgres_database: str) -> Iterator[Engine]:
    parsed = make_url(ready_postgres_database)
    engine = make_engine(f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}")
    yield engine
    engine.dispose()


def test_a_thread_waits_no_longer_for_an_answer_than_it_said(proxy: StallingProxy, behind: Engine) -> None:
    with behind.connect() as connection:
        proxy.stall()
        with answers_within(0.2), pytest.raises(OperationalError, match=r"no answer within 0\.2 s"):
            connection.exec_driver_sql("SELECT 1")
        assert connection.invalidated
    proxy.resume()
    with behind.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_what_was_given_up_and_came_through_late_is_there_once(
    proxy: StallingProxy, behind: Engine, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "COMMIT_SECONDS", 0.5)
    writer = ReceiptWriter(behind)
    assert writer.submit(receipt_of(1)).created
    proxy.stall()
    news = [receipt_of(1) for _ in range(8)]

    def deliver(new: NewReceipt) -> str:
        while True:
            try:
                return writer.submit(new).id
            except WriterUnavailableError:
                threading.Event().wait(0.02)

    with ThreadPoolExecutor(8) as pool:
        delivered = [pool.submit(deliver, new) for new in news]
        while not writer.problem:
            threading.Event().wait(0.02)
        assert "The database does not answer" in writer.problem
        proxy.resume()
        assert sorted(one.result() for one in delivered) == sorted(new.id for new in news)
    assert (writer.problem, writer.is_available) == ("", True)
    with postgres_engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Receipt)).scalar_one() == 9
    assert writer.close()


def test_reports_a_full_disk_until_there_is_space_again(postgres_engine: Engine) -> None:
    writer = ReceiptWriter(postgres_engine, timeout=60)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(FILL)
    lost = receipt_of(1)
    for _ in range(2):
        with pytest.raises(WriterUnavailableError):
            _try(writer, lost)
        assert (writer.problem, writer.is_available) == ("The disk of the database is full.", False)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON receipt_key")
    while True:
        try:
            assert _try(writer, lost).created
            break
        except WriterUnavailableError:
            continue
    assert (writer.problem, writer.is_available) == ("", True)
    assert writer.close()


def test_a_node_that_gets_no_choices_learns_of_others_that_there_is_room_again(postgres_engine: Engine) -> None:
    writer, other = (ReceiptWriter(postgres_engine, timeout=60) for _ in range(2))
    now = int(time.time())
    other.submit(receipt_of(1, time=now))
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(FILL)
    with pytest.raises(WriterUnavailableError):
        writer.submit(receipt_of(1, time=now))
    # A receipt stored earlier doesn't prove that there is room.
    while writer._newest is None:
        threading.Event().wait(0.02)
    assert (writer.problem, writer.is_available) == ("The disk of the database is full.", False)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON receipt_key")
    assert not writer.is_available
    other.submit(receipt_of(1, time=now + 1))
    while not writer.is_available:
        threading.Event().wait(0.02)
    assert writer.problem == ""
    assert writer.close()
    assert other.close()


def _try(writer: ReceiptWriter, new: NewReceipt) -> Stored:
    """Write a receipt once the writer accepts receipts again."""
    while not writer._takes:
        threading.Event().wait(0.02)
    return writer.submit(new)
