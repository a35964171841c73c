"""Events as receivers get them: a Standard Webhooks payload that is also a CloudEvent (`consent-event-1.json`)."""

import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from consent.core.groups import OPTIONAL
from consent.delivery.keys import WHO, DeliveryKeys
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import utc
from consent.storage.delivery.outbox import Event, NewEvent
from consent.storage.delivery.receivers import ReceiverRow

CHANGED, EXPIRED, TEST = "consent.changed", "consent.expired", "consent.test"
ERASED, CLOSED = "consent.erased", "account.closed"
ENDINGS = (ERASED, CLOSED)
TYPES = (CHANGED, EXPIRED, *ENDINGS, TEST)
SCHEMA, DATA_SCHEMA = "/schemas/consent-event-1.json", "consent-event/1"
MAX_DATA_BYTES = 15 * 1024
"""A longer event omits vendors and purposes, so that it takes at most 16 KiB."""
NOWHERE = {"country": None, "subdivision": None}


class Subject(NamedTuple):
    """Whom an event is about: the number in the database, and the facts that are sealed with the event.

    `version` is that of the account's document, 0 for a browser; `browser` holds ids from receivers' own cookies.
    """

    number: str
    version: int = 0
    sub: str | None = None
    browser: Mapping[str, str] = {}

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts to seal."""
        return ({"sub": self.sub} if self.sub else {}) | ({"browser": dict(self.browser)} if self.browser else {})


def new_event(
    keys: DeliveryKeys,
    site_id: int,
    subject: Subject,
    data: Mapping[str, Any],
    *,
    time: int,
    receipt_id: str | None,
    kind: str = CHANGED,
) -> NewEvent:
    """Return the row for an event with `data`, which lacks only `version`, `receipt` and `who`."""
    event_id = secrets.token_hex(16)
    body = canonical_without_floats({**data, "receipt": receipt_id})
    if len(body) > MAX_DATA_BYTES:
        body = canonical_without_floats({**data, "receipt": receipt_id, "allowed": _groups_only(data)})
    sealed = keys.seal(WHO, "outbox", event_id, subject.facts) if subject.facts else None
    refuses = bool(data["refused"])
    return NewEvent(
        event_id, site_id, time, receipt_id, kind, subject.number, subject.version, refuses, body.decode(), sealed
    )


def _groups_only(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"groups": data["allowed"]["groups"], "vendors": {}, "purposes": {}}


def ending_data(site: str, groups: Collection[str], scope: str) -> dict[str, Any]:
    """Return the data of an event after which nothing is allowed anymore: an erasure or a closed account."""
    nothing = dict.fromkeys(OPTIONAL, False)
    return {
        "schema": DATA_SCHEMA,
        "site": site,
        "action": "withdraw",
        "method": "api",
        "scope": scope,
        "allowed": {"groups": nothing, "vendors": {}, "purposes": {}},
        "changed": sorted(groups),
        "refused": sorted(groups),
        "signals": {"gpc": False},
        "place": NOWHERE,
        "regime": "",
    }


class Composer:
    """Builds the complete event for a receiver. `base_url` is the service's own address, `site` the site's key."""

    def __init__(self, keys: DeliveryKeys, base_url: str, site: str) -> None:
        self._keys, self._base_url, self._site = keys, base_url, site

    def compose(self, event: Event, receiver: ReceiverRow, sub: str | None = None) -> dict[str, Any]:
        """Return the event as sent to `receiver`; `sub` is the fallback if the sealed one was deleted."""
        data: dict[str, Any] = orjson.loads(event.body)
        who = self._keys.unseal(WHO, "outbox", event.id, event.sealed)
        named: dict[str, Any] = {"pseudonym": self._keys.pseudonym(receiver.id, event.subject_no)}
        if receiver.knows_accounts and (known := who.get("sub") or sub):
            named["sub"] = known
        if browser := who.get("browser"):
            named["browser"] = browser
        data |= {"version": event.version or event.n, "who": named}
        return self._envelope(f"evt_{event.id}", event.type, event.time, named["pseudonym"], data)

    def test_event(self, receiver: ReceiverRow, now: int) -> dict[str, Any]:
        """Return an event about nobody, for testing a receiver."""
        number = secrets.token_hex(16)
        pseudonym = self._keys.pseudonym(receiver.id, number)
        named: dict[str, Any] = {"pseudonym": pseudonym}
        data = ending_data(self._site, [], "browser") | {"changed": [], "refused": [], "test": True}
        data |= {"version": 0, "receipt": None, "who": named, "regime": "none"}
        return self._envelope(f"evt_{number}", TEST, now, pseudonym, data)

    def _envelope(self, event_id: str, kind: str, time: int, subject: str, data: dict[str, Any]) -> dict[str, Any]:
        moment = utc(time)
        return {
            "specversion": "1.0",
            "id": event_id,
            "source": f"{self._base_url}/sites/{self._site}",
            "type": kind,
            "time": moment,
            "timestamp": moment,
            "subject": subject,
            "datacontenttype": "application/json",
            "dataschema": self._base_url + SCHEMA,
            "data": data,
        }


def event_bytes(event: Mapping[str, Any]) -> bytes:
    """Return an event as it is sent: canonical JSON."""
    return canonical_without_floats(event)


def read_json(text: bytes) -> Any:
    """Return the JSON value in `text`, or None if it isn't valid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
