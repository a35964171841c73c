"""With pgbouncer in transaction mode, where nothing outlasts a transaction."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from consent.storage.database.engine import make_engine
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.receipts import Receipt
from tests.pgbouncer import NoPgbouncer, running_pgbouncer
from tests.postgres import libpq_url
from tests.storage.sample_receipts import receipt_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def pooled_url(ready_postgres_database: str) -> Iterator[str]:
    try:
        with running_pgbouncer(ready_postgres_database) as url:
            yield url
    except NoPgbouncer as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def pooled(pooled_url: str) -> Iterator[Engine]:
    engine = make_engine(pooled_url)
    yield engine
    engine.dispose()


def test_two_writers_share_a_pooler_and_each_receipt_comes_in_once(pooled: Engine) -> None:
    writers = [ReceiptWriter(pooled, timeout=60) for _ in range(2)]
    news = [receipt_of(1) for _ in range(200)]
    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(lambda pair: writers[pair[0] % 2].submit(pair[1]).id, enumerate(news * 2)))
    assert sorted(stored) == sorted(new.id for new in news * 2)
    with pooled.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Receipt)).scalar_one() == len(news)
    assert all(writer.close() for writer in writers)


def test_a_connection_knows_that_a_pooler_is_between(pooled: Engine, ready_postgres_database: str) -> None:
    direct = make_engine(ready_postgres_database)
    with pooled.connect() as behind, direct.connect() as before:
        assert behind.connection.dbapi_connection.is_pooled
        assert not before.connection.dbapi_connection.is_pooled
    direct.dispose()


def test_a_database_that_forgets_commits_is_refused_behind_a_pooler(new_postgres_database: str) -> None:
    with psycopg.connect(libpq_url(new_postgres_database), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = off".encode())
    with running_pgbouncer(new_postgres_database) as url:
        engine = make_engine(url)
        with pytest.raises(OperationalError, match="synchronous_commit is off"):
            engine.connect()
        engine.dispose()
