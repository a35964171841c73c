"""`consent config restore`: publish the content of an older version again."""

import json
from typing import Any

import click

from consent.cli.common import author, find_site, keys_or_exit, open_engine, settings_or_exit
from consent.cli.configs.config import report
from consent.cli.configs.config_server import ConfigServer, server_options


@click.command("restore")
@click.argument("key")
@click.argument("version", type=click.IntRange(1))
@click.option("--note", default="")
@click.option("--overwrite", is_flag=True, help="Restore even if the draft has unpublished changes.")
@server_options
def restore(key: str, version: int, note: str, overwrite: bool, server: ConfigServer | None) -> None:
    """Publish the tags, vendors, cookies, texts and look of an older VERSION as a new version."""
    if server:
        report(key, _restore_on(server, version, note, overwrite), [])
    else:
        report(key, _restore_here(key, version, note, overwrite), [])


def _restore_on(server: ConfigServer, version: int, note: str, overwrite: bool) -> Any:
    from consent.publishing.publish import PublishedConfig

    etag, changes = server.pending()
    _fail_if_changes_lost(changes, overwrite)
    done = server.restore(version, note, etag)
    return PublishedConfig(done["config"], done["version"], done["is_new"])


def _restore_here(key: str, version: int, note: str, overwrite: bool) -> Any:
    from consent.app import code_guard, load_artifacts, load_rules
    from consent.publishing.approval import Approval
    from consent.publishing.publish import differences, publish_within
    from consent.publishing.restore import UnknownVersionError, restore_draft
    from consent.sites.draft import DraftError
    from consent.storage.sites import configs, sites

    settings, rules, artifacts = settings_or_exit(), load_rules(), load_artifacts()
    by, guard = author(settings), code_guard(settings, keys_or_exit(settings))
    note = note or f"Content of version {version} restored"
    try:
        with open_engine(settings) as engine, engine.begin() as connection:
            sites.lock_site(connection, find_site(connection, key).id)
            site = find_site(connection, key)
            live = configs.get_document(connection, site.live_config)
            draft = json.loads(sites.read_draft(connection, site.id).text)
            _fail_if_changes_lost(differences(draft, live), overwrite)
            restore_draft(connection, site, str(version), guard, by)
            known = Approval(is_known=True)
            return publish_within(connection, site, rules, artifacts, guard, by, note, known)
    except (DraftError, UnknownVersionError) as error:
        raise click.ClickException(str(error)) from None


def _fail_if_changes_lost(changes: list[Any], overwrite: bool) -> None:
    """Exit the process if a restore would discard changes in the draft."""
    if changes and not overwrite:
        raise click.ClickException(
            "The draft has unpublished changes, which a restore would discard. Export the draft to keep them, "
            "or use --overwrite."
        )
