import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from consent.storage import schema, sites
from consent.storage.models import Base
from consent.storage.partitions import is_partition, make_months, months_ahead
from consent.storage.sites import FoundSite
from consent.storage.writer import ReceiptWriter
from tests.storage.cast import NOW, receipt_of


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and is_partition(name))


def test_models_and_migrations_agree(engine: Engine) -> None:
    make_months(engine, months_ahead(NOW))
    options = {"include_name": include_name, "compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_is_not_current_until_it_is_upgraded(empty_engine: Engine) -> None:
    assert schema.current_revision(empty_engine) is None
    assert "is empty" in schema.fault(empty_engine)
    schema.upgrade(empty_engine)
    assert schema.fault(empty_engine) == ""


def test_an_upgrade_says_nothing(empty_engine: Engine, capfd) -> None:
    schema.upgrade(empty_engine)
    assert capfd.readouterr() == ("", "")


def test_a_downgrade_to_base_leaves_no_table_and_can_be_undone(engine: Engine) -> None:
    make_months(engine, months_ahead(NOW))
    schema.downgrade(engine, "base")
    assert sqlalchemy.inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(engine)
    assert schema.fault(engine) == ""


def test_nodes_that_upgrade_at_once_all_succeed(empty_engine: Engine) -> None:
    program = "import sys; from consent.storage import engine, schema; schema.upgrade(engine.make_engine(sys.argv[1]))"
    url = empty_engine.url.render_as_string(hide_password=False)
    nodes = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [node.wait() for node in nodes] == [0, 0, 0]
    assert schema.fault(empty_engine) == ""


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Engine, str], None]]:
    """Give what upgrades a database by the program of later: one more migration after which code of `works_with` works."""
    later = tmp_path / "later"
    shutil.copytree(schema.FOLDER, later)

    def upgrade_by_later(engine: Engine, works_with: str) -> None:
        present = schema.newest_revision()
        (later / "versions" / "9000_later.py").write_text(LATER.format(present=present, works_with=works_with))
        with monkeypatch.context() as patched:
            patched.setattr(schema, "FOLDER", later)
            _forget()
            schema.upgrade(engine)
            assert schema.fault(engine) == ""
        _forget()

    yield upgrade_by_later
    _forget()


def _forget() -> None:
    schema.newest_revision.cache_clear()
    schema._revisions.cache_clear()


LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{present}"
branch_labels = None
depends_on = None
works_with = "{works_with}"


def upgrade():
    op.add_column("receipt", sa.Column("of_later", sa.String(), nullable=True))
"""


def test_code_of_before_works_on_a_database_that_only_got_more(
    engine: Engine, newer: Callable[[Engine, str], None], writer: ReceiptWriter, shop: FoundSite
) -> None:
    newer(engine, schema.newest_revision())
    assert schema.current_revision(engine) == "9000"
    assert schema.fault(engine) == ""
    assert writer.submit(receipt_of(shop.id)).created
    schema.upgrade(engine)
    assert schema.current_revision(engine) == "9000"


def test_code_of_before_is_too_old_for_a_database_that_took_something_away(
    engine: Engine, newer: Callable[[Engine, str], None]
) -> None:
    newer(engine, "9000")
    said = "needs a program of 9000 or later"
    assert said in schema.fault(engine)
    with pytest.raises(schema.NewerDatabase, match=said):
        schema.upgrade(engine)


def test_each_migration_says_from_which_revision_on_code_works_after_it() -> None:
    scripts = ScriptDirectory(str(schema.FOLDER)).walk_revisions()
    *later, first = takewhile(lambda script: script.revision != "0022", scripts)
    assert first.revision == "0020"
    known = schema._revisions()
    assert [script.revision for script in (*later, first) if script.module.works_with not in known] == []


def test_writers_go_on_while_a_migration_waits_for_its_lock(
    postgres_engine: Engine, newer: Callable[[Engine, str], None]
) -> None:
    writer = ReceiptWriter(postgres_engine, timeout=60)
    with postgres_engine.begin() as transaction:
        shop = sites.create(transaction, "shop", "The shop", "{}", NOW)
    with ThreadPoolExecutor(1) as pool:
        with postgres_engine.begin() as reader:
            reader.exec_driver_sql("LOCK TABLE receipt IN ACCESS SHARE MODE")
            migration = pool.submit(newer, postgres_engine, schema.newest_revision())
            _wait_for_a_lock(postgres_engine)
            # The migration has to give way for these, since the reader does not.
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
