"""Approval of a receiver's address by a second user, required before anything is sent there: it gets visitors' choices."""

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
    """Raised when the user who proposed an address tries to approve it."""

    def __init__(self) -> None:
        super().__init__(translatable("Someone else has to approve an address that you entered."))


class Proposal(NamedTuple):
    """A proposed address: `by` is the user's opaque id, `at` unix seconds, and `is_new` whether the receiver is new."""

    by: str
    at: int
    address: str
    is_new: bool


def proposal_of(keys: DeliveryKeys, receiver: ReceiverRow) -> Proposal | None:
    """Return the proposed address of a receiver, or None if there is none."""
    if receiver.proposed_by is None or receiver.proposed_at is None:
        return None
    address = _unseal_columns(keys, receiver).get("address", receiver.address)
    return Proposal(receiver.proposed_by, receiver.proposed_at, address, receiver.state == receivers.PROPOSED)


def proposed_columns(
    keys: DeliveryKeys, receiver: ReceiverRow, columns: Mapping[str, Any], by: str, now: int
) -> dict[str, Any]:
    """Return the columns that store a change of address, `columns`, until it is approved.

    For a receiver that was never approved, those are the changed columns themselves.
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
    """Approve the proposed address, and return whether there was one.

    Raises OwnProposalError if the author proposed it, unless `is_alone`: no other user may approve.
    """
    proposal = proposal_of(keys, receiver)
    if proposal is None:
        return False
    if proposal.by == author.who.id and not is_alone:
        raise OwnProposalError
    columns = {**_unseal_columns(keys, receiver), **NOTHING_PROPOSED, **receivers.AFRESH, "state": receivers.ON}
    if proposal.is_new:
        columns["cursor"] = outbox.last_number(transaction, site.id)
    elif receiver.state == receivers.PAUSED:
        columns["state"] = receivers.PAUSED
    receivers.change(transaction, receiver.id, **columns)
    facts = {"asked_by": proposal.by} | ({"alone": True} if is_alone else {})
    author.record(transaction, site, "receiver.approved", receiver.id, None, facts, now)
    return True


def discard(transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, now: int) -> bool:
    """Discard the proposed address of an approved receiver, and return whether there was one."""
    if receiver.proposed_by is None or receiver.state == receivers.PROPOSED:
        return False
    receivers.change(transaction, receiver.id, **NOTHING_PROPOSED)
    facts = {"asked_by": receiver.proposed_by}
    author.record(transaction, site, "receiver.proposal_discarded", receiver.id, facts, None, now)
    return True


NOTHING_PROPOSED: dict[str, Any] = {"proposed": None, "proposed_by": None, "proposed_at": None}


def _unseal_columns(keys: DeliveryKeys, receiver: ReceiverRow) -> dict[str, Any]:
    columns = keys.unseal(PROPOSAL, "receiver", receiver.id, receiver.proposed)
    if columns.get(SEALED):
        columns[SEALED] = base64.b64decode(columns[SEALED])
    return columns
