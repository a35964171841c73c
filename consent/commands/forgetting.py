"""`consent user forget`."""

import time

import click

from consent.commands.shared import as_json, author, open_engine, say, settings_here


@click.command()
@click.argument("who", metavar="EMAIL|ID")
@as_json
def forget(who: str, as_json: bool) -> None:
    """Erase a person who works here no more: account, roles, and the name beside the log."""
    from consent.proof.entry import INSTANCE
    from consent.storage import staff

    settings = settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        audit_id = staff.forget(connection, who)
        if audit_id is None:
            raise click.ClickException(f"There is nobody {who} here.")
        if staff.active_admins(connection) == 0:
            raise click.ClickException("Somebody must stay admin on every site: make another one first.")
        author(settings).tell(connection, INSTANCE, "person.erased", audit_id, None, None, int(time.time()))
    say(f"Erased {who}; the log calls them {audit_id} and nothing else.", {"id": audit_id}, as_json=as_json)
