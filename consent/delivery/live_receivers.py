"""Which sites have receivers, known without a query: whoever writes a receipt asks at each one."""

import re
from typing import NamedTuple

from consent.delivery.adapters import known_adapters
from consent.storage.delivery.receivers import GONE, PROPOSED, ReceiverRow


class LiveReceivers(NamedTuple):
    """What a site's receivers need of an event: whether accounts, and which ids of their own first-party cookies.

    `cookies` are triples of an id, the name of its cookie, where `*` at the end stands for any rest, and its pattern.
    """

    knows_accounts: bool
    cookies: tuple[tuple[str, str, re.Pattern[str]], ...]


class ReceiverDirectory:
    """The receivers of all sites, as the dispatcher or a write of this process saw them last."""

    def __init__(self) -> None:
        self._sites: dict[int, LiveReceivers] = {}

    def of_site(self, site_id: int) -> LiveReceivers | None:
        """Return what the site's receivers need, or None where it has none."""
        return self._sites.get(site_id)

    def replace(self, receivers: list[ReceiverRow]) -> None:
        """Take `receivers` for all that there are; one that is gone or waits for approval needs nothing."""
        sites: dict[int, list[ReceiverRow]] = {}
        for receiver in receivers:
            if receiver.state not in (GONE, PROPOSED):
                sites.setdefault(receiver.site_id, []).append(receiver)
        self._sites = {site_id: _needs_of(of_site) for site_id, of_site in sites.items()}


def _needs_of(receivers: list[ReceiverRow]) -> LiveReceivers:
    cookies = {}
    for receiver in receivers:
        adapter = known_adapters().get(receiver.adapter)
        for name, cookie in (adapter.cookies if adapter else {}).items():
            cookies[name] = (name, cookie["name"], re.compile(cookie["pattern"]))
    return LiveReceivers(any(receiver.knows_accounts for receiver in receivers), tuple(cookies.values()))
