"""Queries for accounts: find one by the hashes of its names, save its document, merge two, delete one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.orm import aliased

from consent.core.account import EMPTY, Account, account_of, merged
from consent.core.sharing.account_group import account_after_leaving, as_joining_account
from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import SubjectAccount, SubjectAlias, SubjectName, SubjectUsed


class Name(NamedTuple):
    """A name of an account: the keyed hash of a `sub`, and the number of the subject key used."""

    key_no: int
    lookup: bytes


class Found(NamedTuple):
    """An account: its number (None if nothing is stored) and document; `others` are further numbers that belong to it.

    `seen_month`, counted from 1970-01, is the earliest month in which the account and all its requested names were last
    seen. If sites share the account, `account` is what applies on the requesting one, and `whole` the shared document.
    `earlier` is the account's number in a realm that the site has left, from which it takes over what was refused
    there; with `is_moved`, it isn't stored yet in the realm where it was looked up.
    """

    number: str | None
    account: Account
    others: tuple[str, ...] = ()
    seen_month: int = 0
    whole: Account | None = None
    earlier: str | None = None
    is_moved: bool = False

    @property
    def stored(self) -> "Found":
        """Return the account with the document shared by all its sites."""
        return self if self.whole is None else self._replace(account=self.whole, whole=None)


UNKNOWN = Found(None, EMPTY)


class StoredAccount(NamedTuple):
    """A stored account; `sub_sealed` is its `sub`, encrypted with a key that is in no dump, or None if not kept."""

    number: str
    account: Account
    sub_sealed: bytes | None


def find(
    transaction: Transaction, realm: str, names: Sequence[Name], own: str = "", former: Sequence[tuple[str, int]] = ()
) -> Found:
    """Return the account that `names` lead to; several are merged in the result, under the lowest number.

    `own` is the requesting site's own realm: what is still stored there joins a shared `realm`. `former` are shared
    realms that the site has left, each with the day: what was refused there until then still applies on the site.
    """
    same = tuple_(SubjectName.key_no, SubjectName.lookup).in_(names)
    months = (SubjectName.seen_month.label("named"), SubjectAccount.seen_month)
    days = dict(former)
    realms = {realm, own or realm, *days}
    query = (
        select(SubjectAccount.number, SubjectAccount.document, *months, SubjectAccount.realm, SubjectAccount.earlier)
        .join(SubjectName, SubjectName.number == SubjectAccount.number)
        .where(SubjectName.realm.in_(realms), same)
        .order_by(SubjectAccount.number)
    )
    rows = transaction.execute(query).all()
    here = {row.number: row.document for row in rows if row.realm == realm}
    joining = {row.number: row.document for row in rows if row.realm == own != realm}
    accounts = [(number, account_of(orjson.loads(text))) for number, text in here.items()]
    accounts += [(number, as_joining_account(account_of(orjson.loads(text)), own)) for number, text in joining.items()]
    found = _merge_all(sorted(accounts, key=lambda account: account[0]))
    seen = [month for row in rows if row.number in here for month in row[2:4]]
    found = found._replace(seen_month=min(seen, default=0), is_moved=bool(joining))
    if any(row.earlier for row in rows if row.realm == realm):
        return found
    left = {row.number: row for row in rows if row.realm in days}
    for number, row in left.items():
        account = account_after_leaving(account_of(orjson.loads(row.document)), days[row.realm])
        if found.number is not None or found.earlier is not None:
            account = merged(found.account, account)
        found = found._replace(account=account, earlier=number, is_moved=True)
    return found


def of_numbers(transaction: Transaction, numbers: Sequence[str]) -> Found:
    """Return the account of `numbers`; several are merged in the result, under the lowest."""
    query = (
        select(SubjectAccount.number, SubjectAccount.document)
        .where(SubjectAccount.number.in_(numbers))
        .order_by(SubjectAccount.number)
    )
    return _merge_all([(number, account_of(orjson.loads(document))) for number, document in transaction.execute(query)])


def realm_of(transaction: Transaction, number: str) -> str | None:
    """Return the realm of account `number`, or None."""
    query = select(SubjectAccount.realm).where(SubjectAccount.number == number)
    return transaction.execute(query).scalar_one_or_none()


def _merge_all(accounts: Sequence[tuple[str, Account]]) -> Found:
    found = UNKNOWN
    for number, account in accounts:
        if found.number is None:
            found = Found(number, account)
        else:
            found = found._replace(account=merged(found.account, account), others=(*found.others, number))
    return found


def present_number(transaction: Transaction, realm: str, number: str) -> str | None:
    """Return the current number of account `number`, or None if the realm has no such account."""
    alias = transaction.execute(select(SubjectAlias.number).where(SubjectAlias.alias == number)).scalar_one_or_none()
    same = (SubjectAccount.realm == realm, SubjectAccount.number == (alias or number))
    return transaction.execute(select(SubjectAccount.number).where(*same)).scalar_one_or_none()


def sealed_sub(transaction: Transaction, number: str) -> tuple[str, bytes | None]:
    """Return the current number of account `number`, and its sealed `sub`, None if not kept."""
    alias = transaction.execute(select(SubjectAlias.number).where(SubjectAlias.alias == number)).scalar_one_or_none()
    query = select(SubjectAccount.sub_sealed).where(SubjectAccount.number == (alias or number))
    return alias or number, transaction.execute(query).scalar_one_or_none()


def keep_sub(transaction: Transaction, number: str, sealed: bytes) -> None:
    """Store an account's sealed `sub` if it has none yet."""
    matching = (SubjectAccount.number == number, SubjectAccount.sub_sealed.is_(None))
    transaction.execute(update(SubjectAccount).where(*matching).values(sub_sealed=sealed))


def names_of(transaction: Transaction, numbers: Sequence[str]) -> list[Name]:
    """Return the names that lead to the accounts `numbers` in any realm, newest subject key first."""
    query = (
        select(SubjectName.key_no, SubjectName.lookup)
        .where(SubjectName.number.in_(numbers))
        .order_by(SubjectName.key_no.desc(), SubjectName.lookup)
    )
    return [Name(*row) for row in transaction.execute(query)]


def all_numbers(transaction: Transaction, realm: str) -> Iterator[str]:
    """Yield the number of every account in a realm, keeping few in memory at a time."""
    query = select(SubjectAccount.number).where(SubjectAccount.realm == realm)
    yield from transaction.execute(query, execution_options={"yield_per": 5000}).scalars()


def page(transaction: Transaction, realm: str, after: str, limit: int) -> list[StoredAccount]:
    """Return the next accounts of a realm after number `after`, at most `limit`."""
    columns = (SubjectAccount.number, SubjectAccount.document, SubjectAccount.sub_sealed)
    matching = (SubjectAccount.realm == realm, SubjectAccount.number > after)
    rows = transaction.execute(select(*columns).where(*matching).order_by(SubjectAccount.number).limit(limit))
    return [StoredAccount(number, account_of(orjson.loads(document)), sealed) for number, document, sealed in rows]


def lock_versions(transaction: Transaction, numbers: Sequence[str]) -> dict[str, int]:
    """Keep other transactions from changing the accounts `numbers`, and return the version of each that exists."""
    columns = (SubjectAccount.number, SubjectAccount.version)
    query = select(*columns).where(SubjectAccount.number.in_(numbers)).order_by(SubjectAccount.number)
    return {row.number: row.version for row in transaction.execute(query.with_for_update())}


def lock(connection: Connection, names: Sequence[Name]) -> None:
    """Keep transactions on all nodes from changing the account of these names, even if it doesn't exist yet."""
    if connection.dialect.name == "postgresql":
        for lock_number in sorted({int.from_bytes(name.lookup[:8], signed=True) for name in names}):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number})")
    else:
        # The first write locks the file: nobody else can change what is read after it.
        connection.execute(delete(SubjectUsed).where(SubjectUsed.expires_at < 0))


def save(transaction: Transaction, realm: str, found: Found, number: str, month: int) -> None:
    """Save `found` as the account `number`, which is new if `found` has none.

    Numbers merged into it become its aliases; `month` counts months since 1970.
    """
    account = found.account
    values: dict[str, object] = {"version": account.version, "gpc": account.gpc, "seen_month": month, "realm": realm}
    values |= {"document": _to_json(account)} | ({"earlier": found.earlier} if found.earlier else {})
    if found.number is None:
        transaction.execute(insert(SubjectAccount).values(number=number, **values))
    else:
        transaction.execute(update(SubjectAccount).where(SubjectAccount.number == number).values(values))
    for other in found.others:
        _alias(transaction, other, number)


def _to_json(account: Account) -> str:
    return orjson.dumps(account.to_json(), option=orjson.OPT_SORT_KEYS).decode()


def _alias(transaction: Transaction, other: str, number: str) -> None:
    transaction.execute(delete(SubjectAccount).where(SubjectAccount.number == other))
    transaction.execute(update(SubjectAlias).where(SubjectAlias.number == other).values(number=number))
    transaction.execute(insert(SubjectAlias).values(alias=other, number=number))
    transaction.execute(update(SubjectName).where(SubjectName.number == other).values(number=number))


def name(transaction: Transaction, realm: str, one: Name, older: Sequence[Name], number: str, month: int) -> None:
    """Point `one` at account `number`, replacing hashes of the same name under `older` subject keys."""
    if older:
        same = tuple_(SubjectName.key_no, SubjectName.lookup).in_(older)
        transaction.execute(delete(SubjectName).where(SubjectName.realm == realm, same))
    same_name = (SubjectName.realm == realm, SubjectName.key_no == one.key_no, SubjectName.lookup == one.lookup)
    if transaction.execute(select(SubjectName.number).where(*same_name)).first():
        transaction.execute(update(SubjectName).where(*same_name).values(number=number, seen_month=month))
    else:
        row = {"realm": realm, "key_no": one.key_no, "lookup": one.lookup, "number": number, "seen_month": month}
        transaction.execute(insert(SubjectName).values(row))


def note_seen(transaction: Transaction, realm: str, names: Sequence[Name], number: str, month: int) -> None:
    """Record that an account was requested under `names` in `month`: names in use aren't deleted."""
    same = tuple_(SubjectName.key_no, SubjectName.lookup).in_(names)
    named = (SubjectName.realm == realm, same, SubjectName.seen_month < month)
    transaction.execute(update(SubjectName).where(*named).values(seen_month=month))
    seen = (SubjectAccount.number == number, SubjectAccount.seen_month < month)
    transaction.execute(update(SubjectAccount).where(*seen).values(seen_month=month))


def prune_names(transaction: Transaction, before: int) -> int:
    """Delete names last used before the month `before` if the account has a more recent one; return how many."""
    other = aliased(SubjectName)
    has_other = exists().where(other.number == SubjectName.number, other.seen_month >= before)
    gone = delete(SubjectName).where(SubjectName.seen_month < before, has_other)
    return len(transaction.execute(gone.returning(SubjectName.key_no)).all())


def unseen(transaction: Transaction, realm: str, before: int, limit: int) -> list[str]:
    """Return the numbers of up to `limit` accounts last seen before the month `before`, oldest first."""
    query = (
        select(SubjectAccount.number)
        .where(SubjectAccount.realm == realm, SubjectAccount.seen_month < before)
        .order_by(SubjectAccount.seen_month, SubjectAccount.number)
        .limit(limit)
    )
    return list(transaction.execute(query).scalars())


def renumber(transaction: Transaction, number: str, account: Account, month: int, fresh: str) -> None:
    """Store an account under a new number, `fresh`, with the document `account`; its receipts no longer lead to it."""
    row = transaction.execute(select(SubjectAccount.realm).where(SubjectAccount.number == number)).one()
    forget(transaction, number, keeps_names=True)
    values = {"version": account.version, "gpc": account.gpc, "document": _to_json(account), "seen_month": month}
    transaction.execute(insert(SubjectAccount).values(number=fresh, realm=row.realm, **values))
    transaction.execute(update(SubjectName).where(SubjectName.number == number).values(number=fresh))


def forget(transaction: Transaction, number: str, *, keeps_names: bool = False) -> None:
    """Delete an account, its aliases and, unless `keeps_names`, its names."""
    transaction.execute(delete(SubjectAccount).where(SubjectAccount.number == number))
    transaction.execute(delete(SubjectAlias).where(SubjectAlias.number == number))
    if not keeps_names:
        transaction.execute(delete(SubjectName).where(SubjectName.number == number))


def count(transaction: Transaction, realm: str) -> int:
    """Return how many accounts a realm has."""
    query = select(func.count()).select_from(SubjectAccount).where(SubjectAccount.realm == realm)
    return transaction.execute(query).scalar_one()


def forget_realm(transaction: Transaction, realm: str, held: Collection[str]) -> None:
    """Delete all accounts of a realm, with names and aliases, except those whose numbers are `held`."""
    kept = select(SubjectAlias.number).where(SubjectAlias.alias.in_(held))
    deletable = (
        SubjectAccount.realm == realm,
        SubjectAccount.number.not_in(held),
        SubjectAccount.number.not_in(kept),
    )
    numbers = select(SubjectAccount.number).where(*deletable)
    transaction.execute(delete(SubjectName).where(SubjectName.number.in_(numbers)))
    transaction.execute(delete(SubjectAlias).where(SubjectAlias.number.in_(numbers)))
    transaction.execute(delete(SubjectAccount).where(*deletable))


def use_token(transaction: Transaction, site_id: int, jti: str, expires_at: int) -> None:
    """Record that a token has granted something; this transaction has its account locked."""
    transaction.execute(insert(SubjectUsed).values(site_id=site_id, jti=jti, expires_at=expires_at))


def is_used(transaction: Transaction, site_id: int, jti: str) -> bool:
    """Return whether a token has granted something."""
    same = (SubjectUsed.site_id == site_id, SubjectUsed.jti == jti)
    return transaction.execute(select(SubjectUsed.jti).where(*same)).first() is not None


def prune_used(transaction: Transaction, now: int) -> int:
    """Delete expired used tokens, and return how many."""
    used = transaction.execute(delete(SubjectUsed).where(SubjectUsed.expires_at < now).returning(SubjectUsed.jti))
    return len(used.all())


def raise_versions(transaction: Transaction, by: int) -> int:
    """Raise the version of every account by `by` after a restore, so that no version recurs; return how many."""
    rows = transaction.execute(select(SubjectAccount.number, SubjectAccount.document)).all()
    for number, document in rows:
        account = account_of(orjson.loads(document))
        account = replace(account, version=account.version + by)
        values = {"version": account.version, "document": _to_json(account)}
        transaction.execute(update(SubjectAccount).where(SubjectAccount.number == number).values(values))
    return len(rows)
