"""Helpers for tests of the log: fill the database, and check that the log is complete."""

import json
import time
from contextlib import contextmanager

from sqlalchemy import select

from consent.core.merkle import node_hash, verify_inclusion
from consent.log.sequencer_lock import acquire_file
from consent.storage.database.advisory_locks import SEQUENCER
from consent.storage.log import tree_store
from consent.storage.sites import configs
from consent.storage.tables.log import LogEntry
from consent.storage.tables.receipts import Receipt
from tests.storage.sample_receipts import NOW, receipt_of

TAKE = f"SELECT pg_try_advisory_xact_lock({SEQUENCER})"
"""Takes the sequencer's lock as a round does, but without the five-second limit."""
BASE_URL = "https://consent.example.com"


def write(writer, site, count, **changes):
    """Write `count` receipts and return their ids."""
    return [writer.submit(receipt_of(site.id, **changes)).id for _ in range(count)]


def publish(engine, site, version=1):
    """Publish a config and return its name."""
    body = json.dumps({"site": site.key, "version": version, "rules_sha256": "1" * 64, "banner_sha256": "2" * 64})
    with engine.begin() as transaction:
        return configs.put_config(transaction, site.id, version, body.encode(), now=NOW, by="a" * 32)


def sequence_all(context):
    """Run a service's sequencer until nothing is pending; its thread may run rounds meanwhile."""
    while context.log.sequencer.run() or is_waiting(context.engine):
        time.sleep(0.01)


def is_waiting(engine):
    with engine.connect() as transaction:
        return bool(tree_store.waiting(transaction))


@contextmanager
def another_turn(engine, folder):
    """Hold the sequencer's lock, as another process would, until the block ends; first wait until it is free."""
    with engine.connect() as connection:
        while True:
            with acquire_file(connection, folder) as is_ours:
                if is_ours and (engine.dialect.name == "sqlite" or connection.exec_driver_sql(TAKE).scalar()):
                    yield
                    return
            connection.rollback()


def leaves_of(engine, site):
    """Return the index and hash of each leaf, as stored with receipts and entries."""
    found = []
    with engine.connect() as transaction:
        for model in (Receipt, LogEntry):
            mine = (model.site_id == site.id, model.log_index.is_not(None))
            found += transaction.execute(select(model.log_index, model.leaf_hash).where(*mine)).all()
    return [(index, leaf) for index, leaf in found]


def head_of(engine, site):
    with engine.connect() as transaction:
        return tree_store.head(transaction, site.id)


def check_whole(engine, site):
    """Check that the log has no gaps or duplicates and that checkpoint and tiles match the leaves; return its size."""
    leaves = sorted(leaves_of(engine, site))
    head = head_of(engine, site)
    size = head.size if head else 0
    assert [index for index, _ in leaves] == list(range(size))
    if size:
        hashes = [leaf for _, leaf in leaves]
        assert head.root == root_of(hashes)
        tree = tree_store.LogTree(engine, site.id)
        for index in {0, size // 2, size - 1}:
            assert verify_inclusion(hashes[index], index, size, tree.proof(index), head.root)
    return size


def root_of(hashes):
    """Return the root over leaf hashes, by the definition."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = root_of(hashes[:half]), root_of(hashes[half:])
    return node_hash(left, right)
