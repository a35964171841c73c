import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, Table

from consent.storage.accounts import roles, users
from consent.storage.database.base import Base
from consent.storage.database.partitions import create_months, is_partition, months_ahead
from consent.storage.maintenance import migrate
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from tests.schemas import EARLIER_SENTENCE, UpgradeByLater, later_program, make_earlier
from tests.storage.sample_receipts import NOW, receipt_of

pytestmark = pytest.mark.extended


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and is_partition(name))


def test_models_and_migrations_agree(engine: Engine) -> None:
    create_months(engine, months_ahead(NOW))
    options = {"include_name": include_name, "compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_is_not_current_until_it_is_upgraded(empty_engine: Engine) -> None:
    assert migrate.current_revision(empty_engine) is None
    assert "is empty" in migrate.schema_problem(empty_engine)
    migrate.upgrade(empty_engine)
    assert migrate.schema_problem(empty_engine) == ""


def test_an_upgrade_prints_nothing(empty_engine: Engine, capfd) -> None:
    migrate.upgrade(empty_engine)
    assert capfd.readouterr() == ("", "")


def test_a_downgrade_to_base_leaves_no_table_and_can_be_undone(engine: Engine) -> None:
    create_months(engine, months_ahead(NOW))
    migrate.downgrade(engine, "base")
    assert sqlalchemy.inspect(engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(engine)
    assert migrate.schema_problem(engine) == ""


def test_a_downgrade_and_an_upgrade_keep_receipts_and_roles(
    engine: Engine, writer: ReceiptWriter, shop: SiteRow
) -> None:
    assert writer.submit(receipt_of(shop.id)).created
    row = {"email": "ann@example.com", "name": "Ann", "password": None, "active": True, "created_at": NOW}
    with engine.begin() as connection:
        users.add(connection, row)
        roles.grant(connection, users.id_of(connection, "ann@example.com"), "viewer", shop.id)
    migrate.downgrade(engine, "0006_language_model")
    migrate.upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM receipt")).scalar_one() == 1
        ann = users.id_of(connection, "ann@example.com")
        assert roles.roles_of(connection, ann, shop.id) == {"viewer"}
    migrate.downgrade(engine, "base")
    assert sqlalchemy.inspect(engine).get_table_names() == ["alembic_version"]


@pytest.mark.server
def test_nodes_that_upgrade_at_once_all_succeed(empty_engine: Engine) -> None:
    program = (
        "import sys; from consent.storage.database.engine import make_engine; "
        "from consent.storage.maintenance.migrate import upgrade; upgrade(make_engine(sys.argv[1]))"
    )
    url = empty_engine.url.render_as_string(hide_password=False)
    nodes = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [node.wait() for node in nodes] == [0, 0, 0]
    assert migrate.schema_problem(empty_engine) == ""


@pytest.fixture
def newer(tmp_path: Path) -> UpgradeByLater:
    """Return a function that upgrades a database by one more migration.

    After it, code from revision `works_with` on still works.
    """

    def upgrade_by_later(engine: Engine, works_with: str) -> None:
        with later_program(tmp_path, works_with):
            migrate.upgrade(engine)
            assert migrate.schema_problem(engine) == ""

    return upgrade_by_later


def test_code_of_before_works_on_a_database_that_only_got_more(
    engine: Engine, newer: UpgradeByLater, writer: ReceiptWriter, shop: SiteRow
) -> None:
    newer(engine, migrate.newest_revision())
    assert migrate.current_revision(engine) == "9000"
    assert migrate.schema_problem(engine) == ""
    assert writer.submit(receipt_of(shop.id)).created
    migrate.upgrade(engine)
    assert migrate.current_revision(engine) == "9000"


def test_code_of_before_is_too_old_for_a_database_that_took_something_away(
    engine: Engine, newer: UpgradeByLater
) -> None:
    newer(engine, "9000")
    said = "requires a program at version 9000 or later"
    assert said in migrate.schema_problem(engine)
    with pytest.raises(migrate.UnsupportedDatabaseError, match=said):
        migrate.upgrade(engine)


def test_each_migration_says_from_which_revision_on_code_works_after_it() -> None:
    scripts = [*ScriptDirectory(str(migrate.FOLDER)).walk_revisions()]
    assert [script.revision for script in scripts if script.module.works_with not in migrate._revisions()] == []
    # The service reads the revision chain itself, with the same result as Alembic.
    assert migrate._revisions() == {script.revision for script in scripts}
    assert migrate.newest_revision() == scripts[0].revision


def test_a_database_of_an_earlier_program_is_refused_and_stays_as_it_is(engine: Engine) -> None:
    make_earlier(engine)
    before = sqlalchemy.inspect(engine).get_table_names()
    assert migrate.schema_problem(engine) == migrate.earlier_problem(engine) == EARLIER_SENTENCE
    with pytest.raises(migrate.UnsupportedDatabaseError, match=EARLIER_SENTENCE):
        migrate.upgrade(engine)
    assert sqlalchemy.inspect(engine).get_table_names() == before
    assert migrate.current_revision(engine) == "0032"


def test_a_database_of_an_older_release_is_to_be_upgraded(engine: Engine, tmp_path: Path) -> None:
    older = migrate.newest_revision()
    with later_program(tmp_path):
        sentence = f"The database is at version {older}, not 9000; run `consent db upgrade`."
        assert migrate.schema_problem(engine) == sentence
        migrate.upgrade(engine)
        assert migrate.schema_problem(engine) == ""
        assert migrate.current_revision(engine) == "9000"


def test_an_upgrade_that_is_repeated_changes_nothing(engine: Engine, shop: SiteRow) -> None:
    before = _schema(engine)
    migrate.upgrade(engine)
    assert _schema(engine) == before
    with engine.connect() as connection:
        assert sites.every(connection) == [shop]


def _schema(engine: Engine) -> list[tuple[str, str, list[str | None]]]:
    inspector = sqlalchemy.inspect(engine)
    return [
        (name, str(inspector.get_columns(name)), [index["name"] for index in inspector.get_indexes(name)])
        for name in inspector.get_table_names()
    ]


def test_keys_and_checks_of_the_migration_are_those_of_the_models(engine: Engine) -> None:
    """The order of a key's columns decides which lookups are fast; Alembic compares neither keys nor checks."""
    inspector = sqlalchemy.inspect(engine)
    for table in Base.metadata.sorted_tables:
        key = inspector.get_pk_constraint(table.name)
        assert key["constrained_columns"] == [column.name for column in table.primary_key], table.name
        checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert checks == {_name_of(one, table) for one in table.constraints if isinstance(one, CheckConstraint)}


def _name_of(check: CheckConstraint, table: Table) -> str:
    return f"ck_{table.name}_{check.name}".replace(f"ck_{table.name}_ck_", "ck_")


def test_writers_go_on_while_a_migration_waits_for_its_lock(postgres_engine: Engine, newer: UpgradeByLater) -> None:
    writer = ReceiptWriter(postgres_engine, timeout=60)
    with postgres_engine.begin() as transaction:
        shop = sites.create(transaction, "shop", "The shop", "{}", NOW)
    with ThreadPoolExecutor(1) as pool:
        with postgres_engine.begin() as reader:
            reader.exec_driver_sql("LOCK TABLE receipt IN ACCESS SHARE MODE")
            migration = pool.submit(newer, postgres_engine, migrate.newest_revision())
            _wait_for_a_lock(postgres_engine)
            # The migration must give way to these, since the reader doesn't.
            for _ in range(20):
                assert writer.submit(receipt_of(shop.id)).created
            assert not migration.done()
        migration.result()
    assert writer.submit(receipt_of(shop.id)).created
    assert writer.close()


def _wait_for_a_lock(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one():
            threading.Event().wait(0.01)
