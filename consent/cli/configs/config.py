"""`consent config export|import|diff|renew|publish`: a site's draft as a file for team review."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from consent.cli.common import (
    as_json,
    author,
    find_site,
    keys_or_exit,
    open_engine,
    print_result,
    settings_or_exit,
)
from consent.cli.configs.config_server import (
    ConfigServer,
    changes_on,
    error_line,
    export_from,
    import_to,
    name_of,
    read_text,
    server_options,
)

overwrite = click.option("--overwrite", is_flag=True, help="Overwrite changes made since the last import.")
a_file = click.argument("file", type=click.File(encoding="utf-8"))


@click.command("sites")
@as_json
@server_options
def list_sites(as_json: bool, server: ConfigServer | None) -> None:
    """List the sites, with the live version of each."""
    from consent.storage.sites import configs, sites

    if server:
        rows = server.sites()
    else:
        with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
            rows = configs.summaries(connection, sites.present(connection))
    lines = (f"{row.key}: {row.name}, {f'version {row.version}' if row.version else 'not published'}" for row in rows)
    items = [row._asdict() for row in rows]
    print_result("\n".join(lines) or "There is no site.", {"items": items}, as_json=as_json)


@click.command("export")
@click.argument("key")
@click.option("--format", "kind", type=click.Choice(["json", "yaml"]), help="Default: by the file's name, or JSON.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Output file. Default: standard output."
)
@server_options
def export(key: str, kind: str | None, output: Path | None, server: ConfigServer | None) -> None:
    """Write the draft of a site."""
    from consent.sites.config_file import write_json, write_yaml
    from consent.sites.custom.vendor_export import with_custom_vendors
    from consent.storage.sites import sites

    is_yaml = kind == "yaml" or (kind is None and output is not None and output.suffix in (".yaml", ".yml"))
    if server:
        text = export_from(server, is_yaml=is_yaml)
    else:
        with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
            site = find_site(connection, key)
            draft = with_custom_vendors(connection, site.id, json.loads(sites.read_draft(connection, site.id).text))
        text = write_yaml(draft) if is_yaml else write_json(draft)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"Wrote the draft of {key} to {output}.")


@click.command("import")
@click.argument("key")
@a_file
@overwrite
@click.option("--unfinished", is_flag=True, help="Only check the format, not whether the draft could be published.")
@server_options
def import_(key: str, file: Any, overwrite: bool, unfinished: bool, server: ConfigServer | None) -> None:
    """Replace the draft of a site with FILE (- for standard input), unless it has errors."""
    from consent.publishing.draft_import import import_draft

    if server:
        import_to(server, file, overwrite=overwrite, unfinished=unfinished)
        click.echo(f"Replaced the draft of {key}; `consent config publish {key} --server {server.url}` makes it live.")
        return
    settings = settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        checked = _check_file(connection, site, file, overwrite, unfinished)
        import_draft(connection, site, checked, author(settings))
    for sentence in checked.waits:
        click.echo(f"Before publishing: {sentence}", err=True)
    click.echo(f"Replaced the draft of {key}; `consent config publish {key}` makes it live.")


@click.command("diff")
@click.argument("key")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are differences.")
@server_options
def diff(key: str, file: Any, exit_code: bool, server: ConfigServer | None) -> None:
    """Print what publishing the draft, or FILE, would change for visitors."""
    from consent.dashboard.frame.change_descriptions import number_of_changes, readable
    from consent.dashboard.frame.change_text import change_text
    from consent.publishing.publish import differences
    from consent.storage.sites import configs, sites

    if server:
        changes = changes_on(server, file)
    else:
        with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
            site = find_site(connection, key)
            live = configs.get_document(connection, site.live_config)
            if file is None:
                draft = json.loads(sites.read_draft(connection, site.id).text)
            else:
                draft = _check_file(connection, site, file, overwrite=True, unfinished=True).draft
        changes = differences(draft, live)
    if changes:
        click.echo(change_text(readable(changes)))
    what = "the draft" if file is None else name_of(file)
    number = number_of_changes(changes)
    click.echo(f"{number} difference{'s' if number != 1 else ''} between {what} and the live config of {key}.")
    sys.exit(1 if exit_code and changes else 0)


@click.command("renew")
@click.argument("key")
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
@click.option("--dry-run", is_flag=True, help="Only list the updates.")
def renew(key: str, vendors: tuple[str, ...], dry_run: bool) -> None:
    """Update the vendors in a site's draft, or only each VENDOR, with newer facts from the catalog."""
    from consent.app import load_rules
    from consent.classifier.catalog import VENDORS, load_catalog
    from consent.sites.catalog_updates import newer_facts, renew_draft
    from consent.sites.draft import DraftError
    from consent.storage.scans import reviews
    from consent.storage.sites import draft_origins, sites

    settings, catalog = settings_or_exit(), load_catalog(VENDORS)
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        draft = json.loads(sites.read_draft(connection, site.id).text)
        if strange := sorted({*vendors} - {vendor["id"] for vendor in draft["vendors"]}):
            raise click.ClickException(f"The draft of {key} has no vendor {strange[0]}.")
        newer = newer_facts(draft, catalog, reviews.decisions(connection, site.id))
        chosen = [one for one in newer if not vendors or one.vendor in vendors]
        for one in chosen:
            click.echo(f"{one.vendor}: {one.words}{_effects(one)}")
        if not chosen:
            click.echo(f"The draft of {key} already matches the catalog.")
        if dry_run or not chosen:
            return
        try:
            renew_draft(connection, site, catalog, [one.vendor for one in chosen], author(settings), load_rules())
        except DraftError as error:
            raise click.ClickException(str(error)) from None
        kept_in = draft_origins.last_import(connection, site.id)
    click.echo(f"Changed the draft of {key}; `consent config publish {key}` makes it live.")
    if kept_in:
        click.echo(
            f"This site is managed in the file {kept_in.file}: export it again, or the next import will fail "
            f"because of this change."
        )


@click.command("publish")
@click.argument("key")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@overwrite
@click.option("--note", default="")
@click.option(
    "--seen-by", metavar="EMAIL", help="Email of a second user, who has reviewed it and confirms with their password."
)
@server_options
def publish(key: str, file: Any, overwrite: bool, note: str, seen_by: str | None, server: ConfigServer | None) -> None:
    """Publish the draft of a site as a new version; with FILE, replace the draft first, or do neither if that fails."""
    if server:
        if seen_by:
            raise click.ClickException("With --server, the second user approves in the dashboard; omit --seen-by.")
        _publish_on(server, file, overwrite, note)
        return
    from consent.app import code_guard, load_artifacts, load_browser_checks, load_rules
    from consent.cli.site import covering_mounts, duplicate_tags_warning
    from consent.cli.user import approval_of, prove
    from consent.publishing.draft_import import import_draft
    from consent.publishing.publish import proposal_of, propose, publish_within
    from consent.sites.draft import DraftError

    settings, rules, artifacts = settings_or_exit(), load_rules(), load_artifacts()
    browser_checks = load_browser_checks(settings)
    by, guard = author(settings), code_guard(settings, keys_or_exit(settings))
    try:
        with open_engine(settings) as engine:
            # A browser check takes seconds, and so does typing a password; nothing may be locked meanwhile.
            with engine.connect() as connection:
                site = find_site(connection, key)
                checked = _check_file(connection, site, file, overwrite, False) if file is not None else None
                if checked is None:
                    proposal = propose(connection, site, rules, artifacts, guard)
                else:
                    proposal = proposal_of(connection, site, checked.draft, rules, artifacts, guard)
                if not proposal.is_live:
                    _show_changes(proposal)
                    browser_checks.run(connection, proposal.config, artifacts.banner)
                second = prove(connection, site, seen_by) if seen_by else None
            with engine.begin() as connection:
                site, approval = find_site(connection, key), approval_of(second)
                if checked is not None:
                    _fail_if_edits_lost(connection, site, checked, overwrite)
                    import_draft(connection, site, checked, by)
                _fail_if_draft_changed(connection, site, proposal.draft)
                warnings = [
                    *filter(None, [duplicate_tags_warning(connection, site)]),
                    *covering_mounts(connection, site),
                ]
                done = publish_within(connection, site, rules, artifacts, guard, by, note, approval, browser_checks)
                if second and done.is_new:
                    second.note(connection, site, by.key, done.version)
    except DraftError as error:
        raise click.ClickException(str(error)) from None
    report(key, done, warnings)


def _publish_on(server: ConfigServer, file: Any, overwrite: bool, note: str) -> None:
    """Publish on a server; the file is saved there first and remains the draft if publishing is refused."""
    from consent.dashboard.frame.change_descriptions import readable
    from consent.dashboard.frame.change_text import change_text
    from consent.publishing.publish import PublishedConfig

    etag = server.read()[1] if file is None else import_to(server, file, overwrite=overwrite, unfinished=False)
    click.echo(change_text(readable(changes_on(server, None))), err=True)
    done = server.publish(note, etag)
    report(server.key, PublishedConfig(done["config"], done["version"], done["is_new"]), [])


def _show_changes(proposal: Any) -> None:
    """Print what goes live, before a second user confirms having reviewed it."""
    from consent.dashboard.frame.change_descriptions import readable
    from consent.dashboard.frame.change_text import change_text
    from consent.publishing.publish import differences

    click.echo(change_text(readable(differences(proposal.draft, proposal.live))), err=True)


def _fail_if_draft_changed(connection: Any, site: Any, draft: Any) -> None:
    """Exit the process if the draft is no longer the one that was shown."""
    from consent.storage.sites import sites

    if json.loads(sites.read_draft(connection, site.id).text) != draft:
        raise click.ClickException("The draft was changed in the meantime; review it again.")


def report(key: str, done: Any, warnings: list[str]) -> None:
    """Print what was published, and warnings on standard error."""
    if done.is_new:
        click.echo(f"Published version {done.version} of {key} as {done.name}.")
    else:
        click.echo(f"Nothing has changed: version {done.version} of {key} stays live as {done.name}.")
    for sentence in warnings:
        click.echo(sentence, err=True)


def _effects(one: Any) -> str:
    """Return the effects of a vendor's newer facts, as text to append to them."""
    moved = [f"{tag} moves to {group}" for tag, group in one.moved]
    effects = [f"visitors who granted {group} are asked again" for group in one.reprompted]
    return "".join(f"; {effect}" for effect in (*moved, *effects))


def _check_file(connection: Any, site: Any, file: Any, overwrite: bool, unfinished: bool) -> Any:
    """Return the content of `file`; exit the process with a line for each error, or if it would overwrite an edit."""
    from consent.app import code_guard, load_artifacts, load_rules
    from consent.publishing.draft_import import check_file
    from consent.sites.config_file import FileError

    text = read_text(file)
    try:
        settings = settings_or_exit()
        guard = code_guard(settings, keys_or_exit(settings))
        checked = check_file(connection, site, text, name_of(file), load_rules(), load_artifacts(), guard, unfinished)
    except FileError as error:
        raise click.ClickException(
            "\n".join(error_line(name_of(file), *error_row) for error_row in error.errors)
        ) from None
    _fail_if_edits_lost(connection, site, checked, overwrite)
    return checked


def _fail_if_edits_lost(connection: Any, site: Any, file_import: Any, overwrite: bool) -> None:
    """Exit the process if `file_import` would overwrite a change made since the last import."""
    from consent.publishing.draft_import import overwritten_parts
    from consent.storage.accounts import users

    if lost := [] if overwrite else overwritten_parts(connection, site, file_import):
        names = users.names_of(connection, {origin.by for _, origin in lost})
        lines = [f"  {part}: {names.get(origin.by, origin.by)}, {_day(origin.time)}" for part, origin in lost]
        raise click.ClickException(
            f"{file_import.name} would overwrite these changes:\n"
            + "\n".join(lines)
            + "\nExport the draft to keep it, or import with --overwrite."
        )


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))
