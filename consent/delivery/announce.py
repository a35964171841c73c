"""Write events that no receipt from a page causes: erasures, closed accounts, and withdrawals for a whole account."""

import time
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection

from consent.core.groups import OPTIONAL
from consent.delivery.event import CLOSED, ERASED, Subject, ending_data, new_event
from consent.delivery.keys import ACCOUNT, DeliveryKeys
from consent.delivery.live_receivers import ReceiverDirectory
from consent.storage.delivery import deliveries, outbox, receivers
from consent.storage.subjects import accounts, realms
from consent.storage.subjects.accounts import Found
from consent.subjects.accounts import SignedIn

ON_ACCOUNT, ON_BROWSER = "account", "browser"


class Announcer:
    """Notifies a site's receivers that nothing is allowed for a subject anymore, in the transaction of the cause."""

    def __init__(
        self, keys: DeliveryKeys, directory: ReceiverDirectory, clock: Callable[[], float] = time.time
    ) -> None:
        self.keys, self._directory, self._clock = keys, directory, clock

    def announce_browsers_erased(
        self,
        connection: Connection,
        site_id: int,
        site: str,
        subjects: Sequence[str],
        now: int,
        sent: Collection[str] = (),
    ) -> None:
        """Announce erased visitors and receipts if they are in `sent` or still have events: others were never sent."""
        if self._directory.of_site(site_id) is None:
            return
        for number in subjects:
            if number in sent or outbox.has_subject(connection, site_id, number):
                self._write_ending(connection, site_id, site, Subject(number), now, ERASED, ON_BROWSER)

    def announce_account_erased(
        self,
        connection: Connection,
        site_id: int,
        site: str,
        number: str,
        version: int,
        now: int,
        *,
        sub: str | None = None,
        is_closed: bool = False,
    ) -> None:
        """Announce an account that was erased or, with `is_closed`, closed at the site."""
        if self._directory.of_site(site_id) is None:
            return
        sub = sub or self._sub_of(connection, number)
        kind = CLOSED if is_closed else ERASED
        self._write_ending(connection, site_id, site, Subject(number, version + 1, sub), now, kind, ON_ACCOUNT)

    def announce_account_withdrawn(
        self, connection: Connection, signed_in: SignedIn, found: Found, receipt_id: str
    ) -> None:
        """Announce the withdrawal of all of an account's grants, to every site that shares the account."""
        sites = realms.sites_in(connection, signed_in.realm) or [realms.RealmSite(signed_in.site_id, signed_in.realm)]
        receiving = [site for site in sites if self._directory.of_site(site.id) is not None]
        number, now = str(found.number), int(self._clock())
        sub = signed_in.sub or (self._sub_of(connection, number) if receiving else None)
        subject = Subject(number, found.account.version, sub)
        for site in receiving:
            data = ending_data(site.key, OPTIONAL, ON_ACCOUNT)
            outbox.add(connection, new_event(self.keys, site.id, subject, data, time=now, receipt_id=receipt_id))

    def _sub_of(self, connection: Connection, number: str) -> str | None:
        stored, sealed = accounts.sealed_sub(connection, number)
        return self.keys.unseal(ACCOUNT, "subject_account", stored, sealed).get("sub")

    def keep_sub(self, connection: Connection, site_id: int, number: str, sub: str) -> None:
        """Store an account's `sub`, sealed, if a receiver of the site takes accounts."""
        live = self._directory.of_site(site_id)
        if live is not None and live.knows_accounts:
            accounts.keep_sub(connection, number, self.keys.seal(ACCOUNT, "subject_account", number, {"sub": sub}))

    def _write_ending(
        self, connection: Connection, site_id: int, site: str, subject: Subject, now: int, kind: str, scope: str
    ) -> None:
        """Delete all earlier events of the subject, and write this one instead."""
        every = [receiver.id for receiver in receivers.of_site(connection, site_id)]
        outbox.forget_subject(connection, site_id, subject.number)
        deliveries.forget_subject(connection, every, subject.number)
        data = ending_data(site, OPTIONAL, scope)
        outbox.add(connection, new_event(self.keys, site_id, subject, data, time=now, receipt_id=None, kind=kind))
