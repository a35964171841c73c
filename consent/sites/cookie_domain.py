"""Whether the consent cookie can be first-party for the website, given the service's host.

Safari shortens the lifetime of any other cookie.
"""

from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

OWN, PARENT, SIBLING, FOREIGN = "own", "parent", "sibling", "foreign"
HOST = "host"
"""The scope of a choice that counts only on the host where it was made."""


def cookie_reach(address: str, hosts: list[str], scope: str) -> str:
    """Return how close the script's `address` is to the website whose origins are `hosts`.

    `own`: on a host of the website. `parent`: under the domain that a choice counts for (`scope`). `sibling`: under a
    domain that it could count for. `foreign`: elsewhere, where the service can't set first-party cookies.
    """
    name = urlsplit(address).hostname or ""
    names = [urlsplit(origin).hostname or "" for origin in hosts]
    if name in names:
        return OWN
    if scope != HOST and (name == scope or name.endswith("." + scope)):
        return PARENT
    return SIBLING if shared_domain(name, names) else FOREIGN


def shared_domain(name: str, names: list[str]) -> str:
    """Return the registered domain shared by `name` and all `names`, or an empty string."""
    domains = {registered_domain(one) for one in (name, *names)}
    return domains.pop() if len(domains) == 1 else ""


def registered_domain(name: str) -> str:
    """Return the registered domain of the host `name`, or an empty string if there is none, as for an IP address."""
    return "" if name.replace(".", "").isdigit() else _suffixes().privatesuffix(name) or ""


def possible_scopes(hosts: list[str]) -> list[str]:
    """Return the domains that all origins in `hosts` are on or under, narrowest first, up to the registered one.

    Empty for IP addresses, for localhost, and for hosts that share only a public suffix.
    """
    names = {urlsplit(origin).hostname or "" for origin in hosts}
    first, *others = names or {""}
    registered = shared_domain(first, others)
    if not registered or any(name.endswith(".localhost") for name in names):
        return []
    labels = first.split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - registered.count("."))]
    return [domain for domain in domains if all(f".{name}".endswith(f".{domain}") for name in names)]


def default_scope(hosts: list[str]) -> str:
    """Return the domain that a choice on a new site counts for, or `host`.

    It is the narrowest domain that all hosts share. A single host gets one only if it is the registered domain or its
    `www.`, since the other hosts there may belong to other sites.
    """
    scopes = possible_scopes(hosts)
    names = {urlsplit(origin).hostname or "" for origin in hosts}
    if not scopes:
        return HOST
    if len(names) > 1:
        return scopes[0]
    return scopes[-1] if names <= {scopes[-1], f"www.{scopes[-1]}"} else HOST


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
