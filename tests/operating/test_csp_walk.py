"""From `consent csp --report-only` to an unknown vendor's name: the real service behind nginx or Caddy, over TLS."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

from consent.demo.site import KEY
from consent.storage.database.engine import make_engine
from consent.storage.scans import scans
from consent.storage.sites import sites
from tests.chromium import find_chromium, running_browser
from tests.engines.authority import make_authority
from tests.engines.engine import trusting_home
from tests.operating.nginx import MAIN
from tests.operating.service import START_S, Service, free_port

pytestmark = [pytest.mark.long, pytest.mark.browser]
UNKNOWN = "px.unheard.localhost"
HOST = "www.shop.localhost"
PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<script async src="/consent/b/{KEY}.js"></script>
<body><script>window.ran = true</script><img src="https://{UNKNOWN}:1/t.gif?id=visitor-7" alt=""></body></html>"""
NGINX = """{head}
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    root {root};
    {rest}
    location /consent/ {{
        proxy_pass http://127.0.0.1:{upstream}/;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
    }}
}}
"""
CADDY = """{{
    admin off
    auto_https disable_redirects
}}
https://{host}:{port} {{
    bind 127.0.0.1
    tls {certificate} {certificate}
    root * {root}
{lines}
    handle_path /consent/* {{
        reverse_proxy 127.0.0.1:{upstream}
    }}
    file_server
}}
"""


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_host_that_a_page_asks_stands_in_the_dashboard_as_an_unknown_vendor(
    name: str, service: Service, tmp_path: Path
) -> None:
    port = free_port()
    origin = f"https://{HOST}:{port}"
    service.environ["CONSENT_BASE_URL"] = f"{origin}/consent"
    service.start()
    lines = printed_policy(service, name)
    authority, certificate = make_authority(tmp_path)
    root = tmp_path / "pages"
    root.mkdir()
    (root / "index.html").write_text(PAGE)
    process = web_server(name, tmp_path, lines, root, certificate, port, service.port)
    try:
        with trusting_home(authority) as home, running_browser(find_chromium(), {"HOME": str(home)}) as browser:
            page = browser.new_page()
            wait_and_visit(page, origin)
            assert page.evaluate("window.ran") is True, "a policy that only reports refused the page's own code"
            page.get_by_role("button", name="Reject all").wait_for()
            page.goto("about:blank")  # the browser sends its reports as the page is left
            assert reported(service) == {UNKNOWN: f"https://{HOST}/"}  # without port, path or query
    finally:
        process.terminate()
        process.wait(60)


def printed_policy(service: Service, name: str) -> str:
    """Return what the command prints for a web server."""
    own = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
    command = [sys.executable, "-m", "consent.cli", "csp", KEY, "--format", name, "--report-only", "--own", own]
    environ = service.whole_environ
    return subprocess.run(command, cwd=service.folder, env=environ, check=True, capture_output=True, text=True).stdout


def web_server(
    name: str, folder: Path, lines: str, root: Path, certificate: Path, port: int, upstream: int
) -> subprocess.Popen[bytes]:
    """Start nginx or Caddy with the printed lines, serving its own files in front of the service."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert program, f"{name} is missing"
    facts = {"root": root, "certificate": certificate, "port": port, "upstream": upstream}
    environ = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    if name == "caddy":
        (folder / "Caddyfile").write_text(CADDY.format(host=HOST, lines=lines, **facts))
        command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        return subprocess.Popen(command, env=environ)
    head, _, rest = lines.partition("# In the server block")
    (folder / "site.conf").write_text(NGINX.format(head=head, rest=f"# {rest}", **facts))
    user = "user root root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    return subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])


def wait_and_visit(page: Page, origin: str) -> None:
    """Visit the page once the server is up, and check its header."""
    until = time.monotonic() + START_S
    while True:
        try:
            answer = page.goto(origin)
            break
        except Error:
            if time.monotonic() > until:
                raise
    assert answer
    assert "report-to consent" in answer.headers["content-security-policy-report-only"]
    assert "content-security-policy" not in answer.headers


def reported(service: Service) -> dict[str, str]:
    """Wait until the dashboard lists hosts as unknown; return each with a page that met it."""
    engine = make_engine(service.database)
    until = time.monotonic() + START_S
    found: dict[str, str] = {}
    while not found and time.monotonic() < until:
        with engine.connect() as connection:
            site = sites.by_key(connection, KEY)
            assert site is not None
            kept = scans.findings(connection, site.id)
        found = {one.host: one.page for one in kept}
        time.sleep(0.2)
    engine.dispose()
    return found
