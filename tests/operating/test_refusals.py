"""A service that would be unsafe doesn't start, and says why in one sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operating.service import ROOT

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
PUBLIC = {"CONSENT_BASE_URL": "https://consent.example.com", "CONSENT_SECRET_KEY": SECRET}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CONSENT_SECRET_KEY": "short"}, "CONSENT_SECRET_KEY"),
        ({"CONSENT_SECRET_KEY": "a" * 64}, "CONSENT_SECRET_KEY"),
        ({"CONSENT_BASE_URL": "http://consent.example.com"}, "CONSENT_BASE_URL"),
        ({"CONSENT_BASE_URL": "https://consent.example.com/?a=b"}, "CONSENT_BASE_URL"),
        ({"CONSENT_WRITE_LIMITS": "600"}, "CONSENT_WRITE_LIMITS"),
        ({"CONSENT_TRUSTED_PROXIES": "0.0.0.0/0"}, "CONSENT_TRUSTED_PROXIES"),
        ({"CONSENT_WORKERS": "2"}, "CONSENT_WORKERS"),
    ],
)
def test_an_invalid_setting_prevents_the_start(tmp_path: Path, change: dict[str, str], named: str) -> None:
    done = run(tmp_path, PUBLIC | change)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {named}")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr + done.stdout


def test_reports_all_errors_at_once(tmp_path: Path) -> None:
    wrong = {"CONSENT_BASE_URL": "http://consent.example.com", "CONSENT_THREADS": "0"}
    done = run(tmp_path, wrong | {"CONSENT_SECRET_KEY": "short"})
    lines = done.stderr.removeprefix("Error: ").splitlines()
    assert [line.split()[0] for line in lines] == ["CONSENT_THREADS", "CONSENT_SECRET_KEY", "CONSENT_BASE_URL"]


def test_reports_an_invalid_value_once(tmp_path: Path) -> None:
    done = run(tmp_path, {"CONSENT_BASE_URL": "no-url", "CONSENT_EDGE": "none-such", "CONSENT_SECRET_KEY": SECRET})
    lines = done.stderr.removeprefix("Error: ").splitlines()
    assert [line.split()[0] for line in lines] == ["CONSENT_BASE_URL", "CONSENT_EDGE"]


def test_a_port_is_not_shared_with_another_copy(tmp_path: Path) -> None:
    with socket.socket() as other:
        # As a running copy's server does.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run(tmp_path, PUBLIC, "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: Port {port} of 127.0.0.1 cannot be had")
    assert len(done.stderr.strip().splitlines()) == 1


def test_reports_an_invalid_host(tmp_path: Path) -> None:
    done = run(tmp_path, PUBLIC, "--host", "no host", "--port", "8765")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Port 8765 of no host cannot be had")


def run(folder: Path, settings: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    command = [sys.executable, "-m", "consent.cli", "run", *options]
    environ = kept | {"PYTHONPATH": str(ROOT), "CONSENT_INSTANCE": str(folder)} | settings
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
