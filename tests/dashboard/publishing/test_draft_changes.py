"""Discarding changes of a draft: each line of the difference alone, or all at once."""

import copy
import json
import re
from typing import Any

import pytest

from consent.publishing.publish import differences
from consent.publishing.revert import discarded, reverted
from tests.dashboard import live_config
from tests.dashboard.client import Browser, Dashboard

PUBLISH = "/sites/demo/publish"
CHANGES: dict[str, Any] = {
    "tag demo-ads": lambda draft: _tag(draft, "demo-ads").update(name="Other"),
    "tag demo-chat": lambda draft: _remove(draft, "demo-chat"),
    "tag demo-new": lambda draft: draft["tags"].insert(1, _tag(draft, "demo-ads") | {"id": "demo-new"}),
    "vendor demo-ads": lambda draft: next(v for v in draft["vendors"] if v["id"] == "demo-ads").update(company="Other"),
    "order of tags": lambda draft: draft["tags"].reverse(),
    "controller name": lambda draft: draft["controller"].update(name="Other"),
    "look accent": lambda draft: draft["look"].update(accent="#336699"),
    "look surface": lambda draft: draft["look"].update(surface="#fefefe"),
    "overrides sensitive": lambda draft: draft["overrides"].update(sensitive=True),
    "overrides payment_paths": lambda draft: draft["overrides"].update(payment_paths=["/till"]),
    "rule US-CA session_replay": lambda draft: draft["overrides"].update(
        rules=[{"place": "US-CA", "purpose": "session_replay", "level": "opt_in", "reason": "Suits"}]
    ),
    "one-rule US": lambda draft: draft["overrides"].update(one_rule=[{"country": "US", "reason": "Simpler"}]),
    "reason sensitive": lambda draft: draft["overrides"].update(reasons={"sensitive": {"reason": "Health"}}),
    "words en": lambda draft: draft["texts"]["languages"]["en"].update(title="Own words"),
    "text de": lambda draft: draft["texts"]["languages"].pop("de"),
    "links en": lambda draft: draft["texts"].update(links={"en": {"policy": "https://www.example.com/p"}}),
    "hosts": lambda draft: draft["hosts"].append("https://www.example.com"),
    "default language": lambda draft: draft["texts"].update(default_language="de"),
    "cookie demo_ads": lambda draft: next(c for c in draft["cookies"] if c["name"] == "demo_ads").update(lifetime_s=5),
    "cookie of_nobody": lambda draft: draft["cookies"].append(
        draft["cookies"][0] | {"name": "of_nobody", "vendor": None}
    ),
}
"""How to cause each difference, by its subject."""


FOLLOWING = ("text", "changed")
"""Texts that follow from other changes."""


def _tag(draft: dict[str, Any], tag_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in draft["tags"] if tag["id"] == tag_id)
    return found


def _remove(draft: dict[str, Any], name: str) -> None:
    draft["tags"] = [tag for tag in draft["tags"] if tag["id"] != name]
    draft["vendors"] = [vendor for vendor in draft["vendors"] if vendor["id"] != name]
    draft["cookies"] = [cookie for cookie in draft["cookies"] if cookie["vendor"] != name]


@pytest.fixture
def live(dashboard: Dashboard) -> Any:
    return live_config.live(dashboard)


@pytest.mark.parametrize("subject", CHANGES)
def test_each_kind_of_change_can_be_undone_alone(dashboard: Dashboard, live: Any, subject: str) -> None:
    draft: Any = dashboard.draft()
    assert differences(draft, live) == []
    CHANGES[subject](draft)
    draft["overrides"]["public_log"] = not draft["overrides"]["public_log"]
    before = copy.deepcopy(draft)
    assert subject in {change.subject for change in differences(draft, live)}
    left = differences(reverted(draft, live, [subject]), live)
    assert [change.subject for change in left if not change.subject.startswith("text ")] == ["overrides public_log"]
    assert draft == before, "what is handed in stays as it is"


def test_an_added_language_can_be_undone(dashboard: Dashboard, live: Any) -> None:
    live["texts"]["languages"].pop("sv")
    new = reverted(dashboard.draft(), live, ["text sv"])  # type: ignore[arg-type]
    assert "sv" not in new["texts"]["languages"]
    assert differences(new, live) == []


def test_all_changes_at_once_can_be_undone_one_by_one(dashboard: Dashboard, live: Any) -> None:
    draft: Any = dashboard.draft()
    for change in CHANGES.values():
        change(draft)
    assert differences(discarded(draft, live), live) == []
    while subjects := [one.subject for one in differences(draft, live) if (one.subject[:4], one.kind) != FOLLOWING]:
        draft = reverted(draft, live, subjects[:1])
    assert differences(draft, live) == []


def test_a_line_is_undone_by_its_button_and_others_stay(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    marketing.post("/sites/demo/tags/demo-chat/removal")
    marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    lines = _lines(marketing)
    assert set(lines) == {"tag demo-ads", "tag demo-chat", "tag ga4"}
    assert marketing.post(f"{PUBLISH}/reverted", {"subject": "tag demo-chat"}).location == PUBLISH
    page = marketing.get(PUBLISH).text
    assert "Demo Chat is in the draft again." in page
    assert set(_lines(marketing)) == {"tag demo-ads", "tag ga4"}
    assert [tag["id"] for tag in dashboard.draft()["tags"]] == [*(tag["id"] for tag in before["tags"]), "ga4"]
    marketing.post(f"{PUBLISH}/reverted", {"subject": "tag ga4"})
    assert "Google Analytics 4 is no longer in the draft." in marketing.get(PUBLISH).text
    marketing.post(f"{PUBLISH}/reverted", {"subject": "tag demo-ads"})
    assert "Demo Ads is back to the live version." in marketing.get(PUBLISH).text
    assert json.dumps(dashboard.draft(), sort_keys=True) == json.dumps(before, sort_keys=True)
    assert "The draft is the same as the live version." in marketing.get(PUBLISH).text


@pytest.mark.parametrize("subject", ["", "tag demo-ads", "tag unheard", "text en", "overrides"])
def test_does_not_undo_an_unchanged_part(dashboard: Dashboard, subject: str) -> None:
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    marketing.post(f"{PUBLISH}/reverted", {"subject": subject})
    assert "That change is no longer in the draft." in marketing.get(PUBLISH).text
    assert dashboard.draft() == before


def test_the_draft_is_discarded_unless_somebody_changed_it_since(dashboard: Dashboard) -> None:
    before, marketing, admin = dashboard.draft(), dashboard.browser("marketing"), dashboard.browser("admin")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    seen = _revision(marketing.get(PUBLISH).text)
    admin.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "0"})
    marketing.post(f"{PUBLISH}/discarded", {"revision": seen})
    assert "Nothing was discarded" in marketing.get(PUBLISH).text
    assert not _tag(dashboard.draft(), "demo-ads")["enabled"]
    marketing.post(f"{PUBLISH}/discarded", {"revision": _revision(marketing.get(PUBLISH).text)})
    assert dashboard.draft()["tags"] == before["tags"]
    assert "Changes discarded." in marketing.get(PUBLISH).text


def _lines(browser: Browser) -> list[str]:
    return re.findall(r'name="subject" value="([^"]+)"', browser.get(PUBLISH).text)


def _revision(page: str) -> str:
    return page.split('name="revision" value="')[1].split('"')[0]
