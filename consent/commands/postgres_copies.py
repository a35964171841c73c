"""Copies of a PostgreSQL database by its own programs: pg_dump, pg_restore and psql."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click
import psycopg
from sqlalchemy import URL

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version of PostgreSQL."""


def dump(url: URL, file: Path) -> None:
    """Write the database at `url` to `file`, in PostgreSQL's custom format. Ends the process where that fails."""
    with tempfile.TemporaryFile() as faults:
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}", f"--dbname={_address(url)}")
        _check(
            subprocess.run(_command(url, "pg_dump", *options), env=_environment(url), stderr=faults).returncode, faults
        )


def load(url: URL, file: Path, tables: Sequence[str]) -> None:
    """Put what `file` holds into the database at `url`, in the place of `tables`: all of it or nothing.

    Not by `pg_restore --clean`: it cannot drop the indexes of a month. Ends the process where it fails.
    """
    psql = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-")
    command = _command(url, "psql", *psql, f"--dbname={_address(url)}")
    with (
        tempfile.TemporaryFile() as faults,
        subprocess.Popen(
            command, bufsize=0, env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=faults
        ) as writing,
    ):
        assert writing.stdin  # noqa: S101 - it is a pipe
        try:
            # Where psql has given up, its exit code tells.
            with contextlib.suppress(BrokenPipeError):
                if tables:
                    names = ", ".join(f'"{table}"' for table in tables)
                    writing.stdin.write(f"DROP TABLE IF EXISTS {names} CASCADE;\n".encode())
                _unpack(url, file, writing.stdin, faults)
        except BaseException:
            # Before its input ends: then it would commit what it has.
            writing.kill()
            raise
        writing.stdin.close()
        _check(writing.wait(), faults)


def _unpack(url: URL, file: Path, target: IO[bytes], faults: IO[bytes]) -> None:
    command = _command(url, "pg_restore", "--no-owner", "--file=-", str(file))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=faults) as reading:
        assert reading.stdout  # noqa: S101 - it is a pipe
        shutil.copyfileobj(reading.stdout, target)
    _check(reading.returncode, faults)


def _command(url: URL, program: str, *options: str) -> list[str]:
    """Return the command of the server's own version where Debian has several: an older one refuses a newer server."""
    own = DEBIAN / _version(url) / "bin" / program
    found = str(own) if own.is_file() else shutil.which(program)
    if found is None:
        raise click.ClickException(f"{program} is missing; it comes with PostgreSQL's client programs.")
    return [found, *options]


def _version(url: URL) -> str:
    """Return the major version of the server. Ends the process where it does not answer."""
    try:
        with psycopg.connect(_address(url), password=url.password) as connection:
            return str(connection.info.server_version // 10000)
    except psycopg.Error as error:
        raise click.ClickException(str(error).strip()) from None


def _address(url: URL) -> str:
    """Return the URL without its password. `URL.set` would keep it, and write it as ***, which libpq would believe."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()


def _environment(url: URL) -> dict[str, str]:
    """Return the environment with the password, where `ps` does not show it."""
    return os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})


def _check(code: int, faults: IO[bytes]) -> None:
    if code:
        faults.seek(0)
        raise click.ClickException(
            faults.read().decode(errors="replace").strip() or f"PostgreSQL's program ended with {code}."
        )
