"""`consent db backup|restore`: a whole copy of the database, and back again without what was erased since."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import click

from consent.commands.erasing import replay
from consent.commands.shared import as_json, counted, open_engine, say, settings_here
from consent.config import Settings

SQLITE = b"SQLite format 3\x00"
"""How a file of SQLite begins."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def backup(file: Path, as_json: bool) -> None:
    """Write a consistent copy of the database to FILE while the service runs."""
    settings = settings_here()
    if file.exists():
        raise click.ClickException(f"{file} is there already; choose another name.")
    # Made first, so that nobody else can ever read it.
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy_sqlite(_sqlite_file(settings), file) if settings.is_sqlite else _dump(settings, file)
    except BaseException:
        file.unlink()
        raise
    size = file.stat().st_size
    sentence = f"Wrote {file} ({size} bytes); keep the folders keys/, checkpoints/ and erasures/ of the instance too."
    say(sentence, {"file": str(file), "bytes": size}, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that is there.")
@as_json
def restore(file: Path, replace: bool, as_json: bool) -> None:
    """Put the copy FILE in the place of the database, and erase again what was erased since; stop the service first.

    A copy of SQLite may fill a database of PostgreSQL: so receipts, people and all else move there.
    """
    from consent.storage.schema import upgrade

    settings = settings_here()
    _restore_sqlite(settings, file, replace=replace) if settings.is_sqlite else _load(settings, file, replace=replace)
    with open_engine(settings, of_any_version=True) as engine:
        upgrade(engine)
        done, busy = replay(engine, settings)
    sentence = f"Restored the database from {file} and erased {counted(done, 'receipt')} again.{busy}"
    say(sentence, {"file": str(file), "erased_again": done}, as_json=as_json)


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.database.removeprefix("sqlite:///"))


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise click.ClickException(f"There is no database {source}.")
    with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _restore_sqlite(settings: Settings, file: Path, *, replace: bool) -> None:
    target = _sqlite_file(settings)
    with contextlib.closing(sqlite3.connect(file)) as copy:
        _check(copy, file)
        if target.exists() and not replace:
            raise click.ClickException(f"{target} is there already; use --replace to give it up.")
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = target.with_name(target.name + ".restored")
        whole.unlink(missing_ok=True)
        try:
            with contextlib.closing(sqlite3.connect(whole)) as fresh:
                copy.backup(fresh)
            if target.exists():
                _give_up(target)
            whole.replace(target)
        finally:
            whole.unlink(missing_ok=True)


def _give_up(target: Path) -> None:
    """Make a database ready to be replaced: nothing of its log may be left beside the new one.

    Whoever has it open would go on with a file that has no name any more, and say of what is lost that it is kept.
    """
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=0)) as old:
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise click.ClickException(f"{target} is in use: stop the service first. Nothing was changed.") from None
        # It is damaged, which may be why it is given up.
        for name in (target.name + "-wal", target.name + "-shm"):
            target.with_name(name).unlink(missing_ok=True)


def _check(copy: sqlite3.Connection, file: Path) -> None:
    try:
        fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if fault == "ok" and not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            fault = "it is no copy of this service's database"
    except sqlite3.DatabaseError as error:
        fault = str(error)
    if fault != "ok":
        raise click.ClickException(f"{file} is damaged: {fault}")


def _dump(settings: Settings, file: Path) -> None:
    from consent.commands.postgres_copies import dump
    from consent.storage.engine import database_url

    dump(database_url(settings.database), file)


def _load(settings: Settings, file: Path, *, replace: bool) -> None:
    from consent.commands.postgres_copies import load
    from consent.storage.models import Base
    from consent.storage.schema import current_revision

    with open_engine(settings, of_any_version=True) as engine:
        if current_revision(engine) is not None and not replace:
            raise click.ClickException("The database is not empty; use --replace to give up what it holds.")
        if _is_sqlite(file):
            _carry(settings, file, engine)
        else:
            load(engine.url, file, [*Base.metadata.tables, "alembic_version"])


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as copy:
        return copy.read(len(SQLITE)) == SQLITE


def _carry(settings: Settings, file: Path, engine: Any) -> None:
    """Fill PostgreSQL from a copy of SQLite, which may be of an older version."""
    from consent.storage.carrying import Unfit, carry
    from consent.storage.engine import make_engine
    from consent.storage.schema import upgrade

    with tempfile.TemporaryDirectory(dir=settings.instance) as folder:
        newest = Path(folder) / "newest.sqlite"
        with contextlib.closing(sqlite3.connect(file)) as copy, contextlib.closing(sqlite3.connect(newest)) as fresh:
            _check(copy, file)
            copy.backup(fresh)
        older = make_engine(f"sqlite:///{newest}")
        try:
            upgrade(older)
        finally:
            older.dispose()
        upgrade(engine)
        try:
            carry(newest, engine)
        except Unfit as error:
            raise click.ClickException(
                f"{file} has what PostgreSQL does not keep: {error}. Nothing was changed."
            ) from None
