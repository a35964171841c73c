"""Debian's nginx and Varnish with the configurations in the docs, on free ports and without TLS."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.operating.nginx import MAIN, WITHOUT
from tests.operating.service import ROOT, START_S, free_port

EXAMPLES = ROOT / "docs" / "examples"
MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
GEO = re.compile(r"^geoip2 .*?^\}\n", re.DOTALL | re.MULTILINE)
PLACE = """
map $http_x_test_country $consent_country { default $http_x_test_country; }
map $http_x_test_subdivision $consent_subdivision { default $http_x_test_subdivision; }
"""
"""Replaces the geo module: a test's visitor claims a place in headers."""


class Missing(Exception):
    """Raised when the server isn't installed; the message says what to install."""


class Edge(NamedTuple):
    """A running server: its port, its purge address, the place headers that it trusts, and its folder."""

    port: int
    purge: str
    country: str
    subdivision: str
    folder: Path


def changed(text: str, changes: dict[str, str]) -> str:
    """Return an example with these changes; raises AssertionError if one doesn't apply."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def nginx_cache(folder: Path, origin: int, purge_port: int) -> Iterator[Edge]:
    """Run nginx with the docs' cache in front of the service at port `origin`."""
    port = free_port()
    text = WITHOUT.sub("", (EXAMPLES / "nginx-edge-cache.conf").read_text("utf-8"))
    assert GEO.search(text)
    changes = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{origin};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "listen 127.0.0.1:8081;": f"listen 127.0.0.1:{purge_port};",
        "/etc/nginx/njs": str(EXAMPLES),
        "/var/cache/nginx/consent": f"{folder}/cache",
        "/var/log/nginx": str(folder),
    }
    with running_nginx(folder, changed(GEO.sub(PLACE, text), changes), port):
        yield Edge(port, f"http://127.0.0.1:{purge_port}/purge", "X-Test-Country", "X-Test-Subdivision", folder)


@contextlib.contextmanager
def running_nginx(folder: Path, site: str, port: int) -> Iterator[None]:
    """Run nginx with njs and with `site` in its http block; start yielding once `port` answers."""
    if not MODULE.exists():
        raise Missing("njs is missing: sudo apt-get install --no-install-recommends libnginx-mod-http-js")
    program = _program("nginx", "nginx-light")
    folder.mkdir()
    (folder / "site.conf").write_text(site)
    user = "user root root;" if os.geteuid() == 0 else ""
    main = f"load_module {MODULE};\n{MAIN.format(folder=folder, user=user)}"
    (folder / "nginx.conf").write_text(main)
    log = folder / "error.log"
    with _running([program, "-p", str(folder), "-c", f"{folder}/nginx.conf", "-e", str(log)], port, log):
        yield


@contextlib.contextmanager
def varnish_cache(folder: Path, origin: int, purge_port: int) -> Iterator[Edge]:
    """Run Varnish with the docs' rules in front of the service at port `origin`; purges go to its own port."""
    program = _program("varnishd", "varnish")
    folder.mkdir()
    text = (EXAMPLES / "edge.vcl").read_text("utf-8")
    (folder / "edge.vcl").write_text(changed(text, {'.port = "8000";': f'.port = "{origin}";'}))
    command = [program, "-F", "-j", "none", "-n", str(folder / "work"), "-a", f"127.0.0.1:{purge_port}"]
    command += ["-f", f"{folder}/edge.vcl", "-p", "http_gzip_support=off", "-s", "malloc,64m"]
    with _running(command, purge_port, folder / "output.txt"):
        yield Edge(purge_port, f"http://127.0.0.1:{purge_port}/purge", "Consent-Country", "Consent-Subdivision", folder)


CACHES = {"nginx": nginx_cache, "varnish": varnish_cache}


def _program(name: str, package: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Missing(f"{name} is missing: sudo apt-get install --no-install-recommends {package}")
    return program


@contextlib.contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with (log.parent / "output.txt").open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            assert server.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        server.terminate()
        server.wait(60)
