"""What commands share: settings, the database, a site by its key, and how a result is said."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from consent.config import Settings, SettingsError, load_settings

# What a command needs is imported in it: `consent run` only watches a worker and has to stay small.

BY = "command line"
"""As whom the command line acts: opaque ids are for people and tokens."""

list_option = click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="GROUP=FILE",
    help="A filter list of yours that tells what unknown addresses are for, such as analytics=trackers.txt.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def settings_here(*, to_serve: bool = False) -> Settings:
    """Return the settings of the environment and of an `.env` file here; end the process where they are wrong.

    Unless it is `to_serve`, a command in the folder of a demo works on that demo.
    """
    load_dotenv(Path(".env"))
    if not to_serve and _is_demo_here():
        os.environ["CONSENT_DEMO"] = os.environ.get("CONSENT_DEMO") or "1"
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _is_demo_here() -> bool:
    """Tell whether the instance that is meant is one that `consent demo` made, and nobody has set a secret for it."""
    from consent.demo import TOKEN_FILE

    folder = Path(os.environ.get("CONSENT_INSTANCE") or "instance")
    return not os.environ.get("CONSENT_SECRET_KEY") and (folder / TOKEN_FILE).is_file()


def classifier_with(lists: tuple[str, ...]) -> Any:
    """Return the classifier that asks filter `lists`, too; end the process where one cannot be used."""
    from consent.classify.classifier import shipped_classifier
    from consent.classify.filter_lists import FilterListError

    try:
        return shipped_classifier(lists)
    except FilterListError as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def open_engine(settings: Settings, *, of_any_version: bool = False) -> Iterator[Any]:
    """Give the engine of the database, and close its connections afterwards.

    Ends the process where the database does not answer or, unless `of_any_version`, where this program does not work on it.
    """
    from consent.storage.engine import make_engine

    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    try:
        if not of_any_version:
            _check_version(engine)
        yield engine
    finally:
        engine.dispose()


def _check_version(engine: Any) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from consent.storage.outage import reason_of
    from consent.storage.schema import fault

    try:
        said = fault(engine)
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database does not answer: {reason_of(error)}.") from None
    if said:
        raise click.ClickException(said)


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


def author(settings: Settings) -> Any:
    """Return the command line as the author of changes, which the log tells of."""
    from consent.proof.audit import COMMAND_LINE, Author

    return Author(COMMAND_LINE, keys_of(settings).receipt)


def keys_of(settings: Settings) -> Any:
    """Return the keys of the instance; end the process where they cannot be used."""
    from consent.proof.keys import BadKey, load_keys

    try:
        return load_keys(settings.instance / "keys", settings.signing_keys)
    except BadKey as error:
        raise click.ClickException(str(error)) from None


def owner_of(connection: Any, key: str | None) -> Any:
    """Return whose log tells of what concerns the site `key`, or of what concerns every site without one."""
    from consent.proof.entry import INSTANCE

    return find_site(connection, key) if key else INSTANCE
