"""Standalone offline verifier of a consent log: `python verify.py FILE --key FILE`; needs `cryptography`.

FILE is a proof (C2SP tlog-proof), an export (JSON Lines), a checkpoint or, with `--old`, a consistency response.
`--policy FILE` (C2SP tlog-policy) names witnesses, and the quorum of them that must have cosigned the checkpoint. Get
the keys from a party you trust, not from whoever gave you FILE. Exit code: 0 valid, 1 invalid, 2 undecided.
"""

import argparse
import base64
import hashlib
import json
from array import array
from collections import Counter, deque, namedtuple
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {f"consent-{kind}+jws": kind for kind in ("receipt", "config", "key", "erasure", "audit", "evidence")}
HIDDEN = {"erased": "was erased", "restricted": "is restricted", "detached": "is in a detached month"}
MOVES = {"month.detached": 1, "month.attached": -1}  # change in the number of receipts that are present as hashes only
FIRST, SHOWN = 25, {"text", "config", "variant", "layer", "language"}  # claims of schema 1, with `what`; of banners
MORE = {"scope", "confirmed", "over_refusal", "carried", "channel", "judged_by", "source"} | {"tcf"}  # new in schema 2
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"  # base64url alphabet
URL, HEADER, MAX_BYTES = b"-_", "c2sp.org/tlog-proof@v1\n", 1 << 22  # MAX_BYTES: of a file, or of a line of an export
Unclear, Wrong = OSError, AssertionError  # raised if the file can't be judged; if it is invalid
Tree = namedtuple("Tree", "origin size root doubts", defaults=((),))  # what a checkpoint says about a log, and warnings
Trusted = namedtuple("Trusted", "logs receipts policy", defaults=(None,))  # log keys by name, receipt keys by kid
Policy = namedtuple("Policy", "logs witnesses groups quorum")  # log keys; by name; (minimum, members) by name
Witness = namedtuple("Witness", "name key url")  # the name in its signatures, its public key, its address
LATE_SECONDS = 60  # promised maximum delay from signing a leaf to giving it a number
UNWITNESSED = "no witness has cosigned the checkpoint, so the holder of the log's key could have rewritten all of it"
UNCHECKED = "witnesses have cosigned the checkpoint, but their signatures were not checked: no policy file was given"


def check(file: Path, key_files: list[Path], old: Path | None = None) -> tuple[int, str]:
    try:
        trusted = read_keys(key_files)
        unsigned = "" if trusted.receipts else "; signatures of receipts were not checked: their key set was not given"
        found, doubts = check_file(file, old, trusted)
        code, sentence = 0, with_warnings(f"True: {found}{unsigned}", doubts)
    except Exception as error:  # includes any error from reading a damaged file
        damaged = "" if isinstance(error, Wrong) else "the file is damaged: "
        code, sentence = (2, f"Cannot tell: {error}") if isinstance(error, Unclear) else (1, f"False: {damaged}{error}")
        sentence = sentence[:400]
    return code, "".join(letter if letter.isprintable() else " " for letter in sentence[:900]) + "."  # terminal-safe


def with_warnings(sentence: str, doubts: Iterable[str]) -> str:
    return ". Warning: ".join([sentence[:400], *dict.fromkeys(doubts)])


def read_keys(files: list[Path]) -> Trusted:
    try:
        texts = [file.read_text().strip() for file in files]
        jwks = [key for text in texts if text[:1] == "{" for key in json.loads(text)["keys"]]
        trusted = Trusted(set(), {key["kid"]: decode(key["x"], URL) for key in jwks})
        policies = [read_policy(text) for text in texts if is_policy(text)]
        lines = [line for text in texts if text[:1] != "{" and not is_policy(text) for line in text.split("\n")]
        lines += [line for policy in policies for line in policy.logs]
        for log, key_id, key in [line.split("+", 2) for line in lines if "+" in line]:
            trusted.logs.add((log, decode(key)[1:]))
            if hashlib.sha256(f"{log}\n".encode() + decode(key)).hexdigest()[:8] != key_id or decode(key)[:1] != b"\1":
                raise Wrong(f"{log} has no Ed25519 key")
        for change in [line for line in lines if "+" not in line]:  # trust the next key that a trusted one names
            claims = check_signed(change, trusted)
            old, new = (decode(claims[which]["x"], URL) for which in ("old", "new"))
            trusted.logs.update([(log, new) for log, key in trusted.logs if key == old])
            trusted.receipts.update({claims["new"]["kid"]: new} if old in trusted.receipts.values() else {})
    except Exception as error:
        raise Unclear(f"a key cannot be read ({error})") from None
    return trusted._replace(policy=policies[-1] if policies else None)


def is_policy(text: str) -> bool:
    words = [line.split()[0] for line in text.split("\n") if line.strip() and line.strip()[0] != "#"]
    return bool(words) and words[0] in ("log", "witness", "group", "quorum")


def read_policy(text: str) -> Policy:  # C2SP tlog-policy; raises ValueError
    policy, quorum = Policy([], {}, {}, None), []
    for word, *rest in [line.split() for line in text.split("\n") if line.strip() and line.strip()[0] != "#"]:
        known, name = policy.witnesses.keys() | policy.groups.keys(), rest[0] if rest else ""
        if word == "log" and len(rest) in (1, 2):
            policy.logs.append(name)
        elif word == "witness" and len(rest) in (2, 3) and name not in known | {"none"}:
            policy.witnesses[name] = read_witness(rest[1], rest[2] if rest[2:] else "")
        elif word == "group" and len(rest) > 2 and name not in known | {"none"} and set(rest[2:]) <= known:
            least = {"all": len(rest) - 2, "any": 1}.get(rest[1]) or int(rest[1])
            policy.groups[name] = (least, rest[2:])
            if not 1 <= least <= len(rest) - 2 or len(set(rest[2:])) < len(rest) - 2:
                raise ValueError(f"group {name} wants {rest[1]} of {len(set(rest[2:]))}")
        elif word == "quorum" and len(rest) == 1 and name in known | {"none"}:
            quorum.append(name)
        else:
            raise ValueError(f"the policy has the line {' '.join([word, *rest])!r}, which is invalid or misplaced")
    if len(quorum) != 1 or len({witness.key for witness in policy.witnesses.values()}) < len(policy.witnesses):
        raise ValueError("a policy requires one line with its quorum, and a different key for each witness")
    return policy._replace(quorum=quorum[0])


def read_witness(text: str, url: str) -> Witness:
    name, key_id, key = text.split("+", 2)
    if decode(key)[:1] != b"\4" or len(decode(key)) != 33 or cosigner_id(name, decode(key)[1:]).hex() != key_id:
        raise ValueError(f"{name} has no Ed25519 key of a witness")
    return Witness(name, decode(key)[1:], url)


def cosigner_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n\4".encode() + key).digest()[:4]


def cosigned_text(text: str, time: int) -> bytes:  # C2SP tlog-cosignature
    return f"cosignature/v1\ntime {time}\n{text}\n".encode()


def cosigners(note: str, policy: Policy) -> set[str]:
    """Return the witnesses that have cosigned the checkpoint. Raises Wrong if the signature of one is invalid."""
    (text, _, signatures), found = note.rpartition("\n\n"), set()
    for key_name, data in [line[2:].rsplit(" ", 1) for line in signatures.split("\n") if line[2:].count(" ")]:
        for name, witness in policy.witnesses.items():
            signature = decode(data) if key_name == witness.name else b""
            if signature[:4] == cosigner_id(witness.name, witness.key):
                try:
                    message = cosigned_text(text, int.from_bytes(signature[4:12], "big"))
                    Ed25519PublicKey.from_public_bytes(witness.key).verify(signature[12:], message)
                except InvalidSignature:
                    raise Wrong(f"the checkpoint has an invalid signature of the witness {name}") from None
                found.add(name)
    return found


def is_quorum(policy: Policy, found: set[str], name: str = "") -> bool:
    name = name or policy.quorum
    least, members = policy.groups.get(name, (1, [name]))
    return name in found | {"none"} or (
        name in policy.groups and sum(is_quorum(policy, found, member) for member in members) >= least
    )


def check_file(file: Path, old: Path | None, trusted: Trusted) -> tuple[str, list[str]]:
    with file.open("rb") as opened:
        text = opened.read(MAX_BYTES).decode(errors="replace")
    if text[:1] == "{":
        return check_export(file, trusted)
    if text.startswith(HEADER):
        (_, extra, index, *hashes), note = text.split("\n\n")[0].split("\n"), text.partition("\n\n")[2]
        new, leaf, number = check_checkpoint(note, trusted), decode(extra[6:]).decode(), int(index[6:])
        if (extra[:6], index) != ("extra ", f"index {number}"):
            raise Wrong("the proof is malformed")
        row = json.loads(leaf) if leaf[:1] == "{" else {"receipt": leaf}
        claims = check_leaf(row | {"index": number, "proof": [decode(node).hex() for node in hashes]}, new, trusted)
        return f"{claims['what']} is number {number} of {new.size} in the log {new.origin}", new.doubts
    proof, _, note = text.partition("\n\n") if text[:4] == "old " else ("", "", text)
    if "\n\n\u2014 " not in note or "/log/" not in note.partition("\n")[0]:
        raise Unclear("this is not a proof, an export or a checkpoint")
    new, (head, *nodes) = check_checkpoint(note, trusted), proof.split("\n")
    if old is None:
        return f"the log {new.origin} has {new.size} leaves", new.doubts
    before, path = check_checkpoint(old.read_text(), trusted._replace(policy=None)), [decode(node) for node in nodes]
    if before.size < new.size and head != f"old {before.size}":
        raise Unclear(f"to check that the log only grew, use the response of /log/SITE/consistency?from={before.size}")
    is_later = before.size <= new.size and before.origin == new.origin
    if not is_later or grow(before.size, new.size, path, before.root, True) != (before.root, new.root) or path:
        raise Wrong(f"{new.origin} was {'rewritten' if is_later else 'rolled back'} since it had {before.size} leaves")
    return f"the log {new.origin} has {new.size} leaves, and the first {before.size} are unchanged", new.doubts


def check_export(file: Path, trusted: Trusted) -> tuple[str, list[str]]:
    with file.open("rb") as lines:
        last = deque(iter(lambda: lines.readline(MAX_BYTES), b""), maxlen=1)[0]
    manifest = json.loads(last).get("manifest") if last[-1:] == b"\n" else None
    if manifest is None or manifest["checkpoint"] is None:
        raise Wrong("the end is missing") if manifest is None else Unclear("the export has no checkpoint")
    (tree, witnessed), rows, clock = check_heads(manifest, trusted), manifest["count"], Clock()
    whole, months = manifest.get("whole") is True, ", ".join(manifest.get("detached", ()))
    digest, seen, kinds, seals, full, moved = hashlib.sha256(), bytearray(tree.size), Counter[str](), list[str](), 0, 0
    with file.open("rb") as lines:
        for number, line in zip(range(rows), iter(lambda: lines.readline(MAX_BYTES), last), strict=False):
            digest.update(line)
            try:
                claims = check_leaf(row := json.loads(line), tree, trusted)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise Wrong(f"row {number + 1} is damaged ({error})") from None
            kinds.update(row.keys())
            seals += [claims["what"]] if claims["what"].startswith("the seal") else []
            full += claims["count"] if claims.get("level") == "full" else 0
            moved += MOVES[claims["action"]] * claims["after"]["receipts"] if claims.get("action") in MOVES else 0
            if row["index"] is not None:
                seen[row["index"]] += 1
                clock.add(row["index"], claims)
        if max(seen) > 1:
            raise Wrong(f"leaf {seen.index(max(seen))} of the log {tree.origin} occurs twice")
        if whole and 0 in seen:
            raise Wrong(f"leaf {seen.index(0)} of the log {tree.origin} is missing; {seen.count(0)} in all are missing")
        if lines.read(len(last) + 1) != last or digest.hexdigest() != manifest["sha256"]:
            raise Wrong("the rows do not match the manifest: one was changed, added or removed")
    if whole and (kinds["erased"] > full or kinds["detached"] > moved):
        raise Wrong(f"blank as if erased are {kinds['erased']}, detached {kinds['detached']}; told: {full} and {moved}")
    if waiting := rows - sum(seen):
        raise Unclear(f"{waiting} leaves were not in the log yet; the {sum(seen)} others are true")
    if late := sum(seen[witnessed:]):
        raise Unclear(
            f"{late} leaves are newer than what the witnesses have cosigned; the {rows - late} others are true"
        )
    others = "everything else is included" if whole else "only an unfiltered export can show if others were left out"
    others += f"; of {months}, detached, {kinds['detached']} receipts are included by hash only" if months else ""
    others += "".join(f"; with {seal}" for seal in seals)
    found = f"{rows - kinds['entry']} receipts are in the log {tree.origin}, which has {tree.size} leaves; {others}"
    return found, [*tree.doubts, *clock.doubts()]


def check_heads(manifest: dict[str, Any], trusted: Trusted) -> tuple[Tree, int]:
    """Return an export's tree, and how many leaves the quorum has cosigned: all if its own checkpoint suffices."""
    try:
        tree = check_checkpoint(manifest["checkpoint"], trusted)
        return tree, tree.size
    except Unclear:
        if not trusted.policy or not manifest.get("cosigned"):
            raise
    tree = check_checkpoint(manifest["checkpoint"], trusted._replace(policy=None))
    cosigned, path = check_checkpoint(manifest["cosigned"], trusted), list(map(bytes.fromhex, manifest["grown"]))
    first, last = sorted((tree, cosigned), key=lambda one: one.size)
    is_one_log = first.size > 0 and tree.origin == cosigned.origin
    if not is_one_log or grow(first.size, last.size, path, first.root, True) != (first.root, last.root) or path:
        raise Wrong(f"the checkpoint of {tree.origin} does not belong to the log that the witnesses have cosigned")
    return tree._replace(doubts=cosigned.doubts), first.size


class Clock:
    """Checks receipt times against the order of the log, and against when their configs were published."""

    def __init__(self) -> None:
        self.times, self.configs, self.first = array("q"), dict[str, float](), dict[str, tuple[float, str]]()

    def add(self, index: int, claims: dict[str, Any]) -> None:
        if "time" not in claims:
            return
        time, name = datetime.fromisoformat(claims["time"]).timestamp(), claims.get("config", "")
        self.times.frombytes(bytes(8 * max(index + 1 - len(self.times), 0)))
        self.times[index] = int(time) * (1 if claims["what"].startswith("receipt") else -1)  # negative: not a receipt
        if claims["what"].startswith("config"):
            self.configs[name] = time
        elif claims["what"].startswith("receipt"):
            self.first[name] = min(self.first.get(name, (time, claims["what"])), (time, claims["what"]))

    def doubts(self) -> Iterable[str]:
        newest, late = 0, list[int]()
        for index, time in enumerate(self.times):
            late += [index] if 0 < time < newest - LATE_SECONDS else []
            newest = max(newest, abs(time))
        if late:
            yield f"{len(late)} receipts are dated before leaves that precede them; the first is number {late[0]}"
        for name, (first, what) in self.first.items():
            if first < self.configs.get(name, 0) - LATE_SECONDS:
                yield f"{what} is dated before {name}, which it names, was published"


def check_leaf(row: dict[str, Any], tree: Tree, trusted: Trusted) -> dict[str, Any]:
    if text := row.get("receipt") or row.get("entry"):
        claims, leaf = check_signed(text, trusted, tree.origin), hashlib.sha256(b"\0" + text.encode()).digest()
    else:
        (kind,), leaf = row.keys() - {"leaf_hash", "index", "proof"}, bytes.fromhex(row["leaf_hash"])
        claims = {"what": f"a leaf {leaf.hex()} whose content {HIDDEN[kind]}", "leaf_hash": leaf.hex(), kind: True}
    if row["index"] is not None and not is_included(leaf, row["index"], tree, list(map(bytes.fromhex, row["proof"]))):
        raise Wrong(f"{claims['what']} is not number {row['index']} of the log {tree.origin}")
    held = claims | {"choices": claims.get("effective"), "place": {n: claims["place"][n] for n in row.get("place", ())}}
    if changed := [name for name in row if row[name] != held.get(name, row[name])]:
        raise Wrong(f"{claims['what']} was signed with a different value of {', '.join(changed)}")
    return check_delivery(row["delivery"], claims) if "delivery" in row else claims


def check_delivery(one: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:  # one delivery of an hour
    hour, line, path = claims["after"], one["line"], list(map(bytes.fromhex, one["path"]))
    leaf = hashlib.sha256(b"\0" + json.dumps(line, sort_keys=True, separators=(",", ":")).encode()).digest()
    tree = Tree("", sum(hour[name] for name in ("delivered", "acknowledged", "dead")), bytes.fromhex(hour["root"]))
    if claims["action"] != "delivery.recorded" or not is_included(leaf, one["number"], tree, path):
        raise Wrong(f"this line of a delivery is not in {claims['what']}")
    name = f"delivery {line['event']} ({line['state']} at {line['at']})"
    return claims | {"what": f"{name} of receiver {hour['receiver']}, in {claims['what']},"}


def check_checkpoint(note: str, trusted: Trusted) -> Tree:
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    keys = {hashlib.sha256(f"{log}\n\1".encode() + key).digest()[:4]: key for log, key in trusted.logs if log == origin}
    is_whole = signatures[-1:] == "\n" and all(line[:2] == "\u2014 " for line in signatures[:-1].split("\n"))
    for line in [line for line in signatures.split("\n") if is_whole and line.startswith(f"\u2014 {origin} ")]:
        with suppress(LookupError, InvalidSignature):
            signature = decode(line.rpartition(" ")[2])
            Ed25519PublicKey.from_public_bytes(keys[signature[:4]]).verify(signature[4:], f"{text}\n".encode())
            tree = Tree(origin, int(size), decode(root))
            return tree._replace(doubts=check_witnesses(note, tree, trusted))
    raise (Wrong if trusted.logs else Unclear)(f"the checkpoint of {origin[:200]!r} is not signed with a given log key")


def check_witnesses(note: str, tree: Tree, trusted: Trusted) -> list[str]:
    """Return warnings about the checkpoint. Raises Unclear if the policy's quorum hasn't cosigned it."""
    others = [line for line in note.rpartition("\n\n")[2].split("\n") if line and line[2:].split(" ")[0] != tree.origin]
    policy = trusted.policy
    found = cosigners(note, policy) if policy else set()
    if policy and not is_quorum(policy, found):
        named = f"only {', '.join(sorted(found))} of them" if found else "none of them"
        raise Unclear(
            f"the policy wants a quorum of witnesses, and {named} has cosigned the checkpoint of {tree.size} leaves"
        )
    return [] if found else [UNCHECKED if others and not policy else UNWITNESSED]


def check_signed(text: str, trusted: Trusted, origin: str = "") -> dict[str, Any]:
    head, payload, signature = text.split(".")
    header, claims = (dict(json.loads(decode(part, URL))) for part in (head, payload))
    kind = KINDS[header["typ"]]
    what = claims["what"] = f"{kind} {claims['config' if kind == 'config' else 'id']}"
    if header["alg"] != "Ed25519" or len(header) != 3 or (origin and not origin.endswith(f"/log/{claims['site']}")):
        raise Wrong(f"{what}, of the site {claims['site']}, does not belong to the log {origin}")
    old_log = decode(claims["old"]["x"], URL) if kind == "key" and claims["use"] == "log" else b""
    key = old_log if old_log in [key for _, key in trusted.logs] else trusted.receipts.get(header["kid"], b"")
    try:
        if trusted.receipts or old_log:
            Ed25519PublicKey.from_public_bytes(key).verify(decode(signature, URL), f"{head}.{payload}".encode())
    except (InvalidSignature, ValueError):
        raise Wrong(f"{what} is not signed with any of the given keys") from None
    if kind == "audit" and claims["action"] == "old_log.sealed":
        claims["what"] = "the seal of {name:.80}, {bytes} bytes, {sha256}".format_map(claims["after"])
    if kind == "receipt" and claims["schema"] != "consent-receipt/1":
        check_second_schema(claims, what)
    return claims


def check_second_schema(claims: dict[str, Any], what: str) -> None:
    if claims["schema"] != "consent-receipt/2":
        raise Unclear(f"{what} is of the schema {claims['schema']}, which is newer than this program")
    unshown, is_closed = {name for name in SHOWN if claims[name] is None}, len(claims.keys() - MORE) == FIRST
    came_along = bool({"carried", "source"} & claims.keys()) and "judged_by" in claims
    is_of_scope = claims.get("scope", "account") in ("account", "device")
    if not is_closed or not is_of_scope or unshown != (SHOWN if came_along else set()):
        raise Wrong(f"{what} has missing or additional claims for its schema")
    if "tcf" in claims:
        check_tc_string(claims["tcf"], what)


def check_tc_string(tcf: dict[str, Any], what: str) -> None:  # IAB Tech Lab, TC string v2.3: the core's first 200 bits
    bits = "".join(f"{LETTERS.index(letter):06b}" for letter in tcf["string"].split(".")[0])
    at = [int(bits[start:end], 2) for start, end in ((0, 6), (78, 90), (90, 102), (102, 108), (120, 132), (132, 138))]
    if at != [2, *tcf["cmp"], tcf["screen"], tcf["version"], tcf["policy"]]:
        raise Wrong(f"the TC string of {what} names another platform, layer, vendor list or policy than the receipt")
    for name, start, end in (("features", 140, 152), ("purposes", 152, 176), ("interests", 176, 200)):
        granted = {number for number, bit in enumerate(bits[start:end], 1) if bit == "1"}
        if tcf[name] != "*" and not granted <= ids_in(tcf[name]):
            raise Wrong(f"the TC string of {what} grants {name} that were not chosen")


def ids_in(text: str) -> set[int]:  # ranges such as 3_7-12, or ~ and bits in base64url
    if text[:1] == "~":
        return {n for n, one in enumerate("".join(f"{LETTERS.index(x):06b}" for x in text[1:]), 1) if one == "1"}
    runs = [part.split("-") for part in filter(None, text.split("_"))]
    return {number for run in runs for number in range(int(run[0]), min(int(run[-1]), 1 << 14) + 1)}


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
    parser.add_argument("--key", type=Path, action="append", default=[], help="verifier key, JWKS or key changes")
    parser.add_argument("--old", type=Path, help="an earlier checkpoint of the same log")
    parser.add_argument("--policy", type=Path, action="append", default=[], help="witnesses and their quorum")
    options = parser.parse_args()
    code, sentence = check(options.file, options.key + options.policy, options.old)
    raise SystemExit(print(sentence) or code)  # noqa: T201 - this is a program
