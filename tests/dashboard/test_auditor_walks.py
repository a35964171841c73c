"""An auditor's walks, with only compliance's view of the dashboard and `verify.py`: a receipt, all, a month, evidence.

The auditor trusts the service's public keys, fetched beforehand; each changed byte is detected.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from consent import verify
from consent.app import create_service
from consent.config import Settings
from tests.dashboard.sample_data import RECEIPT, copy_world
from tests.dashboard.strict_page import strict_page
from tests.polling import wait_for
from tests.walks import Walk
from tests.wsgi_server import serving

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.timeout(180)]
RECEIPTS = "/sites/demo/receipts"


@pytest.fixture(scope="module")
def service(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the whole service on the world, with all receipts sequenced in the log."""
    folder = copy_world(world, tmp_path_factory.mktemp("auditor") / "instance")
    service = create_service(Settings(instance=folder, demo=True, browser_check="off"))
    with serving(service.wsgi_app) as port:
        base = f"http://127.0.0.1:{port}"
        wait_for(lambda: requests.get(f"{base}/api/v1/receipts/{RECEIPT}/proof", timeout=10).ok)
        yield base
    service.close()


@pytest.fixture
def keys(service: str, tmp_path: Path) -> list[Path]:
    """Save the public keys of log and receipts, as an auditor has them."""
    found = [tmp_path / "log.vkey", tmp_path / "keys.json"]
    for file, path in zip(found, ("log/demo/vkey", ".well-known/jwks.json"), strict=True):
        file.write_text(requests.get(f"{service}/{path}", timeout=10).text)
    return found


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """Sign in as compliance, who shows the pages to the auditor."""
    with strict_page(browser, service) as view:
        yield view.sign_in("compliance")


def verified(file: Path, keys: list[Path]) -> tuple[int, str]:
    """Run `verify.py` on its own; return the exit code and output."""
    named = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, "-I", str(verify.__file__), str(file), *named]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    return done.returncode, done.stdout + done.stderr


def with_a_changed_byte(file: Path, within: bytes) -> Path:
    """Return a copy with one letter changed in the signed text after the last `within`."""
    data = bytearray(file.read_bytes())
    place = data.rindex(within) + len(within) + 60
    data[place] = ord("A") if data[place] != ord("A") else ord("B")
    changed = file.with_name("changed")
    changed.write_bytes(data)
    return changed


def downloaded(page: Page, walk: Walk, name: str, folder: Path) -> Path:
    """Press the button that downloads a file, and return the file."""
    with page.expect_download() as waited:
        walk.click(page.get_by_role("button", name=name, exact=True))
    file = folder / waited.value.suggested_filename
    waited.value.save_as(file)
    return file


@pytest.mark.walk("A1")
def test_a1_one_receipt_is_verified_by_its_file_alone(
    page: Page, service: str, keys: list[Path], tmp_path: Path
) -> None:
    page.goto(f"{service}{RECEIPTS}/{RECEIPT}")
    walk = Walk(page)
    file = downloaded(page, walk, "Receipt and proof", tmp_path)
    walk.count()
    code, sentence = verified(file, keys)
    assert (code, RECEIPT in sentence) == (0, True), sentence
    walk.done("A1")
    for key in keys:
        assert verified(file, [one for one in keys if one is not key])[1] != sentence, "both keys are needed"
    code, sentence = verified(with_a_changed_byte(file, b"\n\n"), keys)
    assert code != 0, sentence


@pytest.mark.walk("A2")
def test_a2_an_export_of_everything_is_verified_and_says_what_is_missing(
    page: Page, service: str, keys: list[Path], tmp_path: Path
) -> None:
    page.goto(service + RECEIPTS)
    walk = Walk(page)
    file = downloaded(page, walk, "JSON Lines", tmp_path)
    walk.count()
    code, sentence = verified(file, keys)
    assert code == 0, sentence
    walk.done("A2")
    rows = file.read_text().splitlines()
    ids = [one["id"] for one in map(json.loads, rows) if one.get("id")]
    assert RECEIPT in ids
    without = tmp_path / "without.jsonl"
    without.write_text("".join(f"{row}\n" for row in rows if f'"{RECEIPT}"' not in row))
    code, sentence = verified(without, keys)
    assert code == 1, sentence
    code, sentence = verified(with_a_changed_byte(file, b'"receipt":"'), keys)
    assert code == 1, sentence
    assert any(receipt in sentence for receipt in ids) or "row" in sentence


@pytest.mark.walk("A3")
def test_a3_the_receipts_of_a_month_are_those_that_the_page_counts(
    page: Page, service: str, keys: list[Path], tmp_path: Path
) -> None:
    page.goto(service + RECEIPTS)
    page.wait_for_load_state("load")
    walk = Walk(page)
    page.keyboard.press("/")
    walk.type("from=2026-11-01 to=2026-11-30")
    walk.key("Enter")
    page.wait_for_url("**from=2026-11-01**")
    heading = page.locator("#results h2").inner_text()
    file = downloaded(page, walk, "JSON Lines", tmp_path)
    walk.count()
    code, sentence = verified(file, keys)
    assert code == 0, sentence
    walk.done("A3")
    rows = [json.loads(row) for row in file.read_text().splitlines()]
    times = [row["time"] for row in rows if "time" in row and "receipt" in row]
    assert heading.split()[0] == str(len(times))
    assert times
    assert all(str(time).startswith("2026-11-") for time in times), times
    code, sentence = verified(with_a_changed_byte(file, b'"receipt":"'), keys)
    assert code == 1, sentence


@pytest.mark.walk("A4")
def test_a4_the_evidence_of_a_day_opens_without_a_network_and_is_verified(
    page: Page, browser: Browser, service: str, keys: list[Path], tmp_path: Path
) -> None:
    page.goto(f"{service}/sites/demo/evidence")
    page.get_by_label("Day").fill("2026-11-24")
    file = downloaded(page, Walk(page), "Create the archive", tmp_path)
    folder = tmp_path / "evidence"
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        for name in names:
            target = folder / name
            assert folder in target.resolve().parents
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    context = browser.new_context(offline=True)
    asked: list[str] = []
    reader = context.new_page()
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto((folder / "index.html").as_uri())
    walk = Walk(reader)
    walk.count()
    code, sentence = verified_archive(file, keys)
    assert code == 0, sentence
    walk.click(reader.locator("a[href^='banners/']").first)
    expect(reader.get_by_role("button").first).to_be_visible()
    walk.done("A4")
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        for name in names:
            archive.writestr(name, (folder / name).read_bytes() + (b" " if name == "tags.csv" else b""))
    code, sentence = verified_archive(changed, keys)
    assert (code, "tags.csv" in sentence) == (1, True), sentence
    context.close()


def verified_archive(file: Path, keys: list[Path]) -> tuple[int, str]:
    """Run `consent verify` on an archive; return the exit code and output."""
    named = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, "-m", "consent.cli", "verify", str(file), *named]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
