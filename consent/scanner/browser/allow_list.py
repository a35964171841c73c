"""Hosts that a scan may reach besides public ones: the ports of websites, and hosts of whoever tries the service."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from consent.config.env_readers import is_loopback

PORTS = (80, 443)


def local_hosts(service: str, urls: Iterable[str]) -> tuple[str, ...]:
    """Return the entries for those of a site's `urls` that are on this machine, where `service` itself is.

    Whoever tries the service on their own machine checks pages there; a public service keeps away from its own ports.
    """
    return tuple(urlsplit(url).netloc for url in urls if is_loopback(url)) if is_loopback(service) else ()
