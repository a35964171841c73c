"""`consent group list|set|copy|apply|publish`: settings that sites inherit from a group, and publishing them."""

import time
from typing import Any

import click

from consent.cli.common import (
    as_json,
    author,
    find_site,
    keys_or_exit,
    open_engine,
    pluralize,
    print_result,
    settings_or_exit,
)

SECTIONS = ("controller", "look", "texts", "overrides", "vendors")
of_sites = click.option("--site", "keys", multiple=True, metavar="KEY", help="Only this site of the group; repeatable.")
of_sections = click.option(
    "--section", "sections", multiple=True, type=click.Choice(SECTIONS), help="Only this part; repeatable."
)


@click.command("list")
@as_json
def list_groups(as_json: bool) -> None:
    """List the groups of sites and the settings they share."""
    from consent.publishing.site_groups.shared_settings import sections_of, settings_of
    from consent.storage.accounts import site_groups

    with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
        known = site_groups.every(connection)
        keys = {site.id: site.key for site in _sites(connection)}
        facts, lines = [], []
        for name, ids in known.items():
            shared = site_groups.shared(connection, name)
            members = sorted(keys[one] for one in ids if one in keys)
            facts.append(
                {"name": name, "sites": members, "shares": sections_of(settings_of(shared)), "realm": shared.realm}
            )
            lines.append(_line(name, members, sections_of(settings_of(shared)), shared.realm))
    print_result("\n".join(lines) or "There are no groups of sites.", facts, as_json=as_json)


@click.command("set")
@click.argument("name")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
def set_sites(name: str, keys: tuple[str, ...]) -> None:
    """Set which sites belong to a group, and create the group if it is new."""
    from consent.log.entry import INSTANCE
    from consent.publishing.account_groups import settle_realms
    from consent.publishing.site_groups.inheritance import set_members
    from consent.storage.accounts import site_groups

    if not site_groups.FORM.fullmatch(name):
        raise click.ClickException(site_groups.NAME_RULE)
    settings = settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        ids = {find_site(connection, key).id for key in keys}
        known, named = site_groups.every(connection), {site.id: site.key for site in _sites(connection)}
        before = {"sites": sorted(named[one] for one in known[name] if one in named)} if name in known else None
        by = author(settings)
        removed = [site for site in _sites(connection) if site.id in {*known.get(name, ())} - ids]
        set_members(connection, name, ids, removed, by, int(time.time()))
        settle_realms(connection, {*known.get(name, ()), *ids}, by)
        by.record(connection, INSTANCE, "site_group.saved", name, before, {"sites": sorted(keys)}, int(time.time()))
    click.echo(f"The group {name} has {pluralize(len(ids), 'site')}.")


@click.command("copy")
@click.argument("name")
@click.argument("key")
@click.option("--section", "sections", multiple=True, required=True, type=click.Choice(SECTIONS[:-1]))
def copy(name: str, key: str, sections: tuple[str, ...]) -> None:
    """Copy settings from the draft of the site KEY into the group NAME, and into the drafts of sites that inherit them."""
    import json

    from consent.app import load_rules
    from consent.publishing.site_groups.inheritance import change_settings
    from consent.publishing.site_groups.shared_settings import settings_of, with_copied
    from consent.storage.accounts import site_groups
    from consent.storage.sites import sites

    settings = settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        members = _members(connection, name, (key,))
        draft, shared = (
            json.loads(sites.read_draft(connection, members[0].id).text),
            site_groups.shared(connection, name),
        )
        new = with_copied(settings_of(shared), draft, sections)
        by, now = author(settings), int(time.time())
        reach = change_settings(connection, name, new, shared.revision, by, load_rules(), now, key)
    click.echo(
        f"The group {name} has {', '.join(sections)} of {key}; `consent group apply` copies it into more drafts."
    )
    for site, names in reach.changed.items():
        click.echo(f"{site}: draft changed in {', '.join(names)}.")
    for site, names in reach.kept.items():
        click.echo(f"{site}: keeps its own {', '.join(names)}.")
    for site, reason in reach.failed.items():
        click.echo(f"{site}: not changed. {reason}", err=True)


@click.command("apply")
@click.argument("name")
@of_sites
@of_sections
@click.option("--dry-run", is_flag=True, help="Only print what would change, and what would fail.")
def apply(name: str, keys: tuple[str, ...], sections: tuple[str, ...], dry_run: bool) -> None:
    """Copy the settings of a group into the drafts of its sites, except settings of a site's own."""
    import json

    from consent.app import load_rules
    from consent.publishing.site_groups.inheritance import apply_to_member, with_group_values
    from consent.publishing.site_groups.shared_settings import (
        differing,
        group_differences,
        own_settings,
        section_of,
        settings_of,
    )
    from consent.sites.draft import DraftError
    from consent.storage.accounts import site_groups
    from consent.storage.sites import sites

    settings, rules, failed = settings_or_exit(), load_rules(), 0
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            shared, members = settings_of(site_groups.shared(connection, name)), _members(connection, name, keys)
        for site in members:
            with engine.begin() as connection:
                draft = json.loads(sites.read_draft(connection, site.id).text)
                names = [one for one in differing(draft, shared) if not sections or section_of(one) in sections]
                chosen = [one for one in names if one not in own_settings(shared, site.key)]
                for name_of_own in sorted({*names} - {*chosen}):
                    click.echo(f"{site.key}: {name_of_own} is the site's own and stays.")
                if not chosen:
                    continue
                click.echo(f"{site.key}: {', '.join(chosen)}")
                _print_changes(group_differences(draft, shared, chosen))
                try:
                    if dry_run:
                        with_group_values(draft, shared, chosen, rules)
                        continue
                    by, now = author(settings), int(time.time())
                    apply_to_member(connection, site, name, shared, chosen, by, rules, now)
                except (DraftError, sites.StaleDraftError) as error:
                    failed += 1
                    reason = str(error) or "The draft was changed in the meantime."
                    click.echo(
                        f"{site.key}: {'would not be changed' if dry_run else 'not changed'}. {reason}", err=True
                    )
    if failed:
        raise click.ClickException(f"{pluralize(failed, 'draft')} could not be changed.")


@click.command("publish")
@click.argument("name")
@of_sites
@click.option("--note", default="")
@click.option("--dry-run", is_flag=True, help="Only print what would change, and what would fail.")
def publish(name: str, keys: tuple[str, ...], note: str, dry_run: bool) -> None:
    """Publish the drafts of a group's sites, each as a new version; a failure doesn't stop the others."""
    from consent.app import code_guard, load_artifacts, load_browser_checks, load_rules
    from consent.publishing.services import PublishingServices

    settings = settings_or_exit()
    guard, checks = code_guard(settings, keys_or_exit(settings)), load_browser_checks(settings)
    needs, by = PublishingServices(load_rules(), load_artifacts(), guard, checks), author(settings)
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            members = _members(connection, name, keys)
        live = [
            _dry_run(engine, site, needs) if dry_run else _publish(engine, site, needs, by, note) for site in members
        ]
    if failed := live.count(False):
        raise click.ClickException(f"{pluralize(failed, 'site')} could not be published.")


def _publish(engine: Any, site: Any, needs: Any, by: Any, note: str) -> bool:
    """Publish a site's draft, print the result, and return whether the draft is live."""
    from consent.publishing.publish import UnknownSiteError
    from consent.publishing.publish import publish as publish_site
    from consent.sites.draft import DraftError

    rules, artifacts, guard, checks = needs.rules, needs.artifacts, needs.guard, needs.browser_checks
    try:
        done = publish_site(engine, site.key, rules, artifacts, guard, by, note, browser_checks=checks)
    except (DraftError, UnknownSiteError) as error:
        reason = error if isinstance(error, DraftError) else "The site is deleted."
        click.echo(f"{site.key}: not published. {reason}", err=True)
        return False
    words = f"version {done.version} is live" if done.is_new else f"version {done.version} stays live"
    click.echo(f"{site.key}: {words}.")
    return True


def _dry_run(engine: Any, site: Any, needs: Any) -> bool:
    """Print what publishing a site's draft would do, and return whether the draft would be live."""
    from consent.publishing.site_groups.dry_run import expected_publish

    with engine.connect() as connection:
        expected = expected_publish(connection, site, needs)
    if expected.problems:
        click.echo(f"{site.key}: would not be published.", err=True)
    else:
        words = "stays" if expected.is_live else "would be"
        click.echo(f"{site.key}: version {expected.version} {words} live.")
    for problem in expected.problems:
        click.echo(f"    {problem.path}: {problem.words}", err=True)
    _print_changes(expected.changes)
    return not expected.problems


def _print_changes(changes: Any) -> None:
    from consent.dashboard.frame.change_descriptions import readable
    from consent.dashboard.frame.change_text import change_text

    if changes:
        click.echo(change_text(readable(changes)))


def _line(name: str, members: list[str], shares: list[str], realm: str | None) -> str:
    accounts = f" and accounts as {realm}" if realm else ""
    return f"{name}: {', '.join(members) or 'no site'}; shares {', '.join(shares) or 'no settings'}{accounts}"


def _sites(connection: Any) -> Any:
    from consent.storage.sites import sites

    return sites.present(connection)


def _members(connection: Any, name: str, keys: tuple[str, ...]) -> Any:
    """Return the group's sites, or those in `keys`; exit the process if one isn't in the group."""
    from consent.storage.accounts import site_groups

    known = site_groups.every(connection)
    if name not in known:
        raise click.ClickException(f"There is no group {name}.")
    members = [site for site in _sites(connection) if site.id in known[name] and site.archived_at is None]
    if strange := sorted({*keys} - {site.key for site in members}):
        raise click.ClickException(f"The site {strange[0]} is not in the group {name}.")
    return [site for site in members if not keys or site.key in keys]
