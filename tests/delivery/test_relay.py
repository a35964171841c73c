"""The relays in the docs: a tool that identifies people by email address learns of a withdrawal, and only for them."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from consent.delivery.keys import secret_text
from tests.event_receiver import EventReceiver

RELAYS = Path(__file__).parents[2] / "docs" / "examples" / "relay"
ADAPTERS = Path(__file__).parents[2] / "consent" / "data" / "adapters"
SUB = "S" * 43
COMMANDS = {"python": [sys.executable, str(RELAYS / "relay.py")], "node": ["node", str(RELAYS / "relay.mjs")]}
SETTINGS = {
    "hubspot": {"access_token": "pat-1", "subscription_id": 42},
    "mailchimp": {"data_center": "us21", "list": "a1b2c3d4e5", "api_key": "k"},
}


@pytest.fixture
def tool():
    receiver = EventReceiver()
    yield receiver
    receiver.close()


class Relay:
    """A relay in its own process, in front of a stand-in for the tool."""

    def __init__(self, kind, adapter, folder, secret, tool):
        (folder / "settings.json").write_text(json.dumps(SETTINGS[adapter]))
        (folder / "people.csv").write_text(f"{SUB},Ann+News@Example.com\n")
        env = {
            "PATH": os.environ["PATH"],
            "RELAY_PORT": "0",
            "RELAY_SECRET": secret,
            "RELAY_ADAPTER": str(ADAPTERS / f"{adapter}.json"),
            "RELAY_SETTINGS": str(folder / "settings.json"),
            "RELAY_PEOPLE": str(folder / "people.csv"),
            "RELAY_TOOL": f"http://{tool.host}",
            "RELAY_GROUP": "analytics",
        }
        self.process = subprocess.Popen(COMMANDS[kind], env=env, stdout=subprocess.PIPE, text=True)
        self.host = f"127.0.0.1:{self.process.stdout.readline().split()[-1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def world_with_relay(world, relay_of):
    """Add a receiver and start a relay with its secret, on the relay's clock; return receiver id and relay."""
    world.now = int(time.time())
    receiver = world.add("https://hooks.example.com/", ack="body", knows_accounts=True)
    relay = relay_of(secret_text(world.services.keys.secret(receiver, 1)))
    return receiver, relay


@pytest.mark.server
@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("adapter", SETTINGS)
def test_a_withdrawal_unsubscribes_a_visitor_that_the_site_knows(world, tool, tmp_path, kind, adapter):
    receiver, relay = world_with_relay(world, lambda secret: Relay(kind, adapter, tmp_path, secret, tool))
    with relay:
        world.allow(relay.host)
        world.point(receiver, f"http://{relay.host}/")
        world.tell("a", version=1, refuses=False, sub=SUB)
        world.tell("b", version=1, sub="T" * 43)
        world.tell("a", version=2, sub=SUB)
        tool.statuses = [503]
        world.run(receiver)
        assert world.states(receiver) == [(3, "retry", 1)]
        world.run(receiver, after=10)
    assert world.said(receiver) == {"applied": 2, "unknown": 1, "delivered": 3}
    assert len(tool.posts) == 2
    check_request(adapter, tool.posts[-1])


def check_request(adapter, post):
    """Check that the request matches the vendor's documentation.

    HubSpot: developers.hubspot.com/docs/api-reference/latest/communication-preferences/status/update-subscription.
    Mailchimp: mailchimp.com/developer/marketing/api/list-members/update-list-member; the hash is MD5 of the lower-case
    address.
    """
    if adapter == "hubspot":
        assert post.path == "/communication-preferences/2026-03/statuses/Ann%2BNews%40Example.com"
        assert post.headers["authorization"] == "Bearer pat-1"
        assert post.event | {"legalBasisExplanation": ""} == {
            "channel": "EMAIL",
            "statusState": "UNSUBSCRIBED",
            "subscriptionId": 42,
            "legalBasis": "CONSENT_WITH_NOTICE",
            "legalBasisExplanation": "",
        }
        assert post.event["legalBasisExplanation"].startswith("receipt ")
    else:
        member = hashlib.md5(b"ann+news@example.com").hexdigest()
        assert post.path == f"/3.0/lists/a1b2c3d4e5/members/{member}"
        assert post.headers["authorization"] == "Basic " + base64.b64encode(b"consent:k").decode()
        assert post.event == {"status": "unsubscribed"}


@pytest.mark.server
@pytest.mark.parametrize("kind", COMMANDS)
def test_a_relay_rejects_what_the_service_did_not_sign(world, tool, tmp_path, kind):
    with Relay(kind, "hubspot", tmp_path, secret_text(b"x" * 32), tool) as relay:
        world.now = int(time.time())
        receiver = world.add("https://hooks.example.com/", knows_accounts=True)
        world.allow(relay.host)
        world.point(receiver, f"http://{relay.host}/")
        world.tell("a", version=1, sub=SUB)
        assert world.run(receiver).last_problem == "It returned 401."
    assert tool.posts == []
