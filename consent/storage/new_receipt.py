"""A receipt on its way into the store, and what can come of it."""

from typing import NamedTuple


class NewReceipt(NamedTuple):
    """One receipt to be written: the columns of `Receipt`, its personal part and its key.

    `time` and `expires` are unix seconds, `vendors` and `personal` canonical JSON; `salt` is that of `pd`,
    and without it there is no personal part. `body` is the canonical request body: a second receipt under the same
    `key` is the same receipt if its body is the same, and refused otherwise. `key_salt` is that of the body's MAC, made
    where it is empty. `device`, `is_bot` and `arrival` are counted (`ChoiceCount`) and not kept with the receipt.
    """

    id: str
    time: int
    site_id: int
    jws: str
    leaf_hash: bytes
    key: str
    body: bytes
    action: str
    method: str
    country: str | None
    subdivision: str | None
    regime: str
    config: str
    language: str
    variant: str
    functional: bool | None
    analytics: bool | None
    advertising: bool | None
    vendors: str = "{}"
    gpc: bool = False
    dnt: bool = False
    age_band: str = "unknown"
    layer: int = 1
    origin_checked: bool = False
    expires: int | None = None
    visitor: str | None = None
    previous: str | None = None
    salt: bytes | None = None
    key_salt: bytes = b""
    personal: str = "{}"
    device: str = "unknown"
    is_bot: bool = False
    arrival: str = "unknown"


class Stored(NamedTuple):
    """A receipt that is durable: the new one, or the one that the same key and body made before."""

    id: str
    jws: str
    created: bool


class KeyReused(Exception):
    """The key was used before with another body: 409."""


class KeyErased(Exception):
    """The key was used before, and what it made has been erased: 410."""


class WriterUnavailable(Exception):
    """Nothing was acknowledged: the queue is full, the database is away, or the writer is closed: 503."""


class RowRefused(Exception):
    """The database does not take this row, for the reason in `__cause__`."""
