"""`consent user create|reset`: people who work with the dashboard, from the server's own shell."""

import secrets
import time

import click

from consent.commands.shared import as_json, author, open_engine, owner_of, say, settings_here

ROLES = ("admin", "marketing", "compliance", "viewer")


@click.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--site", help="Only on this site; else on every one.")
@click.option("--group", help="Only on the sites of this group.")
@click.option("--password", help="Else one is made and printed.")
def create(email: str, role: str, site: str | None, group: str | None, password: str | None) -> None:
    """Add a person, or give one another role."""
    from consent.dashboard.new_person import BadPerson, add_person
    from consent.storage import actors, site_groups, staff

    if site and group:
        raise click.UsageError("--site and --group exclude each other.")
    made, settings = password or secrets.token_urlsafe(15), settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        owner = owner_of(connection, site)
        if group and group not in site_groups.every(connection):
            raise click.ClickException(f"There is no group {group}.")
        try:
            is_new = add_person(connection, email, made, role, owner.id or None, group=group)
        except BadPerson as error:
            raise click.ClickException(str(error)) from None
        person, action = staff.audit_name(connection, email), "person.added" if is_new else "role.granted"
        actors.remember(connection, person)
        after = {"role": role} | ({"group": group} if group else {})
        author(settings).tell(connection, owner, action, person.id, None, after, int(time.time()))
    where = f"on {site}" if site else f"on the group {group}" if group else "on every site"
    click.echo(f"{email} is {role} {where}." + (f" Password: {made}" if is_new and not password else ""))


@click.command()
@click.argument("email")
@click.option("--password", help="Else one is made and printed.")
@click.option("--second-factor", is_flag=True, help="Take the second factor off as well.")
@as_json
def reset(email: str, password: str | None, second_factor: bool, as_json: bool) -> None:
    """Give a person another password and end their sessions, where no admin can sign in."""
    from consent.dashboard.passwords import fault, hashed
    from consent.proof.entry import INSTANCE
    from consent.storage import staff

    made, settings = password or secrets.token_urlsafe(15), settings_here()
    if sentence := fault(made, email):
        raise click.ClickException(sentence)
    with open_engine(settings) as engine, engine.begin() as connection:
        if not staff.set_password(connection, email, hashed(made)):
            raise click.ClickException(f"There is nobody {email} here.")
        person, by, now = staff.audit_name(connection, email), author(settings), int(time.time())
        by.tell(connection, INSTANCE, "password.reset", person.id, None, None, now)
        if second_factor and staff.take_second_factor(connection, email):
            by.tell(connection, INSTANCE, "factor.taken", person.id, None, None, now)
    facts = {"email": email} | ({} if password else {"password": made})
    say(f"{email} has another password." + ("" if password else f" Password: {made}"), facts, as_json=as_json)
