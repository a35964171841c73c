"""Where a draft's values come from, and the warning that a config file lacks a change."""

import json
import re

from consent.app import DATA
from consent.dashboard.frame.draft_labels import FORM, SECTION_WORDS, SETTING_WORDS, WHOLE
from consent.publishing.draft_import import Checked, import_draft, overwritten_parts
from consent.sites.config_file import write_yaml
from consent.storage.sites import draft_origins, sites
from tests.audit_authors import author_of
from tests.dashboard.client import Dashboard
from tests.dashboard.forms import VENDOR


def _import(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        import_draft(
            connection, site, Checked(dashboard.draft(), "demo.yaml"), author_of(dashboard.folder, "command line")
        )


def test_a_changed_part_says_who_changed_it_and_when(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    page = marketing.get("/sites/demo/origins").text
    first = page.split("<tr data-row>")[1]
    assert ("Tag: Demo Ads" in first, "Marketing" in first) == (True, True)
    assert "consent config export demo --output demo.yaml" in page


def test_warns_of_a_change_that_conflicts_with_a_file(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert "kept in the file" not in marketing.get("/sites/demo/tags").text
    _import(dashboard)
    page = marketing.get("/sites/demo/origins").text
    assert ("demo.yaml" in page, "Nothing has been changed here since" in page) == (True, True)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "1"})
    assert "kept in the file demo.yaml" in marketing.get("/sites/demo/tags").text
    assert "Not in the file" in marketing.get("/sites/demo/origins").text


def test_only_changes_that_an_import_would_undo_are_listed_as_overwritten(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    _import(dashboard)
    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert [part for part, _ in overwritten_parts(connection, site, Checked(before, "demo.yaml"))] == [
            "tags demo-ads"
        ]
        assert overwritten_parts(connection, site, Checked(dashboard.draft(), "demo.yaml")) == []


def test_stopping_all_tags_is_a_change_that_a_file_does_not_undo(dashboard: Dashboard) -> None:
    _import(dashboard)
    before = dashboard.draft()
    dashboard.browser("marketing").post("/sites/demo/stop")
    assert dashboard.draft()["overrides"]["kill_switch"]
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert set(draft_origins.edits(connection, site.id)) == {"overrides kill_switch"}
        assert [part for part, _ in overwritten_parts(connection, site, Checked(before, "f"))] == [
            "overrides kill_switch"
        ]
    assert "kill_switch: true" in write_yaml(dashboard.draft())


def test_every_setting_of_a_config_has_a_label() -> None:
    schema = json.loads((DATA / "config.schema.json").read_text("utf-8"))
    for section, words in SETTING_WORDS.items():
        assert set(words) == set(schema["properties"][section]["properties"]), section
    assert set(SECTION_WORDS) | set(WHOLE) | set(FORM) >= set(schema["properties"])


def test_parts_are_told_in_words(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/payment-pages", {"payment_paths": "/till*"})
    admin.post("/sites/demo/vendors/own-weather", VENDOR | {"name": "Weather now"})
    page = admin.get("/sites/demo/origins").text
    cells = re.findall(r"(?:<tr data-row>\s*<td>|<li>)([^<]+)</", page)
    assert {"Settings: Payment pages", "Vendor of the site&#39;s own: Weather now", "Order of the tags"} & set(
        cells
    ) == {
        "Settings: Payment pages",
        "Vendor of the site&#39;s own: Weather now",
    }
    raw = [cell for cell in cells if "_" in cell.partition(": ")[0] or cell in ("schema", "site", "hosts")]
    assert raw == []
    assert "Cookie or stored item: demo_chat, cookie" in cells
