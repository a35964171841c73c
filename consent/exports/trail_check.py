"""The audit trail of a log checked as an auditor would: every entry signed, unchanged, in the log, and none missing."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Engine

from consent.proof.checkpoint import origin_of, verifier_keys
from consent.proof.entry import Owner
from consent.proof.keys import Keys
from consent.proof.statement import utc
from consent.storage import log, trail
from consent.storage.log import LogTree
from consent.storage.trail import Told, Wanted
from consent.verify import URL, Tree, Trusted, Wrong, check_checkpoint, check_leaf, decode

STEP = 500
MOST_FAULTS = 20


class TrailCheck(NamedTuple):
    """What was found: so many entries, of which some wait for their place; what is wrong, in sentences; the tree."""

    entries: int
    waiting: int
    leaves: int
    faults: list[str]


def check_trail(engine: Engine, keys: Keys, base_url: str, owner: Owner) -> TrailCheck:
    """Check each entry of a site's log, or the instance's, with the code of `consent verify`; stops after 20 faults."""
    origin, tree = origin_of(base_url, owner.key), LogTree(engine, owner.id)
    trusted = trusted_keys(origin, keys)
    faults: list[str] = []
    signed = Tree(origin, 0, b"")
    try:
        signed = check_checkpoint(tree.note, trusted) if tree.note else signed
    except (Wrong, ValueError) as error:
        return TrailCheck(0, 0, tree.size, [f"The checkpoint does not hold: {error}."])
    entries = waiting = 0
    for told in _every(engine, owner.id):
        entries += 1
        waiting += told.log_index is None
        if fault := _fault(told, tree, signed, trusted):
            faults.append(fault)
            if len(faults) == MOST_FAULTS:
                return TrailCheck(entries, waiting, tree.size, faults)
    with engine.connect() as connection:
        missing = tree.size - log.leaves(connection, owner.id, tree.size)
    if missing:
        faults.append(f"{missing} of the {tree.size} leaves of the log are not here any more.")
    return TrailCheck(entries, waiting, tree.size, faults)


def trusted_keys(origin: str, keys: Keys) -> Trusted:
    """Return the public keys of this instance, present and old, as `consent verify` takes them."""
    logs = {(origin, decode(line.split("+", 2)[2])[1:]) for line in verifier_keys(origin, keys)}
    return Trusted(logs, {jwk["kid"]: decode(jwk["x"], URL) for jwk in keys.jwks["keys"]})


def _every(engine: Engine, site_id: int) -> Iterator[Told]:
    before: int | None = None
    while True:
        with engine.connect() as connection:
            found, before = trail.page(connection, site_id, Wanted(), before, STEP)
        yield from found
        if before is None:
            return


def _fault(told: Told, tree: LogTree, signed: Tree, trusted: Trusted) -> str:
    """Return what is wrong with an entry, or an empty string."""
    is_in = told.log_index is not None and told.log_index < signed.size
    name = f"The entry of {utc(told.time)}" + (f", number {told.log_index} of the log," if is_in else "")
    try:
        path = [node.hex() for node in tree.proof(told.log_index or 0)] if is_in else []
        claims = check_leaf(
            {"entry": told.jws, "index": told.log_index if is_in else None, "proof": path}, signed, trusted
        )
    except Wrong as error:
        return f"{name} was changed: {error}."
    except (ValueError, LookupError, TypeError):
        return f"{name} cannot be read any more."
    shown = {"time": utc(told.time)} | ({"by": told.actor, "action": told.subject} if told.kind == "audit" else {})
    changed = [field for field, value in shown.items() if claims.get(field) != value]
    return f"{name} was signed with another value of {', '.join(changed)} than is shown." if changed else ""
