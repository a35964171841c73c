"""The switch *Already on my page*: on a tag's page, when adding a tag, and when *Publish* finds a tag twice."""

from consent.sites.custom.code import NOTHING
from tests.dashboard.client import Dashboard
from tests.dashboard.site_check import ADS, GA4, PIXEL, checked, tag_of
from tests.dashboard.undo_toast import undo

PLACE = "/sites/demo/tags/demo-ads/in-page"
NEW = "/sites/demo/tags/new/google-analytics/ga4"
IS_ON = 'name="in_page" value="1" checked'


def test_the_switch_leaves_a_tag_to_the_page_and_takes_it_back(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    marketing = dashboard.browser("marketing")
    assert IS_ON not in marketing.get("/sites/demo/tags/demo-ads").text
    assert marketing.post(PLACE, {"in_page": "1"}).location == "/sites/demo/publish"
    assert tag_of(dashboard, "demo-ads") == next(t for t in before["tags"] if t["id"] == "demo-ads") | {"in_page": True}
    page = marketing.get("/sites/demo/tags/demo-ads").text
    assert IS_ON in page
    undo(marketing, page)
    assert dashboard.draft() == before


def test_what_stands_in_the_page_needs_no_parameter_and_the_way_back_asks_for_it(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert marketing.post(NEW, {"measurement_id": ""}).status_code == 422
    assert marketing.post(NEW, {"measurement_id": "UA-1", "in_page": "1"}).status_code == 422
    assert marketing.post(NEW, {"measurement_id": "", "in_page": "1"}).status_code == 302
    assert (tag_of(dashboard, "ga4")["load"], tag_of(dashboard, "ga4")["in_page"]) == (NOTHING, True)
    place = "/sites/demo/tags/ga4"
    answer = marketing.post(place, {"part": "place", "measurement_id": ""})
    assert answer.status_code == 422
    assert 'id="fault-parameters.measurement_id"' in answer.text
    assert tag_of(dashboard, "ga4")["in_page"] is True
    assert marketing.post(place, {"part": "place", "measurement_id": "G-ABC1234567"}).status_code == 302
    tag = tag_of(dashboard, "ga4")
    assert "in_page" not in tag
    assert (tag["load"]["type"], tag["parameters"]) == ("script", {"measurement_id": "G-ABC1234567"})


def test_the_id_is_changed_on_the_page_of_the_tag(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(NEW, {"measurement_id": "G-ABC1234567"})
    marketing.post("/sites/demo/tags/ga4", {"part": "place", "measurement_id": "G-NEW7654321"})
    assert "G-NEW7654321" in tag_of(dashboard, "ga4")["load"]["src"]


def test_the_switch_is_on_at_first_where_a_check_saw_the_tag(dashboard: Dashboard) -> None:
    assert IS_ON not in dashboard.browser("marketing").get(NEW).text
    checked(dashboard, GA4)
    page = dashboard.browser("marketing").get(NEW).text
    assert IS_ON in page
    assert "saw it on the page" in page
    assert f'value="{GA4.parameters["measurement_id"]}"' in page


def test_a_tag_that_is_marked_by_nature_has_no_switch(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    new = "/sites/demo/tags/new/visual-website-optimizer/vwo"
    assert 'name="in_page"' not in marketing.get(new).text
    marketing.post(new, {"in_page": "1"})
    assert "in_page" not in tag_of(dashboard, "vwo")
    assert 'name="in_page"' not in marketing.get("/sites/demo/tags/vwo").text


def test_publish_says_what_would_run_twice_and_offers_the_switch(dashboard: Dashboard) -> None:
    assert "would run twice" not in dashboard.browser("marketing").get("/sites/demo/publish").text
    admin = checked(dashboard, ADS, PIXEL)
    page = admin.get("/sites/demo/publish").text
    assert "1 tag would run twice" in page
    assert "saw its snippet on the page" in admin.get("/sites/demo/tags/demo-ads").text
    assert admin.post(PLACE, {"in_page": "1"}).location == "/sites/demo/publish"
    page = admin.get("/sites/demo/publish").text
    assert "would run twice" not in page
    assert "Already in the page" in page


def test_what_has_ended_is_not_what_is_loaded(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post(NEW, {"measurement_id": "G-ABC1234567"})
    ended = GA4._replace(template="universal-analytics", name="Universal Analytics", parameters={})
    assert "would run twice" not in checked(dashboard, ended).get("/sites/demo/publish").text
    assert "1 tag would run twice" in checked(dashboard, ended, GA4).get("/sites/demo/publish").text


def test_a_tag_that_is_off_runs_once(dashboard: Dashboard) -> None:
    admin = checked(dashboard, ADS)
    admin.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert "would run twice" not in admin.get("/sites/demo/publish").text
