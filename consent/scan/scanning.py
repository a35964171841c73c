"""A whole scan: finds the pages, then visits them in each state and region."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import async_playwright

from consent.scan.addresses import AllowList
from consent.scan.crawl import Frontier, Repeated, read_robots, read_sitemaps
from consent.scan.fetch import fetch
from consent.scan.job import NOWHERE, BadJob, Job, check_job
from consent.scan.names import clean
from consent.scan.record import PageRecord, Visit, to_document
from consent.scan.resolve import NotNamed, Refused, Resolver, permitted_addresses, system_resolver
from consent.scan.visit import make_visit, small_proxy

AT_ONCE = 2
"""How many visits are made at the same time; each is polite by itself."""
LOADS_AFTER = 4
"""The page of the refusal, and three more."""
WELL_KNOWN = "/.well-known/gpc.json"
FIRST_PAGE = {"down": 1, "unknown": 1, "minor": 1, "close": 2}
"""States in which the first page is seen so many times, and no other."""
Say = Callable[[dict[str, Any]], None]


async def scan(job: Job, say: Say, resolve: Resolver = system_resolver) -> dict[str, Any]:
    """Return what was seen, as JSON-able values; `say` hears of each page. Raises BadJob."""
    check_job(job)
    await _check_start(job, resolve)
    began, until = time.time(), time.monotonic() + job.total_s
    visits = list(_visits(job))
    first, *others = visits
    async with small_proxy(job, resolve) as address:
        frontier = await _frontier(job, address)
        gpc = await fetch(address, job.url.split("/", 3)[0] + "//" + job.url.split("/", 3)[2] + WELL_KNOWN)
    turns = asyncio.Semaphore(AT_ONCE)
    async with async_playwright() as playwright:

        async def make(visit: Visit, pages: Frontier) -> None:
            async with turns:
                teller = _teller(say, visit, visits.index(visit) + 1, len(visits), job.pages + len(job.also))
                if time.monotonic() > until:
                    visit.problem = "The time was up before this visit began."
                    return
                try:
                    await make_visit(playwright, job, visit, pages, until, teller, resolve)
                except Exception as error:
                    # One visit that fails in a way nobody foresaw is no reason to lose the others.
                    if visit is first and not visit.pages:
                        raise
                    visit.problem = f"The visit failed: {clean(error, 200)}"

        await make(first, frontier)
        async with asyncio.TaskGroup() as group:
            for visit in others:
                group.create_task(make(visit, _again(job, frontier.taken, visit)))
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
    """Raise BadJob where the first page's host may not be asked, or is not there: no visit would see anything."""
    parts = urlsplit(job.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        await permitted_addresses(host, port, AllowList(job.allow), resolve)
    except NotNamed as refusal:
        way = f"name it: --allow-host {parts.netloc}, or CONSENT_SCAN_HOSTS for a site of this service."
        raise BadJob(f"{refusal} To scan a host inside, {way}") from None
    except Refused as refusal:
        raise BadJob(str(refusal)) from None


def _visits(job: Job) -> Iterator[Visit]:
    """Yield the visits to make: those of each region, then those that are as from nowhere."""
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


def _again(job: Job, pages: list[str], visit: Visit) -> Frontier:
    """Return the same pages once more; an audit looks at three at least after a refusal, be they one and the same."""
    refuses = job.measure and visit.state in ("reject", "withdraw")
    if visit.state in FIRST_PAGE:
        return Repeated(job.url, pages[:1] * FIRST_PAGE[visit.state])
    return Repeated(job.url, pages + pages[:1] * max(0, LOADS_AFTER - len(pages) if refuses else 0))


def _teller(say: Say, visit: Visit, number: int, count: int, pages: int) -> Callable[[PageRecord], None]:
    def tell(record: PageRecord) -> None:
        with suppress(BrokenPipeError):
            facts = {"visit": number, "visits": count, "state": visit.state, "region": visit.region}
            say({**facts, "page": len(visit.pages), "pages": pages, "url": record.url, "problem": record.problem})

    return tell
