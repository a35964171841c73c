"""A vendor's mounts on its tag's page."""

from typing import Any

import pytest

from tests.dashboard.client import Dashboard

TAG = "/sites/demo/tags/demo-analytics"


def vendor(dashboard: Dashboard) -> dict[str, Any]:
    draft = dashboard.draft()
    tag = next(tag for tag in draft["tags"] if tag["id"] == "demo-analytics")
    found: dict[str, Any] = next(one for one in draft["vendors"] if one["id"] == tag["vendor"])
    return found


def test_marketing_sets_a_mount_and_takes_it_back(dashboard: Dashboard) -> None:
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    assert marketing.post(f"{TAG}", {"part": "mounts", "mounts": "/metrics/*\n/js/s.js"}).location == TAG
    assert vendor(dashboard)["mounts"] == ["/metrics/*", "/js/s.js"]
    page = marketing.get(TAG).text
    assert "/metrics/*\n/js/s.js</textarea>" in page
    assert "/metrics/*" in marketing.get("/sites/demo/publish").text
    marketing.post(f"{TAG}", {"part": "mounts", "mounts": " "})
    assert dashboard.draft() == before


@pytest.mark.parametrize("mount", ["/*", "metrics", "<b>"])
def test_a_path_that_is_no_mount_is_refused_beside_the_field(dashboard: Dashboard, mount: str) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("marketing").post(f"{TAG}", {"part": "mounts", "mounts": mount})
    assert answer.status_code == 422
    assert 'id="fault-mounts"' in answer.text
    assert answer.text.count("Enter a path of the site") == 1
    assert dashboard.draft() == before


def test_a_mount_above_pages_of_the_site_gets_a_warning_on_the_tag_and_at_publish(dashboard: Dashboard) -> None:
    policy = dashboard.draft()["controller"]["policy_url"]
    path = "/" + policy.split("/", 3)[3]
    marketing = dashboard.browser("marketing")
    marketing.post(f"{TAG}", {"part": "mounts", "mounts": path})
    for page in (TAG, "/sites/demo/publish"):
        assert "also covers pages of the site" in marketing.get(page).text


def test_who_may_not_edit_tags_changes_no_mount(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    assert dashboard.browser("viewer").post(f"{TAG}", {"part": "mounts", "mounts": "/metrics/*"}).status_code == 403
    assert dashboard.draft() == before
