"""Checks offline what a consent log proves: `python verify.py FILE --key FILE`, on its own; needs `cryptography`.

FILE is a proof (C2SP tlog-proof), an export (JSON Lines) or a checkpoint; with `--old CHECKPOINT` what /log/SITE/consistency
answers. Keys come from somebody you trust, not from who gave you FILE: verifier key of the log, key set (JWKS) of receipts,
statements of /log/SITE/keys, by which each old key names the next. Exit code: 0 it is true, 1 it is false, 2 cannot be told.
"""

import argparse
import base64
import hashlib
import json
from collections import Counter, deque
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYPES = [f"consent-{kind}+jws" for kind in ("receipt", "config", "key", "erasure", "audit", "evidence")]
HIDDEN = {"erased": "was erased", "restricted": "is left out of use", "detached": "lies in a detached month"}
MOVES = {"month.detached": 1, "month.attached": -1}  # entries that say how many receipts are now there by hash alone
URL, HEADER, LARGEST = b"-_", "c2sp.org/tlog-proof@v1\n", 1 << 22  # bytes of a file that is no export
Unclear = OSError  # also raised where it cannot be told whether what the file says is so


class Tree(NamedTuple):  # what a checkpoint says of a log
    origin: str
    size: int
    root: bytes


class Trusted(NamedTuple):  # the keys that were given
    logs: dict[str, bytes]  # by name and key id, as a verifier key begins
    receipts: dict[str, bytes]  # by kid


class Wrong(Exception): ...  # what the file says is not so


def check(file: Path, key_files: list[Path], old: Path | None = None) -> tuple[int, str]:
    try:
        trusted, text = read_keys(key_files), read(file)
        said = check_export(file, trusted) if text[:1] == "{" else check_text(text, old, trusted)
        unsigned = "" if trusted.receipts else "; signatures of receipts were not checked, for want of their key set"
        code, sentence = 0, f"True: {said}{unsigned}"
    except (Unclear, Wrong) as error:
        code, sentence = (2, f"Cannot tell: {error}") if isinstance(error, Unclear) else (1, f"False: {error}")
    except Exception as error:  # whatever reading a damaged file leads to
        code, sentence = 1, f"False: the file is damaged ({error})"
    return code, plain(sentence)


def plain(sentence: str) -> str:  # one line for a terminal, whatever a file made it say
    return "".join(letter if letter.isprintable() else " " for letter in sentence[:400]) + "."


def read(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(LARGEST).decode(errors="replace")


def read_keys(files: list[Path]) -> Trusted:
    trusted = Trusted({}, {})
    try:
        texts = [read(file).strip() for file in files]
        for text in [text for text in texts if text[:1] == "{"]:
            trusted.receipts.update({key["kid"]: decode(key["x"], URL) for key in json.loads(text)["keys"]})
        lines = [line for text in texts if text[:1] != "{" for line in text.split("\n")]
        for log, key_id, key in [line.split("+", 2) for line in lines if "+" in line]:
            trusted.logs[f"{log}+{key_id}"] = decode(key)[1:]
            if decode(key)[:1] != b"\1" or key_name(log, decode(key)[1:]) != f"{log}+{key_id}":
                raise Wrong(f"{log} has no Ed25519 key")
        for change in [line for line in lines if "+" not in line]:  # trust the key that a trusted one names as the next
            claims = check_signed(change, trusted)
            old, new = (decode(claims[which]["x"], URL) for which in ("old", "new"))
            trusted.logs.update({key_name(name[:-9], new): new for name, key in trusted.logs.items() if key == old})
            trusted.receipts.update({claims["new"]["kid"]: new} if old in trusted.receipts.values() else {})
    except Exception as error:
        raise Unclear(f"a key cannot be read ({error})") from None
    if not trusted.logs:
        raise Unclear("no verifier key of the log was given (--key)")
    return trusted


def check_proof(text: str, trusted: Trusted) -> str:
    (_, extra, index, *path), note = text.split("\n\n")[0].split("\n"), text.partition("\n\n")[2]
    tree, leaf, number = check_checkpoint(note, trusted), decode(extra[6:]).decode(), int(index[6:])
    if (extra[:6], index) != ("extra ", f"index {number}"):
        raise Wrong("this is not how a proof is written")
    row = json.loads(leaf) if leaf[:1] == "{" else {"receipt": leaf}
    claims = check_leaf(row | {"index": number, "proof": [decode(node).hex() for node in path]}, tree, trusted)
    return f"{claims['what']} is number {number} of {tree.size} in the log {tree.origin}"


def check_text(text: str, old: Path | None, trusted: Trusted) -> str:
    if text.startswith(HEADER):
        return check_proof(text, trusted)
    proof, _, note = text.partition("\n\n") if text[:4] == "old " else ("", "", text)
    if "\n\n\u2014 " not in note or "/log/" not in note.partition("\n")[0]:
        raise Unclear("this is neither a proof nor an export nor a checkpoint")
    new = check_checkpoint(note, trusted)
    if old is None:
        return f"the log {new.origin} has {new.size} leaves"
    before, (head, *nodes) = check_checkpoint(read(old), trusted), proof.split("\n")
    if before.size < new.size and head != f"old {before.size}":
        raise Unclear(f"whether the log only grew needs what /log/SITE/consistency?from={before.size} answers")
    path, is_later = [decode(node) for node in nodes], before.size <= new.size and before.origin == new.origin
    if not is_later or grow(before.size, new.size, path, before.root, True) != (before.root, new.root) or path:
        done = "rewritten" if is_later else "set back"
        raise Wrong(f"{new.origin} was {done}: its {new.size} leaves do not begin with the {before.size} it had before")
    return f"the log {new.origin} has {new.size} leaves, the first {before.size} as they were"


def check_export(file: Path, trusted: Trusted) -> str:
    with file.open("rb") as lines:
        last = deque(lines, maxlen=1)[0]
    manifest = json.loads(last).get("manifest") if last[-1:] == b"\n" else None
    if manifest is None or manifest["checkpoint"] is None:
        raise Wrong("the end was cut off") if manifest is None else Unclear("the export has no checkpoint")
    tree, rows = check_checkpoint(manifest["checkpoint"], trusted), manifest["count"]
    whole, months = manifest.get("whole") is True, ", ".join(manifest.get("detached", ()))
    digest, seen, kinds, told, moved = hashlib.sha256(), bytearray(tree.size), Counter[str](), 0, 0
    with file.open("rb") as lines:
        for number, line in zip(range(rows), lines, strict=False):
            digest.update(line)
            try:
                claims = check_leaf(row := json.loads(line), tree, trusted)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise Wrong(f"row {number + 1} is damaged ({error})") from None
            kinds.update(row.keys())
            told += claims["count"] if claims.get("level") == "full" else 0
            moved += MOVES[claims["action"]] * claims["after"]["receipts"] if claims.get("action") in MOVES else 0
            if row["index"] is not None:
                seen[row["index"]] += 1
        if lines.read(len(last) + 1) != last or digest.hexdigest() != manifest["sha256"]:
            raise Wrong("the rows are not those that the manifest counts: one was changed, added or taken away")
    if max(seen) > 1:
        raise Wrong(f"leaf {seen.index(max(seen))} of the log {tree.origin} is here twice")
    if whole and 0 in seen:
        raise Wrong(f"leaf {seen.index(0)} of the log {tree.origin} is missing; {seen.count(0)} in all were removed")
    for kind, of_log, what in (("erased", told, "blank as if erased"), ("detached", moved, "said to be detached")):
        if whole and kinds[kind] > of_log:
            raise Wrong(f"{kinds[kind]} receipts are {what}, and the log tells of {of_log}")
    if waiting := rows - sum(seen):
        raise Unclear(f"{waiting} leaves were not in the log yet; the {sum(seen)} others are true")
    others = "all else is here too" if whole else "whether others were left out only an unfiltered export can tell"
    others += f"; of {months}, detached, {kinds['detached']} receipts are here, by hash alone" if months else ""
    return f"{rows - kinds['entry']} receipts are in the log {tree.origin}, which has {tree.size} leaves; {others}"


def check_leaf(row: dict[str, Any], tree: Tree, trusted: Trusted) -> dict[str, Any]:
    if text := row.get("receipt") or row.get("entry"):
        claims, leaf = check_signed(text, trusted, tree.origin), hashlib.sha256(b"\0" + text.encode()).digest()
    else:
        (kind,) = row.keys() - {"leaf_hash", "index", "proof"}
        leaf = bytes.fromhex(row["leaf_hash"])
        claims = {"what": f"a leaf {leaf.hex()} whose content {HIDDEN[kind]}"}
        if row[kind] is not True or leaf.hex() != row["leaf_hash"]:
            raise Wrong("a row has neither what was signed nor the hash of what was erased")
    if row["index"] is not None and not is_included(leaf, row["index"], tree, [bytes.fromhex(n) for n in row["proof"]]):
        raise Wrong(f"{claims['what']} is not number {row['index']} of the log {tree.origin}")
    said = claims | {"choices": claims.get("effective"), "place": {n: claims["place"][n] for n in row.get("place", ())}}
    if changed := [name for name in row if row[name] != said.get(name, row[name])]:
        raise Wrong(f"{claims['what']} was signed with another {', '.join(changed)}")
    return claims


def check_checkpoint(note: str, trusted: Trusted) -> Tree:
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for line in signatures.split("\n")[:-1]:
        signature = decode(line.rpartition(" ")[2]) if line.startswith(f"\u2014 {origin} ") else b""
        if key := trusted.logs.get(f"{origin}+{signature[:4].hex()}"):
            check_signature(key, signature[4:], f"{text}\n", f"the checkpoint of {origin}")
            return Tree(origin, int(size), decode(root))
    raise Wrong(f"the checkpoint of {origin[:200]!r} is not signed by a verifier key that was given")


def check_signed(text: str, trusted: Trusted, origin: str = "") -> dict[str, Any]:
    head, payload, signature = text.split(".")
    header, claims = (dict(json.loads(decode(part, URL))) for part in (head, payload))
    kind = header["typ"][8:-4]
    what = claims["what"] = f"{kind} {claims['config' if kind == 'config' else 'id']}"
    if header["alg"] != "Ed25519" or header["typ"] not in TYPES or len(header) != 3:
        raise Wrong(f"the header of {what} is not one of a consent log")
    if origin and not origin.endswith(f"/log/{claims['site']}"):
        raise Wrong(f"{what} is of the site {claims['site']}, not of the log {origin}")
    old_log = decode(claims["old"]["x"], URL) if kind == "key" and claims["use"] == "log" else b""
    key = old_log if old_log in trusted.logs.values() else trusted.receipts.get(header["kid"], b"")
    if trusted.receipts or old_log:
        check_signature(key, decode(signature, URL), f"{head}.{payload}", what)
    return claims


def check_signature(key: bytes, signature: bytes, signed: str, what: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed.encode())
    except (InvalidSignature, ValueError):
        raise Wrong(f"{what} is not signed by a key that was given") from None


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


def key_name(log: str, key: bytes) -> str:
    return f"{log}+{hashlib.sha256(log.encode() + bytes((10, 1)) + key).hexdigest()[:8]}"


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
