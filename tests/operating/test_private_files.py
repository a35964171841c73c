"""Everything a service writes is readable only by its owner, however it was started."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operating.service import ROOT, Service, free_port

pytestmark = pytest.mark.extended


def open_files(folder: Path) -> dict[str, str]:
    """Return the files and folders in `folder`, and itself, that other users can access, with their modes."""
    found = {path.relative_to(folder).as_posix(): path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    return {name: oct(stat.S_IMODE(mode)) for name, mode in found.items() if mode & 0o077}


def test_a_service_of_the_command_line_writes_for_its_owner(tmp_path: Path) -> None:
    service = Service(tmp_path, free_port(), {"CONSENT_LOG_FILE": str(tmp_path / "instance" / "log.jsonl")})
    # As most systems' shells start it.
    before = os.umask(0o022)
    try:
        service.start()
    finally:
        os.umask(before)
        service.stop()
    assert {"consent.sqlite", "keys", "log.jsonl"} <= {path.name for path in (tmp_path / "instance").iterdir()}
    assert open_files(tmp_path / "instance") == {}


@pytest.mark.long
def test_a_service_of_a_wsgi_server_writes_for_its_owner(tmp_path: Path) -> None:
    environ = os.environ | {"CONSENT_INSTANCE": str(tmp_path / "instance"), "CONSENT_LOG_FILE": str(tmp_path / "log")}
    code = "from consent.app import create_wsgi; create_wsgi()"
    consent = [sys.executable, "-m", "consent.cli"]
    for command in ([*consent, "db", "upgrade"], [sys.executable, "-c", code]):
        subprocess.run(command, env=environ, cwd=ROOT, check=True, umask=0o022)
    assert open_files(tmp_path / "instance") == {}
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
