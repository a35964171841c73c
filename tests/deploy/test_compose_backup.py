"""The backup of a Compose set-up: the commands in the docs, on a PostgreSQL with the names of the compose file."""

import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from tests.postgres import empty_cluster, find_binaries, started, superuser

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^    podman compose exec -T database (.+)$", re.MULTILINE)


@pytest.mark.postgres
def test_the_commands_in_the_docs_bring_back_what_was_there(tmp_path: Path) -> None:
    dump, *restore = COMMAND.findall((ROOT / "docs" / "install.md").read_text("utf-8"))
    assert dump.startswith("pg_dump ")
    with empty_cluster() as folder, started(find_binaries(), folder, fsync=False):
        with psycopg.connect(host=str(folder), user=superuser(), dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE consent LOGIN SUPERUSER")  # as the image makes it
            connection.execute("CREATE DATABASE consent OWNER consent")
        engine = make_engine(f"postgresql+psycopg://consent@/consent?host={folder}")
        upgrade(engine)
        with engine.begin() as connection:
            sites.create(connection, "shop", "Shop", "{}", 1)
        _run(dump, folder, tmp_path)
        with engine.begin() as connection:
            sites.create(connection, "later", "Later", "{}", 2)
        for command in restore:  # while a session is open: `--force` ends it
            _run(command, folder, tmp_path)
        engine.dispose()
        upgrade(engine)
        with engine.connect() as connection:
            assert [site.key for site in sites.every(connection)] == ["shop"]
        engine.dispose()


def _run(command: str, server: Path, folder: Path) -> None:
    path = f"{find_binaries()}:{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-c", command], cwd=folder, env=os.environ | {"PGHOST": str(server), "PATH": path}, check=True
    )
