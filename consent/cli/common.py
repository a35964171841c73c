"""Shared helpers of commands: settings, database engine, site lookup, options, output."""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from consent.config import Settings, SettingsError, load_settings


class HexId(click.ParamType[str]):
    """The id of a receipt or a visitor."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id; exit the command if it is invalid."""
        if not re.fullmatch(r"[0-9a-f]{32}", value):
            self.fail("An id is 32 digits of 0-9 and a-f.", param, ctx)
        return str(value)


class Reason(click.ParamType[str]):
    """A one-line reason for an action."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the reason; exit the command if it is empty or names a natural person."""
        from consent.privacy.marks_service import reason_error

        text = str(value).strip()
        if problem := reason_error(text):
            self.fail(problem, param, ctx)
        return text


def subject_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options --receipt and --visitor to a command."""
    command = click.option("--visitor", type=HexId(), help="Select all receipts of this visitor.")(command)
    return click.option("--receipt", type=HexId(), help="Select this receipt.")(command)


def subject_of(receipt: str | None, visitor: str | None) -> Any:
    """Return the subject from the options; exit the command unless exactly one is given."""
    from consent.storage.selection.subjects import Subject

    if receipt and not visitor:
        return Subject("receipt", receipt)
    if visitor and not receipt:
        return Subject("visitor", visitor)
    raise click.UsageError("Specify either --receipt or --visitor.")


BY = "command line"
"""The actor name of the command line; opaque ids are for users and tokens."""

list_option = click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="GROUP=FILE",
    help="Filter list for unknown URLs, by group, such as analytics=trackers.txt.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def settings_or_exit(*, to_serve: bool = False) -> Settings:
    """Return the settings from the environment and an `.env` file in this folder; exit the process if they are invalid.

    Unless `to_serve`, a command run in a demo's folder works on that demo.
    """
    load_dotenv(Path(".env"))
    if not to_serve and is_demo_instance():
        os.environ["CONSENT_DEMO"] = os.environ.get("CONSENT_DEMO") or "1"
    try:
        settings = load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    _use_rules(settings)
    return settings


def _use_rules(settings: Settings) -> None:
    """Use the rules accepted for the instance if they can be verified with its keys."""
    if (settings.instance / "rules" / "accepted.jws").exists():
        from consent.signing.keys import KeyFileError, load_keys
        from consent.sites.shipped_rules import use_instance

        try:
            jwks = load_keys(settings.instance / "keys", settings.signing_keys).jwks
        except (KeyFileError, OSError):
            jwks = {"keys": []}
        use_instance(settings.instance, jwks)


def is_demo_instance() -> bool:
    """Return whether the current instance was created by `consent demo` and no secret key has been set for it."""
    from consent.demo import TOKEN_FILE

    folder = Path(os.environ.get("CONSENT_INSTANCE") or "instance")
    return not os.environ.get("CONSENT_SECRET_KEY") and (folder / TOKEN_FILE).is_file()


def classifier_with(lists: tuple[str, ...]) -> Any:
    """Return the classifier with filter `lists`; exit the process if one can't be used."""
    from consent.classifier.classifier import shipped_classifier
    from consent.classifier.filter_lists import FilterListError

    try:
        return shipped_classifier(lists)
    except FilterListError as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def open_engine(settings: Settings, *, of_any_version: bool = False) -> Iterator[Any]:
    """Yield the database engine, and close its connections afterward.

    Exits the process if the database doesn't respond or, unless `of_any_version`, if this program can't work with it.
    """
    from consent.storage.database.engine import make_engine

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

    from consent.storage.database.outage import reason_of
    from consent.storage.maintenance.migrate import schema_problem

    try:
        problem = schema_problem(engine)
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database does not respond: {reason_of(error)}.") from None
    if problem:
        raise click.ClickException(problem)


def find_site(connection: Any, key: str, *, may_be_deleted: bool = False) -> Any:
    """Return the site with this key; exit the process if there is none, or it is deleted and may not be."""
    from consent.storage.sites import sites

    site = sites.by_key(connection, key)
    if site is None:
        raise click.ClickException(f"There is no site {key}.")
    if site.deleted_at is not None and not may_be_deleted:
        raise click.ClickException(f"The site {key} was deleted; only its receipts, marks and log remain.")
    return site


def print_result(sentence: str, facts: Any, *, as_json: bool) -> None:
    """Print the result of a command: a sentence for humans or `facts` for programs."""
    click.echo(json.dumps(facts) if as_json else sentence)


def pluralize(number: int, noun: str) -> str:
    """Return `number` with `noun`, in the plural unless it is 1."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def author(settings: Settings) -> Any:
    """Return the command line as the author of audit entries."""
    from consent.log.audit_author import COMMAND_LINE, Author

    return Author(COMMAND_LINE, keys_or_exit(settings).receipt)


def keys_or_exit(settings: Settings) -> Any:
    """Return the instance's keys; exit the process if they can't be used."""
    from consent.signing.keys import KeyFileError, load_keys

    try:
        return load_keys(settings.instance / "keys", settings.signing_keys)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from None


def owner_of(connection: Any, key: str | None) -> Any:
    """Return the log owner: the site `key`, or the instance if it is None."""
    from consent.log.entry import INSTANCE

    return find_site(connection, key, may_be_deleted=True) if key else INSTANCE
