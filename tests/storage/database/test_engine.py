import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, select

from consent.storage.database import engine as engine_settings
from consent.storage.database.base import db
from consent.storage.database.engine import bind, database_url, make_engine
from consent.storage.maintenance import migrate
from consent.storage.tables.sites import Site
from tests.postgres import libpq_url
from tests.storage.sample_receipts import NOW

FULL = 2
SHIPPED = engine_settings.SQLITE_PRAGMAS


@pytest.fixture(autouse=True)
def _as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up connections as shipped; other tests use faster settings."""
    monkeypatch.setattr(engine_settings, "SQLITE_PRAGMAS", SHIPPED)


def durability(engine: Engine) -> object:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return connection.exec_driver_sql("PRAGMA synchronous").scalar()
        return connection.exec_driver_sql("SHOW synchronous_commit").scalar()


def test_a_commit_is_durable(empty_engine: Engine) -> None:
    assert durability(empty_engine) in (FULL, "on")


def test_a_commit_is_durable_where_the_server_says_otherwise(new_postgres_database: str) -> None:
    with psycopg.connect(libpq_url(new_postgres_database), autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$"
        )
    engine = make_engine(new_postgres_database)
    assert durability(engine) == "on"
    engine.dispose()


def test_no_query_is_compiled_first(new_postgres_database: str) -> None:
    engine = make_engine(new_postgres_database)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET jit_above_cost = 0")
        plan = connection.exec_driver_sql("EXPLAIN ANALYZE SELECT count(*) FROM pg_class").scalars().all()
    assert not [line for line in plan if "JIT" in line]
    engine.dispose()


def test_sqlite_keeps_a_write_ahead_log_and_foreign_keys(tmp_path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_the_connections_of_the_app_are_durable_too(url: str) -> None:
    app = Flask("test")
    engine = bind(app, url)
    migrate.upgrade(engine)
    with app.app_context():
        db.session.add(Site(key="shop", name="The shop", draft="{}", created_at=NOW))
        db.session.commit()
        assert db.session.execute(select(Site.key)).scalar_one() == "shop"
    assert durability(engine) in (FULL, "on")
    engine.dispose()


def test_a_session_that_read_before_may_write_after_another_one_wrote(engine: Engine) -> None:
    with engine.connect() as reader:
        assert reader.execute(select(Site.key)).all() == []
        with engine.begin() as other:
            other.exec_driver_sql("INSERT INTO role (name) VALUES ('first')")
        reader.exec_driver_sql("INSERT INTO role (name) VALUES ('second')")
        reader.commit()


@pytest.mark.parametrize("url", ["postgres://host/consent", "postgresql://host/consent", "postgresql+psycopg://h/c"])
def test_postgresql_means_psycopg_3(url: str) -> None:
    assert database_url(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/consent"])
def test_a_database_that_cannot_keep_receipts_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the database must be"):
        database_url(url)
