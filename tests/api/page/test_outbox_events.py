"""A choice and its event are written together; receivers learn what is now allowed for known accounts, and no more."""

import json
import secrets
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

import consent
from consent.delivery import manage
from consent.log.audit_author import AuditActor, Author
from consent.runtime.account_events import AccountEvents
from consent.signing.subject_token import subject_of
from consent.storage.delivery import outbox, receivers
from consent.storage.log import entries
from consent.storage.sites import sites
from consent.storage.tables.delivery import OutboxEvent
from consent.storage.tables.subjects import SubjectAccount
from tests.api.shop import DATABASES, any_shop_in, open_shop
from tests.event_receiver import EventReceiver
from tests.polling import wait_for
from tests.subjects import ACCOUNT, ID_KEY, Device, make_key

pytestmark = [pytest.mark.app, pytest.mark.extended]

SUB = subject_of(ID_KEY, "shop", ACCOUNT)
FIELDS = manage.ReceiverFields("Relay", "Newsletter", "plain", "", {}, (), "none", True, "v1", "json")
SCHEMA = Draft202012Validator(json.loads((Path(consent.__file__).parent / "data" / "consent-event-1.json").read_text()))
REASON = {"reason": "By letter of 20 November"}


@pytest.fixture
def heard():
    receiver = EventReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def told(tmp_path, heard):
    """Open the shop with a receiver that knows accounts."""
    shop = open_shop(tmp_path, delivery_hosts=(heard.host,))
    add_receiver(shop, heard.url)
    yield shop
    shop.service.close()


@contextmanager
def shop_with_receiver(request, folder, database, heard):
    """Open the shop on a database, with a receiver that knows accounts."""
    request.param = database
    with any_shop_in(request, folder) as shop:
        senders = shop.service.context.privacy.delivery.senders
        senders.allowed = type(senders.allowed)((heard.host,))
        add_receiver(shop, heard.url)
        yield shop


def add_receiver(shop, url, **facts):
    context = shop.service.context
    delivery, author = context.privacy.delivery, Author(AuditActor("tests"), context.keys.receipt)
    with context.engine.begin() as connection:
        site = sites.by_key(connection, "shop")
        made, secret = manage.add_receiver(
            connection,
            delivery.keys,
            delivery.senders.allowed,
            site,
            author,
            FIELDS._replace(address=url, **facts),
            int(time.time()),
        )
        delivery.directory.replace(receivers.every(connection))
    return made, secret


def events_of(shop):
    with shop.service.context.engine.connect() as connection:
        return connection.execute(select(OutboxEvent).order_by(OutboxEvent.time)).all()


def cookies_in(answer):
    return "; ".join(cookie.split(";")[0] for cookie in answer.headers.getlist("Set-Cookie"))


def newest(heard, count):
    heard.wait_for(count)
    event = heard.posts[count - 1].event
    assert list(SCHEMA.iter_errors(event)) == []
    return event


@pytest.mark.parametrize("database", DATABASES)
def test_a_grant_and_its_withdrawal_are_sent_in_order_under_one_subject(request, tmp_path, heard, database):
    with shop_with_receiver(request, tmp_path, database, heard) as shop:
        granted = shop.choose(shop.choice(), Host="www.example.com")
        cookies = cookies_in(granted)
        event = newest(heard, 1)
        assert event["data"]["receipt"] == granted.json["id"]
        assert event["data"]["allowed"] == {
            "groups": {"functional": True, "analytics": True, "advertising": True},
            "vendors": {"chat": True, "ga": True, "ads": True},
            "purposes": {"chat": True, "visitor_statistics": True, "retargeting": True},
        }
        body = shop.choice("reject_all", granted=False) | {"key": secrets.token_hex(16)}
        taken_back = shop.choose(body, Cookie=cookies, Host="www.example.com")
        after = newest(heard, 2)
        assert after["data"]["receipt"] == taken_back.json["id"]
        assert after["data"]["refused"] == ["advertising", "analytics", "functional"]
        assert not any(after["data"]["allowed"]["vendors"].values())
        assert (after["subject"], after["data"]["version"]) == (event["subject"], 2)


def test_a_first_refusal_writes_no_event(told, heard):
    assert told.choose(told.choice("reject_all", granted=False)).status_code == 201
    assert events_of(told) == []


def test_a_site_without_receivers_writes_no_event(shop):
    assert shop.choose(shop.choice()).status_code == 201
    assert events_of(shop) == []


def test_a_repeated_request_writes_no_second_event(told, heard):
    body = told.choice()
    assert [told.choose(body).status_code, told.choose(body).status_code] == [201, 200]
    assert len(events_of(told)) == 1


def test_gpc_is_sent_as_a_refusal_regardless_of_the_click(told, heard):
    told.choose(told.choice(), Sec_GPC="1")
    data = newest(heard, 1)["data"]
    assert (data["signals"], data["allowed"]["groups"]["advertising"]) == ({"gpc": True}, False)
    assert "advertising" in data["refused"]


def test_an_account_is_named_only_to_receivers_that_know_accounts(told, heard):
    stranger = EventReceiver()
    allowed = told.service.context.privacy.delivery.senders
    allowed.allowed = type(allowed.allowed)((heard.host, stranger.host))
    add_receiver(told, stranger.url, knows_accounts=False)
    device = Device(told, make_key(told))
    answer = device.choose(granted=True)
    event, other = newest(heard, 1), newest(stranger, 1)
    stranger.close()
    assert event["data"]["who"]["sub"] == SUB
    assert (event["data"]["scope"], event["data"]["version"]) == ("account", answer.json["account"]["version"])
    assert "sub" not in other["data"]["who"]
    assert SUB not in "".join(row.body for row in events_of(told))
    with told.service.context.engine.connect() as connection:
        account = connection.execute(select(SubjectAccount)).one()
    assert account.sub_sealed
    assert SUB.encode() not in account.sub_sealed


def test_a_refusal_on_the_phone_and_one_by_letter_are_sent_for_the_account(told, heard):
    key = make_key(told)
    Device(told, key).choose(granted=True)
    Device(told, key).choose(granted=False)
    after = newest(heard, 2)
    assert not any(after["data"]["allowed"]["groups"].values())
    assert set(after["data"]["refused"]) == {"functional", "analytics", "advertising"}
    headers = {"Authorization": told.token("accounts:refuse"), "Content-Type": "application/json"}
    body = {"key": "d" * 32, "sub": SUB, "choices": {"analytics": False}, "country": "FR"}
    assert told.client.post("/api/v1/sites/shop/accounts/refuse", json=body, headers=headers).status_code == 201
    letter = newest(heard, 3)
    assert (letter["data"]["method"], letter["data"]["refused"]) == ("api", ["analytics"])
    assert letter["subject"] == after["subject"]


def test_a_device_that_is_kept_apart_sends_no_account(told, heard):
    device = Device(told, make_key(told))
    device.choose(granted=True, scope="device")
    data = newest(heard, 1)["data"]
    assert (data["scope"], "sub" in data["who"]) == ("device", False)


def test_an_erased_account_is_revoked_at_every_receiver_and_deleted(told, heard):
    device = Device(told, make_key(told))
    device.choose(granted=True)
    before = newest(heard, 1)
    headers = {"Authorization": told.token("privacy:erase"), "Content-Type": "application/json"}
    body = {"sub": SUB, "level": "full"}
    assert told.client.post("/api/v1/sites/shop/accounts/close", json=body, headers=headers).status_code == 204
    after = newest(heard, 2)
    assert (after["type"], after["subject"]) == ("account.closed", before["subject"])
    assert (after["data"]["receipt"], after["data"]["who"]["sub"]) == (None, SUB)
    assert not any(after["data"]["allowed"]["groups"].values())
    # Of the event that was the last, only the number is left.
    blank, closed = events_of(told)
    assert (blank.receiver_id, blank.subject_no, blank.body, blank.sealed) == (outbox.NOBODY, blank.id, "{}", None)
    assert closed.type == "account.closed"


def test_an_erased_visitor_is_revoked_at_every_receiver(told, heard):
    granted = told.choose(told.choice())
    newest(heard, 1)
    headers = {"Authorization": told.token("privacy:erase"), "Content-Type": "application/json"}
    body = {"receipt": granted.json["id"], "level": "full", **REASON}
    assert told.client.post("/api/v1/sites/shop/erasures", json=body, headers=headers).status_code == 201
    assert newest(heard, 2)["type"] == "consent.erased"


def test_includes_the_id_from_the_receivers_own_cookie_when_present(told, heard):
    values = {"measurement_id": "G-ABC1234567", "api_secret": "s"}
    add_receiver(told, heard.url, adapter="google_server_side", values=values, knows_accounts=False)
    told.choose(told.choice(), Cookie="_ga=GA1.1.1234567.7654321; other=1")
    heard.wait_for(2)
    by_path = {post.path.partition("?")[0]: post.event for post in heard.posts}
    assert by_path["/hear/mp/collect"]["client_id"] == "1234567.7654321"
    assert by_path["/hear"]["data"]["who"]["browser"] == {"client_id": "1234567.7654321"}
    assert "7654321" not in "".join(row.body for row in events_of(told))


def test_a_receiver_is_listed_and_replayed_by_api_and_an_unsigned_ack_is_rejected(told, heard):
    told.choose(told.choice())
    newest(heard, 1)
    headers = {"Authorization": told.token("delivery:write"), "Content-Type": "application/json"}
    for _ in range(100):
        [item] = told.client.get("/api/v1/sites/shop/receivers", headers=headers).json["items"]
        if not item["pending"]:
            break
        time.sleep(0.05)
    assert (item["name"], item["state"], item["pending"]) == ("Relay", "ok", 0)
    url = f"/api/v1/sites/shop/receivers/{item['id']}/replays"
    assert told.client.post(url, json={"from": "yesterday"}, headers=headers).status_code == 400
    answer = told.client.post(url, json={"from": "2026-01-01T00:00:00Z"}, headers=headers)
    assert (answer.status_code, answer.json) == (202, {"events": 1})
    heard.wait_for(2)
    assert heard.posts[1].headers["consent-replay"] == "1"
    with told.service.context.engine.connect() as connection:
        assert len(entries.of_action(connection, told.site_id, "delivery.replayed")) == 1
    unsigned = told.client.post(f"/api/v1/receivers/{item['id']}/acks", json={"ack": {}})
    assert (unsigned.status_code, unsigned.json["error"]["code"]) == (403, "bad_acknowledgment")


def test_a_new_receiver_gets_the_current_choice_of_each_account_once(told, heard):
    key, headers = make_key(told), {"Authorization": told.token("delivery:write"), "Content-Type": "application/json"}
    device = Device(told, key)
    device.choose(granted=True)
    device.choose(granted=False, action="save", choices={"functional": True, "analytics": False, "advertising": False})
    Device(told, key, account="customer 2", gpc=True, place="US-CA").sign_in()
    heard.wait_for(3)
    fresh = EventReceiver()
    allowed = told.service.context.privacy.delivery.senders
    allowed.allowed = type(allowed.allowed)((heard.host, fresh.host))
    added, _ = add_receiver(told, fresh.url)
    url = f"/api/v1/sites/shop/receivers/{added}/replays"
    mixed = told.client.post(url, json={"snapshot": True, "subjects": "refused"}, headers=headers)
    assert (mixed.status_code, told.client.post(url, json={}, headers=headers).status_code) == (400, 400)
    assert told.client.post(url, json={"snapshot": True}, headers=headers).json == {"events": 0}
    fresh.wait_for(2)
    sent = {post.event["data"]["who"]["sub"]: post.event for post in fresh.posts}
    fresh.close()
    of_one, of_other = sent[SUB]["data"], sent[subject_of(ID_KEY, "shop", "customer 2")]["data"]
    assert list(SCHEMA.iter_errors(sent[SUB])) == []
    before = [post.event["data"] for post in heard.posts if post.event["data"]["who"]["sub"] == SUB][-1]
    assert (of_one["method"], of_one["version"], of_one["allowed"]) == (
        "snapshot",
        before["version"],
        before["allowed"],
    )
    assert of_one["refused"] == ["advertising", "analytics"]
    assert (of_other["signals"], of_other["receipt"]) == ({"gpc": True}, None)

    def is_old_one_done():
        with told.service.context.engine.connect() as connection:
            [old, _] = receivers.every(connection)
            return outbox.count_after(connection, old.site_id, old.id, old.cursor) == 0

    wait_for(is_old_one_done)
    assert len(heard.posts) == 3


def test_the_expiry_of_a_grant_is_sent_once_and_a_refusal_never_expires(told, heard):
    key, context = make_key(told), told.service.context
    Device(told, key).choose(granted=True)
    Device(told, key, account="customer 2").choose(granted=False)
    heard.wait_for(2)
    now = [time.time()]
    events = AccountEvents(context.engine, context.configs.live, context.privacy.delivery, lambda: now[0])
    events.report_expired()
    now[0] += 30 * 86400
    assert events.report_expired() == 0
    now[0] += 400 * 86400
    assert [events.report_expired(), events.report_expired()] == [1, 0]
    expired = newest(heard, 3)
    data = expired["data"]
    assert (expired["type"], data["action"], data["method"]) == ("consent.expired", "withdraw", "expiry")
    [granted] = [post.event for post in heard.posts[:2] if any(post.event["data"]["allowed"]["groups"].values())]
    assert (expired["subject"], data["who"]["sub"]) == (granted["subject"], SUB)
    assert data["refused"] == data["changed"] == ["advertising", "analytics", "functional"]
    assert not any(data["allowed"]["groups"].values())


@pytest.mark.parametrize("database", DATABASES)
def test_an_expiry_is_not_sent_after_a_refusal_that_came_while_it_was_computed(request, tmp_path, heard, database):
    with shop_with_receiver(request, tmp_path, database, heard) as shop:
        device, context, read = Device(shop, make_key(shop)), shop.service.context, []
        device.choose(granted=True)

        def clock():
            """Refuse at the second reading, when the account has been read."""
            read.append(time.time() + 430 * 86400 * bool(refuses))
            if refuses and len(read) == 2:
                device.choose(granted=False)
            return read[-1]

        refuses = False
        events = AccountEvents(context.engine, context.configs.live, context.privacy.delivery, clock)
        events.report_expired()
        refuses, read = True, []
        assert events.report_expired() == 0
        assert len(read) > 2
        with context.engine.connect() as connection:
            sent = connection.execute(select(OutboxEvent.type, OutboxEvent.refuses).order_by(OutboxEvent.version)).all()
        assert [tuple(row) for row in sent] == [("consent.changed", False), ("consent.changed", True)]


def test_a_copy_of_stored_data_names_the_systems_that_were_notified(told, heard):
    heard.acks = "applied"
    with told.service.context.engine.begin() as connection:
        for receiver in receivers.every(connection):
            receivers.change(connection, receiver.id, ack="body")
    Device(told, make_key(told)).choose(granted=True)
    anonymous = told.choose(told.choice()).json["id"]
    heard.wait_for(2)
    headers = {"Authorization": told.token("receipts:read"), "Content-Type": "application/json"}
    for body in ({"sub": SUB}, {"receipt": anonymous}):
        for _ in range(100):
            copy = told.client.post("/api/v1/sites/shop/access", json=body | REASON, headers=headers).json
            if copy.get("deliveries", [{"states": []}])[0]["states"]:
                break
            time.sleep(0.05)
        [one] = copy["deliveries"]
        assert (one["receiver"], one["type"]) == ("Relay", "consent.changed")
        assert [(step["state"], step["ref"]) for step in one["states"]] == [("applied", "job-17"), ("delivered", "")]


def test_the_schema_of_events_is_served(shop):
    answer = shop.get("/schemas/consent-event-1.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    assert answer.json["title"]


def test_the_page_of_receipts_has_the_echo(told, heard):
    heard.acks = "applied"
    with told.service.context.engine.begin() as connection:
        for receiver in receivers.every(connection):
            receivers.change(connection, receiver.id, ack="body", groups="advertising")
    granted = told.choose(told.choice(), Host="www.example.com")
    newest(heard, 1)
    cookies = cookies_in(granted)
    for _ in range(100):
        page = told.get("/r/shop", Cookie=cookies, Host="www.example.com").text
        if "Confirmed" in page:
            break
        time.sleep(0.05)
    part = page.partition("data-deliveries")[2].partition("</section>")[0]
    assert ("Newsletter" in part, "Confirmed" in part, "Advertising" in part, "Analytics" in part) == (
        True,
        True,
        True,
        False,
    )
    assert "Allowed" in part


def test_the_last_event_number_covers_this_site_only(told, heard):
    told.choose(told.choice())
    newest(heard, 1)
    with told.service.context.engine.connect() as connection:
        assert outbox.last_number(connection, told.site_id) == 1
        assert outbox.last_number(connection, told.site_id + 1) == 0
