"""Answer cosignature requests (C2SP tlog-witness): a log may only extend its last cosigned checkpoint."""

import hashlib
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.core.merkle import EMPTY_ROOT, SIZE, verify_consistency
from consent.verify import decode
from consent.witness.state import WitnessState

MAX_PROOF_LINES = 63
MAX_LOGS = 10_000
"""Maximum number of logs per witness, since anyone who holds a trusted key could create any number of logs."""
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
TEXT, TREE_SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


class WitnessAnswer(NamedTuple):
    """A response: status, body and content type."""

    status: int
    text: str
    type: str = TEXT


class Submission(NamedTuple):
    """A checkpoint and the proof that it extends the tree of `old` leaves."""

    old: int
    proof: list[bytes]
    origin: str
    size: int
    root: bytes
    note: str


class TrustedLogs:
    """The logs to cosign: those with a given name and key, or all logs of the same service with that key."""

    def __init__(self, keys: set[tuple[str, bytes]], *, are_all_trusted: bool = False) -> None:
        self._keys, self._are_all_trusted = keys, are_all_trusted

    def keys_of(self, origin: str) -> list[bytes]:
        """Return the public keys that may sign the log `origin`; empty if the log is unknown."""
        prefix = _service_of(origin)
        if self._are_all_trusted and prefix:
            return [key for name, key in self._keys if _service_of(name) == prefix]
        return [key for name, key in self._keys if name == origin]


def _service_of(origin: str) -> str:
    """Return the service that a log belongs to: the part of its name before `/log/`."""
    return origin.rpartition("/log/")[0]


def add_checkpoint(
    state: WitnessState, trusted: TrustedLogs, lock: threading.Lock, body: bytes, clock: Callable[[], float]
) -> WitnessAnswer:
    """Cosign the checkpoint in `body` if it extends the log's newest cosigned checkpoint."""
    try:
        submission = read_submission(body)
    except ValueError as error:
        return WitnessAnswer(400, f"{error}\n")
    keys = trusted.keys_of(submission.origin)
    if not keys:
        return WitnessAnswer(404, "Unknown log.\n")
    if not is_signed(submission, keys):
        return WitnessAnswer(403, "Not signed with a known key of the log.\n")
    if submission.old > submission.size:
        return WitnessAnswer(400, "The old size exceeds the new one.\n")
    with lock:  # so that no other checkpoint is stored between the comparison and the write
        return _extend(state, submission, int(clock()))


def _extend(state: WitnessState, new: Submission, now: int) -> WitnessAnswer:
    last = state.logs.get(new.origin)
    size, root = (last.size, bytes.fromhex(last.root)) if last else (0, EMPTY_ROOT)
    if new.old != size:
        return WitnessAnswer(409, f"{size}\n", TREE_SIZE)
    if last is None and len(state.logs) >= MAX_LOGS:
        return WitnessAnswer(404, f"This witness has reached its limit of {MAX_LOGS} logs.\n")
    if not verify_consistency(size, root, new.size, new.root, new.proof):
        return WitnessAnswer(422, f"Does not extend the cosigned tree of {size} leaves.\n")
    try:
        return WitnessAnswer(200, state.cosign(new.origin, new.size, new.root.hex(), new.note, now))
    except OSError:
        return WitnessAnswer(500, "The state cannot be written, so nothing was signed.\n")


def read_submission(body: bytes) -> Submission:
    """Parse the body of a request. Raises ValueError."""
    try:
        head, _, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise ValueError("The request is not text.") from None
    first, *lines = head.split("\n")
    old, text = _OLD.fullmatch(first), note.rpartition("\n\n")[0].split("\n")
    if not old or len(lines) > MAX_PROOF_LINES or len(text) < 3 or not _SIZE.fullmatch(text[1]) or not text[0]:
        raise ValueError("The request must contain a size, a proof and a checkpoint.")
    return Submission(int(old[1]), [_hash(line) for line in lines], text[0], int(text[1]), _hash(text[2]), note)


def _hash(line: str) -> bytes:
    with suppress(ValueError):
        if len(node := decode(line)) == SIZE:
            return node
    raise ValueError("A line is not a Base64 hash.")


def is_signed(submission: Submission, keys: list[bytes]) -> bool:
    """Return whether a known key signed the checkpoint and no signature under a known key is forged."""
    text, _, signatures = submission.note.rpartition("\n\n")
    named = f"\N{EM DASH} {submission.origin} "
    known = {_log_key_id(submission.origin, key): key for key in keys}
    found = False
    for line in signatures.split("\n"):
        with suppress(ValueError):
            signature = decode(line.removeprefix(named)) if line.startswith(named) else b""
            if signature[:4] not in known:
                continue
            try:
                public = Ed25519PublicKey.from_public_bytes(known[signature[:4]])
                public.verify(signature[4:], f"{text}\n".encode())
            except InvalidSignature:
                return False
            found = True
    return found


def _log_key_id(origin: str, key: bytes) -> bytes:
    return hashlib.sha256(f"{origin}\n\1".encode() + key).digest()[:4]
