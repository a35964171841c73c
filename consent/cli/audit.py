"""`consent audit`: audit a site against its config and the law, for example in the site's own CI."""

import contextlib
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from consent.cli.common import classifier_with, list_option, open_engine, settings_or_exit
from consent.cli.scan_options import ReportFile, make_job, parts, run, scan_options, write_json, write_text

ALL_STATES = "none,reject,accept,gpc,withdraw,close,minor,unknown,down"
REGIME = "What may run before a choice, for a site without this service's banner."


class AuditFailedError(click.ClickException):
    """Raised when nothing could be observed, which is neither a leak nor a pass."""

    exit_code = 2


@click.command()
@click.argument("url")
@click.option("--site", "key", help="The site's key on this service; the audit checks against its config.")
@click.option(
    "--token",
    envvar="SCAN_TOKEN",
    help="API token of scope decide, if the database is on another machine; requires --site.",
)
@click.option(
    "--service",
    default="",
    help="With --token: URL of the service, if the banner is not served from the page's own host.",
)
@click.option("--states", default=ALL_STATES, show_default=True)
@click.option(
    "--fail-on", default="leak", show_default=True, type=click.Choice(["leak", "fail", "limited", "unknown", "never"])
)
@click.option("--regime", default="opt-in", show_default=True, type=click.Choice(["opt-in", "opt-out"]), help=REGIME)
@click.option(
    "--idle", default=30.0, show_default=True, type=float, help="Seconds to observe a page before making a choice."
)
@click.option("--junit", type=ReportFile(), help="Write a JUnit XML report.")
@click.option("--sarif", type=ReportFile(), help="Write a SARIF report.")
@list_option
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
    lists: tuple[str, ...],
    json_file: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Check a site against its config; exit 1 if it leaks, 2 if too little could be observed to decide."""
    from consent import __version__
    from consent.app import load_rules
    from consent.scanner.audit import audit as auditing
    from consent.scanner.audit import reports
    from consent.scanner.audit.answer_checks import terms_of
    from consent.scanner.model.job import OWN_STATES

    with _exit_2_on_failure(), _promise(url, key, token, service, options["total_seconds"]) as (promise, own):
        opt_in, classifier = regime == "opt-in", classifier_with(lists)
        terms = terms_of(load_rules(), parts(options["regions"]), datetime.datetime.now(datetime.UTC).date(), opt_in)
        wanted = states if key else ",".join(state for state in parts(states) if state not in OWN_STATES)
        job = make_job(url, wanted, options, own=own, measure=True, idle_s=idle, terms=terms)
        audited = auditing.audit(run(job, quiet), promise, opt_in, classifier)
        write_json(reports.as_json(audited, fail_on), json_file)
        write_text(reports.as_junit(audited, fail_on), junit)
        write_json(reports.as_sarif(audited, __version__), sarif)
    if "-" not in map(str, (json_file, junit, sarif)):
        for line in reports.text_lines(audited, fail_on):
            click.echo(line)
    sys.exit(audited.exit_code(fail_on))


@contextlib.contextmanager
def _exit_2_on_failure() -> Iterator[None]:
    """Exit with 2 if an audit can't be made, so that this isn't mistaken for a leak."""
    try:
        yield
    except click.ClickException as error:
        raise AuditFailedError(error.message) from None


@contextlib.contextmanager
def _promise(url: str, key: str | None, token: str | None, service: str, seconds: float) -> Iterator[tuple[Any, Any]]:
    """Yield the site's promise and a banner request for any region, with a token that is deleted after the audit."""
    from consent.scanner.audit.classify_items import Promise
    from consent.scanner.audit.inventory import host_of
    from consent.scanner.model.job import OwnBanner
    from consent.scanner.site_scan import origin

    if key is None:
        yield Promise(), None
    elif token:
        yield (
            Promise(key, service=host_of(service)),
            OwnBanner(key, token, (origin(url), *filter(None, (origin(service),)))),
        )
    else:
        from consent.scanner.site_scan import UnknownSiteError, opened

        settings = settings_or_exit()
        with open_engine(settings) as engine:
            try:
                with opened(engine, key, settings.base_url, seconds) as (_site_id, promise, own):
                    yield promise, own
            except UnknownSiteError as error:
                raise click.ClickException(str(error)) from None
