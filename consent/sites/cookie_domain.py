"""Whether the consent cookie can be first-party for the website, given the service's host.

Safari shortens the lifetime of any other cookie.
"""

from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

OWN, PARENT, SIBLING, FOREIGN = "own", "parent", "sibling", "foreign"


def cookie_reach(address: str, hosts: list[str], scope: str) -> str:
    """Return how close the script's `address` is to the website whose origins are `hosts`.

    `own`: on a host of the website. `parent`: under the domain that a choice counts for (`scope`). `sibling`: under a
    domain that it could count for. `foreign`: elsewhere, where the service can't set first-party cookies.
    """
    name = urlsplit(address).hostname or ""
    names = [urlsplit(origin).hostname or "" for origin in hosts]
    if name in names:
        return OWN
    if scope != "host" and (name == scope or name.endswith("." + scope)):
        return PARENT
    return SIBLING if shared_domain(name, names) else FOREIGN


def shared_domain(name: str, names: list[str]) -> str:
    """Return the registered domain shared by `name` and all `names`, or an empty string."""
    domains = {registered_domain(one) for one in (name, *names)}
    return domains.pop() if len(domains) == 1 else ""


def registered_domain(name: str) -> str:
    """Return the registered domain of the host `name`, or an empty string if there is none, as for an IP address."""
    return "" if name.replace(".", "").isdigit() else _suffixes().privatesuffix(name) or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
