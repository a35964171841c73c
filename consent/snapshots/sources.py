"""The hosts that tags load from and talk to, as sources of a Content-Security-Policy."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

SOURCE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")


def tag_sources(document: dict[str, Any], tags: Collection[str]) -> list[str]:
    """Return the sources that the tags with these ids need, of a config's `document`: their vendors' hosts, sorted."""
    chosen = [tag for tag in document["tags"] if tag["id"] in tags]
    vendors = {tag["vendor"] for tag in chosen}
    found = {
        f"https://{host}"
        for vendor in document["vendors"]
        if vendor["id"] in vendors
        for host in vendor["hosts"]
        if SOURCE.fullmatch(host)
    }
    addresses = [address for tag in chosen for address in _addresses(tag["load"])]
    return _needed(found | {origin for address in addresses if (origin := _origin(address))})


def _needed(sources: set[str]) -> list[str]:
    """Return the sources, sorted, without those that one with a wildcard stands for: the size of headers is bounded."""
    ends = {source.removeprefix("https://*") for source in sources if source.startswith("https://*")}

    def is_covered(source: str) -> bool:
        host = source.removeprefix("https://").removeprefix("*")
        return host != source and any(host.endswith(end) and host != end for end in ends)

    return sorted(source for source in sources if not is_covered(source))


def _addresses(load: dict[str, Any]) -> list[str]:
    """Return what a tag loads from by itself, and the hosts that are named within its code."""
    nodes = [node["src"] for node in load.get("nodes", ())]
    return [load.get("src") or "", *nodes, *(f"https://{host}" for host in load.get("hosts", ()))]


def _origin(address: str | None) -> str:
    parts = urlsplit(address or "")
    # A `;`, a blank or a placeholder in the host would end the directive or name nobody.
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", parts.netloc.lower()):
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}"


def may_load(decision_tags: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the tags of a decision that the script loads: in full or limited, as the owner has declared."""
    return [tag["id"] for tag in decision_tags if tag["mode"] != "held"]
