"""Where the script of a site was fetched last, by host: no visitor, no page, no count."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select, text

from consent.storage.base import Transaction
from consent.storage.publish_models import ScriptSeen


class Seen(NamedTuple):
    """The last fetch by pages of `origin`, with the config that they got, and since when it is that one (unix seconds).

    `origin` is one of the site's hosts, or empty for pages that do not say where they are.
    """

    site_id: int
    origin: str
    config: str
    since: int
    seen_at: int


# A process that has not yet noticed the newest config may write after one that has: the later fetch wins.
_KEEP = text(
    "INSERT INTO script_seen (site_id, origin, config, since, seen_at)"
    " VALUES (:site_id, :origin, :config, :since, :seen_at)"
    " ON CONFLICT (site_id, origin) DO UPDATE SET config = excluded.config, seen_at = excluded.seen_at,"
    " since = CASE WHEN script_seen.config = excluded.config THEN script_seen.since ELSE excluded.since END"
    " WHERE script_seen.seen_at <= excluded.seen_at"
)


def keep_seen(transaction: Transaction, seen: Iterable[Seen]) -> None:
    """Keep the newest fetches, one of each host."""
    rows = [one._asdict() for one in sorted(seen)]
    if rows:
        transaction.execute(_KEEP, rows)


def seen_of(transaction: Transaction, site_id: int) -> list[Seen]:
    """Return the last fetch by pages of each host of the site, the newest first."""
    columns = [getattr(ScriptSeen, name) for name in Seen._fields]
    query = select(*columns).where(ScriptSeen.site_id == site_id).order_by(ScriptSeen.seen_at.desc(), ScriptSeen.origin)
    return [Seen(*row) for row in transaction.execute(query)]
