"""What every public endpoint works with, handed in once by the app."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.answer import Answer, ApiError
from consent.api.event_counter import EventCounter
from consent.api.limits import WriteLimit
from consent.api.prepared import Prepared, Ready
from consent.api.seen_pages import SeenPages
from consent.api.shared_limits import SharedLimits
from consent.api.sightings import Sightings
from consent.api.squeezer import Squeezer
from consent.core.rights import Rights
from consent.core.rules import Rules
from consent.evidence import Evidence
from consent.exports.shelf import Shelf
from consent.geo import Locator
from consent.proof.checkpoint_hook import CheckpointHook
from consent.proof.erasing import Eraser
from consent.proof.keys import Keys
from consent.proof.node import Node
from consent.proof.sequencer import Sequencer
from consent.proof.statement import Signer
from consent.snapshots.build import Build
from consent.snapshots.live import LiveConfigs
from consent.storage import tokens
from consent.storage.outage import Outage
from consent.storage.replica import Reads
from consent.storage.writer import ReceiptWriter

log = logging.getLogger(__name__)

TOKEN_SECONDS = 2.0
"""How long a look-up of a token is kept: a revoked one ends within this time."""
TOKENS_KEPT = 1000


@dataclass(slots=True)
class Public:
    """What the endpoints share: live configs, rules, place finder, keys, writer, sequencer, node, eraser, caches.

    `silence_minutes` is after how long a silent site is an alarm, 0 for never; `prune` has waiting runs of retention done.
    `broken_lists` has a sentence for each filter list that cannot be used.
    """

    engine: Engine
    reads: Reads
    live: LiveConfigs
    rules: Rules
    locator: Locator
    keys: Keys
    writer: ReceiptWriter
    sequencer: Sequencer
    node: Node
    checkpoint_hook: CheckpointHook
    eraser: Eraser
    counter: EventCounter
    evidence: Evidence
    rights: Rights
    seen: SeenPages
    limit: WriteLimit
    report_limit: WriteLimit
    sightings: Sightings
    build: Build
    exports: Shelf
    base_url: str
    is_https: bool
    is_demo: bool = False
    silence_minutes: int = 60
    broken_lists: Sequence[str] = ()
    prune: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.time
    scripts: Prepared[Ready] = field(default_factory=Prepared)
    decisions: Prepared[Ready] = field(default_factory=Prepared)
    answers: Prepared[Answer] = field(default_factory=Prepared)
    """Whole answers by what was sent, as it was sent: most browsers of a country and language send the same."""
    choices: Prepared[Any] = field(default_factory=Prepared)
    """What visitors share who were shown and chose the same (`choice_write.Common`)."""
    shared_limits: SharedLimits = field(init=False)
    squeezer: Squeezer = field(init=False)
    tokens: "Tokens" = field(init=False)
    refused: "Tally" = field(default_factory=lambda: Tally())
    written: "Count" = field(default_factory=lambda: Count())
    signer: Signer = field(init=False)
    outage: Outage = field(init=False)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.engine)
        limits = {"choices": self.limit, "reports": self.report_limit}
        self.shared_limits = SharedLimits(self.engine, self.keys.secret, limits)
        self.squeezer = Squeezer(self.answers)
        self.signer = Signer(self.keys.receipt)
        self.outage = Outage(self.engine, "requests")


class Tokens:
    """API tokens by their plain text, looked up at most every `TOKEN_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, tokens.Token | None]] = {}
        self._noted: set[tuple[int, int]] = set()

    def check(self, authorization: str, scope: str, site_id: int | None) -> tokens.Token:
        """Return the token of the Authorization header. Raises ApiError unless it is live, of `scope` and for the site."""
        kind, _, plain = authorization.partition(" ")
        token = self._find(plain.strip()) if kind.lower() == "bearer" else None
        now = int(time.time())
        if token is None or not any(token.allows(name, token.site_id, now) for name in token.scopes.split()):
            raise ApiError(401, "bad_token", "The Authorization header holds no live token of this service.")
        if not token.allows(scope, site_id, now):
            raise ApiError(403, "wrong_scope", f"This needs a token of scope {scope} for this site.")
        self._note_use(token, now // 86400)
        return token

    def _note_use(self, token: tokens.Token, day: int) -> None:
        """Note the day, once a day for each token and process; what cannot be noted now is noted with the next use."""
        if token.last_used_day == day or (token.id, day) in self._noted:
            return
        try:
            with self._engine.begin() as connection:
                tokens.used(connection, token.id, day)
        except SQLAlchemyError:
            return
        self._noted = {(token_id, noted) for token_id, noted in self._noted if noted == day} | {(token.id, day)}

    def _find(self, plain: str) -> tokens.Token | None:
        now, name = time.monotonic(), tokens.hash_of(plain)
        known = self._known.get(name)
        if known and known[0] > now:
            return known[1]
        try:
            with self._engine.connect() as connection:
                token = tokens.by_hash(connection, name)
        except SQLAlchemyError:
            if known:
                # The decision goes on from memory while the database is away.
                return known[1]
            raise ApiError(503, "unavailable", "The database does not answer.", retry_after=5) from None
        if len(self._known) >= TOKENS_KEPT:
            self._known = {}
        self._known[name] = (now + TOKEN_SECONDS, token)
        return token


class Count:
    """One number that threads add to."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one."""
        with self._lock:
            self.count += 1


class Tally:
    """Counts of what was answered, by label, for the metrics."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def add(self, endpoint: str, label: str) -> None:
        """Count one."""
        with self._lock:
            key = (endpoint, label)
            self._counts[key] = self._counts.get(key, 0) + 1

    def items(self) -> list[tuple[tuple[str, str], int]]:
        """Return all counts."""
        with self._lock:
            return list(self._counts.items())
