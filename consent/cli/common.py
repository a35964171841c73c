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
    """An id of a receipt or a visitor."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id, or end the command where it is none."""
        if not re.fullmatch(r"[0-9a-f]{32}", value):
            self.fail("An id has 32 digits of 0-9 and a-f.", param, ctx)
        return str(value)


class Reason(click.ParamType[str]):
    """Why something is done: one line."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the reason, or end the command where it is empty or names a natural person."""
        from consent.privacy.marks_service import reason_error

        text = str(value).strip()
        if problem := reason_error(text):
            self.fail(problem, param, ctx)
        return text


def of_subject(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options --receipt and --visitor to a command."""
    command = click.option("--visitor", type=HexId(), help="All receipts of this visitor.")(command)
    return click.option("--receipt", type=HexId(), help="This one receipt.")(command)


def subject_of(receipt: str | None, visitor: str | None) -> Any:
    """Return whose receipts are meant; end the command unless one of the two is given."""
    from consent.storage.selection.subjects import Subject

    if receipt and not visitor:
        return Subject("receipt", receipt)
    if visitor and not receipt:
        return Subject("visitor", visitor)
    raise click.UsageError("Give either --receipt or --visitor.")


BY = "command line"
"""As whom the command line acts: opaque ids are for users and tokens."""

list_option = click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="GROUP=FILE",
    help="A filter list of yours that tells what unknown addresses are for, such as analytics=trackers.txt.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def settings_here(*, to_serve: bool = False) -> Settings:
    """Return the settings of the environment and of an `.env` file here; end the process where they are invalid.

    Unless it is `to_serve`, a command in the folder of a demo works on that demo.
    """
    load_dotenv(Path(".env"))
    if not to_serve and is_demo_here():
        os.environ["CONSENT_DEMO"] = os.environ.get("CONSENT_DEMO") or "1"
    try:
        settings = load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    _use_rules(settings)
    return settings


def _use_rules(settings: Settings) -> None:
    """Read the rules that hold on the instance; end the process where those cannot be read."""
    if (settings.instance / "rules" / "accepted.jws").exists():
        from consent.sites.shipped_rules import PackageError, use_instance

        try:
            use_instance(settings.instance)
        except PackageError as error:
            raise click.ClickException(str(error)) from None


def is_demo_here() -> bool:
    """Return whether the instance that is meant is one that `consent demo` made, and nobody has set a secret for it."""
    from consent.demo import TOKEN_FILE

    folder = Path(os.environ.get("CONSENT_INSTANCE") or "instance")
    return not os.environ.get("CONSENT_SECRET_KEY") and (folder / TOKEN_FILE).is_file()


def classifier_with(lists: tuple[str, ...]) -> Any:
    """Return the classifier with filter `lists`; end the process where one cannot be used."""
    from consent.classifier.classifier import shipped_classifier
    from consent.classifier.filter_lists import FilterListError

    try:
        return shipped_classifier(lists)
    except FilterListError as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def open_engine(settings: Settings, *, of_any_version: bool = False) -> Iterator[Any]:
    """Yield the engine of the database, and close its connections afterwards.

    Ends the process where the database does not answer or, unless `of_any_version`, where this program does not work on it.
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
        raise click.ClickException(f"The database does not answer: {reason_of(error)}.") from None
    if problem:
        raise click.ClickException(problem)


def find_site(connection: Any, key: str, *, may_be_deleted: bool = False) -> Any:
    """Return the site with that key; end the process where there is none, or where it is deleted and may not be."""
    from consent.storage.sites import sites

    site = sites.by_key(connection, key)
    if site is None:
        raise click.ClickException(f"There is no site {key}.")
    if site.deleted_at is not None and not may_be_deleted:
        raise click.ClickException(f"The site {key} was deleted; only its receipts, marks and log are left.")
    return site


def say(sentence: str, facts: Any, *, as_json: bool) -> None:
    """Print the result of a command: a sentence for humans or `facts` for programs."""
    click.echo(json.dumps(facts) if as_json else sentence)


def counted(number: int, noun: str) -> str:
    """Return `number` with `noun`, in the plural where it is not one."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def author(settings: Settings) -> Any:
    """Return the command line as the author of audit entries."""
    from consent.log.audit_author import COMMAND_LINE, Author

    return Author(COMMAND_LINE, keys_of(settings).receipt)


def keys_of(settings: Settings) -> Any:
    """Return the keys of the instance; end the process where they cannot be used."""
    from consent.signing.keys import KeyFileError, load_keys

    try:
        return load_keys(settings.instance / "keys", settings.signing_keys)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from None


def owner_of(connection: Any, key: str | None) -> Any:
    """Return the owner of the log for the site `key`, or the instance without one."""
    from consent.log.entry import INSTANCE

    return find_site(connection, key, may_be_deleted=True) if key else INSTANCE
