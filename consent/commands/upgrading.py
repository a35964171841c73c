"""`consent db upgrade`: the database, and what is live, brought to this version."""

import click

from consent.commands.shared import author, open_engine, settings_here


@click.command()
def upgrade() -> None:
    """Bring the database to the newest version, and what is live to the rules and the banner of this one."""
    from consent.app import load_artefacts
    from consent.snapshots.renewal import outdated, renew
    from consent.storage.schema import NewerDatabase, current_revision, upgrade

    settings, artefacts = settings_here(), load_artefacts()
    with open_engine(settings, of_any_version=True) as engine:
        try:
            upgrade(engine)
        except NewerDatabase as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"The database is at version {current_revision(engine)}.")
        with engine.begin() as transaction:
            artefacts.keep(transaction)
        for site in outdated(engine, artefacts):
            done = renew(engine, site, artefacts, author(settings))
            click.echo(f"Site {site} is published again as version {done.version}, with the rules and banner of now.")
