"""A second user looks at the address of a receiver before anything goes there: it is told what visitors chose."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.core.translatable import translatable
from consent.delivery.keys import PROPOSAL, DeliveryKeys
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.delivery import outbox, receivers
from consent.storage.delivery.receivers import ReceiverRow

SEALED = "secret_sealed"


class OwnProposalError(Exception):
    """Who asked for an address is not the second user."""

    def __init__(self) -> None:
        super().__init__(translatable("Someone else has to approve an address that you entered."))


class Proposal(NamedTuple):
    """An address that waits: who asked for it, an opaque id, and when, unix seconds; `is_new` that of a new receiver."""

    by: str
    at: int
    address: str
    is_new: bool


def proposal_of(keys: DeliveryKeys, receiver: ReceiverRow) -> Proposal | None:
    """Return the address of a receiver that waits for a second user, or None."""
    if receiver.proposed_by is None or receiver.proposed_at is None:
        return None
    address = _columns_in(keys, receiver).get("address", receiver.address)
    return Proposal(receiver.proposed_by, receiver.proposed_at, address, receiver.state == receivers.PROPOSED)


def proposed_columns(
    keys: DeliveryKeys, receiver: ReceiverRow, columns: Mapping[str, Any], by: str, now: int
) -> dict[str, Any]:
    """Return what is stored of a change to another address, `columns`, until somebody approves it.

    Of a receiver that was never approved it is the change itself.
    """
    asked = {"proposed_by": by, "proposed_at": now}
    if receiver.state == receivers.PROPOSED:
        return {**columns, **asked}
    secret = columns[SEALED]
    facts = {**columns, SEALED: base64.b64encode(secret).decode() if secret else None}
    return {**asked, "proposed": keys.seal(PROPOSAL, "receiver", receiver.id, facts)}


def approve(
    transaction: Transaction,
    keys: DeliveryKeys,
    site: Owner,
    author: Author,
    receiver: ReceiverRow,
    now: int,
    *,
    is_alone: bool = False,
) -> bool:
    """Approve the address that waits, and return whether one did.

    Raises OwnProposalError for who asked for it, unless `is_alone`: nobody else may approve.
    """
    proposal = proposal_of(keys, receiver)
    if proposal is None:
        return False
    if proposal.by == author.who.id and not is_alone:
        raise OwnProposalError
    columns = {**_columns_in(keys, receiver), **NOTHING_PROPOSED, **receivers.AFRESH, "state": receivers.ON}
    if proposal.is_new:
        columns["cursor"] = outbox.last_number(transaction, site.id)
    elif receiver.state == receivers.PAUSED:
        columns["state"] = receivers.PAUSED
    receivers.change(transaction, receiver.id, **columns)
    facts = {"asked_by": proposal.by} | ({"alone": True} if is_alone else {})
    author.record(transaction, site, "receiver.approved", receiver.id, None, facts, now)
    return True


def discard(transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, now: int) -> bool:
    """Forget a new address of a receiver that has one already, and return whether one waited."""
    if receiver.proposed_by is None or receiver.state == receivers.PROPOSED:
        return False
    receivers.change(transaction, receiver.id, **NOTHING_PROPOSED)
    facts = {"asked_by": receiver.proposed_by}
    author.record(transaction, site, "receiver.proposal_discarded", receiver.id, facts, None, now)
    return True


NOTHING_PROPOSED: dict[str, Any] = {"proposed": None, "proposed_by": None, "proposed_at": None}


def _columns_in(keys: DeliveryKeys, receiver: ReceiverRow) -> dict[str, Any]:
    columns = keys.unseal(PROPOSAL, "receiver", receiver.id, receiver.proposed)
    if columns.get(SEALED):
        columns[SEALED] = base64.b64decode(columns[SEALED])
    return columns
