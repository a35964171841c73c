"""`consent months list|detach|attach|forget`: archive old months as files outside the database."""

from pathlib import Path
from typing import Any

import click

from consent.cli.common import as_json, author, keys_or_exit, open_engine, pluralize, print_result, settings_or_exit


class MonthType(click.ParamType[int]):
    """A month such as 2024-11."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the month as the number used in the database."""
        from consent.storage.database.partitions import read_month

        try:
            return value if isinstance(value, int) else read_month(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


@click.command("list")
@as_json
def list_months(as_json: bool) -> None:
    """List the detached months of each site, with their files."""
    from consent.storage.archive import detached_months as detached
    from consent.storage.sites import sites

    with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
        keys = {site.id: site.key for site in sites.every(connection)}
        months = detached.months(connection, None)
    facts: list[dict[str, Any]] = [
        {"site": keys[one.site_id], "month": one.name, "receipts": one.receipts, "bytes": one.size, "file": one.file}
        | {"sha256": one.sha256, "is_here": Path(one.file).is_file(), "owed": one.pending_erasures}
        for one in months
    ]
    lines = [
        (
            f"{fact['month']} of {fact['site']}: {pluralize(fact['receipts'], 'receipt')}, {fact['bytes']} "
            f"bytes, {fact['file']}"
        )
        + ("" if fact["is_here"] else ", which is not on this machine")
        + (f"; {pluralize(fact['owed'], 'erased receipt')} still in it" if fact["owed"] else "")
        for fact in facts
    ]
    print_result("\n".join(lines) or "No month is detached.", facts, as_json=as_json)


@click.command()
@click.argument("month", type=MonthType())
@as_json
def detach(month: int, as_json: bool) -> None:
    """Write the receipts of MONTH to a file for each site, verify it, and remove them from the database."""
    from consent.app import load_rules
    from consent.archive.detach import Detacher
    from consent.archive.month_file import MonthFileError
    from consent.archive.month_lock import MonthMoveError
    from consent.exports import Source
    from consent.storage.database.partitions import month_name

    settings = settings_or_exit()
    with open_engine(settings) as engine:
        source = Source(engine, load_rules(), keys_or_exit(settings).jwks["keys"], settings.base_url)
        try:
            month_file = Detacher(source, settings.months, settings.instance, author(settings)).detach(month)
        except (MonthFileError, MonthMoveError) as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(
                f"The file could not be written: {error.strerror}. The month stays in the database."
            ) from None
    lines = [
        f"Detached {file.name} of {site.key}: {pluralize(file.receipts, 'receipt')} are now in {file.file}"
        for site, file in month_file
    ]
    facts = [
        {"site": site.key, "month": file.name, "receipts": file.receipts, "file": file.file}
        for site, file in month_file
    ]
    print_result("\n".join(lines) or f"The database has no receipts of {month_name(month)}.", facts, as_json=as_json)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@as_json
def attach(files: tuple[Path, ...], as_json: bool) -> None:
    """Verify each FILE and put its receipts back into the database."""
    from consent.archive.attach import Attacher
    from consent.archive.month_file import MonthFileError
    from consent.archive.month_lock import MonthMoveError

    settings = settings_or_exit()
    facts: list[dict[str, Any]] = []
    with open_engine(settings) as engine:
        attacher = Attacher(engine, settings.instance, author(settings))
        for file in files:
            try:
                site, month = attacher.attach(file)
            except (MonthFileError, MonthMoveError) as error:
                raise click.ClickException(str(error)) from None
            facts.append({"site": site.key, "month": month.name, "receipts": month.receipts})
            if not as_json:
                copies = " Delete copies of its file, since erasures do not reach them." if file.exists() else ""
                click.echo(f"Reattached {month.name} of {site.key}: {pluralize(month.receipts, 'receipt')}.{copies}")
    if as_json:
        print_result("", facts, as_json=True)


@click.command()
@as_json
def forget(as_json: bool) -> None:
    """Rewrite files that still contain receipts erased since; the service also does this automatically."""
    from consent.archive.forget_erased import forget_erased
    from consent.archive.month_lock import MonthMoveError
    from consent.storage.archive import detached_months as detached

    settings = settings_or_exit()
    with open_engine(settings) as engine:
        try:
            done = forget_erased(engine, settings.instance)
        except MonthMoveError as error:
            raise click.ClickException(str(error)) from None
        with engine.connect() as connection:
            left = [month for month in detached.months(connection, None) if month.pending_erasures]
    sentence = f"Rewrote {pluralize(len(done), 'file')}."
    if left:
        sentence += f" These files are not readable here: {', '.join(month.file for month in left)}."
    print_result(sentence, {"written": [one.file for one in done], "left": [one.file for one in left]}, as_json=as_json)
