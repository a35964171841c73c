"""Signed checkpoints, verifier keys and proofs as text (C2SP signed-note, tlog-checkpoint, tlog-proof)."""

import base64
import hashlib
import json
from collections.abc import Sequence

from consent.signing.keys import Keys, SigningKey

ED25519 = b"\x01"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def origin_of(base_url: str, site: str) -> str:
    """Return the name of a site's log: the address where it is served, without the scheme (C2SP tlog-tiles)."""
    return f"{base_url.partition('://')[2].rstrip('/')}/log/{site}"


def sign_checkpoint(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """Return a tree's checkpoint as a signed note, whose key has the same name as the log."""
    text = f"{origin}\n{size}\n{_base64(root)}\n"
    return f"{text}\n— {origin} {_base64(key_id(origin, key.public) + key.sign(text.encode()))}\n"


def verifier_key(origin: str, public: bytes) -> str:
    """Return a log's public key as one line: name, key id and key, separated by plus signs."""
    return f"{origin}+{key_id(origin, public).hex()}+{_base64(ED25519 + public)}"


def verifier_keys(origin: str, keys: Keys) -> list[str]:
    """Return a log's current public key and all earlier ones, a line each."""
    old = [base64.urlsafe_b64decode(jwk["x"] + "=") for jwk in keys.old_logs]
    return [verifier_key(origin, public) for public in dict.fromkeys([keys.log.public, *old])]


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a signature identifies its key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def proof_text(index: int, path: Sequence[bytes], note: str, extra: bytes) -> str:
    """Return a proof that can be checked offline; `extra` is the signed text itself, or `hash_extra`."""
    lines = [PROOF_HEADER, f"extra {_base64(extra)}", f"index {index}", *map(_base64, path)]
    return "\n".join(lines) + f"\n\n{note}"


def consistency_text(old_size: int, path: Sequence[bytes], note: str) -> str:
    """Return the proof that the tree of `note` extends one of `old_size` leaves, in the format for witnesses."""
    return "\n".join([f"old {old_size}", *map(_base64, path)]) + f"\n\n{note}"


def hash_extra(state: str, leaf_hash: bytes) -> bytes:
    """Return the substitute for a receipt whose content isn't here: it only shows that a leaf with this hash exists.

    `state` is `erased`, or `detached` if the receipt is in the file of a detached month.
    """
    return json.dumps({state: True, "leaf_hash": leaf_hash.hex()}, separators=(",", ":")).encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
