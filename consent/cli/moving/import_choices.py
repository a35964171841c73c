"""`consent import choices`: create receipts from the log of another consent tool."""

import datetime
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from consent.cli.common import find_site, keys_or_exit, open_engine, pluralize, settings_or_exit

BATCH = 500
MAX_ERRORS = 10
EVERY = 100_000
FIELDS = ("id", "day", "country", "region")


@click.command("choices")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="Column for id, day, country, region or a category.",
)
@click.option("--skip-faulty", is_flag=True, help="Skip invalid rows instead of stopping.")
@click.option("--dry-run", is_flag=True, help="Check the file without importing it.")
def import_choices(key: str, file: Path, columns: tuple[str, ...], skip_faulty: bool, dry_run: bool) -> None:
    """Create a receipt for each row of FILE, the log of another consent tool as CSV or JSON Lines.

    Uses the mapping that is live on the site (Import in the dashboard). The whole file is read first, and nothing is
    written if a row is invalid. Run again with the same or a longer file, it continues where it stopped and writes
    nothing twice.
    """
    from consent.app import load_rules
    from consent.cli.moving.old_choice_receipts import ReceiptLoader, ReceiptMaker
    from consent.log.old_logs import read_file
    from consent.runtime.compiled_config import CompiledConfig
    from consent.sites.moving.old_choices import is_over, mapped_vendors, vendor_groups
    from consent.sites.moving.old_log_rows import RowReader
    from consent.storage.sites import configs

    settings, today = settings_or_exit(), datetime.datetime.now(datetime.UTC).date()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key)
            body = configs.get_config(connection, site.live_config) if site.live_config else None
        rules = load_rules()
        config = CompiledConfig(site.live_config, body, site.id, rules) if body else None
        mapping = config.old_choices if config else None
        if config is None or mapping is None or is_over(mapping, today):
            raise click.ClickException(
                f"{key} does not accept choices from another tool; confirm a mapping under Import, and publish it."
            )
        groups_of = vendor_groups(config.document, mapped_vendors(mapping))
        reader = RowReader(mapping, groups_of, _columns(columns, mapping), today)
        rows = _check_rows(file, reader, mapping, _columns(columns, mapping), skip_faulty=skip_faulty)
        if dry_run:
            click.echo(f"{pluralize(rows, 'row')} of {file.name} would become receipts of {key}.")
            return
        loader = ReceiptLoader(
            engine, ReceiptMaker(config, mapping, rules, keys_or_exit(settings), read_file(file).sha256)
        )
        new = 0
        for done, batch in enumerate(_batches(_choices(file, reader)), 1):
            new += loader.load(batch, int(time.time()))
            if done * BATCH % EVERY == 0:
                click.echo(f"{done * BATCH:,} of {rows:,} rows", err=True)
    there = f"; {pluralize(rows - new, 'row')} already had one" if rows != new else ""
    click.echo(f"Created {pluralize(new, 'receipt')} for {key} from {file.name}{there}.")


def _columns(pairs: tuple[str, ...], mapping: Any) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        name, equals, column = pair.rpartition("=")
        if not equals or not column or name not in (*FIELDS, *mapping["categories"]):
            raise click.BadParameter(
                f"{pair} must be like day=COLUMN, or like statistics=COLUMN for a mapped category."
            )
        columns[name] = column
    return columns


def _check_rows(file: Path, reader: Any, mapping: Any, columns: dict[str, str], *, skip_faulty: bool) -> int:
    """Return how many rows become receipts; exit the process if some can't be read."""
    from consent.sites.moving.old_log_rows import RowError, missing_columns

    errors: list[str] = []
    count = faulty = 0
    try:
        for number, row in _rows(file):
            try:
                if isinstance(row, RowError):
                    raise row
                if number < 3 and (missing := missing_columns(row, mapping, columns)):
                    raise click.ClickException(
                        f"{file.name} has no column of a mapped category: {', '.join(missing[:5])}. "
                        "Name the column with --column."
                    )
                count += reader.read(number, row) is not None
            except RowError as error:
                faulty += 1
                errors += [f"{file.name}:{number}: {error}"] if len(errors) < MAX_ERRORS else []
    except RowError as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    if faulty and not skip_faulty:
        more = f"\nand {faulty - len(errors):,} more" if faulty > len(errors) else ""
        raise click.ClickException("\n".join(errors) + more + "\nNothing was written; --skip-faulty skips such rows.")
    if faulty:
        click.echo(f"{faulty:,} rows are invalid and were skipped.", err=True)
    return count


def _rows(file: Path) -> Iterator[Any]:
    from consent.sites.moving.old_log_rows import rows_of

    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
        yield from rows_of(opened)


def _choices(file: Path, reader: Any) -> Iterator[Any]:
    from consent.sites.moving.old_log_rows import RowError

    for number, row in _rows(file):
        if not isinstance(row, RowError):
            try:
                choice = reader.read(number, row)
            except RowError:
                continue
            if choice is not None:
                yield choice


def _batches(choices: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(choices, BATCH)):
        yield batch
