"""`consent user create|reset|forget`: manage dashboard users from the shell; verify a second user's password."""

import secrets
import time
from typing import Any, NamedTuple

import click

from consent.cli.common import as_json, author, open_engine, owner_of, print_result, settings_or_exit


@click.command()
@click.argument("who", metavar="EMAIL|ID")
@as_json
def forget(who: str, as_json: bool) -> None:
    """Erase a user who no longer works here: account, roles, and the name shown with the log."""
    from consent.log.entry import INSTANCE
    from consent.storage.accounts import api_tokens, users

    settings, now = settings_or_exit(), int(time.time())
    with open_engine(settings) as engine, engine.begin() as connection:
        audit_id = users.forget(connection, who)
        if audit_id is None:
            raise click.ClickException(f"There is no user {who}.")
        if users.active_admins(connection) == 0:
            raise click.ClickException("At least one user must be admin of every site; make another user admin first.")
        author(settings).record(connection, INSTANCE, "user.erased", audit_id, None, None, now)
        stopped = [one.label for one in api_tokens.of_user(connection, audit_id, now) if one.needs_admin]
    lines = [f"Erased {who}; the log only contains the id {audit_id}."]
    if stopped:
        lines.append(f"Tokens that no longer write until an admin takes them over: {', '.join(stopped)}.")
    print_result("\n".join(lines), {"id": audit_id, "stopped_tokens": stopped}, as_json=as_json)


ROLES = ("admin", "marketing", "compliance", "viewer")


@click.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--site", help="Only on this site. Default: every site.")
@click.option("--group", help="Only on the sites of this group.")
@click.option("--password", help="If omitted, one is generated and printed.")
def create(email: str, role: str, site: str | None, group: str | None, password: str | None) -> None:
    """Create a user, or grant an existing one another role."""
    from consent.dashboard.accounts.create_user import UserValidationError, create_user
    from consent.storage.accounts import site_groups, users
    from consent.storage.log import actors

    if site and group:
        raise click.UsageError("Use either --site or --group, not both.")
    new_password, settings = password or secrets.token_urlsafe(15), settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        owner = owner_of(connection, site)
        if group and group not in site_groups.every(connection):
            raise click.ClickException(f"There is no group {group}.")
        try:
            is_new = create_user(connection, email, new_password, role, owner.id or None, group=group)
        except UserValidationError as error:
            raise click.ClickException(str(error)) from None
        user, action = users.audit_name(connection, email), "user.created" if is_new else "role.granted"
        actors.remember(connection, user)
        after = {"role": role} | ({"group": group} if group else {})
        author(settings).record(connection, owner, action, user.id, None, after, int(time.time()))
    where = f"on {site}" if site else f"on the group {group}" if group else "on every site"
    click.echo(f"{email} is {role} {where}." + (f" Password: {new_password}" if is_new and not password else ""))


@click.command()
@click.argument("email")
@click.option("--password", help="If omitted, one is generated and printed.")
@click.option("--second-factor", is_flag=True, help="Also remove the second factor.")
@as_json
def reset(email: str, password: str | None, second_factor: bool, as_json: bool) -> None:
    """Set a new password for a user and end their sessions, for example if no admin can sign in."""
    from consent.dashboard.auth.passwords import hashed, password_error
    from consent.log.entry import INSTANCE
    from consent.storage.accounts import users

    new_password, settings = password or secrets.token_urlsafe(15), settings_or_exit()
    if sentence := password_error(new_password, email):
        raise click.ClickException(sentence)
    with open_engine(settings) as engine, engine.begin() as connection:
        if not users.set_password(connection, email, hashed(new_password)):
            raise click.ClickException(f"There is no user {email}.")
        user, by, now = users.audit_name(connection, email), author(settings), int(time.time())
        by.record(connection, INSTANCE, "password.reset", user.id, None, None, now)
        if second_factor and users.reset_second_factor(connection, email):
            by.record(connection, INSTANCE, "second_factor.reset", user.id, None, None, now)
    facts = {"email": email} | ({} if password else {"password": new_password})
    print_result(
        f"{email} has a new password." + ("" if password else f" Password: {new_password}"), facts, as_json=as_json
    )


MAY_PUBLISH = {"admin", "marketing"}


class SecondUser(NamedTuple):
    """A user who confirmed with their password: their opaque id and display name."""

    id: str
    name: str

    def note(self, connection: Any, site: Any, key: Any, version: int) -> None:
        """Write the audit entry for the confirmation, with the second user as its author."""
        from consent.log.audit_author import AuditActor, Author

        by = Author(AuditActor(self.id, name=self.name), key)
        by.record(connection, site, "publish.approval_given", f"version {version}", None, None, int(time.time()))


def prove(connection: Any, site: Any, email: str) -> SecondUser:
    """Return the user with this email address, after a password prompt; exit the process if they may not publish."""
    from consent.dashboard.auth.passwords import is_password
    from consent.storage.accounts import roles, users

    user = users.credentials(connection, email)
    if user is None or not user.active or not roles.roles_of(connection, user.id, site.id) & MAY_PUBLISH:
        raise click.ClickException(f"{email} is not allowed to publish {site.key}.")
    if not user.password:
        raise click.ClickException(f"{email} has no password and can only publish in the dashboard.")
    if not is_password(click.prompt(f"Password of {email}", hide_input=True, err=True), user.password):
        raise click.ClickException("Wrong password.")
    return SecondUser(user.audit_id, user.name or email)


def approval_of(second: SecondUser | None) -> Any:
    """Return the approval to publish given by the second user."""
    from consent.publishing.approval import UNSEEN, Approval

    return Approval(asked_by=second.id) if second else UNSEEN
