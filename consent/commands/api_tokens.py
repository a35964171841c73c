"""`consent token create`: tokens of the API."""

import time

import click

from consent.commands.shared import author, open_engine, owner_of, settings_here

SCOPES = (
    "decide",
    "receipts:read",
    "receipts:export",
    "privacy:erase",
    "log:read",
    "config:read",
    "config:write",
)


@click.command()
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--site", help="Only for this site; else for every one.")
@click.option("--name", default="command line", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days.")
def create(scopes: tuple[str, ...], site: str | None, name: str, days: int | None) -> None:
    """Make a token and print it alone, this once."""
    from consent.storage import actors, tokens

    now, settings = int(time.time()), settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        owner = owner_of(connection, site)
        expires = now + days * 86400 if days else None
        plain = tokens.create(connection, name, scopes, now=now, site_id=owner.id or None, expires_at=expires)
        audit_id, after = tokens.audit_id_of(tokens.hash_of(plain)), {"scopes": sorted(scopes), "expires_at": expires}
        actors.remember(connection, actors.Name(audit_id, "token", name))
        author(settings).tell(connection, owner, "token.made", audit_id, None, after, now)
    click.echo(plain)
