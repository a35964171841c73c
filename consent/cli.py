"""The command line `consent`: what its groups are, and which commands stand in them."""

import json
import time
from typing import Any

import click

from consent.commands import (
    api_tokens,
    auditing,
    backups,
    classifying,
    erasing,
    exporting,
    forgetting,
    geo_database,
    health,
    key_rotation,
    marks,
    new_sites,
    scanning,
    serving,
    stopping,
    upgrading,
    users,
    verifying,
)
from consent.commands.csp import csp
from consent.commands.evidence import evidence
from consent.commands.seen_by import look_of
from consent.commands.shared import author, find_site, open_engine, settings_here


@click.group()
@click.version_option(package_name="consent-tag-server")
def main() -> None:
    """Consent and tag server."""


@main.group()
def config() -> None:
    """Handle a site's draft and configs as JSON files."""


@config.command("export")
@click.argument("key")
def config_export(key: str) -> None:
    """Print the draft of a site."""
    from consent.storage import sites

    with open_engine(settings_here()) as engine, engine.connect() as connection:
        draft = json.loads(sites.read_draft(connection, find_site(connection, key).id).text)
    click.echo(json.dumps(draft, indent=2, ensure_ascii=False))


@config.command("import")
@click.argument("key")
@click.argument("file", type=click.File(encoding="utf-8"))
def config_import(key: str, file: Any) -> None:
    """Replace the draft of a site by FILE (- for standard input)."""
    from consent.snapshots.draft import DraftError, check_draft
    from consent.snapshots.draft_parts import changed_parts
    from consent.storage import sites

    try:
        draft = json.load(file)
        check_draft(draft)
        if draft["site"] != key:
            raise DraftError({"site": f"This is the draft of {draft['site']}."})
    except (ValueError, RecursionError) as error:
        raise click.ClickException(str(error)) from None
    settings = settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        row = sites.read_draft(connection, site.id)
        revision = sites.save_draft(connection, site.id, json.dumps(draft), row.revision)
        parts = changed_parts(json.loads(row.text), draft)
        author(settings).tell(connection, site, "draft.changed", f"draft {revision}", *parts, int(time.time()))
    click.echo(f"Replaced the draft of {key}; `consent config publish {key}` makes it live.")


@config.command("diff")
@click.argument("key")
def config_diff(key: str) -> None:
    """Print what a publish of the draft would change."""
    from consent.snapshots.publish import differences
    from consent.storage import configs, sites

    with open_engine(settings_here()) as engine, engine.connect() as connection:
        site_id = find_site(connection, key).id
        row = sites.by_key(connection, key)
        body = configs.get_config(connection, row.live_config) if row and row.live_config else None
        draft = json.loads(sites.read_draft(connection, site_id).text)
    changes = differences(draft, json.loads(body) if body else None)
    for change in changes:
        click.echo(f"{change.kind}: {change.subject}")
    click.echo(f"{len(changes)} differences between the draft and the live config of {key}.")


@config.command("publish")
@click.argument("key")
@click.option("--note", default="")
@click.option("--seen-by", help="The mail address of a second person who looked at it.")
def config_publish(key: str, note: str, seen_by: str | None) -> None:
    """Freeze the draft of a site into a new version and make it live."""
    from consent.app import load_artefacts, load_rules
    from consent.snapshots.draft import DraftError
    from consent.snapshots.publish import publish

    try:
        settings = settings_here()
        with open_engine(settings) as engine:
            look = look_of(engine, key, seen_by)
            done = publish(engine, key, load_rules(), load_artefacts(), author(settings), note, look)
    except DraftError as error:
        raise click.ClickException(str(error)) from None
    except KeyError:
        raise click.ClickException(f"There is no site {key}.") from None
    click.echo(f"Published version {done.version} of {key} as {done.name}.")


GROUPS: dict[str, tuple[str, tuple[click.Command, ...]]] = {
    "db": ("Database: migrations, backup, restore.", (upgrading.upgrade, backups.backup, backups.restore)),
    "keys": ("Keys that sign receipts and the log.", (key_rotation.rotate_key,)),
    "user": ("People who work with the dashboard.", (users.create, users.reset, forgetting.forget)),
    "token": ("Tokens of the API.", (api_tokens.create,)),
    "site": (
        "Websites that the service answers for.",
        (new_sites.create, erasing.retention, stopping.stop, stopping.resume),
    ),
    "receipts": (
        "Work on the consent log.",
        (
            *(exporting.export, erasing.erase, erasing.prune, erasing.replay_erasures),
            *(marks.hold, marks.restrict, marks.objection),
        ),
    ),
    "classify": ("Say what cookies, stored items and addresses are for.", (classifying.run, classifying.train)),
    "geo": ("Work on the geo database.", (geo_database.update,)),
}

for name, (help_text, commands) in GROUPS.items():
    main.add_command(click.Group(name, commands, help=help_text))
for command in (
    serving.run,
    serving.demo,
    verifying.verify,
    health.doctor,
    scanning.scan,
    auditing.audit,
    csp,
    evidence,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
