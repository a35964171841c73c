"""`consent install-unit`: units that systemd accepts, each as restricted as possible."""

import re
import sys
from pathlib import Path

import pytest

from consent.cli.systemd.install_unit import FILES, FOLDER, filled, path_under
from tests.deploy.programs import check

VALUES = {"PROGRAM": "/bin/true", "PYTHON": "/bin/true", "HOST": "127.0.0.1", "PORT": "8000"}
WRITTEN = {
    "systemd/system/consent.service",
    "systemd/system/consent-scanner.socket",
    "systemd/system/consent-scanner@.service",
    "sysusers.d/consent.conf",
}
EXPOSURE = {"consent.service": 1.5, "consent-scanner@1.service": 2.5}
"""From `systemd-analyze security`, where 10 is a service without any restriction."""


@pytest.fixture
def etc(say, tmp_path, monkeypatch):
    """Return a folder in place of /etc, with a program where the units expect it."""
    monkeypatch.setattr(sys, "executable", "/opt/consent/bin/python")
    return tmp_path / "etc"


def test_units_and_users_are_written_with_what_to_do_next(say, etc):
    code, said = say("install-unit", "--etc", str(etc), "--host", "10.0.0.7", "--port", "9000")
    assert code == 0, said
    assert {str(path.relative_to(etc)) for path in etc.rglob("*") if path.is_file()} == WRITTEN
    assert {path.stat().st_mode & 0o777 for path in etc.rglob("*.*") if path.is_file()} == {0o644}
    assert "systemctl enable --now" in said
    service = (etc / "systemd/system/consent.service").read_text()
    assert "ExecStart=/opt/consent/bin/consent run --host 10.0.0.7 --port 9000\n" in service
    assert not [path for path in etc.rglob("*.*") if path.is_file() and re.search(r"@[A-Z]+@", path.read_text())]


def test_does_not_mention_the_scanner_when_it_is_not_installed(say, etc, monkeypatch):
    monkeypatch.setattr("consent.cli.systemd.install_unit.has_scanner", lambda: False)
    said = say("install-unit", "--etc", str(etc))[1]
    written = [path for path in etc.rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"consent.service", "consent.conf"}
    assert not [path for path in written if "canner" in path.read_text()]
    assert "consent-scanner" not in said


def test_replaces_existing_units_only_on_request(say, etc):
    assert say("install-unit", "--etc", str(etc))[0] == 0
    code, said = say("install-unit", "--etc", str(etc))
    assert (code, "already exists" in said) == (1, True)
    assert say("install-unit", "--etc", str(etc), "--replace")[0] == 0


def test_rejects_a_program_outside_the_paths_of_the_units(say, etc, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/home/ada/venv/bin/python")
    code, said = say("install-unit", "--etc", str(etc))
    assert (code, "can't access /home/ada/venv/bin/consent" in said, etc.exists()) == (1, True, False)


def test_the_scanner_has_a_user_of_its_own_and_sees_nothing_of_the_service():
    scanner = (FOLDER / "consent-scanner@.service").read_text()
    assert "User=consent-scanner\n" in scanner
    assert "InaccessiblePaths=-/var/lib/consent\n" in scanner
    assert "Environment=CONSENT" not in scanner
    assert "SocketUser=consent\nSocketMode=0600\n" in (FOLDER / "consent-scanner.socket").read_text()
    assert path_under(Path("/etc"), "consent.conf") == Path("/etc/sysusers.d/consent.conf")


@pytest.mark.long
def test_systemd_takes_the_units_and_calls_them_shut_in(tmp_path):
    for name in FILES:
        for unit in (name, name.replace("@.", "@1.")):
            (tmp_path / unit).write_text(filled((FOLDER / name).read_text(), VALUES))
    for name in ("consent.service", "consent-scanner.socket", "consent-scanner@1.service"):
        assert "consent" not in check("systemd-analyze", "verify", "--man=no", tmp_path / name)
    for name, most in EXPOSURE.items():
        said = check("systemd-analyze", "security", "--offline=true", "--no-pager", tmp_path / name)
        assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= most, said
