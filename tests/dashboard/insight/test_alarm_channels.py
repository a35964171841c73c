"""A site's alarm channels, set up on the *Alarms* page."""

import dataclasses

import pytest
from playwright.sync_api import Browser, expect

from consent.alarms import Notifier
from consent.alarms.services import Notifications
from consent.outbound.mail import Mailer
from consent.storage.operations import alarm_channels
from consent.storage.operations.alarm_channels import MAX_CHANNELS
from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIVER
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

ALARMS = "/sites/demo/alarms"
SLACK = {"kind": "slack", "address": "https://hooks.slack.example/services/T0/B0/secret", "alarms": "1"}


def channels(dashboard: Dashboard) -> list[tuple[str, str, bool, bool]]:
    with dashboard.engine.connect() as connection:
        return [
            (one.kind, one.address, one.alarms, one.weekly_since is not None)
            for one in alarm_channels.of_site(connection, 1)
        ]


def with_mail(dashboard: Dashboard) -> None:
    given = dashboard.app.extensions["consent_dashboard"]
    mailer = Mailer("smtp://127.0.0.1:1", "consent@example.com")
    dashboard.app.extensions["consent_dashboard"] = dataclasses.replace(
        given, notifications=Notifications(mailer, Notifier(mailer), 60)
    )


def test_adding_and_removing_channels_is_audited(dashboard: Dashboard) -> None:
    with_mail(dashboard)
    admin = dashboard.browser("admin")
    assert admin.post(f"{ALARMS}/channels", SLACK).status_code == 302
    page = admin.get(ALARMS).text
    assert "Slack at hooks.slack.example" in page
    assert "B0/secret" not in page
    mail = {"kind": "mail", "address": "ann@example.org", "weekly": "1"}
    assert admin.post(f"{ALARMS}/channels", mail).status_code == 302
    assert channels(dashboard)[1:] == [
        ("slack", SLACK["address"], True, False),
        ("mail", "ann@example.org", False, True),
    ]
    again = admin.post(f"{ALARMS}/channels", SLACK)
    assert (again.status_code, "This site has this channel already." in again.text) == (422, True)
    admin.post(f"{ALARMS}/channels/2/removal")
    assert [one[0] for one in channels(dashboard)] == ["webhook", "mail"]
    trail = dashboard.browser("compliance").get("/sites/demo/audit").text
    assert "Added a channel for alarms" in trail
    assert "Removed a channel for alarms" in trail
    assert "B0/secret" not in trail


def test_two_channels_at_one_host_are_told_apart_by_their_names(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post(f"{ALARMS}/channels", SLACK | {"label": " Marketing \u202e"})
    admin.post(f"{ALARMS}/channels", SLACK | {"address": "https://hooks.slack.example/services/T0/B1/other"})
    page = admin.get(ALARMS).text
    assert "Marketing (hooks.slack.example)" in page
    assert "Slack at hooks.slack.example" in page
    admin.post(f"{ALARMS}/channels/3", {"label": "Shop team", "alarms": "1"})
    assert "Shop team (hooks.slack.example)" in admin.get(ALARMS).text
    admin.post(f"{ALARMS}/channels/2", {"label": "", "alarms": "1"})
    assert "Marketing (" not in admin.get(ALARMS).text
    assert admin.post(f"{ALARMS}/channels/99", {"alarms": "1"}).status_code == 404
    assert "Changed a channel for alarms" in dashboard.browser("compliance").get("/sites/demo/audit").text


def test_a_channel_has_a_language_at_first_that_of_the_page(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post(f"{ALARMS}/channels", SLACK, Accept_Language="fr")
    page = admin.get(ALARMS).text
    assert '<small lang="fr">Français</small>' in page
    assert '<small lang="en">English</small>' in page, "the channel that was there before"
    edited = {"label": "Team", "language": "de", "weekly": "1"}
    assert admin.post(f"{ALARMS}/channels/2", edited).status_code == 302
    with dashboard.engine.connect() as connection:
        changed = alarm_channels.of_site(connection, 1)[1]
    assert (changed.label, changed.language, changed.alarms) == ("Team", "de", False)
    assert changed.weekly_since is not None
    for wrong, sentence in (({"language": "nl"}, "Choose a language."), ({"weekly": ""}, "Choose alarms,")):
        answer = admin.post(f"{ALARMS}/channels/2", edited | wrong)
        assert (answer.status_code, sentence in answer.text, 'value="Team"' in answer.text) == (422, True, True)


def test_a_test_goes_to_one_channel(dashboard: Dashboard) -> None:
    with_mail(dashboard)
    admin = dashboard.browser("admin")
    admin.post(f"{ALARMS}/channels", {"kind": "mail", "address": "ann@example.org", "alarms": "1"})
    page = admin.get(admin.post(f"{ALARMS}/channels/2/test").location).text
    assert "The test failed: ann@example.org" in page, "its mail server does not answer"
    assert "hooks.example" not in page.split("The test failed:")[1].split("</")[0]
    assert admin.post(f"{ALARMS}/channels/99/test").status_code == 404
    assert dashboard.browser("viewer").post(f"{ALARMS}/channels/2/test").status_code == 403


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "fax"}, "Choose where messages go."),
        ({"kind": "mail"}, "Enter an email address"),
        ({"address": "http://hooks.slack.example/x"}, "The address must begin with https://."),
        ({"address": "https://ann:word@hooks.slack.example/x"}, "user name and password"),
        ({"address": "https://"}, "needs the name of a host"),
        ({"address": "https://192.168.1.5/hook"}, "192.168.1.5 has an address that is not on the public Internet."),
        ({"alarms": "0"}, "Choose alarms, the weekly summary, or both."),
    ],
)
def test_an_invalid_channel_is_reported_beside_the_field(
    dashboard: Dashboard, fields: dict[str, str], sentence: str
) -> None:
    with_mail(dashboard)
    answer = dashboard.browser("admin").post(f"{ALARMS}/channels", SLACK | fields)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert [one[0] for one in channels(dashboard)] == ["webhook"]


def test_mail_requires_a_server_and_a_site_has_a_maximum_number_of_channels(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    answer = admin.post(f"{ALARMS}/channels", {"kind": "mail", "address": "ann@example.org", "alarms": "1"})
    assert "no mail server is set" in answer.text
    for number in range(MAX_CHANNELS + 1):
        answer = admin.post(f"{ALARMS}/channels", SLACK | {"address": f"https://hooks.example.com/{number}"})
    assert f"at most {MAX_CHANNELS} channels" in answer.text
    assert len(channels(dashboard)) == MAX_CHANNELS


@pytest.mark.parametrize("role", ["marketing", "viewer"])
def test_a_user_without_permission_to_set_channels_sees_no_form(dashboard: Dashboard, role: str) -> None:
    browser = dashboard.browser(role)
    assert browser.post(f"{ALARMS}/channels", SLACK).status_code == 403
    assert "Add a channel</summary>" not in browser.get(ALARMS).text


def test_one_test_at_a_time_leaves_each_site_and_few_those_of_all(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")

    def said(path: str) -> str:
        answer = admin.post(path)
        return admin.get(answer.location).text

    wait = "A test was sent just now. Wait a minute, then send another."
    assert wait not in said(f"{ALARMS}/test")
    assert wait in said(f"{ALARMS}/test")
    receiver = f"/sites/demo/delivery/{RECEIVER}/test"
    assert [wait in said(receiver) for _ in range(7)] == [False] * 6 + [True]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_hint_of_the_address_is_that_of_the_chosen_kind(browser: Browser, served: str, width: int) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in("admin")
        view.open("/sites/demo/alarms")
        page.get_by_text("Add a channel").click()
        page.get_by_label("Send to").select_option("slack")
        expect(
            page.get_by_role("textbox", name="Address of the channel the URL of an incoming webhook from Slack")
        ).to_be_visible()
        page.get_by_label("Send to").select_option("mail")
        expect(page.get_by_text("an email address, such as ann@example.com")).to_be_visible()
        expect(page.get_by_text("an incoming webhook from Slack")).to_be_hidden()
        expect(page.get_by_text("such as the name of the team or person")).to_be_visible()
        page.get_by_label("Send to").select_option("slack")
        page.get_by_label("Address of the channel").fill("http://hooks.slack.example/a")
        view.expected = ("422",)
        page.get_by_role("button", name="Add channel").click()
        expect(page.get_by_text("The address must begin with https://.")).to_be_visible()
        page.get_by_label("Send to").select_option("teams")
        expect(page.get_by_text("The address must begin with https://.")).to_have_count(0)
        expect(page.get_by_label("Address of the channel")).not_to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("such as the name of the Teams channel")).to_be_visible()
        expect(page.get_by_text("such as the name of the Slack channel")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page_problems(page) == []
