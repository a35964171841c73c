"""Receivers' acknowledgments, in a response or a later signed post, are kept and logged once, for their own events."""

import base64
import json

import pytest

from consent.core.merkle import leaf_hash, node_hash
from consent.delivery import manage
from consent.delivery.acknowledge import RefusedAckError, take_acknowledgment
from consent.delivery.log_hours import DeliveryJournal, facts_of_hour, line_of, root_of
from consent.delivery.sender import read_ack
from consent.delivery.signatures import mac_of
from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import load_keys
from consent.storage.delivery import acks, deliveries
from consent.storage.log import entries

NOW = 1_796_000_000


def states(world, receiver):
    with world.engine.connect() as connection:
        return {ack.state: ack for ack in acks.newest(connection, receiver, 50)}


def later(world, receiver, event, *, state="applied", used="ack_1", secret=None, at="2026-11-30T13:05:00Z"):
    body = json.dumps({"ack": {"event": event, "state": state, "at": at, "ref": "job-17"}}).encode()
    key = secret or world.services.keys.ack_secret(receiver, 1)
    signature = "v1," + mac_of(key, f"{used}.{world.now}.".encode() + body)
    headers = {"webhook-id": used, "webhook-timestamp": str(world.now), "webhook-signature": signature}
    take_acknowledgment(world.engine, world.services.keys, receiver, headers.get, body, world.now)


def test_a_response_can_report_that_the_event_was_applied(world, heard):
    receiver = world.add(heard.url, ack="body")
    heard.acks = "applied"
    world.tell()
    world.run(receiver)
    said = states(world, receiver)
    assert (set(said), said["applied"].ref) == ({"delivered", "applied"}, "job-17")
    assert said["delivered"].body_sha256 == said["applied"].body_sha256


def test_an_invalid_body_of_a_2xx_response_is_no_acknowledgment_and_no_error(world, heard):
    receiver = world.add(heard.url, ack="body")
    world.tell()
    assert world.run(receiver).failures == 0
    assert set(states(world, receiver)) == {"delivered"}


def test_a_delivery_waits_for_a_later_confirmation(world, heard):
    receiver = world.add(heard.url, ack="later")
    world.tell()
    world.run(receiver)
    with world.engine.connect() as connection:
        assert deliveries.waiting(connection, receiver).unconfirmed == 1
    later(world, receiver, heard.posts[0].event["id"])
    with world.engine.connect() as connection:
        assert deliveries.waiting(connection, receiver).unconfirmed == 0
    assert states(world, receiver)["applied"].ref == "job-17"


def test_an_acknowledgment_counts_once_and_of_the_own_events_alone(world, heard):
    receiver, other = world.add(heard.url, ack="later"), world.add(heard.url, ack="later")
    world.tell()
    world.run(receiver)
    event = heard.posts[0].event["id"]
    later(world, receiver, event)
    for bad in (
        lambda: later(world, receiver, event),
        lambda: later(world, other, event, used="ack_2"),
        lambda: later(world, receiver, "evt_" + "0" * 32, used="ack_3"),
        lambda: later(world, receiver, event, used="ack_4", secret=world.services.keys.secret(receiver, 1)),
        lambda: later(world, receiver, event, used="ack_5", state="perhaps"),
        lambda: later(world, "f" * 32, event, used="ack_6"),
    ):
        with pytest.raises(RefusedAckError):
            bad()


def test_a_delivery_cannot_be_sent_back_as_an_acknowledgment(world, heard):
    receiver = world.add(heard.url, ack="later")
    world.tell()
    world.run(receiver)
    post = heard.posts[0]
    with pytest.raises(RefusedAckError):
        take_acknowledgment(world.engine, world.services.keys, receiver, post.headers.get, post.body, world.now)


def test_each_hour_is_an_entry_of_the_log_that_names_nobody(world, heard, tmp_path):
    receiver = world.add(heard.url, ack="body")
    heard.acks = "applied"
    for subject in "abc":
        world.tell(subject)
    world.run(receiver)
    keys = load_keys(tmp_path / "keys")
    journal = DeliveryJournal(
        world.engine, Author(AuditActor("the service", "program"), keys.receipt), lambda: world.now
    )
    assert journal.run_once() == 0
    world.now += 2 * 3600
    assert (journal.run_once(), journal.run_once()) == (1, 0)
    with world.engine.connect() as connection:
        [entry] = entries.of_action(connection, 1, "delivery.recorded")
        written = acks.newest(connection, receiver, 50)
    lines = sorted(written, key=lambda ack: (ack.n, ack.at, ack.state))
    facts = facts_of_hour(receiver, written[0].noted_at - written[0].noted_at % 3600, lines)
    assert (facts["from_n"], facts["to_n"], facts["delivered"], facts["acknowledged"]) == (1, 3, 3, 3)
    assert json.loads(line_of(lines[0]))["event"].startswith("evt_")
    assert str(facts["root"]) in json.dumps(claims_in(entry.jws))


def claims_in(jws):
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_root_is_that_of_rfc_6962():
    leaves = [leaf_hash(bytes([number])) for number in range(3)]
    assert root_of(leaves) == node_hash(node_hash(leaves[0], leaves[1]), leaves[2])


def test_keys_of_acknowledgments_change_with_the_others(world, heard):
    receiver = world.add(heard.url, ack="later")
    with world.engine.begin() as connection:
        manage.rotate_secret(
            connection, world.services.keys, world.site, world.author, world.receiver(receiver), world.now
        )
    world.tell()
    world.run(receiver)
    event = heard.posts[0].event["id"]
    later(world, receiver, event, secret=world.services.keys.ack_secret(receiver, 1))
    world.now += 25 * 3600
    with pytest.raises(RefusedAckError):
        later(world, receiver, event, used="ack_9", secret=world.services.keys.ack_secret(receiver, 1))


def test_an_impossible_date_in_an_acknowledgment_counts_as_now():
    body = {"ack": {"event": "evt_" + "a" * 32, "state": "applied", "at": "2026-13-45T00:00:00Z"}}
    assert read_ack(json.dumps(body).encode(), NOW).at == NOW
