"""Read subject tokens of a site, and find and change the account of whoever is signed in."""

import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.core.account import Account, first_version, merged
from consent.signing.subject_token import (
    LATE_SECONDS,
    BadSubjectError,
    SubjectToken,
    is_subject,
    read_subject_token,
)
from consent.storage.privacy import marks, retention
from consent.storage.selection.subjects import receipts_of_account, same_numbers
from consent.storage.subjects import accounts as store
from consent.storage.subjects import handovers
from consent.storage.subjects import keys as key_store
from consent.storage.subjects.accounts import Found, Name
from consent.storage.subjects.receipts import AccountReceipts
from consent.subjects.keyring import SubjectKeyring

CACHE_SECONDS = 1.0
"""So old an account may be that another node has changed meanwhile."""
MAX_CACHED = 4096
DAY_SECONDS = 86400
MAX_NAME_MONTHS = 13
"""An earlier name of an account, of before an id key was changed, goes so long after it was last in use."""
FORGOTTEN_AT_ONCE = 500
"""Accounts that one round of housekeeping forgets at most."""


class NoAccountsError(Exception):
    """The site has no live key for subject tokens."""


class SignedIn(NamedTuple):
    """Who is signed in: `names` and `before` are where the account may be stored, by the `sub` now and by an earlier one.

    `token` is None where a server named the subject without one, `sub` where only a number of the account was known.
    """

    site_id: int
    realm: str
    names: tuple[Name, ...]
    before: tuple[Name, ...]
    token: SubjectToken | None
    sub: str | None = None

    @property
    def all_names(self) -> tuple[Name, ...]:
        """Return every name under which the account may be stored."""
        return (*self.names, *self.before)


class _Keys(NamedTuple):
    until: float
    keys: dict[str, key_store.SiteKey]


class _Account(NamedTuple):
    until: float
    found: Found


class SubjectAccounts:
    """The accounts of an instance. A realm is the key of the site: whose accounts these are."""

    def __init__(self, engine: Engine, keyring: SubjectKeyring, clock: Callable[[], float] = time.time) -> None:
        self._engine, self.keyring, self._clock = engine, keyring, clock
        self.receipts = AccountReceipts(engine)
        self._keys: dict[int, _Keys] = {}
        self._found: dict[tuple[str, tuple[Name, ...]], _Account] = {}
        self._noted: set[tuple[int, str, int]] = set()
        self._tokens: dict[tuple[int, str], SignedIn] = {}
        self._tokens_at = 0
        self.on_withdrawn: Callable[[Connection, SignedIn, Found, str], None] = lambda *_: None
        """Called in the transaction that takes back what an account granted, with the id of its receipt."""

    def read_token(self, text: str, site_id: int, site: str) -> SignedIn:
        """Return whom the token `text` names at the site; a page asks more than once within the same second.

        Raises NoAccountsError, BadSubjectError, SubjectKeysMissingError.
        """
        now = int(self._clock())
        if now != self._tokens_at or len(self._tokens) >= MAX_CACHED:
            self._tokens, self._tokens_at = {}, now
        tokens = self._tokens
        signed_in = tokens.get((site_id, text))
        if signed_in is None:
            signed_in = tokens[site_id, text] = self._read_token(text, site_id, site, now)
        return signed_in

    def _read_token(self, text: str, site_id: int, site: str, now: int) -> SignedIn:
        live = self._live(site_id)

        def key_of(kid: str) -> bytes | None:
            key = live.get(kid)
            return self.keyring.signing_key(site_id, kid, key.key_no) if key else None

        token = read_subject_token(text, site, key_of, now)
        self._note_use(site_id, token.kid, now // DAY_SECONDS, live[token.kid])
        if live[token.kid].retired_at is not None:
            # It carries refusals that waited, and nothing else.
            token = token._replace(late=max(token.late, 1))
        return self._signed_in(site_id, site, token.sub, token)

    def named(self, sub: str, site_id: int, site: str) -> SignedIn:
        """Return whom a server of the site calls `sub`. Raises NoAccountsError, BadSubjectError, SubjectKeysMissingError."""
        self._live(site_id)
        if not is_subject(sub):
            raise BadSubjectError
        return self._signed_in(site_id, site, sub, None)

    def find(self, signed_in: SignedIn) -> Found:
        """Return the account of `signed_in`, a second old at most; an unknown one is one that has said nothing."""
        key, now = (signed_in.realm, signed_in.all_names), time.monotonic()
        cached = self._found.get(key)
        if cached is None or cached.until <= now:
            with self._engine.connect() as connection:
                found = store.find(connection, signed_in.realm, signed_in.all_names)
            if found.number is not None and found.seen_month < self.month:
                self._note_seen(signed_in, found.number)
            if len(self._found) >= MAX_CACHED:
                self._found = {}
            cached = self._found[key] = _Account(now + CACHE_SECONDS, found)
        return cached.found

    def lock(self, connection: Connection, signed_in: SignedIn) -> Found:
        """Return the account of `signed_in` as it is, which nobody else changes before the end of the transaction."""
        store.lock(connection, signed_in.all_names)
        return store.find(connection, signed_in.realm, signed_in.all_names)

    def begun(self, found: Found) -> Found:
        """Return `found` with a document, whose first version no deleted one has had."""
        if found.number is not None:
            return found
        return found._replace(account=Account(version=first_version(int(self._clock() // DAY_SECONDS))))

    def save(self, connection: Connection, signed_in: SignedIn, found: Found, number: str) -> None:
        """Write the account of `signed_in`, which this transaction has locked, as it is in `found`."""
        month = self.month
        store.save(connection, signed_in.realm, found, number, month)
        store.name(connection, signed_in.realm, signed_in.names[0], signed_in.names[1:], number, month)
        if signed_in.before:
            store.name(connection, signed_in.realm, signed_in.before[0], signed_in.before[1:], number, month)

    def by_number(self, site_id: int, realm: str, number: str) -> tuple[SignedIn, Found] | None:
        """Return the account that has or had the number, and by which names it is found, or None."""
        with self._engine.connect() as connection:
            present = store.present_number(connection, realm, number)
            if present is None:
                return None
            names = store.names_of(connection, [present])
            return SignedIn(site_id, realm, tuple(names), (), None), store.of_numbers(connection, realm, [present])

    def drop(self, signed_in: SignedIn) -> None:
        """Forget what is cached of `signed_in`, after a write."""
        self._found.pop((signed_in.realm, signed_in.all_names), None)

    def prune(self) -> int:
        """Delete what nobody needs any more, and return how many rows that were.

        These are used tokens and hand-over codes past their end, earlier names of accounts that were not in use for 13
        months, and accounts that were not seen for as long as their site keeps them.
        """
        with self._engine.begin() as connection:
            now, month = int(self._clock()), self.month
            count = store.prune_used(connection, now) + handovers.prune(connection, now)
            count += store.prune_names(connection, month - MAX_NAME_MONTHS)
            for site in retention.forgetting_accounts(connection):
                count += self._forget_unseen(connection, site, month)
        return count

    def _forget_unseen(self, connection: Connection, site: retention.ForgettingSite, month: int) -> int:
        """Delete accounts that were not seen for the months of their site, but for those under a legal hold."""
        numbers = store.unseen(connection, site.key, month - site.account_months, FORGOTTEN_AT_ONCE)
        held = {
            number
            for number in numbers
            if marks.is_held(connection, site.id, same_numbers(connection, number))
            or marks.under_hold(connection, site.id, receipts_of_account(connection, site.id, number))
        }
        for number in numbers:
            if number not in held:
                store.forget(connection, number)
        return len(numbers) - len(held)

    def _note_seen(self, signed_in: SignedIn, number: str) -> None:
        """Record that the account is in use this month; where the database takes no writes, the next request does."""
        try:
            with self._engine.begin() as connection:
                store.note_seen(connection, signed_in.realm, signed_in.all_names, number, self.month)
        except SQLAlchemyError:
            return

    def drop_keys(self, site_id: int) -> None:
        """Forget what is cached of the keys of a site, after a write."""
        self._keys.pop(site_id, None)
        self._tokens = {}

    def join(self, connection: Connection, one: SignedIn, other: SignedIn) -> str | None:
        """Merge the accounts of two subjects of a site into one, and return its number, None where neither has any."""
        both = one._replace(before=other.all_names)
        found = self.lock(connection, both)
        number = found.number
        if number is not None:
            if not found.others:
                # One account: both names lead to it from now on.
                found = found._replace(account=merged(found.account, Account()))
            self.save(connection, both, found, number)
        return number

    @property
    def month(self) -> int:
        """Return the present month, counted from 1970-01."""
        moment = time.gmtime(self._clock())
        return (moment.tm_year - 1970) * 12 + moment.tm_mon - 1

    def _signed_in(self, site_id: int, realm: str, sub: str, token: SubjectToken | None) -> SignedIn:
        before = self.keyring.names_of(realm, token.prev) if token and token.prev else []
        return SignedIn(site_id, realm, tuple(self.keyring.names_of(realm, sub)), tuple(before), token, sub)

    def _live(self, site_id: int) -> dict[str, key_store.SiteKey]:
        """Return the keys of the site that count: live ones, and for late refusals those that were retired as planned."""
        now = time.monotonic()
        cached = self._keys.get(site_id)
        if cached is None or cached.until <= now:
            since = self._clock() - LATE_SECONDS
            with self._engine.connect() as connection:
                every = key_store.every(connection, site_id)
            keys = {
                key.kid: key
                for key in every
                if key.retired_at is None or (not key.is_leaked and key.retired_at > since)
            }
            cached = self._keys[site_id] = _Keys(now + CACHE_SECONDS, keys)
        if not cached.keys:
            raise NoAccountsError
        return cached.keys

    def _note_use(self, site_id: int, kid: str, day: int, key: key_store.SiteKey) -> None:
        if key.used_on == day or (site_id, kid, day) in self._noted:
            return
        with self._engine.begin() as connection:
            key_store.note_use(connection, site_id, kid, day)
        self._noted = {one for one in self._noted if one[2] == day} | {(site_id, kid, day)}
