"""What is checked after the hammering: each acknowledged receipt exists once, every proof holds, the tree only grew."""

import itertools
import json
import threading
from pathlib import Path

from sqlalchemy import Engine, func, select

from consent import verify
from consent.app import load_rules
from consent.core.merkle import consistency_proof, verify_consistency
from consent.demo.site import KEY
from consent.exports import Export, Source
from consent.exports.atomic_file import write_file
from consent.signing.keys import load_keys
from consent.storage.log import tree_store
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from consent.storage.tables.receipts import Receipt
from tests.log.sequencing import check_whole
from tests.operating.service import Service

BASE_URL = "http://127.0.0.1:8000"
"""The address of the service and of the second sequencer, which both sign checkpoints."""
SAMPLE = 50
"""Receipts whose proofs are requested individually; the export proves all others."""


def wait_for_the_log(engine: Engine) -> None:
    """Wait until all receipts are in the log."""
    while True:
        with engine.connect() as connection:
            waiting = connection.execute(select(func.count()).where(Receipt.log_index.is_(None))).scalar_one()
        if not waiting:
            return
        threading.Event().wait(0.2)


def check(
    service: Service,
    engine: Engine,
    folder: Path,
    acknowledged: set[tuple[str, str]],
    notes: list[str],
    instances: list[Path],
) -> None:
    """Check receipts, proofs, tree and checkpoints against what the visitors were told.

    `instances` are the folders of all nodes; each stores the checkpoints it signed.
    """
    keys = write_keys(service, instances[0], folder)
    with engine.connect() as connection:
        site = sites.by_key(connection, KEY)
    assert site is not None
    jwks = json.loads(keys[1].read_text())["keys"]
    export = Export(Source(engine, load_rules(), jwks, BASE_URL), site.id, KEY, Filters(), "jsonl")
    write_file(export, folder / "all.jsonl", lambda count: None)
    code, sentence = verify.check(folder / "all.jsonl", keys)
    assert code == 0, sentence
    *rows, _ = (folder / "all.jsonl").read_text().splitlines()
    stored = [(row["id"], row["receipt"]) for row in map(json.loads, rows) if "receipt" in row]
    assert len(stored) == len(set(stored)) == len(acknowledged)
    assert set(stored) == acknowledged
    for receipt_id, _ in stored[:: max(len(stored) // SAMPLE, 1)]:
        (folder / "one").write_bytes(service.ask(f"/api/v1/receipts/{receipt_id}/proof").body)
        code, sentence = verify.check(folder / "one", keys)
        assert code == 0, sentence
    check_whole(engine, site)
    check_checkpoints(engine, site.id, [*notes, *itertools.chain.from_iterable(map(kept_outside, instances))], keys)


def check_checkpoints(engine: Engine, site_id: int, notes: list[str], keys: list[Path]) -> None:
    """Check that for any two checkpoints, the larger tree starts with the smaller one."""
    trusted = verify.read_keys(keys)
    known = {(tree.size, tree.root): tree for tree in (verify.check_checkpoint(note, trusted) for note in notes)}
    trees = [known[key] for key in sorted(known)]
    assert len(trees) > 3
    with engine.connect() as connection:
        read = tree_store.tile_reader(connection, site_id)
        for old, new in itertools.combinations(trees[:: max(len(trees) // 200, 1)], 2):
            proof = consistency_proof(read, old.size, new.size)
            assert verify_consistency(old.size, old.root, new.size, new.root, proof), (old, new)


def kept_outside(instance: Path) -> list[str]:
    """Return the checkpoints in the file outside the database, if this node has signed any."""
    file = instance / "checkpoints" / KEY
    if not file.exists():
        return []
    return [json.loads(line)["note"] for line in file.read_text().splitlines() if line.endswith("}")]


def write_keys(service: Service, instance: Path, folder: Path) -> list[Path]:
    """Write the log's verifier key as served, and the receipts' key set; return both paths."""
    (folder / "vkey").write_bytes(service.ask(f"/log/{KEY}/vkey").body)
    keys = load_keys(instance / "keys")
    (folder / "jwks").write_text(json.dumps(keys.jwks))
    return [folder / "vkey", folder / "jwks"]
