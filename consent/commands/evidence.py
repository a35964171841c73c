"""`consent evidence`: what a regulator asks for, of one site and day, in one signed archive."""

import datetime
import time
from pathlib import Path

import click

from consent.commands.shared import as_json, author, find_site, keys_of, open_engine, say, settings_here


@click.command()
@click.argument("key")
@click.option("--date", "moment", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Of which day, UTC.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: evidence-KEY-DATE.zip.")
@as_json
def evidence(key: str, moment: datetime.datetime, output: Path | None, as_json: bool) -> None:
    """Write config, banners, tags, rules, scan, counts and checkpoint of a day as one signed archive."""
    from consent.app import evidence_of
    from consent.evidence import NothingInForce

    settings, day, now = settings_here(), moment.date(), int(time.time())
    if day > datetime.datetime.fromtimestamp(now, datetime.UTC).date():
        raise click.UsageError("This day has not come yet.")
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key)
        made = evidence_of(settings, engine, keys_of(settings))
        try:
            pack = made.make(site, day)
        except NothingInForce:
            raise click.ClickException(f"Nothing of {key} had been published by {day}.") from None
        file = output or Path(pack.name)
        file.write_bytes(pack.data)
        made.tell(author(settings), site, day, pack, now)
    facts = {"file": str(file), "bytes": len(pack.data), "sha256": pack.sha256}
    say(f"Wrote {file} ({len(pack.data)} bytes, SHA-256 {pack.sha256}).", facts, as_json=as_json)
