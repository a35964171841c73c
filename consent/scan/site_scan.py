"""The scan of a site of this service: asks its banner as from each region, tells how far it is, and lands what it found."""

import contextlib
import dataclasses
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.scan.crawl import without_fragment
from consent.scan.identify import Promise, promise_of
from consent.scan.inventory import host_of, problems, saw_anything
from consent.scan.job import BadJob, Job, OwnBanner
from consent.scan.landing import land
from consent.scan.open_leaks import to_look_at
from consent.scan.pictures import read_pictures
from consent.scan.process import ScanFailed, run_scan
from consent.snapshots.leaks import open_leaks
from consent.storage import configs, reviews, scan_pictures, scans, sites, tokens
from consent.storage.scan_pictures import Picture

STATES = ("none", "reject", "accept", "gpc", "withdraw")
TELL_S = 1.0
HEARD_S = 10.0
"""How often a scan notes that it goes on."""
TOTAL_S = 3600.0
GRACE_S = 600
STOPPED = "The scan was stopped."


class NoSite(Exception):
    """There is no such site, or nothing was published for it; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a scan."""

    scan_id: int
    result: dict[str, Any]
    diff: list[dict[str, Any]]
    promise: Promise
    is_first: bool
    """Whether no scan of the site had come to anything before."""
    leaks: int
    """How many leaks of the site are open now, also where this scan did not look."""


@contextlib.contextmanager
def opened(engine: Engine, key: str, base_url: str, seconds: float) -> Iterator[tuple[int, Promise, OwnBanner]]:
    """Give a site's id, what it promises, and the way to ask its banner as from elsewhere: a token that ends with this."""
    now = int(time.time())
    with engine.begin() as connection:
        row = sites.by_key(connection, key)
        body = configs.get_config(connection, row.live_config) if row and row.live_config else None
        if row is None or body is None:
            raise NoSite(f"There is no site {key}, or nothing was published for it.")
        decided = reviews.decisions(connection, row.id)
        until = now + int(seconds) + GRACE_S
        made = tokens.create(connection, "Scan", ["decide"], now=now, site_id=row.id, expires_at=until)
    config = json.loads(body)
    try:
        yield (
            row.id,
            promise_of(config, decided, host_of(base_url)),
            OwnBanner(key, made, (origin(base_url), *config["hosts"])),
        )
    finally:
        with engine.begin() as connection:
            tokens.forget(connection, made)


@contextlib.contextmanager
def banner_of(engine: Engine, base_url: str, key: str, seconds: float) -> Iterator[OwnBanner]:
    """Give the way to ask a site's banner as from elsewhere."""
    with opened(engine, key, base_url, seconds) as (_site_id, _promise, own):
        yield own


def start(engine: Engine, key: str, now: int, url: str = "") -> int:
    """Note that a site is to be scanned and return the scan's id. Raises NoSite, ScanUnderWay."""
    with engine.begin() as connection:
        row = sites.by_key(connection, key)
        body = configs.get_config(connection, row.live_config) if row and row.live_config else None
        if row is None or body is None:
            raise NoSite(f"There is no site {key}, or nothing was published for it.")
        first = url or scans.schedule(connection, row.id).url or json.loads(body)["hosts"][0] + "/"
        return scans.ask(connection, row.id, first, now)


def scan_site(
    engine: Engine,
    key: str,
    scan_id: int,
    base_url: str,
    allow: tuple[str, ...],
    said: Callable[[dict[str, Any]], None],
    change: Callable[[Job], Job] = lambda job: job,
    lists: tuple[str, ...] = (),
) -> Done:
    """Do a scan that `start` has noted. Raises BadJob and ScanFailed, after they were noted as well."""
    try:
        with opened(engine, key, base_url, TOTAL_S) as (site_id, promise, own):
            with engine.connect() as connection:
                job = change(_planned(connection, site_id, scan_id, allow, own))
            result, shots = _run(job, _teller(engine, scan_id, said), _pulse(engine, scan_id))
            with engine.begin() as connection:
                if not scans.goes_on(connection, scan_id):
                    raise ScanFailed(STOPPED)
                now = int(time.time())
                is_first = scans.newest(connection, site_id, scans.DONE) is None
                diff = land(connection, site_id, result, promise, now, lists)
                leaks = len(open_leaks(connection, site_id))
                notes = problems(result)
                state = scans.DONE if saw_anything(result) else scans.FAILED
                count = len(result["pages"])
                scan_pictures.keep(connection, site_id, scan_id, shots)
                scans.finish(connection, scan_id, now, state=state, pages=count, problems=notes, diff=diff)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        with engine.begin() as connection:
            told = "The scan failed." if isinstance(error, Exception) else STOPPED
            sentence = str(error) if isinstance(error, BadJob | ScanFailed | NoSite) else told
            scans.finish(
                connection, scan_id, int(time.time()), state=scans.FAILED, pages=0, problems=[sentence], diff=[]
            )
        raise
    return Done(scan_id, result, diff, promise, is_first, leaks)


def _planned(connection: Connection, site_id: int, scan_id: int, allow: tuple[str, ...], own: OwnBanner) -> Job:
    """Return the scan that the site's plan asks for, which also looks where leaks are, or the last one did not."""
    asked, plan = scans.by_id(connection, scan_id), scans.schedule(connection, site_id)
    pages, more = to_look_at(scans.findings(connection, site_id))
    regions = dict.fromkeys((*filter(None, plan.regions.split(",")), *more))
    url = asked.url if asked else ""
    also = tuple(page for page in pages if page != without_fragment(url))
    return Job(url, STATES, tuple(regions), plan.pages, also, total_s=TOTAL_S, allow=allow, own=own)


def _pulse(engine: Engine, scan_id: int) -> Callable[[], bool]:
    """Return what tells whether a scan is still wanted, also where the database cannot, and notes that it goes on."""
    last = time.monotonic()

    def is_wanted() -> bool:
        nonlocal last
        try:
            if time.monotonic() - last >= HEARD_S:
                last = time.monotonic()
                with engine.begin() as connection:
                    scans.hear(connection, scan_id, int(time.time()))
            with engine.connect() as connection:
                return scans.goes_on(connection, scan_id)
        except SQLAlchemyError:
            return True

    return is_wanted


def _run(
    job: Job, said: Callable[[dict[str, Any]], None], is_wanted: Callable[[], bool]
) -> tuple[dict[str, Any], list[Picture]]:
    """Return what a scan has found and its pictures, which lie in a folder of their own unless one was named."""
    with tempfile.TemporaryDirectory(prefix="consent-pictures-", ignore_cleanup_errors=True) as folder:
        job = job if job.screenshots else dataclasses.replace(job, screenshots=folder)
        result = run_scan(job, said, is_wanted)
        return result, list(read_pictures(Path(job.screenshots or folder), result))


def origin(url: str) -> str:
    """Return the origin of an address; empty where it has none."""
    parts = urlsplit(url if "://" in url or not url else f"https://{url}")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _teller(engine: Engine, scan_id: int, said: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    last = 0.0

    def tell(facts: dict[str, Any]) -> None:
        nonlocal last
        said(facts)
        if time.monotonic() - last < TELL_S:
            return
        last = time.monotonic()
        where = facts["state"] + (f" {facts['region']}" if facts["region"] else "")
        sentence = f"Visit {facts['visit']} of {facts['visits']} ({where}), page {facts['page']}: {facts['url']}"
        with engine.begin() as connection:
            scans.tell(connection, scan_id, sentence, int(time.time()))

    return tell
