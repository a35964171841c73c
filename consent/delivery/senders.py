"""Senders for the receivers, created on demand, with connections that outlive a batch."""

import threading

from sqlalchemy import Engine

from consent import __version__
from consent.delivery.adapters import Adapter, known_adapters
from consent.delivery.event import Composer
from consent.delivery.keys import ACCOUNT, DeliveryKeys
from consent.delivery.sender import Sender
from consent.outbound.guarded_http import GuardedPoster
from consent.outbound.public_addresses import AllowList
from consent.storage.delivery.outbox import Event
from consent.storage.delivery.receivers import ReceiverRow
from consent.storage.sites import sites
from consent.storage.subjects import accounts

AGENT = f"consent-tag-server/{__version__}"


class Senders:
    """Creates senders. `base_url` is the service's own address; `allowed` names internal hosts that may be reached."""

    def __init__(self, engine: Engine, keys: DeliveryKeys, base_url: str, allowed: AllowList) -> None:
        self._engine, self._keys, self._base_url = engine, keys, base_url
        self.allowed = allowed
        self._posters: dict[str, GuardedPoster] = {}
        self._site_keys: dict[int, str] = {}
        self._lock = threading.Lock()

    def sender_for(self, receiver: ReceiverRow) -> Sender:
        """Return a sender for `receiver` as it is now."""
        with self._lock:
            poster = self._posters.setdefault(receiver.id, GuardedPoster(self.allowed))
        composer = Composer(self._keys, self._base_url, self._site_key(receiver.site_id))
        return Sender(self._keys, composer, poster, receiver, adapter_of(receiver), AGENT, self._sub_of)

    def limit_of(self, receiver: ReceiverRow) -> int:
        """Return the maximum events per second that a receiver takes, 0 if its adapter sets no limit."""
        return adapter_of(receiver).limit_per_s

    def drop(self, receiver_id: str) -> None:
        """Close the connections to a removed receiver."""
        with self._lock:
            poster = self._posters.pop(receiver_id, None)
        if poster is not None:
            poster.close()

    def abort(self) -> None:
        """Abort all posts in progress."""
        with self._lock:
            posters = list(self._posters.values())
        for poster in posters:
            poster.abort()

    def _site_key(self, site_id: int) -> str:
        key = self._site_keys.get(site_id)
        if key is None:
            with self._engine.connect() as connection:
                key = next((site.key for site in sites.every(connection) if site.id == site_id), "")
            self._site_keys[site_id] = key
        return key

    def _sub_of(self, event: Event) -> str | None:
        """Return the `sub` of an event's account, for a replay: by then it is no longer sealed with the event."""
        with self._engine.connect() as connection:
            number, sealed = accounts.sealed_sub(connection, event.subject_no)
        facts = self._keys.unseal(ACCOUNT, "subject_account", number, sealed)
        return facts.get("sub")


def adapter_of(receiver: ReceiverRow) -> Adapter:
    """Return a receiver's adapter; if this version doesn't have it, the plain one, which sends the whole event."""
    adapters = known_adapters()
    return adapters.get(receiver.adapter, adapters["plain"])
