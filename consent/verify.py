"""Checks offline what a consent log proves: `python verify.py FILE --key FILE`, on its own, without this package.

FILE is a proof of one receipt (C2SP tlog-proof) or an export (JSON Lines). A key is the verifier key of the log, and
beside it the key set (JWKS) that receipts are signed with; get both from somebody you trust, not from who gave you FILE.
Exit code: 0 it is true, 1 it is false, 2 it cannot be told. Needs `cryptography`.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNED = ("id", "time", "action", "method", "vendors", "regime", "config", "language", "signals")
TYPES = ("consent-receipt+jws", "consent-config+jws")
URL, HEADER = b"-_", b"c2sp.org/tlog-proof@v1\n"


class Wrong(Exception):
    """What the file says is not so."""


class Unclear(Exception):
    """Whether it is so cannot be told from what is here."""


class Tree(NamedTuple):  # what a checkpoint says of a log
    origin: str
    size: int
    root: bytes


class Trusted(NamedTuple):  # the keys that were given
    logs: list[tuple[str, bytes, bytes]]  # name, key id, key
    receipts: dict[str, bytes]  # by kid


def check(file: Path, key_files: list[Path]) -> tuple[int, str]:
    """Return the exit code and a sentence about `file`."""
    try:
        trusted = read_keys(key_files)
        with file.open("rb") as opened:
            start = opened.read(len(HEADER))
        if start != HEADER and not start.startswith(b"{"):
            raise Unclear("this is neither a proof nor an export")
        said = check_proof(file.read_bytes().decode(), trusted) if start == HEADER else check_export(file, trusted)
        unsigned = "" if trusted.receipts else "; signatures of receipts were not checked, for want of their key set"
        return 0, f"True: {said}{unsigned}."
    except (Unclear, OSError) as error:
        return 2, f"Cannot tell: {error}."
    except (Wrong, ValueError, LookupError, TypeError, AttributeError) as error:
        return 1, f"False: {error}." if isinstance(error, Wrong) else f"False: the file is damaged ({error})."


def read_keys(files: list[Path]) -> Trusted:
    """Read verifier keys of logs and key sets of receipts. Raises Unclear where one cannot be read or no log has one."""
    trusted = Trusted([], {})
    try:
        for text in [file.read_text("utf-8").strip() for file in files]:
            if text.startswith("{"):
                trusted.receipts.update({key["kid"]: _base64(key["x"], URL) for key in json.loads(text)["keys"]})
            else:
                name, key_id, key = text.split("+", 2)
                raw = _base64(key)
                if raw[:1] != b"\1" or hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4].hex() != key_id:
                    raise ValueError(f"{name} has no Ed25519 key")
                trusted.logs.append((name, bytes.fromhex(key_id), raw[1:]))
    except (ValueError, LookupError, TypeError) as error:
        raise Unclear(f"a key cannot be read ({error})") from None
    if not trusted.logs:
        raise Unclear("no verifier key of the log was given (--key)")
    return trusted


def check_proof(text: str, trusted: Trusted) -> str:
    head, _, note = text.partition("\n\n")
    _, extra, index, *path = head.split("\n")
    tree = check_checkpoint(note, trusted)
    said, place = _base64(extra.removeprefix("extra ")), int(index.removeprefix("index "))
    if said.startswith(b"{"):
        leaf = bytes.fromhex(json.loads(said)["leaf_hash"])
        what = f"a leaf {leaf.hex()} whose content was erased"
        if said.decode() != f'{{"erased":true,"leaf_hash":"{leaf.hex()}"}}':
            raise Wrong(f"more is said of {what} than is in the log")
    else:
        leaf = hashlib.sha256(b"\0" + said).digest()
        what = check_signed(said.decode(), tree, trusted)["what"]
    if index != f"index {place}" or not is_included(leaf, place, tree, [_base64(line) for line in path]):
        raise Wrong(f"{what} is not number {place} of the log {tree.origin}")
    return f"{what} is number {place} of {tree.size} in the log {tree.origin}"


def check_export(file: Path, trusted: Trusted) -> str:
    with file.open("rb") as lines:
        last = deque(lines, maxlen=1)[0]
    manifest = json.loads(last).get("manifest")
    if manifest is None or manifest["checkpoint"] is None:
        raise Wrong("the end was cut off") if manifest is None else Unclear("the export has no checkpoint")
    tree = check_checkpoint(manifest["checkpoint"], trusted)
    digest, waiting, seen = hashlib.sha256(), 0, bytearray(tree.size + 1)
    with file.open("rb") as lines:
        for _, line in zip(range(manifest["count"]), lines, strict=False):
            digest.update(line)
            place = check_row(json.loads(line), tree, trusted)
            waiting += place is None
            seen[tree.size if place is None else place] = 1
        if lines.read(len(last) + 1) != last or digest.hexdigest() != manifest["sha256"]:
            raise Wrong("the rows are not those that the manifest counts: one was changed, added or taken away")
    if seen[: tree.size].count(1) != manifest["count"] - waiting:
        raise Wrong("a receipt is here twice")
    if waiting:
        raise Unclear(f"{waiting} receipts were not in the log yet; the {manifest['count'] - waiting} others are true")
    return f"{manifest['count']} receipts are in the log {tree.origin}, which has {tree.size} leaves"


def check_row(row: dict[str, Any], tree: Tree, trusted: Trusted) -> Any:
    what, leaf = "an erased receipt", row.get("leaf_hash", "")
    if row.get("erased") is not True or row.keys() != {"erased", "leaf_hash", "index", "proof"}:
        claims = check_signed(row["receipt"], tree, trusted)
        signed = {name: claims[name] for name in SIGNED} | {"choices": claims["effective"]}
        signed["place"] = {name: claims["place"][name] for name in ("country", "subdivision")}
        if changed := [name for name, value in signed.items() if row[name] != value]:
            raise Wrong(f"{claims['what']} was signed with another {', '.join(changed)}")
        what, leaf = claims["what"], hashlib.sha256(b"\0" + row["receipt"].encode()).hexdigest()
    path = [bytes.fromhex(node) for node in row["proof"] or []]
    if row["index"] is not None and not is_included(bytes.fromhex(leaf), row["index"], tree, path):
        raise Wrong(f"{what} is not number {row['index']} of the log {tree.origin}")
    return row["index"]


def check_checkpoint(note: str, trusted: Trusted) -> Tree:
    """Return what a signed note says of its log. Raises Wrong unless a trusted key of that very log signed it."""
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for name, key_id, key in trusted.logs:
        for line in signatures.removesuffix("\n").split("\n") if name == origin and note.endswith("\n") else []:
            signature = _base64(line.rpartition(" ")[2]) if line.startswith(f"— {name} ") else b""
            if signature[:4] == key_id:
                check_signature(key, signature[4:], f"{text}\n".encode(), f"the checkpoint of {origin}")
                return Tree(origin, int(size), _base64(root))
    raise Wrong(f"the checkpoint of {origin!r} is not signed by a verifier key that was given")


def check_signed(text: str, tree: Tree, trusted: Trusted) -> dict[str, Any]:
    """Return what a JWS claims, and as `what` its name. Raises Wrong where it is of another log or of no given key set."""
    head, payload, signature = text.split(".")
    header, claims = json.loads(_base64(head, URL)), dict(json.loads(_base64(payload, URL)))
    what = claims["what"] = f"receipt {claims['id']}" if "id" in claims else f"config {claims['config']}"
    if header["alg"] != "Ed25519" or header["typ"] not in TYPES or len(header) != 3:
        raise Wrong(f"the header of {what} is not one of a consent log")
    if not tree.origin.endswith(f"/log/{claims['site']}"):
        raise Wrong(f"{what} is of the site {claims['site']}, not of the log {tree.origin}")
    if trusted.receipts:
        signed = f"{head}.{payload}".encode()
        check_signature(trusted.receipts.get(header["kid"]), _base64(signature, URL), signed, what)
    return claims


def check_signature(key: bytes | None, signature: bytes, signed: bytes, what: str) -> None:
    if key is None:
        raise Wrong(f"{what} is not signed by a key that was given")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except InvalidSignature:
        raise Wrong(f"the signature of {what} is false") from None


def is_included(leaf: bytes, index: int, tree: Tree, path: list[bytes]) -> bool:  # RFC 6962, 2.1.1
    inner = (index ^ tree.size - 1).bit_length()
    if not 0 <= index < tree.size or len(path) != inner + (index >> inner).bit_count():
        return False
    for level, node in enumerate(path):
        pair = leaf + node if level < inner and not index >> level & 1 else node + leaf
        leaf = hashlib.sha256(b"\1" + pair).digest()
    return leaf == tree.root and all(len(node) == 32 for node in path)


def _base64(text: str, letters: bytes = b"+/") -> bytes:
    padded = text + "=" * (-len(text) % 4) if letters == URL else text
    data = base64.b64decode(padded, letters, validate=True)
    if base64.b64encode(data, letters).decode() != padded:
        raise ValueError("base64 with stray bits")
    return data


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check a proof or an export of a consent log, offline.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[], help="verifier key or JWKS; may come twice")
    given = parser.parse_args()
    code, sentence = check(given.file, given.key)
    sys.stdout.write(sentence + "\n")
    sys.exit(code)
