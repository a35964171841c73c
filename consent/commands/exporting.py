"""`consent receipts export`: receipts as a file or on standard output."""

from pathlib import Path

import click

from consent.commands.shared import find_site, keys_of, open_engine, settings_here


@click.command()
@click.argument("key")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl", "iso27560"]), default="jsonl", show_default=True)
@click.option("--filter", "filters", multiple=True, help="As in the API, such as country=DE or group.analytics=granted")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")
def export(key: str, kind: str, filters: tuple[str, ...], output: Path | None) -> None:
    """Write all receipts that the filters find, in constant memory."""
    from consent.app import load_rules
    from consent.exports import Export, Source
    from consent.exports.files import write_file
    from consent.progress import progress
    from consent.storage.filter_query import FilterError, read_filters

    settings = settings_here()
    try:
        wanted = read_filters(dict(part.partition("=")[::2] for part in filters))
    except FilterError as error:
        raise click.ClickException(str(error)) from None
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site_id = find_site(connection, key).id
        keys = keys_of(settings).jwks["keys"]
        wanted_rows = Export(Source(engine, load_rules(), keys, settings.base_url), site_id, key, wanted, kind)
        if output is None:
            for chunk in wanted_rows.chunks():
                click.echo(chunk, nl=False)
        else:
            write_file(wanted_rows, output, progress("receipts"))
            click.echo(f"Wrote {wanted_rows.count} rows to {output} ({output.stat().st_size} bytes).")
