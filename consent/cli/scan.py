"""`consent scan`: scan a site in a real browser for cookies, storage and requests."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from consent.cli.common import classifier_with, open_engine, settings_or_exit
from consent.cli.scan_options import make_job, parts, picture_folder, progress_printer, run, scan_options, write_json

if TYPE_CHECKING:
    from consent.scanner.model.scan_result import ScanResult


@click.command()
@click.argument("url", required=False)
@click.option("--site", "key", help="Site of this service; results are added to its findings.")
@click.option("--due", is_flag=True, help="Scan every site that is due, for cron or a timer.")
@click.option("--number", type=int, hidden=True)
@click.option("--states", default="none,reject,accept,gpc", show_default=True, help="Also withdraw consent.")
@scan_options
def scan(
    url: str | None,
    key: str | None,
    due: bool,
    number: int | None,
    states: str,
    json_file: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Visit a site in a browser and list what it stores and requests, before and after each choice."""
    context = click.get_current_context()
    if due:
        sys.exit(_scan_due(settings_or_exit(), options, quiet))
    if key:
        given = [name for name in options if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
        options = {name: value for name, value in options.items() if name in given}
        result = _scan_site(settings_or_exit(), key, number, url or "", options, quiet)
    elif url:
        result = run(make_job(url, states, options), quiet)
    else:
        raise click.UsageError("Specify a URL, or a site with --site.")
    _print_result(result, json_file)


def _print_result(result: "ScanResult", json_file: Path | None) -> None:
    from consent.scanner.audit.inventory import Inventory, loaded_any_page
    from consent.scanner.audit.terminal_report import scan_lines

    write_json(result, json_file)
    if str(json_file) != "-":
        for line in scan_lines(result, Inventory(result)):
            click.echo(line)
    sys.exit(0 if loaded_any_page(result) else 1)


def _scan_due(settings: Any, options: dict[str, Any], quiet: bool) -> int:
    """Scan the sites that are due, one after another; return 1 if one of these scans found nothing."""
    from consent.scanner.audit.inventory import loaded_any_page
    from consent.scanner.audit.terminal_report import pluralize

    keys: list[str] = []
    failed = 0
    # Queried again for each site, since another node may have scanned it meanwhile.
    while key := _next_due(settings, keys):
        keys.append(key)
        try:
            if not loaded_any_page(_scan_site(settings, key, None, "", {"allow": options["allow"]}, quiet)):
                failed += 1
        except click.ClickException as error:
            failed += 1
            click.echo(f"{key}: {error.message}", err=True)
    of = f"{len(keys) - failed} of " if failed else ""
    click.echo(f"Scanned {of}{pluralize(len(keys), 'site')} due for a scan.")
    return int(failed > 0)


def _next_due(settings: Any, done: list[str]) -> str | None:
    from consent.storage.scans import scans

    with open_engine(settings) as engine, engine.connect() as connection:
        return next((key for key in scans.due(connection, int(time.time())) if key not in done), None)


def _scan_site(
    settings: Any, key: str, number: int | None, url: str, options: dict[str, Any], quiet: bool
) -> "ScanResult":
    """Scan a site of this service, print the changes, and return the result."""
    from consent.scanner.audit.inventory import loaded_any_page, problems
    from consent.scanner.audit.terminal_report import pluralize
    from consent.scanner.model.job import JobValidationError
    from consent.scanner.process import ScanFailedError
    from consent.scanner.site_scan import UnknownSiteError, scan_site, start
    from consent.sites.finding_labels import shown_name
    from consent.storage.scans.scans import ScanRunningError

    allow = (*settings.scan_hosts, *options.get("allow", ()))
    classifier_with(settings.filter_lists)  # report a broken list before visiting anything
    with open_engine(settings) as engine:
        try:
            scan_id = number or start(engine, key, int(time.time()), url)
            done = scan_site(
                engine,
                key,
                scan_id,
                settings.base_url,
                allow,
                progress_printer(quiet),
                lambda job: _with_options(job, options),
                settings.filter_lists,
            )
        except ScanRunningError:
            raise click.ClickException(f"{key} is already being scanned.") from None
        except (JobValidationError, ScanFailedError, UnknownSiteError) as error:
            raise click.ClickException(str(error)) from None
    for change in done.diff:
        summary = f" ({change['told']})" if change["told"] else ""
        mark = "LEAK " if change["is_leak"] else ""
        kind, name = change["kind"].replace("_", " "), shown_name(change["name"])
        click.echo(f"{mark}{change['change']}: {kind} {name} on {change['host']}, {change['group']}{summary}")
    if not loaded_any_page(done.result):
        problem = next(iter(problems(done.result)), "no page could be loaded.")
        click.echo(f"The scan of {key} failed: {problem}", err=True)
        return done.result
    changes = len(done.diff)
    summary = (
        f"{pluralize(changes, 'item')} found"
        if done.is_first
        else f"{pluralize(changes, 'change')} since the last scan"
    )
    click.echo(f"Scanned {key}: {summary}, {pluralize(done.leaks, 'open leak')}.")
    return done.result


def _with_options(job: Any, options: dict[str, Any]) -> Any:
    """Return a site's job with the options from the command line."""
    names = {
        "pages": "pages",
        "delay": "delay_s",
        "page_seconds": "page_s",
        "total_seconds": "total_s",
        "language": "language",
    }
    values: dict[str, Any] = {names[name]: value for name, value in options.items() if name in names}
    if "regions" in options:
        values["regions"] = parts(options["regions"])
    if options.get("ignore_robots"):
        values["robots"] = False
    if options.get("screenshots"):
        values["screenshots"] = picture_folder(options["screenshots"])
    return dataclasses.replace(job, **values)
