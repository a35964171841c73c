"""The data for all dashboard tests: two sites, a user for each role, a stranger, sixty receipts."""

import hashlib
import json
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select, update

from consent.app import load_artifacts, load_rules
from consent.core.account import Account, Entry
from consent.core.merkle import leaf_hash
from consent.delivery.event import Subject, ending_data, new_event
from consent.delivery.keys import PROPOSAL, DeliveryKeys
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.exports import Source
from consent.exports.job_store import JobStore
from consent.exports.jobs import find_job
from consent.exports.worker import write_export
from consent.publishing.publish import publish
from consent.signing.canonical_json import canonical
from consent.signing.keys import Keys, load_keys
from consent.signing.receipt_claims import Signer, build_claims, new_salt, personal_digest
from consent.sites.draft import new_draft
from consent.storage.accounts import roles, site_groups
from consent.storage.database.engine import make_engine
from consent.storage.delivery import acks, deliveries, outbox, receivers
from consent.storage.delivery.acks import Ack
from consent.storage.delivery.deliveries import DeliveryRow
from consent.storage.maintenance import migrate
from consent.storage.operations import alarm_channels
from consent.storage.operations.alarm_channels import WEBHOOK
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import configs, custom_vendors, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import event_counters
from consent.storage.subjects import accounts
from consent.storage.tables.accounts import User
from consent.storage.tables.receipts import ReceiptPersonal
from consent.storage.tables.sites import Config
from consent.storage.tables.subjects import SubjectKey
from consent.subjects.keyring import SubjectKeyring
from tests.audit_authors import author_of
from tests.code_guards import guard_of
from tests.signed_approval import signed_approval

NOW = 1795564800  # 2026-11-25T00:00:00Z


DAY = 86400


PASSWORD = "four quiet green owls"


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


ROLES = ("admin", "marketing", "compliance", "viewer")


VISITOR = "ab" * 16


GROUP = "Grove sites"
"""A group with both sites."""
EXPORT = "e" * 32


ACCOUNT = "c7" * 16
"""The number of an account of `demo` that grants analytics and refuses advertising; its `sub` is `SUB`."""
SUB = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
RECEIVER = "d4" * 16
"""A receiver of `demo` with one abandoned event, one being retried, and one delivered and acknowledged.

Its new address is waiting for approval.
"""
KID = "0a1b2c3d"
"""The id of the key that the server of `demo` signs subject tokens with."""


RECEIPT = hashlib.sha256(b"receipt 0").hexdigest()[:32]


OWN_VENDOR = {
    "schema": "consent-vendor/1",
    "id": "own-weather",
    "name": "Weather in the corner",
    "company": "Weather Ltd",
    "country": None,
    "group": "functional",
    "privacy_url": None,
    "opt_out_url": None,
    "recipient_kind": None,
    "hosts": ["weather.example"],
    "data_categories": [],
    "tags": [],
    "cookies": [
        {"name": "wind", "pattern": False, "kind": "local", "group": "functional", "purpose": "feature_state"}
        | {"lifetime_s": None, "domain": None, "third_party": False}
    ],
    "revoke": [],
    "sources": [{"facts": ["all"], "source": "Its contract", "checked": "2026-11-25"}],
}
"""A vendor that the site defines itself."""


PLACES = (
    ("DE", None, "eu_opt_in"),
    ("FR", None, "eu_opt_in"),
    ("US", "CA", "us_ca"),
    ("GB", None, "uk_opt_in_relaxed"),
)


CHOICES = (("accept_all", True, True, True), ("reject_all", False, False, False), ("save", True, True, False))


def email_of(name: str) -> str:
    """Return the email address of one of the sample users."""
    return f"{name}@example.com"


def build_world(folder: Path) -> None:
    """Create the database and keys that every test starts from."""
    folder.mkdir()
    engine = make_engine(f"sqlite:///{folder / 'consent.sqlite'}")
    migrate.upgrade(engine)
    with engine.begin() as connection:
        demo = sites.create(connection, "demo", "Little Grove", json.dumps(demo_draft(Ports())), NOW - 40 * DAY)
        other_draft = json.dumps(new_draft("other", ["https://other.example"]))
        other = sites.create(connection, "other", "Other shop", other_draft, NOW)
        custom_vendors.save(connection, demo.id, OWN_VENDOR, "a" * 32, NOW)
        _add_users(connection, demo, other)
        site_groups.put(connection, GROUP, [demo.id, other.id])
        shared = {"controller": {"name": "Grove Ltd", "address": "1 Grove Street", "contact": "+41 44 000 00 00"}}
        site_groups.save_shared(connection, GROUP, json.dumps(shared), 0)
    author, guard = author_of(folder, "command line"), guard_of(folder)
    live = publish(engine, "demo", load_rules(), load_artifacts(), guard, author, "First version")
    with engine.begin() as connection:
        connection.execute(update(Config).values(published_at=NOW - 30 * DAY))
        approval = signed_approval("demo", live.version, live.name, NOW - 30 * DAY)
        configs.put_approval(connection, live.name, canonical(approval).decode())
        alarm_channels.add(connection, demo.id, WEBHOOK, "https://hooks.example/x", alarms=True, weekly=False, now=NOW)
    _add_receipts(engine, demo, live.name, load_keys(folder / "keys"))
    _add_account(engine, demo, folder)
    _add_receiver(engine, demo, load_keys(folder / "keys"))
    job_store(engine, folder, load_keys(folder / "keys")).request("demo", demo.id, "csv", {}, "somebody", EXPORT)
    engine.dispose()


def _add_users(connection: Any, demo: SiteRow, other: SiteRow) -> None:
    for name in (*ROLES, "stranger", "nobody", "chief"):
        row = {"email": email_of(name), "name": name.title(), "password": CHEAP, "active": True, "created_at": NOW}
        connection.execute(
            insert(User).values(**row, audit_id=secrets.token_hex(16), fs_uniquifier=secrets.token_hex(32))
        )
    ids = {name: user_id for name, user_id in connection.execute(select(User.name, User.id))}  # noqa: C416 - rows
    for role in ROLES:
        roles.grant(connection, ids[role.title()], role, demo.id)
        roles.grant(connection, ids["Stranger"], role, other.id)
    roles.grant(connection, ids["Chief"], "admin", None)


def _add_receiver(engine: Any, site: SiteRow, keys: Keys) -> None:
    facts = {
        "name": "Newsletter relay",
        "public_name": "Newsletter",
        "adapter": "plain",
        "address": "https://127.0.0.1/",
    }
    facts |= {"settings": "{}", "groups": "advertising", "ack": "later", "signature": "v1", "content_type": "json"}
    made, at = DeliveryKeys(keys.secret), NOW - DAY
    with engine.begin() as connection:
        receivers.add(connection, site.id, RECEIVER, facts | {"knows_accounts": True}, at)
        events = []
        for number in range(3):
            data = ending_data("demo", ["advertising"], "browser")
            about = Subject(f"{number:032x}")
            events.append(
                new_event(made, site.id, about, data, time=at, receipt_id=f"{number:032x}")._replace(
                    id=f"{number:032x}"
                )
            )
            outbox.add(connection, events[-1])
        outbox.number(connection, site.id, 10)
        receivers.change(
            connection, RECEIVER, cursor=3, heard_at=at, failures=2, failing_since=at, last_problem="It returned 500."
        )
        asked = made.seal(PROPOSAL, "receiver", RECEIVER, {"address": "https://hooks.example.com/new"})
        receivers.change(connection, RECEIVER, proposed=asked, proposed_by="5" * 32, proposed_at=at)
        rows = [
            DeliveryRow(
                RECEIVER, 1, events[0].id, f"{0:032x}", "dead", True, False, 10, at, at, "It returned 500.", 31
            ),
            DeliveryRow(
                RECEIVER, 2, events[1].id, f"{1:032x}", "retry", True, False, 2, at, NOW + DAY, "It returned 500.", 31
            ),
        ]
        deliveries.add(connection, rows)
        heard = Ack(RECEIVER, events[2].id, "delivered", 3, at, at, "", "0" * 64)
        acks.note(connection, [heard, heard._replace(state="applied", ref="job-17")])


def _add_account(engine: Any, site: SiteRow, folder: Path) -> None:
    keyring, day = SubjectKeyring(folder / "keys", engine), NOW // DAY - 3
    with engine.begin() as connection:
        keyring.create_key(connection, site.id)
        connection.execute(update(SubjectKey).values(kid=KID, made_at=NOW - 20 * DAY))
    entries = tuple(
        Entry(group, "eu_opt_in", "g", granted, day, f"eu.{group}", 0, 1, 0, RECEIPT, "" if granted else RECEIPT)
        for group, granted in (("analytics", 1), ("advertising", 0))
    )
    names = keyring.names_of("demo", SUB)
    with engine.begin() as connection:
        accounts.save(connection, "demo", accounts.UNKNOWN._replace(account=Account(1, 0, entries)), ACCOUNT, 682)
        accounts.name(connection, "demo", names[0], names[1:], ACCOUNT, 682)
        newest = {"site_id": site.id, "receipt_id": RECEIPT}
        connection.execute(update(ReceiptPersonal).filter_by(**newest).values(account=ACCOUNT))


def _add_receipts(engine: Any, site: SiteRow, config: str, keys: Keys) -> None:
    writer = ReceiptWriter(engine, timeout=60)
    signer = Signer(keys.receipt)
    for number in range(60):
        writer.submit(make_receipt(signer, site.id, config, number))
    assert writer.close()
    with engine.begin() as connection:
        event_counters.add_counts(connection, {make_event(site.id, day, config): 5 + day % 3 for day in range(30)})


def make_event(site_id: int, days_ago: int, config: str, **changes: Any) -> event_counters.Event:
    """Return the count key of a banner shown in Germany `days_ago` days ago."""
    told = ("DE", "", "eu_opt_in", "en", "a", "desktop", False, "shown")
    return event_counters.Event(site_id, NOW // DAY - days_ago, config, *told)._replace(**changes)


def make_receipt(signer: Signer, site_id: int, config: str, number: int, **changes: Any) -> NewReceipt:
    """Return the sample receipt `number`; each is twelve hours older than the previous one."""
    country, subdivision, regime = PLACES[number % len(PLACES)]
    action, *granted = CHOICES[number % len(CHOICES)]
    choices = dict(zip(("functional", "analytics", "advertising"), granted, strict=True))
    gpc = country == "US"
    salt, visitor = new_salt(), VISITOR if number in (0, 3, 6) else None
    personal = {"visitor": visitor, "previous": None, "browser": "Firefox", "page_group": None, "chosen_at": None}
    personal |= {"account": ACCOUNT} if number == 0 else {}
    record = NewReceipt(
        action=action,
        method="click",
        **choices,
        vendors='{"demo-chat":false}' if action == "save" else "{}",
        country=country,
        subdivision=subdivision,
        regime=regime,
        config=config,
        language="en",
        gpc=gpc,
        dnt=False,
        age_band="unknown",
        origin_checked=True,
        variant="a",
        layer=1,
        expires=NOW + 300 * DAY,
        id=hashlib.sha256(b"receipt %d" % number).hexdigest()[:32],
        time=NOW - number * DAY // 2 - 60,
        site_id=site_id,
        leaf_hash=b"",
        jws="",
        visitor=visitor,
        key=secrets.token_hex(16),
        body=b"{}",
        salt=salt,
        personal=canonical(personal).decode(),
    )
    claims = build_claims(
        record,
        site="demo",
        requested=choices,
        text="sha256:" + "1" * 64,
        rules_version="2026-11-24",
        source="geoip",
        place_at_write={"country": country, "subdivision": subdivision, "source": "geoip"},
        delayed=False,
        conflict_shown=False,
        pd=personal_digest(salt, personal),
    )
    jws = signer.sign(claims)
    return replace(record, **{"jws": jws, "leaf_hash": leaf_hash(jws.encode())} | changes)


def job_store(engine: Any, folder: Path, keys: Keys) -> JobStore:
    """Return a job store that writes exports at once, in this process."""
    source = Source(engine, load_rules(), keys.jwks["keys"], "http://127.0.0.1:8000")

    def write(site: str, job_id: str) -> None:
        job = find_job(folder / "exports", site, job_id)
        assert job
        write_export(source, job)

    return JobStore(engine, folder / "exports", write, clock=lambda: NOW)


def copy_world(world: Path, folder: Path) -> Path:
    """Copy the world that tests start from."""
    shutil.copytree(world, folder)
    return folder
