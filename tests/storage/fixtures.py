"""The same tests on both databases, each with its own schema and one site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent.storage.database.engine import make_engine
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from tests.storage.sample_receipts import NOW


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Yield the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/consent.db"
    return str(request.getfixturevalue("new_postgres_database"))


@pytest.fixture
def empty_engine(url: str) -> Iterator[Engine]:
    """Yield the engine of a database without tables."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield the engine of a database that is ready for use."""
    engine = make_engine(request.getfixturevalue(f"ready_{request.param}_database"))
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(ready_postgres_database: str) -> Iterator[Engine]:
    """Yield the engine of a PostgreSQL database that is ready for use."""
    engine = make_engine(ready_postgres_database)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(engine: Engine) -> SiteRow:
    """Create the site that most tests use."""
    with engine.begin() as transaction:
        return sites.create(transaction, "shop", "The shop", "{}", NOW)


@pytest.fixture
def writer(engine: Engine) -> Iterator[ReceiptWriter]:
    """Yield a writer with a long timeout: these tests don't check its speed."""
    writer = ReceiptWriter(engine, timeout=60)
    yield writer
    assert writer.close()
