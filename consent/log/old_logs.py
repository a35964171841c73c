"""Seal the log of a former consent tool: its file's hash becomes an entry in the site's log."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of

SEALED = "old_log.sealed"
STEP = 1 << 20


class SealedFile(NamedTuple):
    """A file as recorded in the log: its name without folders, its size, and its hash after `sha256:`."""

    name: str
    bytes: int
    sha256: str


def read_file(path: Path) -> SealedFile:
    """Return what the log records about the file at `path`, read in chunks. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(STEP):
            digest.update(piece)
            size += len(piece)
    return SealedFile(path.name, size, f"sha256:{digest.hexdigest()}")


def find_seal(transaction: Transaction, site_id: int, sha256: str) -> str | None:
    """Return the JWS of the entry that sealed a file with this hash in the site's log, or None."""
    sealed = (one.jws for one in entries.of_action(transaction, site_id, SEALED))
    return next((jws for jws in sealed if payload_of(jws)["after"]["sha256"] == sha256), None)


def seal_file(
    transaction: Transaction,
    site: Owner,
    file: SealedFile,
    by: Author,
    now: int,
    *,
    tool: str,
    begins: str | None,
    ends: str | None,
) -> bool:
    """Write the entry that seals `file`, covering `begins` to `ends`; return False if it is already sealed."""
    if find_seal(transaction, site.id, file.sha256) is not None:
        return False
    after = {**file._asdict(), "tool": tool, "from": begins, "to": ends}
    by.record(transaction, site, SEALED, file.name[:200], None, after, now)
    return True
