"""Measure a service with many sites in one database: `python -m bench.many_sites`, or with one number of sites only."""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.site import make_site
from consent.app import Service, create_service
from consent.config import Settings
from consent.demo.site import KEY
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.log.audit_author import AuditActor, Author
from consent.publishing.publish import publish
from consent.signing.canonical_json import canonical
from consent.storage.database.engine import make_engine
from consent.storage.sites import configs, sites

SITES = (1, 100, 2000)
ROUNDS = 3000
_ROW = "{:>6}{:>9}{:>12}{:>12}{:>12}{:>12}{:>12}"
HEAD = _ROW.format("sites", "ready s", "MB at rest", "ms first", "µs later", "MB in use", "publish s")


def make_sites(settings: Settings, number: int) -> None:
    """Publish the demo's site, and its config again for more sites, `number` in all."""
    make_site(settings)
    engine, now = make_engine(settings.database), int(time.time())
    with engine.begin() as connection:
        first = sites.by_key(connection, KEY)
        body = configs.get_config(connection, first.live_config or "") if first else None
        document = json.loads(body or b"{}")
        for key in map(key_of, range(1, number)):
            site = sites.create(connection, key, key, "{}", now)
            hosts = [f"https://{key}.example"]
            text = canonical({**document, "site": key, "hosts": hosts})
            configs.set_live(connection, site.id, configs.put_config(connection, site.id, 1, text, now=now, by="bench"))
    engine.dispose()


def key_of(number: int) -> str:
    """Return the key of a site."""
    return f"site-{number:05}" if number else KEY


def measure(folder: Path, number: int) -> str:
    """Return the row for a service with this many sites, each of which is requested in turn."""
    settings = Settings(instance=folder, secret_key="bench " * 6, demo=True)
    make_sites(settings, number)
    began = time.monotonic()
    service = create_service(settings, (DEMO_VENDORS,))
    gc.collect()
    gc.freeze()  # as create_wsgi does
    ready, at_rest = time.monotonic() - began, _resident_mb()
    first = [_request(service, key_of(site)) for site in range(number)]
    later = [_request(service, key_of(site % number)) for site in range(ROUNDS)]
    in_use, began = _resident_mb(), time.monotonic()
    _publish_change(service)
    published = time.monotonic() - began
    service.close()
    figures = (f"{ready:.1f}", f"{at_rest:.0f}", f"{median(first) * 1e3:.1f}", f"{median(later) * 1e6:.0f}")
    return _ROW.format(number, *figures, f"{in_use:.0f}", f"{published:.2f}")


def _publish_change(service: Service) -> None:
    """Publish a change of the demo's site, and load it into this process."""
    context = service.context
    with context.engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        if site is None:
            raise RuntimeError("the site is gone")
        stored = sites.read_draft(connection, site.id)
        draft = json.loads(stored.text)
        draft["overrides"]["decision_seconds"] = 60
        sites.save_draft(connection, site.id, json.dumps(draft), stored.revision)
    author = Author(AuditActor("bench", "program"), context.keys.receipt)
    publishing = context.publishing
    publish(context.engine, KEY, publishing.rules, publishing.artifacts, publishing.guard, author)
    context.configs.live.refresh()


def _request(service: Service, key: str) -> float:
    """Return the CPU seconds of one request for the script."""
    statuses: list[str] = []
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/b/{key}.js", "QUERY_STRING": ""}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_ACCEPT_LANGUAGE": "de", "HTTP_ACCEPT_ENCODING": "br"}
    began = time.thread_time()
    service.wsgi_app(environ, lambda status, _headers: statuses.append(status))
    took = time.thread_time() - began
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{key}: {statuses[0]}")
    return took


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:"))


def main() -> None:
    """Print a row for each number of sites, each from its own process."""
    parser = argparse.ArgumentParser(description="Measure one database with many sites.")
    parser.add_argument("sites", type=int, nargs="?", help="only this number of sites, without the table's head")
    if number := parser.parse_args().sites:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(measure(Path(folder), number))
        return
    print(HEAD, flush=True)
    for number in SITES:
        subprocess.run([sys.executable, "-m", "bench.many_sites", str(number)], check=True)


if __name__ == "__main__":
    main()
