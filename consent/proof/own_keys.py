"""Whether the keys of this process are those of the database: one with others would sign what nobody can verify."""

import base64
import json
from typing import Any

from sqlalchemy import Connection

from consent.proof.checkpoint import key_id
from consent.proof.entry import INSTANCE
from consent.proof.keys import Jwk, Keys
from consent.storage import entries
from consent.storage import log as store
from consent.storage.entry_words import payload_of


def foreign_keys(connection: Connection, keys: Keys) -> list[str]:
    """Return, in a sentence for each, which keys of this process never signed for this database.

    A key is of the database where it signed the first or the newest entry of the logs, or stands with one of these in
    the statements of rotations: one that was replaced signs on until its process ends.
    """
    said = [payload_of(entry.jws) for entry in entries.of_kind(connection, INSTANCE.id, "key")]
    found = []
    signed = {_kid(jws) for jws in entries.first_and_last(connection)}
    mine = {jwk["kid"] for jwk in keys.jwks["keys"]}
    if signed and not mine & _chain(signed, said, "receipt"):
        found.append(
            f"The receipt key {keys.receipt.kid} is not that of the other nodes: copy keys/receipt.key from one."
        )
    note = store.newest_note(connection)
    if note and not _signed_by_mine(note, keys, said):
        found.append(f"The log key {keys.log.kid} is not that of the other nodes: copy keys/log.key from one.")
    return found


def _chain(known: set[str], said: list[dict[str, Any]], use: str) -> set[str]:
    """Return `known` with all keys that rotations put before or behind them."""
    pairs = [(claims["old"]["kid"], claims["new"]["kid"]) for claims in said if claims["use"] == use]
    while more := {kid for pair in pairs if known & set(pair) for kid in pair} - known:
        known = known | more
    return known


def _kid(jws: str) -> str:
    header = jws.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def _signed_by_mine(note: str, keys: Keys, said: list[dict[str, Any]]) -> bool:
    """Tell whether the present log key, one before it or one behind it signed the checkpoint."""
    text, _, signature = note.rpartition("\n\n")
    origin = text.partition("\n")[0]
    signer = base64.b64decode(signature.split()[-1])[:4]
    jwks: list[Jwk] = [keys.log.jwk, *keys.old_logs]
    jwks += [claims[name] for claims in said if claims["use"] == "log" for name in ("old", "new")]
    chain = _chain({keys.log.kid}, said, "log") | {jwk["kid"] for jwk in keys.old_logs}
    publics = (base64.urlsafe_b64decode(jwk["x"] + "=") for jwk in jwks if jwk["kid"] in chain)
    return signer in {key_id(origin, public) for public in publics}
