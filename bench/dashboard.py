"""Benchmark of receipt search with many receipts: dashboard pages, their queries, exports and database dumps."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text

from bench.report import line
from consent.app import create_service, load_rules
from consent.config import Settings, to_environ
from consent.dashboard.accounts.create_user import create_user
from consent.demo.site import KEY
from consent.exports import Source
from consent.exports.job_store import JobStore
from consent.exports.worker import write_export
from consent.process.subprocess_runner import start_command
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.receipts import receipts
from consent.storage.receipts.filter_params import read_filters
from consent.storage.sites import sites
from tests.dashboard.client import Browser
from tests.dashboard.sample_data import PASSWORD, email_of
from tests.postgres import libpq_url

ID_MS, FILTER_MS, QUERY_MS, EXPORT_S, FIRST_S, RATIO = 200.0, 500.0, 3.0, 60.0, 1.0, 0.6
NUMBERS_MS = 300.0
MONTHS_24 = 730 * 86400
ROUNDS = 5
FILTERS = (
    *("country=DE", "country=US&subdivision=CA", "regime=us_ca", "action=withdraw", "language=pl&signal=dnt"),
    *("group.analytics=granted&group.advertising=refused", "vendor.demo-chat=refused", "origin_checked=false"),
    *("country=DE&group.analytics=granted&signal=gpc&from=2026-01-01&to=2026-06-30", "config=%s"),
)
WAIT_S = 900.0
_COPY_QUERY = """
SELECT r.id, r.time, visitor, action, method, functional, analytics, advertising, vendors, country, subdivision, regime,
    config, language, gpc, dnt, age_band, origin_checked, expires, jws
FROM receipt r LEFT JOIN receipt_personal p ON p.time = r.time AND p.receipt_id = r.id
WHERE r.site_id = 1 ORDER BY r.time DESC, r.id DESC
"""


def pages(settings: Settings) -> Iterator[str]:
    """Yield lines about the slowest page by id and visitor, and by filters; each is the median of several rounds."""
    service = create_service(settings)
    engine = service.context.engine
    with engine.begin() as connection:
        create_user(connection, email_of("bench"), PASSWORD, "admin", name="Bench")
        receipt, visitor = connection.execute(
            text("SELECT receipt_id, visitor FROM receipt_personal WHERE site_id = 1 AND previous IS NOT NULL LIMIT 1")
        ).one()
        config = connection.execute(text("SELECT sha256 FROM config WHERE site_id = 1 AND version = 2")).scalar_one()
    browser = Browser(service.app.test_client())
    browser.sign_in("bench")
    log = f"/sites/{KEY}/receipts"
    ids = [f"{log}/{receipt}", f"{log}/find?q={receipt}", f"{log}/find?q={visitor}"]
    filters = [f"{log}?{one.replace('%s', config)}" for one in FILTERS]
    for name, paths, most in (("by id or visitor", ids, ID_MS), ("by filters", filters, FILTER_MS)):
        cpu = time.process_time()
        took = {path: median_ms(partial(_open, browser, path)) for path in paths}
        cpu = (time.process_time() - cpu) * 1000 / len(paths) / ROUNDS
        slowest = max(took, key=lambda path: took[path])
        summary = line(
            f"page {name}, the slowest", f"{took[slowest]:.0f} ms", f"under {most:g} ms", took[slowest] < most
        )
        yield f"{summary}  ({re.sub('[0-9a-f]{32,}', '…', slowest.removeprefix(log))}; {cpu:.0f} ms of CPU on average)"
    service.close()


def _open(browser: Browser, path: str) -> None:
    answer = browser.client.get(path, follow_redirects=True)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")


def numbers(settings: Settings, database: str) -> Iterator[str]:
    """Yield a line about the slowest page or CSV of statistics over 24 months, each the median of several rounds."""
    service = create_service(settings)
    with service.context.engine.begin() as connection:
        create_user(connection, email_of("numbers"), PASSWORD, "admin", name="Numbers")
    browser = Browser(service.app.test_client())
    browser.sign_in("numbers")
    since, until = (time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago)) for ago in (MONTHS_24, 0))
    page, period = f"/sites/{KEY}/statistics", f"from={since}&to={until}"
    paths = [
        f"{page}?{period}&{rest}"
        for rest in ("by=country", "by=config", "by=language", "by=device", "country=DE", "device=phone")
    ]
    paths += [f"{page}/export?{period}&by={part}" for part in ("day", "country", "losses")]
    took = {path: median_ms(partial(_open, browser, path)) for path in paths}
    slowest = max(took, key=lambda path: took[path])
    met = took[slowest] < NUMBERS_MS
    summary = line(f"pages of 24 months, {database}", f"{took[slowest]:.0f} ms", f"under {NUMBERS_MS:g} ms", met)
    yield f"{summary}  (the slowest of {len(took)}: {slowest.removeprefix(page).replace(period, '…')})"
    service.close()


def queries(engine: Engine, rows: int) -> Iterator[str]:
    """Yield a line: the median over many kinds of page queries on a large table, each in its own transaction."""
    with engine.connect() as connection:
        visitor = connection.execute(
            text("SELECT visitor FROM receipt_personal WHERE visitor IS NOT NULL LIMIT 1")
        ).scalar_one()
    took = []
    for query in ("", "country=DE", "regime=eu_opt_in", "action=save", "group.analytics=refused", f"visitor={visitor}"):
        filters, cursor = read_filters(dict(part.split("=") for part in query.split("&") if part)), None
        for _ in range(8):
            began = time.perf_counter()
            with engine.connect() as connection:
                page = receipts.search(connection, 1, filters, cursor)
            took.append((time.perf_counter() - began) * 1000)
            if (cursor := page.next) is None:
                break
    p50 = median(took)
    summary = line(f"p50 of a page query on {rows:,}", f"{p50:.1f} ms", f"under {QUERY_MS:g} ms", p50 < QUERY_MS)
    yield f"{summary}  (the slowest of {len(took)}: {max(took):.0f} ms)"


def export(settings: Settings, kind: str, count: int, own: Callable[[], float]) -> Iterator[str]:
    """Yield lines: the time until an export's first and last byte, and its rate against the database's own dump."""
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        site = sites.by_key(connection, KEY)
    assert site
    source = Source(engine, load_rules(), load_keys(settings.instance / "keys").jwks["keys"], settings.base_url)
    start = partial(start_command, to_environ(settings), "receipts", "resume")
    shelf = JobStore(engine, settings.instance / "exports", start, partial(write_export, source, only_begins=True))
    began = time.perf_counter()
    job = shelf.request(KEY, site.id, kind, {}, "bench")
    first = _seconds_until(lambda: job.state().size > 0, began)
    took = _seconds_until(lambda: job.state().is_whole, began)
    dumped = own()
    rate, theirs = job.state().count / took, count / dumped
    engine.dispose()
    shelf.remove(job)
    yield line(f"first bytes, {kind}", f"{first:.1f} s", f"at most {FIRST_S:g} s", first <= FIRST_S)
    summary = line(f"{count:,} as {kind}", f"{took:.0f} s", f"at most {EXPORT_S:g} s", took <= EXPORT_S)
    yield f"{summary}  ({rate:,.0f} rows/s)"
    summary = line(
        f"{kind} beside its own dump", f"{rate / theirs:.2f} x", f"at least {RATIO} x", rate >= RATIO * theirs
    )
    yield f"{summary}  ({theirs:,.0f} rows/s)"


def sqlite_dump(settings: Settings) -> float:
    """Return how many seconds sqlite3 takes to dump the receipts to a file."""
    return _run(["sqlite3", str(settings.instance / "consent.sqlite"), ".dump receipt"], settings.instance / "dump.sql")


def postgres_copy(settings: Settings) -> float:
    """Return how many seconds psql takes to COPY the columns of an export to a CSV file, in the same order."""
    command = ["psql", libpq_url(settings.database), "-c", f"COPY ({_COPY_QUERY}) TO STDOUT (FORMAT csv)"]
    return _run(command, settings.instance / "copy.csv")


def _run(command: list[str], output: Path) -> float:
    if not shutil.which(command[0]):
        raise RuntimeError(f"{command[0]} is missing")
    began = time.perf_counter()
    with output.open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
        os.fsync(file.fileno())
    took = time.perf_counter() - began
    output.unlink()
    return took


def _seconds_until(is_done: Callable[[], bool], began: float) -> float:
    while not is_done():
        time.sleep(0.01)
        if time.perf_counter() - began > WAIT_S:
            raise RuntimeError("the export did not come to its end")
    return time.perf_counter() - began


def median_ms(act: Callable[[], object]) -> float:
    """Return the median time in milliseconds that `act` takes."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)
