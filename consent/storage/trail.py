"""The audit trail as it is read: entries of a log newest first, by who did it, what it was, when, and by words."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from consent.storage.actors import Name
from consent.storage.base import Transaction
from consent.storage.entry_words import Words
from consent.storage.models import Actor, LogEntry, LogEntryWords


class Told(NamedTuple):
    """An entry; `subject` is what was done or, where `kind` is not `audit`, what it is about."""

    id: int
    time: int
    kind: str
    subject: str
    actor: str | None
    log_index: int | None
    jws: str


class Word(NamedTuple):
    """One word that is looked for: as any of `texts`, or in the name of any of `people`, who are opaque ids."""

    texts: tuple[str, ...]
    people: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """What is looked for: `actor` an opaque id, `what` a kind or what was done, `since` and `until` unix seconds.

    All `words` must be there.
    """

    actor: str | None = None
    what: str | None = None
    since: int | None = None
    until: int | None = None
    words: tuple[Word, ...] = ()


def page(
    transaction: Transaction, site_id: int, wanted: Wanted, before: int | None, limit: int
) -> tuple[list[Told], int | None]:
    """Return entries of the site (or of the instance) older than the entry `before`, and behind which to go on."""
    # The ids come first, from indexes alone: signed texts are long, and are read for the rows of the page only.
    query, order = select(LogEntry.id).where(LogEntry.site_id == site_id), LogEntry.id
    if wanted.words:
        order = LogEntryWords.entry_id
        query = query.join(LogEntryWords, order == LogEntry.id)
        query = query.where(LogEntryWords.site_id == site_id, *map(_has, wanted.words))
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
        query = query.where(order < before)
    ids = list(transaction.execute(query.order_by(order.desc()).limit(limit + 1)).scalars())
    rows = select(*(getattr(LogEntry, name) for name in Told._fields)).where(LogEntry.id.in_(ids[:limit]))
    found = [Told(*row) for row in transaction.execute(rows.order_by(LogEntry.id.desc()))]
    return found, ids[limit - 1] if len(ids) > limit else None


def words_kept(transaction: Transaction, site_id: int, ids: Collection[int]) -> dict[int, Words]:
    """Return by what the search finds each of the entries `ids`."""
    columns = (LogEntryWords.entry_id, *(getattr(LogEntryWords, name) for name in Words._fields))
    query = select(*columns).where(LogEntryWords.site_id == site_id, LogEntryWords.entry_id.in_(ids))
    return {number: Words(*words) for number, *words in transaction.execute(query)}


def words_left(transaction: Transaction, site_id: int, limit: int) -> list[str]:
    """Return the words of entries that are not there any more."""
    there = select(LogEntry.id).where(LogEntry.id == LogEntryWords.entry_id, LogEntry.site_id == site_id).exists()
    query = select(LogEntryWords.words).where(LogEntryWords.site_id == site_id, ~there)
    return list(transaction.execute(query.order_by(LogEntryWords.entry_id.desc()).limit(limit)).scalars())


def _has(word: Word) -> ColumnElement[bool]:
    texts = [LogEntryWords.words.contains(text, autoescape=True) for text in word.texts]
    people = [LogEntryWords.actor.in_(word.people), LogEntryWords.about.in_(word.people)] if word.people else []
    return or_(*texts, *people)


def actors_of(transaction: Transaction, site_id: int) -> list[Name]:
    """Return who changed something in the site (or the instance), by name; without one where it was erased."""
    ids = select(LogEntry.actor).where(LogEntry.site_id == site_id, LogEntry.actor.is_not(None)).distinct().subquery()
    query = select(ids.c.actor, Actor.kind, Actor.name).join(Actor, Actor.id == ids.c.actor, isouter=True)
    found = [Name(actor, kind or "", name or "") for actor, kind, name in transaction.execute(query)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))
