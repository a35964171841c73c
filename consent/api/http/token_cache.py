"""Cache of API tokens, looked up in the database at most every two seconds."""

import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.rate_limit import WriteLimit
from consent.api.http.response import ApiError
from consent.core.days import DAY_SECONDS
from consent.storage.accounts import api_tokens, token_users
from consent.storage.accounts.api_tokens import ADMIN_SCOPES
from consent.storage.accounts.token_users import AdminSites
from consent.storage.database.nonblocking import leave_event_loop

CACHE_SECONDS = 2.0
"""How long a look-up is cached: a revoked token stops working within this time."""
MAX_CACHED_TOKENS = 1000
MAX_QUERIES = 20
"""Look-ups per second for tokens that weren't recently valid, such as made-up ones: each takes a thread and a query.
Above it, the list of all tokens is used, which is read at most every `CACHE_SECONDS`."""


class KnownToken(NamedTuple):
    """A stored token, and where the user who is responsible for it is admin; None if nothing depends on that."""

    token: api_tokens.Token
    admin_sites: AdminSites | None

    def check_scope(self, scope: str, site_id: int | None) -> None:
        """Raise ApiError unless the token has `scope` for the site; None means the whole instance."""
        if not self.token.allows(scope, site_id, int(time.time())):
            raise ApiError(403, "insufficient_scope", f"This requires a token with scope {scope} for this site.")

    def check_user(self, scope: str, site_id: int | None) -> None:
        """Raise ApiError unless its user may still do what `scope` allows on the site; None means the whole instance."""
        admin = self.admin_sites
        if admin is not None and scope in ADMIN_SCOPES and not admin.includes(site_id):
            raise _not_admin("of this site" if site_id is not None else "of every site")

    def check_user_anywhere(self, scope: str) -> None:
        """Raise ApiError unless its user may still do what `scope` allows on any of its sites."""
        admin = self.admin_sites
        if admin is not None and scope in ADMIN_SCOPES and not admin.includes_any(self.token.site_ids):
            raise _not_admin("of its sites")


def _not_admin(where: str) -> ApiError:
    message = (
        f"The user who is responsible for this token is no longer an admin {where}. Under Tokens in the dashboard, "
        "another admin can take it over, or create a new one."
    )
    return ApiError(403, "token_user_not_admin", message)


def _with_admin_sites(connection: Connection, tokens: list[api_tokens.Token]) -> dict[str, KnownToken]:
    """Return the tokens by hash, with where their users are admins."""
    users = {token.hash: token.user for token in tokens if token.needs_admin and token.user}
    admins = token_users.admin_sites(connection, set(users.values())) if users else {}
    return {
        token.hash: KnownToken(token, admins[users[token.hash]] if token.hash in users else None) for token in tokens
    }


class TokenCache:
    """API tokens by their plain text, looked up at most every `CACHE_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, KnownToken | None]] = {}
        self._recorded_days: set[tuple[int, int]] = set()
        self._queries = WriteLimit(MAX_QUERIES, seconds=1)
        self._list: Mapping[str, KnownToken] = {}
        self._list_until = 0.0
        self._list_lock = threading.Lock()

    def check(self, authorization: str, scope: str, site_id: int | None) -> api_tokens.Token:
        """Return the Authorization header's token. Raises ApiError unless it is valid and has `scope` for the site."""
        known = self._authenticated(authorization)
        known.check_scope(scope, site_id)
        known.check_user(scope, site_id)
        self._record_use(known.token)
        return known.token

    def check_any(self, authorization: str, scope: str) -> api_tokens.Token:
        """Return the Authorization header's token.

        Raises ApiError unless it is valid and has `scope` for any site.
        """
        known = self._authenticated(authorization)
        known.check_scope(scope, known.token.site_id)
        known.check_user_anywhere(scope)
        self._record_use(known.token)
        return known.token

    def _authenticated(self, authorization: str) -> KnownToken:
        """Return the Authorization header's token. Raises ApiError 401 unless it is valid for anything."""
        kind, _, plain = authorization.partition(" ")
        known = self._find(plain.strip()) if kind.lower() == "bearer" else None
        if known is None or known.token.is_over(int(time.time())) or not known.token.scopes:
            raise ApiError(401, "invalid_token", "The Authorization header has no valid API token.")
        return known

    def allows(self, authorization: str, scope: str, site_id: int) -> bool:
        """Return whether the Authorization header has a valid token with `scope` for the site."""
        try:
            self.check(authorization, scope, site_id)
        except ApiError:
            return False
        return True

    def _record_use(self, token: api_tokens.Token) -> None:
        """Record the day, once a day per token and process; if that fails, the next use tries again."""
        day = int(time.time()) // DAY_SECONDS
        if token.last_used_day == day or (token.id, day) in self._recorded_days:
            return
        try:
            with self._engine.begin() as connection:
                api_tokens.set_last_used(connection, token.id, day)
        except SQLAlchemyError:
            return
        self._recorded_days = {(token_id, noted) for token_id, noted in self._recorded_days if noted == day} | {
            (token.id, day)
        }

    def _find(self, plain: str) -> KnownToken | None:
        now, name = time.monotonic(), api_tokens.hash_of(plain)
        known = self._known.get(name)
        if known and known[0] > now:
            return known[1]
        try:
            if not (known and known[1]) and not self._may_query_database():
                return self._listed(now).get(name)
            with self._engine.connect() as connection:
                token = api_tokens.by_hash(connection, name)
                cached = _with_admin_sites(connection, [token])[name] if token else None
        except SQLAlchemyError:
            if known:
                # Decisions continue from memory while the database is down.
                return known[1]
            raise ApiError(503, "unavailable", "The database is unavailable.", retry_after=5) from None
        if len(self._known) >= MAX_CACHED_TOKENS:
            # Made-up tokens must not push out valid ones.
            self._known = {known: entry for known, entry in self._known.items() if entry[1]}
        if len(self._known) >= MAX_CACHED_TOKENS:
            self._known = {}
        self._known[name] = (now + CACHE_SECONDS, cached)
        return cached

    def _may_query_database(self) -> bool:
        """Return whether there is room for another query for a possibly made-up token, and count it."""
        if not self._queries.has_room(b""):
            return False
        leave_event_loop()  # before counting: the request starts again in a thread and would count twice
        return self._queries.admits(b"")

    def _listed(self, now: float) -> Mapping[str, KnownToken]:
        """Return all tokens by hash, at most `CACHE_SECONDS` old."""
        if now >= self._list_until:
            leave_event_loop()
            with self._list_lock:
                if now >= self._list_until:
                    with self._engine.connect() as connection:
                        self._list = _with_admin_sites(connection, api_tokens.every(connection))
                    self._list_until = now + CACHE_SECONDS
        return self._list
