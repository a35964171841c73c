"""`consent run` in an empty folder: a database, keys, and a code for the first admin."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operating.service import ROOT, Service, free_port

pytestmark = pytest.mark.extended

NEW = re.compile(r"open (http://127\.0\.0\.1:\d+)/setup and enter the setup code ([A-Z2-7]{4}(?:-[A-Z2-7]{4}){2})\n")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Service]:
    """Return a service of which nothing exists yet, not even a setting."""
    service = Service(tmp_path, free_port(), {})
    try:
        yield service
    finally:
        if hasattr(service, "process"):
            service.stop()


def consent(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    command = [sys.executable, "-m", "consent.cli", *arguments]
    environ = kept | {"PYTHONPATH": str(ROOT)} | settings
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)


def test_a_first_start_needs_no_setting_and_prints_the_setup_code(empty: Service) -> None:
    empty.start()
    found = NEW.search(empty.output)
    assert found, empty.output
    assert found[1] == f"http://127.0.0.1:{empty.port}"
    assert empty.ask("/setup").status == 200
    assert not any(stat.S_IMODE(key.stat().st_mode) & 0o077 for key in (empty.folder / "instance/keys").iterdir())
    empty.stop()
    empty.start()
    assert {code for _, code in NEW.findall(empty.output)} == {found[2]}
    assert empty.output.count("Created the database") == 1


@pytest.mark.long
def test_prints_nothing_once_there_is_an_admin(empty: Service) -> None:
    empty.start()
    done = consent(empty.folder, "user", "create", "ada@example.com")
    assert done.returncode == 0, done.stderr
    empty.stop()
    (empty.folder / "output.txt").unlink()
    empty.start()
    assert "setup" not in empty.output
    assert empty.ask("/setup").status == 404


@pytest.mark.long
def test_an_option_names_the_folder_of_the_instance(tmp_path: Path) -> None:
    service = Service(tmp_path, free_port(), {})
    run = (sys.executable, "-m", "consent.cli", "--instance", "elsewhere", "run", "--port", str(service.port))
    service.start(*run)
    service.stop()
    assert (tmp_path / "elsewhere" / "consent.sqlite").is_file()
    assert not (tmp_path / "instance").exists()
    done = consent(tmp_path, "--instance", "elsewhere", "user", "create", "ada@example.com")
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_a_demo_and_a_service_do_not_share_a_folder(empty: Service) -> None:
    empty.start()
    consent(empty.folder, "user", "create", "ada@example.com")
    empty.stop()
    done = consent(empty.folder, "demo")
    assert (done.returncode, "is the folder of a service" in done.stderr) == (1, True), done.stderr
    (empty.folder / "instance" / "demo-shop-token").write_text("token")
    done = consent(empty.folder, "run")
    assert (done.returncode, "is the folder of a demo" in done.stderr) == (1, True), done.stderr
