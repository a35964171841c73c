"""Queries for the latest script fetch per host of a site, without visitor, page or count."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import ScriptFetch


class Fetch(NamedTuple):
    """The last fetch by pages of `origin`, the config they got, and since when they get that one (unix seconds).

    `origin` is one of the site's hosts, or empty for pages that don't send theirs.
    """

    site_id: int
    origin: str
    config: str
    since: int
    fetched_at: int


# A process that doesn't know the newest config yet may write after one that does: the later fetch wins.
_SAVE = text(
    "INSERT INTO script_fetch (site_id, origin, config, since, fetched_at)"
    " VALUES (:site_id, :origin, :config, :since, :fetched_at)"
    " ON CONFLICT (site_id, origin) DO UPDATE SET config = excluded.config, fetched_at = excluded.fetched_at,"
    " since = CASE WHEN script_fetch.config = excluded.config THEN script_fetch.since ELSE excluded.since END"
    " WHERE script_fetch.fetched_at <= excluded.fetched_at"
)


def save(transaction: Transaction, fetches: Iterable[Fetch]) -> None:
    """Save the latest fetches, one per host."""
    rows = [one._asdict() for one in sorted(fetches)]
    if rows:
        transaction.execute(_SAVE, rows)


def of_site(transaction: Transaction, site_id: int) -> list[Fetch]:
    """Return the last fetch for each host of the site, newest first."""
    columns = [getattr(ScriptFetch, name) for name in Fetch._fields]
    query = (
        select(*columns)
        .where(ScriptFetch.site_id == site_id)
        .order_by(ScriptFetch.fetched_at.desc(), ScriptFetch.origin)
    )
    return [Fetch(*row) for row in transaction.execute(query)]


def newest(transaction: Transaction) -> dict[int, int]:
    """Return when each site's pages last fetched the script, in unix seconds, by site id."""
    query = select(ScriptFetch.site_id, func.max(ScriptFetch.fetched_at).label("fetched_at")).group_by(
        ScriptFetch.site_id
    )
    return {row.site_id: int(row.fetched_at) for row in transaction.execute(query)}
