"""The log as outsiders read it: proofs by receipt id, checkpoint, tiles, keys and config proofs."""

import base64
import json
import time

from consent.core.merkle import leaf_hash, node_hash, root_hash
from consent.core.tiles import TileReader, tile_path, width_of
from consent.storage.privacy import erasures
from tests.api.shop import site_draft
from tests.log.sequencing import another_turn, sequence_all

PUBLIC = {"public_log": True}


def record(shop, count):
    """Record `count` choices and return the responses."""
    return [shop.choose(shop.choice(key=f"{number:032x}")).json for number in range(count)]


def proof(shop, receipt_id, **headers):
    return shop.get(f"/api/v1/receipts/{receipt_id}/proof", **headers)


def open_log(shop):
    shop.edit(lambda draft: draft["overrides"].update(PUBLIC))
    shop.publish()


def read(shop, path, **headers):
    return shop.get(f"/log/shop/{path}", **headers)


def parts(answer):
    """Return the index, text, path and note of a proof."""
    head, _, note = answer.text.partition("\n\n")
    _, extra, index, *path = head.split("\n")
    return int(index.split()[1]), base64.b64decode(extra.split()[1]), [base64.b64decode(line) for line in path], note


def no_sequencing(shop, folder):
    """Keep the sequencer from running until the block ends."""
    return another_turn(shop.service.context.engine, folder)


def test_a_receipt_is_proved_once_it_is_in_the_log(any_shop, tmp_path):
    with no_sequencing(any_shop, tmp_path):
        made = record(any_shop, 3)[1]
        early = proof(any_shop, made["id"])
    assert (early.status_code, early.headers["Retry-After"]) == (202, "2")
    sequence_all(any_shop.service.context)
    answer = proof(any_shop, made["id"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    index, text, path, note = parts(answer)
    assert (index in (2, 3, 4), text.decode()) == (True, made["receipt"])
    assert note.startswith("127.0.0.1:8000/log/shop\n5\n")
    assert len(path) == (1 if index == 4 else 3)


def test_unknown_and_malformed_ids_get_the_same_response(shop):
    unknown, malformed = proof(shop, "0" * 32), proof(shop, "abc")
    assert unknown.status_code == malformed.status_code == 404
    assert unknown.data == malformed.data == shop.get(f"/api/v1/receipts/{'0' * 32}").data


def test_the_proof_of_an_erased_receipt_states_the_erasure(any_shop):
    made = record(any_shop, 1)[0]
    sequence_all(any_shop.service.context)
    before = parts(proof(any_shop, made["id"]))
    with any_shop.service.context.engine.begin() as transaction:
        erasures.erase(transaction, any_shop.site_id, [made["id"]])
    index, text, path, _ = parts(proof(any_shop, made["id"]))
    assert json.loads(text) == {"erased": True, "leaf_hash": leaf_hash(made["receipt"].encode()).hex()}
    assert (index, path) == (before[0], before[2])


def test_checkpoint_and_tiles_are_one_tree(any_shop):
    open_log(any_shop)
    record(any_shop, 3)
    sequence_all(any_shop.service.context)
    checkpoint = read(any_shop, "checkpoint")
    origin, size, root = checkpoint.text.split("\n")[:3]
    assert (origin, size) == ("127.0.0.1:8000/log/shop", "7")
    tile = read(any_shop, "tile/0/000.p/7")
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert tile.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert root_hash(TileReader({(0, 0): tile.data}.__getitem__), 7) == base64.b64decode(root)
    # An older reader requests the partial tile that its own checkpoint needs.
    assert read(any_shop, "tile/0/000.p/2").data == tile.data[:64]


def test_a_log_with_full_tiles_can_be_read_whole_by_paths_alone(shop):
    open_log(shop)
    context = shop.service.context
    decision = shop.decision().json
    for number in range(300):
        shop.choose(shop.choice(key=f"{number:032x}", config=decision["config"], token=decision["token"]))
    sequence_all(shop.service.context)

    def load(name):
        path = tile_path(name, width_of(name, size))
        return read(shop, f"tile/{path}").data

    _, text, root = read(shop, "checkpoint").text.split("\n")[:3]
    size = int(text)
    assert size == 304
    assert root_hash(TileReader(load), size) == base64.b64decode(root)
    upper = read(shop, "tile/1/000.p/1").data
    hashes = [read(shop, "tile/0/000").data[place : place + 32] for place in range(0, 8192, 32)]
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
    assert upper == hashes[0]
    assert context.log.sequencer.warnings() == []


def test_a_tile_that_is_not_there_is_not_found(shop):
    open_log(shop)
    record(shop, 1)
    sequence_all(shop.service.context)
    for path in ("0/000", "0/000.p/9", "0/001.p/1", "1/000.p/1", "0/0", "entries/000", "x", "63/000.p/1"):
        assert read(shop, f"tile/{path}").status_code == 404


def test_a_closed_log_needs_a_token_of_its_scope(shop):
    record(shop, 1)
    sequence_all(shop.service.context)
    config = shop.decision().json["config"].removeprefix("sha256:")
    for path in ("checkpoint", "tile/0/000.p/2", "vkey", f"config/{config}"):
        assert read(shop, path).status_code == 401
        assert read(shop, path, Authorization=shop.token("decide")).status_code == 403
        answer = read(shop, path, Authorization=shop.token("log:read"))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("private")


def test_returns_an_error_for_the_log_of_an_unknown_site(shop):
    assert shop.get("/log/nobody/checkpoint").json["error"]["code"] == "unknown_site"


def test_what_was_shown_is_proved_by_the_same_log(any_shop):
    open_log(any_shop)
    made = record(any_shop, 1)[0]
    sequence_all(any_shop.service.context)
    config = any_shop.decision().json["config"]
    answer = read(any_shop, f"config/{config.removeprefix('sha256:')}")
    index, text, _, _ = parts(answer)
    claims = json.loads(base64.urlsafe_b64decode(text.split(b".")[1] + b"=="))
    assert (index, claims["config"], claims["version"], claims["by"]) == (3, config, 2, "somebody else+tests")
    assert set(claims) == {"schema", "site", "config", "version", "time", "by", "rules_sha256", "banner_sha256"}
    assert index < parts(proof(any_shop, made["id"]))[0]
    assert read(any_shop, f"config/{'0' * 64}").status_code == 404
    assert read(any_shop, "config/x").status_code == 404


def metrics(shop):
    return shop.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text


def test_the_lag_is_a_metric_and_a_warning_but_choices_are_kept(shop, tmp_path):
    sequence_all(shop.service.context)
    assert "consent_log_lag_seconds 0.0" in metrics(shop)
    shop.service.context.clock = lambda: time.time() - 100
    with no_sequencing(shop, tmp_path):
        record(shop, 1)
        shop.service.context.log.sequencer.run()
        ready, lag = shop.get("/readyz"), shop.service.context.log.sequencer.lag
    assert lag >= 100
    assert ready.status_code == 200
    assert any("to be added to the log" in warning for warning in ready.json["warnings"])


def test_the_log_of_a_new_site_is_closed():
    assert site_draft()["overrides"]["public_log"] is False
