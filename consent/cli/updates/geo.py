"""`consent geo update`: install a newer geo database."""

from pathlib import Path

import click

from consent.cli.common import settings_or_exit


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def update(file: Path) -> None:
    """Check FILE and copy it to the path in CONSENT_GEO_DATABASE; the service loads it within 10 seconds."""
    from consent.geo import GeoDatabaseError, install_database

    target = settings_or_exit().geo_database
    if target is None:
        raise click.ClickException("Set CONSENT_GEO_DATABASE to the file that the service should read.")
    try:
        install_database(file, target)
    except (GeoDatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Installed {file} as {target}.")
