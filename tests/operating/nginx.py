"""Debian's nginx with the docs' configuration, on free ports and without TLS, and otherwise unchanged."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.operating.service import ROOT, START_S, Service, free_port

EXAMPLE = ROOT / "docs" / "examples" / "nginx.conf"
WITHOUT = re.compile(r"^ *(listen \[::\]|ssl_certificate|http2 ).*\n", re.MULTILINE)
MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class NoNginx(Exception):
    """Raised when nginx isn't installed; the message says what to install."""


@contextlib.contextmanager
def running_nginx(folder: Path, service: Service) -> Iterator[int]:
    """Run nginx in front of `service`; yield its port for consent.example.com and www.example.com."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoNginx("nginx is missing: sudo apt-get install --no-install-recommends nginx-light")
    folder.mkdir()
    port = free_port()
    (folder / "site.conf").write_text(adapted(service.port, port, folder))
    user = "user root root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    log = folder / "error.log"
    server = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", log])
    try:
        _wait(server, service, port, log)
        yield port
    finally:
        server.terminate()
        server.wait(60)


def adapted(upstream: int, port: int, folder: Path) -> str:
    """Return the docs' example with these ports."""
    text = WITHOUT.sub("", EXAMPLE.read_text("utf-8"))
    changes = {"127.0.0.1:8000": f"127.0.0.1:{upstream}", "listen 443 ssl;": f"listen 127.0.0.1:{port};"}
    changes |= {"listen 80;": f"listen 127.0.0.1:{free_port()};", "/var/log/nginx": str(folder)}
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _wait(server: subprocess.Popen[bytes], service: Service, port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            if service.ask("/healthz", port=port, Host="consent.example.com").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
