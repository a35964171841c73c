"""A shop with signed receipts in two months of 2024, and operations on these months."""

import datetime
import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from consent.archive.attach import Attacher
from consent.archive.detach import Detacher
from consent.core.merkle import leaf_hash
from consent.exports import Source
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.checkpoints import origin_of, verifier_keys
from consent.log.sequencer_thread import Sequencer
from consent.privacy.eraser import Eraser
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.keys import Keys
from consent.signing.receipt_claims import Signer, build_claims, canonical_digest
from consent.sites.shipped_rules import load_rules
from consent.storage.database.partitions import read_month
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.receipts import Receipt
from tests.log.sequencing import BASE_URL

OCTOBER, NOVEMBER = read_month("2024-10"), read_month("2024-11")


VISITORS = ("b" * 32, "c" * 32, None)


PLACES = (("DE", None, "eu_opt_in"), ("US", "CA", "us_ca"), (None, None, "eu_opt_in"))


def at(day: int, month: int = 10) -> int:
    return int(datetime.datetime(2024, month, day, 12, tzinfo=datetime.UTC).timestamp())


def signed_receipt(site: SiteRow, keys: Keys, time: int, number: int = 0, **changes: Any) -> NewReceipt:
    """Return a receipt signed as the service does; `number` selects the place, visitor and choice."""
    country, subdivision, regime = PLACES[number % 3]
    visitor = VISITORS[number % 3]
    granted = {"functional": True, "analytics": number % 2 == 0, "advertising": None}
    salt = secrets.token_bytes(32)
    facts: dict[str, Any] = {
        "action": "save" if number % 2 else "accept_all",
        "method": "click",
        **granted,
        "vendors": '{"ga":true,"hotjar":false}' if number % 4 == 1 else "{}",
        "country": country,
        "subdivision": subdivision,
        "regime": regime,
        "config": "sha256:" + "0" * 64,
        "language": "de",
        "gpc": number % 2 == 1,
        "dnt": False,
        "age_band": "unknown",
        "origin_checked": number % 5 != 0,
        "variant": "a",
        "layer": 1 + number % 2,
        "expires": time // 86400 * 86400 + 365 * 86400 if number % 3 else None,
        "id": secrets.token_hex(16),
        "time": time,
        "previous": None,
    } | changes
    personal = canonical_without_floats({"visitor": visitor, "previous": facts["previous"], "chosen_at": time})
    record = NewReceipt(
        **facts,
        site_id=site.id,
        leaf_hash=b"",
        jws="",
        visitor=visitor,
        key=secrets.token_hex(16),
        body=b"{}",
        salt=salt,
        personal=personal.decode(),
    )
    claims = build_claims(
        record,
        site=site.key,
        requested=granted,
        text="sha256:" + "1" * 64,
        rules_version="2026-11-01",
        source="geoip",
        place_at_write={"country": country, "subdivision": subdivision, "source": "geoip"},
        delayed=False,
        conflict_shown=False,
        pd=canonical_digest(salt, personal),
    )
    jws = Signer(keys.receipt).sign(claims)
    return replace(record, jws=jws, leaf_hash=leaf_hash(jws.encode()))


@dataclass
class Shop:
    """The shop and operations on its months; `october` and `november` are the receipts recorded in them."""

    engine: Engine
    site: SiteRow
    keys: Keys
    folder: Path
    sequencer: Sequencer
    writer: Any
    october: list[NewReceipt]
    november: list[NewReceipt]

    @property
    def source(self) -> Source:
        return Source(self.engine, load_rules(), self.keys.jwks["keys"], BASE_URL)

    @property
    def author(self) -> Author:
        return Author(COMMAND_LINE, self.keys.receipt)

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.engine, self.keys.receipt, self.folder)

    def detach(self, month: int = OCTOBER) -> Path:
        """Detach a month, and return the shop's file."""
        ((_, file),) = Detacher(self.source, self.folder / "months", self.folder, self.author).detach(month)
        self.sequence()
        return Path(file.file)

    def attach(self, file: Path) -> None:
        Attacher(self.engine, self.folder, self.author).attach(file)
        self.sequence()

    def sequence(self) -> None:
        while self.sequencer.run():
            pass

    def rows(self) -> list[Any]:
        """Return all receipt rows, each complete, ordered by id."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(Receipt.__table__).order_by(Receipt.id))]

    def key_files(self) -> list[Path]:
        """Write the keys that an auditor needs, and return their paths."""
        vkey, jwks = self.folder / "vkey", self.folder / "jwks"
        vkey.write_text("\n".join(verifier_keys(origin_of(BASE_URL, self.site.key), self.keys)))
        jwks.write_text(json.dumps(self.keys.jwks))
        return [vkey, jwks]
