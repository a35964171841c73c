"""Channels that a site's users set up: who gets which alarm, the format of the messages, and the weekly summary."""

import dataclasses
import socket

import pytest

from consent.alarms.channel_messages import MAX_SLACK_TEXT, Message, body_for
from consent.alarms.notifier import Notifier, channel_label, send_test
from consent.alarms.weekly_summary import last_due
from consent.outbound.mail import Mailer
from consent.outbound.public_addresses import AllowList
from consent.storage.operations.alarm_channels import KINDS, MAIL, SLACK, TEAMS, WEBHOOK, Channel
from consent.storage.operations.alarms import ActiveAlarm
from consent.storage.sites.sites import SiteRow
from tests.dashboard.sample_data import NOW
from tests.mail_server import running_mail_server
from tests.webhook_receiver import running_receiver

WEEK = 7 * 86400
SHOP = SiteRow(1, "shop", "The shop", None, 0)
MESSAGE = Message(
    "Trackers <leak>",
    ("_ga & _fbp.", "Since then."),
    "https://c.example/sites/shop/",
    {"kind": "leak"},
    "Open the dashboard",
)


def test_slack_gets_plain_text_with_its_three_signs_escaped() -> None:
    body = body_for(SLACK, MESSAGE)
    assert (body["text"], body["mrkdwn"]) == ("Trackers &lt;leak&gt;: _ga &amp; _fbp.", False)
    title, lines, more = body["blocks"]
    assert (title["type"], title["text"]["text"]) == ("header", "Trackers &lt;leak&gt;")
    assert lines["text"] == {"type": "plain_text", "text": "_ga &amp; _fbp.\nSince then.", "emoji": False}
    assert title["text"]["type"] == "plain_text"
    assert more["elements"][0]["text"] == "<https://c.example/sites/shop/|Open the dashboard>"
    long = body_for(SLACK, MESSAGE._replace(title="<" * 100, lines=("x" * 9000,)))
    title, lines, _ = long["blocks"]
    assert title["text"]["text"] == "&lt;" * 37 + "…"
    assert len(lines["text"]["text"]) == MAX_SLACK_TEXT
    assert [block["type"] for block in body_for(SLACK, MESSAGE._replace(lines=()))["blocks"]] == ["header", "context"]


def test_teams_gets_an_adaptive_card_and_a_webhook_the_facts() -> None:
    (attachment,) = body_for(TEAMS, MESSAGE)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    # A TextBlock renders Markdown: a site named "[Sign in](https://evil.example)" would become a link.
    assert {one["type"] for one in card["body"]} == {"RichTextBlock"}
    runs = [run for one in card["body"] for run in one["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert [run["text"] for run in runs] == ["Trackers <leak>", "_ga & _fbp.", "Since then."]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the dashboard", "url": "https://c.example/sites/shop/"}
    ]
    assert body_for(WEBHOOK, MESSAGE) == {
        "kind": "leak",
        "language": "en",
        "title": "Trackers <leak>",
        "text": "_ga & _fbp.\nSince then.",
        "url": "https://c.example/sites/shop/",
    }


@pytest.mark.server
def test_a_test_message_reaches_each_kind_but_no_internal_address() -> None:
    with running_mail_server() as mail, running_receiver() as receiver:
        notifier = Notifier(Mailer(mail.url, "consent@example.com"), base_url="https://c.example")
        of_site = [
            Channel(number, 1, kind, "ann@example.org" if kind == MAIL else receiver.url, True, None)
            for number, kind in enumerate(KINDS)
        ]
        inside = send_test(notifier, NOW, SHOP, of_site)
        assert inside.reached == ["channel 0"]
        assert mail.next()["Subject"] == "[shop] Test message"
        assert "must begin with https://" in inside.failed["channel 1"]
        assert receiver.got == []
        allowed = dataclasses.replace(notifier, allowed=AllowList(("127.0.0.1",)))
        assert send_test(allowed, NOW, SHOP, of_site).failed == {}
        [slack] = [body for body in receiver.got if "blocks" in body]
        [teams] = [body for body in receiver.got if "attachments" in body]
        [plain] = [body for body in receiver.got if "kind" in body]
        assert slack["text"] == "Test message: This is a test for The shop. Nothing is wrong."
        assert teams["type"] == "message"
        assert (plain["kind"], plain["site"]) == ("test", "shop")
        receiver.answers = [302, 410]
        again = send_test(allowed, NOW, SHOP, of_site[1:3])
        assert sorted(why.rpartition(": ")[2] for why in again.failed.values()) == [
            "it returned 302",
            "it returned 410",
        ]


@pytest.mark.server
def test_unresponsive_channels_do_not_delay_others_and_are_reported() -> None:
    with running_receiver() as receiver, socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        notifier = Notifier(Mailer(f"smtp://{address}", "consent@example.com"), allowed=AllowList(("127.0.0.1",)))
        of_site = [Channel(number, 1, SLACK, f"http://{address}/{number}", True, None) for number in range(11)]
        of_site[3] = Channel(3, 1, MAIL, "ann@example.org", True, None)
        of_site.append(Channel(11, 1, WEBHOOK, receiver.url, True, None))
        alarm = ActiveAlarm(1, "leak", NOW, "A leak.", None)
        named = {one.name: one for one in of_site}
        done = notifier.notify(alarm, "shop", list(named), named, within_s=0.5)
    assert done.reached == ["channel 11"]
    assert done.failed["channel 3"] == "ann@example.org: it did not respond in time"
    assert {why.lower() for name, why in done.failed.items() if name != "channel 3"} == {
        "slack at 127.0.0.1: it did not respond in time"
    }


def test_a_channel_label_does_not_reveal_the_secret_path_of_its_address() -> None:
    channel = Channel(1, 1, SLACK, "https://hooks.slack.example/services/T0/B0/secret", True, None)
    assert channel_label(channel) == "Slack at hooks.slack.example"


def test_a_summary_is_due_on_mondays_at_seven() -> None:
    monday = 1_764_547_200  # 2025-12-01, 00:00 UTC
    assert last_due(monday + 7 * 3600) == monday + 7 * 3600
    assert last_due(monday + 7 * 3600 - 1) == monday + 7 * 3600 - WEEK
    assert last_due(monday + WEEK - 1) == monday + 7 * 3600
