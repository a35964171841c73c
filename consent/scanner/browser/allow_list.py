"""Exceptions to the rule that a scan reaches only public hosts on web ports, for trying the service locally."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from consent.config.env_readers import is_loopback

PORTS = (80, 443)


def local_hosts(service: str, urls: Iterable[str]) -> tuple[str, ...]:
    """Return the entries for those of a site's `urls` on this machine, if `service` is on it too.

    They let someone who tries the service locally check local pages; a public service stays away from its own ports.
    """
    return tuple(urlsplit(url).netloc for url in urls if is_loopback(url)) if is_loopback(service) else ()
