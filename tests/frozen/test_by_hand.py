"""The fixtures checked without any of the product's code: hashlib, hmac and `cryptography`, each separator written out.

This way a signed or hashed constant can't change together with the code that reads it.
"""

import base64
import csv
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIXTURES = Path(__file__).parent / "fixtures"
RECEIPT_KEY, LOG_KEY = (
    Ed25519PrivateKey.from_private_bytes(bytes(range(start, start + 32))).public_key() for start in (0, 32)
)
SECRET, SALT = bytes(range(96, 128)), bytes(range(128, 160))
ORIGIN = "consent.example.com/log/shop"
VISITOR_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

SIGNED = {
    "receipt.jws": ("consent-receipt+jws", "consent-receipt/1"),
    "leaf-config.jws": ("consent-config+jws", "consent-config-entry/1"),
    "leaf-key.jws": ("consent-key+jws", "consent-key/1"),
    "leaf-key-of-the-instance.jws": ("consent-key+jws", "consent-key/1"),
    "leaf-erasure.jws": ("consent-erasure+jws", "consent-erasure/1"),
    "leaf-audit.jws": ("consent-audit+jws", "consent-audit/1"),
    "evidence/manifest.jws": ("consent-evidence+jws", "consent-evidence/1"),
}
CLAIMS = {
    "receipt.jws": "action config conflict_shown delayed effective expires id language layer method origin_checked pd place"
    " place_at_write regime requested rules_version schema signals site text time variant vendors",
    "leaf-config.jws": "banner_sha256 by config rules_sha256 schema site time version",
    "leaf-key.jws": "id new old schema site time use",
    "leaf-key-of-the-instance.jws": "id new old schema site time use",
    "leaf-erasure.jws": "cause count id level schema site time",
    "leaf-audit.jws": "action after before by id schema site subject time",
    "evidence/manifest.jws": "config date files id schema site",
}


def data(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(jws: str, key: Ed25519PublicKey, kind: str) -> dict[str, Any]:
    """Check a JWS's signature and header (RFC 7515), and return its claims."""
    head, payload, signature = jws.split(".")
    key.verify(decoded(signature), f"{head}.{payload}".encode())
    x = encoded(key.public_bytes_raw())
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    assert json.loads(decoded(head)) == {"alg": "Ed25519", "kid": encoded(thumbprint), "typ": kind}
    found: dict[str, Any] = json.loads(decoded(payload))
    return found


@pytest.mark.parametrize("name", SIGNED)
def test_a_jws_has_its_type_its_schema_and_its_claims(name: str) -> None:
    kind, schema = SIGNED[name]
    claims = claims_of(data(name).decode(), RECEIPT_KEY, kind)
    assert (claims["schema"], " ".join(sorted(claims))) == (schema, CLAIMS[name])


def test_the_check_by_hand_can_fail() -> None:
    head, payload, signature = data("receipt.jws").decode().split(".")
    other = f"{head}.{payload[:-2]}AA.{signature}"
    with pytest.raises(InvalidSignature):
        claims_of(other, RECEIPT_KEY, "consent-receipt+jws")
    with pytest.raises(InvalidSignature):
        claims_of(data("receipt.jws").decode(), LOG_KEY, "consent-receipt+jws")


@pytest.mark.parametrize("name", ["checkpoint.txt", "checkpoint-older.txt", "evidence/log/checkpoint"])
def test_a_checkpoint_is_a_signed_note(name: str) -> None:
    note, _, line = data(name).decode().partition("\n\n")
    key = b"\x01" + LOG_KEY.public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + key).digest()[:4]
    dash, name_of_key, signature = line.rstrip("\n").split(" ")
    assert (dash, name_of_key, note.split("\n")[0]) == ("—", ORIGIN, ORIGIN)
    raw = base64.b64decode(signature)
    assert raw[:4] == key_id
    LOG_KEY.verify(raw[4:], f"{note}\n".encode())
    assert data("vkey.txt").decode() == f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(key).decode()}\n"


def root_of(hashes: list[bytes]) -> bytes:
    """Return the root over leaf hashes, by the definition in RFC 6962, 2.1."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def test_leaves_tiles_and_root_are_those_of_rfc_6962() -> None:
    leaf = hashlib.sha256(b"\x00" + data("receipt.jws")).digest()
    assert leaf.hex() == data("leaf-hash.txt").decode()
    lowest = data("tile/0/000") + data("tile/0/001.p/44")
    leaves = [lowest[start : start + 32] for start in range(0, len(lowest), 32)]
    assert leaves[4] == leaf
    assert data("tile/1/000.p/1") == root_of(leaves[:256])
    for name, size in (("checkpoint.txt", 300), ("checkpoint-older.txt", 200)):
        _, told, root = data(name).decode().split("\n")[:3]
        assert (int(told), base64.b64decode(root)) == (size, root_of(leaves[:size]))


def test_a_proof_has_the_form_of_c2sp() -> None:
    head, extra, index = data("inclusion.tlog-proof").decode().split("\n")[:3]
    assert (head, index) == ("c2sp.org/tlog-proof@v1", "index 4")
    assert base64.b64decode(extra.removeprefix("extra ")) == data("receipt.jws")
    for state in ("erased", "detached"):
        extra = data(f"inclusion-of-{state}.tlog-proof").decode().split("\n")[1]
        told = json.loads(base64.b64decode(extra.removeprefix("extra ")))
        assert told == {state: True, "leaf_hash": data("leaf-hash.txt").decode()}
    assert data("consistency.txt").startswith(b"old 200\n")


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def test_what_is_under_a_mac_has_its_separator() -> None:
    said, _, found = data("write-token.txt").decode().rpartition(".")
    assert found == encoded(mac(SECRET, b"write token\0" + said.encode())[:16])
    said, _, found = data("preview-link.txt").decode().rpartition(".")
    assert found == encoded(mac(SECRET, f"preview link\0shop\0{said}".encode()))
    assert data("visitor-id.txt").decode() == mac(SECRET, b"visitor\0" + VISITOR_SECRET.encode()).hex()[:32]
    assert data("personal-digest.txt").decode() == mac(SALT, data("personal-part.json")).hex()
    body = b'{"key":"ffeeddccbbaa99887766554433221100"}'
    assert data("body-mac.txt").decode() == mac(SALT[:16], body).hex()


def test_what_the_dashboard_keeps_rests_on_the_secret_key() -> None:
    found = json.loads(data("service/dashboard-secrets.json"))
    assert found["sessions"] == mac(SECRET, b"dashboard").hex()
    key = found["sessions"].encode()
    assert found["totp"] == {"1": mac(key, b"dashboard totp").hex()}
    assert found["recovery"] == [base64.urlsafe_b64encode(mac(key, b"dashboard recovery")).decode()]


def test_what_is_hashed_has_its_separator() -> None:
    raw = decoded(data("cursor.txt").decode())
    assert raw[24:] == hashlib.sha256(b"consent cursor 7 " + raw[:24]).digest()[:8]
    assert raw[:24] == (1795564800).to_bytes(8, "big") + bytes.fromhex("00112233445566778899aabbccddeeff")
    token = data("api-token.txt")
    assert (token[:4], len(token)) == (b"cst_", 47)
    token_hash = hashlib.sha256(token).hexdigest()
    assert data("api-token-hash.txt").decode() == token_hash
    assert data("api-token-audit-id.txt").decode() == hashlib.sha256(b"audit\0" + token_hash.encode()).hexdigest()[:32]
    names = b'{"purposes":["analytics_storage","visitor_statistics"],"vendors":["ga","matomo"]}'
    assert data("purpose-key.txt").decode() == hashlib.sha256(names).hexdigest()
    config = data("config.json")
    assert data("config-name.txt").decode() == f"sha256:{hashlib.sha256(config).hexdigest()}"


@pytest.mark.parametrize("name", ["receipts-shop.csv", "receipts-shop.jsonld"])
def test_a_manifest_beside_a_file_has_its_hash(name: str) -> None:
    manifest = json.loads(data(f"export/{name}.manifest.json"))
    assert sorted(manifest) == ["checkpoint", "count", "keys", "sha256"]
    assert manifest["sha256"] == hashlib.sha256(data(f"export/{name}")).hexdigest()


@pytest.mark.parametrize("name", ["receipts-shop.jsonl", "month-shop-2026-11.jsonl"])
def test_json_lines_end_with_a_manifest_over_the_bytes_before_it(name: str) -> None:
    *rows, last = data(f"export/{name}").splitlines(keepends=True)
    manifest = json.loads(last)["manifest"]
    assert (manifest["count"], manifest["sha256"]) == (len(rows), hashlib.sha256(b"".join(rows)).hexdigest())
    for row in map(json.loads, rows):
        jws = row.get("receipt") or row.get("entry")
        assert jws or row["leaf_hash"]
        if jws:
            kind = json.loads(decoded(jws.partition(".")[0]))["typ"]
            claims_of(jws, RECEIPT_KEY, kind)


def test_each_receipt_of_a_table_is_signed() -> None:
    rows = list(csv.DictReader(data("export/receipts-shop.csv").decode().splitlines()))
    assert len(rows) == 6
    assert all(claims_of(row["receipt"], RECEIPT_KEY, "consent-receipt+jws")["id"] == row["id"] for row in rows)


def test_evidence_names_the_hash_of_each_file() -> None:
    claims = claims_of(data("evidence/manifest.jws").decode(), RECEIPT_KEY, "consent-evidence+jws")
    folder = FIXTURES / "evidence"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert claims["files"].keys() == names - {"manifest.jws"}
    assert all(
        digest == hashlib.sha256(data(f"evidence/{name}")).hexdigest() for name, digest in claims["files"].items()
    )
