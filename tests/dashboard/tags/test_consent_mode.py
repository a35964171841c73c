"""A tag's limited mode."""

from typing import Any

import pytest

from tests.dashboard.client import Browser, Dashboard

ON = {"limited": "1", "limited_reason": "Legal agreed on 3 March: pings without cookies"}


def _add(dashboard: Dashboard) -> Browser:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    return admin


def _tag(dashboard: Dashboard, tag_id: str = "ga4") -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in dashboard.draft()["tags"] if tag["id"] == tag_id)
    return found


def test_a_tag_is_held_where_it_may_not_run_until_an_admin_says_otherwise_and_why(dashboard: Dashboard) -> None:
    admin = _add(dashboard)
    assert _tag(dashboard)["limited"] is None
    assert admin.post("/sites/demo/tags/ga4", {"part": "mode"} | ON).status_code == 302
    assert (_tag(dashboard)["limited"], _tag(dashboard)["limited_reason"]) == ("cookieless", ON["limited_reason"])
    assert ON["limited_reason"] in admin.get("/sites/demo/tags/ga4").text
    admin.post("/sites/demo/tags/ga4", {"part": "mode", "limited_reason": ON["limited_reason"]})
    assert (_tag(dashboard)["limited"], _tag(dashboard)["limited_reason"]) == (None, "")


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_saved(dashboard: Dashboard, reason: str) -> None:
    admin = _add(dashboard)
    answer = admin.post("/sites/demo/tags/ga4", {"part": "mode", "limited": "1", "limited_reason": reason})
    assert answer.status_code == 422
    assert 'id="fault-limited_reason"' in answer.text
    assert _tag(dashboard)["limited"] is None


def test_a_product_without_such_a_mode_is_not_offered_it(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert "Restricted mode" not in admin.get("/sites/demo/tags/demo-ads").text
    assert admin.post("/sites/demo/tags/demo-ads", {"part": "mode"} | ON).status_code == 422
    assert _tag(dashboard, "demo-ads")["limited"] is None


def test_only_an_admin_declares_it(dashboard: Dashboard) -> None:
    _add(dashboard)
    marketing = dashboard.browser("marketing")
    assert "Only an admin can change this." in marketing.get("/sites/demo/tags/ga4").text
    assert marketing.post("/sites/demo/tags/ga4", {"part": "mode"} | ON).status_code == 403
    assert _tag(dashboard)["limited"] is None


def test_a_live_tag_in_consent_mode_is_shown_as_limited(dashboard: Dashboard) -> None:
    admin = _add(dashboard)
    admin.post("/sites/demo/tags/ga4", {"part": "mode"} | ON)
    revision = admin.get("/sites/demo/publish").text.split('name="revision" value="')[1].split('"')[0]
    admin.post("/sites/demo/publish", {"revision": revision})
    assert "limited where it may not run in full" in admin.get("/sites/demo/tags").text
