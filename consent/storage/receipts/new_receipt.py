"""Data model of a receipt to be written, and the possible outcomes."""

from dataclasses import dataclass
from typing import NamedTuple

from consent.core.receipt import ReceiptRecord
from consent.storage.delivery.outbox import NewEvent


@dataclass(frozen=True, kw_only=True)
class NewReceipt(ReceiptRecord):
    """One receipt to be written: its record, its personal part and its key.

    `personal` is canonical JSON; `salt` is that of `pd`, and without it there is no personal part. `body` is the
    canonical request body: a second receipt under the same `key` is the same receipt if its body is the same, and
    refused otherwise. `key_salt` is that of the body's MAC, made where it is empty. `device`, `is_bot` and `arrival` are
    counted (`ChoiceCount`) and not stored with the receipt. `account` is the number of who was signed in. `event` is what
    other systems are told of it, None where the site has no receivers.
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
    """A receipt that is durable: the new one, or the one that the same key and body made before."""

    id: str
    jws: str
    created: bool


class KeyReusedError(Exception):
    """The key was used before with another body: 409."""


class KeyErasedError(Exception):
    """The key was used before, and what it made has been erased: 410."""


class WriterUnavailableError(Exception):
    """Nothing was acknowledged: the queue is full, the database is unavailable, or the writer is closed: 503."""


class RejectedRowError(Exception):
    """The database does not take this row, for the reason in `__cause__`."""
