"""What the demo asks of the rest of the program, in one place: a database that is filled."""

import threading
from collections.abc import Callable

import click
from sqlalchemy import Connection, Engine

from consent.app import load_artefacts, load_rules
from consent.config import Settings
from consent.dashboard.new_person import add_person
from consent.demo.past import NotFilled, fill_past, sequence_past
from consent.demo.past_choices import Drawing
from consent.demo.ports import Ports
from consent.demo.seed import Seams, Seeded, seed
from consent.progress import progress
from consent.proof.audit import Author, Who
from consent.proof.keys import load_keys
from consent.snapshots.publish import publish
from consent.storage.engine import make_engine
from consent.storage.schema import upgrade


def prepare_database(
    settings: Settings, ports: Ports, drawing: Drawing | None = None, stopped: threading.Event | None = None
) -> Seeded:
    """Bring the database of `settings` to the newest schema and fill it with what the demo needs.

    With `drawing` it gets a past as well. Raises past.NotFilled where there is no room for that, or once `stopped` is set.
    """
    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)

    def publish_site(key: str) -> None:
        author = Author(Who("demo", "program"), load_keys(settings.instance / "keys", settings.signing_keys).receipt)
        publish(engine, key, load_rules(), load_artefacts(), author, "The demo's first version")

    def add_admin(connection: Connection, email: str, password: str) -> None:
        add_person(connection, email, password, "admin", name="Administrator")

    try:
        upgrade(engine)
        if drawing:
            _add_past(engine, settings, ports, drawing, stopped or threading.Event())
        return seed(engine, settings.instance, Seams(publish_site, add_admin), ports)
    finally:
        engine.dispose()


def _add_past(engine: Engine, settings: Settings, ports: Ports, drawing: Drawing, stopped: threading.Event) -> None:
    def say(things: str) -> Callable[[int], None]:
        tell = progress(things)

        def go_on(count: int) -> None:
            if stopped.is_set():
                raise NotFilled("Stopped; the database is filled in part, so remove it before the next try.")
            tell(count)

        return go_on

    written = fill_past(engine, settings, ports, drawing, say("receipts signed and written"))
    leaves = sequence_past(engine, settings, say("leaves put into the logs"))
    if written:
        click.echo(
            f"Wrote {written:,} receipts of two years on three sites, and put {leaves:,} leaves into their logs."
        )
    else:
        click.echo("The receipts of the past are there already.")
