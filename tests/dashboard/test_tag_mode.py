"""The limited mode of a tag."""

from typing import Any

import pytest

from tests.dashboard.cast import Browser, Desk

ON = {"limited": "1", "limited_reason": "Legal agreed on 3 March: pings without cookies"}


def _add(desk: Desk) -> Browser:
    admin = desk.browser("admin")
    admin.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    return admin


def _tag(desk: Desk, tag_id: str = "ga4") -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in desk.draft()["tags"] if tag["id"] == tag_id)
    return found


def test_a_tag_is_held_where_it_may_not_run_until_an_admin_says_otherwise_and_why(desk: Desk) -> None:
    admin = _add(desk)
    assert _tag(desk)["limited"] is None
    assert admin.post("/sites/demo/tags/ga4/mode", ON).status_code == 302
    assert (_tag(desk)["limited"], _tag(desk)["limited_reason"]) == ("cookieless", ON["limited_reason"])
    assert ON["limited_reason"] in admin.get("/sites/demo/tags/ga4").text
    admin.post("/sites/demo/tags/ga4/mode", {"limited_reason": ON["limited_reason"]})
    assert (_tag(desk)["limited"], _tag(desk)["limited_reason"]) == (None, "")


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_saved(desk: Desk, reason: str) -> None:
    admin = _add(desk)
    answer = admin.post("/sites/demo/tags/ga4/mode", {"limited": "1", "limited_reason": reason})
    assert answer.status_code == 422
    assert 'id="fault-limited_reason"' in answer.text
    assert _tag(desk)["limited"] is None


def test_a_product_without_such_a_mode_is_not_offered_it(desk: Desk) -> None:
    admin = desk.browser("admin")
    assert "Limited mode" not in admin.get("/sites/demo/tags/demo-ads").text
    assert admin.post("/sites/demo/tags/demo-ads/mode", ON).status_code == 422
    assert _tag(desk, "demo-ads")["limited"] is None


def test_only_an_admin_declares_it(desk: Desk) -> None:
    _add(desk)
    marketing = desk.browser("marketing")
    assert "An admin of the site decides this." in marketing.get("/sites/demo/tags/ga4").text
    assert marketing.post("/sites/demo/tags/ga4/mode", ON).status_code == 403
    assert _tag(desk)["limited"] is None


def test_what_is_live_shows_as_limited(desk: Desk) -> None:
    admin = _add(desk)
    admin.post("/sites/demo/tags/ga4/mode", ON)
    revision = admin.get("/sites/demo/publish").text.split('name="revision" value="')[1].split('"')[0]
    admin.post("/sites/demo/publish", {"revision": revision})
    assert "limited where it may not run in full" in admin.get("/sites/demo/tags").text
