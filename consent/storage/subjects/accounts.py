"""Queries of accounts: find one by the hashes of its names, write its document, merge two, close one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import aliased

from consent.core.account import EMPTY, Account, account_of, merged
from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import SubjectAccount, SubjectAlias, SubjectName, SubjectUsed


class Name(NamedTuple):
    """A name of an account: the keyed hash of a `sub`, under the subject key of that number."""

    key_no: int
    lookup: bytes


class Found(NamedTuple):
    """An account: its number, None where nothing is stored, and its document; `others` are numbers that belong to it too.

    `seen_month`, counted from 1970-01, is when each of its names that were asked for has been in use at last.
    """

    number: str | None
    account: Account
    others: tuple[str, ...] = ()
    seen_month: int = 0


UNKNOWN = Found(None, EMPTY)


class StoredAccount(NamedTuple):
    """An account as it is stored: `sub_sealed` is its `sub` under a key that is in no dump, None where none is kept."""

    number: str
    account: Account
    sub_sealed: bytes | None


def find(transaction: Transaction, realm: str, names: Sequence[Name]) -> Found:
    """Return the account to which `names` lead: of several, what a merge of them would be, under the lowest number."""
    same = tuple_(SubjectName.key_no, SubjectName.lookup).in_(names)
    months = (SubjectName.seen_month.label("named"), SubjectAccount.seen_month)
    query = (
        select(SubjectAccount.number, SubjectAccount.document, *months)
        .join(SubjectName, SubjectName.number == SubjectAccount.number)
        .where(SubjectName.realm == realm, same)
        .order_by(SubjectAccount.number)
    )
    rows = transaction.execute(query).all()
    documents = {row.number: row.document for row in rows}
    found = _as_one([(number, account_of(orjson.loads(text))) for number, text in documents.items()])
    return found._replace(seen_month=min((month for row in rows for month in row[2:]), default=0))


def of_numbers(transaction: Transaction, realm: str, numbers: Sequence[str]) -> Found:
    """Return the account of `numbers`: of several, what a merge of them would be, under the lowest."""
    query = (
        select(SubjectAccount.number, SubjectAccount.document)
        .where(SubjectAccount.realm == realm, SubjectAccount.number.in_(numbers))
        .order_by(SubjectAccount.number)
    )
    return _as_one([(number, account_of(orjson.loads(document))) for number, document in transaction.execute(query)])


def _as_one(accounts: Sequence[tuple[str, Account]]) -> Found:
    found = UNKNOWN
    for number, account in accounts:
        if found.number is None:
            found = Found(number, account)
        else:
            found = found._replace(account=merged(found.account, account), others=(*found.others, number))
    return found


def present_number(transaction: Transaction, realm: str, number: str) -> str | None:
    """Return the number under which the account `number` is stored now, or None where the realm has no such account."""
    alias = transaction.execute(select(SubjectAlias.number).where(SubjectAlias.alias == number)).scalar_one_or_none()
    same = (SubjectAccount.realm == realm, SubjectAccount.number == (alias or number))
    return transaction.execute(select(SubjectAccount.number).where(*same)).scalar_one_or_none()


def sealed_sub(transaction: Transaction, number: str) -> tuple[str, bytes | None]:
    """Return the number under which the account `number` is stored now, and its sealed `sub`, None where none is kept."""
    alias = transaction.execute(select(SubjectAlias.number).where(SubjectAlias.alias == number)).scalar_one_or_none()
    query = select(SubjectAccount.sub_sealed).where(SubjectAccount.number == (alias or number))
    return alias or number, transaction.execute(query).scalar_one_or_none()


def keep_sub(transaction: Transaction, number: str, sealed: bytes) -> None:
    """Store the sealed `sub` of an account that has none yet."""
    matching = (SubjectAccount.number == number, SubjectAccount.sub_sealed.is_(None))
    transaction.execute(update(SubjectAccount).where(*matching).values(sub_sealed=sealed))


def names_of(transaction: Transaction, numbers: Sequence[str]) -> list[Name]:
    """Return the names that lead to the accounts of `numbers`, those of the newest subject key first."""
    query = (
        select(SubjectName.key_no, SubjectName.lookup)
        .where(SubjectName.number.in_(numbers))
        .order_by(SubjectName.key_no.desc(), SubjectName.lookup)
    )
    return [Name(*row) for row in transaction.execute(query)]


def all_numbers(transaction: Transaction, realm: str) -> Iterator[str]:
    """Yield the number of each account of a realm, a few in memory at a time."""
    query = select(SubjectAccount.number).where(SubjectAccount.realm == realm)
    yield from transaction.execute(query, execution_options={"yield_per": 5000}).scalars()


def page(transaction: Transaction, realm: str, after: str, limit: int) -> list[StoredAccount]:
    """Return the next accounts of a realm behind the number `after`, at most `limit`."""
    columns = (SubjectAccount.number, SubjectAccount.document, SubjectAccount.sub_sealed)
    matching = (SubjectAccount.realm == realm, SubjectAccount.number > after)
    rows = transaction.execute(select(*columns).where(*matching).order_by(SubjectAccount.number).limit(limit))
    return [StoredAccount(number, account_of(orjson.loads(document)), sealed) for number, document, sealed in rows]


def lock(connection: Connection, names: Sequence[Name]) -> None:
    """Keep other transactions, on however many nodes, from changing the account of these names, also before it is there."""
    if connection.dialect.name == "postgresql":
        for lock_number in sorted({int.from_bytes(name.lookup[:8], signed=True) for name in names}):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number})")
    else:
        # The first statement that writes takes the file: what is read after it is not changed by others.
        connection.execute(delete(SubjectUsed).where(SubjectUsed.expires_at < 0))


def save(transaction: Transaction, realm: str, found: Found, number: str, month: int) -> None:
    """Write what `found` holds, as the account `number`: a new one where `found` has none.

    The second of two numbers stays as another number of the account; `month` counts months since 1970.
    """
    account = found.account
    values = {"version": account.version, "gpc": account.gpc, "seen_month": month, "document": _text(account)}
    if found.number is None:
        transaction.execute(insert(SubjectAccount).values(number=number, realm=realm, **values))
    else:
        transaction.execute(update(SubjectAccount).where(SubjectAccount.number == number).values(values))
    for other in found.others:
        _alias(transaction, other, number)


def _text(account: Account) -> str:
    return orjson.dumps(account.to_json(), option=orjson.OPT_SORT_KEYS).decode()


def _alias(transaction: Transaction, other: str, number: str) -> None:
    transaction.execute(delete(SubjectAccount).where(SubjectAccount.number == other))
    transaction.execute(update(SubjectAlias).where(SubjectAlias.number == other).values(number=number))
    transaction.execute(insert(SubjectAlias).values(alias=other, number=number))
    transaction.execute(update(SubjectName).where(SubjectName.number == other).values(number=number))


def name(transaction: Transaction, realm: str, one: Name, older: Sequence[Name], number: str, month: int) -> None:
    """Store that `one` leads to the account of `number`, in place of what `older` subject keys made of the same name."""
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
    """Record that an account was asked for by `names` in `month`: a name that is in use is not forgotten."""
    same = tuple_(SubjectName.key_no, SubjectName.lookup).in_(names)
    named = (SubjectName.realm == realm, same, SubjectName.seen_month < month)
    transaction.execute(update(SubjectName).where(*named).values(seen_month=month))
    seen = (SubjectAccount.number == number, SubjectAccount.seen_month < month)
    transaction.execute(update(SubjectAccount).where(*seen).values(seen_month=month))


def prune_names(transaction: Transaction, before: int) -> int:
    """Delete names that were last in use before the month `before`, of accounts that have another; return how many."""
    other = aliased(SubjectName)
    has_other = exists().where(other.number == SubjectName.number, other.seen_month >= before)
    gone = delete(SubjectName).where(SubjectName.seen_month < before, has_other)
    return len(transaction.execute(gone.returning(SubjectName.key_no)).all())


def unseen(transaction: Transaction, realm: str, before: int, limit: int) -> list[str]:
    """Return the numbers of up to `limit` accounts that were last seen before the month `before`, oldest first."""
    query = (
        select(SubjectAccount.number)
        .where(SubjectAccount.realm == realm, SubjectAccount.seen_month < before)
        .order_by(SubjectAccount.seen_month, SubjectAccount.number)
        .limit(limit)
    )
    return list(transaction.execute(query).scalars())


def renumber(transaction: Transaction, number: str, account: Account, month: int, fresh: str) -> None:
    """Store an account under the number `fresh`, with the document `account`: receipts of the old one lead to it no more."""
    row = transaction.execute(select(SubjectAccount.realm).where(SubjectAccount.number == number)).one()
    forget(transaction, number, keeps_names=True)
    values = {"version": account.version, "gpc": account.gpc, "document": _text(account), "seen_month": month}
    transaction.execute(insert(SubjectAccount).values(number=fresh, realm=row.realm, **values))
    transaction.execute(update(SubjectName).where(SubjectName.number == number).values(number=fresh))


def forget(transaction: Transaction, number: str, *, keeps_names: bool = False) -> None:
    """Delete an account with its names and other numbers."""
    transaction.execute(delete(SubjectAccount).where(SubjectAccount.number == number))
    transaction.execute(delete(SubjectAlias).where(SubjectAlias.number == number))
    if not keeps_names:
        transaction.execute(delete(SubjectName).where(SubjectName.number == number))


def use_token(transaction: Transaction, site_id: int, jti: str, expires_at: int) -> None:
    """Record that a token has granted something; its account is locked by this transaction."""
    transaction.execute(insert(SubjectUsed).values(site_id=site_id, jti=jti, expires_at=expires_at))


def is_used(transaction: Transaction, site_id: int, jti: str) -> bool:
    """Return whether a token has granted something."""
    same = (SubjectUsed.site_id == site_id, SubjectUsed.jti == jti)
    return transaction.execute(select(SubjectUsed.jti).where(*same)).first() is not None


def prune_used(transaction: Transaction, now: int) -> int:
    """Delete used tokens that are past their end; return how many."""
    used = transaction.execute(delete(SubjectUsed).where(SubjectUsed.expires_at < now).returning(SubjectUsed.jti))
    return len(used.all())


def raise_versions(transaction: Transaction, by: int) -> int:
    """Raise the version of every account by `by`, and return how many: after a restore none that was seen comes again."""
    rows = transaction.execute(select(SubjectAccount.number, SubjectAccount.document)).all()
    for number, document in rows:
        account = account_of(orjson.loads(document))
        account = replace(account, version=account.version + by)
        values = {"version": account.version, "document": _text(account)}
        transaction.execute(update(SubjectAccount).where(SubjectAccount.number == number).values(values))
    return len(rows)
