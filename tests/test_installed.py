"""The wheel alone, in a fresh environment outside of the checkout: demo, run, first admin, scan, backup, restore."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.chromium import find_chromium
from tests.demo.demo_process import free_ports
from tests.operating.service import free_port
from tests.wheels import build_wheel

ROOT = Path(__file__).parent.parent
OTHER_PYTHON = "/usr/bin/python3"
START_SECONDS = 180
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
CODE = re.compile(r"setup code ([A-Z2-7-]{14})")
PASSWORD = "four quiet green owls"

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(1800)]


@dataclass
class Installed:
    """An environment with the wheel in it, and a folder to work in."""

    bin: Path
    folder: Path

    def consent(self, *arguments: str) -> str:
        """Run a command, and return what it printed."""
        done = subprocess.run([self.bin / "consent", *arguments], **self.here, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, url: str, *arguments: str) -> Iterator[Path]:
        """Run a command that serves until `url` answers; give the file of what it prints, and end it by SIGTERM."""
        output = self.folder / f"{arguments[0]}.txt"
        with (
            output.open("wb") as file,
            subprocess.Popen([self.bin / "consent", *arguments], **self.here, stdout=file, stderr=file) as process,
        ):
            try:
                until = time.monotonic() + START_SECONDS
                while time.monotonic() < until and process.poll() is None:
                    with suppress(requests.ConnectionError):
                        if requests.get(url, timeout=10).status_code == 200:
                            break
                    time.sleep(0.2)
                else:
                    raise AssertionError(output.read_text())
                yield output
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0, output.read_text()
            finally:
                process.kill()

    @property
    def here(self) -> dict[str, object]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("CONSENT_", "PYTHON"))}
        return {"cwd": self.folder, "env": kept}


@pytest.fixture(scope="module", params=[sys.executable, OTHER_PYTHON], ids=["this Python", "the system's"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel with the scanner, as docs/install.md says."""
    python, folder = request.param, tmp_path_factory.mktemp("installed")
    if python != sys.executable and not fits(python):
        pytest.skip(f"{python} is not Python 3.11 or later with venv")
    (folder / "source").mkdir()
    wheel = build_wheel(folder / "source")
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv" / "bin" / "pip", "install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, f"{wheel}[scan]"], check=True)
    (folder / "work").mkdir()
    return Installed(folder / "venv" / "bin", folder / "work")


def fits(python: str) -> bool:
    code = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
    return Path(python).exists() and subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def test_the_demo_serves_its_shop(installed: Installed) -> None:
    ports = free_ports()
    port = ports.service if ports.service < 65000 else 40000
    shop = f"http://127.0.0.1:{port + 1}"
    demo = ("--instance", "demo", "demo", "--port", str(port))
    with installed.running(f"{shop}/consent/b/demo.js", *demo) as output:
        assert "with the password" in output.read_text()
        assert "Monstera" in requests.get(shop, timeout=10).text
    assert (installed.folder / "demo" / "demo-shop-token").is_file()


def test_from_nothing_to_an_admin_a_scan_a_backup_and_back(installed: Installed) -> None:
    port = free_port()
    url, run = f"http://127.0.0.1:{port}", ("run", "--port", str(port))
    with installed.running(f"{url}/readyz", *run) as output:
        found = CODE.search(output.read_text())
        assert found, output.read_text()
        browser = requests.Session()
        token = TOKEN.search(browser.get(f"{url}/", timeout=10).text)
        assert token
        fields = {"csrf_token": token[1], "code": found[1], "email": "ada@example.com", "password": PASSWORD}
        page = browser.post(f"{url}/setup", fields, timeout=30)
        assert (page.status_code, page.url) == (200, f"{url}/sites/new")
        assert requests.get(f"{url}/setup", timeout=10).status_code == 404
        installed.consent("site", "create", "shop", "--name", "Shop", "--host", "https://www.example.com")
        if find_chromium():
            options = ("--allow-host", f"127.0.0.1:{port}", "--pages", "1", "--states", "none", "--no-sandbox")
            assert "1 page in 1 visit" in installed.consent("scan", f"{url}/login", *options)
        installed.consent("db", "backup", "copy.sqlite")
    installed.consent("site", "create", "late", "--name", "Late", "--host", "https://late.example.com")
    installed.consent("db", "restore", "--replace", "copy.sqlite")
    with installed.running(f"{url}/readyz", *run) as output:
        assert "setup" not in output.read_text()
        assert browser.get(f"{url}/sites/shop/", timeout=10).status_code == 200
        assert browser.get(f"{url}/sites/late/", timeout=10).status_code == 404
    modes = {path.stat().st_mode & 0o777 for path in (installed.folder / "instance" / "keys").iterdir()}
    assert modes == {0o600}
