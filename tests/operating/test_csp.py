"""nginx and Caddy send each visitor the policy for their choice, using the map that `consent csp` prints."""

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from consent.cli.csp import caddy, nginx
from tests.operating.nginx import MAIN
from tests.operating.service import START_S, free_port
from tests.operating.web_servers import CADDY

pytestmark = pytest.mark.server
REPORTS = "https://c.example/api/v1/sites/my-shop/csp-reports"
LONG = "img-src 'self' " + " ".join(f"https://vendor-{number}.example" for number in range(400))
"""Longer than three of the parameters that nginx accepts."""
POLICIES = [
    (
        r"^:(.*; *)?consent_my-shop=v1\.[0-9]+\.eu_opt_in\.[0-3]\.1aa11bb2200[0-9a-f]+\.(;|$)",
        LONG,
    ),
    ("consent_my-shop=", "img-src 'self'"),
    ("^1:", "img-src 'none'"),
    ("", "img-src data:"),
]


def test_nginx_sends_the_policy_of_the_choice(tmp_path: Path) -> None:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert program, "nginx is missing: sudo apt-get install --no-install-recommends nginx-light"
    text = nginx("my-shop", POLICIES, "Content-Security-Policy", REPORTS)
    head, _, rest = text.partition("# In the server block")
    port = free_port()
    server = f"server {{ listen 127.0.0.1:{port}; # {rest}\nlocation / {{ return 200 page; }} }}"
    (tmp_path / "site.conf").write_text(head + server)
    (tmp_path / "nginx.conf").write_text(MAIN.format(folder=tmp_path, user=""))
    log = tmp_path / "error.log"
    process = subprocess.Popen([program, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", log])
    try:
        look(port)
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.long
def test_caddy_sends_the_policy_of_the_choice(tmp_path: Path) -> None:
    program = shutil.which("caddy")
    assert program, "caddy is missing: sudo apt-get install --no-install-recommends caddy"
    port = free_port()
    lines = caddy("my-shop", POLICIES, "Content-Security-Policy", REPORTS)
    (tmp_path / "Caddyfile").write_text(CADDY.format(port=port, lines=f"{lines}\n    respond page"))
    command = [program, "run", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"]
    process = subprocess.Popen(command, env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]})
    try:
        look(port)
    finally:
        process.terminate()
        process.wait(60)


def look(port: int) -> None:
    assert policy(port) == "img-src data:"
    assert policy(port, Sec_GPC="1") == "img-src 'none'"
    chosen = "a=1; consent_my-shop=v1.20782.eu_opt_in.0.1aa11bb2200123abc.; b=2"
    assert policy(port, Cookie=chosen) == LONG
    assert policy(port, Cookie=chosen.replace("eu_opt_in", "gb")) == "img-src 'self'"


def policy(port: int, **headers: str) -> str:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=sent)
    until = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.headers["Reporting-Endpoints"] == f'consent="{REPORTS}"'
                assert answer.headers["Vary"].endswith("Cookie, Sec-GPC")
                return str(answer.headers["Content-Security-Policy"])
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
