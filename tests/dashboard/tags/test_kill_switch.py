"""One press holds all nonessential tags; another lets them run as before."""

from tests.dashboard.client import Dashboard
from tests.dashboard.live_config import live
from tests.dashboard.publishing.publish_page import publish

STOPPED = "all tags that are not essential are stopped"


def test_a_press_stops_what_is_live_and_leaves_the_draft_as_it_is(dashboard: Dashboard) -> None:
    marketing, before = dashboard.browser("marketing"), live(dashboard)
    marketing.post("/sites/demo/tags/demo-ads/removal")
    assert marketing.post("/sites/demo/stop").status_code == 302
    stopped = live(dashboard)
    assert stopped["overrides"] == before["overrides"] | {"kill_switch": True}
    assert (stopped["version"], stopped["tags"]) == (2, before["tags"])
    assert stopped["purpose_keys"] == before["purpose_keys"]
    page = marketing.get("/sites/demo/tags").text
    assert page.count("all tags are stopped") == 3
    assert "Publish 1 change" in page
    assert "Stop all tags" not in page


def test_a_stop_is_shown_on_every_page_to_anyone_who_can_see_the_site(dashboard: Dashboard) -> None:
    dashboard.browser("compliance").post("/sites/demo/stop")
    viewer = dashboard.browser("viewer")
    for page in ("", "tags", "versions", "settings", "preview"):
        answer = viewer.get(f"/sites/demo/{page}").text
        assert STOPPED in answer, page
        assert "by Compliance." in answer
        assert "Let them run again" not in answer
    assert viewer.post("/sites/demo/resume").status_code == 403
    assert STOPPED not in dashboard.browser("chief").get("/sites/other/").text


def test_resuming_restores_the_tags_as_they_were(dashboard: Dashboard) -> None:
    marketing, before = dashboard.browser("marketing"), live(dashboard)
    marketing.post("/sites/demo/stop")
    marketing.post("/sites/demo/resume")
    after = live(dashboard)
    assert after == before | {"version": 3}
    assert STOPPED not in marketing.get("/sites/demo/tags").text
    marketing.post("/sites/demo/resume")
    assert live(dashboard)["version"] == 3


def test_a_publish_and_a_restore_leave_them_stopped(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/stop")
    marketing.post("/sites/demo/tags/demo-ads/removal")
    assert publish(marketing) == 302
    assert live(dashboard)["overrides"]["kill_switch"]
    marketing.post("/sites/demo/versions/1/restore")
    assert (live(dashboard)["version"], live(dashboard)["overrides"]["kill_switch"]) == (4, True)
    assert len(live(dashboard)["tags"]) == 5
    page = marketing.get("/sites/demo/versions").text
    assert page.index("Version 4") < page.index("Version 1")
    marketing.post("/sites/demo/resume")
    marketing.post("/sites/demo/versions/2/restore")
    assert not live(dashboard)["overrides"]["kill_switch"]


def test_no_publishing_check_blocks_the_kill_switch(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/demo/settings/controller", {"name": ""})
    assert publish(chief) == 422
    chief.post("/sites/demo/stop")
    assert live(dashboard)["overrides"]["kill_switch"]


def test_a_site_without_a_version_has_nothing_to_stop(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.post("/sites/other/stop").status_code == 302
    assert "Nothing is published for this site" in chief.get("/sites/other/versions").text
    assert "Stop all tags" not in chief.get("/sites/other/tags").text
