"""`consent receipts resume`: writes exports that were begun at the desk or by the API, from where they are."""

import gc

import click

from consent.commands.shared import counted, keys_of, open_engine, settings_here


@click.command()
@click.argument("site", required=False)
@click.argument("export", required=False)
def resume(site: str | None, export: str | None) -> None:
    """Go on with exports that the desk or the API began and that ended early: all of them, or one."""
    # Rows refer to each other in no circle: to look for some, already while modules are read, takes time and finds none.
    gc.disable()
    try:
        rows, files = _go_on(site, export)
    finally:
        gc.enable()
    click.echo(f"Wrote {counted(rows, 'row')} to {counted(files, 'export')}.")


def _go_on(site: str | None, export: str | None) -> tuple[int, int]:
    """Return how many rows were written, and to how many exports."""
    from consent.exports import Source
    from consent.exports.jobs import Job, find_job, jobs_of
    from consent.exports.work import work
    from consent.snapshots.shipped_rules import load_rules
    from consent.storage.engine import make_replica_engine
    from consent.storage.replica import Reads

    settings = settings_here()
    shelf = settings.instance / "exports"
    found: list[Job] = []
    if site and export:
        job = find_job(shelf, site, export)
        found = [job] if job else []
    else:
        found = [job for folder in shelf.glob(site or "*") for job in jobs_of(shelf, folder.name)]
    rows = files = 0
    with open_engine(settings) as engine:
        reads = Reads(engine, make_replica_engine(settings.replica_url) if settings.replica_url else None)
        reads.look()
        rules, keys = load_rules(), keys_of(settings).jwks["keys"]
        for job in found:
            source = Source(reads.engine_with(job.asked.site_id, job.asked.tree[0]), rules, keys, settings.base_url)
            before = job.state()
            after = work(source, job) if not before.is_whole else before
            if after.fault:
                raise click.ClickException(after.fault)
            rows, files = rows + after.count - before.count, files + (after != before)
        reads.close()
    return rows, files
