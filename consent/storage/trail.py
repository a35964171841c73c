"""The audit trail as it is read: entries of a log newest first, by who did it, what it was, and when."""

from typing import NamedTuple

from sqlalchemy import select

from consent.storage.actors import Name
from consent.storage.base import Transaction
from consent.storage.models import Actor, LogEntry


class Told(NamedTuple):
    """An entry; `subject` is what was done or, where `kind` is not `audit`, what it is about."""

    id: int
    time: int
    kind: str
    subject: str
    actor: str | None
    log_index: int | None
    jws: str


class Wanted(NamedTuple):
    """What is looked for: `actor` an opaque id, `what` a kind or what was done, `since` and `until` unix seconds."""

    actor: str | None = None
    what: str | None = None
    since: int | None = None
    until: int | None = None


def page(
    transaction: Transaction, site_id: int, wanted: Wanted, before: int | None, limit: int
) -> tuple[list[Told], int | None]:
    """Return entries of the site (or of the instance) older than the entry `before`, and behind which to go on."""
    query = select(*(getattr(LogEntry, name) for name in Told._fields)).where(LogEntry.site_id == site_id)
    if wanted.actor is not None:
        query = query.where(LogEntry.actor == wanted.actor)
    if wanted.what is not None:
        column = LogEntry.subject if "." in wanted.what else LogEntry.kind
        query = query.where(column == wanted.what)
    if wanted.since is not None:
        query = query.where(LogEntry.time >= wanted.since)
    if wanted.until is not None:
        query = query.where(LogEntry.time < wanted.until)
    if before is not None:
        query = query.where(LogEntry.id < before)
    found = [Told(*row) for row in transaction.execute(query.order_by(LogEntry.id.desc()).limit(limit + 1))]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def actors_of(transaction: Transaction, site_id: int) -> list[Name]:
    """Return who changed something in the site (or the instance), by name; without one where it was erased."""
    ids = select(LogEntry.actor).where(LogEntry.site_id == site_id, LogEntry.actor.is_not(None)).distinct().subquery()
    query = select(ids.c.actor, Actor.kind, Actor.name).join(Actor, Actor.id == ids.c.actor, isouter=True)
    found = [Name(actor, kind or "", name or "") for actor, kind, name in transaction.execute(query)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))
