"""`consent verify` as an auditor runs it: the single file in its own process, on what the service hands out."""

import base64
import hashlib
import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent import verify
from consent.cli import main
from consent.core.merkle import leaf_hash, node_hash, verify_inclusion
from consent.storage.privacy import erasures
from tests.api.shop import open_shop
from tests.log.sequencing import sequence_all

pytestmark = pytest.mark.app

FILE = Path(verify.__file__)
COUNT = 9


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Record some choices, and save the service's proofs, export and keys."""
    folder = tmp_path_factory.mktemp("given")
    shop = open_shop(folder / "instance")
    ids = [shop.choose(shop.choice(key=f"{number:032x}")).json["id"] for number in range(COUNT)]
    sequence_all(shop.service.context)
    (folder / "ids").write_text("\n".join(ids))
    for number, receipt_id in enumerate(ids):
        (folder / f"{number}.tlog-proof").write_bytes(shop.get(f"/api/v1/receipts/{receipt_id}/proof").data)
    token = shop.token("log:read", "receipts:export")
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
    (folder / "jwks").write_bytes(shop.get("/.well-known/jwks.json").data)
    config = shop.decision().json["config"].removeprefix("sha256:")
    (folder / "config.tlog-proof").write_bytes(shop.get(f"/log/shop/config/{config}", Authorization=token).data)
    export = "/api/v1/sites/shop/receipts/export"
    (folder / "export.jsonl").write_bytes(shop.get(export, Authorization=token).data)
    with shop.service.context.engine.begin() as transaction:
        erasures.erase(transaction, shop.site_id, ids[:1])
    (folder / "erased.tlog-proof").write_bytes(shop.get(f"/api/v1/receipts/{ids[0]}/proof").data)
    shop.service.close()
    return folder


@pytest.fixture
def keys(given):
    return [given / "vkey", given / "jwks"]


def run(file, *keys):
    """Run the file as an auditor without this package would; return the exit code and the output."""
    options = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, "-I", str(FILE), str(file), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def ids(given):
    return (given / "ids").read_text().split()


def changed(tmp_path, data):
    file = tmp_path / "changed"
    file.write_bytes(data)
    return file


def test_a_proof_is_true_and_names_its_receipt(given, keys):
    code, sentence = run(given / "3.tlog-proof", *keys)
    assert code == 0
    assert sentence.startswith(f"True: receipt {ids(given)[3]} is number ")
    assert sentence.endswith(f"of {COUNT + 2} in the log 127.0.0.1:8000/log/shop. Warning: {verify.UNWITNESSED}.")


def test_every_proof_is_true(given, keys):
    for name in [*(f"{number}.tlog-proof" for number in range(COUNT)), "config.tlog-proof", "erased.tlog-proof"]:
        code, sentence = verify.check(given / name, keys)
        assert code == 0, sentence


def test_without_a_key_set_it_names_what_was_not_checked(given):
    code, sentence = run(given / "3.tlog-proof", given / "vkey")
    assert code == 0
    assert "signatures of receipts were not checked" in sentence


def test_without_a_trusted_key_the_result_is_unknown(given, tmp_path):
    assert run(given / "3.tlog-proof")[0] == 2
    assert run(given / "3.tlog-proof", given / "jwks")[0] == 2
    assert run(given / "3.tlog-proof", tmp_path / "none")[0] == 2
    (tmp_path / "bad").write_bytes((given / "vkey").read_bytes().replace(b"+A", b"+B", 1))
    assert run(given / "3.tlog-proof", tmp_path / "bad")[0] == 2
    assert run(tmp_path / "no-file", given / "vkey")[0] == 2
    assert run(given / "vkey", given / "vkey")[0] == 2


@pytest.mark.parametrize("name", ["3.tlog-proof", "config.tlog-proof", "erased.tlog-proof"])
def test_no_byte_of_a_proof_can_be_changed(given, keys, tmp_path, name):
    data = (given / name).read_bytes()
    # Every 7th byte: across the three files that hits each field of each line.
    for place in range(0, len(data), 7):
        for other in (data[place] ^ 1, data[place] ^ 0x20):
            file = changed(tmp_path, data[:place] + bytes([other]) + data[place + 1 :])
            code, sentence = verify.check(file, keys)
            assert code == (1 if place >= len(verify.HEADER) else 2), (place, sentence)
        code, sentence = verify.check(changed(tmp_path, data[:place] + data[place + 1 :]), keys)
        assert code != 0, (place, sentence)


def test_a_receipt_in_the_place_of_another_is_found_and_named(given, keys, tmp_path):
    one, other = ((given / f"{number}.tlog-proof").read_bytes().split(b"\n") for number in (3, 4))
    file = changed(tmp_path, b"\n".join([one[0], other[1], *one[2:]]))
    code, sentence = run(file, *keys)
    assert code == 1
    assert ids(given)[4] in sentence


def test_a_receipt_signed_by_a_stranger_is_false_where_a_key_set_is_given(given, tmp_path):
    strange = json.loads((given / "jwks").read_text())
    strange["keys"][0]["x"] = base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")
    (tmp_path / "jwks").write_text(json.dumps(strange))
    code, sentence = run(given / "3.tlog-proof", given / "vkey", tmp_path / "jwks")
    assert (code, ids(given)[3] in sentence) == (1, True)
    (tmp_path / "jwks").write_text('{"keys": [{"kid": "other", "x": "AAAA"}]}')
    assert run(given / "3.tlog-proof", given / "vkey", tmp_path / "jwks")[0] == 1


def test_a_checkpoint_of_another_log_or_key_is_false(given, tmp_path):
    other = open_shop(tmp_path / "other", own_keys=True)
    token = other.token("log:read")
    (tmp_path / "vkey").write_bytes(other.get("/log/shop/vkey", Authorization=token).data)
    other.service.close()
    code, sentence = run(given / "3.tlog-proof", tmp_path / "vkey")
    assert (code, "not signed" in sentence) == (1, True)


def test_an_erased_receipt_is_proved_by_its_hash_alone(given, keys):
    code, sentence = run(given / "erased.tlog-proof", *keys)
    assert code == 0
    assert "whose content was erased" in sentence


def test_an_export_is_true(given, keys):
    code, sentence = run(given / "export.jsonl", *keys)
    assert (code, sentence) == (
        0,
        f"True: {COUNT} receipts are in the log 127.0.0.1:8000/log/shop, which has {COUNT + 2} leaves;"
        f" everything else is included. Warning: {verify.UNWITNESSED}.",
    )


def signed_anew(rows, manifest):
    """Return an export whose manifest matches `rows`, as an attacker who changes both can produce."""
    body = b"".join(rows)
    manifest = manifest | {"count": len(rows), "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps({"manifest": manifest}).encode() + b"\n"


def read_export(given):
    *rows, last = (given / "export.jsonl").read_bytes().splitlines(keepends=True)
    return rows, json.loads(last)["manifest"]


def dump(row):
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def test_no_row_of_an_export_can_be_changed_taken_added_or_moved(given, keys, tmp_path):
    rows, _ = read_export(given)
    last = (given / "export.jsonl").read_bytes().splitlines(keepends=True)[-1]
    for harmed in (rows[:-1], rows[1:], [*rows, rows[0]], rows[::-1], [b"{}\n", *rows[1:]], []):
        assert verify.check(changed(tmp_path, b"".join(harmed) + last), keys)[0] == 1
    assert verify.check(changed(tmp_path, b"".join(rows)), keys)[0] == 1


def test_names_a_row_that_differs_from_what_was_signed(given, keys, tmp_path):
    rows, manifest = read_export(given)
    for name, value in {
        "action": "reject_all",
        "choices": {"functional": True, "analytics": False, "advertising": True},
        "place": {"country": "DE", "subdivision": None},
        "signals": {"gpc": True, "dnt": False, "age_band": "unknown"},
        "time": "2026-01-01T00:00:00Z",
    }.items():
        row = json.loads(rows[2]) | {name: value}
        file = changed(tmp_path, signed_anew([*rows[:2], dump(row), *rows[3:]], manifest))
        code, sentence = run(file, *keys)
        assert (code, name in sentence, row["id"] in sentence) == (1, True, True)


def test_detects_a_forged_duplicated_or_misplaced_row(given, keys, tmp_path):
    rows, manifest = read_export(given)
    one, other = json.loads(rows[2]), json.loads(rows[3])
    moved = one | {"index": other["index"], "proof": other["proof"]}
    assert verify.check(changed(tmp_path, signed_anew([*rows[:2], dump(moved), *rows[3:]], manifest)), keys)[0] == 1
    assert verify.check(changed(tmp_path, signed_anew([*rows, rows[0]], manifest)), keys)[0] == 1
    head, payload, signature = one["receipt"].split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    said["effective"]["analytics"] = None
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    forged = one | {"receipt": f"{head}.{payload}.{signature}", "choices": said["effective"]}
    for known in (keys, keys[:1]):
        code, sentence = verify.check(
            changed(tmp_path, signed_anew([*rows[:2], dump(forged), *rows[3:]], manifest)), known
        )
        assert (code, one["id"] in sentence) == (1, True)


def test_a_damaged_row_is_named_by_its_number(given, keys, tmp_path):
    rows, manifest = read_export(given)
    for broken in (rows[1][:40] + b"\n", b'{"receipt":7,"index":0,"proof":[]}\n', b"[]\n"):
        file = changed(tmp_path, signed_anew([rows[0], broken, *rows[2:]], manifest))
        code, sentence = verify.check(file, keys)
        assert (code, "row 2 is damaged" in sentence) == (1, True), sentence


def test_an_export_with_receipts_not_yet_in_the_log_cannot_be_told(given, keys, tmp_path):
    rows, manifest = read_export(given)
    waiting = json.loads(rows[0]) | {"index": None, "proof": None}
    filtered = signed_anew([dump(waiting), *rows[1:]], manifest | {"whole": False})
    code, sentence = run(changed(tmp_path, filtered), *keys)
    assert (code, "1 leaves were not in the log yet" in sentence) == (2, True)
    assert verify.check(changed(tmp_path, signed_anew(rows, manifest | {"checkpoint": None})), keys)[0] == 2


def test_the_command_line_gives_the_same_result(given, keys):
    options = [word for key in keys for word in ("--key", str(key))]
    done = CliRunner().invoke(main, ["verify", str(given / "3.tlog-proof"), *options])
    assert (done.exit_code, done.output.strip()) == run(given / "3.tlog-proof", *keys)
    assert CliRunner().invoke(main, ["verify", str(given / "3.tlog-proof")]).exit_code == 2


def test_its_own_maths_and_that_of_the_service_agree():
    for size in range(1, 20):
        for index in range(-1, size + 1):
            for length in range(6):
                path = [bytes([number]) * 32 for number in range(length)]
                root = _climb(index, size, path)
                tree = verify.Tree("", size, root)
                assert verify.is_included(leaf_hash(b""), index, tree, path) == verify_inclusion(
                    leaf_hash(b""), index, size, path, root
                )


def _climb(index, size, path):
    """Return the root that `path` leads to if its length fits the index, by trying both sides at each step."""
    for sides in product((True, False), repeat=len(path)):
        node = leaf_hash(b"")
        for is_left, sibling in zip(sides, path, strict=True):
            node = node_hash(node, sibling) if is_left else node_hash(sibling, node)
        if verify_inclusion(leaf_hash(b""), index, size, path, node):
            return node
    return leaf_hash(b"")


def test_the_file_can_be_read_in_one_sitting():
    lines = FILE.read_text().splitlines()
    assert len(lines) < 400, f"consent/verify.py has {len(lines)} lines"
    assert max(map(len, lines)) <= 125


def test_warns_of_a_receipt_that_is_dated_too_early(tmp_path):
    shop = open_shop(tmp_path / "instance")
    context, token = shop.service.context, shop.token("receipts:export", "log:read")
    day, clock = 86_400, context.clock
    shop.choose(shop.choice(key=f"{1:032x}"))
    sequence_all(context)
    early = shop.choice(key=f"{2:032x}")
    context.clock = lambda: clock() - day
    shop.choose(early)
    sequence_all(context)
    context.clock = clock
    shop.choose(shop.choice(key=f"{3:032x}"))
    sequence_all(context)
    for name, path in {"vkey": "/log/shop/vkey", "jwks": "/.well-known/jwks.json"}.items():
        (tmp_path / name).write_bytes(shop.get(path, Authorization=token).data)
    keys = [tmp_path / "vkey", tmp_path / "jwks"]
    export = shop.get("/api/v1/sites/shop/receipts/export", Authorization=token).data
    (tmp_path / "export.jsonl").write_bytes(export)
    rows = [json.loads(line) for line in export.splitlines()]
    early_id = min((row for row in rows if "id" in row), key=lambda row: row["time"])["id"]
    shop.service.close()
    code, sentence = verify.check(tmp_path / "export.jsonl", keys)
    assert code == 0, sentence
    assert "Warning: 1 receipts are dated before leaves that precede them; the first is number" in sentence
    assert f"Warning: receipt {early_id} is dated before sha256:" in sentence
