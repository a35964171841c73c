"""Content-Security-Policy sources for the hosts that tags load from and connect to."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from consent.core.documents.config import SiteFacts
from consent.core.documents.decision import TagAnswer
from consent.core.documents.tags import Load
from consent.core.host_patterns import matches
from consent.sites.own_host.mounts import mount_sources

SOURCE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~@%+-]+)*/?")


def tag_sources(document: SiteFacts, tags: Collection[str]) -> list[str]:
    """Return the sources that the tags with these ids need: hosts and mounts of their vendors in `document`."""
    chosen = [tag for tag in document["tags"] if tag["id"] in tags]
    hosts = {
        vendor["id"]: [host for host in vendor["hosts"] if SOURCE.fullmatch(host.partition("?")[0])]
        for vendor in document["vendors"]
    }
    entries = {host for tag in chosen for host in hosts.get(tag["vendor"], ())}
    sources = {f"https://{source}" for entry in entries for source in _sources_of(entry)}
    addresses = [address for tag in chosen for address in _addresses(tag["load"])]
    further = [address for address in addresses if not any(matches(address, entry) for entry in entries)]
    mounts = {
        source
        for vendor in document["vendors"]
        if any(tag["vendor"] == vendor["id"] for tag in chosen)
        for source in mount_sources(document, vendor)
    }
    return _without_covered(sources | mounts | {origin for address in further if (origin := _origin(address))})


def _sources_of(entry: str) -> list[str]:
    """Return the CSP sources for a vendor's `entry`: CSP matches hosts, whole files and folders, not other prefixes.

    Allowing the parent folder would allow everybody's packages on a CDN.
    """
    entry = entry.partition("?")[0]
    return [entry] if "/" not in entry or entry.endswith("/") else [entry, f"{entry}/"]


def _without_covered(sources: set[str]) -> list[str]:
    """Return the sources, sorted, without those that another one covers: header size is limited."""
    ends = {
        end for source in sources if source.startswith("https://*") and "/" not in (end := source[len("https://*") :])
    }

    def is_covered(source: str) -> bool:
        scheme, _, rest = source.partition("://")
        host, slash, _ = rest.partition("/")
        if scheme != "https" or (slash and f"https://{host}" in sources):
            return scheme == "https"
        own = host.removeprefix("*")
        return any(own.endswith(end) and (slash or own != end) for end in ends)

    return sorted(source for source in sources if not is_covered(source))


def _addresses(load: Load) -> list[str]:
    """Return the addresses that a tag loads from directly, and the hosts named within its code."""
    nodes = [node["src"] for node in load.get("nodes", ())]
    return [load.get("src") or "", *nodes, *(f"https://{host}" for host in load.get("hosts", ()))]


def _origin(address: str | None) -> str:
    parts = urlsplit(address or "")
    # A `;`, a space or a placeholder in the host would end the directive or match nothing.
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", parts.netloc.lower()):
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}"


def may_load(decision_tags: Iterable[TagAnswer]) -> list[str]:
    """Return the ids of a decision's tags that the script loads: in full, or limited as the owner declared."""
    return [tag["id"] for tag in decision_tags if tag["mode"] != "held"]
