"""Verify the audit trail of a log: each entry is signed and unchanged, and none is missing or replaced."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.translatable import translatable
from consent.exports.verify_leaves import compared, excess_rows
from consent.log.checkpoints import origin_of, verifier_keys
from consent.log.entry import Owner
from consent.signing.keys import Keys
from consent.signing.receipt_claims import utc
from consent.storage.log import audit_trail, tree_store
from consent.storage.log.audit_trail import AuditEntry, AuditQuery
from consent.storage.log.entry_index import Words, words_of
from consent.storage.log.tree_store import LogTree
from consent.verify import URL, Tree, Trusted, Wrong, check_checkpoint, check_leaf, decode

STEP = 500
MAX_ERRORS = 20
MAX_NAMED = 5
"""Maximum number of missing leaves to name; finding each means searching millions."""
MAX_QUOTED_LENGTH = 120
"""Maximum length at which the words of a missing entry are quoted."""


COMPARED = 400_000
"""Maximum number of receipts compared with their leaves at once, newest first, since a user is waiting."""


class TrailCheck(NamedTuple):
    """The result: number of entries, of entries waiting for an index, and of leaves, and the errors as sentences.

    Receipts at indexes `first` to `end` (exclusive) were compared with their leaves.
    """

    entries: int
    waiting: int
    leaves: int
    errors: list[str]
    first: int = 0
    end: int = 0


class StoredEntry(NamedTuple):
    """An entry and its row in the search index, or None."""

    entry: AuditEntry
    words: Words | None


def check_trail(engine: Engine, keys: Keys, base_url: str, owner: Owner, end: int | None = None) -> TrailCheck:
    """Check each entry in the log of a site or the instance with the code of `consent verify`; stops after 20 errors.

    Receipts must match the leaves at their indexes, since a receipt could have replaced a removed entry. Of the
    receipts before index `end`, or of all, the newest `COMPARED` are checked.
    """
    origin, tree = origin_of(base_url, owner.key), LogTree(engine, owner.id)
    trusted = trusted_keys(origin, keys)
    errors: list[str] = []
    signed = Tree(origin, 0, b"")
    try:
        signed = check_checkpoint(tree.note, trusted) if tree.note else signed
    except (Wrong, ValueError) as error:
        return TrailCheck(0, 0, tree.size, [translatable(f"The checkpoint is not valid: {error}.")])
    entries = waiting = 0
    newer: AuditEntry | None = None
    for kept in _all_entries(engine, owner.id):
        entries += 1
        waiting += kept.entry.log_index is None
        if problem := _error(kept, tree, signed, trusted) or _order_error(kept.entry, newer):
            errors.append(problem)
            if len(errors) == MAX_ERRORS:
                return TrailCheck(entries, waiting, tree.size, errors)
        newer = newer if kept.entry.kind == "config" else kept.entry
    with engine.connect() as connection:
        errors += _find_missing(connection, owner.id, tree.size)
        errors += excess_rows(connection, owner.id, tree.size)
    end = tree.size if end is None else min(end, tree.size)
    first = max(end - COMPARED, 0)
    errors += islice(compared(engine, owner.id, tree, first, end), MAX_ERRORS)
    return TrailCheck(entries, waiting, tree.size, errors[:MAX_ERRORS], first, end)


def trusted_keys(origin: str, keys: Keys) -> Trusted:
    """Return the public keys of this instance, current and old, in the format of `consent verify`."""
    logs = {(origin, decode(line.split("+", 2)[2])[1:]) for line in verifier_keys(origin, keys)}
    return Trusted(logs, {jwk["kid"]: decode(jwk["x"], URL) for jwk in keys.jwks["keys"]})


def _all_entries(engine: Engine, site_id: int) -> Iterator[StoredEntry]:
    before: int | None = None
    while True:
        with engine.connect() as connection:
            entries, before = audit_trail.page(connection, site_id, AuditQuery(), before, STEP)
            words = audit_trail.search_words(connection, site_id, [one.id for one in entries])
        yield from (StoredEntry(one, words.get(one.id)) for one in entries)
        if before is None:
            return


def _error(kept: StoredEntry, tree: LogTree, signed: Tree, trusted: Trusted) -> str:
    """Return the error in an entry, or ""."""
    entry = kept.entry
    is_in = entry.log_index is not None and entry.log_index < signed.size
    name = translatable(f"The entry of {utc(entry.time)}") + (
        translatable(f", number {entry.log_index} of the log,") if is_in else ""
    )
    try:
        path = [node.hex() for node in tree.proof(entry.log_index or 0)] if is_in else []
        claims = check_leaf(
            {"entry": entry.jws, "index": entry.log_index if is_in else None, "proof": path}, signed, trusted
        )
        shown = _shown_and_signed(entry, claims)
    except Wrong as error:
        return translatable(f"{name} was changed: {error}.")
    except (ValueError, LookupError, TypeError):
        return translatable(f"{name} can no longer be read.")
    if changed := [field for field, (value, meant) in shown.items() if value != meant]:
        return translatable(f"{name} was signed with a different value of {', '.join(changed)} than the one shown.")
    if kept.words != words_of(entry.kind, entry.subject, entry.actor, entry.jws):
        return translatable(f"{name} cannot be found by its words: the search index differs from what was signed.")
    return ""


def _shown_and_signed(entry: AuditEntry, claims: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return pairs of the displayed or filterable value and the signed one, by name. Raises LookupError, TypeError."""
    signed_kind = claims["what"].partition(" ")[0]
    shown = {"kind": (entry.kind, signed_kind), "time": (utc(entry.time), claims["time"])}
    if signed_kind == "audit":
        return shown | {"by": (entry.actor, claims["by"]), "action": (entry.subject, claims["action"])}
    if signed_kind == "config":
        return shown | {"by": (entry.actor, claims["by"][:32]), "config": (entry.subject, claims["config"])}
    if signed_kind == "erasure":
        return shown | {"level": (entry.subject, claims["level"])}
    return shown | {"key": (entry.subject, claims["new"]["kid"])}


def _order_error(entry: AuditEntry, newer: AuditEntry | None) -> str:
    """Return an error if an entry follows one that is older by both time and index.

    Configs are skipped, because they get their index as the log grows; entries written in the same second may be in
    either order.
    """
    if entry.kind == "config" or newer is None or entry.log_index is None or newer.log_index is None:
        return ""
    if entry.log_index > newer.log_index and entry.time > newer.time:
        return translatable(
            f"The entries of {utc(newer.time)} and {utc(entry.time)}, numbers {newer.log_index} and {entry.log_index} of the"
            " log, are not in the order in which they were written."
        )
    return ""


def _find_missing(connection: Connection, site_id: int, size: int) -> Iterator[str]:
    """Yield what is missing: leaves, by index, and entries whose words are still in the search index."""
    missing = size - tree_store.leaves(connection, site_id, size)
    if missing > 0:
        lost = _missing_indexes(lambda first, end: tree_store.leaves(connection, site_id, end, first), size)
        named = ", ".join(map(str, islice(lost, MAX_NAMED))) + (
            translatable(" and others") if missing > MAX_NAMED else ""
        )
        yield translatable(f"{missing} of the log's {size} leaves are missing: number {named}.")
    for words in audit_trail.words_left(connection, site_id, MAX_ERRORS):
        yield translatable(
            f"An entry was removed, but the search index still has its words “{words[:MAX_QUOTED_LENGTH]}”."
        )


def _missing_indexes(count: Callable[[int, int], int], size: int) -> Iterator[int]:
    """Yield the indexes of missing leaves in order; `count` returns how many leaves exist in a range."""
    start = 0
    while count(start, size) < size - start:
        end = size
        while end - start > 1:
            middle = (start + end) // 2
            if count(start, middle) < middle - start:
                end = middle
            else:
                start = middle
        yield start
        start += 1
