"""Sign log entries other than receipts, in the transaction of the change that they record."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from consent.core.merkle import leaf_hash
from consent.signing.canonical_json import canonical
from consent.signing.keys import SigningKey
from consent.signing.receipt_claims import sign_payload, utc
from consent.storage.database.base import Transaction
from consent.storage.log import entries
from consent.storage.tables import log


class Owner(Protocol):
    """The owner of a log: a site as found by `sites.by_key`, or `INSTANCE`."""

    @property
    def id(self) -> int:
        """Return the owner's id in the store."""
        ...

    @property
    def key(self) -> str:
        """Return the name under which the log is served."""
        ...


class Instance(NamedTuple):
    """The owner of the log for everything that doesn't concern a single site."""

    id: int = log.INSTANCE
    key: str = log.INSTANCE_KEY


INSTANCE = Instance()


def write_entry(
    transaction: Transaction,
    key: SigningKey,
    owner: Owner,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    now: int,
    *,
    actor: str | None = None,
) -> str:
    """Sign an entry with `key`, add it in `transaction`, and return its JWS; the sequencer does the rest.

    `kind` is one of `storage.tables.log.KINDS` and determines the type, such as `consent-audit+jws`. `facts` are the
    claims besides `schema`, `id`, `site` and `time`; the log can't forget, so they must not name anyone. `subject` (up
    to 255 characters) is what the entry is about and `actor` the opaque id of its author; both are for finding the
    entry and aren't signed unless `facts` has them.
    """
    claims = {"schema": f"consent-{kind}/1", "id": secrets.token_hex(16), "site": owner.key, "time": utc(now), **facts}
    jws = sign_payload(key, f"consent-{kind}+jws", canonical(claims))
    entries.add(transaction, entries.NewEntry(owner.id, now, kind, subject, leaf_hash(jws.encode()), jws, actor))
    return jws
