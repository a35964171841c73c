"""Checks offline what a consent log proves: `python verify.py FILE --key FILE`, on its own; needs `cryptography`.

FILE is a proof of a receipt (C2SP tlog-proof), an export (JSON Lines) or a checkpoint; with `--old CHECKPOINT` what
/log/SITE/consistency?from=SIZE answers. Keys come from somebody you trust, not from who gave you FILE: the verifier key of
the log, the key set (JWKS) of receipts, and the statements of /log/SITE/keys, by which each old key names the next.
Exit code: 0 it is true, 1 it is false, 2 it cannot be told.
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
TYPES = [f"consent-{kind}+jws" for kind in ("receipt", "config", "key", "erasure", "audit")]
URL, HEADER, LARGEST = b"-_", b"c2sp.org/tlog-proof@v1\n", 1 << 22  # bytes of a file that is no export
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


class Wrong(Exception): ...  # what the file says is not so


class Unclear(Exception): ...  # whether it is so cannot be told from what is here


class Tree(NamedTuple):  # what a checkpoint says of a log
    origin: str
    size: int
    root: bytes


class Trusted(NamedTuple):  # the keys that were given
    logs: list[tuple[str, bytes, bytes]]  # name, key id, key
    receipts: dict[str, bytes]  # by kid


def check(file: Path, key_files: list[Path], old: Path | None = None) -> tuple[int, str]:
    try:
        trusted = read_keys(key_files)
        with file.open("rb") as opened:
            start = opened.read(len(HEADER))
        text = "" if start[:1] == b"{" else read(file)
        reader = check_proof if start == HEADER else check_note
        tree, said = reader(text, trusted) if text else check_export(file, trusted)
        said += check_growth(read(old), text if text[:4] == "old " else "", tree, trusted) if old else ""
        unsigned = "" if trusted.receipts else "; signatures of receipts were not checked, for want of their key set"
        return 0, f"True: {said}{unsigned}."
    except (Unclear, OSError) as error:
        return 2, f"Cannot tell: {error}."
    except (Wrong, *DAMAGED) as error:
        why = " ".join(str(error)[:200].split())
        return 1, f"False: {error}." if isinstance(error, Wrong) else f"False: the file is damaged ({why})."


def read(file: Path) -> str:
    if file.stat().st_size > LARGEST:
        raise Unclear("the file is too large for a proof, a checkpoint or a key")
    return file.read_bytes().decode()


def read_keys(files: list[Path]) -> Trusted:
    trusted = Trusted([], {})
    try:
        texts = [read(file).strip() for file in files]
        for text in filter(lambda text: text[:1] == "{", texts):
            trusted.receipts.update({key["kid"]: _base64(key["x"], URL) for key in json.loads(text)["keys"]})
        lines = [line for text in texts if text[:1] != "{" for line in text.split("\n")]
        for name, key_id, key in [line.split("+", 2) for line in lines if "+" in line]:
            trusted.logs.append((name, bytes.fromhex(key_id), _base64(key)[1:]))
            if _base64(key)[:1] != b"\1" or trusted.logs[-1][1] != key_id_of(name, _base64(key)[1:]):
                raise ValueError(f"{name} has no Ed25519 key")
        for line in filter(lambda line: "+" not in line, lines):
            follow(line, trusted)
    except (Wrong, *DAMAGED) as error:
        raise Unclear(f"a key cannot be read ({error})") from None
    if not trusted.logs:
        raise Unclear("no verifier key of the log was given (--key)")
    return trusted


def follow(change: str, trusted: Trusted) -> None:  # trust the key that a trusted one names as the next
    header, claims, signed, signature = split_jws(change)
    old, new = (_base64(claims[name]["x"], URL) for name in ("old", "new"))
    names = [name for name, _, key in trusted.logs if name.endswith(f"/log/{claims['site']}") and key == old]
    known = names if claims["use"] == "log" else old == trusted.receipts.get(header["kid"])
    if (header["alg"], header["typ"]) != ("Ed25519", "consent-key+jws") or not known:
        raise Wrong("a change of keys is not signed by a key that was given")
    check_signature(old, signature, signed, "a change of keys")
    if claims["use"] == "log":
        trusted.logs.extend((name, key_id_of(name, new), new) for name in names)
    else:
        trusted.receipts[claims["new"]["kid"]] = new


def check_proof(text: str, trusted: Trusted) -> tuple[Tree, str]:
    head, _, note = text.partition("\n\n")
    _, extra, index, *path = head.split("\n")
    tree = check_checkpoint(note, trusted)
    said, place = _base64(extra.removeprefix("extra ")), int(index.removeprefix("index "))
    if said[:1] == b"{":
        leaf = bytes.fromhex(json.loads(said)["leaf_hash"])
        what = f"a leaf {leaf.hex()} whose content was erased"
        if said.decode() != f'{{"erased":true,"leaf_hash":"{leaf.hex()}"}}':
            raise Wrong(f"more is said of {what} than is in the log")
    else:
        leaf, what = hashlib.sha256(b"\0" + said).digest(), check_signed(said.decode(), tree, trusted)["what"]
    if index != f"index {place}" or not is_included(leaf, place, tree, [_base64(line) for line in path]):
        raise Wrong(f"{what} is not number {place} of the log {tree.origin}")
    return tree, f"{what} is number {place} of {tree.size} in the log {tree.origin}"


def check_note(text: str, trusted: Trusted) -> tuple[Tree, str]:
    note = text.partition("\n\n")[2] if text.startswith("old ") else text
    if "\n\n\u2014 " not in note or "/log/" not in note.partition("\n")[0]:
        raise Unclear("this is neither a proof nor an export nor a checkpoint")
    tree = check_checkpoint(note, trusted)
    return tree, f"the log {tree.origin} has {tree.size} leaves"


def check_growth(note: str, proof: str, new: Tree, trusted: Trusted) -> str:
    old = check_checkpoint(note, trusted)
    if old.size > new.size or old.origin != new.origin:
        raise Wrong(f"{new.origin} was set back: it had {old.size} leaves in {old.origin} and has {new.size}")
    if old.size < new.size and not proof:
        raise Unclear(f"that {old.size} leaves became {new.size} needs the proof /log/SITE/consistency?from={old.size}")
    head, *nodes = proof.partition("\n\n")[0].split("\n") if proof else [f"old {old.size}"]
    path = [_base64(node) for node in nodes]
    if head != f"old {old.size}" or (old.root, new.root) != grow(old.size, new.size, path, old.root, True) or path:
        raise Wrong(f"{new.origin} does not begin with the {old.size} leaves of the old checkpoint: it was rewritten")
    return f", the first {old.size} as they were"


def check_export(file: Path, trusted: Trusted) -> tuple[Tree, str]:
    with file.open("rb") as lines:
        last = deque(lines, maxlen=1)[0]
    manifest = json.loads(last).get("manifest") if last[-1:] == b"\n" else None
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
    return tree, f"{manifest['count']} receipts are in the log {tree.origin}, which has {tree.size} leaves"


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
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for name, key_id, key in trusted.logs:
        for line in signatures.removesuffix("\n").split("\n") if name == origin and note.endswith("\n") else []:
            signature = _base64(line.rpartition(" ")[2]) if line.startswith(f"\u2014 {name} ") else b""
            if signature[:4] == key_id:
                check_signature(key, signature[4:], f"{text}\n".encode(), f"the checkpoint of {origin}")
                return Tree(origin, int(size), _base64(root))
    raise Wrong(f"the checkpoint of {origin[:200]!r} is not signed by a verifier key that was given")


def split_jws(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    head, payload, signature = text.split(".")
    header, claims = (dict(json.loads(_base64(part, URL))) for part in (head, payload))
    return header, claims, f"{head}.{payload}".encode(), _base64(signature, URL)


def check_signed(text: str, tree: Tree, trusted: Trusted) -> dict[str, Any]:
    header, claims, signed, signature = split_jws(text)
    kind = str(header["typ"])[8:-4]
    what = claims["what"] = f"{kind} {claims['config' if kind == 'config' else 'id']}"
    if header["alg"] != "Ed25519" or header["typ"] not in TYPES or len(header) != 3:
        raise Wrong(f"the header of {what} is not one of a consent log")
    if not tree.origin.endswith(f"/log/{claims['site']}"):
        raise Wrong(f"{what} is of the site {claims['site']}, not of the log {tree.origin}")
    if trusted.receipts:
        check_signature(trusted.receipts.get(header["kid"]), signature, signed, what)
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


def grow(old: int, new: int, path: list[bytes], root: bytes, is_whole: bool) -> tuple[bytes, bytes]:  # RFC 6962, 2.1.2
    if old == new:
        return (root, root) if is_whole else (path[-1], path.pop())
    half, side = 1 << (new - 1).bit_length() - 1, path.pop()
    if old <= half:
        first, second = grow(old, half, path, root, is_whole)
        return first, hashlib.sha256(b"\1" + second + side).digest()
    first, second = grow(old - half, new - half, path, root, False)
    return hashlib.sha256(b"\1" + side + first).digest(), hashlib.sha256(b"\1" + side + second).digest()


def key_id_of(name: str, key: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n\1".encode() + key).digest()[:4]


def _base64(text: str, letters: bytes = b"+/") -> bytes:
    padded = text + "=" * (-len(text) % 4) if letters == URL else text
    data = base64.b64decode(padded, letters, validate=True)
    if base64.b64encode(data, letters).decode() != padded:
        raise ValueError("base64 with stray bits")
    return data


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check a proof, an export or checkpoints of a consent log, offline.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[], help="verifier key, JWKS or changes of keys")
    parser.add_argument("--old", type=Path, help="an earlier checkpoint of the same log")
    code, sentence = check(*vars(parser.parse_args()).values())
    sys.exit(print(sentence) or code)  # noqa: T201 - this is a program
