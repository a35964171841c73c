"""Measure what the consent gate adds to an event, alternating with the proxy alone, or run many mixed visitors.

`python -m bench.gate` measures the time; `python -m bench.gate --events 1000000` sends as many through each server and
prints how many refused events arrived, and how many granted ones did not. nginx, njs and Caddy are Debian's.
"""

import argparse
import re
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tests.gate.servers import PLAIN, VENDORS_OF, gate_server
from tests.gate.vendor import VendorEnd, vendor_end
from tests.gate.world import CHOICES, HOST, PLACES, Browser, Sent, World, events, gated_world

TURNS, EVENTS_OF_TURN = 20, 50
MARK = re.compile(rb"mark-[0-9]{7}-x")
CONNECTIONS = 8
BLOCK = 2000


def main() -> None:
    """Measure the time, or run many events."""
    parser = argparse.ArgumentParser(description="Measure the consent gate.")
    parser.add_argument("--events", type=int, default=0, help="send so many events through each server instead")
    parser.add_argument("--servers", nargs="*", default=list(VENDORS_OF), choices=list(VENDORS_OF))
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="gate-") as folder,
        gated_world(Path(folder)) as world,
        vendor_end() as vendor,
    ):
        for name in options.servers:
            if options.events:
                print(_run(name, Path(folder), world, vendor, options.events), flush=True)
            elif name in PLAIN:
                print(_measure(name, Path(folder), world, vendor), flush=True)


def _measure(name: str, folder: Path, world: World, vendor: VendorEnd) -> str:
    """Return the medians of one server with and without the gate, measured in turn."""
    headers = {"Host": HOST, "X-Test-Address": PLACES["DE"], "Cookie": world.cookie(CHOICES["accepted"])}
    uri, body = "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view&gcs=G111", b"en=scroll"
    times: dict[bool, list[float]] = {True: [], False: []}
    with (
        gate_server(name, folder / f"{name}-gated", world, vendor) as gated,
        gate_server(name, folder / f"{name}-plain", world, vendor, is_gated=False) as plain,
    ):
        browsers = {True: Browser(gated), False: Browser(plain)}
        for turn in range(TURNS * 2):
            browser, taken = browsers[turn % 2 == 0], times[turn % 2 == 0]
            for _ in range(EVENTS_OF_TURN):
                start = time.perf_counter()
                browser.send("POST", uri, body, headers)
                taken.append(time.perf_counter() - start)
    medians = {is_gated: statistics.median(taken) * 1000 for is_gated, taken in times.items()}
    added = medians[True] - medians[False]
    return f"{name:10} alone {medians[False]:5.2f} ms, with the gate {medians[True]:5.2f} ms: {added:+.2f} ms at the median"


def _run(name: str, folder: Path, world: World, vendor: VendorEnd, count: int) -> str:
    """Return the result of sending `count` events of mixed visitors through one server."""
    sent, missing, leaked, passing = events(world, count, VENDORS_OF[name]), 0, 0, 0
    start = time.monotonic()
    with gate_server(name, folder / f"{name}-run", world, vendor) as port, ThreadPoolExecutor(CONNECTIONS) as pool:
        browsers = [Browser(port) for _ in range(CONNECTIONS)]
        while block := list(islice(sent, BLOCK)):
            vendor.requests.clear()
            list(pool.map(_send_all, browsers, (block[first::CONNECTIONS] for first in range(CONNECTIONS))))
            arrived = {mark for text in vendor.requests for mark in MARK.findall(text)}
            expected = {one.mark.encode() for one in block if one.passes}
            missing, leaked = missing + len(expected - arrived), leaked + len(arrived - expected)
            passing += len(expected)
    seconds = time.monotonic() - start
    done = f"{name:10} {count:,} events in {seconds:,.0f} s"
    return f"{done}: {passing:,} granted, {missing} of them missing; {leaked} arrived of those who had not agreed"


def _send_all(browser: Browser, events_of_one: list[Sent]) -> None:
    for one in events_of_one:
        browser.send(one.method, one.uri, one.body, one.headers)


if __name__ == "__main__":
    main()
