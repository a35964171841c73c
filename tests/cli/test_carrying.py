"""A copy of an SQLite database fills PostgreSQL: every row, with sequences that continue."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import select

from consent.storage.database.base import Base
from consent.storage.database.engine import make_engine
from consent.storage.sites import sites
from tests.cli.instance import VISITORS
from tests.postgres import libpq_url
from tests.schemas import later_program, make_earlier
from tests.storage.sample_receipts import NOW

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("instance", ["sqlite"], indirect=True),
    pytest.mark.extended,
]


@pytest.fixture
def copy(instance, tmp_path):
    """Back up an instance that has receipts in the log, a user and audit trail entries."""
    instance.sequence()
    assert instance.say("user", "create", "ada@example.com")[0] == 0
    file = tmp_path / "copy.sqlite"
    assert instance.say("db", "backup", str(file))[0] == 0
    return file


@pytest.fixture
def target(instance, monkeypatch, new_postgres_database):
    """Point the instance's settings at an empty PostgreSQL, and yield its engine."""
    instance.engine.dispose()
    monkeypatch.setenv("CONSENT_DATABASE_URL", libpq_url(new_postgres_database))
    engine = make_engine(new_postgres_database)
    yield engine
    engine.dispose()


def rows_of(engine):
    """Return the rows of each table, in the same order on both databases."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(*table.columns))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_each_row_is_carried(instance, copy, target):
    before = rows_of(instance.engine)
    code, said = instance.say("db", "restore", str(copy))
    assert (code, said) == (0, f"Restored the database from {copy} and erased 0 receipts again.")
    after = rows_of(target)
    assert after == before
    assert all(len(after[name]) for name in ("receipt", "receipt_personal", "receipt_key", "log_tile", "user", "site"))


def test_numbering_and_the_log_continue(instance, copy, target):
    assert instance.say("db", "restore", str(copy))[0] == 0
    with target.begin() as transaction:
        second = sites.create(transaction, "second", "Second", "{}", NOW)
    assert second.id > instance.site.id
    code, said = instance.say("site", "create", "third", "--name", "Third", "--host", "https://third.example")
    assert code == 0, said
    instance.engine = target
    instance.sequence()
    assert instance.say("user", "create", "eve@example.com")[0] == 0


def test_what_was_erased_after_the_backup_stays_erased(instance, copy, target, monkeypatch):
    with monkeypatch.context() as still:
        still.setenv("CONSENT_DATABASE_URL", instance.url)
        reason = ("--level", "full", "--reason", "asked by letter")
        assert instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], *reason)[0] == 0
    code, said = instance.say("db", "restore", str(copy))
    assert (code, said) == (0, f"Restored the database from {copy} and erased 2 receipts again.")
    instance.engine = target
    assert instance.personal() == [False, False, True]


def test_a_copy_of_an_older_version_is_brought_up_to_date_and_stays_as_it_is(instance, copy, target, tmp_path):
    before = copy.read_bytes()
    with later_program(tmp_path):
        assert instance.say("db", "restore", str(copy))[0] == 0
    with target.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "9000"
        assert connection.exec_driver_sql("SELECT of_later FROM receipt").all() == [(None,)] * 3
    assert copy.read_bytes() == before


def test_a_copy_of_an_earlier_program_is_refused(instance, copy, target):
    earlier = make_engine(f"sqlite:///{copy}")
    make_earlier(earlier)
    earlier.dispose()
    code, said = instance.say("db", "restore", str(copy))
    assert (code, said.startswith(f"Error: {copy} is a copy of an earlier program: export")) == (1, True), said
    with target.connect() as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('receipt')").scalar_one() is None


def test_replaces_existing_data_only_on_request(instance, copy, target):
    assert instance.say("db", "upgrade")[0] == 0
    with target.begin() as transaction:
        sites.create(transaction, "other", "Other", "{}", NOW)
    assert instance.say("db", "restore", str(copy)) == (
        1,
        "Error: The database is not empty; use --replace to discard its contents.",
    )
    assert instance.say("db", "restore", str(copy), "--replace")[0] == 0
    with target.connect() as connection:
        assert [site.key for site in sites.every(connection)] == ["shop"]


def test_data_that_postgresql_cannot_store_aborts_everything(instance, copy, target):
    assert instance.say("db", "restore", str(copy))[0] == 0
    before = rows_of(target)
    with contextlib.closing(sqlite3.connect(copy)) as spoilt, spoilt:
        spoilt.execute("UPDATE site SET name = 'a' || char(0) || 'b'")
        spoilt.execute("DELETE FROM receipt")
    code, said = instance.say("db", "restore", str(copy), "--replace")
    assert code == 1
    assert said.startswith(f"Error: {copy} has data that PostgreSQL cannot store: site: ")
    assert said.endswith("Nothing was changed.")
    assert rows_of(target) == before


def test_a_damaged_copy_is_refused(instance, copy, target, tmp_path):
    torn = tmp_path / "torn"
    torn.write_bytes(copy.read_bytes()[:9000])
    code, said = instance.say("db", "restore", str(torn))
    assert (code, "is damaged" in said) == (1, True), said
    with target.connect() as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('receipt')").scalar_one() is None
