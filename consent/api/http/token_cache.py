"""Cache of API tokens, looked up in the database at most every two seconds."""

import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.response import ApiError
from consent.storage.accounts import api_tokens

CACHE_SECONDS = 2.0
"""How long the result of a look-up is cached: a revoked token ends within this time."""
MAX_CACHED_TOKENS = 1000


class TokenCache:
    """API tokens by their plain text, looked up at most every `CACHE_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, api_tokens.Token | None]] = {}
        self._noted: set[tuple[int, int]] = set()

    def check(self, authorization: str, scope: str, site_id: int | None) -> api_tokens.Token:
        """Return the token of the Authorization header. Raises ApiError unless it is live, of `scope` and for the site."""
        kind, _, plain = authorization.partition(" ")
        token = self._find(plain.strip()) if kind.lower() == "bearer" else None
        now = int(time.time())
        if token is None or not any(token.allows(name, token.site_id, now) for name in token.scopes.split()):
            raise ApiError(401, "invalid_token", "The Authorization header holds no live token of this service.")
        if not token.allows(scope, site_id, now):
            raise ApiError(403, "insufficient_scope", f"This needs a token of scope {scope} for this site.")
        self._note_use(token, now // 86400)
        return token

    def check_any(self, authorization: str, scope: str) -> None:
        """Raise ApiError unless the Authorization header holds a live token of `scope`, for whichever site."""
        kind, _, plain = authorization.partition(" ")
        token = self._find(plain.strip()) if kind.lower() == "bearer" else None
        self.check(authorization, scope, token.site_id if token else None)

    def allows(self, authorization: str, scope: str, site_id: int) -> bool:
        """Return whether the live token of the Authorization header has `scope` for the site."""
        try:
            self.check(authorization, scope, site_id)
        except ApiError:
            return False
        return True

    def _note_use(self, token: api_tokens.Token, day: int) -> None:
        """Record the day, once a day for each token and process; where that fails, the next use does."""
        if token.last_used_day == day or (token.id, day) in self._noted:
            return
        try:
            with self._engine.begin() as connection:
                api_tokens.set_last_used(connection, token.id, day)
        except SQLAlchemyError:
            return
        self._noted = {(token_id, noted) for token_id, noted in self._noted if noted == day} | {(token.id, day)}

    def _find(self, plain: str) -> api_tokens.Token | None:
        now, name = time.monotonic(), api_tokens.hash_of(plain)
        known = self._known.get(name)
        if known and known[0] > now:
            return known[1]
        try:
            with self._engine.connect() as connection:
                token = api_tokens.by_hash(connection, name)
        except SQLAlchemyError:
            if known:
                # Decisions go on from memory while the database is down.
                return known[1]
            raise ApiError(503, "unavailable", "The database does not answer.", retry_after=5) from None
        if len(self._known) >= MAX_CACHED_TOKENS:
            # Strangers invent tokens: those push out no good one.
            self._known = {known: entry for known, entry in self._known.items() if entry[1]}
        if len(self._known) >= MAX_CACHED_TOKENS:
            self._known = {}
        self._known[name] = (now + CACHE_SECONDS, token)
        return token
