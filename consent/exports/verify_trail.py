"""Verify the audit trail of a log: each entry signed and unchanged, none missing or replaced."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.translatable import translatable
from consent.exports.verify_leaves import compared, uncounted
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
"""Of the leaves that are missing: each is looked for among millions."""
MAX_QUOTED_LENGTH = 120
"""Of the words of an entry that is gone."""


COMPARED = 400_000
"""Receipts that are compared with their leaves at once, the newest first: a user waits for it."""


class TrailCheck(NamedTuple):
    """What was found: so many entries, of which some wait for their place; what is wrong, in sentences; the tree.

    Receipts were compared with the leaves from number `first` on to before `end`.
    """

    entries: int
    waiting: int
    leaves: int
    errors: list[str]
    first: int = 0
    end: int = 0


class StoredEntry(NamedTuple):
    """An entry with what the search has of it, None where it has nothing."""

    entry: AuditEntry
    words: Words | None


def check_trail(engine: Engine, keys: Keys, base_url: str, owner: Owner, end: int | None = None) -> TrailCheck:
    """Check each entry of a site's log, or the instance's, with the code of `consent verify`; stops after 20 faults.

    Receipts must be the leaves in whose place they stand: one could be there for an entry that was taken out. Of those
    before number `end`, or of all, the newest `COMPARED` are looked at.
    """
    origin, tree = origin_of(base_url, owner.key), LogTree(engine, owner.id)
    trusted = trusted_keys(origin, keys)
    errors: list[str] = []
    signed = Tree(origin, 0, b"")
    try:
        signed = check_checkpoint(tree.note, trusted) if tree.note else signed
    except (Wrong, ValueError) as error:
        return TrailCheck(0, 0, tree.size, [translatable(f"The checkpoint does not hold: {error}.")])
    entries = waiting = 0
    newer: AuditEntry | None = None
    for kept in _every(engine, owner.id):
        entries += 1
        waiting += kept.entry.log_index is None
        if problem := _error(kept, tree, signed, trusted) or _order_error(kept.entry, newer):
            errors.append(problem)
            if len(errors) == MAX_ERRORS:
                return TrailCheck(entries, waiting, tree.size, errors)
        newer = newer if kept.entry.kind == "config" else kept.entry
    with engine.connect() as connection:
        errors += _gone(connection, owner.id, tree.size)
        errors += uncounted(connection, owner.id, tree.size)
    end = tree.size if end is None else min(end, tree.size)
    first = max(end - COMPARED, 0)
    errors += islice(compared(engine, owner.id, tree, first, end), MAX_ERRORS)
    return TrailCheck(entries, waiting, tree.size, errors[:MAX_ERRORS], first, end)


def trusted_keys(origin: str, keys: Keys) -> Trusted:
    """Return the public keys of this instance, present and old, as `consent verify` takes them."""
    logs = {(origin, decode(line.split("+", 2)[2])[1:]) for line in verifier_keys(origin, keys)}
    return Trusted(logs, {jwk["kid"]: decode(jwk["x"], URL) for jwk in keys.jwks["keys"]})


def _every(engine: Engine, site_id: int) -> Iterator[StoredEntry]:
    before: int | None = None
    while True:
        with engine.connect() as connection:
            entries, before = audit_trail.page(connection, site_id, AuditQuery(), before, STEP)
            words = audit_trail.search_words(connection, site_id, [one.id for one in entries])
        yield from (StoredEntry(one, words.get(one.id)) for one in entries)
        if before is None:
            return


def _error(kept: StoredEntry, tree: LogTree, signed: Tree, trusted: Trusted) -> str:
    """Return what is wrong with an entry, or an empty string."""
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
        shown = _shown(entry, claims)
    except Wrong as error:
        return translatable(f"{name} was changed: {error}.")
    except (ValueError, LookupError, TypeError):
        return translatable(f"{name} cannot be read any more.")
    if changed := [field for field, (value, meant) in shown.items() if value != meant]:
        return translatable(f"{name} was signed with another value of {', '.join(changed)} than is shown.")
    if kept.words != words_of(entry.kind, entry.subject, entry.actor, entry.jws):
        return translatable(f"{name} is not found by its words: what the search has of it is not what was signed.")
    return ""


def _shown(entry: AuditEntry, claims: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what the trail shows and filters by beside what was signed. Raises LookupError, TypeError."""
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
    """Return what is wrong with where an entry stands: after one that its time and its number both say is older.

    Configs get their number as the log grows and are left out; of two written at the same moment either may come first.
    """
    if entry.kind == "config" or newer is None or entry.log_index is None or newer.log_index is None:
        return ""
    if entry.log_index > newer.log_index and entry.time > newer.time:
        return translatable(
            f"The entries of {utc(newer.time)} and {utc(entry.time)}, numbers {newer.log_index} and {entry.log_index} of the"
            " log, are not in the order in which they were written."
        )
    return ""


def _gone(connection: Connection, site_id: int, size: int) -> Iterator[str]:
    """Yield what is not there any more: leaves by their numbers, and entries of which the search still has the words."""
    missing = size - tree_store.leaves(connection, site_id, size)
    if missing > 0:
        lost = _missing(lambda first, end: tree_store.leaves(connection, site_id, end, first), size)
        named = ", ".join(map(str, islice(lost, MAX_NAMED))) + (
            translatable(" and others") if missing > MAX_NAMED else ""
        )
        yield translatable(f"{missing} of the {size} leaves of the log are missing: number {named}.")
    for words in audit_trail.words_left(connection, site_id, MAX_ERRORS):
        yield translatable(
            f"An entry was taken out of which the search still has the words “{words[:MAX_QUOTED_LENGTH]}”."
        )


def _missing(count: Callable[[int, int], int], size: int) -> Iterator[int]:
    """Yield the numbers of missing leaves in their order; `count` tells how many there are from a first one to an end."""
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
