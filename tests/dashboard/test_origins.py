"""Where the values of a draft come from, and the warning that a file does not know of a change."""

import json
import re

from consent.app import DATA
from consent.dashboard.part_words import FORM, SECTION_WORDS, SETTING_WORDS, WHOLE
from consent.snapshots.config_file import write_yaml
from consent.snapshots.importing import Checked, import_draft, overwritten
from consent.storage import origins, sites
from tests.authors import author_of
from tests.dashboard.cast import Desk
from tests.dashboard.changes import VENDOR


def _import(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        import_draft(connection, site, Checked(desk.draft(), "demo.yaml"), author_of(desk.folder, "command line"))


def test_a_part_that_somebody_changed_says_who_and_when(desk: Desk) -> None:
    marketing = desk.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    page = marketing.get("/sites/demo/origins").text
    first = page.split("<tr data-row>")[1]
    assert ("Tag: Demo Ads" in first, "Marketing" in first) == (True, True)
    assert "consent config export demo --output demo.yaml" in page


def test_a_change_beside_a_file_is_warned_of(desk: Desk) -> None:
    marketing = desk.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert "kept in the file" not in marketing.get("/sites/demo/tags").text
    _import(desk)
    page = marketing.get("/sites/demo/origins").text
    assert ("demo.yaml" in page, "Nothing was changed here since" in page) == (True, True)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "1"})
    assert "kept in the file demo.yaml" in marketing.get("/sites/demo/tags").text
    assert "Not in the file" in marketing.get("/sites/demo/origins").text


def test_only_what_a_file_would_undo_stops_it(desk: Desk) -> None:
    before = desk.draft()
    _import(desk)
    desk.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with desk.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert [part for part, _ in overwritten(connection, site, Checked(before, "demo.yaml"))] == ["tags demo-ads"]
        assert overwritten(connection, site, Checked(desk.draft(), "demo.yaml")) == []


def test_stopping_all_tags_is_a_change_that_a_file_does_not_undo(desk: Desk) -> None:
    _import(desk)
    before = desk.draft()
    desk.browser("marketing").post("/sites/demo/stop")
    assert desk.draft()["overrides"]["kill_switch"]
    with desk.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert set(origins.edits(connection, site.id)) == {"overrides kill_switch"}
        assert [part for part, _ in overwritten(connection, site, Checked(before, "f"))] == ["overrides kill_switch"]
    assert "kill_switch: true" in write_yaml(desk.draft())


def test_every_setting_of_a_config_has_words() -> None:
    schema = json.loads((DATA / "config.schema.json").read_text("utf-8"))
    for section, words in SETTING_WORDS.items():
        assert set(words) == set(schema["properties"][section]["properties"]), section
    assert set(SECTION_WORDS) | set(WHOLE) | set(FORM) >= set(schema["properties"])


def test_parts_are_told_in_words(desk: Desk) -> None:
    admin = desk.browser("admin")
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
