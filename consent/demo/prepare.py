"""Prepare the demo database."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Connection, Engine

from consent.app import DEMO_VENDORS, code_guard, load_artifacts, load_rules
from consent.config import Settings
from consent.dashboard.accounts.create_user import create_user
from consent.demo import TOKEN_FILE
from consent.demo.past import SeedError, fill_past, sequence_past
from consent.demo.past_choices import Drawing
from consent.demo.ports import Ports
from consent.demo.sample_work import BLOG, add_blog, add_sample_work
from consent.demo.seed import Seeded, Setup, seed
from consent.demo.site import KEY, VENDORS
from consent.log.audit_author import AuditActor, Author
from consent.process.progress import progress
from consent.publishing.approval import Approval
from consent.publishing.publish import publish
from consent.signing.keys import load_keys
from consent.storage.accounts import users
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites


def prepare_database(
    settings: Settings, ports: Ports, drawing: Drawing | None = None, stopped: threading.Event | None = None
) -> Seeded:
    """Upgrade the database of `settings` to the newest schema and fill it with what the demo needs.

    With `drawing`, also add a past. Raises past.SeedError if the database isn't the demo's, or once `stopped` is set.
    """
    settings.instance.mkdir(parents=True, exist_ok=True)
    write_vendors(settings.instance / DEMO_VENDORS, ports)
    engine = make_engine(settings.database)

    def publish_site(key: str) -> None:
        keys = load_keys(settings.instance / "keys", settings.signing_keys)
        author, guard = Author(AuditActor("demo", "program"), keys.receipt), code_guard(settings, keys)
        note, alone = "The demo's first version", Approval(is_alone=True)
        publish(engine, key, load_rules(), load_artifacts(), guard, author, note, alone)

    def add_admin(connection: Connection, email: str, password: str) -> None:
        create_user(connection, email, password, "admin", name="Administrator")

    try:
        upgrade(engine)
        _refuse_other_instance(settings, engine)
        if drawing:
            _add_past(engine, settings, ports, drawing, stopped or threading.Event())
        seeded = seed(engine, settings.instance, Setup(publish_site, add_admin), ports)
        if drawing and drawing.is_optional and seeded.password:
            keys = load_keys(settings.instance / "keys", settings.signing_keys)
            _add_work(engine, Author(AuditActor("demo", "program"), keys.receipt), ports)
            publish_site(BLOG)
        return seeded
    finally:
        engine.dispose()


def _add_work(engine: Engine, author: Author, ports: Ports) -> None:
    with engine.begin() as connection:
        if site := sites.by_key(connection, KEY):
            add_sample_work(connection, site, author, ports, int(time.time()))
            add_blog(connection, int(time.time()))


def write_vendors(folder: Path, ports: Ports) -> None:
    """Write the demo's vendor files, with the actual ports, to `folder` for the catalog."""
    folder.mkdir(exist_ok=True)
    for file in VENDORS.glob("*.json"):
        text = file.read_text("utf-8").replace(":8001", f":{ports.shop}").replace(":8002", f":{ports.vendors}")
        (folder / file.name).write_text(text, "utf-8")


def _refuse_other_instance(settings: Settings, engine: Engine) -> None:
    """Raise past.SeedError if the embedded database belongs to a service that isn't a demo."""
    if not settings.is_sqlite or (settings.instance / TOKEN_FILE).exists():
        return
    with engine.connect() as connection:
        if users.has_users(connection):
            raise SeedError(
                f"{settings.instance} is the folder of a service: name another one, `consent --instance FOLDER demo`."
            )


def _add_past(engine: Engine, settings: Settings, ports: Ports, drawing: Drawing, stopped: threading.Event) -> None:
    def say(things: str) -> Callable[[int], None]:
        report = progress(things)

        def report_progress(count: int) -> None:
            if stopped.is_set():
                raise SeedError("Stopped; the database is filled in part, so remove it before the next try.")
            report(count)

        return report_progress

    written = fill_past(engine, settings, ports, drawing, say("receipts signed and written"))
    leaves = sequence_past(engine, settings, say("leaves put into the logs"))
    if written:
        click.echo(
            f"Wrote {written:,} receipts of {drawing.days} days on {_sites(drawing.sites)}, and put {leaves:,} leaves into"
            " the log."
        )
    elif not drawing.is_optional:
        click.echo("The receipts of the past are there already.")


def _sites(count: int) -> str:
    return f"{count} sites" if count > 1 else "one site"
