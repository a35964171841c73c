"""`consent db upgrade|backup|restore`: schema migrations and backups; a restore repeats later erasures."""

import os
import tempfile
from pathlib import Path
from typing import Any

import click

from consent.cli.common import as_json, author, open_engine, print_result, settings_or_exit
from consent.cli.replay_erasures import erased_text, replay
from consent.config import Settings

RESTORED_VERSIONS = 1000
"""Added to account versions by a restore, since responses after the backup have used some."""
RESTORED_NUMBERS = 10**9
"""Added to event numbers; a receiver drops an event whose number isn't higher than the last one."""


@click.command()
def upgrade() -> None:
    """Upgrade the database, and republish live configs with the rules and banner of this release."""
    from consent.app import load_artifacts
    from consent.publishing.republish import outdated, renew
    from consent.storage.maintenance.migrate import UnsupportedDatabaseError, current_revision, upgrade

    settings, artifacts = settings_or_exit(), load_artifacts()
    with open_engine(settings, of_any_version=True) as engine:
        try:
            upgrade(engine)
        except UnsupportedDatabaseError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"The database is at version {current_revision(engine)}.")
        with engine.begin() as transaction:
            artifacts.save(transaction)
        for site in outdated(engine, artifacts):
            done = renew(engine, site, artifacts, author(settings))
            click.echo(f"Site {site} is published again as version {done.version}, with the current rules and banner.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def backup(file: Path, as_json: bool) -> None:
    """Write a consistent copy of the database to FILE while the service runs."""
    settings = settings_or_exit()
    if file.exists():
        raise click.ClickException(f"{file} already exists; choose another name.")
    # Created first, so that nobody else can ever read it.
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy_sqlite(_sqlite_file(settings), file) if settings.is_sqlite else _dump(settings, file)
    except BaseException:
        file.unlink()
        raise
    size = file.stat().st_size
    sentence = f"Wrote {file} ({size} bytes); keep the folders keys/, checkpoints/ and erasures/ of the instance too."
    print_result(sentence, {"file": str(file), "bytes": size}, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace an existing database.")
@as_json
def restore(file: Path, replace: bool, as_json: bool) -> None:
    """Replace the database with the copy FILE, and repeat later erasures; stop the service first.

    A SQLite copy can also be restored into PostgreSQL, to move receipts, users and all other data there.
    """
    from consent.storage.delivery import outbox
    from consent.storage.maintenance.migrate import upgrade
    from consent.storage.subjects import accounts

    settings = settings_or_exit()
    _restore_sqlite(settings, file, replace=replace) if settings.is_sqlite else _load(settings, file, replace=replace)
    with open_engine(settings, of_any_version=True) as engine:
        upgrade(engine)
        with engine.begin() as connection:
            accounts.raise_versions(connection, RESTORED_VERSIONS)
            outbox.raise_numbers(connection, RESTORED_NUMBERS)
        receipts, erased, busy = replay(engine, settings)
    sentence = f"Restored the database from {file} and erased {erased_text(receipts, erased)} again.{busy}"
    facts = {"file": str(file), "erased_again": receipts, "accounts_erased_again": erased}
    print_result(sentence, facts, as_json=as_json)


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.database.removeprefix("sqlite:///"))


def _copy_sqlite(source: Path, target: Path) -> None:
    from consent.storage.maintenance.sqlite_copy import copy_database

    if not source.exists():
        raise click.ClickException(f"There is no database {source}.")
    copy_database(source, target)


def _restore_sqlite(settings: Settings, file: Path, *, replace: bool) -> None:
    from consent.storage.maintenance.sqlite_copy import DatabaseInUseError, replace_database

    target = _sqlite_file(settings)
    _check_copy(file)
    if target.exists() and not replace:
        raise click.ClickException(f"{target} already exists; use --replace to replace it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        replace_database(target, file)
    except DatabaseInUseError:
        raise click.ClickException(f"{target} is in use; stop the service first. Nothing was changed.") from None


def _check_copy(file: Path) -> None:
    from consent.storage.maintenance.migrate import EARLIER
    from consent.storage.maintenance.sqlite_copy import DamagedCopyError, EarlierCopyError, check_copy

    try:
        check_copy(file)
    except EarlierCopyError:
        raise click.ClickException(f"{file} is a copy {EARLIER}") from None
    except DamagedCopyError as error:
        raise click.ClickException(f"{file} is damaged: {error}") from None


def _dump(settings: Settings, file: Path) -> None:
    from consent.storage.database.engine import database_url
    from consent.storage.maintenance.postgres_dump import PostgresProgramError, dump

    try:
        dump(database_url(settings.database), file)
    except PostgresProgramError as error:
        raise click.ClickException(str(error)) from None


def _load(settings: Settings, file: Path, *, replace: bool) -> None:
    from consent.storage.database.base import Base
    from consent.storage.maintenance.migrate import EARLIER, current_revision, earlier_problem
    from consent.storage.maintenance.postgres_dump import PostgresProgramError, load, tables_of
    from consent.storage.maintenance.sqlite_copy import is_sqlite
    from consent.storage.tables.operations import SchemaRequirement

    with open_engine(settings, of_any_version=True) as engine:
        if current_revision(engine) is not None and not replace:
            raise click.ClickException("The database is not empty; use --replace to discard its contents.")
        if problem := earlier_problem(engine):
            raise click.ClickException(problem)
        if is_sqlite(file):
            _load_sqlite_copy(settings, file, engine)
            return
        try:
            if SchemaRequirement.__tablename__ not in tables_of(engine.url, file):
                raise click.ClickException(f"{file} is a copy {EARLIER}")
            load(engine.url, file, [*Base.metadata.tables, "alembic_version"])
        except PostgresProgramError as error:
            raise click.ClickException(str(error)) from None


def _load_sqlite_copy(settings: Settings, file: Path, engine: Any) -> None:
    """Fill PostgreSQL from a SQLite copy, which may have an older version."""
    from consent.storage.database.engine import make_engine
    from consent.storage.maintenance.migrate import upgrade
    from consent.storage.maintenance.sqlite_copy import copy_database
    from consent.storage.maintenance.sqlite_to_postgres import UnsupportedRowError, copy_all

    with tempfile.TemporaryDirectory(dir=settings.instance) as folder:
        newest = Path(folder) / "newest.sqlite"
        _check_copy(file)
        copy_database(file, newest)
        older = make_engine(f"sqlite:///{newest}")
        try:
            upgrade(older)
        finally:
            older.dispose()
        upgrade(engine)
        try:
            copy_all(newest, engine)
        except UnsupportedRowError as error:
            raise click.ClickException(
                f"{file} has data that PostgreSQL cannot store: {error}. Nothing was changed."
            ) from None
