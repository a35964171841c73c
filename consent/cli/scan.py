"""`consent scan`: scan a site in a real browser for cookies, storage and requests."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from consent.cli.common import classifier_with, open_engine, settings_here
from consent.cli.scan_options import make_job, parts, picture_folder, progress_printer, run, scan_options, write_json

if TYPE_CHECKING:
    from consent.scanner.model.scan_result import ScanResult


@click.command()
@click.argument("url", required=False)
@click.option("--site", "key", help="A site of this service: what is found joins what is known of it.")
@click.option("--due", is_flag=True, help="Scan every site whose time has come; for cron or a timer.")
@click.option("--number", type=int, hidden=True)
@click.option("--states", default="none,reject,accept,gpc", show_default=True, help="Also: withdraw.")
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
    """Visit a site in a real browser and list what it keeps and asks for, without a choice and after each."""
    context = click.get_current_context()
    if due:
        sys.exit(_scan_due(settings_here(), options, quiet))
    if key:
        given = [name for name in options if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
        options = {name: value for name, value in options.items() if name in given}
        result = _scan_site(settings_here(), key, number, url or "", options, quiet)
    elif url:
        result = run(make_job(url, states, options), quiet)
    else:
        raise click.UsageError("Name an address, or a site with --site.")
    _show(result, json_file)


def _show(result: "ScanResult", json_file: Path | None) -> None:
    from consent.scanner.audit.inventory import Inventory, saw_anything
    from consent.scanner.audit.terminal_report import scan_lines

    write_json(result, json_file)
    if str(json_file) != "-":
        for line in scan_lines(result, Inventory(result)):
            click.echo(line)
    sys.exit(0 if saw_anything(result) else 1)


def _scan_due(settings: Any, options: dict[str, Any], quiet: bool) -> int:
    """Scan the sites whose time has come, one after another; return 1 where one of these scans came to nothing."""
    from consent.scanner.audit.inventory import saw_anything
    from consent.scanner.audit.terminal_report import counted

    keys: list[str] = []
    failed = 0
    # Asked anew for each site: another node may have scanned it meanwhile.
    while key := _next_due(settings, keys):
        keys.append(key)
        try:
            if not saw_anything(_scan_site(settings, key, None, "", {"allow": options["allow"]}, quiet)):
                failed += 1
        except click.ClickException as error:
            failed += 1
            click.echo(f"{key}: {error.message}", err=True)
    of = f"{len(keys) - failed} of " if failed else ""
    click.echo(f"Scanned {of}{counted(len(keys), 'site')} whose time had come.")
    return int(failed > 0)


def _next_due(settings: Any, done: list[str]) -> str | None:
    from consent.storage.scans import scans

    with open_engine(settings) as engine, engine.connect() as connection:
        return next((key for key in scans.due(connection, int(time.time())) if key not in done), None)


def _scan_site(
    settings: Any, key: str, number: int | None, url: str, options: dict[str, Any], quiet: bool
) -> "ScanResult":
    """Scan a site of this service, print the changes, and return the result."""
    from consent.scanner.audit.inventory import problems, saw_anything
    from consent.scanner.audit.terminal_report import counted
    from consent.scanner.model.job import JobValidationError
    from consent.scanner.process import ScanFailedError
    from consent.scanner.site_scan import UnknownSiteError, scan_site, start
    from consent.sites.finding_labels import shown_name
    from consent.storage.scans.scans import ScanRunningError

    allow = (*settings.scan_hosts, *options.get("allow", ()))
    classifier_with(settings.filter_lists)  # tells of a broken list before anything is visited
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
                lambda job: _changed(job, options),
                settings.filter_lists,
            )
        except ScanRunningError:
            raise click.ClickException(f"{key} is being scanned already.") from None
        except (JobValidationError, ScanFailedError, UnknownSiteError) as error:
            raise click.ClickException(str(error)) from None
    for change in done.diff:
        summary = f" ({change['told']})" if change["told"] else ""
        mark = "LEAK " if change["is_leak"] else ""
        kind, name = change["kind"].replace("_", " "), shown_name(change["name"])
        click.echo(f"{mark}{change['change']}: {kind} {name} on {change['host']}, {change['group']}{summary}")
    if not saw_anything(done.result):
        problem = next(iter(problems(done.result)), "no page was shown.")
        click.echo(f"The scan of {key} came to nothing: {problem}", err=True)
        return done.result
    changes = len(done.diff)
    summary = (
        f"{counted(changes, 'thing')} found" if done.is_first else f"{counted(changes, 'change')} since the last scan"
    )
    click.echo(f"Scanned {key}: {summary}, {counted(done.leaks, 'open leak')}.")
    return done.result


def _changed(job: Any, options: dict[str, Any]) -> Any:
    """Return a site's job with the options of the command line."""
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
