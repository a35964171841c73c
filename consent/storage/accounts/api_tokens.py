"""Queries for API tokens. A token is shown once; only its SHA-256 is stored."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.api_tokens import ApiToken

PREFIX = "cst_"
"""Lets secret scanners recognize leaked tokens."""
ADMIN_SCOPES = frozenset({"config:write", "privacy:erase", "delivery:write", "receipts:import"})
"""Scopes that a token has only where the user who is responsible for it is admin.

They write what the dashboard lets only some users write. `decide` and `accounts:refuse` write as well, but only what
visitors choose, and a site's server must not stop because somebody has left.
"""


class Token(NamedTuple):
    """A stored token. It may be cached for some seconds: `allows` checks the time on each call."""

    id: int
    name: str
    prefix: str
    hash: str
    site_id: int | None
    scopes: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    additional_sites: str | None = None
    last_used_day: int | None = None
    created_by: str | None = None
    taken_over_by: str | None = None

    @property
    def user(self) -> str | None:
        """Return the opaque id of the user who is responsible for it, or None if it was made on the command line."""
        return self.taken_over_by or self.created_by

    @property
    def needs_admin(self) -> bool:
        """Return whether some of its scopes work only where its user is admin."""
        return self.user is not None and not ADMIN_SCOPES.isdisjoint(self.scopes.split())

    @property
    def label(self) -> str:
        """Return the name and the first characters of the token, since names needn't be unique."""
        return f"{self.name} ({self.prefix}…)"

    @property
    def site_ids(self) -> frozenset[int] | None:
        """Return the ids of the sites that the token is valid for, or None for all."""
        return (
            None
            if self.site_id is None
            else frozenset({self.site_id, *map(int, (self.additional_sites or "").split())})
        )

    def allows(self, scope: str, site_id: int | None, now: int) -> bool:
        """Return whether the token allows `scope` on the site; a `site_id` of None means the whole instance."""
        is_of_site = self.site_ids is None or site_id in self.site_ids
        return not self.is_over(now) and is_of_site and scope in self.scopes.split()

    def is_over(self, now: int) -> bool:
        """Return whether it is revoked or expired."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)


def create(
    transaction: Transaction,
    name: str,
    scopes: Collection[str],
    *,
    now: int,
    site_id: int | None = None,
    additional_sites: Collection[int] = (),
    expires_at: int | None = None,
    created_by: str | None = None,
) -> str:
    """Create a token for a site and `additional_sites`, or for all sites, and return its text, which isn't stored.

    `created_by` is the opaque id of the user who is responsible for it; None if that is nobody. Raises ValueError for
    additional sites without a first one.
    """
    if additional_sites and site_id is None:
        raise ValueError("additional sites require a first one")
    plain = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "prefix": plain[: len(PREFIX) + 4], "hash": hash_of(plain), "site_id": site_id}
    row["additional_sites"] = " ".join(str(one) for one in sorted(additional_sites))
    row |= {"scopes": " ".join(sorted(scopes)), "created_at": now, "expires_at": expires_at}
    row["created_by"] = created_by
    transaction.execute(insert(ApiToken).values(row))
    return plain


def hash_of(plain: str) -> str:
    """Return the hash under which the database and caches store a token.

    Unsalted and fast: 256 random bits can't be guessed.
    """
    return hashlib.sha256(plain.encode()).hexdigest()


def audit_id_of(token_hash: str) -> str:
    """Return a token's opaque id for the log; it can be computed only from the token's hash."""
    return hashlib.sha256(b"audit\0" + token_hash.encode()).hexdigest()[:32]


def by_id(transaction: Transaction, token_id: int) -> Token | None:
    """Return the token with that database id, or None."""
    row = transaction.execute(_query().where(ApiToken.id == token_id)).one_or_none()
    return Token(*row) if row else None


def by_hash(transaction: Transaction, token_hash: str) -> Token | None:
    """Return the token with that hash, valid or not, or None."""
    row = transaction.execute(_query().where(ApiToken.hash == token_hash)).one_or_none()
    return Token(*row) if row else None


def find(transaction: Transaction, plain: str, scope: str, now: int, site_id: int | None = None) -> Token | None:
    """Return the token `plain` if it currently allows `scope` on the site, or None."""
    token = by_hash(transaction, hash_of(plain)) if plain.startswith(PREFIX) else None
    return token if token is not None and token.allows(scope, site_id, now) else None


def revoke(transaction: Transaction, token_id: int, now: int) -> bool:
    """Revoke a token immediately; return whether it existed and wasn't revoked yet."""
    still_good = (ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    ended = update(ApiToken).where(*still_good).values(revoked_at=now).returning(ApiToken.id)
    return bool(transaction.execute(ended).all())


def take_over(transaction: Transaction, token_id: int, audit_id: str) -> None:
    """Set the user with that opaque id as the one who is responsible for a token."""
    transaction.execute(update(ApiToken).where(ApiToken.id == token_id).values(taken_over_by=audit_id))


def set_last_used(transaction: Transaction, token_id: int, day: int) -> None:
    """Record the day on which a token was last used, in days since 1970-01-01."""
    transaction.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_day=day))


def forget(transaction: Transaction, plain: str) -> None:
    """Delete a token that was never shown, such as that of one scan: the list is for users' tokens."""
    transaction.execute(delete(ApiToken).where(ApiToken.hash == hash_of(plain)))


def every(transaction: Transaction) -> list[Token]:
    """Return all tokens, newest first, including revoked and expired ones."""
    query = _query().order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    return [Token(*row) for row in transaction.execute(query)]


def of_user(transaction: Transaction, audit_id: str, now: int) -> list[Token]:
    """Return the tokens that the user with that opaque id is responsible for, newest first, without those that are over."""
    return [token for token in every(transaction) if token.user == audit_id and not token.is_over(now)]


def _query() -> Select[Any]:
    return select(*(getattr(ApiToken, name) for name in Token._fields))
