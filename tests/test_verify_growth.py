"""`consent verify` over time: two checkpoints, rotated keys, and files of other kinds."""

import base64
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import verify
from consent.core.merkle import consistency_proof, leaf_hash, node_hash, root_hash, verify_consistency
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.key_rotation import rotate
from consent.signing.keys import load_keys
from tests.api.shop import open_shop
from tests.log.sequencing import sequence_all
from tests.storage.sample_receipts import NOW

pytestmark = [pytest.mark.app, pytest.mark.extended]

REBUILT = {"max_examples": 150, "deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Record choices, rotate both keys, restart and record more; return what an auditor would have saved."""
    folder = tmp_path_factory.mktemp("kept")
    shop = open_shop(folder / "instance")
    token = shop.token("log:read", "receipts:export")

    def get(path, name):
        (folder / name).write_bytes(shop.get(path, Authorization=token).data)

    def record(numbers):
        ids = [shop.choose(shop.choice(key=f"{number:032x}")).json["id"] for number in numbers]
        sequence_all(shop.service.context)
        return ids[0]

    record(range(5))
    for path, name in (("/log/shop/checkpoint", "old"), ("/log/shop/vkey", "vkey"), ("/.well-known/jwks.json", "jwks")):
        get(path, name)
    record(range(5, 9))
    get("/log/shop/checkpoint", "between")
    get(f"/log/shop/consistency?from={size_of(folder / 'old')}", "proof-between")
    keys = load_keys(folder / "instance" / "keys")
    for use in ("receipt", "log"):
        engine = shop.service.context.engine
        rotate(engine, folder / "instance" / "keys", load_keys(folder / "instance" / "keys"), use, by(keys), NOW)
    shop.service.close()
    shop = reopened(shop, folder / "instance")
    receipt = record(range(9, 14))
    get("/log/shop/keys", "changes")
    get("/log/shop/checkpoint", "new")
    get(f"/log/shop/consistency?from={size_of(folder / 'old')}", "proof-new")
    get("/log/shop/vkey", "vkeys")
    get("/.well-known/jwks.json", "jwks-new")
    get(f"/api/v1/receipts/{receipt}/proof", "receipt.tlog-proof")
    get("/api/v1/sites/shop/receipts/export", "export.jsonl")
    shop.service.close()
    return folder


def by(keys):
    return Author(COMMAND_LINE, keys.receipt)


def reopened(shop, folder):
    from werkzeug.test import Client

    from consent.app import create_service
    from consent.config import Settings

    service = create_service(Settings(instance=folder, demo=True, write_limit=None))
    return type(shop)(service, Client(service.wsgi_app, use_cookies=False), shop.site_id)


def size_of(file: Path) -> int:
    return int(file.read_text().split("\n")[1])


def run_verify(kept, file, old=None, keys=("vkey", "jwks")):
    return verify.check(kept / file, [kept / key for key in keys], kept / old if old else None)


def test_a_checkpoint_alone_is_true_where_its_key_is_trusted(kept):
    assert run_verify(kept, "old")[0] == 0
    assert run_verify(kept, "new")[0] == 1
    assert run_verify(kept, "new", keys=("vkeys",))[0] == 0
    assert run_verify(kept, "old", keys=("vkeys",))[0] == 0


def test_a_log_that_grew_is_told_from_one_that_was_rewritten(kept, tmp_path):
    code, sentence = run_verify(kept, "proof-between", "old")
    assert (code, f"and the first {size_of(kept / 'old')} are unchanged" in sentence) == (0, True)
    head, note = (kept / "proof-between").read_text().split("\n\n", 1)
    lines = head.split("\n")
    for harmed in (lines[:-1], [lines[0], *lines[2:]], [*lines, lines[-1]], [lines[0], *lines[:0:-1], lines[1]]):
        (tmp_path / "harmed").write_text("\n".join(harmed) + "\n\n" + note)
        assert verify.check(tmp_path / "harmed", [kept / "vkey", kept / "jwks"], kept / "old")[0] == 1


def test_growth_without_a_proof_cannot_be_told_and_a_log_that_was_set_back_is_named(kept):
    code, sentence = run_verify(kept, "between", "old")
    assert (code, "consistency?from=" in sentence) == (2, True)
    code, sentence = run_verify(kept, "old", "between")
    assert (code, "rolled back" in sentence) == (1, True)
    assert run_verify(kept, "old", "old")[0] == 0


def test_whoever_trusts_the_old_keys_follows_them_to_the_new_ones(kept):
    for file, old in (("receipt.tlog-proof", None), ("export.jsonl", None), ("proof-new", "old")):
        assert run_verify(kept, file, old)[0] == 1
        code, sentence = run_verify(kept, file, old, ("vkey", "jwks", "changes"))
        assert code == 0, sentence
    assert run_verify(kept, "receipt.tlog-proof", keys=("vkeys", "jwks-new"))[0] == 0


def test_a_change_of_keys_that_nobody_trusted_signed_is_not_followed(kept, tmp_path):
    head, payload, signature = (kept / "changes").read_text().split("\n")[0].split(".")
    forged = f"{head}.{payload}.{signature[:-4]}AAAA"
    for text in (forged, "a.b.c", "..", head, "\0", "{}" * 9):
        (tmp_path / "changes").write_text(text)
        keys = [kept / "vkey", kept / "jwks", tmp_path / "changes"]
        code, sentence = verify.check(kept / "receipt.tlog-proof", keys)
        assert (code, "a key cannot be read" in sentence) == (2, True)
    assert verify.check(kept / "old", [kept / "changes"])[0] == 2


def test_the_proof_of_growth_is_that_of_the_service():
    for new in range(1, 34):
        hashes = [leaf_hash(bytes([number])) for number in range(new)]

        def read(level, index, hashes=hashes):
            return node_hash(*(read(level - 1, 2 * index + side) for side in (0, 1))) if level else hashes[index]

        for old in range(1, new + 1):
            path = consistency_proof(read, old, new)
            roots = root_hash(read, old), root_hash(read, new)
            assert verify_consistency(old, roots[0], new, roots[1], path)
            assert verify.grow(old, new, [*path], roots[0], True) == roots


FILES = ("receipt.tlog-proof", "proof-new", "old", "export.jsonl")


def plain(kept, tmp_path, data, old=None):
    """Check a file with these bytes; whatever they are, the output is one sentence."""
    file = tmp_path / "file"
    file.write_bytes(data)
    code, sentence = verify.check(file, [kept / "vkey", kept / "jwks", kept / "changes"], old)
    assert (len(sentence.splitlines()), "Traceback" in sentence) == (1, False)
    return code


@settings(**REBUILT)
@given(name=st.sampled_from(FILES), data=st.data())
def test_damaged_files_are_false_or_cannot_be_told(kept, tmp_path, name, data):
    whole = (kept / name).read_bytes()
    at, length = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40))
    harmed = whole[:at] + put + whole[at + length :]
    code = plain(kept, tmp_path, harmed, kept / "old" if name == "proof-new" else None)
    assert code in (1, 2) or harmed == whole


@settings(**REBUILT)
@given(name=st.sampled_from(FILES), data=st.data())
def test_truncated_and_reordered_files_are_false_or_cannot_be_told(kept, tmp_path, name, data):
    whole = (kept / name).read_bytes()
    assert plain(kept, tmp_path, whole[: data.draw(st.integers(0, len(whole) - 1))]) in (1, 2)
    lines = whole.splitlines(keepends=True)
    moved = data.draw(st.permutations(lines))
    assert b"".join(moved) == whole or plain(kept, tmp_path, b"".join(moved)) in (1, 2)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("more", [b"x", b"\0" * 99, b"\n", b"more\n", b"\n\nmore\n", b"\0" * (1 << 23)])
def test_nothing_may_stand_behind_a_file_that_is_true(kept, tmp_path, name, more):
    whole, old = (kept / name).read_bytes(), kept / "old" if name == "proof-new" else None
    assert plain(kept, tmp_path, whole, old) == 0
    assert plain(kept, tmp_path, whole + more, old) in (1, 2)


def test_signatures_of_witnesses_may_stand_behind_that_of_the_log(kept, tmp_path):
    cosigned = (kept / "old").read_bytes() + "\u2014 witness.example.com/w1 AAAAAAAA\n".encode()
    assert plain(kept, tmp_path, cosigned) == 0


def test_a_line_without_an_end_is_not_read_as_a_whole(kept, tmp_path):
    (tmp_path / "long").write_bytes(b"{" + b" " * (64 << 20))
    tracemalloc.start()
    code, sentence = verify.check(tmp_path / "long", [kept / "vkey"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, sentence.startswith("False: "), peak < 32 << 20) == (1, True, True)


@settings(**REBUILT)
@given(name=st.sampled_from(("vkeys", "jwks-new", "changes")), data=st.data())
def test_damaged_keys_never_end_in_an_error(kept, tmp_path, name, data):
    whole = (kept / name).read_bytes()
    at, length = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 40))
    (tmp_path / "key").write_bytes(whole[:at] + data.draw(st.binary(max_size=40)) + whole[at + length :])
    for keys in ([tmp_path / "key"], [kept / "vkey", tmp_path / "key"]):
        code, sentence = verify.check(kept / "old", keys)
        assert (code in (0, 1, 2), len(sentence.splitlines())) == (True, 1)
        assert code != 1 or name == "vkeys"


def test_a_forged_receipt_name_cannot_write_terminal_escapes(kept, tmp_path):
    _, extra, *rest = (kept / "receipt.tlog-proof").read_text().split("\n")
    head, payload, signature = base64.b64decode(extra.removeprefix("extra ")).decode().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"id": "\x1b[2J\r\nTrue: all is well" + "x" * 9999}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    extra = base64.b64encode(f"{head}.{payload}.{signature}".encode()).decode()
    (tmp_path / "proof").write_text("\n".join(["c2sp.org/tlog-proof@v1", f"extra {extra}", *rest]))
    code, sentence = verify.check(tmp_path / "proof", [kept / "vkeys", kept / "jwks-new"])
    assert (code, sentence.isprintable(), len(sentence) < 500) == (1, True, True)


STARTS = (b"", b"c2sp.org/tlog-proof@v1\n", b"{", b'{"manifest":', b"old 1\n", "\n\n— x ".encode())


@settings(**REBUILT)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_random_files_are_false_or_cannot_be_told(kept, tmp_path, start, rest):
    assert plain(kept, tmp_path, start + rest) in (1, 2)


@settings(**REBUILT)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip  # noqa: E501
def test_any_json_is_false_or_cannot_be_told(kept, tmp_path, value):
    manifest = {"manifest": {"count": 1, "sha256": "", "checkpoint": (kept / "old").read_text(), "keys": []}}
    for text in (value, {"manifest": value}, manifest | {"more": value}):
        row = json.dumps(value) + "\n" + json.dumps(text) + "\n"
        assert plain(kept, tmp_path, row.encode()) in (1, 2)


@pytest.mark.parametrize("data", [b"{" * 100_000, b"[" * 100_000, b'{"manifest":' + b"[" * 100_000, b"x" * (1 << 23)])
def test_oversized_and_deep_files_are_false_or_cannot_be_told(kept, tmp_path, data):
    assert plain(kept, tmp_path, data) in (1, 2)
