"""Requests that visitors submit themselves: sealed, confirmed by email where the law allows it, followed by a link."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.days import DAY_SECONDS
from consent.core.privacy_rights import UNVERIFIED_KINDS, Rights
from consent.log.audit_author import AuditActor, Author
from consent.log.entry import Owner
from consent.privacy.request_register import Register
from consent.privacy.seal import Seal
from consent.signing.keys import SigningKey
from consent.storage.privacy import privacy_requests
from consent.storage.privacy import visitor_requests as store
from consent.storage.privacy.privacy_requests import Request
from consent.storage.privacy.visitor_requests import Sent

VISITOR = AuditActor("a visitor", "program")
"""The author of visitors' requests in the audit trail."""
CONFIRM_SECONDS = DAY_SECONDS
"""How long the link in a confirmation email is valid."""
UNPROVED = ("browser", "none")
SEAL_DAYS = 90
"""How long data that identifies the visitor is kept after a request is closed."""
MAX_WAITING_OF_ADDRESS = 3
MAX_WAITING_OF_SITE = 2000
MAX_OF_BROWSERS_OF_DAY = 500
"""The maximum number of daily requests per site that prove only a browser: bots make receipts of their own."""
MAX_OPT_OUTS_OF_DAY = 2000
"""The same for opt-outs, counted apart by proof: neither other requests nor unproved opt-outs may block them."""
MAX_DETAILS = 2000
"""The maximum length of a visitor's details, in characters."""


class TooManyRequestsError(Exception):
    """The address, or the site, has reached its limit of unconfirmed or unproved requests."""


class NewRequest(NamedTuple):
    """A visitor's request: `kind`, `place`, the `proof` of who they are, and `facts` to be sealed.

    `facts` may have `mail`, `details`, `visitor`, `account` (the number) and `sub`.
    """

    kind: str
    place: str
    proof: str
    language: str
    facts: dict[str, str]


class RegisteredRequest(NamedTuple):
    """A registered request, and the key of the link with which its visitor follows it."""

    request: Request
    key: str
    language: str
    facts: dict[str, Any]


class VisitorRequests:
    """The visitor requests of an instance. `key` signs audit entries; `secret` is shared by all nodes."""

    def __init__(
        self, engine: Engine, rights: Rights, key: SigningKey, secret: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._rights, self._clock = engine, rights, clock
        self._author, self._secret = Author(VISITOR, key), secret
        self._seal = Seal(secret, "visitor request")

    def enter(self, site: Owner, new: NewRequest) -> RegisteredRequest:
        """Register a request immediately. Raises TooManyRequestsError."""
        with self._engine.begin() as connection:
            if new.proof in UNPROVED:
                is_opt_out = new.kind in UNVERIFIED_KINDS
                pool = store.Pool(new.proof, UNVERIFIED_KINDS, is_of_kinds=is_opt_out)
                limit = MAX_OPT_OUTS_OF_DAY if is_opt_out else MAX_OF_BROWSERS_OF_DAY
                if store.entered_since(connection, site.id, pool, self._now - DAY_SECONDS) >= limit:
                    raise TooManyRequestsError
            request = self._register(connection, site).receive(new.kind, new.place)
            key = secrets.token_urlsafe(24)
            sealed = self._seal.close(new.facts | {"key": key}, site.id)
            known = {"request_id": request.id, "follow_hash": _hash(key), "sealed": sealed}
            store.add(connection, self._row(site, new) | known)
        return RegisteredRequest(request, key, new.language, new.facts)

    def hold_until_confirmed(self, site: Owner, new: NewRequest) -> str:
        """Keep a request until its visitor clicks the link in the confirmation email, and return the key of that link.

        Raises TooManyRequestsError.
        """
        key, now = secrets.token_urlsafe(24), self._now
        mailbox = _mailbox(new.facts["mail"])
        address = hmac.digest(self._secret, b"request address\0" + mailbox.encode(), "sha256").hex()
        with self._engine.begin() as connection:
            store.prune(connection, now, self._closed_before)
            if store.waiting_of_address(connection, address) >= MAX_WAITING_OF_ADDRESS:
                raise TooManyRequestsError
            if store.waiting_of_site(connection, site.id) >= MAX_WAITING_OF_SITE:
                raise TooManyRequestsError
            held = {"confirm_hash": _hash(key), "address_hash": address, "expires_at": now + CONFIRM_SECONDS}
            store.add(connection, self._row(site, new) | held | {"sealed": self._seal.close(new.facts, site.id)})
        return key

    def waiting(self, site: Owner, key: str) -> Sent | None:
        """Return the request that the link with `key` would confirm, or None if it was used or has expired."""
        with self._engine.connect() as connection:
            return store.pending(connection, site.id, _hash(key), self._now)

    def confirm(self, site: Owner, key: str) -> RegisteredRequest | None:
        """Register the request that the link with `key` confirms; return None if it was used or has expired."""
        with self._engine.begin() as connection:
            sent = store.confirm(connection, site.id, _hash(key), self._now)
            if sent is None:
                return None
            request = self._register(connection, site).receive(sent.kind, sent.place)
            fresh, facts = secrets.token_urlsafe(24), self._seal.open(sent.sealed, site.id)
            sealed = self._seal.close(facts | {"key": fresh}, site.id)
            store.enter(connection, sent.id, request.id, _hash(fresh), sealed)
        return RegisteredRequest(request, fresh, sent.language, facts)

    def find_by_key(self, site: Owner, key: str) -> Request | None:
        """Return the request that the link with `key` follows, or None."""
        with self._engine.connect() as connection:
            sent = store.followed(connection, site.id, _hash(key))
            number = sent.request_id if sent else None
            return None if number is None else privacy_requests.by_id(connection, site.id, number)

    def account_of(self, site: Owner, key: str) -> str:
        """Return the subject whose account proved the request that the link with `key` follows, or an empty string."""
        with self._engine.connect() as connection:
            sent = store.followed(connection, site.id, _hash(key))
        return str(self._seal.open(sent.sealed, site.id).get("sub", "")) if sent and sent.proof == "account" else ""

    def withdraw(self, site: Owner, key: str) -> None:
        """Close, at its visitor's wish, the request that the link with `key` follows, unless it is closed already."""
        with self._engine.begin() as connection:
            sent = store.followed(connection, site.id, _hash(key))
            number = sent.request_id if sent else None
            request = None if number is None else privacy_requests.by_id(connection, site.id, number)
            if request is not None and not request.outcome:
                self._register(connection, site).close(request, "taken_back", "At the visitor's wish")

    def open(self, sent: Sent) -> dict[str, Any]:
        """Return the data that a visitor sent with a request. Raises SealError."""
        return self._seal.open(sent.sealed, sent.site_id)

    def prune(self) -> None:
        """Delete requests that weren't confirmed in time, and visitor data of requests closed more than 90 days ago."""
        with self._engine.begin() as connection:
            store.prune(connection, self._now, self._closed_before)

    def _row(self, site: Owner, new: NewRequest) -> dict[str, Any]:
        facts = {name: getattr(new, name) for name in ("kind", "place", "proof", "language")}
        return facts | {"site_id": site.id, "created_at": self._now}

    def _register(self, connection: Connection, site: Owner) -> Register:
        return Register(connection, self._author, site, self._rights, self._now)

    @property
    def _closed_before(self) -> int:
        return self._now // DAY_SECONDS - SEAL_DAYS

    @property
    def _now(self) -> int:
        return int(self._clock())


def _mailbox(address: str) -> str:
    """Return the mailbox to which most servers deliver the address: case and `+` suffixes don't matter."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
