"""A separate scanner: each connection to its socket starts a process, as the systemd unit does."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.scanner.banner_check_process import browser_problem, try_pages
from consent.scanner.browser.sandbox import NO_SANDBOX
from consent.scanner.model.job import Job
from consent.scanner.process import ScanFailedError, _scanner, is_installed, run_scan
from consent.scanner.scanner_socket import VARIABLE
from tests.scanner.websites import Sites

PROGRAM = (sys.executable, "-P", "-m", "consent.scanner.service_main")


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Listen like the unit's socket; yield the processes that were started."""
    started: list[subprocess.Popen[bytes]] = []
    path = Path(os.path.relpath(tmp_path)) / "s"  # a socket path can have at most 108 characters
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        monkeypatch.setenv(VARIABLE, str(path))
        environ = {name: value for name, value in os.environ.items() if name in ("PATH", NO_SANDBOX)}
        serving = threading.Thread(target=serve, args=(listener, started, environ | {"HOME": str(tmp_path)}))
        serving.start()
        yield started
        listener.shutdown(socket.SHUT_RDWR)
    serving.join()
    for process in started:
        process.wait(60)


def serve(listener: socket.socket, started: list[subprocess.Popen[bytes]], environ: dict[str, str]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                started.append(subprocess.Popen(PROGRAM, stdin=connection, stdout=connection, env=environ))


def job(sites: Sites, chromium: Path, **more: object) -> Job:
    facts = {"states": ("none",), "allow": ("*.localhost",), "browser": str(chromium), "settle_s": 1.0, "pages": 1}
    return Job(sites.url(), **(facts | more))  # type: ignore[arg-type]


@pytest.mark.long
def test_findings_and_pictures_come_over_the_socket(
    sites: Sites, chromium: Path, apart: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    sites.page("/", "<script>localStorage.setItem('reached', '1')</script>")
    pictures, told = tmp_path / "pictures", []
    pictures.mkdir()
    result = run_scan(job(sites, chromium, screenshots=str(pictures)), told.append)
    [page] = result["visits"][0]["pages"]
    assert [write["name"] for write in page["writes"]] == ["reached"]
    assert [path.name for path in pictures.iterdir()] == page["screenshots"] == ["none-here-001.jpg"]
    assert told
    assert len(apart) == 1


@pytest.mark.long
def test_a_stopped_scan_also_ends_in_the_separate_process(
    sites: Sites, chromium: Path, apart: list[subprocess.Popen[bytes]]
) -> None:
    sites.acts["/"] = lambda _handler: sites.stopped.wait(60)
    with pytest.raises(ScanFailedError, match=r"^The scan was stopped\.$"):
        run_scan(job(sites, chromium), lambda _: None, lambda: not any(asked.endswith(" /") for asked in sites.asked))
    assert apart[0].wait(60) == 0


@pytest.mark.long
def test_a_draft_is_tried_apart(chromium: Path, apart: list[subprocess.Popen[bytes]]) -> None:
    assert browser_problem() == ""
    assert try_pages([]) == []
    assert len(apart) == 2


def test_without_an_answer_a_scan_fails_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nobody"))
    assert is_installed()
    with pytest.raises(ScanFailedError, match=r"The scanner does not answer at .*nobody"):
        run_scan(Job("https://www.example.com/"), lambda _: None)
    assert try_pages([]) is None
    assert "does not answer" in browser_problem()


@pytest.mark.server
def test_a_scanning_process_of_the_service_itself_has_none_of_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONSENT_SECRET_KEY", "CONSENT_DATABASE_URL", "CONSENT_OIDC_CLIENT_SECRET", "PGPASSWORD"):
        monkeypatch.setenv(name, "a secret of the service")
    before = _children()
    with _scanner() as (end, _, _):
        [started] = _children() - before
        told = Path(f"/proc/{started}/environ").read_bytes()
        folder = os.readlink(f"/proc/{started}/cwd")
        end()
    assert b"PATH=" in told
    assert b"a secret of the service" not in told
    assert f"HOME={folder}\0".encode() in told


def _children() -> set[str]:
    return {one for path in Path("/proc/self/task").glob("*/children") for one in path.read_text().split()}


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has no sandbox.")
def test_as_root_no_browser_runs_unless_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NO_SANDBOX)
    assert browser_problem().startswith("Chromium's sandbox does not work as root")
    with pytest.raises(ScanFailedError, match="--no-sandbox"):
        run_scan(Job("http://127.0.0.1:9/", allow=("127.0.0.1:9",)), lambda _: None)
