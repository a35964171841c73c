"""`consent site create`: a website that the service answers for."""

import json
import time

import click

from consent.commands.shared import author, open_engine, settings_here


@click.command()
@click.argument("key")
@click.option("--name", required=True)
@click.option("--host", "hosts", multiple=True, required=True, help="An origin such as https://www.example.com")
@click.option("--language", default="en", show_default=True)
def create(key: str, name: str, hosts: tuple[str, ...], language: str) -> None:
    """Add a site with an empty draft."""
    from sqlalchemy.exc import IntegrityError

    from consent.snapshots.draft import DraftError, check_draft, new_draft
    from consent.storage import sites

    draft, now, settings = new_draft(key, list(hosts), language=language), int(time.time()), settings_here()
    try:
        check_draft(draft)
        with open_engine(settings) as engine, engine.begin() as connection:
            made = sites.create(connection, key, name, json.dumps(draft), now)
            after = {"name": name, "hosts": draft["hosts"]}
            author(settings).tell(connection, made, "site.added", key, None, after, now)
    except DraftError as error:
        raise click.ClickException(str(error)) from None
    except IntegrityError:
        raise click.ClickException(f"There is a site {key} already.") from None
    click.echo(f"Added {name} as {key}; fill in its facts and publish it in the dashboard.")
