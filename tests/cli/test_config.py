"""`consent config` with files: all or nothing, errors with line numbers, and edits made in the dashboard are kept."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.tag_template import fill
from consent.sites.draft import add_tag
from consent.sites.found_tags import HTML, FoundTag
from consent.storage.database.engine import make_engine
from consent.storage.scans import scans, site_checks
from consent.storage.scans.scans import Schedule
from consent.storage.scans.site_checks import StoredCheck
from consent.storage.sites import sites
from tests.dashboard.outdated_vendor import OLDER_WORDS, with_older_amplitude
from tests.dashboard.sample_data import OWN_VENDOR
from tests.dashboard.scan_findings import kept

SCRIPT = {
    **{"id": "own-weather", "name": "Weather", "group": "functional", "purposes": ["feature_state"]},
    **{"sale_or_share": False, "exemptions": [], "limited": None, "parameters": []},
    "load": {"type": "script", "src": "https://weather.example/w.js", "attributes": {}, "calls": []},
}
"""A tag that loads a script, as a catalog file may have it."""


@pytest.fixture
def file(say: Any, site: Any, tmp_path: Path) -> Path:
    """Export the shop's draft."""
    path = tmp_path / "shop.yaml"
    assert say("config", "export", "shop", "--output", str(path)) == (0, f"Wrote the draft of shop to {path}.")
    return path


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def _state(say: Any) -> tuple[str, str]:
    return say("config", "export", "shop")[1], say("config", "diff", "shop")[1]


def test_a_file_is_compared_and_published_in_one_step(say: Any, file: Path) -> None:
    assert say("config", "publish", "shop", str(file))[0] == 0
    _change(file, "#0b57d0", "#112233")
    code, said = say("config", "diff", "shop", str(file), "--exit-code")
    assert (code, "#0b57d0 -> #112233" in said, "between shop.yaml and" in said) == (1, True, True)
    code, said = say("config", "publish", "shop", str(file), "--note", "from git")
    assert (code, "#0b57d0 -> #112233\nPublished version 2" in said) == (0, True)
    assert say("config", "diff", "shop", str(file), "--exit-code")[0] == 0
    assert json.loads(say("config", "export", "shop")[1])["look"]["accent"] == "#112233"


def test_an_older_version_is_restored_unless_the_draft_would_be_lost(say: Any, file: Path) -> None:
    say("config", "publish", "shop", str(file))
    for accent in ("#112233", "#223344"):
        _change(file, "#0b57d0" if accent == "#112233" else "#112233", accent)
        say("config", "import" if accent == "#223344" else "publish", "shop", str(file))
    before = _state(say)
    code, said = say("config", "restore", "shop", "1")
    assert (code, "or use --overwrite" in said) == (1, True)
    assert say("config", "restore", "shop", "7", "--overwrite") == (1, "Error: The site has no such version.")
    assert _state(say) == before
    code, said = say("config", "restore", "shop", "1", "--overwrite")
    assert (code, said.startswith("Published version 3 of shop")) == (0, True)
    assert json.loads(say("config", "export", "shop")[1])["look"]["accent"] == "#0b57d0"
    code, said = say("config", "restore", "shop", "1")
    assert (code, said.startswith("Nothing has changed: version 3")) == (0, True)


def test_a_publish_of_what_is_live_makes_no_version(say: Any, file: Path) -> None:
    published = re.search(r"version (\d+) of shop as (\S+)\.", say("config", "publish", "shop", str(file))[1])
    assert published
    number, name = published.groups()
    unchanged = (0, f"Nothing has changed: version {number} of shop stays live as {name}.")
    assert say("config", "publish", "shop", str(file), "--note", "from git") == unchanged
    assert say("config", "publish", "shop") == unchanged
    _change(file, "#0b57d0", "#112233")
    assert f"\nPublished version {int(number) + 1} " in say("config", "publish", "shop", str(file))[1]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("accent: '#0b57d0'", "accent: red", "look.accent"),
        ("site: shop", "site: other", "site"),
        ("kill_switch: false", "kill_swtich: false", "overrides.kill_swtich"),
        ("rest_of_world: strictest", "rest_of_world: XY", "overrides.rest_of_world"),
        ("  name: stated", "  name: ''", "controller.name"),
    ],
)
@pytest.mark.parametrize("command", ["import", "publish"])
def test_an_error_is_reported_with_its_line_and_nothing_is_written(
    say: Any, file: Path, command: str, old: str, new: str, field: str
) -> None:
    before = _state(say)
    _change(file, old, new)
    code, said = say("config", command, "shop", str(file))
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if new.strip() in text)
    assert code == 1
    assert f"shop.yaml:{line}: {field}: " in said
    assert _state(say) == before


def test_reports_all_errors_at_once(say: Any, file: Path) -> None:
    _change(file, "accent: '#0b57d0'", "accent: red")
    _change(file, "kill_switch: false", "kill_switch: maybe")
    said = say("config", "import", "shop", str(file))[1]
    assert [name in said for name in ("look.accent", "overrides.kill_switch")] == [True, True]


def test_imports_an_incomplete_file_only_with_the_option(say: Any, file: Path) -> None:
    _change(file, "  name: stated", "  name: ''")
    assert say("config", "import", "shop", str(file))[0] == 1
    assert say("config", "import", "shop", str(file), "--unfinished")[0] == 0
    assert say("config", "publish", "shop")[0] == 1


def test_an_import_stops_at_dashboard_changes(say: Any, file: Path, tmp_path: Path) -> None:
    assert say("config", "publish", "shop", str(file))[0] == 0
    assert say("site", "stop", "shop")[0] == 0
    code, said = say("config", "publish", "shop", str(file))
    assert (code, "would overwrite" in said, "overrides kill_switch: command line, 20" in said) == (1, True, True)
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "consent.sqlite")) as connection:
        assert connection.execute("SELECT max(version) FROM config").fetchone() == (2,)
    assert say("config", "import", "shop", str(file), "--overwrite")[0] == 0


def test_rejects_a_file_that_is_not_text(say: Any, file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert say("config", "import", "shop", str(file)) == (1, "Error: shop.yaml is not UTF-8 text.")


def own_vendors(tmp_path: Path) -> dict[str, Any]:
    """Return the shop's own vendors by id."""
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "consent.sqlite")) as connection:
        rows = connection.execute("SELECT vendor, document FROM custom_vendor ORDER BY vendor").fetchall()
    return {own: json.loads(document) for own, document in rows}


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_own_vendors_travel_with_the_file(say: Any, site: Any, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"shop.{kind}"
    draft = json.loads(say("config", "export", "shop")[1])
    assert "own_vendors" not in draft
    given = json.dumps(draft | {"own_vendors": [OWN_VENDOR]})
    assert say("config", "import", "shop", "-", given=given)[0] == 0
    assert own_vendors(tmp_path) == {"own-weather": OWN_VENDOR}
    assert say("config", "export", "shop", "--output", str(file))[0] == 0
    # Another instance, or the same one after a data loss.
    assert say("config", "import", "shop", "-", given=json.dumps(draft | {"own_vendors": []}))[0] == 0
    assert own_vendors(tmp_path) == {}
    assert say("config", "import", "shop", str(file))[0] == 0
    assert own_vendors(tmp_path) == {"own-weather": OWN_VENDOR}
    # A file that doesn't mention them leaves them unchanged.
    assert say("config", "import", "shop", "-", given=json.dumps(draft))[0] == 0
    assert own_vendors(tmp_path) == {"own-weather": OWN_VENDOR}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("own", "own_vendors: This is a list"),
        ([7], "own_vendors.0: This is not a vendor."),
        ([OWN_VENDOR | {"id": "weather"}], "own_vendors.0.id: "),
        ([OWN_VENDOR, OWN_VENDOR], "own_vendors.1.id: "),
        ([OWN_VENDOR | {"hosts": ["no host"]}], "own_vendors.0.hosts.0: "),
        ([OWN_VENDOR | {"code": "alert(1)"}], "own_vendors.0: "),
        ([OWN_VENDOR | {"tags": [SCRIPT]}], "own_vendors.0.tags: A vendor of your own has no code"),
    ],
)
def test_rejects_an_invalid_own_vendor_and_writes_nothing(
    say: Any, site: Any, tmp_path: Path, given: Any, field: str
) -> None:
    draft = json.loads(say("config", "export", "shop")[1])
    before = _state(say)
    code, said = say("config", "import", "shop", "-", given=json.dumps(draft | {"own_vendors": given}))
    assert (code, field in said) == (1, True), said
    assert (_state(say), own_vendors(tmp_path)) == (before, {})


def test_a_publish_by_the_command_line_is_tried_in_chromium_as_one_of_the_dashboard(
    say: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENT_BROWSER_CHECK", "on")
    monkeypatch.setattr("consent.app.try_pages", lambda pages: ["Texas: loud"])
    before = _state(say)
    for arguments in (("shop",), ("shop", str(file))):
        code, said = say("config", "publish", *arguments)
        assert (code, "fails in Chromium. Texas: loud." in said) == (1, True), said
    assert _state(say) == before
    monkeypatch.setattr("consent.app.try_pages", lambda pages: [])
    assert say("config", "publish", "shop", str(file))[0] == 0


def test_the_scan_gate_applies_to_the_command_line_too(say: Any, site: Any, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    with engine.begin() as connection:
        shop = sites.by_key(connection, "shop")
        assert shop
        scans.save_schedule(connection, shop.id, Schedule(blocks_publishing=1))
        leak = kept("leaking_one", is_leak=True, group="advertising")
        scans.save_findings(connection, shop.id, [leak], 0)
    engine.dispose()
    code, said = say("config", "publish", "shop")
    assert (code, "Scans show 1 open leak: leaking_one." in said) == (1, True), said


def test_a_publish_says_which_tags_run_twice(say: Any, site: Any, tmp_path: Path) -> None:
    vendor, given = load_catalog(VENDORS).vendor("google-analytics"), {"measurement_id": "G-ABC1234567"}
    draft = add_tag(site, vendor, "ga4", fill(vendor.tag("ga4"), given), given)
    assert say("config", "import", "shop", "-", given=json.dumps(draft))[0] == 0
    seen = FoundTag(vendor.id, "ga4", "Google Analytics 4", "analytics", given, "", HTML, False, "")
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    with engine.begin() as connection:
        shop = sites.by_key(connection, "shop")
        assert shop
        site_checks.save(connection, shop.id, StoredCheck("https://shop.example/", 1, [seen._asdict()]))
    engine.dispose()
    code, said = say("config", "publish", "shop")
    assert (code, "\nPublished version 1 " in said) == (0, True)
    assert "1 tag runs twice: a check or scan saw its snippet in the page" in said
    assert "loads it too: Google Analytics 4. Leave it to the page" in said
    draft["tags"][0]["in_page"] = True
    assert say("config", "import", "shop", "-", given=json.dumps(draft))[0] == 0
    assert "twice" not in say("config", "publish", "shop")[1]


def test_newer_catalog_facts_are_reported_and_taken_into_the_draft(say: Any, site: Any, tmp_path: Path) -> None:
    older = json.dumps(with_older_amplitude(site))
    line = f"amplitude: {OLDER_WORDS}"
    assert say("config", "import", "shop", "-", given=older)[0] == 0
    assert say("config", "renew", "shop", "--dry-run") == (0, line)
    assert json.loads(say("config", "export", "shop")[1]) == json.loads(older)
    assert say("config", "renew", "shop", "mixpanel") == (1, "Error: The draft of shop has no vendor mixpanel.")
    code, said = say("config", "renew", "shop", "amplitude")
    assert (code, said.splitlines()) == (
        0,
        [
            line,
            "Changed the draft of shop; `consent config publish shop` makes it live.",
            "This site is managed in the file standard input: export it again,"
            " or the next import will fail because of this change.",
        ],
    )
    newer = json.loads(say("config", "export", "shop")[1])
    assert {"kind": "local", "name": "AMP_*"}.items() <= newer["cookies"][-2].items()
    assert newer["tags"] == json.loads(older)["tags"]
    assert say("config", "renew", "shop") == (0, "The draft of shop already matches the catalog.")
    code, said = say("config", "import", "shop", "-", given=older)
    assert (code, "vendors amplitude: command line" in said) == (1, True), said


def test_consequences_of_newer_facts_are_reported_beside_them(say: Any, site: Any) -> None:
    assert say("config", "import", "shop", "-", given=json.dumps(with_older_amplitude(site, "functional")))[0] == 0
    said = say("config", "renew", "shop", "--dry-run")[1]
    assert said.endswith("; Amplitude moves to analytics; visitors who granted analytics are asked again")
