"""Queries for sites' keys for subject tokens, and for the subject keys that they are derived from."""

from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import SubjectKey, SubjectName, SubjectSecret

MAX_LIVE = 2
"""How many live keys a site may have: the present one and its successor."""


class SiteKey(NamedTuple):
    """A site's stored key; `made_at` and `retired_at` are unix seconds, `used_on` is a day since 1970-01-01."""

    kid: str
    key_no: int
    made_at: int
    retired_at: int | None
    is_leaked: bool
    used_on: int | None


def add(transaction: Transaction, site_id: int, kid: str, key_no: int, now: int) -> None:
    """Add a live key."""
    row = {"site_id": site_id, "kid": kid, "key_no": key_no, "made_at": now, "is_leaked": False}
    transaction.execute(insert(SubjectKey).values(row))


def every(transaction: Transaction, site_id: int) -> list[SiteKey]:
    """Return the site's keys, oldest first, including retired ones."""
    columns = [getattr(SubjectKey, name) for name in SiteKey._fields]
    query = select(*columns).where(SubjectKey.site_id == site_id).order_by(SubjectKey.made_at, SubjectKey.kid)
    return [SiteKey(*row) for row in transaction.execute(query)]


def retire(transaction: Transaction, site_id: int, kid: str, now: int, *, is_leaked: bool) -> bool:
    """Retire a key, or mark a retired one as leaked; return whether that changed anything."""
    conditions = (SubjectKey.site_id == site_id, SubjectKey.kid == kid)
    row = transaction.execute(select(SubjectKey.retired_at, SubjectKey.is_leaked).where(*conditions)).one_or_none()
    if row is None or (row.retired_at is not None and (row.is_leaked or not is_leaked)):
        return False
    transaction.execute(update(SubjectKey).where(*conditions).values(retired_at=now, is_leaked=is_leaked))
    return True


def note_use(transaction: Transaction, site_id: int, kid: str, day: int) -> None:
    """Record that a token signed with the key was received on `day`."""
    conditions = (SubjectKey.site_id == site_id, SubjectKey.kid == kid)
    transaction.execute(update(SubjectKey).where(*conditions).values(used_on=day))


def fingerprints(transaction: Transaction) -> dict[int, str]:
    """Return the fingerprint of each subject key in use, by its number."""
    query = select(SubjectSecret.number, SubjectSecret.fingerprint)
    return {one: other for one, other in transaction.execute(query)}  # noqa: C416 - rows, as mypy sees them


def note_fingerprint(transaction: Transaction, number: int, fingerprint: str, now: int) -> None:
    """Record that a subject key is in use."""
    transaction.execute(insert(SubjectSecret).values(number=number, fingerprint=fingerprint, made_at=now))


def names_under(transaction: Transaction) -> dict[int, int]:
    """Return how many account names are stored under each subject key that has any, by its number."""
    query = select(SubjectName.key_no, func.count()).group_by(SubjectName.key_no)
    return {one: other for one, other in transaction.execute(query)}  # noqa: C416 - rows, as mypy sees them
