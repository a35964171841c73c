"""Measure the cost of a response within the process, cold and warm, for pools of visitors: hits, misses and memory."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.bare import create_flask
from bench.pools import headers_of
from bench.site import DECISION, make_site
from bench.visitors import POOLS, pool
from consent.api.http.caches import Caches
from consent.app import Service, create_service
from consent.config import Settings
from consent.demo.site import KEY

VISITORS = 10_000
LOCAL = "127.0.0.1"
PATHS = {"decision": DECISION, "script": f"/b/{KEY}.js"}
FLASK_NEEDS = {"SERVER_NAME": LOCAL, "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
"""What any server adds to an environ."""
_ROW = "{:<9}{:<10}{:>7}{:>10}{:>10}{:>10}{:>11}{:>12}"
HEAD = _ROW.format("pool", "answer", "cold", "hits", "µs hit", "µs miss", "entries", "cached kB")


def rows(folder: Path, visitors: int = VISITORS) -> list[str]:
    """Return a line for each pool and kind of response, for a service in `folder` that starts with empty caches."""
    settings = Settings(instance=folder, secret_key="bench " * 6, demo=True, trusted_proxies=(f"{LOCAL}/32",))
    make_site(settings)
    lines = [HEAD]
    for name in POOLS:
        for kind, path in PATHS.items():
            service = create_service(settings)
            try:
                config = service.context.configs.live.get(KEY)
                if config is None:
                    raise RuntimeError("the site is not live")
                environs = [_environ(headers_of(one, kind), path) for one in pool(name, config, visitors)]
                lines += [_line(service, name, kind, state, environs) for state in ("cold", "warm")]
                lines.append(_ROW.format(name, kind, "Flask", "", f"{_flask_micros(environs):.0f}", *[""] * 3))
            finally:
                service.close()
    return lines


def _line(service: Service, name: str, kind: str, state: str, environs: Sequence[dict[str, Any]]) -> str:
    caches = service.context.caches
    hits: list[int] = []
    misses: list[int] = []
    for environ in environs:
        before, began = _misses(caches), time.thread_time_ns()
        service.wsgi_app(environ, lambda _status, _headers: None)
        took = time.thread_time_ns() - began
        (misses if _misses(caches) > before else hits).append(took)
    used = caches.usage()
    size, entries = sum(one.bytes for one in used.values()), sum(one.entries for one in used.values())
    share = f"{len(hits) / len(environs):.1%}"
    cost = [f"{median(times) / 1000:.0f}" if times else "" for times in (hits, misses)]
    return _ROW.format(name, kind, state, share, *cost, f"{entries:,}", f"{size / 1000:,.0f}")


def _flask_micros(environs: Sequence[dict[str, Any]]) -> float:
    """Return the median time of a bare Flask route for the same requests, in µs."""
    app: Any = create_flask().wsgi_app
    times = []
    for environ in environs:
        began = time.thread_time_ns()
        for _ in app({**environ, "PATH_INFO": "/constant", **FLASK_NEEDS}, lambda _status, _headers: None):
            pass
        times.append(time.thread_time_ns() - began)
    return median(times) / 1000


def _misses(caches: Caches) -> int:
    return caches.scripts.usage().misses + caches.answers.usage().misses


def _environ(headers: Mapping[str, str], path: str) -> dict[str, Any]:
    sent = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "REMOTE_ADDR": LOCAL, **sent}
