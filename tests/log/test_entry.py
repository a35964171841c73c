"""Entries are signed and stored with the change they record, and are sequenced into the log like receipts."""

import base64
import json

import pytest
from sqlalchemy import select

from consent.core.merkle import leaf_hash
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.entry import INSTANCE, write_entry
from consent.storage.log import entries, tree_store
from consent.storage.tables.log import LogEntry
from tests.log.sequencing import check_whole, publish, write
from tests.storage.sample_receipts import NOW


def entry_texts(engine, owner, keys, count=1, kind="audit"):
    """Write entries, each in its own transaction, and return their signed texts."""
    made = []
    for number in range(count):
        with engine.begin() as transaction:
            said = {"by": "a" * 32, "number": number}
            made.append(write_entry(transaction, keys.receipt, owner, kind, "tag ga4", said, NOW, actor="a" * 32))
    return made


def rows(engine, site_id):
    query = select(LogEntry.log_index, LogEntry.kind, LogEntry.jws).where(LogEntry.site_id == site_id)
    with engine.connect() as transaction:
        return transaction.execute(query.order_by(LogEntry.id)).all()


def test_an_entry_is_a_signed_leaf_of_its_type(engine, shop, keys, sequencer):
    (jws,) = entry_texts(engine, shop, keys)
    assert sequencer.run() == 1
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in jws.split("."))
    claims = json.loads(payload)
    assert json.loads(header) == {"alg": "Ed25519", "kid": keys.receipt.kid, "typ": "consent-audit+jws"}
    assert (claims["schema"], claims["site"], claims["by"]) == ("consent-audit/1", "shop", "a" * 32)
    assert rows(engine, shop.id) == [(0, "audit", jws)]
    with engine.connect() as transaction:
        assert tree_store.tile_reader(transaction, shop.id)(0, 0) == leaf_hash(jws.encode())


def test_entries_stand_before_configs_and_these_before_receipts(engine, shop, keys, writer, sequencer):
    write(writer, shop, 3)
    publish(engine, shop)
    entry_texts(engine, shop, keys, 2)
    assert sequencer.run() == 6
    assert [(index, kind) for index, kind, _ in rows(engine, shop.id)] == [(0, "audit"), (1, "audit"), (2, "config")]
    entry_texts(engine, shop, keys, 1)
    write(writer, shop, 1)
    assert sequencer.run() == 2
    assert check_whole(engine, shop) == 8


def test_the_instance_has_its_own_log(engine, shop, keys, sequencer, tmp_path):
    entry_texts(engine, INSTANCE, keys, 3, "key")
    entry_texts(engine, shop, keys, 1)
    assert sequencer.run() == 4
    assert (check_whole(engine, INSTANCE), check_whole(engine, shop)) == (3, 1)
    assert CheckpointFiles(tmp_path / "checkpoints").last("instance").size == 3


def test_an_entry_goes_with_the_change_that_it_tells_of(engine, shop, keys, sequencer):
    with engine.connect() as transaction:
        write_entry(transaction, keys.receipt, shop, "erasure", "", {"count": 3}, NOW)
        transaction.rollback()
    assert (sequencer.run(), rows(engine, shop.id)) == (0, [])


def test_more_entries_than_a_batch_are_all_put_in(engine, shop, keys, tmp_path, sequencer):
    sequencer._batch = 4
    entry_texts(engine, shop, keys, 10)
    assert sequencer.run() == 10
    assert check_whole(engine, shop) == 10


def test_waiting_entries_count_for_the_lag(engine, shop, keys, sequencer):
    entry_texts(engine, INSTANCE, keys)
    with engine.connect() as transaction:
        assert tree_store.waiting(transaction) == [(0, "instance", NOW)]
    sequencer.run()
    with engine.connect() as transaction:
        assert tree_store.waiting(transaction) == []


def test_an_entry_that_got_a_place_meanwhile_gets_no_second_one(engine, shop, keys, sequencer):
    entry_texts(engine, shop, keys)
    with engine.connect() as transaction:
        found = entries.next_entries(transaction, shop.id, 9)
    sequencer.run()
    with pytest.raises(tree_store.TreeConflictError), engine.begin() as transaction:
        entries.number_entries(transaction, found, 5)
    assert check_whole(engine, shop) == 1


def test_entries_of_a_kind_are_found_in_their_order(engine, shop, keys):
    made = entry_texts(engine, shop, keys, 3, "key")
    entry_texts(engine, shop, keys, 1)
    with engine.connect() as transaction:
        assert [entry.jws for entry in entries.of_kind(transaction, shop.id, "key")] == made
