"""A second person looks at what may do harm before it is published, or at each publish where the site wants it so."""

import re
from pathlib import Path

import pytest

from consent.mail import Mailer
from tests.dashboard.cast import NOW, PASSWORD, Browser, Desk, desks, email_of
from tests.dashboard.test_kill_switch import live
from tests.mail_server import running_mail_server

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
    assert press(admin)[0] == 422
    assert press(admin, alone="yes")[0] == 302
    assert live(desk)["version"] == 4


def test_who_is_alone_proves_who_they_are(world: Path, tmp_path: Path) -> None:
    times = [float(NOW)]
    for desk in desks(world, tmp_path, clock=lambda: times[0]):
        add_host(desk)
        with desk.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE user SET active = 0 WHERE name IN ('Marketing', 'Chief')")
        admin = desk.browser("admin")
        times[0] += 3600
        status, page = press(admin, alone="yes", note="new shop")
        assert (status, "Is it you?" in page, 'name="note" value="new shop"' in page) == (401, True, True)
        assert live(desk)["version"] == 1
        assert press(admin, alone="yes", proof="wrong")[0] == 401
        assert press(admin, alone="yes", proof=PASSWORD)[0] == 302
        assert HOSTS in live(desk)["hosts"]


def test_the_second_person_sees_it_in_the_frame_and_on_the_overview_of_the_site(desk: Desk) -> None:
    add_host(desk)
    marketing, admin = desk.browser("marketing"), desk.browser("admin")
    waits = "draft waits for you"
    assert waits not in admin.get("/sites/demo/tags").text
    press(marketing)
    assert waits in admin.get("/sites/demo/tags").text
    assert "as the second person" in admin.get("/sites/demo/").text
    # The chief looks at another site; who asked and who may not publish see nothing.
    assert waits in desk.browser("chief").get("/sites/other/").text
    for name in ("marketing", "viewer", "compliance"):
        assert waits not in desk.browser(name).get("/sites/demo/").text, name
    assert waits not in desk.browser("stranger").get("/sites/other/").text
    # A draft that was changed meanwhile is asked for again.
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert waits not in admin.get("/sites/demo/tags").text


def test_each_who_may_publish_gets_a_mail(world: Path, tmp_path: Path) -> None:
    with running_mail_server() as server:
        for desk in desks(world, tmp_path, mailer=Mailer(server.url, "consent@example.com")):
            add_host(desk)
            status, page = press(desk.browser("marketing"), "For the new shop")
            assert (status, "They get a mail." in page) == (302, True)
            mails = [server.next(), server.next()]
            assert {mail["To"] for mail in mails} == {email_of("admin"), email_of("chief")}
            assert {mail["Subject"] for mail in mails} == {"Little Grove: a draft waits for a second person"}
            text = mails[0].get_content()
            assert "Marketing asks you to look at a draft of Little Grove" in text
            assert "http://127.0.0.1:8000/sites/demo/publish" in text
            assert "The note says: For the new shop" in text
            assert server.mails.empty()


@pytest.mark.parametrize("forged", ["approve", "yes"])
def test_no_field_of_the_form_stands_for_a_second_person(desk: Desk, forged: str) -> None:
    add_host(desk)
    fields = {"alone": forged, "asked_by": "b" * 32, "step": "approve"}
    press(desk.browser("marketing"), **fields)
    assert live(desk)["version"] == 1
