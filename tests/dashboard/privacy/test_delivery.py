"""Delivery: receivers are added, tested, paused, changed and removed; abandoned events are sent again."""

import re

import pytest
from sqlalchemy import update

from consent.dashboard.frame.context import NAME
from consent.delivery.services import DeliveryServices
from consent.outbound.public_addresses import AllowList
from consent.storage.delivery import deliveries, receivers, replays
from consent.storage.tables.accounts import User
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIVER
from tests.event_receiver import EventReceiver

HERE = "/sites/demo/delivery"
FORM = {
    "name": "Newsletter relay",
    "public_name": "Newsletter",
    "address": "https://hooks.example.com/consent/secret-path",
    "ack": "body",
    "signature": "both",
    "content_type": "json",
    "knows_accounts": "1",
    "groups": "advertising",
}


def add(dashboard: Dashboard, **facts: str) -> str:
    """Add a receiver as an admin, have another admin approve its address, and return its id."""
    answer = dashboard.browser("admin").post(f"{HERE}/new/plain", FORM | facts)
    assert answer.status_code == 200, answer.text
    added = only(dashboard).id
    dashboard.browser("chief").post(f"{HERE}/{added}/approval")
    return added


def services_of(dashboard: Dashboard) -> DeliveryServices:
    found: DeliveryServices = dashboard.app.extensions[NAME].privacy.delivery
    return found


def only(dashboard: Dashboard) -> receivers.ReceiverRow:
    with dashboard.engine.connect() as connection:
        [row] = [one for one in receivers.every(connection) if one.id != RECEIVER]
    return row


def test_keys_are_shown_once_and_the_path_of_an_address_is_in_no_log(dashboard: Dashboard) -> None:
    browser = dashboard.browser("admin")
    page = browser.post(f"{HERE}/new/plain", FORM).text
    shown = set(re.findall(r"wh(?:sec|pk)_[\w+/]{43}=", page))
    assert len(shown) == 3
    again = browser.get(f"{HERE}/{only(dashboard).id}").text
    assert not any(secret in again for secret in shown)
    assert "Newsletter relay" in browser.get(HERE).text
    trail = dashboard.browser("compliance").get("/sites/demo/audit").text
    assert "Added a receiver of choices" in trail
    assert "secret-path" not in trail


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "A receiver needs a name of up to 100 characters."),
        ("address", "http://hooks.example.com/", "The address must begin with https://."),
        ("address", "", "The address must begin with https://."),
        ("address", "https://127.0.0.1/", "127.0.0.1 has an address that is not on the public Internet."),
        ("ack", "perhaps", "Choose one of these."),
        ("signature", "none", "Choose one of these."),
    ],
)
def test_an_invalid_value_is_reported_beside_its_field(
    dashboard: Dashboard, field: str, value: str, sentence: str
) -> None:
    answer = dashboard.browser("admin").post(f"{HERE}/new/plain", FORM | {field: value})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    with dashboard.engine.connect() as connection:
        assert [one.id for one in receivers.every(connection)] == [RECEIVER]


def test_a_secret_of_a_tool_stays_where_its_field_is_left_empty(dashboard: Dashboard) -> None:
    browser = dashboard.browser("admin")
    categories = {f"category_{group}": group for group in ("functional", "analytics", "advertising")}
    form = {"name": "Segment", "write_key": "very-secret", **categories}
    assert browser.post(f"{HERE}/new/segment", form).status_code == 200
    before = only(dashboard)
    assert before.address == "https://api.segment.io"
    page = browser.get(f"{HERE}/{before.id}/settings").text
    assert "very-secret" not in page
    assert browser.post(f"{HERE}/{before.id}/settings", form | {"write_key": "", "name": "Other"}).status_code == 302
    assert (only(dashboard).name, only(dashboard).secret_sealed) == ("Other", before.secret_sealed)


def test_a_secret_of_a_tool_is_sent_to_no_other_server(dashboard: Dashboard) -> None:
    browser = dashboard.browser("admin")
    categories = {f"category_{group}": group for group in ("functional", "analytics", "advertising")}
    form = {"name": "Segment", "write_key": "very-secret", **categories}
    browser.post(f"{HERE}/new/segment", form)
    before = only(dashboard)
    elsewhere = form | {"write_key": "", "address": "https://evil.example.com"}
    answer = browser.post(f"{HERE}/{before.id}/settings", elsewhere)
    assert (answer.status_code, "The stored secret is not sent to another server" in answer.text) == (422, True)
    assert only(dashboard) == before
    assert browser.post(f"{HERE}/{before.id}/settings", elsewhere | {"write_key": "another"}).status_code == 302
    assert only(dashboard).address == "https://evil.example.com"


def test_a_user_who_is_not_admin_sees_receivers_and_cannot_change_them(dashboard: Dashboard) -> None:
    receiver = add(dashboard)
    browser = dashboard.browser("compliance")
    page = browser.get(f"{HERE}/{receiver}").text
    assert ("Newsletter relay" in page, "Send a test" in page, "Remove" in page) == (True, False, False)
    for path in ("test", "switch", "secret", "removal", "settings", "approval", "approval/removal"):
        assert browser.post(f"{HERE}/{receiver}/{path}").status_code == 403
    assert dashboard.browser("marketing").get(HERE).status_code == 403


def test_a_receiver_is_paused_resumed_and_removed(dashboard: Dashboard) -> None:
    receiver, browser = add(dashboard), dashboard.browser("admin")
    for state in ("paused", "on"):
        browser.post(f"{HERE}/{receiver}/switch")
        assert only(dashboard).state == state
    first = only(dashboard).secret_no
    assert "shown only once" in browser.post(f"{HERE}/{receiver}/secret").text
    assert only(dashboard).secret_no == first + 1
    assert browser.post(f"{HERE}/{receiver}/removal").status_code == 302
    assert browser.get(f"{HERE}/{receiver}").status_code == 404


def test_a_test_event_shows_the_response_of_the_receiver(dashboard: Dashboard) -> None:
    heard = EventReceiver()
    receiver, browser = add(dashboard), dashboard.browser("admin")
    with dashboard.engine.begin() as connection:
        receivers.change(connection, receiver, address="https://127.0.0.1/")  # a host name may resolve to this later
    browser.post(f"{HERE}/{receiver}/test")
    assert "has an address that is not on the public Internet" in browser.get(f"{HERE}/{receiver}").text
    with dashboard.engine.begin() as connection:
        receivers.change(connection, receiver, address=heard.url)
    senders = services_of(dashboard).senders
    senders.drop(receiver)
    senders.allowed = AllowList((heard.host,))
    heard.acks = "applied"
    browser.post(f"{HERE}/{receiver}/test")
    assert "answered 200" in browser.get(f"{HERE}/{receiver}").text
    assert heard.posts[0].event["type"] == "consent.test"
    senders.allowed = AllowList()
    senders.drop(receiver)
    heard.close()


def test_abandoned_deliveries_are_listed_and_can_be_resent(dashboard: Dashboard) -> None:
    browser, here = dashboard.browser("compliance"), f"{HERE}/{RECEIVER}"
    page = browser.get(here).text
    assert ("It returned 500." in page, "withdraws consent" in page, "job-17" in page) == (True, True, True)
    browser.post(f"{here}/resend", {"n": "1"})
    with dashboard.engine.connect() as connection:
        assert deliveries.state_of(connection, RECEIVER, 1) == "retry"
    browser.post(f"{here}/resend", {"n": "1"})
    assert "None of these events is listed as failed anymore." in browser.get(here).text
    assert browser.post(f"{here}/replay", {"since": "soon", "subjects": "all"}).status_code == 422
    assert browser.post(f"{here}/replay", {"since": "2026-11-20", "subjects": "all"}).status_code == 302
    with dashboard.engine.connect() as connection:
        replay = replays.running(connection, RECEIVER)
    assert replay is not None
    assert (replay.next_n, replay.to_n) == (1, 3)


def test_a_new_receiver_gets_no_events_before_a_second_admin_has_approved_it(dashboard: Dashboard) -> None:
    admin, here = dashboard.browser("admin"), HERE
    admin.post(f"{here}/new/plain", FORM)
    added = only(dashboard)
    here = f"{here}/{added.id}"
    assert added.state == "proposed"
    assert [admin.post(f"{here}/{path}").status_code for path in ("test", "switch", "snapshot")] == [404, 404, 404]
    admin.post(f"{here}/approval")
    assert "Someone else has to approve an address that you entered." in admin.get(here).text
    assert only(dashboard).state == "proposed"
    chief = dashboard.browser("chief")
    page = chief.get(here).text
    assert ("Admin added this receiver" in page, FORM["address"] in page) == (True, True)
    assert chief.post(f"{here}/approval").status_code == 302
    assert (only(dashboard).state, only(dashboard).proposed_by) == ("on", None)
    assert "Approved the address of a receiver" in dashboard.browser("compliance").get("/sites/demo/audit").text


def test_a_new_address_waits_for_approval_and_the_old_one_stays_in_use(dashboard: Dashboard) -> None:
    receiver, admin, chief = add(dashboard), dashboard.browser("admin"), dashboard.browser("chief")
    here, moved = f"{HERE}/{receiver}", "https://elsewhere.example.com/hook"
    for outcome in ("discarded", "approved"):
        admin.post(f"{here}/settings", FORM | {"address": moved, "name": "Moved"})
        waiting = only(dashboard)
        assert (waiting.address, waiting.name, waiting.state) == (FORM["address"], "Newsletter relay", "on")
        assert moved.encode() not in (waiting.proposed or b"")
        assert moved in chief.get(here).text
        chief.post(f"{here}/approval" + ("/removal" if outcome == "discarded" else ""))
        assert only(dashboard).address == (moved if outcome == "approved" else FORM["address"])
    assert (only(dashboard).name, only(dashboard).proposed) == ("Moved", None)


def test_a_sole_admin_needs_no_approval(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        connection.execute(update(User).where(User.name == "Chief").values(active=False))
    dashboard.browser("admin").post(f"{HERE}/new/plain", FORM)
    assert only(dashboard).state == "on"


def test_the_pages_of_delivery_are_in_the_language_of_their_reader(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    page = admin.get(f"{HERE}/{RECEIVER}", Accept_Language="de").text
    assert ("Die Antwort war 500." in page, "Widerruf oder Ablehnung" in page) == (True, True)
    assert "Signiertes Ereignis" in admin.get(HERE, Accept_Language="de").text
    form = admin.post(f"{HERE}/new/segment", {"name": ""}, Accept_Language="fr").text
    assert ("Clé d’écriture de la source" in form, "Un destinataire doit avoir un nom" in form) == (True, True)
