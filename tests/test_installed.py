"""The wheel in a fresh environment outside the checkout: demo, run, first admin, scan, backup, restore.

It is installed by the commands in README.md, docs/install.md and docs/tutorial.md.
"""

import os
import re
import shutil
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
from tests.docs_commands import ROOT, command_blocks
from tests.operating.service import free_port
from tests.wheels import build_wheel

OTHER_PYTHON = "/usr/bin/python3"
START_SECONDS = 180
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
CODE = re.compile(r"setup code ([A-Z2-7-]{14})")
PASSWORD = "four quiet green owls"

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(1800)]


@dataclass
class Installed:
    """An environment with the wheel installed, and a working folder."""

    bin: Path
    folder: Path

    def consent(self, *arguments: str) -> str:
        """Run a command and return its output."""
        done = subprocess.run([self.bin / "consent", *arguments], **self.here, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, url: str, *arguments: str) -> Iterator[Path]:
        """Run a server command; once `url` answers, yield its output file. Stop the command with SIGTERM."""
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


PARAMS = [(sys.executable, "README.md"), (OTHER_PYTHON, "docs/tutorial.md")]


@pytest.fixture(scope="module", params=PARAMS, ids=["this Python", "the system's"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel by a page's commands, then with the scanner."""
    (python, page), folder = request.param, tmp_path_factory.mktemp("installed")
    if python != sys.executable and not fits(python):
        pytest.skip(f"{python} is not Python 3.11 or later with venv")
    (folder / "source").mkdir()
    wheel = shutil.copy(build_wheel(folder / "source"), folder)
    *commands, run = own_blocks(page)[0].splitlines()
    assert run == "venv/bin/consent run"
    shell("\n".join(commands), folder, python)
    shell(f"venv/bin/pip install '{wheel}[scan]'", folder, python)
    (folder / "work").mkdir()
    return Installed(folder / "venv" / "bin", folder / "work")


def own_blocks(page: str) -> list[str]:
    """Return the blocks of a page that are marked as run by this file."""
    here = Path(__file__).relative_to(ROOT).as_posix()
    return [block.text for block in command_blocks(ROOT / page) if block.run_by == here]


def shell(text: str, folder: Path, python: str) -> None:
    """Run lines from a page with this Python and the pinned versions."""
    script = re.sub(r"^python3 ", f"{python} ", text, flags=re.MULTILINE)
    tested = {} if "--require-hashes" in text else {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    environ = os.environ | tested | {"PIP_QUIET": "1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_that_is_installed_can_be_checked_by_its_hash(tmp_path: Path) -> None:
    first, hashed = own_blocks("docs/install.md")
    assert first == own_blocks("README.md")[0]
    (tmp_path / "source").mkdir()
    shutil.copy(build_wheel(tmp_path / "source"), tmp_path)
    for name in ("requirements.txt", "requirements-build.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shell(f"python3 -m venv venv\n{hashed}\nvenv/bin/consent --version", tmp_path, sys.executable)


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
