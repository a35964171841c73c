"""One line of a receiver's hourly entry and its path prove that an event was delivered or acknowledged."""

import base64
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from consent import verify
from consent.delivery import manage
from consent.delivery.log_hours import DeliveryJournal
from consent.log.audit_author import AuditActor, Author
from consent.storage.delivery import acks, receivers
from consent.storage.sites import sites
from tests.api.shop import open_shop
from tests.event_receiver import EventReceiver
from tests.log.sequencing import sequence_all
from tests.polling import wait_for

pytestmark = pytest.mark.app
FIELDS = manage.ReceiverFields("Relay", "", "plain", "", {}, (), "body", False, "v1", "json")
CHOICES = 3


def test_a_delivery_and_its_acknowledgment_are_proved_offline(tmp_path):
    heard = EventReceiver()
    heard.acks = "applied"
    shop = open_shop(tmp_path / "instance", delivery_hosts=(heard.host,))
    context = shop.service.context
    author, delivery = Author(AuditActor("tests"), context.keys.receipt), context.privacy.delivery
    with context.engine.begin() as connection:
        site, fields = sites.by_key(connection, "shop"), FIELDS._replace(address=heard.url)
        receiver, _ = manage.add_receiver(
            connection, delivery.keys, delivery.senders.allowed, site, author, fields, int(time.time())
        )
        delivery.directory.replace(receivers.every(connection))
    for number in range(CHOICES):
        shop.choose(shop.choice(key=f"{number:032x}"))
    heard.wait_for(CHOICES)

    def kept():
        with context.engine.connect() as connection:
            return len(acks.newest(connection, receiver, 10)) == 2 * CHOICES

    wait_for(kept)
    event = heard.posts[1].event["id"]
    headers = {"Authorization": shop.token("delivery:write")}
    url = f"/api/v1/sites/shop/receivers/{receiver}/events/{event}/proof"
    assert shop.get(url, **headers).status_code == 202
    DeliveryJournal(context.engine, author, lambda: time.time() + 7200).run_once()
    sequence_all(context)
    names = {"vkey": "/log/shop/vkey", "jwks": "/.well-known/jwks.json"}
    token = shop.token("log:read")
    for name, path in names.items():
        (tmp_path / name).write_bytes(shop.get(path, Authorization=token).data)
    keys = [tmp_path / name for name in names]
    for state in ("delivered", "applied"):
        file = tmp_path / f"{state}.tlog-proof"
        file.write_bytes(shop.get(f"{url}?state={state}", **headers).data)
        code, sentence = verify.check(file, keys)
        assert (code, f"delivery {event} ({state} at " in sentence, receiver in sentence) == (0, True, True), sentence
    unknown = shop.get(url.replace(event, "evt_" + "0" * 32), **headers)
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "unknown_delivery")
    assert shop.get(f"{url}?state=perhaps", **headers).status_code == 400
    shop.service.close()
    heard.close()
    check_alone(tmp_path, keys)
    check_forged(tmp_path, keys)


def check_alone(folder, keys):
    shutil.copy(Path(verify.__file__), folder / "verify.py")
    options = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, str(folder / "verify.py"), str(folder / "applied.tlog-proof"), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert (done.returncode, done.stdout[:5]) == (0, "True:"), done.stdout


def check_forged(folder, keys):
    """Check that the same path proves no other event, state, time or body."""
    header, extra, rest = (folder / "delivered.tlog-proof").read_text().split("\n", 2)
    row = json.loads(base64.b64decode(extra[6:]))
    other = {"event": "evt_" + "0" * 32, "state": "applied", "at": "2026-01-01T00:00:00Z", "body_sha256": "0" * 64}
    for name, value in other.items():
        forged = row | {"delivery": row["delivery"] | {"line": row["delivery"]["line"] | {name: value}}}
        text = base64.b64encode(json.dumps(forged).encode()).decode()
        (folder / "forged").write_text(f"{header}\nextra {text}\n{rest}")
        code, sentence = verify.check(folder / "forged", keys)
        assert (code, "this line of a delivery is not in audit" in sentence) == (1, True), sentence
