"""Benchmark of text search in a large audit trail: a frequent word, an old one, one without matches."""

from collections.abc import Iterator

from sqlalchemy import Engine, text

from bench.dashboard import median_ms
from bench.report import line
from consent.demo.site import KEY
from consent.log.audit_author import AuditActor, Author
from consent.log.audit_search import words_for
from consent.signing.keys import Keys
from consent.storage.log import audit_trail
from consent.storage.log.audit_trail import AuditQuery
from consent.storage.sites import sites

SEARCH_MS = 300.0
ENTRIES = 100_000
TOLD = 100
"""This many are signed individually; the others are copies with their own numbers."""
DAY_S = 86400
SEARCHES = {
    "a common word": "switched",
    "two words": "tag-7 switched",
    "an old word": "first-of-all",
    "no such word": "nowhere",
}
PAGE = 50
# In copies of the oldest entry, the old word is replaced, so that it occurs only once.
COPIES = (
    "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :times)"
    " INSERT INTO log_entry (id, site_id, time, kind, subject, actor, leaf_hash, jws)"
    " SELECT o.id + n * :told, o.site_id, o.time + n, o.kind, o.subject, o.actor, o.leaf_hash, o.jws"
    " FROM log_entry o, n WHERE o.id >= :first AND o.id < :first + :told",
    "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :times)"
    " INSERT INTO log_entry_search (site_id, entry_id, actor, target, words)"
    " SELECT w.site_id, w.entry_id + n * :told, w.actor, w.target, replace(w.words, 'first-of-all', 'tag-1')"
    " FROM log_entry_search w, n WHERE w.entry_id >= :first AND w.entry_id < :first + :told",
)


def answers(engine: Engine, keys: Keys, database: str) -> Iterator[str]:
    """Fill the audit trail of the demo's site, and yield a line about the slowest of several searches."""
    site_id = _fill(engine, keys)
    took = {name: median_ms(lambda words=words: _search(engine, site_id, words)) for name, words in SEARCHES.items()}  # type: ignore[misc]
    name = max(took, key=lambda one: took[one])
    told = line(
        f"{ENTRIES:,} entries by words, {database}",
        f"{took[name]:.0f} ms",
        f"under {SEARCH_MS:g} ms",
        took[name] < SEARCH_MS,
    )
    yield f"{told}  ({', '.join(f'{name} {took[name]:.0f} ms' for name in took)})"


def _fill(engine: Engine, keys: Keys) -> int:
    with engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        assert site
        author = Author(AuditActor("b" * 32, "user", "Bench"), keys.receipt)
        for number in range(TOLD):
            tag = "first-of-all" if not number else f"tag-{number}"
            change = {"enabled": bool(number % 2)}, {"enabled": not number % 2}
            author.record(connection, site, "tag.switched", tag, *change, number * DAY_S)
        last = connection.execute(text("SELECT max(id) FROM log_entry")).scalar_one()
        given = {"first": last - TOLD + 1, "told": TOLD, "times": ENTRIES // TOLD - 1}
        for statement in COPIES:
            connection.execute(text(statement), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return site.id


def _search(engine: Engine, site_id: int, words: str) -> None:
    with engine.connect() as connection:
        audit_trail.page(connection, site_id, AuditQuery(words=words_for(connection, words)), None, PAGE)
