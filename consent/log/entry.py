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
    """Whose log it is: a site as `sites.by_key` finds it, or `INSTANCE`."""

    @property
    def id(self) -> int:
        """Return its id in the store."""
        ...

    @property
    def key(self) -> str:
        """Return the name under which the log is served."""
        ...


class Instance(NamedTuple):
    """What owns the log of all that concerns no single site."""

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
    """Sign an entry with `key`, keep it in `transaction`, and return its JWS; the sequencer does the rest.

    `kind` is one of `log_models.KINDS` and gives the type, such as `consent-audit+jws`. `facts` holds the claims beside
    `schema`, `id`, `site` and `time`; the log cannot forget, so they must name nobody. `subject` (up to 255 letters) is
    what it is about and `actor` the opaque id of who did it: both serve to find the entry and stand in no signed text
    unless `facts` has them.
    """
    claims = {"schema": f"consent-{kind}/1", "id": secrets.token_hex(16), "site": owner.key, "time": utc(now), **facts}
    jws = sign_payload(key, f"consent-{kind}+jws", canonical(claims))
    entries.add(transaction, entries.NewEntry(owner.id, now, kind, subject, leaf_hash(jws.encode()), jws, actor))
    return jws
