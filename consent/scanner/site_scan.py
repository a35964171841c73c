"""Scan a site of this service: request its banner for each region, record progress, save the results."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.scanner.audit.classify_items import Promise, promise_of
from consent.scanner.audit.inventory import host_of, loaded_any_page, problems
from consent.scanner.browser.allow_list import local_hosts
from consent.scanner.crawl import without_fragment
from consent.scanner.leak_followup import pages_to_check
from consent.scanner.model.job import Job, JobValidationError, OwnBanner
from consent.scanner.model.scan_result import Change, Progress, ScanResult
from consent.scanner.process import ScanFailedError, run_scan
from consent.scanner.save_results import read_pictures, save_scan_results
from consent.sites.open_leaks import open_leaks
from consent.storage.accounts import api_tokens
from consent.storage.scans import reviews, scans, screenshots
from consent.storage.scans.screenshots import NewScreenshot
from consent.storage.sites import configs, sites

STATES = ("none", "reject", "accept", "gpc", "withdraw")
REPORT_SECONDS = 1.0
HEARD_SECONDS = 10.0
"""Interval of a scan's heartbeat."""
TOTAL_SECONDS = 3600.0
GRACE_SECONDS = 600
STOPPED = "The scan was stopped."


class UnknownSiteError(Exception):
    """Raised when there is no such site, or it has no published config; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """The outcome of a scan."""

    scan_id: int
    result: ScanResult
    diff: list[Change]
    promise: Promise
    is_first: bool
    """Whether no earlier scan of the site succeeded."""
    leaks: int
    """Number of the site's open leaks, including those that this scan didn't cover."""


@contextlib.contextmanager
def opened(engine: Engine, key: str, base_url: str, seconds: float) -> Iterator[tuple[int, Promise, OwnBanner]]:
    """Yield a site's id, its promise, and a banner request for any region, with a token that is deleted afterward."""
    now = int(time.time())
    with engine.begin() as connection:
        row = sites.by_key(connection, key)
        config = configs.get_document(connection, row.live_config) if row else None
        if row is None or config is None:
            raise UnknownSiteError(f"There is no site {key}, or it has not been published.")
        decided = reviews.decisions(connection, row.id)
        until = now + int(seconds) + GRACE_SECONDS
        token = api_tokens.create(connection, "Scan", ["decide"], now=now, site_id=row.id, expires_at=until)
    try:
        yield (
            row.id,
            promise_of(config, decided, host_of(base_url)),
            OwnBanner(key, token, (origin(base_url), *config["hosts"])),
        )
    finally:
        with engine.begin() as connection:
            api_tokens.forget(connection, token)


@contextlib.contextmanager
def banner_of(engine: Engine, base_url: str, key: str, seconds: float) -> Iterator[OwnBanner]:
    """Yield a site's banner request for any region."""
    with opened(engine, key, base_url, seconds) as (_site_id, _promise, own):
        yield own


def start(engine: Engine, key: str, now: int, url: str = "") -> int:
    """Request a scan of a site and return its id. Raises UnknownSiteError, ScanRunningError."""
    with engine.begin() as connection:
        row = sites.by_key(connection, key)
        config = configs.get_document(connection, row.live_config) if row else None
        if row is None or config is None:
            raise UnknownSiteError(f"There is no site {key}, or it has not been published.")
        first = url or scans.schedule(connection, row.id).url or config["hosts"][0] + "/"
        return scans.request(connection, row.id, first, now)


def scan_site(
    engine: Engine,
    key: str,
    scan_id: int,
    base_url: str,
    allow: tuple[str, ...],
    on_progress: Callable[[Progress], None],
    change: Callable[[Job], Job] = lambda job: job,
    lists: tuple[str, ...] = (),
) -> ScanOutcome:
    """Run a scan requested by `start`. Raises JobValidationError and ScanFailedError, which are also recorded."""
    try:
        with opened(engine, key, base_url, TOTAL_SECONDS) as (site_id, promise, own):
            with engine.connect() as connection:
                job = change(_scheduled_job(connection, site_id, scan_id, base_url, allow, own))
            result, shots = _run(job, _reporter(engine, scan_id, on_progress), _heartbeat(engine, scan_id))
            with engine.begin() as connection:
                if not scans.is_running(connection, scan_id):
                    raise ScanFailedError(STOPPED)
                now = int(time.time())
                is_first = scans.newest(connection, site_id, scans.DONE) is None
                diff = save_scan_results(connection, site_id, result, promise, now, lists)
                leaks = len(open_leaks(connection, site_id))
                notes = problems(result)
                state = scans.DONE if loaded_any_page(result) else scans.FAILED
                count = len(result["pages"])
                screenshots.save(connection, site_id, scan_id, shots)
                scans.finish(connection, scan_id, now, state=state, pages=count, problems=notes, diff=diff)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        with engine.begin() as connection:
            failure = "The scan failed." if isinstance(error, Exception) else STOPPED
            sentence = (
                str(error) if isinstance(error, JobValidationError | ScanFailedError | UnknownSiteError) else failure
            )
            scans.finish(
                connection, scan_id, int(time.time()), state=scans.FAILED, pages=0, problems=[sentence], diff=[]
            )
        raise
    return ScanOutcome(scan_id, result, diff, promise, is_first, leaks)


def _scheduled_job(
    connection: Connection, site_id: int, scan_id: int, service: str, allow: tuple[str, ...], own: OwnBanner
) -> Job:
    """Return the job for the site's schedule, including pages with leaks and those that the last scan missed."""
    scan, plan = scans.by_id(connection, scan_id), scans.schedule(connection, site_id)
    pages, more = pages_to_check(scans.findings(connection, site_id))
    regions = dict.fromkeys((*filter(None, plan.regions.split(",")), *more))
    url = scan.url if scan else ""
    also = tuple(page for page in pages if page != without_fragment(url))
    allow = (*allow, *local_hosts(service, [url]))
    return Job(url, STATES, tuple(regions), plan.pages, also, total_s=TOTAL_SECONDS, allow=allow, own=own)


def _heartbeat(engine: Engine, scan_id: int) -> Callable[[], bool]:
    """Return a function that records a heartbeat and returns whether the scan is wanted, even without the database."""
    last = time.monotonic()

    def is_wanted() -> bool:
        nonlocal last
        try:
            if time.monotonic() - last >= HEARD_SECONDS:
                last = time.monotonic()
                with engine.begin() as connection:
                    scans.record_heartbeat(connection, scan_id, int(time.time()))
            with engine.connect() as connection:
                return scans.is_running(connection, scan_id)
        except SQLAlchemyError:
            return True

    return is_wanted


def _run(
    job: Job, on_progress: Callable[[Progress], None], is_wanted: Callable[[], bool]
) -> tuple[ScanResult, list[NewScreenshot]]:
    """Return a scan's result and its screenshots, which are saved in a temporary folder unless one was given."""
    with tempfile.TemporaryDirectory(prefix="consent-pictures-", ignore_cleanup_errors=True) as folder:
        job = job if job.screenshots else dataclasses.replace(job, screenshots=folder)
        result = run_scan(job, on_progress, is_wanted)
        return result, list(read_pictures(Path(job.screenshots or folder), result))


def origin(url: str) -> str:
    """Return the origin of a URL, or ""."""
    parts = urlsplit(url if "://" in url or not url else f"https://{url}")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _reporter(engine: Engine, scan_id: int, on_progress: Callable[[Progress], None]) -> Callable[[Progress], None]:
    last = 0.0

    def report(facts: Progress) -> None:
        nonlocal last
        on_progress(facts)
        if time.monotonic() - last < REPORT_SECONDS:
            return
        last = time.monotonic()
        where = facts["state"] + (f" {facts['region']}" if facts["region"] else "")
        sentence = f"Visit {facts['visit']} of {facts['visits']} ({where}), page {facts['page']}: {facts['url']}"
        with engine.begin() as connection:
            scans.set_progress(connection, scan_id, sentence, int(time.time()))

    return report
