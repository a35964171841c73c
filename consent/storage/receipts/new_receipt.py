"""Data model of a receipt to be written, and the possible outcomes."""

from dataclasses import dataclass
from typing import NamedTuple

from consent.core.receipt import ReceiptRecord
from consent.storage.delivery.outbox import NewEvent


@dataclass(frozen=True, kw_only=True)
class NewReceipt(ReceiptRecord):
    """A receipt to be written: its record, its personal part and its key.

    `personal` is canonical JSON; `salt` is that of `pd`, and without it there is no personal part. `body` is the
    canonical request body: a second request with the same `key` returns the same receipt if its body is equal, and is
    refused otherwise. `key_salt` is the salt of the body's MAC, generated if empty. `device`, `is_bot` and `arrival`
    are counted (`ChoiceCount`) but not stored with the receipt. `account` is the number of the signed-in visitor's
    account. `event` notifies other systems, None if the site has no receivers.
    """

    key: str
    body: bytes
    previous: str | None = None
    salt: bytes | None = None
    key_salt: bytes = b""
    personal: str = "{}"
    device: str = "unknown"
    is_bot: bool = False
    arrival: str = "unknown"
    account: str | None = None
    event: NewEvent | None = None


class Stored(NamedTuple):
    """A durable receipt: the new one, or an earlier one with the same key and body."""

    id: str
    jws: str
    created: bool


class KeyReusedError(Exception):
    """The key was already used with a different body (HTTP 409)."""


class KeyErasedError(Exception):
    """The key was already used, and its receipt has been erased (HTTP 410)."""


class WriterUnavailableError(Exception):
    """Nothing was acknowledged: the queue is full, the database unavailable, or the writer closed (HTTP 503)."""


class RejectedRowError(Exception):
    """The database rejects this row, for the reason in `__cause__`."""
