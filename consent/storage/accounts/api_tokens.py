"""Queries of API tokens, of which only the SHA-256 is stored; a token is shown once."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.api_tokens import ApiToken

PREFIX = "cst_"
"""Lets secret scanners find a token that was committed somewhere."""


class Token(NamedTuple):
    """A token as it is stored. May be cached for some seconds: `allows` compares with the time on each call."""

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

    @property
    def label(self) -> str:
        """Return its name with how it begins, since several may have the same name."""
        return f"{self.name} ({self.prefix}…)"

    @property
    def site_ids(self) -> frozenset[int] | None:
        """Return the sites that the token is for, or None for every one."""
        return (
            None
            if self.site_id is None
            else frozenset({self.site_id, *map(int, (self.additional_sites or "").split())})
        )

    def allows(self, scope: str, site_id: int | None, now: int) -> bool:
        """Return whether the token opens `scope` on the site; `site_id` None stands for the whole instance."""
        is_over = self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)
        is_of_site = self.site_ids is None or site_id in self.site_ids
        return not is_over and is_of_site and scope in self.scopes.split()


def create(
    transaction: Transaction,
    name: str,
    scopes: Collection[str],
    *,
    now: int,
    site_id: int | None = None,
    additional_sites: Collection[int] = (),
    expires_at: int | None = None,
) -> str:
    """Create a token for a site and `additional_sites`, or for all without `site_id`, and return it in plain, this once."""
    if additional_sites and site_id is None:
        raise ValueError("further sites need a first one")
    plain = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "prefix": plain[: len(PREFIX) + 4], "hash": hash_of(plain), "site_id": site_id}
    row["additional_sites"] = " ".join(str(one) for one in sorted(additional_sites))
    row |= {"scopes": " ".join(sorted(scopes)), "created_at": now, "expires_at": expires_at}
    transaction.execute(insert(ApiToken).values(row))
    return plain


def hash_of(plain: str) -> str:
    """Return what the store knows a token by, and what a cache should know it by.

    No salt and no slow hash: 256 random bits cannot be guessed.
    """
    return hashlib.sha256(plain.encode()).hexdigest()


def audit_id_of(token_hash: str) -> str:
    """Return the opaque id by which the log calls a token: nobody can make it of anything but the token's hash."""
    return hashlib.sha256(b"audit\0" + token_hash.encode()).hexdigest()[:32]


def by_id(transaction: Transaction, token_id: int) -> Token | None:
    """Return the token with that id of the store, or None."""
    row = transaction.execute(_query().where(ApiToken.id == token_id)).one_or_none()
    return Token(*row) if row else None


def by_hash(transaction: Transaction, token_hash: str) -> Token | None:
    """Return the token with that hash, whether it is still good or not, or None."""
    row = transaction.execute(_query().where(ApiToken.hash == token_hash)).one_or_none()
    return Token(*row) if row else None


def find(transaction: Transaction, plain: str, scope: str, now: int, site_id: int | None = None) -> Token | None:
    """Return the token `plain` where it opens `scope` on the site now, or None."""
    token = by_hash(transaction, hash_of(plain)) if plain.startswith(PREFIX) else None
    return token if token is not None and token.allows(scope, site_id, now) else None


def revoke(transaction: Transaction, token_id: int, now: int) -> bool:
    """End a token at once; return whether it was there and not ended before."""
    still_good = (ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    ended = update(ApiToken).where(*still_good).values(revoked_at=now).returning(ApiToken.id)
    return bool(transaction.execute(ended).all())


def set_last_used(transaction: Transaction, token_id: int, day: int) -> None:
    """Record the day on which a token was last used."""
    transaction.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_day=day))


def forget(transaction: Transaction, plain: str) -> None:
    """Delete a token that was never shown, such as that of one scan: the list is for tokens of users."""
    transaction.execute(delete(ApiToken).where(ApiToken.hash == hash_of(plain)))


def every(transaction: Transaction) -> list[Token]:
    """Return all tokens, newest first, ended ones too."""
    query = _query().order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    return [Token(*row) for row in transaction.execute(query)]


def _query() -> Select[Any]:
    return select(*(getattr(ApiToken, name) for name in Token._fields))
