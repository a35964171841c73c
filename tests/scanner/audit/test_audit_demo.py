"""The demo shop is really audited, with the command that a site's own CI would run."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.demo.ports import Ports
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.scanner.health.check import SiteCheck
from consent.scanner.site_scan import banner_of
from consent.sites.health_report import Subject
from consent.storage.database.engine import make_engine
from consent.storage.sites import configs
from consent.storage.sites import sites as stored
from tests.demo.demo_process import free_ports
from tests.scanner.demo_process import running_demo

Audit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def ports(instance: Path) -> Iterator[Ports]:
    ports = free_ports()
    with running_demo(instance, ports):
        yield ports


@pytest.fixture(scope="module")
def audit(instance: Path, ports: Ports, chromium: Path) -> Audit:
    assert chromium

    def run(path: str, *options: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "CONSENT_INSTANCE": str(instance),
            "CONSENT_BASE_URL": f"http://127.0.0.1:{ports.service}",
            "CONSENT_DEMO": "1",
        }
        command = [sys.executable, "-m", "consent.cli", "audit", f"http://www.shop.localhost:{ports.shop}{path}"]
        fixed = ["--site", "demo", "--allow-host", "*.localhost", "--pages", "1", "--delay", "0.1", "--idle", "0.5"]
        return subprocess.run(
            [*command, *fixed, *options],
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )

    return run


def receipts(instance: Path) -> int:
    with contextlib.closing(sqlite3.connect(instance / "consent.sqlite")) as database:
        count: int = database.execute("SELECT count(*) FROM receipt").fetchone()[0]
    return count


@pytest.mark.long
def test_the_demo_shop_passes_and_its_log_stays_empty(audit: Audit, instance: Path, tmp_path: Path) -> None:
    files = {kind: tmp_path / kind for kind in ("json", "junit", "sarif")}
    options = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
    done = audit("/", "--regions", "DE", "--fail-on", "fail", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed: 0 leaks, 0 failed checks" in done.stdout
    assert "[9/9 down] page 1" in done.stderr
    assert receipts(instance) == 0
    report = json.loads(files["json"].read_text("utf-8"))
    checked = {finding["assertion"] for finding in report["findings"] if finding["level"] == "ok"}
    # Everything except checks for opt-out places, for California, and for cases that the demo doesn't have.
    assert checked == {*range(1, 39)} - {16, 25, 26, 28, 29}
    suite = ElementTree.parse(files["junit"]).getroot()
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert int(suite.get("tests") or 0) == len(report["findings"])
    assert json.loads(files["sarif"].read_text("utf-8"))["runs"][0]["invocations"][0]["executionSuccessful"]


@pytest.mark.long
def test_the_page_that_the_shops_server_renders_passes_in_california_too(audit: Audit) -> None:
    done = audit("/story/server-side", "--regions", "US-CA", "--fail-on", "fail")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_tag_that_is_hard_coded_outside_of_the_banner_is_a_leak(audit: Audit, ports: Ports, tmp_path: Path) -> None:
    sarif = tmp_path / "sarif"
    done = audit("/privacy", "--regions", "DE", "--states", "none,reject", "--quiet", "--sarif", str(sarif))
    assert done.returncode == 1
    host = "ads.vendors.localhost (demo-ads) is advertising and was contacted"
    for when in ("before a choice", "after rejecting"):
        assert any(line.startswith("LEAK") and f"{host} {when}" in line for line in done.stdout.splitlines()), when
    assert "The banner didn't release it: it is hard-coded in the page" in done.stdout
    assert f"by http://www.shop.localhost:{ports.shop}/privacy" in done.stdout
    (leak, *_) = [one for one in json.loads(sarif.read_text("utf-8"))["runs"][0]["results"] if one["level"] == "error"]
    assert leak["ruleId"].startswith("leak-")
    assert leak["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/privacy")


@pytest.mark.long
def test_a_scan_of_the_site_lands_and_the_next_one_tells_the_difference(instance: Path, ports: Ports) -> None:
    settings = {"CONSENT_INSTANCE": str(instance), "CONSENT_BASE_URL": f"http://127.0.0.1:{ports.service}"}
    settings |= {"CONSENT_DEMO": "1", "CONSENT_SCAN_HOSTS": "*.localhost"}
    command = [
        sys.executable,
        "-m",
        "consent.cli",
        "scan",
        "--site",
        "demo",
        "--regions",
        "DE",
        "--delay",
        "0.1",
        "--quiet",
    ]
    first, second = (
        subprocess.run(
            [*command, "--pages", pages], env=os.environ | settings, capture_output=True, text=True, check=True
        )
        for pages in ("1", "2")
    )
    assert "new: cookie demo_ads on www.shop.localhost, advertising" in first.stdout
    assert "LEAK" not in first.stdout
    assert "LEAK changed: host ads.vendors.localhost on ads.vendors.localhost, advertising" in second.stdout
    with contextlib.closing(sqlite3.connect(instance / "consent.sqlite")) as database:
        states = database.execute("SELECT state, pages FROM scan ORDER BY id").fetchall()
        left = database.execute("SELECT count(*) FROM api_token WHERE name = 'Scan'").fetchone()
    assert states == [("done", 1), ("done", 2)]
    assert left == (0,)


@pytest.mark.long
def test_a_check_opens_the_published_page_as_from_a_place_that_asks(
    instance: Path, ports: Ports, chromium: Path
) -> None:
    assert chromium
    service, engine = f"http://127.0.0.1:{ports.service}", make_engine(f"sqlite:///{instance / 'consent.sqlite'}")
    with engine.connect() as connection:
        row = stored.by_key(connection, "demo")
        assert row
        config = json.loads(configs.get_config(connection, row.live_config or "") or b"{}")
    subject = Subject(
        key="demo",
        hosts=config["hosts"],
        scope="host",
        vendors=frozenset(vendor["id"] for vendor in config["vendors"]),
        lines=lines_of("demo", service, config),
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=False,
        unknown_hosts="hold",
        allowed_hosts=(),
        foreign_marks=False,
        is_published=True,
        asks=frozenset({"advertising"}),
    )
    catalog, shop = load_catalog(VENDORS, DEMO_VENDORS), f"http://www.shop.localhost:{ports.shop}"
    check = SiteCheck(catalog, service, ("*.localhost",), partial(banner_of, engine, service))
    with ThreadPoolExecutor(1) as threads:
        whole, leaky = (threads.submit(check.in_browser, subject, shop + path).result() for path in ("/", "/privacy"))
        unlisted = threads.submit(check.in_browser, subject._replace(vendors=frozenset()), f"{shop}/").result()
    assert [one.level for one in whole.findings if one.check == "browser"] == ["good"]
    # Tags loaded by the service after the answer aren't tags of the page.
    assert [tag for tag in whole.tags if tag.source == "browser"] == []
    assert {(tag.vendor, tag.source, tag.held) for tag in leaky.tags} >= {("demo-ads", "html", False)}
    assert "Demo Ads" in " ".join(one.sentence for one in leaky.findings if one.level == "fault")
    # For a vendor that the site doesn't have, they are: only the blocker held them.
    assert {tag.vendor for tag in unlisted.tags if tag.source == "browser"} >= {"demo-ads", "demo-analytics"}
    with contextlib.closing(sqlite3.connect(instance / "consent.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM api_token WHERE name = 'Scan'").fetchone() == (0,)
    engine.dispose()


@pytest.mark.long
def test_other_laws_hold_in_other_places(audit: Audit) -> None:
    done = audit("/", "--regions", "US-CA,GB,BR", "--fail-on", "fail", "--quiet", "--json", "-")
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, report["findings"]
    checked = {finding["assertion"] for finding in report["findings"] if finding["region"] == "US-CA"}
    assert {24, 25, 26, 27, 28, 29, 30} <= checked


@pytest.mark.long
def test_no_page_of_the_demo_shop_asks_again_or_lacks_a_way_back(audit: Audit) -> None:
    said = audit("/", "--states", "reject,gpc", "--regions", "DE,US-CA", "--pages", "20").stdout
    assert "DE, US-CA: Each page has a way back to the settings that works by keyboard." in said
    assert "DE, US-CA: The banner did not ask again after a refusal." in said
