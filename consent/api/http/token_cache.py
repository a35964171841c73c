"""Cache of API tokens, looked up in the database at most every two seconds."""

import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.rate_limit import WriteLimit
from consent.api.http.response import ApiError
from consent.core.days import DAY_SECONDS
from consent.storage.accounts import api_tokens
from consent.storage.database.nonblocking import leave_event_loop

CACHE_SECONDS = 2.0
"""How long a look-up is cached: a revoked token stops working within this time."""
MAX_CACHED_TOKENS = 1000
MAX_QUERIES = 20
"""Look-ups per second for tokens that weren't recently valid, such as made-up ones: each takes a thread and a query.
Above it, the list of all tokens is used, which is read at most every `CACHE_SECONDS`."""


class TokenCache:
    """API tokens by their plain text, looked up at most every `CACHE_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, api_tokens.Token | None]] = {}
        self._recorded_days: set[tuple[int, int]] = set()
        self._queries = WriteLimit(MAX_QUERIES, seconds=1)
        self._list: dict[str, api_tokens.Token] = {}
        self._list_until = 0.0
        self._list_lock = threading.Lock()

    def check(self, authorization: str, scope: str, site_id: int | None) -> api_tokens.Token:
        """Return the Authorization header's token. Raises ApiError unless it is valid and has `scope` for the site."""
        kind, _, plain = authorization.partition(" ")
        token = self._find(plain.strip()) if kind.lower() == "bearer" else None
        now = int(time.time())
        if token is None or not any(token.allows(name, token.site_id, now) for name in token.scopes.split()):
            raise ApiError(401, "invalid_token", "The Authorization header has no valid API token.")
        if not token.allows(scope, site_id, now):
            raise ApiError(403, "insufficient_scope", f"This requires a token with scope {scope} for this site.")
        self._record_use(token, now // DAY_SECONDS)
        return token

    def check_any(self, authorization: str, scope: str) -> api_tokens.Token:
        """Return the Authorization header's token.

        Raises ApiError unless it is valid and has `scope` for any site.
        """
        kind, _, plain = authorization.partition(" ")
        token = self._find(plain.strip()) if kind.lower() == "bearer" else None
        return self.check(authorization, scope, token.site_id if token else None)

    def allows(self, authorization: str, scope: str, site_id: int) -> bool:
        """Return whether the Authorization header has a valid token with `scope` for the site."""
        try:
            self.check(authorization, scope, site_id)
        except ApiError:
            return False
        return True

    def _record_use(self, token: api_tokens.Token, day: int) -> None:
        """Record the day, once a day per token and process; if that fails, the next use tries again."""
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

    def _find(self, plain: str) -> api_tokens.Token | None:
        now, name = time.monotonic(), api_tokens.hash_of(plain)
        known = self._known.get(name)
        if known and known[0] > now:
            return known[1]
        try:
            if not (known and known[1]) and not self._may_query_database():
                return self._listed(now).get(name)
            with self._engine.connect() as connection:
                token = api_tokens.by_hash(connection, name)
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
        self._known[name] = (now + CACHE_SECONDS, token)
        return token

    def _may_query_database(self) -> bool:
        """Return whether there is room for another query for a possibly made-up token, and count it."""
        if not self._queries.has_room(b""):
            return False
        leave_event_loop()  # before counting: the request starts again in a thread and would count twice
        return self._queries.admits(b"")

    def _listed(self, now: float) -> dict[str, api_tokens.Token]:
        """Return all tokens by hash, at most `CACHE_SECONDS` old."""
        if now >= self._list_until:
            leave_event_loop()
            with self._list_lock:
                if now >= self._list_until:
                    with self._engine.connect() as connection:
                        self._list = {token.hash: token for token in api_tokens.every(connection)}
                    self._list_until = now + CACHE_SECONDS
        return self._list
