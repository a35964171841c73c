"""An export after an erasure: only hashes stand for erased receipts, and everything can still be checked."""

import json

import pytest

from consent import verify
from tests.api.shop import open_shop
from tests.exports.choices import EXPORT, choose_in_every_way
from tests.log.sequencing import sequence_all

pytestmark = pytest.mark.app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Record choices, erase two of them, one at each level, and save the exports and keys."""
    folder = tmp_path_factory.mktemp("erased")
    shop = open_shop(folder / "instance")
    ids = choose_in_every_way(shop)
    token = shop.token("privacy:erase", "receipts:export", "log:read")
    for receipt, level in zip(ids, ("unlink", "full"), strict=False):
        body = {"receipt": receipt, "level": level, "reason": "asked by letter"}
        answer = shop.client.post("/api/v1/sites/shop/erasures", json=body, headers={"Authorization": token})
        assert answer.status_code == 201
    sequence_all(shop.service.context)
    for name, query in {"all": "", "day": "from=2026-01-01", "unknown": "country=unknown", "csv": "format=csv"}.items():
        (folder / name).write_bytes(shop.get(f"{EXPORT}?{query}", Authorization=token).data)
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
    (folder / "jwks").write_bytes(shop.get("/.well-known/jwks.json").data)
    (folder / "ids").write_text("\n".join(ids))
    shop.service.close()
    return folder


def rows_of(folder, name):
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()[:-1]]


def check(folder, name):
    return verify.check(folder / name, [folder / "vkey", folder / "jwks"])


def test_an_erased_receipt_is_its_hash_and_place_alone(folder):
    ids = (folder / "ids").read_text().split()
    (erased,) = [row for row in rows_of(folder, "all") if "erased" in row]
    assert set(erased) == {"erased", "leaf_hash", "index", "proof"}
    assert {row["id"] for row in rows_of(folder, "all") if "id" in row} == set(ids) - {ids[1]}


def test_an_export_with_erased_rows_still_verifies(folder):
    ids = (folder / "ids").read_text().split()
    for name in ("all", "day"):
        code, said = check(folder, name)
        assert (code, said.startswith(f"True: {len(ids)} receipts")) == (0, True), said


def test_an_erased_row_matches_only_a_time_filter(folder):
    assert [row for row in rows_of(folder, "unknown") if "erased" in row] == []
    assert check(folder, "unknown")[0] == 0
    ids = (folder / "ids").read_text().split()
    text = (folder / "csv").read_text()
    assert [receipt in text for receipt in ids[:3]] == [True, False, True]


@pytest.mark.parametrize(
    "change", [{"leaf_hash": "0" * 64}, {"index": 0}, {"proof": []}, {"erased": False}, {"id": "0" * 32}]
)
def test_a_modified_erased_row_makes_the_export_false(folder, tmp_path, change):
    *rows, last = (folder / "all").read_bytes().splitlines(keepends=True)
    place = next(number for number, row in enumerate(rows) if b'{"erased"' in row)
    rows[place] = json.dumps(json.loads(rows[place]) | change, separators=(",", ":")).encode() + b"\n"
    manifest = json.loads(last)["manifest"]
    manifest["sha256"] = verify.hashlib.sha256(b"".join(rows)).hexdigest()
    (tmp_path / "export").write_bytes(b"".join(rows) + json.dumps({"manifest": manifest}).encode() + b"\n")
    code, said = verify.check(tmp_path / "export", [folder / "vkey", folder / "jwks"])
    assert (code, "Traceback" in said) == (1, False), said
