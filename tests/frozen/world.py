"""A database with some of everything: a config, receipts with each action, marks, an erasure, a new key and its log."""

import datetime
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.days import day_of
from consent.core.merkle import leaf_hash
from consent.log.audit_author import AuditActor, Author
from consent.log.key_rotation import rotate
from consent.log.sequencer_thread import Sequencer
from consent.privacy.eraser import Eraser
from consent.signing.canonical_json import canonical
from consent.signing.receipt_claims import Signer, build_claims, personal_digest, visitor_of
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from consent.storage.privacy import marks
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.scans import scans
from consent.storage.selection.subjects import Subject
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import event_counters
from tests.frozen.fixed import (
    ARTIFACTS,
    BASE_URL,
    CONFIG,
    CONFIG_NAME,
    DAY_S,
    GIVEN,
    KEYS,
    LOG_SEED,
    NEXT_SEED,
    NOW,
    RECEIPT_SEED,
    RULES,
    SALT,
    SECRET,
    SITE,
    VISITOR_SECRET,
    drawing,
)

DATE = datetime.date(2026, 11, 24)
"""The day before `NOW`, for the receipts and the evidence."""
VISITOR = visitor_of(SECRET, VISITOR_SECRET)
SOMEBODY = Author(AuditActor("5" * 32, "user"), KEYS.receipt)
CHOICES: tuple[dict[str, Any], ...] = (
    {"action": "accept_all", "granted": (True, True, True), "visitor": VISITOR},
    {"action": "save", "granted": (True, False, None), "vendors": {"ga": True, "chat": False}, "visitor": VISITOR},
    {"action": "withdraw", "granted": (False, False, False), "visitor": VISITOR},
    {"action": "reject_all", "granted": (False, False, False)},
    {"action": "opt_out", "granted": (None, None, False), "method": "gpc", "place": ("US", "CA", "us_ca")},
    {"action": "opt_in", "granted": (None, None, True), "place": ("US", "CA", "us_ca")},
    {"action": "object", "granted": (None, False, None), "place": ("GB", None, "uk_opt_in_relaxed")},
    {"action": "accept_all", "granted": (True, True, True)},
)
"""Oldest first. The last but one is restricted, and the last is erased."""


class World(NamedTuple):
    """The database, its site, and its instance's folder."""

    engine: Engine
    site: SiteRow
    folder: Path


@contextmanager
def opened() -> Iterator[World]:
    """Create the database in a folder of its own."""
    with TemporaryDirectory(prefix="frozen-") as name, drawing("world"):
        folder = Path(name)
        write_keys(folder)
        engine = make_engine(f"sqlite:///{folder / 'consent.sqlite'}")
        try:
            migrate.upgrade(engine)
            yield World(engine, _fill(engine, folder), folder)
        finally:
            engine.dispose()


def write_keys(folder: Path) -> None:
    """Write the instance's keys, and the receipt key that follows the current one."""
    (folder / "keys").mkdir(mode=0o700)
    seeds = {"receipt.key": RECEIPT_SEED, "log.key": LOG_SEED, "secret.key": SECRET, "receipt.key.new": NEXT_SEED}
    for name, seed in seeds.items():
        (folder / "keys" / name).touch(0o600)
        (folder / "keys" / name).write_text(seed.hex())


def publish(connection: Connection) -> SiteRow:
    """Make the config live unchanged, ten days before `NOW`."""
    site = sites.create(connection, SITE, "Shop", (GIVEN / "draft.json").read_text("utf-8"), NOW - 11 * DAY_S)
    ARTIFACTS.save(connection)
    name = configs.put_config(connection, site.id, 1, CONFIG, now=NOW - 10 * DAY_S, by="5" * 32, note="The first")
    configs.set_live(connection, site.id, name)
    return site


def _fill(engine: Engine, folder: Path) -> SiteRow:
    with engine.begin() as connection:
        site = publish(connection)
        scan = scans.request(connection, site.id, "https://www.example.com/", NOW - DAY_S)
        scans.finish(connection, scan, NOW - DAY_S + 60, state=scans.DONE, pages=3, problems=[], diff=[])
        shown = event_counters.Event(
            site.id, day_of(DATE), CONFIG_NAME, "DE", "", "eu_opt_in", "en", "a", "desktop", False, "shown"
        )
        event_counters.add_counts(connection, {shown: 9, shown._replace(event="chosen"): 5})
    writer = ReceiptWriter(engine, timeout=60)
    ids = [writer.submit(_receipt(site, number, **facts)).id for number, facts in enumerate(CHOICES)]
    assert writer.close()
    with engine.begin() as connection:
        # An action that isn't one of ours, since the log's own actions may be renamed before the first release.
        SOMEBODY.record(connection, site, "frozen.example", "tag ga", {"enabled": False}, {"enabled": True}, NOW - 50)
        subject = Subject("receipt", ids[-2])
        marks.put(connection, site.id, "restriction", subject, reason="Disputed", by="5" * 32, now=NOW - 40)
    rotate(engine, folder / "keys", KEYS, "receipt", SOMEBODY, NOW - 30)
    eraser = Eraser(engine, KEYS.receipt, folder, clock=lambda: NOW - 20)
    eraser.erase(site, Subject("receipt", ids[-1]), "full", reason="Asked for", by="5" * 32)
    sequencer = Sequencer(engine, KEYS, BASE_URL, folder, clock=lambda: NOW)
    while sequencer.run():
        pass
    return site


def _receipt(
    site: SiteRow,
    number: int,
    *,
    action: str,
    granted: tuple[bool | None, ...],
    method: str = "click",
    vendors: dict[str, bool] | None = None,
    visitor: str | None = None,
    place: tuple[str, str | None, str] = ("DE", None, "eu_opt_in"),
) -> NewReceipt:
    """Return the receipt `number`, each an hour after the previous one."""
    country, subdivision, regime = place
    choices = dict(zip(("functional", "analytics", "advertising"), granted, strict=True))
    personal = {"visitor": visitor, "previous": None, "browser": "Firefox", "page_group": None, "chosen_at": NOW}
    record = NewReceipt(
        action=action,
        method=method,
        **choices,
        vendors=canonical(vendors or {}).decode(),
        country=country,
        subdivision=subdivision,
        regime=regime,
        config=CONFIG_NAME,
        language="en",
        gpc=method == "gpc",
        dnt=False,
        age_band="unknown",
        origin_checked=True,
        variant="a",
        layer=1,
        expires=NOW + 365 * DAY_S,
        id=_id("receipt", number),
        time=NOW - 12 * 3600 + number * 3600,
        site_id=site.id,
        leaf_hash=b"",
        jws="",
        visitor=visitor,
        key=_id("key", number),
        body=b"{}",
        salt=SALT,
        key_salt=SALT[:16],
        personal=canonical(personal).decode(),
        device="desktop",
        arrival="prompt",
    )
    claims = build_claims(
        record,
        site=SITE,
        requested=choices,
        text="sha256:" + "1a" * 32,
        rules_version=RULES.version,
        source="geoip",
        place_at_write={"country": country, "subdivision": subdivision, "source": "geoip"},
        delayed=False,
        conflict_shown=False,
        pd=personal_digest(SALT, personal),
    )
    jws = Signer(KEYS.receipt).sign(claims)
    return replace(record, jws=jws, leaf_hash=leaf_hash(jws.encode()))


def _id(what: str, number: int) -> str:
    return hashlib.sha256(f"{what} {number}".encode()).hexdigest()[:32]
