"""`consent token create`: create API tokens."""

import time

import click

from consent.cli.common import author, open_engine, owner_of, settings_or_exit
from consent.core.days import DAY_SECONDS

SCOPES = (
    "decide",
    "receipts:read",
    "receipts:export",
    "receipts:import",
    "privacy:erase",
    "accounts:read",
    "accounts:refuse",
    "delivery:write",
    "log:read",
    "config:read",
    "config:write",
)


@click.command()
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--site", "keys", multiple=True, help="Only for this site; repeatable. Default: every site.")
@click.option("--name", default="command line", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), help="Days until the token expires.")
def create(scopes: tuple[str, ...], keys: tuple[str, ...], name: str, days: int | None) -> None:
    """Create an API token and print it; it is not shown again. It depends on no user's role."""
    from consent.storage.accounts import api_tokens
    from consent.storage.log import actors

    now, settings = int(time.time()), settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        owners = [owner_of(connection, key) for key in dict.fromkeys(keys)] or [owner_of(connection, None)]
        owner = owners[0] if len(owners) == 1 else owner_of(connection, None)
        expires = now + days * DAY_SECONDS if days else None
        first, *more = [one.id or None for one in owners]
        plain = api_tokens.create(
            connection,
            name,
            scopes,
            now=now,
            site_id=first,
            additional_sites=[one for one in more if one],
            expires_at=expires,
        )
        created, after = (
            api_tokens.by_hash(connection, api_tokens.hash_of(plain)),
            {"scopes": sorted(scopes), "expires_at": expires},
        )
        assert created is not None  # noqa: S101 - written in this transaction
        audit_id = api_tokens.audit_id_of(created.hash)
        if len(owners) > 1:
            after["sites"] = sorted(keys)
        actors.remember(connection, actors.ActorName(audit_id, "token", created.label))
        author(settings).record(connection, owner, "token.created", audit_id, None, after, now)
    click.echo(plain)
