"""What commands share: settings, the database, a site by its key, and how a result is said."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from consent.config import Settings, SettingsError, load_settings

# What a command needs is imported in it: `consent run` only watches a worker and has to stay small.

BY = "command line"
"""As whom the command line acts: opaque ids are for people and tokens."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def settings_here() -> Settings:
    """Return the settings of the environment and of an `.env` file here; end the process where they are wrong."""
    load_dotenv(Path(".env"))
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def open_engine(settings: Settings) -> Iterator[Any]:
    """Give the engine of the database, and close its connections afterwards."""
    from consent.storage.engine import make_engine

    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()


def find_site(connection: Any, key: str) -> Any:
    """Return the site with that key; end the process where there is none."""
    from consent.storage import sites

    site = sites.by_key(connection, key)
    if site is None:
        raise click.ClickException(f"There is no site {key}.")
    return site


def say(sentence: str, facts: Any, *, as_json: bool) -> None:
    """Print the result of a command: a sentence for people or `facts` for programs."""
    click.echo(json.dumps(facts) if as_json else sentence)


def counted(number: int, noun: str) -> str:
    """Return `number` with `noun`, in the plural where it is not one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
