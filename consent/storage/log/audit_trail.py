"""Queries for the audit trail: newest first, filtered by author, action, time and words."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from consent.storage.database.base import Transaction
from consent.storage.log.actors import ActorName
from consent.storage.log.entry_index import Words
from consent.storage.tables.log import Actor, LogEntry, LogEntrySearch


class AuditEntry(NamedTuple):
    """An entry; `subject` is the action or, if `kind` isn't `audit`, what the entry is about."""

    id: int
    time: int
    kind: str
    subject: str
    actor: str | None
    log_index: int | None
    jws: str


class Word(NamedTuple):
    """A search word: matches any of `texts`, or the opaque ids of users whose names contain it."""

    texts: tuple[str, ...]
    user_ids: tuple[str, ...] = ()


class AuditQuery(NamedTuple):
    """A search: `actor` is an opaque id, `what` a kind or an action, `since` and `until` are unix seconds.

    All `words` must match. Entries of the kinds `without` are left out.
    """

    actor: str | None = None
    what: str | None = None
    since: int | None = None
    until: int | None = None
    words: tuple[Word, ...] = ()
    without: tuple[str, ...] = ()


def page(
    transaction: Transaction, site_id: int, wanted: AuditQuery, before: int | None, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """Return the site's (or the instance's) entries older than entry `before`, and the next page's cursor or None."""
    # Ids first, from indexes only: signed texts are long, and are read only for the rows of the page.
    query, order = select(LogEntry.id).where(LogEntry.site_id == site_id), LogEntry.id
    if wanted.words:
        order = LogEntrySearch.entry_id
        query = query.join(LogEntrySearch, order == LogEntry.id)
        query = query.where(LogEntrySearch.site_id == site_id, *map(_has, wanted.words))
    if wanted.actor is not None:
        query = query.where(LogEntry.actor == wanted.actor)
    if wanted.what is not None:
        column = LogEntry.subject if "." in wanted.what else LogEntry.kind
        query = query.where(column == wanted.what)
    if wanted.without:
        query = query.where(LogEntry.kind.not_in(wanted.without))
    if wanted.since is not None:
        query = query.where(LogEntry.time >= wanted.since)
    if wanted.until is not None:
        query = query.where(LogEntry.time < wanted.until)
    if before is not None:
        query = query.where(order < before)
    ids = list(transaction.execute(query.order_by(order.desc()).limit(limit + 1)).scalars())
    rows = select(*(getattr(LogEntry, name) for name in AuditEntry._fields)).where(LogEntry.id.in_(ids[:limit]))
    entries = [AuditEntry(*row) for row in transaction.execute(rows.order_by(LogEntry.id.desc()))]
    return entries, ids[limit - 1] if len(ids) > limit else None


def search_words(transaction: Transaction, site_id: int, ids: Collection[int]) -> dict[int, Words]:
    """Return the indexed words of each of the entries `ids`."""
    columns = (LogEntrySearch.entry_id, *(getattr(LogEntrySearch, name) for name in Words._fields))
    query = select(*columns).where(LogEntrySearch.site_id == site_id, LogEntrySearch.entry_id.in_(ids))
    return {number: Words(*words) for number, *words in transaction.execute(query)}


def words_left(transaction: Transaction, site_id: int, limit: int) -> list[str]:
    """Return the indexed words of entries that no longer exist."""
    there = select(LogEntry.id).where(LogEntry.id == LogEntrySearch.entry_id, LogEntry.site_id == site_id).exists()
    query = select(LogEntrySearch.words).where(LogEntrySearch.site_id == site_id, ~there)
    return list(transaction.execute(query.order_by(LogEntrySearch.entry_id.desc()).limit(limit)).scalars())


def _has(word: Word) -> ColumnElement[bool]:
    texts = [LogEntrySearch.words.contains(text, autoescape=True) for text in word.texts]
    user_ids = (
        [LogEntrySearch.actor.in_(word.user_ids), LogEntrySearch.target.in_(word.user_ids)] if word.user_ids else []
    )
    return or_(*texts, *user_ids)


def actors_of(transaction: Transaction, site_id: int) -> list[ActorName]:
    """Return everyone who changed something in the site (or the instance), sorted by name; erased names are empty."""
    ids = select(LogEntry.actor).where(LogEntry.site_id == site_id, LogEntry.actor.is_not(None)).distinct().subquery()
    query = select(ids.c.actor, Actor.kind, Actor.name).join(Actor, Actor.id == ids.c.actor, isouter=True)
    names = [ActorName(actor, kind or "", name or "") for actor, kind, name in transaction.execute(query)]
    return sorted(names, key=lambda one: (one.name.casefold(), one.id))
