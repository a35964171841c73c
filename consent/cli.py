"""The command line `consent`: thin commands, each saying in one sentence what it did."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from consent.commands import backups, erasing, forgetting, marks, stopping, users
from consent.commands.csp import csp
from consent.commands.shared import author, find_site, keys_of, open_engine, owner_of, settings_here
from consent.scan_commands import audit, scan

# What a command needs is imported in it: `consent run` only watches a worker and has to stay small.

SCOPES = (
    "decide",
    "receipts:read",
    "receipts:export",
    "privacy:erase",
    "log:read",
    "config:read",
    "config:write",
)


def _site_id(connection: Any, key: str) -> int:
    found: int = find_site(connection, key).id
    return found


@click.group()
@click.version_option(package_name="consent-tag-server")
@click.pass_context
def main(context: click.Context) -> None:
    """Consent and tag server."""
    context.obj = settings_here


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def run(host: str, port: int) -> None:
    """Serve, in the foreground, until SIGTERM."""
    from consent.serve import serve

    serve(settings_here(), host, port)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--receipts", type=click.IntRange(1, 100_000_000), help="Fill an empty database with so many first.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of what they say: the same gives the same.")
def demo(host: str, receipts: int | None, seed: int) -> None:
    """Serve a demo shop, its vendors and the service, on an SQLite database of its own."""
    from consent.demo.past_choices import last_two_years
    from consent.demo.run import run_demo

    os.environ.setdefault("CONSENT_DEMO", "1")
    drawing = last_two_years(receipts, seed, time.time()) if receipts else None
    sys.exit(run_demo(settings_here(), host, drawing=drawing))


@main.group()
def db() -> None:
    """Database: migrations, backup, restore."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest version, and what is live to the rules and the banner of this one."""
    from consent.app import load_artefacts
    from consent.snapshots.renewal import outdated, renew
    from consent.storage.schema import current_revision, upgrade

    settings, artefacts = settings_here(), load_artefacts()
    with open_engine(settings) as engine:
        upgrade(engine)
        click.echo(f"The database is at version {current_revision(engine)}.")
        for site in outdated(engine, artefacts):
            done = renew(engine, site, artefacts, author(settings))
            click.echo(f"Site {site} is published again as version {done.version}, with the rules and banner of now.")


db.add_command(backups.backup)
db.add_command(backups.restore)


@main.group()
def keys() -> None:
    """Keys that sign receipts and the log."""


@keys.command("rotate")
@click.argument("use", type=click.Choice(["receipt", "log"]))
@click.option("--json", "as_json", is_flag=True)
def keys_rotate(use: str, as_json: bool) -> None:
    """Replace the key that signs receipts, or the one that signs the log; the old one says so in every log."""
    from consent.proof.rotation import rotate

    settings = settings_here()
    present = keys_of(settings)
    with open_engine(settings) as engine:
        new = rotate(engine, settings.instance / "keys", present, use, author(settings), int(time.time()))
    variable = f"CONSENT_{use.upper()}_KEY" if settings.signing_keys[use] else ""
    if as_json:
        said = {"use": use, "old": present.of(use).kid, "new": new.kid, "variable": variable or None}
        click.echo(json.dumps(said))
        return
    click.echo(
        f"The {use} key is {new.kid} now, signed for by {present.of(use).kid}; restart each process of the service."
    )
    if variable:
        click.echo(f"{variable} holds the old key: put what stands in keys/{use}.key of the instance in its place.")


@main.group()
def user() -> None:
    """People who work with the dashboard."""


for command in (users.create, users.reset, forgetting.forget):
    user.add_command(command)


@main.group()
def token() -> None:
    """Tokens of the API."""


@token.command("create")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--site", help="Only for this site; else for every one.")
@click.option("--name", default="command line", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days.")
def token_create(scopes: tuple[str, ...], site: str | None, name: str, days: int | None) -> None:
    """Make a token and print it alone, this once."""
    from consent.storage import actors, tokens

    now, settings = int(time.time()), settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        owner = owner_of(connection, site)
        expires = now + days * 86400 if days else None
        plain = tokens.create(connection, name, scopes, now=now, site_id=owner.id or None, expires_at=expires)
        audit_id, after = tokens.audit_id_of(tokens.hash_of(plain)), {"scopes": sorted(scopes), "expires_at": expires}
        actors.remember(connection, actors.Name(audit_id, "token", name))
        author(settings).tell(connection, owner, "token.made", audit_id, None, after, now)
    click.echo(plain)


@main.group()
def site() -> None:
    """Websites that the service answers for."""


@site.command("create")
@click.argument("key")
@click.option("--name", required=True)
@click.option("--host", "hosts", multiple=True, required=True, help="An origin such as https://www.example.com")
@click.option("--language", default="en", show_default=True)
def site_create(key: str, name: str, hosts: tuple[str, ...], language: str) -> None:
    """Add a site with an empty draft."""
    from sqlalchemy.exc import IntegrityError

    from consent.snapshots.draft import DraftError, check_draft, new_draft
    from consent.storage import sites

    draft, now, settings = new_draft(key, list(hosts), language=language), int(time.time()), settings_here()
    try:
        check_draft(draft)
        with open_engine(settings) as engine, engine.begin() as connection:
            made = sites.create(connection, key, name, json.dumps(draft), now)
            after = {"name": name, "hosts": draft["hosts"]}
            author(settings).tell(connection, made, "site.added", key, None, after, now)
    except DraftError as error:
        raise click.ClickException(str(error)) from None
    except IntegrityError:
        raise click.ClickException(f"There is a site {key} already.") from None
    click.echo(f"Added {name} as {key}; fill in its facts and publish it in the dashboard.")


site.add_command(erasing.retention)
site.add_command(stopping.stop)
site.add_command(stopping.resume)


@main.group()
def config() -> None:
    """Handle a site's draft and configs as JSON files."""


@config.command("export")
@click.argument("key")
def config_export(key: str) -> None:
    """Print the draft of a site."""
    from consent.storage import sites

    with open_engine(settings_here()) as engine, engine.connect() as connection:
        draft = json.loads(sites.read_draft(connection, _site_id(connection, key)).text)
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
        site_id = _site_id(connection, key)
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
def config_publish(key: str, note: str) -> None:
    """Freeze the draft of a site into a new version and make it live."""
    from consent.app import load_artefacts, load_rules
    from consent.snapshots.draft import DraftError
    from consent.snapshots.publish import publish

    try:
        settings = settings_here()
        with open_engine(settings) as engine:
            done = publish(engine, key, load_rules(), load_artefacts(), author(settings), note)
    except DraftError as error:
        raise click.ClickException(str(error)) from None
    except KeyError:
        raise click.ClickException(f"There is no site {key}.") from None
    click.echo(f"Published version {done.version} of {key} as {done.name}.")


@main.group()
def receipts() -> None:
    """Work on the consent log."""


@receipts.command("export")
@click.argument("key")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl", "iso27560"]), default="jsonl", show_default=True)
@click.option("--filter", "filters", multiple=True, help="As in the API, such as country=DE or group.analytics=granted")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")
def receipts_export(key: str, kind: str, filters: tuple[str, ...], output: Path | None) -> None:
    """Write all receipts that the filters find, in constant memory."""
    from consent.app import load_rules
    from consent.exports import Export, Source
    from consent.exports.files import write_file
    from consent.progress import progress
    from consent.storage.filter_query import FilterError, read_filters

    settings = settings_here()
    try:
        wanted = read_filters(dict(part.partition("=")[::2] for part in filters))
    except FilterError as error:
        raise click.ClickException(str(error)) from None
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site_id = _site_id(connection, key)
        keys = keys_of(settings).jwks["keys"]
        export = Export(Source(engine, load_rules(), keys, settings.base_url), site_id, key, wanted, kind)
        if output is None:
            for chunk in export.chunks():
                click.echo(chunk, nl=False)
        else:
            write_file(export, output, progress("receipts"))
            click.echo(f"Wrote {export.count} rows to {output} ({output.stat().st_size} bytes).")


for command in (erasing.erase, erasing.prune, erasing.replay_erasures, marks.hold, marks.restrict, marks.objection):
    receipts.add_command(command)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log's verifier key, the JWKS of receipts, or changes of keys; may come several times.",
)
@click.option(
    "--old",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier checkpoint of the log; FILE is then what /log/<site>/consistency?from=<its size> answers.",
)
def verify(file: Path, keys: tuple[Path, ...], old: Path | None) -> None:
    """Check a proof, an export or checkpoints offline; exit 0 for true, 1 for false, 2 for what cannot be told."""
    from consent.exports.check import check_with_manifest, has_manifest
    from consent.verify import check

    if has_manifest(file) and not old:
        code, sentence = check_with_manifest(file, list(keys))
    else:
        code, sentence = check(file, list(keys), old)
    click.echo(sentence)
    sys.exit(code)


@main.group()
def classify() -> None:
    """Say what cookies, stored items and addresses are for."""


@classify.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--catalogue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file of names and groups that is asked before the shipped ones.",
)
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def classify_run(file: Path, catalogue: Path | None, kind: str) -> None:
    """Print the rows of FILE, each with group, purpose, layer, vendor, confidence and reason."""
    from consent.classify.catalogue import VENDORS, load_catalogue
    from consent.classify.classifier import new_classifier
    from consent.classify.table import WRITERS, TableError, answers, read_catalogue, read_rows

    try:
        rows, known = read_rows(file), read_catalogue(catalogue) if catalogue else []
    except TableError as error:
        raise click.ClickException(str(error)) from None
    classifier = new_classifier(load_catalogue(VENDORS), known)
    WRITERS[kind]([*answers(classifier, rows)], sys.stdout)


@classify.command("train")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else the shipped model.")
def classify_train(folder: Path, output: Path | None) -> None:
    """Train the cookie model on the two tables in FOLDER; needs the extra `train`."""
    from consent.classify.examples import ExamplesError
    from consent.classify.model import FILE

    try:
        from consent.classify.train import train, write_model
    except ImportError:
        raise click.ClickException("Training needs scikit-learn: pip install consent-tag-server[train]") from None
    try:
        document = train(folder)
    except ExamplesError as error:
        raise click.ClickException(str(error)) from None
    write_model(document, output or FILE)
    size = (output or FILE).stat().st_size
    click.echo(f"Trained {output or FILE}: {len(document['weights'])} features, {size} bytes.")


@main.group()
def geo() -> None:
    """Work on the geo database."""


@geo.command("update")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def geo_update(file: Path) -> None:
    """Check FILE and put it where CONSENT_GEO_DATABASE points to; the service reads it within 10 s."""
    from consent.geo import GeoDatabaseError, install_database

    target = settings_here().geo_database
    if target is None:
        raise click.ClickException("Set CONSENT_GEO_DATABASE to the file that the service should read.")
    try:
        install_database(file, target)
    except (GeoDatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Installed {file} as {target}.")


@main.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check settings, database, keys, rules and geo database; exit 1 where something is wrong."""
    from consent.doctor import examine

    findings = examine(settings_here())
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.sentence}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


main.add_command(scan)
main.add_command(audit)
main.add_command(csp)


if __name__ == "__main__":
    main()
