"""`consent import seal`: record the hash of another tool's log in a site's log."""

import re
import time
from pathlib import Path

import click

from consent.cli.common import author, find_site, open_engine, settings_or_exit

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@click.command("seal")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tool", default="", help="Tool that wrote the log.")
@click.option("--from", "begins", metavar="DATE", help="First day in the log.")
@click.option("--to", "ends", metavar="DATE", help="Last day in the log.")
def seal_log(key: str, file: Path, tool: str, begins: str | None, ends: str | None) -> None:
    """Write the SHA-256 of FILE, the log of another tool, to the log of a site; keep FILE unchanged.

    Anyone with FILE can later prove with `consent verify` that it is the sealed one, and since when.
    """
    from consent.log.old_logs import read_file, seal_file

    for day in filter(None, (begins, ends)):
        if not DAY.fullmatch(day):
            raise click.BadParameter("Write dates as 2026-11-24.")
    settings, facts = settings_or_exit(), read_file(file)
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        by = author(settings)
        is_new = seal_file(connection, site, facts, by, int(time.time()), tool=tool[:60], begins=begins, ends=ends)
    described = f"{facts.name}, {facts.bytes:,} bytes, {facts.sha256}"
    click.echo(
        f"Sealed in the log of {key}: {described}." if is_new else f"Already sealed in the log of {key}: {described}."
    )
