"""The scan of a site of this service: asks its banner as from each region, tells how far it is, and lands what it found."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine

from consent.scan.identify import Promise, promise_of
from consent.scan.inventory import problems
from consent.scan.job import BadJob, Job, OwnBanner
from consent.scan.landing import land
from consent.scan.process import ScanFailed, run_scan
from consent.storage import configs, reviews, scans, sites, tokens

STATES = ("none", "reject", "accept", "gpc", "withdraw")
TELL_S = 1.0
TOTAL_S = 3600.0
GRACE_S = 600


class NoSite(Exception):
    """There is no such site, or nothing was published for it; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a scan."""

    scan_id: int
    result: dict[str, Any]
    diff: list[dict[str, Any]]
    promise: Promise


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
        yield row.id, promise_of(config, decided), OwnBanner(key, made, (origin(base_url), *config["hosts"]))
    finally:
        with engine.begin() as connection:
            tokens.forget(connection, made)


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
) -> Done:
    """Do a scan that `start` has noted. Raises BadJob and ScanFailed, after they were noted as well."""
    try:
        with opened(engine, key, base_url, TOTAL_S) as (site_id, promise, own):
            with engine.connect() as connection:
                asked, plan = scans.by_id(connection, scan_id), scans.schedule(connection, site_id)
            url = asked.url if asked else ""
            regions = tuple(filter(None, plan.regions.split(",")))
            job = Job(url, STATES, regions, plan.pages, total_s=TOTAL_S, allow=allow, own=own)
            result = run_scan(change(job), _teller(engine, scan_id, said))
            with engine.begin() as connection:
                now = int(time.time())
                diff = land(connection, site_id, result, promise, now)
                notes = list(dict.fromkeys(problems(result)))
                seen = any(page["problem"] is None for visit in result["visits"] for page in visit["pages"])
                state = scans.DONE if seen else scans.FAILED
                count = len(result["pages"])
                scans.finish(connection, scan_id, now, state=state, pages=count, problems=notes, diff=diff)
    except Exception as error:
        with engine.begin() as connection:
            sentence = str(error) if isinstance(error, BadJob | ScanFailed | NoSite) else "The scan failed."
            scans.finish(
                connection, scan_id, int(time.time()), state=scans.FAILED, pages=0, problems=[sentence], diff=[]
            )
        raise
    return Done(scan_id, result, diff, promise)


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
