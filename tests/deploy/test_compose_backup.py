"""Backup and restore of a Compose setup: the blocks in docs/install.md, on a PostgreSQL named as in the compose file.

What the blocks run in a container is run here in the folder that is the image's home, or on the database.
"""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import psycopg
import pytest

from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from tests.docs_commands import ROOT, command_blocks
from tests.postgres import empty_cluster, find_binaries, started, superuser

PODMAN = """#!/bin/bash
# `compose exec SERVICE COMMAND` and `compose run … --entrypoint COMMAND service …`; what starts and stops is written down.
set -eu
[ "$1" = compose ]
echo "$*" >> "$CALLS"
case "$2" in
exec)
  shift 2
  [ "$1" != -T ] || shift
  [ "$1" != service ] || cd "$SERVICE_HOME"
  shift
  exec "$@" ;;
run)
  [ "$*" = "compose run --rm -T --no-deps --entrypoint tar service --extract" ]
  cd "$SERVICE_HOME"
  exec tar --extract ;;
esac
"""


@pytest.mark.postgres
def test_the_commands_in_the_docs_bring_back_what_was_there(tmp_path: Path) -> None:
    blocks = [block for block in command_blocks(ROOT / "docs" / "install.md") if block.run_by == HERE]
    backup, restore, new_machine = (block.text for block in blocks)
    home, other = tmp_path / "home", tmp_path / "other"
    with empty_cluster() as folder, started(find_binaries(), folder, fsync=False):
        with psycopg.connect(host=str(folder), user=superuser(), dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE consent LOGIN SUPERUSER")  # as the image creates it
            connection.execute("CREATE DATABASE consent OWNER consent")
        engine = make_engine(f"postgresql+psycopg://consent@/consent?host={folder}")
        upgrade(engine)
        keys = load_keys(home / "instance" / "keys").jwks
        (home / "instance" / "exports").mkdir()
        (home / "instance" / "exports" / "large.csv").write_text("rows")
        with engine.begin() as transaction:
            sites.create(transaction, "shop", "Shop", "{}", 1)
        run = Shell(tmp_path, folder)
        run(backup, home)
        with engine.begin() as transaction:
            sites.create(transaction, "later", "Later", "{}", 2)
        other.mkdir()
        run(new_machine, other)
        run(restore, other)  # while a session is open, which `--force` ends
        engine.dispose()
        with engine.connect() as connection:
            assert [site.key for site in sites.every(connection)] == ["shop"]
        engine.dispose()
    assert load_keys(other / "instance" / "keys").jwks == keys
    assert not (other / "instance" / "exports").exists()
    assert {path.stat().st_mode & 0o777 for path in (run.folder / "database.dump", run.folder / "instance.tar")} == {
        0o600
    }
    with tarfile.open(run.folder / "instance.tar") as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == {"instance"}
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call for call in calls if " exec " not in call and " run " not in call] == [
        "compose up --detach database",
        "compose stop service",
        "compose up --detach",
    ]


HERE = Path(__file__).relative_to(ROOT).as_posix()


class Shell:
    """The operator's shell in a folder of its own."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder / "operator"
        self.folder.mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "podman").write_text(PODMAN)
        (folder / "bin" / "podman").chmod(0o755)
        path = f"{folder / 'bin'}:{find_binaries()}:{os.environ['PATH']}"
        self.environ = os.environ | {"PGHOST": str(server), "PATH": path, "CALLS": str(folder / "calls")}
        self.environ |= {
            "CONSENT_DATABASE_URL": f"postgresql://consent@/consent?host={server}",
            "CONSENT_BASE_URL": "https://consent.example.com",
        }

    def __call__(self, block: str, home: Path) -> None:
        text = block.replace("/opt/consent/bin/consent", str(Path(sys.executable).with_name("consent")))
        environ = self.environ | {"SERVICE_HOME": str(home)}
        command = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
