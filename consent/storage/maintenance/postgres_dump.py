"""Back up and restore PostgreSQL with its own tools: pg_dump, pg_restore and psql."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import URL


class PostgresProgramError(Exception):
    """A PostgreSQL program is missing or failed; the message is a sentence for the operator."""


DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian installs the programs of each PostgreSQL version."""


def dump(url: URL, file: Path) -> None:
    """Write the database at `url` to `file`, in PostgreSQL's custom format. Raises PostgresProgramError."""
    with tempfile.TemporaryFile() as errors:
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}", f"--dbname={_address(url)}")
        _check(
            subprocess.run(_command(url, "pg_dump", *options), env=_environment(url), stderr=errors).returncode, errors
        )


def tables_of(url: URL, file: Path) -> list[str]:
    """Return the names of the tables in the dump `file`. Raises PostgresProgramError if it isn't a dump."""
    with tempfile.TemporaryFile() as errors:
        command = _command(url, "pg_restore", "--list", str(file))
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors)
        _check(done.returncode, errors)
    # Lines look like `223; 1259 16396 TABLE public site consent`, ending with the owner.
    return [line.split()[5] for line in done.stdout.decode().splitlines() if " TABLE " in line and line[:1].isdigit()]


def load(url: URL, file: Path, tables: Sequence[str]) -> None:
    """Restore `file` into the database at `url`, replacing `tables`, in a single transaction.

    `pg_restore --clean` won't do: it can't drop a partition's indexes. Raises PostgresProgramError.
    """
    psql = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-")
    command = _command(url, "psql", *psql, f"--dbname={_address(url)}")
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, bufsize=0, env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        ) as writing,
    ):
        assert writing.stdin  # noqa: S101 - it is a pipe
        try:
            # If psql gave up, its exit code will say so.
            with contextlib.suppress(BrokenPipeError):
                if tables:
                    names = ", ".join(f'"{table}"' for table in tables)
                    writing.stdin.write(f"DROP TABLE IF EXISTS {names} CASCADE;\n".encode())
                _unpack(url, file, writing.stdin, errors)
        except BaseException:
            # Kill psql before its input ends, or it would commit what it has.
            writing.kill()
            raise
        writing.stdin.close()
        _check(writing.wait(), errors)


def _unpack(url: URL, file: Path, target: IO[bytes], errors: IO[bytes]) -> None:
    command = _command(url, "pg_restore", "--no-owner", "--file=-", str(file))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as reading:
        assert reading.stdout  # noqa: S101 - it is a pipe
        shutil.copyfileobj(reading.stdout, target)
    _check(reading.returncode, errors)


def _command(url: URL, program: str, *options: str) -> list[str]:
    """Return the command in the server's version if Debian has several: older programs refuse newer servers."""
    versioned = DEBIAN / _version(url) / "bin" / program
    path = str(versioned) if versioned.is_file() else shutil.which(program)
    if path is None:
        raise PostgresProgramError(f"{program} is missing; it comes with PostgreSQL's client programs.")
    return [path, *options]


def _version(url: URL) -> str:
    """Return the major version of the server. Raises PostgresProgramError."""
    try:
        with psycopg.connect(_address(url), password=url.password) as connection:
            return str(connection.info.server_version // 10000)
    except psycopg.Error as error:
        raise PostgresProgramError(str(error).strip()) from None


def _address(url: URL) -> str:
    """Return the URL without its password. `URL.set` would write it as ***, which libpq would take literally."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()


def _environment(url: URL) -> dict[str, str]:
    """Return the environment with the password, so that `ps` doesn't show it."""
    return os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})


def _check(code: int, errors: IO[bytes]) -> None:
    if code:
        errors.seek(0)
        raise PostgresProgramError(
            errors.read().decode(errors="replace").strip() or f"PostgreSQL's program ended with {code}."
        )
