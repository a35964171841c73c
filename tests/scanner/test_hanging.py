"""Pages that never finish: their process hangs, and the scan continues without it."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from consent.scanner.model.job import Job
from consent.scanner.process import ScanFailedError, run_scan
from tests.polling import wait_for
from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites


@pytest.mark.long
def test_abandons_a_page_that_runs_forever(scan_in_shell: ScanSite, sites: Sites) -> None:
    sites.page("/", '<a href="/spin">spin</a> <a href="/bomb">bomb</a> <a href="/last">last</a>')
    sites.page("/spin", "<script>for (;;);</script>")
    sites.page("/bomb", f"<script>setTimeout(() => /^(a+)+$/.test('{'a' * 60}!'))</script>")
    sites.page("/last", "<script>localStorage.setItem('reached', '1')</script>")
    result = scan_in_shell(sites.url(), states=("none",), pages=4, page_s=3.0)
    pages = {page["url"].rpartition("/")[2]: page for page in result["visits"][0]["pages"]}
    for name in ("spin", "bomb"):
        assert pages[name]["problem"] == "It stopped responding and was skipped.", pages[name]
    assert [write["name"] for write in pages["last"]["writes"]] == ["reached"]


@pytest.mark.long
def test_of_a_page_with_a_frame_that_hangs_the_rest_is_read(scan_in_shell: ScanSite, sites: Sites) -> None:
    sites.page("/", "<iframe src='file:///'></iframe><script>localStorage.kept = '1'</script>")
    [page] = scan_in_shell(sites.url(), states=("none",), pages=1)["visits"][0]["pages"]
    assert (page["problem"], page["notes"]) == (None, ["One of its frames stopped responding and was not read."])
    assert [facts["local_storage"] for facts in page["frames"]] == [["kept"]]


@pytest.mark.long
def test_a_site_that_never_finishes_ends_with_the_time_limit_of_the_scan(scan_in_shell: ScanSite, sites: Sites) -> None:
    for number in range(20):
        sites.acts[f"/{number}"] = lambda _handler: sites.stopped.wait(60)
    sites.page("/", "".join(f'<a href="/{number}">{number}</a>' for number in range(20)))
    result = scan_in_shell(sites.url(), states=("none", "accept"), pages=21, page_s=3.0, total_s=10.0)
    assert not result["is_complete"]
    assert result["visits"][0]["problem"] == "The time limit was reached before all pages were visited."
    assert result["seconds"] < 60


@pytest.mark.long
def test_a_scan_that_is_stopped_leaves_no_browser_whatever_the_page_does(sites: Sites) -> None:
    busy = "for (;;) { try { history.pushState({}, '', '#' + Math.random()) } catch { break } }"
    sites.page("/", f"<script>onbeforeunload = (event) => event.preventDefault(); {busy}</script>")
    command = [
        sys.executable,
        "-m",
        "consent.cli",
        "scan",
        sites.url(),
        "--allow-host",
        "*.localhost",
        "--states",
        "none",
    ]
    # Not pytest's folder: a socket path can have at most 108 characters.
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, env=os.environ | {"TMPDIR": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process,
    ):
        wait_for(lambda: any(asked.endswith(" /") for asked in sites.asked) and _browsers_at_home_in(folder))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
        wait_for(lambda: not _browsers_at_home_in(folder))
        assert os.listdir(folder) == []


@pytest.mark.long
def test_a_stopped_scan_raises_an_error(sites: Sites, chromium: Path) -> None:
    sites.acts["/"] = lambda _handler: sites.stopped.wait(60)
    job = Job(sites.url(), states=("none",), allow=("*.localhost",), browser=str(chromium))
    with pytest.raises(ScanFailedError, match=r"^The scan was stopped\.$"):
        run_scan(job, lambda _: None, lambda: not any(asked.endswith(" /") for asked in sites.asked))


def _browsers_at_home_in(folder: str) -> list[str]:
    """Return the processes with `folder` as their home: a scan's, including its browser."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"HOME={folder}".encode() in environ:
            found.append(process.name)
    return found
