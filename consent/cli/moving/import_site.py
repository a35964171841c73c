"""`consent import site`: import the setup of another consent tool into a draft."""

import json
from typing import Any

import click

from consent.cli.common import as_json, author, find_site, open_engine, settings_or_exit


@click.command("site")
@click.argument("key")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only list what would be imported.")
@as_json
def import_site(key: str, file: Any, dry_run: bool, as_json: bool) -> None:
    """Import the setup of another consent tool in FILE (- for standard input) into the draft of a site.

    FILE is the script that starts klaro, orejime, vanilla-cookieconsent or tarteaucitron, a page that contains it or
    has Cookiebot's markup, or the export of a Google Tag Manager container. It is parsed and never run, and nothing is
    published.
    """
    from consent.app import load_rules
    from consent.classifier.catalog import VENDORS, load_catalog
    from consent.sites.draft import DraftError
    from consent.sites.moving.read_setup import read_setup
    from consent.sites.moving.setup import MAX_BYTES, ImportFileError
    from consent.sites.moving.take_setup import save_setup, take_setup
    from consent.storage.sites import sites

    settings = settings_or_exit()
    try:
        setup = read_setup(file.read(MAX_BYTES + 1))
        with open_engine(settings) as engine, engine.begin() as connection:
            site = find_site(connection, key)
            row = sites.read_draft(connection, site.id)
            before = json.loads(row.text)
            taken = take_setup(before, setup, load_catalog(VENDORS), load_rules().codes)
            if not dry_run and taken.draft != before:
                save_setup(connection, site, taken, row.revision, before, author(settings))
    except ImportFileError as error:
        raise click.ClickException(str(error)) from None
    except DraftError as error:
        raise click.ClickException(f"Nothing was imported: {error}") from None
    _print(key, taken, as_json=as_json, dry_run=dry_run)


def _print(key: str, taken: Any, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        click.echo(json.dumps({**taken.report._asdict(), "old_choices": taken.mapping}, ensure_ascii=False))
        return
    for heading, sentences in taken.report.sections:
        click.echo(f"{heading}:")
        for sentence in sentences:
            click.echo(f"  {sentence}")
    where = "would be in" if dry_run else "is in"
    click.echo(f"What was imported from {taken.report.tool} {where} the draft of {key}. Nothing is published.")
