"""Whether the consent cookie can be first-party for the website, given the host of the service.

Safari shortens the lifetime of any other cookie.
"""

from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

OWN, PARENT, SIBLING, FOREIGN = "own", "parent", "sibling", "foreign"


def cookie_reach(address: str, hosts: list[str], scope: str) -> str:
    """Return how near the script's `address` is to the website whose origins are `hosts`.

    `own`: on a host of the website. `parent`: below the domain that a choice counts for (`scope`). `sibling`: below a
    domain that it could count for. `foreign`: elsewhere, where no cookie of the service is the website's own.
    """
    name = urlsplit(address).hostname or ""
    names = [urlsplit(origin).hostname or "" for origin in hosts]
    if name in names:
        return OWN
    if scope != "host" and (name == scope or name.endswith("." + scope)):
        return PARENT
    return SIBLING if shared_domain(name, names) else FOREIGN


def shared_domain(name: str, names: list[str]) -> str:
    """Return the registered domain above `name` and all of `names`, or an empty string."""
    domains = {registered_domain(one) for one in (name, *names)}
    return domains.pop() if len(domains) == 1 else ""


def registered_domain(name: str) -> str:
    """Return the registered domain above the host `name`, or an empty string, as for an IP address."""
    return "" if name.replace(".", "").isdigit() else _suffixes().privatesuffix(name) or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
