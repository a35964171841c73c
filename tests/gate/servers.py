"""The gate in each server: nginx and Caddy with the docs' examples, and Python's own server with `consent.gate`."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from consent.demo.site import KEY
from tests.gate.vendor import VendorEnd
from tests.gate.world import TAGS, World
from tests.operating.nginx import MAIN
from tests.operating.service import ROOT, START_S, free_port

EXAMPLES = ROOT / "docs" / "examples"
MODULES = Path("/usr/lib/nginx/modules")
BODILESS = ("google-analytics", "matomo", "plausible")
"""Vendors whose events can be judged by a server that can't pass bodies to the gate."""
VENDORS_OF = {"nginx": BODILESS, "caddy": BODILESS, "njs": tuple(TAGS), "wsgi": tuple(TAGS), "asgi": tuple(TAGS)}
VENDORS_OF |= {"forwarder": tuple(TAGS)}


class Missing(Exception):
    """Raised when the server isn't installed; the message says what to install."""


@contextlib.contextmanager
def gate_server(name: str, folder: Path, world: World, vendor: VendorEnd, *, is_gated: bool = True) -> Iterator[int]:
    """Run the server `name` with the gate in front of `vendor`, or only as a proxy; yield its port."""
    folder.mkdir()
    port = free_port()
    make = GATED[name] if is_gated else PLAIN[name]
    environ = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GATE_SERVICE": world.address,
        "GATE_TOKEN": world.token,
        "GATE_UPSTREAM": f"http://127.0.0.1:{vendor.port}",
        "GATE_OFF": "" if is_gated else "1",
    }
    with (folder / "output.txt").open("w") as output:
        server = subprocess.Popen(make(name, folder, port, world, vendor), stdout=output, stderr=output, env=environ)
    try:
        _wait(server, port, folder / "output.txt")
        yield port
    finally:
        server.terminate()
        server.wait(60)


def _program(name: str, package: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Missing(f"{name} is missing: sudo apt-get install --no-install-recommends {package}")
    return program


def _example(file: str, world: World, vendor: VendorEnd, changes: dict[str, str]) -> str:
    """Return an example with this test's names; raises AssertionError if one of `changes` doesn't apply."""
    text = (EXAMPLES / file).read_text("utf-8")
    known = {
        "https://consent.example.com": world.address,
        "https://vendor.example.net": f"http://127.0.0.1:{vendor.port}",
        "sites/shop/": f"sites/{KEY}/",
        "cst_TOKEN": world.token,
    }
    for old, new in (known | changes).items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _nginx_config(folder: Path, port: int, lines: str, http: str = "", first: str = "") -> None:
    visitors = "set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;"
    (folder / "site.conf").write_text(f"{http}\nserver {{\nlisten 127.0.0.1:{port};\n{visitors}\n{lines}\n}}")
    user = "user root root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(first + MAIN.format(folder=folder, user=user))


def _mounts(text: str) -> str:
    """Return an example's lines with the block repeated for each mount."""
    block = re.search(r"^location /metrics/ \{\n.*?^\}\n", text, re.DOTALL | re.MULTILINE)
    assert block
    others = [block[0].replace("/metrics/", mount.removesuffix("*")) for _, _, mount in TAGS.values()]
    return text.replace(block[0], "".join(others))


def _nginx(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    _nginx_config(folder, port, _mounts(_example("nginx-gate.conf", world, vendor, {})))
    return [
        _program("nginx", "nginx-light"),
        "-p",
        str(folder),
        "-c",
        f"{folder}/nginx.conf",
        "-e",
        f"{folder}/error.log",
    ]


def _njs(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    module = MODULES / "ngx_http_js_module.so"
    if not module.exists():
        raise Missing("njs is missing: sudo apt-get install --no-install-recommends libnginx-mod-http-js")
    http = f"js_path {EXAMPLES};\njs_import gate from consent_gate.js;"
    lines = _mounts(_example("nginx-gate-njs.conf", world, vendor, {}))
    _nginx_config(folder, port, lines, http, f"load_module {module};\n")
    return [
        _program("nginx", "nginx-light"),
        "-p",
        str(folder),
        "-c",
        f"{folder}/nginx.conf",
        "-e",
        f"{folder}/error.log",
    ]


def _caddy(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    mounts = " ".join(mount for _, _, mount in TAGS.values())
    changes = {"X-Visitor-Address {remote_host}": "X-Visitor-Address {header.X-Test-Address}"}
    changes["path /metrics /metrics/*"] = f"path {mounts}"
    lines = _example("Caddyfile-gate", world, vendor, changes)
    main = f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{port} {{\n\tbind 127.0.0.1\n{lines}\n}}\n"
    (folder / "Caddyfile").write_text(main)
    return [_program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _python(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    at = ("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--interface", name, "--no-ws")
    blocking = ("--blocking-threads", "8") if name == "wsgi" else ()
    return [sys.executable, "-m", "granian", *at, *blocking, f"tests.gate.python_site:{name}_site"]


def _forwarder(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    """Return the command that runs the single file, copied as a site would."""
    shutil.copy(ROOT / "consent" / "gate" / "middleware.py", folder / "gate.py")
    (folder / "token").write_text(world.token)
    to = ("--service", world.address, "--site", KEY, "--upstream", f"http://127.0.0.1:{vendor.port}")
    own = ("--token-file", f"{folder}/token", "--listen", f"127.0.0.1:{port}", "--address-header", "X-Test-Address")
    return [sys.executable, "-I", f"{folder}/gate.py", *to, *own]


def _plain_nginx(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    passed = "proxy_http_version 1.1; proxy_set_header Connection '';"
    _nginx_config(folder, port, f"location / {{ proxy_pass http://127.0.0.1:{vendor.port}; {passed} access_log off; }}")
    return [
        _program("nginx", "nginx-light"),
        "-p",
        str(folder),
        "-c",
        f"{folder}/nginx.conf",
        "-e",
        f"{folder}/error.log",
    ]


def _plain_caddy(name: str, folder: Path, port: int, world: World, vendor: VendorEnd) -> list[str]:
    main = f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{port} {{\n\tbind 127.0.0.1\n"
    (folder / "Caddyfile").write_text(f"{main}\treverse_proxy http://127.0.0.1:{vendor.port}\n}}\n")
    return [_program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


GATED = {"nginx": _nginx, "njs": _njs, "caddy": _caddy, "wsgi": _python, "asgi": _python, "forwarder": _forwarder}
PLAIN = {"nginx": _plain_nginx, "njs": _plain_nginx, "caddy": _plain_caddy, "wsgi": _python, "asgi": _python}


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
