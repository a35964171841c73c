"""`consent receipts export|resume`: export receipts to a file or standard output; resume an export job."""

import gc
from pathlib import Path

import click

from consent.cli.common import find_site, keys_or_exit, open_engine, pluralize, settings_or_exit


@click.command()
@click.argument("site", required=False)
@click.argument("export", required=False)
def resume(site: str | None, export: str | None) -> None:
    """Resume one or all interrupted exports that were started in the dashboard or the API."""
    # Rows contain no reference cycles; looking for some, even while modules are imported, takes time and finds none.
    gc.disable()
    try:
        rows, files = _resume_jobs(site, export)
    finally:
        gc.enable()
    click.echo(f"Wrote {pluralize(rows, 'row')} to {pluralize(files, 'export')}.")


def _resume_jobs(site: str | None, export: str | None) -> tuple[int, int]:
    """Return how many rows were written, and to how many exports."""
    from consent.exports import Source
    from consent.exports.jobs import Job, find_job, jobs_of
    from consent.exports.services import FOLDER, sweep_exports
    from consent.exports.worker import write_export
    from consent.sites.shipped_rules import load_rules
    from consent.storage.database.engine import make_replica_engine
    from consent.storage.maintenance.replica import Reads

    settings = settings_or_exit()
    shelf = settings.instance / FOLDER
    jobs: list[Job] = []
    rows = files = 0
    with open_engine(settings) as engine:
        sweep_exports(engine, settings.instance)
        if site and export:
            job = find_job(shelf, site, export)
            jobs = [job] if job else []
        else:
            jobs = [job for folder in shelf.glob(site or "*") for job in jobs_of(shelf, folder.name)]
        reads = Reads(engine, make_replica_engine(settings.replica_url) if settings.replica_url else None)
        reads.measure_lag()
        rules, keys = load_rules(), keys_or_exit(settings).jwks["keys"]
        for job in jobs:
            source = Source(reads.engine_with(job.request.site_id, job.request.tree[0]), rules, keys, settings.base_url)
            before = job.state()
            after = write_export(source, job) if not before.is_whole else before
            if after.error:
                raise click.ClickException(after.error)
            rows, files = rows + after.count - before.count, files + (after != before)
        reads.close()
    return rows, files


@click.command()
@click.argument("key")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl", "iso27560"]), default="jsonl", show_default=True)
@click.option(
    "--filter", "filters", multiple=True, help="Filter as in the API, such as country=DE or group.analytics=granted."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Output file. Default: standard output."
)
def export(key: str, kind: str, filters: tuple[str, ...], output: Path | None) -> None:
    """Export all receipts that match the filters, in constant memory."""
    from consent.app import load_rules
    from consent.exports import Export, Source
    from consent.exports.atomic_file import write_file
    from consent.process.progress import progress
    from consent.storage.receipts.filter_params import FilterError, read_filters

    settings = settings_or_exit()
    try:
        wanted = read_filters(dict(part.partition("=")[::2] for part in filters))
    except FilterError as error:
        raise click.ClickException(str(error)) from None
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site_id = find_site(connection, key, may_be_deleted=True).id
        keys = keys_or_exit(settings).jwks["keys"]
        wanted_rows = Export(Source(engine, load_rules(), keys, settings.base_url), site_id, key, wanted, kind)
        if output is None:
            for chunk in wanted_rows.chunks():
                click.echo(chunk, nl=False)
        else:
            write_file(wanted_rows, output, progress("receipts"))
            click.echo(f"Wrote {wanted_rows.count} rows to {output} ({output.stat().st_size} bytes).")
