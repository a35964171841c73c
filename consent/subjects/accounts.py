"""Read a site's subject tokens, and find and change the accounts of signed-in visitors."""

import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.core.account import Account, first_version, merged
from consent.core.days import DAY_SECONDS
from consent.core.sharing.account_group import TermsOf, account_as_seen_from, with_site_changes
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
from consent.storage.subjects import realms as realm_store
from consent.storage.subjects.accounts import Found, Name
from consent.storage.subjects.realms import Realms
from consent.storage.subjects.receipts import AccountReceipts
from consent.subjects.keyring import SubjectKeyring

CACHE_SECONDS = 1.0
"""Maximum age of a cached account; another node may have changed it in the meantime."""
MAX_CACHED = 4096
MAX_NAME_MONTHS = 13
"""How long an earlier name of an account, from before an id key was changed, is kept after its last use."""
FORGOTTEN_AT_ONCE = 500
"""Maximum number of accounts that one round of housekeeping deletes."""


class NoAccountsError(Exception):
    """The site has no live key for subject tokens."""


class SignedIn(NamedTuple):
    """A signed-in visitor, and the names under which the account may be stored.

    `names` belong to the current `sub`, `before` to an earlier one. `token` is None if a server named the subject
    without one, `sub` is None if only the account's number was known. `site` is the key of the site; its realm differs
    if it shares accounts. `old` are names in other realms; `former` are the realms the site has left, each with its
    day.
    """

    site_id: int
    realm: str
    names: tuple[Name, ...]
    before: tuple[Name, ...]
    token: SubjectToken | None
    sub: str | None = None
    site: str = ""
    old: tuple[Name, ...] = ()
    former: tuple[tuple[str, int], ...] = ()

    @property
    def all_names(self) -> tuple[Name, ...]:
        """Return every name under which the account may be stored."""
        return (*self.names, *self.before, *self.old)

    @property
    def is_shared(self) -> bool:
        """Return whether other sites share the account."""
        return self.site not in ("", self.realm)


class _Keys(NamedTuple):
    until: float
    keys: dict[str, key_store.SiteKey]
    realms: Realms


class _Account(NamedTuple):
    until: float
    found: Found


class SubjectAccounts:
    """The accounts of an instance. A realm is the owner of accounts: the key of a site, or of a group of sites."""

    def __init__(self, engine: Engine, keyring: SubjectKeyring, clock: Callable[[], float] = time.time) -> None:
        self._engine, self.keyring, self._clock = engine, keyring, clock
        self.receipts = AccountReceipts(engine)
        self._keys: dict[int, _Keys] = {}
        self._found: dict[tuple[str, str, tuple[Name, ...]], _Account] = {}
        self._recorded_uses: set[tuple[int, str, int]] = set()
        self._tokens: dict[tuple[int, str], SignedIn] = {}
        self._tokens_at = 0
        self.on_withdrawn: Callable[[Connection, SignedIn, Found, str], None] = lambda *_: None
        """Called in the transaction that withdraws an account's grants, with the id of its receipt."""
        self.terms_of: TermsOf = lambda _: None
        """Returns the terms of a site by its key; without them, a grant counts only on the site where it was given."""

    def read_token(self, text: str, site_id: int, site: str) -> SignedIn:
        """Return the subject of the token `text` at the site, cached for a second: a page sends several requests.

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
        live = self._valid_keys(site_id)

        def key_of(kid: str) -> bytes | None:
            key = live.get(kid)
            return self.keyring.signing_key(site_id, kid, key.key_no) if key else None

        token = read_subject_token(text, site, key_of, now)
        self._record_use(site_id, token.kid, now // DAY_SECONDS, live[token.kid])
        if live[token.kid].retired_at is not None:
            # Such a token may carry only refusals that were waiting to be sent.
            token = token._replace(late=max(token.late, 1))
        return self._signed_in(site_id, site, token.sub, token)

    def named(self, sub: str, site_id: int, site: str) -> SignedIn:
        """Return the subject that a site's server calls `sub`.

        Raises NoAccountsError, BadSubjectError, SubjectKeysMissingError.
        """
        self._valid_keys(site_id)
        if not is_subject(sub):
            raise BadSubjectError
        return self._signed_in(site_id, site, sub, None)

    def find(self, signed_in: SignedIn) -> Found:
        """Return the account of `signed_in`, at most a second old; for an unknown subject, an empty one."""
        key, now = _cache_key(signed_in), self._clock()
        cached = self._found.get(key)
        if cached is None or not _is_valid(cached.until, now):
            with self._engine.connect() as connection:
                found = self.find_in(connection, signed_in)
            if found.number is not None and found.seen_month < self.month:
                self._record_seen(signed_in, found.number)
            if len(self._found) >= MAX_CACHED:
                self._found = {}
            cached = self._found[key] = _Account(now + CACHE_SECONDS, found)
        return cached.found

    def lock(self, connection: Connection, signed_in: SignedIn) -> Found:
        """Return the current account of `signed_in`, locked until the end of the transaction."""
        store.lock(connection, signed_in.all_names)
        return self.find_in(connection, signed_in)

    def find_in(self, connection: Connection, signed_in: SignedIn) -> Found:
        """Return the account of `signed_in` in a transaction; of a shared account, only what counts on this site."""
        found = store.find(connection, signed_in.realm, signed_in.all_names, signed_in.site, signed_in.former)
        return self._seen_from_site(found, signed_in)

    def _seen_from_site(self, found: Found, signed_in: SignedIn) -> Found:
        if not signed_in.is_shared:
            return found
        whole = found.account
        return found._replace(account=account_as_seen_from(whole, signed_in.site, self.terms_of), whole=whole)

    def with_document(self, found: Found) -> Found:
        """Return `found` with a document; a new one gets a first version that no deleted document has had."""
        if found.number is not None or found.earlier is not None:
            return found
        empty = Account(version=first_version(int(self._clock() // DAY_SECONDS)))
        return found._replace(account=empty, whole=None if found.whole is None else empty)

    def save(self, connection: Connection, signed_in: SignedIn, found: Found, number: str) -> None:
        """Write the account of `signed_in`, which this transaction has locked, with the content of `found`."""
        month = self.month
        store.save(connection, signed_in.realm, self._with_shared_document(signed_in, found), number, month)
        store.name(connection, signed_in.realm, signed_in.names[0], signed_in.names[1:], number, month)
        if signed_in.before:
            store.name(connection, signed_in.realm, signed_in.before[0], signed_in.before[1:], number, month)

    def _with_shared_document(self, signed_in: SignedIn, found: Found) -> Found:
        """Return `found` with the document shared by all sites, updated with what changed for this site."""
        if found.whole is None:
            return found
        site, terms = signed_in.site, self.terms_of(signed_in.site)
        before, today = account_as_seen_from(found.whole, site, self.terms_of), int(self._clock() // DAY_SECONDS)
        named = terms is not None and terms.names_others
        return found._replace(account=with_site_changes(found.whole, before, found.account, site, today, named=named))

    def shared_document(self, signed_in: SignedIn, found: Found) -> Account:
        """Return the document that all sites share, with the changes in `found` for the requesting site."""
        return self._with_shared_document(signed_in, found).account

    def by_number(self, site_id: int, site: str, number: str) -> tuple[SignedIn, Found] | None:
        """Return the account that has or had the number, and the names it is stored under, or None."""
        realms = self._site(site_id).realms
        realm = realms.present or site
        with self._engine.connect() as connection:
            present = store.present_number(connection, realm, number)
            if present is None:
                return None
            names = store.names_of(connection, [present])
            signed_in = SignedIn(site_id, realm, tuple(names), (), None, site=site, former=realms.former)
            return signed_in, self._seen_from_site(store.of_numbers(connection, [present]), signed_in)

    def realm_of(self, site_id: int, site: str) -> str:
        """Return the realm of a site's accounts: its own, or that of the group of sites that shares them."""
        return self._site(site_id).realms.present or site

    def drop(self, signed_in: SignedIn) -> None:
        """Drop the cached account of `signed_in`, after a write."""
        if signed_in.is_shared:
            self._found = {}
        self._found.pop(_cache_key(signed_in), None)

    def prune(self) -> int:
        """Delete expired rows, and return the number of rows deleted.

        These are expired used tokens and hand-over codes, earlier names of accounts that weren't used for 13 months,
        and accounts that weren't seen for as long as their site keeps them.
        """
        with self._engine.begin() as connection:
            now, month = int(self._clock()), self.month
            count = store.prune_used(connection, now) + handovers.prune(connection, now)
            count += store.prune_names(connection, month - MAX_NAME_MONTHS)
            # Accounts of a realm that all sites have left are kept for visitors who return under an earlier name.
            left = realm_store.abandoned(connection).items()
            abandoned = [retention.ForgettingRealm(key, site_ids, MAX_NAME_MONTHS) for key, site_ids in left]
            for realm in (*retention.forgetting_accounts(connection), *abandoned):
                count += self._forget_unseen(connection, realm, month)
        return count

    def _forget_unseen(self, connection: Connection, realm: retention.ForgettingRealm, month: int) -> int:
        """Delete accounts that weren't seen for the months their sites set, except those under a legal hold."""
        numbers = store.unseen(connection, realm.key, month - realm.account_months, FORGOTTEN_AT_ONCE)
        held = {
            number
            for number in numbers
            for site_id in realm.site_ids
            if marks.is_held(connection, site_id, same_numbers(connection, number))
            or marks.held_ids(connection, site_id, receipts_of_account(connection, site_id, number))
        }
        for number in numbers:
            if number not in held:
                store.forget(connection, number)
        return len(numbers) - len(held)

    def _record_seen(self, signed_in: SignedIn, number: str) -> None:
        """Record that the account is in use this month; if the database accepts no writes, a later request does it."""
        try:
            with self._engine.begin() as connection:
                store.note_seen(connection, signed_in.realm, signed_in.all_names, number, self.month)
        except SQLAlchemyError:
            return

    def drop_keys(self, site_id: int) -> None:
        """Drop the cached keys of a site, after a write."""
        self._keys.pop(site_id, None)
        self._tokens = {}

    def join(self, connection: Connection, one: SignedIn, other: SignedIn) -> str | None:
        """Merge the accounts of two subjects of a site, and return the resulting number, or None if neither has one."""
        both = one._replace(before=(*other.names, *other.before), old=(*one.old, *other.old))
        found = self.lock(connection, both)
        number = found.number
        if number is not None:
            if not found.others:
                # There is only one account: both names refer to it from now on.
                found = self._seen_from_site(
                    found.stored._replace(account=merged(found.stored.account, Account())), both
                )
            self.save(connection, both, found, number)
        return number

    @property
    def month(self) -> int:
        """Return the current month, counted from 1970-01."""
        moment = time.gmtime(self._clock())
        return (moment.tm_year - 1970) * 12 + moment.tm_mon - 1

    def _signed_in(self, site_id: int, site: str, sub: str, token: SubjectToken | None) -> SignedIn:
        present, former = self._site(site_id).realms
        realm, subs = present or site, [sub, *([token.prev] if token and token.prev else [])]
        names = [self.keyring.names_of(realm, one) for one in subs]
        # A site's servers switch to another realm one by one, so names from earlier realms count as well.
        others = {site, *(one for one, _ in former)} - {realm}
        old = [name for other in sorted(others) for one in subs for name in self.keyring.names_of(other, one)]
        before = names[1] if len(names) > 1 else []
        return SignedIn(site_id, realm, tuple(names[0]), tuple(before), token, sub, site, tuple(old), former)

    def _valid_keys(self, site_id: int) -> dict[str, key_store.SiteKey]:
        """Return the site's live keys and, for late refusals, those retired as planned. Raises NoAccountsError."""
        keys = self._site(site_id).keys
        if not keys:
            raise NoAccountsError
        return keys

    def _site(self, site_id: int) -> _Keys:
        """Return a site's valid keys and its realms, at most a second old."""
        now = self._clock()
        cached = self._keys.get(site_id)
        if cached is None or not _is_valid(cached.until, now):
            since = self._clock() - LATE_SECONDS
            with self._engine.connect() as connection:
                every, realms = key_store.every(connection, site_id), realm_store.of_site(connection, site_id)
            keys = {
                key.kid: key
                for key in every
                if key.retired_at is None or (not key.is_leaked and key.retired_at > since)
            }
            cached = self._keys[site_id] = _Keys(now + CACHE_SECONDS, keys, realms)
        return cached

    def _record_use(self, site_id: int, kid: str, day: int, key: key_store.SiteKey) -> None:
        """Record that the key is in use today; if the database accepts no writes, a later request does it."""
        if key.used_on == day or (site_id, kid, day) in self._recorded_uses:
            return
        try:
            with self._engine.begin() as connection:
                key_store.note_use(connection, site_id, kid, day)
        except SQLAlchemyError:
            return
        self._recorded_uses = {one for one in self._recorded_uses if one[2] == day} | {(site_id, kid, day)}


def _cache_key(signed_in: SignedIn) -> tuple[str, str, tuple[Name, ...]]:
    return signed_in.site, signed_in.realm, signed_in.all_names


def _is_valid(until: float, now: float) -> bool:
    """Return whether a cache entry may still be used; not if the clock has been set back since."""
    return now < until <= now + CACHE_SECONDS
