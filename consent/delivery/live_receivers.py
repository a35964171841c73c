"""Keep in memory which sites have receivers: every write of a receipt needs it, without a query."""

import re
from typing import NamedTuple

from consent.delivery.adapters import known_adapters
from consent.storage.delivery.receivers import GONE, PROPOSED, ReceiverRow


class LiveReceivers(NamedTuple):
    """What a site's receivers need: whether they take accounts, and which ids from their own first-party cookies.

    `cookies` are triples: the id, the name of its cookie (a `*` at the end matches any suffix), and the value's
    pattern.
    """

    knows_accounts: bool
    cookies: tuple[tuple[str, str, re.Pattern[str]], ...]


class ReceiverDirectory:
    """The receivers of all sites, as last seen by the dispatcher or by a write in this process."""

    def __init__(self) -> None:
        self._sites: dict[int, LiveReceivers] = {}

    def of_site(self, site_id: int) -> LiveReceivers | None:
        """Return what the site's receivers need, or None if it has none."""
        return self._sites.get(site_id)

    def replace(self, receivers: list[ReceiverRow]) -> None:
        """Replace all receivers with `receivers`; those that are gone or wait for approval need nothing."""
        sites: dict[int, list[ReceiverRow]] = {}
        for receiver in receivers:
            if receiver.state not in (GONE, PROPOSED):
                sites.setdefault(receiver.site_id, []).append(receiver)
        self._sites = {site_id: _summarize(of_site) for site_id, of_site in sites.items()}


def _summarize(receivers: list[ReceiverRow]) -> LiveReceivers:
    cookies = {}
    for receiver in receivers:
        adapter = known_adapters().get(receiver.adapter)
        for name, cookie in (adapter.cookies if adapter else {}).items():
            cookies[name] = (name, cookie["name"], re.compile(cookie["pattern"]))
    return LiveReceivers(any(receiver.knows_accounts for receiver in receivers), tuple(cookies.values()))
