import subprocess
import sys

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from consent.storage import schema
from consent.storage.models import Base
from consent.storage.partitions import is_partition, make_months, months_ahead
from tests.storage.cast import NOW


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
