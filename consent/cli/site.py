"""`consent site create|archive|delete|stop|resume`: add, archive and delete a site; stop and resume its tags."""

import json
import time
from typing import TYPE_CHECKING

import click

from consent.cli.common import as_json, author, find_site, open_engine, pluralize, print_result, settings_or_exit
from consent.cli.configs.config_server import ConfigServer, server_options

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from consent.storage.sites.sites import SiteRow


def duplicate_tags_warning(connection: "Connection", site: "SiteRow") -> str:
    """Return a sentence about tags of the draft that are also in the page of `site`, or "".

    Call it before publishing: afterward, the live config explains tags that a check found in the page.
    """
    from consent.classifier.catalog import VENDORS, load_catalog
    from consent.sites.custom.vendor_export import site_catalog
    from consent.sites.seen_in_page import duplicate_tags, vendors_in_page
    from consent.storage.sites import configs, sites

    live = configs.get_document(connection, site.live_config)
    draft = json.loads(sites.read_draft(connection, site.id).text)
    catalog = site_catalog(connection, site.id, load_catalog(VENDORS))
    tags = duplicate_tags(draft, vendors_in_page(connection, site.id, live, catalog))
    if not tags:
        return ""
    names, several = ", ".join(tag["name"] for tag in tags), len(tags) > 1
    whose, them, each = ("their snippets", "them", "each") if several else ("its snippet", "it", "it")
    return (
        f"{len(tags)} tag{'s run' if several else ' runs'} twice: a check or scan saw {whose} in the page, and this service "
        f"loads {them} too: {names}. Leave {each} to the page (in_page: true), or remove the snippet from the page."
    )


def covering_mounts(connection: "Connection", site: "SiteRow") -> list[str]:
    """Return a sentence for each mount in the draft of `site` that covers known pages of the site."""
    from consent.sites.own_host.mounts import mount_warnings
    from consent.sites.seen_in_page import known_pages
    from consent.storage.sites import sites

    draft = json.loads(sites.read_draft(connection, site.id).text)
    return list(mount_warnings(draft, known_pages(connection, site.id)))


@click.command()
@click.argument("key")
@click.option("--name", required=True)
@click.option("--host", "hosts", multiple=True, required=True, help="Origin, such as https://www.example.com.")
@click.option("--language", default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True, help="For the days of schedules, such as Europe/Berlin.")
@server_options
def create(
    key: str, name: str, hosts: tuple[str, ...], language: str, time_zone: str, server: ConfigServer | None
) -> None:
    """Create a site with an empty draft."""
    from consent.sites.draft import DraftError
    from consent.sites.site_creation import NewSite, create_site

    if server:
        server.create_site(name, list(hosts), language, time_zone)
    else:
        settings = settings_or_exit()
        wanted = NewSite(name, list(hosts), {}, key, language, time_zone)
        try:
            with open_engine(settings) as engine, engine.begin() as connection:
                create_site(connection, wanted, settings.base_url, author(settings), int(time.time()))
        except DraftError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"Added {name} as {key}; fill in its facts and publish it in the dashboard.")


@click.command()
@click.argument("key")
@click.option("--restore", is_flag=True, help="Restore it from the archive.")
def archive(key: str, restore: bool) -> None:
    """Archive a site: no more alarms, summaries or scans; its pages keep the banner of the live version."""
    from consent.storage.sites import sites

    settings, now = settings_or_exit(), int(time.time())
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        if restore == (site.archived_at is not None):
            sites.set_archived(connection, site.id, None if restore else now)
            action = "site.restored" if restore else "site.archived"
            author(settings).record(connection, site, action, key, None, None, now)
    click.echo(f"{key} is in use again." if restore else f"{key} is archived; `consent site delete {key}` deletes it.")


@click.command()
@click.argument("key")
@click.option("--name", required=True, help="Name of the site, as confirmation.")
def delete(key: str, name: str) -> None:
    """Delete an archived site; its receipts can be exported and erased until their retention ends."""
    from consent.publishing.site_deletion import NotArchivedError, delete_site

    settings, now = settings_or_exit(), int(time.time())
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        if site.name != name:
            raise click.ClickException(f"The site {key} has another name; nothing was deleted.")
        try:
            left = delete_site(connection, site, author(settings), now)
        except NotArchivedError:
            raise click.ClickException(f"The site {key} is in use; archive it first.") from None
    kept = f"; {pluralize(left.receipts, 'receipt')} kept until retention ends" if left.receipts else ""
    click.echo(f"Deleted {name} ({key}){kept}.")


@click.command()
@click.argument("key")
@as_json
def stop(key: str, as_json: bool) -> None:
    """Stop all non-essential tags of a site, effective with each visitor's next page view."""
    _set_kill_switch(key, True, as_json)


@click.command()
@click.argument("key")
@as_json
def resume(key: str, as_json: bool) -> None:
    """Resume the tags of a site that the kill switch stopped."""
    _set_kill_switch(key, False, as_json)


def _set_kill_switch(key: str, is_on: bool, as_json: bool) -> None:
    from consent.app import load_artifacts
    from consent.publishing.kill_switch import NotPublishedError, set_kill_switch

    settings = settings_or_exit()
    try:
        with open_engine(settings) as engine:
            done = set_kill_switch(engine, key, is_on, load_artifacts(), author(settings))
    except KeyError:
        raise click.ClickException(f"There is no site {key}.") from None
    except NotPublishedError:
        raise click.ClickException(f"Nothing is published for {key}, so none of its tags runs.") from None
    what = "are stopped" if is_on else "run"
    facts: dict[str, object] = {"site": key, "stopped": is_on, "version": done.version if done else None}
    if done is None:
        print_result(f"The tags of {key} {what} already.", facts, as_json=as_json)
    else:
        since = "no visitor gets non-essential tags" if is_on else "as they did before"
        print_result(f"The tags of {key} {what} with version {done.version}: {since}.", facts, as_json=as_json)
