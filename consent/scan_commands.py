"""The commands `consent scan` and, for a site's own CI, `consent audit`."""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

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
@click.argument("url")
@click.option("--states", default="none,reject,accept,gpc", show_default=True, help="Also: withdraw.")
@scan_options
def scan(url: str, states: str, json_file: Path | None, quiet: bool, **options: Any) -> None:
    """Visit a site in a real browser and list what it keeps and asks for, without a choice and after each."""
    from consent.scan.inventory import Inventory
    from consent.scan.lines import scan_lines

    result = run(make_job(url, states, options), quiet)
    inventory = Inventory(result)
    write_json(result, json_file)
    if str(json_file) != "-":
        for line in scan_lines(result, inventory):
            click.echo(line)
    sys.exit(0 if any(page["problem"] is None for visit in result["visits"] for page in visit["pages"]) else 1)


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
    from consent.scan.identify import Promise, promise_of
    from consent.scan.job import OwnBanner

    if key is None:
        yield Promise(), None
    elif token:
        yield Promise(key), OwnBanner(key, token, (_origin(url), *filter(None, (_origin(service),))))
    else:
        settings = click.get_current_context().obj()
        with _site(settings, key, seconds) as (config, made):
            origins = (_origin(settings.base_url), *config["hosts"])
            yield promise_of(config), OwnBanner(key, made, origins)


@contextlib.contextmanager
def _site(settings: Any, key: str, seconds: float) -> Iterator[tuple[dict[str, Any], str]]:
    """Give the live config of a site, and a token that is good as long as this lasts."""
    from consent.storage import configs, sites, tokens
    from consent.storage.engine import make_engine

    engine, now = make_engine(settings.database), int(time.time())
    try:
        with engine.begin() as connection:
            row = sites.by_key(connection, key)
            body = configs.get_config(connection, row.live_config) if row and row.live_config else None
            if row is None or body is None:
                raise click.ClickException(f"There is no site {key}, or nothing was published for it.")
            made = tokens.create(
                connection, "Scan", ["decide"], now=now, site_id=row.id, expires_at=now + int(seconds) + 600
            )
            found = tokens.find(connection, made, "decide", now, row.id)
        try:
            yield json.loads(body), made
        finally:
            with engine.begin() as connection:
                if found:
                    tokens.revoke(connection, found.id, int(time.time()))
    finally:
        engine.dispose()


def _origin(url: str) -> str:
    parts = urlsplit(url if "://" in url or not url else f"https://{url}")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


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

    def tell(facts: dict[str, Any]) -> None:
        if not quiet:
            where = facts["state"] + (f" {facts['region']}" if facts["region"] else "")
            line = f"[{facts['visit']}/{facts['visits']} {where}] page {facts['page']}: {facts['url']}"
            click.echo(line + (f"  {facts['problem']}" if facts["problem"] else ""), err=True)

    try:
        return run_scan(job, tell)
    except (BadJob, ScanFailed) as error:
        raise click.ClickException(str(error)) from None


def write_json(document: dict[str, Any], file: Path | None) -> None:
    """Write `document` to `file`, or to standard output for `-`."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if str(file) == "-":
        click.echo(text)
    elif file is not None:
        file.write_text(text + "\n", "utf-8")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
