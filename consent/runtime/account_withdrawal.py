"""Withdraw all of an account's grants, on all devices, and write a receipt in the same transaction."""

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection

from consent.core.account import VENDOR, Account, withdrawn
from consent.core.days import DAY_SECONDS, add_months
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.receipt import UNSTATED
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import SECOND_SCHEMA, Signer, build_claims, canonical_digest, new_salt, utc
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.subjects import accounts as store
from consent.storage.subjects.receipts import PreparedReceipt
from consent.subjects.accounts import SignedIn, SubjectAccounts

PAGE_LAYER = 0
"""Made on neither layer of the banner."""


class WithdrawalRequest(NamedTuple):
    """How a withdrawal was requested: the receipt's `method`, the requester's place and language, and the rules."""

    method: str
    rules_version: str
    language: str
    place: Place = Place(None, None, "unknown")
    gpc: bool = False
    dnt: bool = False
    browser: str | None = None


def withdraw_grants(
    subjects: SubjectAccounts,
    signer: Signer,
    config: CompiledConfig,
    signed_in: SignedIn,
    asked: WithdrawalRequest,
    time: int,
    also: Callable[[Connection, int], object] = lambda _connection, _grants: None,
) -> str | None:
    """Withdraw all of the account's grants at `time`, unix seconds, and return the receipt's id; None without grants.

    `also` is called in the transaction with the number of grants. Raises SQLAlchemyError.
    """
    made: list[str] = []

    def make(connection: Connection) -> PreparedReceipt:
        found = subjects.find_in(connection, signed_in).stored
        number, grants = found.number, sum(entry.s for entry in found.account.entries)
        if number is None or not grants:
            return PreparedReceipt(None, lambda: None)
        receipt = _receipt(signer, config, found.account, asked, number, time)
        changed = found._replace(account=withdrawn(found.account, day_of_time(time), receipt.id))
        made.append(receipt.id)

        def save() -> None:
            store.save(connection, signed_in.realm, changed, number, subjects.month)
            subjects.on_withdrawn(connection, signed_in, changed, receipt.id)
            also(connection, grants)

        return PreparedReceipt(receipt, save)

    subjects.receipts.change(time, lambda connection: store.lock(connection, signed_in.all_names), make)
    subjects.drop(signed_in)
    return made[-1] if made else None


def _receipt(
    signer: Signer, config: CompiledConfig, account: Account, asked: WithdrawalRequest, number: str, time: int
) -> NewReceipt:
    day, place = day_of_time(time), asked.place
    resolved = config.resolved_at(place.country, place.subdivision, time)
    targets = {entry.t for entry in account.entries if entry.s}
    answers: dict[str, Any] = {group: False if group in targets else None for group in OPTIONAL}
    vendors = {name.removeprefix(VENDOR): False for name in targets if name.startswith(VENDOR)}
    facts: dict[str, Any] = {"visitor": None, "previous": None, "browser": asked.browser, "page_group": None}
    personal, salt = canonical_without_floats({**facts, "chosen_at": None, "account": number}), new_salt()
    record = NewReceipt(
        action="withdraw",
        method=asked.method,
        **answers,
        vendors=canonical_without_floats(vendors).decode(),
        country=place.country,
        subdivision=place.subdivision,
        regime=resolved["regime"],
        config=config.name,
        language=asked.language,
        gpc=asked.gpc,
        dnt=asked.dnt,
        **UNSTATED,
        variant=config.variant,
        layer=PAGE_LAYER,
        expires=add_months(day, resolved["keep"]) * DAY_SECONDS,
        id=secrets.token_hex(16),
        time=time,
        site_id=config.site_id,
        leaf_hash=b"",
        jws="",
        key=secrets.token_hex(16),
        body=b"",
        salt=salt,
        personal=personal.decode(),
        arrival="direct",
        account=number,
    )
    claims = build_claims(
        record,
        site=config.site,
        requested=answers,
        text=config.text_hash(asked.language),
        rules_version=asked.rules_version,
        source=place.source,
        place_at_write={"country": place.country, "subdivision": place.subdivision, "source": place.source},
        delayed=False,
        conflict_shown=False,
        pd=canonical_digest(salt, personal),
    )
    jws = signer.sign({**claims, "schema": SECOND_SCHEMA, "scope": "account", "id": record.id, "time": utc(time)})
    return record.with_values(jws=jws, leaf_hash=leaf_hash(jws.encode()))
