"""`consent scan --site`, `--due` and `consent audit`: their output and exit codes, whatever the browser saw."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from consent.app import create_service
from consent.config import Settings
from consent.dashboard.frame.context import services
from consent.storage.database.engine import make_engine
from consent.storage.scans import scans
from consent.storage.scans.scans import Schedule
from consent.storage.sites import sites
from consent.storage.tables.scans import Scan
from tests.polling import wait_for
from tests.scanner.scan_results import SITE, TRACKER, page, request, result, visit

pytestmark = pytest.mark.extended

LEAKING = result(visit("none", page(requests=[request(SITE), request(TRACKER)])))
AWAY = result(visit("none", page(problem="It did not respond within 30 s.")))


@pytest.fixture
def engine(say: Any, site: Any, tmp_path: Path) -> Any:
    """Yield the engine of a live shop that is scanned daily."""
    assert say("config", "publish", "shop")[0] == 0
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    with engine.begin() as connection:
        shop = sites.by_key(connection, "shop")
        assert shop
        scans.save_schedule(connection, shop.id, Schedule(days=1))
    yield engine
    engine.dispose()


def _sees(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    monkeypatch.setattr("consent.scanner.site_scan.run_scan", lambda *_given: found)


def test_a_persistent_leak_is_reported_by_each_scan(say: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _sees(monkeypatch, LEAKING)
    code, said = say("scan", "--site", "shop")
    assert (code, "\nScanned shop: 2 items found, 1 open leak.\n" in said) == (0, True), said
    code, said = say("scan", "--site", "shop")
    assert (code, said.startswith("Scanned shop: 0 changes since the last scan, 1 open leak.\n")) == (0, True), said


def test_a_scheduled_scan_that_saw_nothing_has_failed(say: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _sees(monkeypatch, AWAY)
    code, said = say("scan", "--due")
    assert code == 1
    assert f"The scan of shop failed: [none] {SITE}: It did not respond within 30 s." in said
    assert "since the last scan" not in said
    assert said.endswith("Scanned 0 of 1 site due for a scan.")


def test_a_stopped_scan_stores_nothing(say: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped_meanwhile(_job: Any, _said: Any, is_wanted: Any) -> dict[str, Any]:
        assert is_wanted()
        with engine.begin() as connection:
            last = scans.newest(connection, 1)
            scans.finish(connection, last.id, 9, state=scans.FAILED, pages=0, problems=["By Ann."], diff=[])
        assert not is_wanted()
        return LEAKING

    monkeypatch.setattr("consent.scanner.site_scan.run_scan", stopped_meanwhile)
    assert say("scan", "--site", "shop") == (1, "Error: The scan was stopped.")
    with engine.connect() as connection:
        assert scans.findings(connection, 1) == []
        last = scans.newest(connection, 1)
        assert (last.problems, last.finished_at) == ('["By Ann."]', 9)


def test_a_scan_says_that_it_goes_on_however_long_a_page_takes(
    say: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent_till_now(_job: Any, _said: Any, is_wanted: Any) -> dict[str, Any]:
        with engine.begin() as connection:
            last = scans.newest(connection, 1)
            connection.execute(update(Scan).values(heartbeat_at=last.requested_at - 1000))
        assert is_wanted()
        with engine.connect() as connection:
            assert scans.newest(connection, 1).heartbeat_at >= last.requested_at
        return LEAKING

    monkeypatch.setattr("consent.scanner.site_scan.HEARD_SECONDS", 0.0)
    monkeypatch.setattr("consent.scanner.site_scan.run_scan", silent_till_now)
    assert say("scan", "--site", "shop")[0] == 0


@pytest.mark.server
def test_a_scan_whose_process_is_killed_is_reported_immediately(
    say: Any, engine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def start(*given: Any, **more: Any) -> Any:
        started.append(real(*given, **more))
        return started[-1]

    started: list[Any] = []
    real = subprocess.Popen
    service = create_service(Settings(instance=tmp_path / "instance"))
    try:
        with engine.begin() as connection:
            number = scans.request(connection, 1, "https://www.shop.example/", int(time.time()))
        with service.app.app_context(), monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", start)
            services().scans.start_scan("shop", number)
        started[0].kill()
        wait_for(lambda: _last(engine).finished_at)
    finally:
        service.close()
    assert (_last(engine).state, _last(engine).problems) == (scans.FAILED, json.dumps([scans.WITHOUT_A_WORD]))


def _last(engine: Any) -> Any:
    with engine.connect() as connection:
        return scans.newest(connection, 1)


def test_an_audit_that_cannot_start_is_not_a_leak(say: Any, site: Any, tmp_path: Path) -> None:
    assert say("audit", "www.shop.example", "--site", "other")[0] == 2
    for option in ("--json", "--junit", "--sarif"):
        code, said = say("audit", "www.shop.example", option, str(tmp_path / "none" / "report"))
        assert (code, f"Cannot write to {tmp_path / 'none'}." in said) == (2, True), said
    (tmp_path / "file").write_text("")
    code, said = say("audit", "www.shop.example", "--screenshots", str(tmp_path / "file" / "shots"))
    assert (code, "shots: Not a directory." in said) == (2, True), said


@pytest.mark.server
@pytest.mark.parametrize(("command", "code"), [("scan", 1), ("audit", 2)])
def test_names_a_missing_extra_and_claims_no_leak(command: str, code: int, tmp_path: Path) -> None:
    without = "import sys; sys.modules['playwright'] = None; from consent.cli import main; main()"
    said = subprocess.run(
        [sys.executable, "-c", without, command, SITE], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert said.stderr == "Error: The scanner is not installed: pip install 'consent-tag-server[scan]'.\n"
    assert (said.returncode, said.stdout) == (code, "")


def test_an_audit_writes_each_report_where_it_is_asked_to(say: Any, tmp_path: Path, monkeypatch: Any) -> None:
    seen = result(visit("none"))
    monkeypatch.setattr("consent.scanner.process.run_scan", lambda *_given: seen)
    assert say("audit", "www.shop.example", "--junit", "-")[1].startswith("<?xml version='1.0'")
    full = Path("/dev/full")
    code, said = say("audit", "www.shop.example", "--json", str(full))
    assert (code, said) == (2, "Error: Cannot write /dev/full: No space left on device.")
