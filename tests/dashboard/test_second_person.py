"""A second person looks at what may do harm before it is published, or at each publish where the site wants it so."""

import re

import pytest

from tests.dashboard.cast import Browser, Desk
from tests.dashboard.test_kill_switch import live

HOSTS = "https://new.example"


def press(browser: Browser, note: str = "", **fields: str) -> tuple[int, str]:
    """Press the button of the page as it stands; return the status and what the next page says."""
    page = browser.get("/sites/demo/publish").text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision, page
    answer = browser.post("/sites/demo/publish", {"revision": revision[1], "note": note} | fields)
    return answer.status_code, browser.get("/sites/demo/publish").text if answer.status_code == 302 else answer.text


def add_host(desk: Desk) -> None:
    desk.browser("admin").post("/sites/demo/settings/hosts", {"hosts": "\n".join([*desk.draft()["hosts"], HOSTS])})


def test_a_new_host_waits_until_somebody_else_has_looked(desk: Desk) -> None:
    add_host(desk)
    marketing, admin = desk.browser("marketing"), desk.browser("admin")
    status, page = press(marketing, "For the new shop")
    assert status == 302
    assert live(desk)["version"] == 1
    assert f"{HOSTS} is a new host" in page
    assert "Take the question back" in page
    assert press(marketing)[0] == 422
    assert live(desk)["version"] == 1
    page = admin.get("/sites/demo/publish").text
    assert "Marketing asks you to look" in page
    assert 'value="For the new shop"' in page
    assert press(admin, "For the new shop")[0] == 302
    assert HOSTS in live(desk)["hosts"]
    assert "Marketing, seen by Admin" in admin.get("/sites/demo/versions").text


def test_what_was_changed_after_the_question_is_asked_again(desk: Desk) -> None:
    add_host(desk)
    marketing, admin = desk.browser("marketing"), desk.browser("admin")
    press(marketing)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert "Ask a second person" in admin.get("/sites/demo/publish").text
    press(admin)
    assert live(desk)["version"] == 1
    assert "Admin asks you to look" in marketing.get("/sites/demo/publish").text


def test_a_question_is_taken_back(desk: Desk) -> None:
    add_host(desk)
    marketing = desk.browser("marketing")
    press(marketing)
    marketing.post("/sites/demo/publish/request/removal")
    assert "Ask a second person" in desk.browser("admin").get("/sites/demo/publish").text


def test_a_group_that_becomes_essential_waits_and_an_ordinary_change_does_not(desk: Desk) -> None:
    from consent.snapshots.second_person import risks

    draft, config = desk.draft(), live(desk)
    assert risks(draft, config) == []
    draft["tags"][1]["group"] = "essential"
    next(one for one in draft["cookies"] if one["group"] == "advertising")["group"] = "essential"
    name = draft["tags"][1]["name"]
    assert risks(draft, config)[0] == f"{name} becomes essential and runs without consent"
    assert risks(draft, config)[1].endswith("becomes essential and stays after a refusal")
    assert risks(draft, None) == []


def test_code_of_the_sites_own_waits_each_time_it_differs(desk: Desk) -> None:
    from consent.snapshots.second_person import risks

    draft = desk.draft()
    draft["tags"][1]["load"] = {"type": "html", "nodes": [{"kind": "script", "text": "one()"}]}
    expected = [f"{draft['tags'][1]['name']} runs code of the site's own"]
    assert risks(draft, None) == expected
    assert risks(draft, live(desk)) == expected
    assert risks(draft, draft) == []
    draft["tags"][1]["enabled"] = False
    assert risks(draft, None) == []


def test_who_is_alone_says_so_and_the_log_does_too(desk: Desk) -> None:
    add_host(desk)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
    admin = desk.browser("admin")
    status, page = press(admin)
    assert (status, "Say that you publish it alone." in page) == (422, True)
    assert press(admin, alone="yes")[0] == 302
    assert HOSTS in live(desk)["hosts"]
    assert "alone" in desk.browser("compliance").get("/sites/demo/audit").text


def test_a_site_can_want_a_second_person_for_each_publish(desk: Desk) -> None:
    admin, marketing = desk.browser("admin"), desk.browser("marketing")
    assert marketing.post("/sites/demo/settings/publishing", {"always": "1"}).status_code == 403
    assert admin.post("/sites/demo/settings/publishing", {"always": "1"}).status_code == 302
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    press(marketing)
    assert live(desk)["version"] == 1
    assert "this site wants it for each publish" in admin.get("/sites/demo/publish").text
    press(admin)
    assert live(desk)["version"] == 2
    assert marketing.post("/sites/demo/versions/1/restore").status_code == 302
    assert live(desk)["version"] == 3
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
    admin.post("/sites/demo/tags/demo-ads/removal")
    assert press(admin, alone="yes")[0] == 422
    assert live(desk)["version"] == 3


@pytest.mark.parametrize("forged", ["approve", "yes"])
def test_no_field_of_the_form_stands_for_a_second_person(desk: Desk, forged: str) -> None:
    add_host(desk)
    fields = {"alone": forged, "asked_by": "b" * 32, "step": "approve"}
    press(desk.browser("marketing"), **fields)
    assert live(desk)["version"] == 1
