"""The second person whom `consent config publish` names."""

from typing import Any

import click

from consent.commands.shared import find_site

MAY_PUBLISH = {"admin", "marketing"}


def look_of(connection: Any, key: str, seen_by: str | None) -> Any:
    """Return what the look of the person with that mail address stands for; end the process where it stands for none."""
    from consent.snapshots.second_person import UNSEEN, Look
    from consent.storage import people, staff

    if seen_by is None:
        return UNSEEN
    site = find_site(connection, key)
    person = next((one for one in staff.everybody(connection) if one.email == seen_by.strip().lower()), None)
    if not person or not person.active or not people.roles_of(connection, person.id, site.id) & MAY_PUBLISH:
        raise click.ClickException(f"{seen_by} is nobody who may publish {key}.")
    return Look(asked_by=staff.audit_name(connection, person.email).id)
