"""What a service notices about its SQLite file: that it can't be written, and that another service uses it."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent.nodes.heartbeat import Node
from consent.nodes.sqlite_file import SHARED, SqliteFile
from consent.signing.keys import Keys
from consent.storage.database.engine import make_engine


@pytest.fixture
def database(ready_sqlite_database: str):
    engine = make_engine(ready_sqlite_database)
    yield engine
    engine.dispose()


def test_the_second_service_on_a_file_says_so_until_the_first_ends(
    database: Engine, keys: Keys, tmp_path: Path
) -> None:
    first, second = Node(database, keys, tmp_path), Node(database, keys, tmp_path)
    first.check()
    second.check()
    first.check()
    assert (first.error, first.warnings) == ("", [])
    assert (second.error, second.warnings) == ("", [SHARED])
    first.close()
    second.check()
    assert second.warnings == []
    second.close()


def test_a_service_that_was_killed_leaves_the_file(database: Engine) -> None:
    code = (
        "import sys; from consent.storage.database.engine import make_engine; from consent.nodes.sqlite_file import *"
    )
    code += "; file = SqliteFile(make_engine(sys.argv[1])); print(file.warnings(), flush=True); input()"
    command = [sys.executable, "-c", code, str(database.url)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "[]\n"
        here = SqliteFile(database)
        assert here.warnings() == [SHARED]
        other.kill()
    assert here.warnings() == []
    here.close()
