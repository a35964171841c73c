"""Run a whole scan: choose the pages, then visit them in each consent state and region."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.async_api import async_playwright

from consent.outbound.public_addresses import AllowList
from consent.scanner.browser.dns import (
    BlockedHostError,
    Resolver,
    UnlistedHostError,
    permitted_addresses,
    system_resolver,
)
from consent.scanner.browser.fetch import fetch
from consent.scanner.browser.safe_text import clean
from consent.scanner.crawl import Frontier, Repeated, read_robots, read_sitemaps
from consent.scanner.model.job import NOWHERE, Job, JobValidationError, check_job
from consent.scanner.model.scan_result import Progress, ScanResult
from consent.scanner.model.visit_record import PageRecord, Visit, to_document
from consent.scanner.visit import make_visit, small_proxy

AT_ONCE = 2
"""Number of concurrent visits; each paces its own requests."""
LOADS_AFTER = 4
"""The page of the refusal, and three more."""
WELL_KNOWN = "/.well-known/gpc.json"
FIRST_PAGE = {"down": 1, "unknown": 1, "minor": 1, "close": 2}
"""States in which only the first page is visited, this many times."""
OnProgress = Callable[[Progress], None]


async def scan(job: Job, on_progress: OnProgress, resolve: Resolver = system_resolver) -> ScanResult:
    """Return the result as JSON-compatible values; calls `on_progress` for each page. Raises JobValidationError."""
    check_job(job)
    await _check_start(job, resolve)
    began, until = time.time(), time.monotonic() + job.total_s
    visits = list(_visits(job))
    first, *others = visits
    async with small_proxy(job, resolve) as address:
        frontier = await _frontier(job, address)
        gpc = await fetch(address, job.url.split("/", 3)[0] + "//" + job.url.split("/", 3)[2] + WELL_KNOWN)
    slots = asyncio.Semaphore(AT_ONCE)
    async with async_playwright() as playwright:

        async def make(visit: Visit, pages: Frontier) -> None:
            async with slots:
                teller = _progress_reporter(
                    on_progress, visit, visits.index(visit) + 1, len(visits), job.pages + len(job.also)
                )
                if time.monotonic() > until:
                    visit.problem = "The time limit was reached before this visit began."
                    return
                try:
                    await make_visit(playwright, job, visit, pages, until, teller, resolve)
                except Exception as error:
                    # An unexpected failure of one visit must not lose the others.
                    if visit is first and not visit.pages:
                        raise
                    visit.problem = f"The visit failed: {clean(error, 200)}"

        await make(first, frontier)
        async with asyncio.TaskGroup() as group:
            for visit in others:
                group.create_task(make(visit, _repeated_pages(job, frontier.taken, visit)))
    return {
        "schema": "consent-scan/1",
        "url": clean(job.url, 600),
        "began_at": int(began),
        "seconds": round(time.time() - began, 1),
        "pages": [clean(url, 600) for url in frontier.taken],
        "is_whole": frontier.is_exhausted,
        "is_complete": not any(visit.problem for visit in visits),
        "gpc_json": gpc.body[:2000].decode("utf-8", "replace") if gpc and gpc.status == 200 else None,
        "visits": [to_document(visit) for visit in visits],
    }


async def _check_start(job: Job, resolve: Resolver) -> None:
    """Raise JobValidationError if the first page's host is blocked or doesn't exist."""
    parts = urlsplit(job.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        await permitted_addresses(host, port, AllowList(job.allow), resolve)
    except UnlistedHostError as refusal:
        hint = f"name it: --allow-host {parts.netloc}, or CONSENT_SCAN_HOSTS for a site of this service."
        raise JobValidationError(f"{refusal} To scan an internal host, {hint}") from None
    except BlockedHostError as refusal:
        raise JobValidationError(str(refusal)) from None


def _visits(job: Job) -> Iterator[Visit]:
    """Yield the visits: those for each region, then those independent of a region."""
    for region in job.regions or (None,):
        yield from (Visit(state, region) for state in job.states if state not in NOWHERE)
    yield from (Visit(state, None) for state in NOWHERE if state in job.states)


async def _frontier(job: Job, address: str) -> Frontier:
    robots = await read_robots(address, job.url)
    frontier = Frontier(job.url, job.pages + len(job.also), robots if job.robots else None)
    frontier.add(job.also)
    if job.pages > 1:
        frontier.add(await read_sitemaps(address, job.url, robots))
    return frontier


def _repeated_pages(job: Job, pages: list[str], visit: Visit) -> Frontier:
    """Return the same pages again; an audit loads at least three after a refusal, repeating the first if necessary."""
    refuses = job.measure and visit.state in ("reject", "withdraw")
    if visit.state in FIRST_PAGE:
        return Repeated(job.url, pages[:1] * FIRST_PAGE[visit.state])
    return Repeated(job.url, pages + pages[:1] * max(0, LOADS_AFTER - len(pages) if refuses else 0))


def _progress_reporter(
    on_progress: OnProgress, visit: Visit, number: int, count: int, pages: int
) -> Callable[[PageRecord], None]:
    def report(record: PageRecord) -> None:
        with suppress(BrokenPipeError):
            on_progress(
                {
                    "visit": number,
                    "visits": count,
                    "state": visit.state,
                    "region": visit.region,
                    "page": len(visit.pages),
                    "pages": pages,
                    "url": record.url,
                    "problem": record.problem,
                }
            )

    return report
