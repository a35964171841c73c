"""Queries for a language model's suggestions for findings that can't be classified."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import LanguageModelSuggestion, ReviewDecision, ScanFinding

UNKNOWN = "unclassified"
KINDS = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker", "host")
_SAVE = text(
    'INSERT INTO language_model_suggestion (site_id, kind, name, host, "group", reason, model, asked_at)'
    " VALUES (:site_id, :kind, :name, :host, :group, :reason, :model, :asked_at)"
    ' ON CONFLICT (site_id, kind, name, host) DO UPDATE SET "group" = excluded."group",'
    " reason = excluded.reason, model = excluded.model, asked_at = excluded.asked_at"
)


class Unknown(NamedTuple):
    """A finding that no layer recognizes; cookie values aren't stored."""

    site_id: int
    kind: str
    name: str
    host: str
    third_party: bool
    lifetime_s: int | None
    made_by: str


class Suggestion(NamedTuple):
    """The suggestion of `model` for a finding; `group` is empty if its answer was unusable."""

    kind: str
    name: str
    host: str
    group: str
    reason: str
    model: str
    asked_at: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies the finding within its site."""
        return self.kind, self.name, self.host


def unknown(transaction: Transaction, limit: int) -> list[Unknown]:
    """Return unknown findings of one site, neither decided on nor submitted to a model yet, newest first."""
    columns = [getattr(ScanFinding, name) for name in Unknown._fields]
    waiting = select(*columns).where(
        ScanFinding.group == UNKNOWN,
        ScanFinding.gone_at.is_(None),
        ScanFinding.kind.in_(KINDS),
        ~exists().where(_same_finding(LanguageModelSuggestion)),
        ~exists().where(_same_finding(ReviewDecision)),
    )
    order = (ScanFinding.first_seen.desc(), ScanFinding.id)
    first = transaction.execute(waiting.order_by(*order).limit(1)).first()
    if first is None:
        return []
    rows = transaction.execute(waiting.where(ScanFinding.site_id == first.site_id).order_by(*order).limit(limit))
    return [Unknown(*row) for row in rows]


def save(transaction: Transaction, site_id: int, rows: Iterable[Suggestion]) -> None:
    """Save suggestions, replacing earlier ones for the same findings."""
    transaction.execute(_SAVE, [one._asdict() | {"site_id": site_id} for one in rows])


def of_site(transaction: Transaction, site_id: int) -> dict[tuple[str, str, str], Suggestion]:
    """Return a site's suggestions by finding key, without those that have no group."""
    columns = [getattr(LanguageModelSuggestion, name) for name in Suggestion._fields]
    query = select(*columns).where(LanguageModelSuggestion.site_id == site_id, LanguageModelSuggestion.group != "")
    return {one.key: one for one in (Suggestion(*row) for row in transaction.execute(query))}


def _same_finding(table: type[LanguageModelSuggestion] | type[ReviewDecision]) -> ColumnElement[bool]:
    return and_(
        table.site_id == ScanFinding.site_id,
        table.kind == ScanFinding.kind,
        table.name == ScanFinding.name,
        table.host == ScanFinding.host,
    )
