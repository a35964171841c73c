"""The units of `consent install-unit` under a separate systemd: the service serves, its scanner scans separately."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.chromium import find_chromium
from tests.operating.service import descendants, free_port
from tests.wheels import build_wheel

ROOT = Path(__file__).parents[2]
STATE = Path("/var/lib/consent")
START_SECONDS = 600

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.attack, pytest.mark.timeout(1800)]

# In separate namespaces, so that mounts and writes vanish with it. $1 is the wheel, $2 constraints, $3 a port.
SETUP = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/upper /run/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc
mount -t tmpfs tmpfs /opt
mount -t tmpfs tmpfs /var/log
mkdir -p /var/lib/consent
mount -t tmpfs -o mode=0700 tmpfs /var/lib/consent
/usr/bin/python3 -m venv /opt/consent
/opt/consent/bin/pip install --quiet --no-compile --constraint "$2" "$1[scan]"
rm -rf /etc/systemd/system/*
/opt/consent/bin/consent install-unit --port "$3"
systemd-sysusers
cat > /etc/systemd/system/test.target <<END
[Unit]
Requires=basic.target consent-scanner.socket consent.service
END
umount -l /sys/fs/cgroup || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export container=other
exec /usr/lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=no
"""
INSIDE = """
cd /var/lib/consent
export HOME=$PWD CONSENT_INSTANCE=$PWD/instance CONSENT_BASE_URL=$0 SCANNER_SOCKET=/run/consent-scanner.sock
exec setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups /opt/consent/bin/consent "$2" $3
"""


class Booted:
    """A systemd that runs the units, and the service's address."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url

    def consent(self, user: str, command: str, options: str = "") -> subprocess.CompletedProcess[str]:
        """Run a `consent` command as a user of the booted machine."""
        inside = ["nsenter", "--target", str(self.init), "--mount", "--pid", "sh", "-c", INSIDE]
        return subprocess.run([*inside, self.url, user, command, options], capture_output=True, text=True)

    def inside(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a shell line inside as root."""
        command = ["nsenter", "--target", str(self.init), "--mount", "--pid", "sh", "-c", line]
        return subprocess.run(command, capture_output=True, text=True)

    @property
    def init(self) -> int:
        """Return the pid, as seen from outside, of the machine's first process."""
        return descendants(self.process.pid)[1]


@pytest.fixture
def booted(tmp_path: Path) -> Iterator[Booted]:
    """Boot a separate machine with the wheel and the scanner, installed by docs/install.md, and its units started."""
    programs = ("unshare", "nsenter", "setpriv", "systemd-sysusers")
    if os.geteuid() != 0 or not all(map(shutil.which, programs)) or not find_chromium():
        pytest.skip("A systemd of its own needs root, systemd and Chromium.")
    is_new = not STATE.exists()
    (tmp_path / "source").mkdir()
    port, output = free_port(), tmp_path / "output.txt"
    arguments = (build_wheel(tmp_path / "source"), ROOT / "constraints.txt", str(port))
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--uts",
        "--ipc",
        "--cgroup",
        "sh",
        "-c",
        SETUP,
        "sh",
        *arguments,
    ]
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CONSENT_", "PYTHON"))}
    with output.open("wb") as file, subprocess.Popen(command, cwd="/", env=kept, stdout=file, stderr=file) as process:
        machine = Booted(process, f"http://127.0.0.1:{port}")
        try:
            until = time.monotonic() + START_SECONDS
            while time.monotonic() < until and process.poll() is None:
                with suppress(requests.ConnectionError):
                    if requests.get(f"{machine.url}/readyz", timeout=10).status_code == 200:
                        break
                time.sleep(0.5)
            else:
                raise AssertionError(output.read_text())
            yield machine
        finally:
            with suppress(ProcessLookupError, IndexError):
                os.kill(machine.init, signal.SIGKILL)
            process.wait(60)
            if is_new:  # the mount point
                STATE.rmdir()


def test_service_and_scanner_work_in_their_units(booted: Booted) -> None:
    said = booted.consent("consent", "doctor").stdout
    assert "ok   scanner: The browser starts." in said, said
    assert "FAIL" not in said, said
    options = f"--allow-host {booted.url.removeprefix('http://')} --pages 1 --states none {booted.url}/setup"
    done = booted.consent("consent", "scan", options)
    assert "1 page in 1 visit" in done.stdout, done.stderr
    assert "consent-session" in done.stdout
    refused = booted.consent("nobody", "scan", options)
    assert (refused.returncode, "Permission denied" in refused.stderr) == (1, True), refused.stderr
    look_as_an_intruder(booted)


def look_as_an_intruder(booted: Booted) -> None:
    """Check what an intruder could reach from the service, the scanner or another user of the machine."""
    taken = booted.inside("cat /proc/$(pgrep -o -u consent)/status").stdout
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"):
        assert line in taken, taken
    # The service can write only to its own folder, and nobody else can read it.
    writes = "nsenter -t $(pgrep -o -u consent) -m setpriv --reuid consent --regid consent --clear-groups touch"
    assert booted.inside(f"{writes} /var/lib/consent/mine").returncode == 0
    for path in ("/opt/consent/evil", "/etc/evil", "/usr/evil", "/root/evil", "/home/evil"):
        assert booted.inside(f"{writes} {path}").returncode != 0, path
    assert booted.inside("rm /var/lib/consent/mine; find /var/lib/consent -mindepth 1 -perm /077").stdout == ""
    for user in ("consent-scanner", "nobody"):
        reads = booted.inside(f"setpriv --reuid {user} --clear-groups cat /var/lib/consent/instance/keys/secret.key")
        assert (reads.stdout, "Permission denied" in reads.stderr) == ("", True), user
