"""A shop with signed receipts in two months of 2024, all of them in its log; on both databases."""

import datetime
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from consent.core.merkle import leaf_hash
from consent.exports import Source
from consent.months.attaching import Attacher
from consent.months.detaching import Detacher
from consent.proof.audit import COMMAND_LINE, Author
from consent.proof.canonical import canonical_without_floats
from consent.proof.checkpoint import origin_of, verifier_keys
from consent.proof.erasing import Eraser
from consent.proof.keys import Keys
from consent.proof.personal import canonical_digest
from consent.proof.sequencer import Sequencer
from consent.proof.statement import Signer, build_statement
from consent.snapshots.shipped_rules import load_rules
from consent.storage.models import Receipt
from consent.storage.new_receipt import NewReceipt
from consent.storage.partitions import read_month
from consent.storage.sites import FoundSite
from tests.proof.cast import BASE_URL
from tests.proof.conftest import engine, keys, sequencer, shop, writer

__all__ = ["engine", "keys", "sequencer", "shop", "writer"]

OCTOBER, NOVEMBER = read_month("2024-10"), read_month("2024-11")
VISITORS = ("b" * 32, "c" * 32, None)
PLACES = (("DE", None, "eu_opt_in"), ("US", "CA", "us_ca"), (None, None, "eu_opt_in"))


def at(day: int, month: int = 10) -> int:
    return int(datetime.datetime(2024, month, day, 12, tzinfo=datetime.UTC).timestamp())


def signed_receipt(site: FoundSite, keys: Keys, time: int, number: int = 0, **changes: Any) -> NewReceipt:
    """Make a receipt as the service signs it; `number` picks place, visitor and choice."""
    country, subdivision, regime = PLACES[number % 3]
    visitor = VISITORS[number % 3]
    facts: dict[str, Any] = {
        "id": secrets.token_hex(16),
        "time": time,
        "action": "save" if number % 2 else "accept_all",
        "method": "click",
        "vendors": {"hotjar": False, "ga": True} if number % 4 == 1 else {},
        "config": "sha256:" + "0" * 64,
        "language": "de",
        "variant": "a",
        "layer": 1 + number % 2,
        "regime": regime,
        "origin_checked": number % 5 != 0,
        "expires": time // 86400 * 86400 + 365 * 86400 if number % 3 else None,
        "previous": None,
    } | changes
    previous = facts.pop("previous")
    granted = {"functional": True, "analytics": number % 2 == 0, "advertising": None}
    personal = canonical_without_floats({"visitor": visitor, "previous": previous, "chosen_at": time})
    salt = secrets.token_bytes(32)
    claims = build_statement(
        site=site.key,
        requested=granted,
        effective=granted,
        text="sha256:" + "1" * 64,
        rules_version="2026-11-01",
        place={"country": country, "subdivision": subdivision, "source": "geoip"},
        place_at_write={"country": country, "subdivision": subdivision, "source": "geoip"},
        delayed=False,
        signals={"gpc": number % 2 == 1, "dnt": False, "age_band": "unknown"},
        conflict_shown=False,
        pd=canonical_digest(salt, personal),
        **facts,
    )
    jws = Signer(keys.receipt).sign(claims)
    facts["vendors"] = canonical_without_floats(facts["vendors"]).decode()
    return NewReceipt(
        **facts,
        **granted,
        site_id=site.id,
        jws=jws,
        leaf_hash=leaf_hash(jws.encode()),
        key=secrets.token_hex(16),
        body=b"{}",
        country=country,
        subdivision=subdivision,
        gpc=number % 2 == 1,
        visitor=visitor,
        previous=previous,
        salt=salt,
        personal=personal.decode(),
    )


@dataclass
class Shop:
    """What tests do with the months of the shop; `october` and `november` are what was recorded in them."""

    engine: Engine
    site: FoundSite
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
        """Detach a month, and return the file of the shop."""
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
        """Return all receipts of the table, each whole, by id."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(Receipt.__table__).order_by(Receipt.id))]

    def key_files(self) -> list[Path]:
        """Write the keys that an auditor needs, and return their files."""
        vkey, jwks = self.folder / "vkey", self.folder / "jwks"
        vkey.write_text("\n".join(verifier_keys(origin_of(BASE_URL, self.site.key), self.keys)))
        jwks.write_text(json.dumps(self.keys.jwks))
        return [vkey, jwks]


@pytest.fixture
def months(engine, shop, keys, sequencer, writer, tmp_path) -> Shop:
    """Give a shop with twelve receipts in October 2024 and six in November."""
    october = [signed_receipt(shop, keys, at(1 + number), number) for number in range(12)]
    november = [signed_receipt(shop, keys, at(1 + number, 11), number) for number in range(6)]
    for new in (*october, *november):
        writer.submit(new)
    found = Shop(engine, shop, keys, tmp_path, sequencer, writer, october, november)
    found.sequence()
    return found
