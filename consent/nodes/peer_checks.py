"""Check that a node has the keys of its database and of the other nodes, and a clock close to the database's.

With other keys it would sign receipts that nobody can verify.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection

from consent.core.documents.claims import KeyClaims
from consent.log.checkpoints import key_id
from consent.log.entry import INSTANCE
from consent.signing.keys import Jwk, Keys, base64url
from consent.storage.log import entries
from consent.storage.log import tree_store as store
from consent.storage.log.entry_index import payload_of
from consent.storage.operations.nodes import NodeFacts

CLOCK_SECONDS = 60
"""How far a clock may be from the database's."""


NAME = 21
"""Characters of a fingerprint: one column holds two of them, separated by a dot."""


def secret_names(keys: Keys, sessions: str) -> str:
    """Return fingerprints of the instance secret and the session secret, which reveal neither."""
    named = ((keys.secret, b"consent node"), (sessions.encode(), b"consent sessions"))
    return ".".join(base64url(hmac.digest(secret, of, "sha256"))[:NAME] for secret, of in named)


def peer_problems(me: NodeFacts, everyone: Sequence[NodeFacts]) -> tuple[list[str], list[str]]:
    """Return why `me` may not write, and warnings for the operator.

    If every node's clock is far from the database's, the database's is wrong, and all nodes continue.
    """
    others = [node for node in everyone if node.id != me.id]
    errors: list[str] = []
    warnings: list[str] = []
    older = next((node for node in others if (node.started_at, node.id) < (me.started_at, me.id)), None)
    if older and older.secret[:NAME] != me.secret[:NAME]:
        errors.append(f"keys/secret.key differs from that of {older.host}, which started earlier; copy it from there.")
    elif older and older.secret != me.secret:
        warnings.append(
            f"CONSENT_SECRET_KEY differs from that of {older.host}, which started earlier; use the same value."
        )
    if abs(me.clock_offset) > CLOCK_SECONDS:
        sentence = f"The clock of {me.host} is {_offset_text(me.clock_offset)} the database's; synchronize it with NTP."
        is_odd = any(abs(node.clock_offset) <= CLOCK_SECONDS for node in others)
        (errors if is_odd else warnings).append(sentence)
    versions = sorted({node.version for node in everyone} | {me.version})
    if len({node.revision for node in others} | {me.revision}) > 1 or len(versions) > 1:
        warnings.append(f"Nodes run different versions ({', '.join(versions)}); complete the upgrade.")
    return errors, warnings


def _offset_text(ahead: int) -> str:
    return f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'}"


def clock_problems(connection: Connection, now: float) -> list[str]:
    """Return a problem if `now`, this machine's clock, is before the newest checkpoint: signed times would be false."""
    behind = store.newest_time(connection) - now
    if behind <= CLOCK_SECONDS:
        return []
    # Leave out the seconds: they change with each check, and each new sentence is logged.
    return [
        (
            "The clock is behind the newest checkpoint of the log; synchronize it with NTP. Nothing is signed "
            "in the meantime."
        )
    ]


def foreign_keys(connection: Connection, keys: Keys) -> list[str]:
    """Return a sentence for each key of this process that never signed for this database.

    A key belongs to the database if it signed the first or newest entry of the logs, or is linked by rotation
    statements to a key that did: a rotated key keeps signing until its process ends.
    """
    rotations = [cast(KeyClaims, payload_of(entry.jws)) for entry in entries.of_kind(connection, INSTANCE.id, "key")]
    errors = []
    signed = {_kid(jws) for jws in entries.first_and_last(connection)}
    own = {jwk["kid"] for jwk in keys.jwks["keys"]}
    if signed and not own & _rotation_chain(signed, rotations, "receipt"):
        errors.append(
            f"The receipt key {keys.receipt.kid} differs from that of the other nodes; copy keys/receipt.key "
            f"from one of them."
        )
    note = store.newest_note(connection)
    if note and not _is_signed_by_own_key(note, keys, rotations):
        errors.append(
            f"The log key {keys.log.kid} differs from that of the other nodes; copy keys/log.key from one of them."
        )
    return errors


def _rotation_chain(known: set[str], rotations: list[KeyClaims], use: str) -> set[str]:
    """Return `known` and all keys that come before or after them in rotations."""
    pairs = [(claims["old"]["kid"], claims["new"]["kid"]) for claims in rotations if claims["use"] == use]
    while more := {kid for pair in pairs if known & set(pair) for kid in pair} - known:
        known = known | more
    return known


def _kid(jws: str) -> str:
    header = jws.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def _is_signed_by_own_key(note: str, keys: Keys, rotations: list[KeyClaims]) -> bool:
    """Return whether the current log key, or one before or after it, signed the checkpoint."""
    text, _, signature = note.rpartition("\n\n")
    origin = text.partition("\n")[0]
    signer = base64.b64decode(signature.split()[-1])[:4]
    jwks: list[Jwk] = [keys.log.jwk, *keys.old_logs]
    jwks += [key for claims in rotations if claims["use"] == "log" for key in (claims["old"], claims["new"])]
    chain = _rotation_chain({keys.log.kid}, rotations, "log") | {jwk["kid"] for jwk in keys.old_logs}
    publics = (base64.urlsafe_b64decode(jwk["x"] + "=") for jwk in jwks if jwk["kid"] in chain)
    return signer in {key_id(origin, public) for public in publics}
