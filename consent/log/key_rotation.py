"""Rotate a signing key: the current key signs its successor, in every log."""

from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.log.audit_author import Author
from consent.log.entry import INSTANCE, Owner, write_entry
from consent.signing.keys import Keys, SigningKey, next_key, replace_key
from consent.storage.log import entries
from consent.storage.sites import sites


def rotate(engine: Engine, folder: Path, keys: Keys, use: str, author: Author, now: int) -> SigningKey:
    """Replace the key of `use` (`receipt` or `log`) in `folder`, and return the new one.

    The old key signs a statement about the new one in the instance's log and each site's, so that anyone who trusts the
    old key can follow it to the new one. An interrupted rotation is completed by the next.
    """
    present, new = keys.signing_key(use), next_key(folder, use)
    with engine.begin() as connection:
        owners: list[Owner] = [INSTANCE, *sites.every(connection)]
        for owner in owners:
            _write_statement(connection, owner, use, present, new, now)
        author.record(
            connection, INSTANCE, "key.rotated", new.kid, {"use": use, "kid": present.kid}, {"kid": new.kid}, now
        )
    replace_key(folder, use, present)
    return new


def _write_statement(
    connection: Connection, owner: Owner, use: str, old: SigningKey, new: SigningKey, now: int
) -> None:
    rotations = entries.of_kind(connection, owner.id, "key")
    if not any(entry.subject == new.kid for entry in rotations):
        write_entry(connection, old, owner, "key", new.kid, {"use": use, "old": old.jwk, "new": new.jwk}, now)
