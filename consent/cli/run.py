"""`consent run` and `consent demo`: serve in the foreground until a stop signal."""

import gc
import os
import sys
import time
from typing import Any

import click

from consent.cli.common import is_demo_instance, keys_or_exit, settings_or_exit
from consent.config import Settings
from consent.config.env_readers import is_loopback

CHECK_SECONDS = 5.0
"""How long the database may take to respond before the start."""

# Commands import what they need locally, since `consent run` only watches a worker and has to stay small.


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def run(host: str, port: int) -> None:
    """Run the service in the foreground until SIGTERM."""
    from consent.demo.ports import PortInUseError, reserve
    from consent.process.granian_server import serve

    settings = _settings_at(host, port)
    try:
        # The server would share the port with another copy that allows it, and each would get half of the requests.
        reserve(host, port).close()
    except PortInUseError as problem:
        raise click.ClickException(str(problem)) from None
    _prepare(settings)
    if sys.stdout.isatty():
        click.echo(f"The dashboard is at {settings.base_url}. Press Ctrl-C to stop the service.")
    serve(settings, host, port)


def _settings_at(host: str, port: int) -> Settings:
    """Return the settings of a service on `host` and `port`, which form its address unless CONSENT_BASE_URL is set.

    Exits the process if the instance is a demo's and CONSENT_DEMO isn't set.
    """
    settings = settings_or_exit(to_serve=True)
    if not settings.demo and is_demo_instance():
        raise click.ClickException(
            f"{settings.instance} is the folder of a demo, which `consent demo` runs."
            " Use another folder: `consent --instance FOLDER run`."
        )
    if os.environ.get("CONSENT_BASE_URL"):
        return settings
    name = host if is_loopback(f"http://{host_in_url(host)}") else "127.0.0.1"
    # Workers read the settings from the environment.
    os.environ["CONSENT_BASE_URL"] = f"http://{host_in_url(name)}:{port}"
    return settings_or_exit(to_serve=True)


def host_in_url(host: str) -> str:
    """Return `host` as written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _prepare(settings: Settings) -> None:
    """Create the embedded database if missing; exit the process if the database belongs to an earlier program.

    If it doesn't respond, the service waits for it later.
    """
    import multiprocessing

    # In its own process, so that this one stays small.
    preparing = multiprocessing.get_context("spawn").Process(target=prepare_database, args=(settings,))
    preparing.start()
    preparing.join()
    if preparing.exitcode:
        sys.exit(preparing.exitcode)


def prepare_database(settings: Settings) -> None:
    """Create the embedded database at the first start, and print how to create the first admin if there is none.

    Exits this process with 1 and a sentence if the database belongs to an earlier program.
    """
    gc.disable()  # this process exits soon, and garbage collection would take a quarter of its time
    from sqlalchemy.exc import SQLAlchemyError

    from consent.storage.database.engine import make_engine
    from consent.storage.database.query_timeout import answers_within
    from consent.storage.maintenance.migrate import earlier_problem

    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    try:
        with answers_within(CHECK_SECONDS):
            problem = earlier_problem(engine)
            if not problem:
                _create_embedded_database(settings, engine)
                _show_setup_code(settings, engine)
    except (SQLAlchemyError, OSError):
        problem = ""
    engine.dispose()
    if problem:
        click.echo(f"Error: {problem}", err=True)
        sys.exit(1)


def _create_embedded_database(settings: Settings, engine: Any) -> None:
    """Create the tables of an empty SQLite database; PostgreSQL is set up manually, once for all nodes."""
    from consent.app import load_artifacts
    from consent.storage.maintenance.migrate import current_revision, upgrade

    if not settings.is_sqlite or current_revision(engine) is not None:
        return
    upgrade(engine)
    with engine.begin() as transaction:
        load_artifacts().save(transaction)
    click.echo(f"Created the database {settings.database.removeprefix('sqlite:///')}.")


def _show_setup_code(settings: Settings, engine: Any) -> None:
    """Print the URL and the setup code for creating the first admin, if there is no admin."""
    from consent.storage.accounts import users
    from consent.storage.maintenance.migrate import schema_problem

    if settings.demo or schema_problem(engine):
        return
    with engine.connect() as connection:
        if users.active_admins(connection):
            return
    from consent.dashboard.auth.setup_code import setup_code

    code = setup_code(keys_or_exit(settings).secret)
    click.echo(f"There is no admin yet: open {settings.base_url}/setup and enter the setup code {code}")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65533),
    help="Port; the demo also uses the next two.",
)
@click.option(
    "--receipts",
    type=click.IntRange(0, 100_000_000),
    help=(
        "Number of sample receipts for an empty database, over two years and three sites; 0 for none.  "
        "[default: 60 days of the shop]"
    ),
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Random seed: the same seed gives the same receipts.",
)
def demo(host: str, port: int, receipts: int | None, seed: int) -> None:
    """Run the service with a demo shop and its vendors, on a separate SQLite database."""
    from consent.demo.past_choices import last_two_years, recent_visitors
    from consent.demo.ports import Ports
    from consent.demo.run import run_demo

    os.environ.setdefault("CONSENT_DEMO", "1")
    drawing = recent_visitors(seed, time.time()) if receipts is None else None
    if receipts:
        drawing = last_two_years(receipts, seed, time.time())
    sys.exit(run_demo(settings_or_exit(to_serve=True), host, Ports(port, port + 1, port + 2), drawing))
