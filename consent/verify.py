"""Standalone offline verifier of a consent log: `python verify.py FILE --key FILE`; needs `cryptography`.

FILE is a proof (C2SP tlog-proof), an export (JSON Lines), a checkpoint or, with `--old`, a consistency response.
Get the keys from a party you trust, not from who gave you FILE. Exit code: 0 valid, 1 invalid, 2 cannot be decided.
"""

import argparse
import base64
import hashlib
import json
from collections import Counter, deque, namedtuple
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {f"consent-{kind}+jws": kind for kind in ("receipt", "config", "key", "erasure", "audit", "evidence")}
HIDDEN = {"erased": "was erased", "restricted": "is left out of use", "detached": "lies in a detached month"}
MOVES = {"month.detached": 1, "month.attached": -1}  # entries that say how many receipts are now there by hash alone
URL, HEADER, MAX_BYTES = b"-_", "c2sp.org/tlog-proof@v1\n", 1 << 22  # bytes of a file, or of a line of an export
Unclear, Wrong = OSError, AssertionError  # raised where nobody can tell whether the file is right, or it is not
Tree = namedtuple("Tree", "origin size root")  # what a checkpoint says of a log
Trusted = namedtuple("Trusted", "logs receipts")  # keys: of logs, each with the log's name, and of receipts by kid


def check(file: Path, key_files: list[Path], old: Path | None = None) -> tuple[int, str]:
    try:
        trusted = read_keys(key_files)
        unsigned = "" if trusted.receipts else "; signatures of receipts were not checked, for want of their key set"
        code, sentence = 0, f"True: {check_file(file, old, trusted)}{unsigned}"
    except Exception as error:  # also whatever reading a damaged file leads to
        damaged = "" if isinstance(error, Wrong) else "the file is damaged: "
        code, sentence = (2, f"Cannot tell: {error}") if isinstance(error, Unclear) else (1, f"False: {damaged}{error}")
    return code, "".join(letter if letter.isprintable() else " " for letter in sentence[:400]) + "."  # for a terminal


def read_keys(files: list[Path]) -> Trusted:
    try:
        texts = [file.read_text().strip() for file in files]
        jwks = [key for text in texts if text[:1] == "{" for key in json.loads(text)["keys"]]
        trusted = Trusted(set(), {key["kid"]: decode(key["x"], URL) for key in jwks})
        lines = [line for text in texts if text[:1] != "{" for line in text.split("\n")]
        for log, key_id, key in [line.split("+", 2) for line in lines if "+" in line]:
            trusted.logs.add((log, decode(key)[1:]))
            if hashlib.sha256(f"{log}\n".encode() + decode(key)).hexdigest()[:8] != key_id or decode(key)[:1] != b"\1":
                raise Wrong(f"{log} has no Ed25519 key")
        for change in [line for line in lines if "+" not in line]:  # trust the key that a trusted one names as the next
            claims = check_signed(change, trusted)
            old, new = (decode(claims[which]["x"], URL) for which in ("old", "new"))
            trusted.logs.update([(log, new) for log, key in trusted.logs if key == old])
            trusted.receipts.update({claims["new"]["kid"]: new} if old in trusted.receipts.values() else {})
    except Exception as error:
        raise Unclear(f"a key cannot be read ({error})") from None
    return trusted


def check_file(file: Path, old: Path | None, trusted: Trusted) -> str:
    with file.open("rb") as opened:
        text = opened.read(MAX_BYTES).decode(errors="replace")
    if text[:1] == "{":
        return check_export(file, trusted)
    if text.startswith(HEADER):
        (_, extra, index, *hashes), note = text.split("\n\n")[0].split("\n"), text.partition("\n\n")[2]
        new, leaf, number = check_checkpoint(note, trusted), decode(extra[6:]).decode(), int(index[6:])
        if (extra[:6], index) != ("extra ", f"index {number}"):
            raise Wrong("this is not how a proof is written")
        row = json.loads(leaf) if leaf[:1] == "{" else {"receipt": leaf}
        claims = check_leaf(row | {"index": number, "proof": [decode(node).hex() for node in hashes]}, new, trusted)
        return f"{claims['what']} is number {number} of {new.size} in the log {new.origin}"
    proof, _, note = text.partition("\n\n") if text[:4] == "old " else ("", "", text)
    if "\n\n\u2014 " not in note or "/log/" not in note.partition("\n")[0]:
        raise Unclear("this is neither a proof nor an export nor a checkpoint")
    new, (head, *nodes) = check_checkpoint(note, trusted), proof.split("\n")
    if old is None:
        return f"the log {new.origin} has {new.size} leaves"
    before, path = check_checkpoint(old.read_text(), trusted), [decode(node) for node in nodes]
    if before.size < new.size and head != f"old {before.size}":
        raise Unclear(f"whether the log only grew needs what /log/SITE/consistency?from={before.size} answers")
    is_later = before.size <= new.size and before.origin == new.origin
    if not is_later or grow(before.size, new.size, path, before.root, True) != (before.root, new.root) or path:
        raise Wrong(f"{new.origin} was {'rewritten' if is_later else 'set back'} since it had {before.size} leaves")
    return f"the log {new.origin} has {new.size} leaves, the first {before.size} as they were"


def check_export(file: Path, trusted: Trusted) -> str:
    with file.open("rb") as lines:
        last = deque(iter(lambda: lines.readline(MAX_BYTES), b""), maxlen=1)[0]
    manifest = json.loads(last).get("manifest") if last[-1:] == b"\n" else None
    if manifest is None or manifest["checkpoint"] is None:
        raise Wrong("the end was cut off") if manifest is None else Unclear("the export has no checkpoint")
    tree, rows = check_checkpoint(manifest["checkpoint"], trusted), manifest["count"]
    whole, months = manifest.get("whole") is True, ", ".join(manifest.get("detached", ()))
    digest, seen, kinds, full, moved = hashlib.sha256(), bytearray(tree.size), Counter[str](), 0, 0
    with file.open("rb") as lines:
        for number, line in zip(range(rows), iter(lambda: lines.readline(MAX_BYTES), last), strict=False):
            digest.update(line)
            try:
                claims = check_leaf(row := json.loads(line), tree, trusted)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise Wrong(f"row {number + 1} is damaged ({error})") from None
            kinds.update(row.keys())
            full += claims["count"] if claims.get("level") == "full" else 0
            moved += MOVES[claims["action"]] * claims["after"]["receipts"] if claims.get("action") in MOVES else 0
            if row["index"] is not None:
                seen[row["index"]] += 1
        if max(seen) > 1:
            raise Wrong(f"leaf {seen.index(max(seen))} of the log {tree.origin} is here twice")
        if whole and 0 in seen:
            raise Wrong(f"leaf {seen.index(0)} of the log {tree.origin} is missing; {seen.count(0)} in all are gone")
        if lines.read(len(last) + 1) != last or digest.hexdigest() != manifest["sha256"]:
            raise Wrong("the rows are not those that the manifest counts: one was changed, added or taken away")
    if whole and (kinds["erased"] > full or kinds["detached"] > moved):
        raise Wrong(f"blank as if erased are {kinds['erased']}, detached {kinds['detached']}; told: {full} and {moved}")
    if waiting := rows - sum(seen):
        raise Unclear(f"{waiting} leaves were not in the log yet; the {sum(seen)} others are true")
    others = "all else is here too" if whole else "whether others were left out only an unfiltered export can tell"
    others += f"; of {months}, detached, {kinds['detached']} receipts are here, by hash alone" if months else ""
    return f"{rows - kinds['entry']} receipts are in the log {tree.origin}, which has {tree.size} leaves; {others}"


def check_leaf(row: dict[str, Any], tree: Tree, trusted: Trusted) -> dict[str, Any]:
    if text := row.get("receipt") or row.get("entry"):
        claims, leaf = check_signed(text, trusted, tree.origin), hashlib.sha256(b"\0" + text.encode()).digest()
    else:
        (kind,), leaf = row.keys() - {"leaf_hash", "index", "proof"}, bytes.fromhex(row["leaf_hash"])
        claims = {"what": f"a leaf {leaf.hex()} whose content {HIDDEN[kind]}", "leaf_hash": leaf.hex(), kind: True}
    if row["index"] is not None and not is_included(leaf, row["index"], tree, [bytes.fromhex(n) for n in row["proof"]]):
        raise Wrong(f"{claims['what']} is not number {row['index']} of the log {tree.origin}")
    held = claims | {"choices": claims.get("effective"), "place": {n: claims["place"][n] for n in row.get("place", ())}}
    if changed := [name for name in row if row[name] != held.get(name, row[name])]:
        raise Wrong(f"{claims['what']} was signed with another value of {', '.join(changed)}")
    return claims


def check_checkpoint(note: str, trusted: Trusted) -> Tree:
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    keys = {hashlib.sha256(f"{log}\n\1".encode() + key).digest()[:4]: key for log, key in trusted.logs if log == origin}
    is_whole = signatures[-1:] == "\n" and all(line[:2] == "\u2014 " for line in signatures[:-1].split("\n"))
    for line in [line for line in signatures.split("\n") if is_whole and line.startswith(f"\u2014 {origin} ")]:
        with suppress(LookupError, InvalidSignature):
            signature = decode(line.rpartition(" ")[2])
            Ed25519PublicKey.from_public_bytes(keys[signature[:4]]).verify(signature[4:], f"{text}\n".encode())
            return Tree(origin, int(size), decode(root))
    raise (Wrong if trusted.logs else Unclear)(f"the checkpoint of {origin[:200]!r} is not signed by a given log key")


def check_signed(text: str, trusted: Trusted, origin: str = "") -> dict[str, Any]:
    head, payload, signature = text.split(".")
    header, claims = (dict(json.loads(decode(part, URL))) for part in (head, payload))
    kind = KINDS[header["typ"]]
    what = claims["what"] = f"{kind} {claims['config' if kind == 'config' else 'id']}"
    if header["alg"] != "Ed25519" or len(header) != 3 or (origin and not origin.endswith(f"/log/{claims['site']}")):
        raise Wrong(f"{what}, of the site {claims['site']}, is not written for the log {origin}")
    old_log = decode(claims["old"]["x"], URL) if kind == "key" and claims["use"] == "log" else b""
    key = old_log if old_log in [key for _, key in trusted.logs] else trusted.receipts.get(header["kid"], b"")
    try:
        if trusted.receipts or old_log:
            Ed25519PublicKey.from_public_bytes(key).verify(decode(signature, URL), f"{head}.{payload}".encode())
    except (InvalidSignature, ValueError):
        raise Wrong(f"{what} is not signed by a key that was given") from None
    return claims


def is_included(leaf: bytes, index: int, tree: Tree, path: list[bytes]) -> bool:  # RFC 6962, 2.1.1
    inner = (index ^ tree.size - 1).bit_length()
    has_length = len(path) == inner + (index >> inner).bit_count() and all(len(node) == 32 for node in path)
    for step, node in enumerate(path):
        leaf = hashlib.sha256(b"\1" + (leaf + node if step < inner and not index >> step & 1 else node + leaf)).digest()
    return has_length and 0 <= index < tree.size and leaf == tree.root


def grow(old: int, new: int, path: list[bytes], root: bytes, is_whole: bool) -> tuple[bytes, bytes]:  # RFC 6962, 2.1.2
    if old == new:
        return (root, root) if is_whole else (path[-1], path.pop())
    half, side = 1 << (new - 1).bit_length() - 1, path.pop()
    if old <= half:
        first, second = grow(old, half, path, root, is_whole)
        return first, hashlib.sha256(b"\1" + second + side).digest()
    first, second = grow(old - half, new - half, path, root, False)
    return hashlib.sha256(b"\1" + side + first).digest(), hashlib.sha256(b"\1" + side + second).digest()


def decode(text: str, letters: bytes = b"+/") -> bytes:
    data = base64.b64decode(padded := text + "=" * (-len(text) % 4 * (letters == URL)), letters, validate=True)
    if base64.b64encode(data, letters).decode() != padded:
        raise ValueError("base64 with stray bits")
    return data


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check a proof, an export or checkpoints of a consent log, offline.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[], help="verifier key, JWKS or changes of keys")
    parser.add_argument("--old", type=Path, help="an earlier checkpoint of the same log")
    code, sentence = check(*vars(parser.parse_args()).values())
    raise SystemExit(print(sentence) or code)  # noqa: T201 - this is a program
