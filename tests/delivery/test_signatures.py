"""Posts are signed according to Standard Webhooks 1.0.0."""

import base64
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.delivery import manage
from consent.delivery.keys import DeliveryKeys, public_text, secret_text
from consent.delivery.signatures import BadSignatureError, check_signature, mac_of


def signatures(post):
    return dict(one.split(",") for one in reversed(post.headers["webhook-signature"].split(" ")))


def signed_text(post):
    return f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode() + post.body


def test_the_example_of_the_specification_gives_its_signature():
    """The libraries' own test (github.com/standard-webhooks/standard-webhooks, libraries/python, test_webhooks.py)."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + b'{"test": 2432232314}'
    assert mac_of(secret, signed) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_signatures_are_over_the_bytes_as_sent(world, heard):
    receiver = world.add(heard.url, signature="both")
    world.tell()
    world.run(receiver)
    post, keys = heard.posts[0], world.services.keys
    given = signatures(post)
    assert given["v1"] == base64.b64encode(hmac.digest(keys.secret(receiver, 1), signed_text(post), "sha256")).decode()
    public = Ed25519PublicKey.from_public_bytes(keys.signing_key(receiver, 1).public)
    public.verify(base64.b64decode(given["v1a"]), signed_text(post))
    assert post.headers["webhook-id"] == post.event["id"]
    assert post.headers["user-agent"].startswith("consent-tag-server/")


def test_for_a_day_after_a_change_both_keys_sign(world, heard):
    receiver = world.add(heard.url)
    with world.engine.begin() as connection:
        made = manage.rotate_secret(
            connection, world.services.keys, world.site, world.author, world.receiver(receiver), world.now
        )
    assert made.signing == secret_text(world.services.keys.secret(receiver, 2))
    world.tell()
    world.run(receiver)
    assert heard.posts[0].headers["webhook-signature"].count("v1,") == 2
    world.tell()
    world.run(receiver, after=24 * 3600)
    assert heard.posts[1].headers["webhook-signature"].count("v1,") == 1


def test_no_two_uses_have_one_key():
    keys = DeliveryKeys(b"s" * 32)
    made = {keys.secret("a", 1), keys.secret("a", 2), keys.secret("b", 1), keys.ack_secret("a", 1)}
    assert len(made) == 4
    assert public_text(keys.signing_key("a", 1)).startswith("whpk_")
    assert keys.pseudonym("a", "x") == DeliveryKeys(b"s" * 32).pseudonym("a", "x") != keys.pseudonym("b", "x")


@pytest.mark.parametrize("change", ["body", "id", "time", "secret", "old", "none"])
def test_a_post_that_is_damaged_forged_or_old_is_refused(change):
    secret, body, now = b"k" * 32, b"{}", 1_800_000_000
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now)}
    headers["webhook-signature"] = "v1," + mac_of(secret, f"evt_1.{now}.".encode() + body)
    assert check_signature([secret], headers.get, body, now + 299) == "evt_1"
    later = now
    if change == "body":
        body = b"{ }"
    elif change == "id":
        headers["webhook-id"] = "evt_2"
    elif change == "time":
        headers["webhook-timestamp"] = str(now + 1)
    elif change == "secret":
        secret = b"l" * 32
    elif change == "old":
        later = now + 301
    else:
        headers = {}
    with pytest.raises(BadSignatureError):
        check_signature([secret], headers.get, body, later)
