"""Debian's nginx, Caddy and Apache, each with only its guide's lines in a website's block."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from consent.dashboard.sites.guides import GUIDES, filled
from consent.runtime.embed_snippets import lines_of
from tests.operating.nginx import MAIN
from tests.operating.service import START_S, Service, free_port

SHOP = {"hosts": ["https://www.example.com"], "tags": [], "vendors": [], "overrides": {}}
MODULES = Path("/usr/lib/apache2/modules")
CADDY = """{{
	admin off
	auto_https off
}}
http://:{port} {{
	bind 127.0.0.1
{lines}
}}
"""
APACHE = """
ServerRoot {folder}
ServerName www.example.com
Listen 127.0.0.1:{port}
PidFile {folder}/httpd.pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
{modules}
{user}
<VirtualHost *:{port}>
{lines}
</VirtualHost>
"""
LOADED = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers")


class Missing(Exception):
    """Raised when the server isn't installed; the message says what to install."""


@contextlib.contextmanager
def running_server(name: str, folder: Path, service: Service) -> Iterator[int]:
    """Run the server `name` with its guide's lines in front of `service`; yield its port."""
    package = {"nginx": "nginx-light", "caddy": "caddy", "apache": "apache2-bin"}[name]
    program = shutil.which(
        "apache2" if name == "apache" else name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    )
    if program is None:
        raise Missing(f"{name} is missing: sudo apt-get install --no-install-recommends {package}")
    folder.mkdir()
    port = free_port()
    command = COMMANDS[name](program, folder, port, _lines(name, service))
    with (folder / "output.txt").open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env={"HOME": str(folder), "PATH": os.environ["PATH"]}
        )
    try:
        _wait(server, service, port, folder / "output.txt")
        yield port
    finally:
        server.terminate()
        server.wait(60)


def _lines(name: str, service: Service) -> str:
    """Return the first lines in the guide that belong in a configuration, pointing to `service`."""
    guide = next(guide for guide in GUIDES if guide.key == name)
    values = lines_of("demo", "https://consent.example.com", SHOP) | {"upstream": f"http://127.0.0.1:{service.port}"}
    step = 1 if name == "apache" else 0
    return filled(guide, values).steps[step].lines


def _nginx(program: str, folder: Path, port: int, lines: str) -> list[str]:
    (folder / "site.conf").write_text(f"server {{\nlisten 127.0.0.1:{port};\n{lines}\n}}")
    user = "user root root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _caddy(program: str, folder: Path, port: int, lines: str) -> list[str]:
    (folder / "Caddyfile").write_text(CADDY.format(port=port, lines=lines))
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _apache(program: str, folder: Path, port: int, lines: str) -> list[str]:
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    text = APACHE.format(folder=folder, port=port, modules=modules, user=user, lines=lines)
    (folder / "httpd.conf").write_text(text)
    return [program, "-D", "FOREGROUND", "-f", str(folder / "httpd.conf")]


COMMANDS = {"nginx": _nginx, "caddy": _caddy, "apache": _apache}


def _wait(server: subprocess.Popen[bytes], service: Service, port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            if service.ask("/consent/b/demo.js", port=port).status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
