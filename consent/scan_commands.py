"""The commands `consent scan` and, for a site's own CI, `consent audit`."""

import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

# What a command needs is imported in it: `consent run` only watches a worker and has to stay small.

REGIME = "For a site without this service's banner: what may run before a choice."


def scan_options(command: Any) -> Any:
    """Add the options that a scan and an audit share."""
    for option in (
        click.option("--pages", default=20, show_default=True, type=int, help="At most so many pages."),
        click.option("--regions", default="", help="Such as DE,US-CA: for a site that uses this service's banner."),
        click.option(
            "--allow-host", "allow", multiple=True, help="A host inside that may be reached, such as *.test:8080."
        ),
        click.option(
            "--delay", default=0.5, show_default=True, type=float, help="Seconds between two pages of a visit."
        ),
        click.option("--page-seconds", default=30.0, show_default=True, type=float, help="How long a page may take."),
        click.option("--total-seconds", default=1800.0, show_default=True, type=float, help="How long all may take."),
        click.option("--language", default="en-US", show_default=True, help="What the browser says it reads."),
        click.option("--ignore-robots", is_flag=True, help="Also visit what robots.txt asks robots to leave."),
        click.option("--screenshots", type=click.Path(file_okay=False, path_type=Path), help="A folder for pictures."),
        click.option(
            "--json", "json_file", type=click.Path(path_type=Path), help="Write all that was seen; - for here."
        ),
        click.option("--quiet", is_flag=True, help="No progress."),
    ):
        command = option(command)
    return command


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
        sys.exit(_scan_due(context.obj(), options, quiet))
    if key:
        given = [name for name in options if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
        options = {name: value for name, value in options.items() if name in given}
        result = _scan_site(context.obj(), key, number, url or "", options, quiet)
    elif url:
        result = run(make_job(url, states, options), quiet)
    else:
        raise click.UsageError("Name an address, or a site with --site.")
    _show(result, json_file)


def _show(result: dict[str, Any], json_file: Path | None) -> None:
    from consent.scan.inventory import Inventory
    from consent.scan.lines import scan_lines

    write_json(result, json_file)
    if str(json_file) != "-":
        for line in scan_lines(result, Inventory(result)):
            click.echo(line)
    sys.exit(0 if any(page["problem"] is None for visit in result["visits"] for page in visit["pages"]) else 1)


def _scan_due(settings: Any, options: dict[str, Any], quiet: bool) -> int:
    """Scan the sites whose time has come, one after another; return 1 where one of them failed."""
    from consent.storage import scans

    with _engine(settings) as engine, engine.connect() as connection:
        keys = scans.due(connection, int(time.time()))
    failed = 0
    for key in keys:
        try:
            _scan_site(settings, key, None, "", {"allow": options["allow"]}, quiet)
        except click.ClickException as error:
            failed = 1
            click.echo(f"{key}: {error.message}", err=True)
    click.echo(f"Scanned {len(keys)} sites whose time had come.")
    return failed


def _scan_site(
    settings: Any, key: str, number: int | None, url: str, options: dict[str, Any], quiet: bool
) -> dict[str, Any]:
    """Scan a site of this service, say what changed, and return what was seen."""
    from consent.scan.job import BadJob
    from consent.scan.process import ScanFailed
    from consent.scan.site_scan import NoSite, scan_site, start
    from consent.storage.scans import ScanUnderWay

    allow = (*settings.scan_hosts, *options.get("allow", ()))
    with _engine(settings) as engine:
        try:
            scan_id = number or start(engine, key, int(time.time()), url)
            done = scan_site(
                engine, key, scan_id, settings.base_url, allow, _teller(quiet), lambda job: _changed(job, options)
            )
        except ScanUnderWay:
            raise click.ClickException(f"{key} is being scanned already.") from None
        except (BadJob, ScanFailed, NoSite) as error:
            raise click.ClickException(str(error)) from None
    for change in done.diff:
        told = f" ({change['told']})" if change["told"] else ""
        mark = "LEAK " if change["is_leak"] else ""
        click.echo(
            f"{mark}{change['change']}: {change['kind']} {change['name']} on {change['host']}, {change['group']}{told}"
        )
    click.echo(
        f"Scanned {key}: {len(done.diff)} changes since the last scan, {sum(c['is_leak'] for c in done.diff)} leaks."
    )
    return done.result


def _changed(job: Any, options: dict[str, Any]) -> Any:
    """Return a site's job with what the command line says otherwise."""
    names = {
        "pages": "pages",
        "delay": "delay_s",
        "page_seconds": "page_s",
        "total_seconds": "total_s",
        "language": "language",
    }
    values: dict[str, Any] = {names[name]: value for name, value in options.items() if name in names}
    if "regions" in options:
        values["regions"] = _parts(options["regions"])
    if options.get("ignore_robots"):
        values["robots"] = False
    if screenshots := options.get("screenshots"):
        screenshots.mkdir(parents=True, exist_ok=True)
        values["screenshots"] = str(screenshots.absolute())
    return dataclasses.replace(job, **values)


@click.command()
@click.argument("url")
@click.option("--site", "key", help="The site's key here: its config is the promise that is checked.")
@click.option("--token", envvar="SCAN_TOKEN", help="Of scope decide, where the database is elsewhere; needs --site.")
@click.option("--service", default="", help="With --token: where the banner comes from, if not the page's own host.")
@click.option("--states", default="none,reject,accept,gpc,withdraw,down", show_default=True)
@click.option(
    "--fail-on", default="leak", show_default=True, type=click.Choice(["leak", "fail", "limited", "unknown", "never"])
)
@click.option("--regime", default="opt-in", show_default=True, type=click.Choice(["opt-in", "opt-out"]), help=REGIME)
@click.option(
    "--idle", default=30.0, show_default=True, type=float, help="Seconds that a page is left without a choice."
)
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Write SARIF.")
@scan_options
def audit(
    url: str,
    key: str | None,
    token: str | None,
    service: str,
    states: str,
    fail_on: str,
    regime: str,
    idle: float,
    junit: Path | None,
    sarif: Path | None,
    json_file: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Hold a site against its promise; exit 1 where it leaks, 2 where too little could be seen to say."""
    from consent import __version__
    from consent.scan import audit as auditing
    from consent.scan import reports

    with _promise(url, key, token, service, options["total_seconds"]) as (promise, own):
        job = make_job(url, states if key else states.replace(",down", ""), options, own=own, measure=True, idle_s=idle)
        audited = auditing.audit(run(job, quiet), promise, opt_in=regime == "opt-in")
    write_json(reports.as_json(audited, fail_on), json_file)
    if junit:
        junit.write_text(reports.as_junit(audited), "utf-8")
    write_json(reports.as_sarif(audited, __version__), sarif)
    if str(json_file) != "-":
        for line in reports.text_lines(audited, fail_on):
            click.echo(line)
    sys.exit(audited.exit_code(fail_on))


@contextlib.contextmanager
def _promise(url: str, key: str | None, token: str | None, service: str, seconds: float) -> Iterator[tuple[Any, Any]]:
    """Give what the site promises, and the way to ask its banner as from elsewhere: a token that ends with the audit."""
    from consent.scan.identify import Promise
    from consent.scan.job import OwnBanner
    from consent.scan.site_scan import origin

    if key is None:
        yield Promise(), None
    elif token:
        yield Promise(key), OwnBanner(key, token, (origin(url), *filter(None, (origin(service),))))
    else:
        from consent.scan.site_scan import NoSite, opened

        settings = click.get_current_context().obj()
        with _engine(settings) as engine:
            try:
                with opened(engine, key, settings.base_url, seconds) as (_site_id, promise, own):
                    yield promise, own
            except NoSite as error:
                raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def _engine(settings: Any) -> Iterator[Any]:
    from consent.storage.engine import make_engine

    engine = make_engine(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()


def make_job(url: str, states: str, options: dict[str, Any], **more: Any) -> Any:
    """Return the job that the options describe."""
    from consent.scan.job import Job

    screenshots = options["screenshots"]
    if screenshots:
        screenshots.mkdir(parents=True, exist_ok=True)
    return Job(
        url if "://" in url else f"https://{url}",
        states=_parts(states),
        regions=_parts(options["regions"]),
        pages=options["pages"],
        delay_s=options["delay"],
        page_s=options["page_seconds"],
        total_s=options["total_seconds"],
        allow=options["allow"],
        language=options["language"],
        robots=not options["ignore_robots"],
        screenshots=str(screenshots.absolute()) if screenshots else None,
        **more,
    )


def run(job: Any, quiet: bool) -> dict[str, Any]:
    """Return the findings of `job`, with progress on standard error; end the process where there are none."""
    from consent.scan.job import BadJob
    from consent.scan.process import ScanFailed, run_scan

    try:
        return run_scan(job, _teller(quiet))
    except (BadJob, ScanFailed) as error:
        raise click.ClickException(str(error)) from None


def _teller(quiet: bool) -> Callable[[dict[str, Any]], None]:
    """Return what says on standard error how far a scan is."""

    def tell(facts: dict[str, Any]) -> None:
        if not quiet:
            where = facts["state"] + (f" {facts['region']}" if facts["region"] else "")
            line = f"[{facts['visit']}/{facts['visits']} {where}] page {facts['page']}: {facts['url']}"
            click.echo(line + (f"  {facts['problem']}" if facts["problem"] else ""), err=True)

    return tell


def write_json(document: dict[str, Any], file: Path | None) -> None:
    """Write `document` to `file`, or to standard output for `-`."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if str(file) == "-":
        click.echo(text)
    elif file is not None:
        file.write_text(text + "\n", "utf-8")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
