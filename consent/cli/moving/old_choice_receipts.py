"""Create receipts from rows of an earlier tool's log in batches, and write the missing ones."""

import datetime
import hmac
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Engine

from consent.api.http.device_class import Agent
from consent.api.page.choice_body import Form, RequestedChoice
from consent.api.page.import_choice import METHOD, ImportedChoice
from consent.api.page.receipt_builder import Circumstances
from consent.api.page.shown_config import ShownConfig
from consent.api.page.visit_context import Visit
from consent.core.decide import Signals
from consent.core.documents.site_settings import OldChoices
from consent.core.merkle import leaf_hash
from consent.core.rules import Place, Rules
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.keys import Keys
from consent.signing.receipt_claims import TYPE, Frame, Signer, canonical_digest, new_salt
from consent.signing.write_token import Fields
from consent.sites.moving.mapping import mapping_name
from consent.sites.moving.old_choices import FILE
from consent.sites.moving.old_log_rows import OldChoice
from consent.storage.database.partitions import Months
from consent.storage.maintenance.bulk_insert import load_receipts
from consent.storage.receipts import receipts as store
from consent.storage.receipts.new_receipt import NewReceipt

MAX_ALIKE = 20_000
"""Cache size for the shared parts of receipts that differ only in id and time."""
ID_LETTERS = 32


class _SharedFacts(NamedTuple):
    """The facts that many rows share."""

    groups: tuple[tuple[str, bool], ...]
    vendors: tuple[tuple[str, bool], ...]
    day: datetime.date | None
    country: str | None
    subdivision: str | None
    moment: int
    today: int


class _SharedReceipt(NamedTuple):
    """The shared part of those rows' receipts."""

    frame: Frame
    record: NewReceipt


class ReceiptMaker:
    """Creates the receipts for one file, named `file`, using the live config's mapping."""

    def __init__(self, config: CompiledConfig, mapping: OldChoices, rules: Rules, keys: Keys, file: str) -> None:
        self._config, self._mapping, self._rules, self._keys, self._file = config, mapping, rules, keys, file
        self._signer = Signer(keys.receipt, TYPE)
        self._shared = lru_cache(MAX_ALIKE)(self._make_shared)

    def name_of(self, choice: OldChoice) -> str:
        """Return the text that contains a receipt's id and key: the same on every run, without revealing the row."""
        text = json.dumps([self._config.site, self._mapping["tool"], choice.name]).encode()
        return hmac.digest(self._keys.secret, b"old choice\0receipt\0" + text, "sha256").hex()

    def make(self, name: str, choice: OldChoice, time: int) -> NewReceipt:
        """Return the signed receipt for a row and its name at `time`, unix seconds; it has no personal part."""
        groups, vendors = tuple(choice.groups.items()), tuple(choice.vendors.items())
        days = self._config.law_days.moment(time), day_of_time(time)
        shared = self._shared(_SharedFacts(groups, vendors, choice.day, choice.country, choice.subdivision, *days))
        receipt_id = id_in(name)
        payload = shared.frame.payload(receipt_id, time, canonical_digest(new_salt(), b"{}"))
        jws = self._signer.sign_payload(payload)
        return shared.record.with_values(
            id=receipt_id, time=time, jws=jws, leaf_hash=leaf_hash(jws.encode()), key=name[ID_LETTERS:]
        )

    def _make_shared(self, alike: _SharedFacts) -> _SharedReceipt:
        config, today = self._config, alike.today
        place = Place(alike.country, alike.subdivision, "token" if alike.country else "unknown")
        resolved = config.resolved_at(place.country, place.subdivision, alike.moment)
        fields = Fields(
            config.site,
            config.name,
            place.country,
            place.subdivision,
            place.source,
            resolved["regime"],
            self._rules.version,
            config.default_language,
            config.variant,
            today,
        )
        source = {
            "tool": self._mapping["tool"],
            "version": None,
            "said_at": alike.day,
            "read_from": FILE,
            "mapping": mapping_name(self._mapping),
            "file": self._file,
        }
        posted = {
            "action": "save",
            "method": METHOD,
            "choices": dict(alike.groups),
            "vendors": dict(alike.vendors),
            "layer": 0,
            "conflict_shown": False,
            "age_band": "unknown",
            "age": None,
            "source": source,
        }
        requested = RequestedChoice(Form(posted, b"", is_cached=False), "", None, b"")
        now = Circumstances(alike.moment, today, today, today, False, False, False, "", Agent("unknown", False))
        unknown = Place(None, None, "unknown")
        visit = Visit(config, unknown, Signals(), config.default_language, None, None, True)
        made = ImportedChoice(visit, ShownConfig(config, fields, ""), requested, now, self._mapping)
        return _SharedReceipt(made.frame, made.record)


class ReceiptLoader:
    """Writes receipts in batches, each in its own transaction, and skips existing ones."""

    def __init__(self, engine: Engine, maker: ReceiptMaker) -> None:
        self._engine, self._maker, self._months = engine, maker, Months(engine)

    def load(self, choices: Sequence[OldChoice], time: int) -> int:
        """Write the receipts for `choices` and return how many are new."""
        named = {id_in(name): (name, choice) for choice in choices for name in (self._maker.name_of(choice),)}
        self._months.make_for([time])
        with self._engine.begin() as connection:
            present = store.present_ids(connection, named)
            new = [(name, choice) for receipt_id, (name, choice) in named.items() if receipt_id not in present]
            load_receipts(connection, [self._maker.make(name, choice, time) for name, choice in new])
        return len(new)


def id_in(name: str) -> str:
    """Return the receipt id contained in a row's name."""
    return name[:ID_LETTERS]
