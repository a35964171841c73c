"""A second user reviews risky changes before they are published, or every publish if the site wants it."""

from pathlib import Path

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.outbound.mail import Mailer
from tests.dashboard.client import Dashboard, dashboards
from tests.dashboard.live_config import live
from tests.dashboard.publishing.publish_page import HOSTS, add_host, press
from tests.dashboard.sample_data import NOW, PASSWORD, email_of
from tests.mail_server import running_mail_server

CATALOG = load_catalog(VENDORS, DEMO_VENDORS)


def test_a_new_host_waits_for_approval_by_another_user(dashboard: Dashboard) -> None:
    add_host(dashboard)
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    status, page = press(marketing, "For the new shop")
    assert status == 302
    assert live(dashboard)["version"] == 1
    assert f"{HOSTS} is a new host" in page
    assert "Withdraw request" in page
    assert press(marketing)[0] == 422
    assert live(dashboard)["version"] == 1
    page = admin.get("/sites/demo/publish").text
    assert "Marketing asked for your approval" in page
    assert 'value="For the new shop"' in page
    assert press(admin, "For the new shop")[0] == 302
    assert HOSTS in live(dashboard)["hosts"]
    assert "Marketing, approved by Admin" in admin.get("/sites/demo/versions").text


def test_changes_made_after_the_approval_request_need_a_new_one(dashboard: Dashboard) -> None:
    add_host(dashboard)
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    press(marketing)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert "Request approval" in admin.get("/sites/demo/publish").text
    press(admin)
    assert live(dashboard)["version"] == 1
    assert "Admin asked for your approval" in marketing.get("/sites/demo/publish").text


def test_an_approval_request_can_be_withdrawn(dashboard: Dashboard) -> None:
    add_host(dashboard)
    marketing = dashboard.browser("marketing")
    press(marketing)
    marketing.post("/sites/demo/publish/request/removal")
    assert "Request approval" in dashboard.browser("admin").get("/sites/demo/publish").text


def test_a_group_that_becomes_essential_waits_and_an_ordinary_change_does_not(dashboard: Dashboard) -> None:
    from consent.publishing.approval import risks

    draft, config = dashboard.draft(), live(dashboard)
    assert risks(draft, config, CATALOG) == []
    draft["tags"][1]["group"] = "essential"
    next(one for one in draft["cookies"] if one["group"] == "advertising")["group"] = "essential"
    name = draft["tags"][1]["name"]
    assert risks(draft, config, CATALOG)[0] == f"{name} becomes essential and runs without consent"
    assert risks(draft, config, CATALOG)[1].endswith("becomes essential and stays after a refusal")
    assert risks(draft, None, CATALOG) == risks(draft, config, CATALOG)


@pytest.mark.attack
def test_marketing_runs_no_code_from_a_host_of_its_own_without_somebody_else(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    typed = {"host": "evil.example/x", "site_id": "1"}
    assert marketing.post("/sites/demo/tags/new/matomo/matomo", typed).status_code == 302
    status, page = press(marketing)
    assert (status, live(dashboard)["version"]) == (302, 1)
    assert "loads its code from evil.example" in page
    assert press(marketing)[0] == 422
    assert "loads its code from evil.example" in admin.get("/sites/demo/publish").text
    assert press(admin)[0] == 302
    assert live(dashboard)["version"] == 2


def test_code_of_the_sites_own_waits_each_time_it_differs(dashboard: Dashboard) -> None:
    from consent.publishing.approval import risks

    draft = dashboard.draft()
    draft["tags"][1]["load"] = {"type": "html", "nodes": [{"kind": "script", "text": "one()"}]}
    expected = [f"{draft['tags'][1]['name']} runs code of the site's own"]
    assert risks(draft, None, CATALOG) == expected
    assert risks(draft, live(dashboard), CATALOG) == expected
    assert risks(draft, draft, CATALOG) == []
    draft["tags"][1]["enabled"] = False
    assert risks(draft, None, CATALOG) == []


def test_publishing_as_the_sole_user_is_shown_and_logged(dashboard: Dashboard) -> None:
    add_host(dashboard)
    with dashboard.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
    admin = dashboard.browser("admin")
    status, page = press(admin)
    assert (status, "Confirm that you publish it alone." in page) == (422, True)
    assert press(admin, alone="yes")[0] == 302
    assert HOSTS in live(dashboard)["hosts"]
    assert "Published without a second approval" in dashboard.browser("compliance").get("/sites/demo/audit").text


def test_an_invited_user_who_cannot_sign_in_yet_is_no_second_user(dashboard: Dashboard) -> None:
    add_host(dashboard)
    admin = dashboard.browser("admin")
    assert "Marketing" in admin.get("/sites/demo/publish").text
    with dashboard.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE user SET password = NULL WHERE name IN ('Marketing', 'Chief')")
    status, page = press(admin)
    assert (status, "Confirm that you publish it alone." in page) == (422, True)


def test_a_site_can_want_a_second_user_for_each_publish(dashboard: Dashboard) -> None:
    admin, marketing = dashboard.browser("admin"), dashboard.browser("marketing")
    assert marketing.post("/sites/demo/settings/publishing", {"always": "1"}).status_code == 403
    assert admin.post("/sites/demo/settings/publishing", {"always": "1"}).status_code == 302
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    press(marketing)
    assert live(dashboard)["version"] == 1
    assert "this site requires it for each publish" in admin.get("/sites/demo/publish").text
    press(admin)
    assert live(dashboard)["version"] == 2
    assert marketing.post("/sites/demo/versions/1/restore").headers["Location"] == "/sites/demo/publish"
    assert live(dashboard)["version"] == 2, "a restore waits as any other publish does"
    press(marketing)
    press(admin)
    assert live(dashboard)["version"] == 3
    with dashboard.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
    admin.post("/sites/demo/tags/demo-ads/removal")
    assert press(admin)[0] == 422
    assert press(admin, alone="yes")[0] == 302
    assert live(dashboard)["version"] == 4


def test_a_sole_user_must_reauthenticate_to_publish(world: Path, tmp_path: Path) -> None:
    times = [float(NOW)]
    for dashboard in dashboards(world, tmp_path, clock=lambda: times[0]):
        add_host(dashboard)
        with dashboard.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
        admin = dashboard.browser("admin")
        times[0] += 3600
        status, page = press(admin, alone="yes", note="new shop")
        assert (status, "Confirm it’s you" in page, 'name="note" value="new shop"' in page) == (401, True, True)
        assert live(dashboard)["version"] == 1
        assert press(admin, alone="yes", proof="wrong")[0] == 401
        assert press(admin, alone="yes", proof=PASSWORD)[0] == 302
        assert HOSTS in live(dashboard)["hosts"]


def test_the_second_user_sees_it_in_the_frame_and_on_the_overview_of_the_site(dashboard: Dashboard) -> None:
    add_host(dashboard)
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    waits = "draft waits for you"
    assert waits not in admin.get("/sites/demo/tags").text
    press(marketing)
    assert waits in admin.get("/sites/demo/tags").text
    assert "A draft is waiting for" in admin.get("/sites/demo/").text
    # The chief is on another site; the requester and users who may not publish see nothing.
    assert waits in dashboard.browser("chief").get("/sites/other/").text
    for name in ("marketing", "viewer", "compliance"):
        assert waits not in dashboard.browser(name).get("/sites/demo/").text, name
    assert waits not in dashboard.browser("stranger").get("/sites/other/").text
    # A draft changed in the meantime needs a new request.
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert waits not in admin.get("/sites/demo/tags").text


def test_an_approval_request_is_mailed_to_each_other_user_who_can_publish(world: Path, tmp_path: Path) -> None:
    with running_mail_server() as server:
        for dashboard in dashboards(world, tmp_path, mailer=Mailer(server.url, "consent@example.com")):
            add_host(dashboard)
            status, page = press(dashboard.browser("marketing"), "For the new shop")
            assert (status, "They get an email." in page) == (302, True)
            mails = [server.next(), server.next()]
            assert {mail["To"] for mail in mails} == {email_of("admin"), email_of("chief")}
            assert {mail["Subject"] for mail in mails} == {"Little Grove: a draft waits for a second user"}
            text = mails[0].get_content()
            assert "Marketing asks you to review a draft of Little Grove" in text
            assert "http://127.0.0.1:8000/sites/demo/publish" in text
            assert "Note: For the new shop" in text
            assert f"    Added: {HOSTS}" in text, "what changes stands in it"
            assert server.mails.empty()


@pytest.mark.parametrize("forged", ["approve", "yes"])
def test_no_form_field_bypasses_the_second_user(dashboard: Dashboard, forged: str) -> None:
    add_host(dashboard)
    fields = {"alone": forged, "asked_by": "b" * 32, "step": "approve"}
    press(dashboard.browser("marketing"), **fields)
    assert live(dashboard)["version"] == 1
