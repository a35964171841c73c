"""What a site's pages hold beside what is marked: what the blocker is told of the site, and what the script is."""

import csv
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from consent.classify.catalogue import VENDORS, load_catalogue
from consent.core.addresses import owner_of
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches
from consent.snapshots.cookie_reach import registered_domain
from consent.snapshots.in_page import hosts_of

HOLD, RUN, ASK = "hold", "run", "ask"
"""What becomes of a third party that is of no vendor of the site and no code library; `ask` holds it until a person says."""
LIBRARIES = Path(__file__).parents[1] / "data" / "code-libraries.csv"


def early_parts(document: dict[str, Any]) -> list[str]:
    """Return the names of the parts of the script that the config needs before anything else in a page."""
    wanted = {"marks": "foreign_marks", "cookie_guard": "guard_cookies"}
    return [part for part, name in wanted.items() if document["overrides"].get(name)]


def early_facts(document: dict[str, Any]) -> dict[str, Any]:
    """Return what these parts work with; nothing where there are none."""
    overrides = document["overrides"]
    facts: dict[str, Any] = {"foreign": True} if overrides.get("foreign_marks") else {}
    return facts | ({"guarded": _cookies(document["cookies"])} if overrides.get("guard_cookies") else {})


def blocker_attributes(document: dict[str, Any], service: str) -> str:
    """Return what the blocker's element is told of a site, as attributes; `service` is the address of the script's host.

    banner/blocker.js tells what each is for.
    """
    vendors = {vendor["id"]: hosts_of(document, vendor) for vendor in document["vendors"]}
    essential = [vendor for vendor in vendors if _groups(document, vendor) == {ESSENTIAL}]
    run = [
        *_own_hosts(document["hosts"]),
        *filter(None, [urlsplit(service).hostname]),
        *document["overrides"].get("allowed_hosts", []),
        *(host for vendor in essential for host in vendors[vendor]),
        *(host for host in _essential_hosts() if not any(host in hosts for hosts in vendors.values())),
        *code_libraries(),
    ]
    hold = [host for vendor, hosts in vendors.items() if vendor not in essential for host in hosts]
    unknown = document["overrides"].get("unknown_hosts") == RUN
    hold += _optional_hosts() if unknown else _optional_packages()
    told = {"run": run, "hold": hold, "unknown": [RUN] if unknown else [], "globals": _globals(list(vendors))}
    return "".join(
        f' data-{name}="{escape(" ".join(dict.fromkeys(entries)))}"' for name, entries in told.items() if entries
    )


@cache
def code_libraries() -> tuple[str, ...]:
    """Return the hosts of harmless code that pages need, as entries such as `ajax.googleapis.com/ajax/libs/`."""
    with LIBRARIES.open(encoding="utf-8", newline="") as file:
        return tuple(row["address"] for row in csv.DictReader(file))


def _groups(document: dict[str, Any], vendor: str) -> set[str]:
    return {tag["group"] for tag in document["tags"] if tag["vendor"] == vendor}


def _own_hosts(addresses: list[str]) -> list[str]:
    """Return the domains that were registered for `addresses`, with all names below, or the bare hosts of others."""
    names = [urlsplit(address).hostname or "" for address in addresses]
    domains = [registered_domain(name) for name in names]
    return [entry for name, domain in zip(names, domains, strict=True) for entry in _entries(name, domain)]


def _entries(name: str, domain: str) -> list[str]:
    return [domain, f"*.{domain}"] if domain else [name] if name else []


@cache
def _essential_hosts() -> tuple[str, ...]:
    """Return the hosts of vendors of the catalogue that are essential wherever they stand, such as payments."""
    vendors = [vendor for vendor in load_catalogue(VENDORS).vendors if vendor.group == ESSENTIAL]
    return tuple(host for vendor in vendors for host in vendor.hosts if not host.replace(".", "").isdigit())


@cache
def _optional_hosts() -> tuple[str, ...]:
    vendors = [vendor for vendor in load_catalogue(VENDORS).vendors if vendor.group not in (None, ESSENTIAL)]
    return tuple(host for vendor in vendors for host in vendor.hosts)


@cache
def _optional_packages() -> tuple[str, ...]:
    """Return what is of optional vendors on hosts of code libraries, which would run with them."""
    libraries = {"": code_libraries()}
    return tuple(
        host for host in _optional_hosts() if "/" in host and owner_of(host.partition("/")[0], libraries) == ""
    )


def _globals(vendors: list[str]) -> list[str]:
    """Return `code=library` for what inline code uses of these vendors' libraries."""
    known = {vendor.id: vendor.document.get("globals", []) for vendor in load_catalogue(VENDORS).vendors}
    return [f"{one['code']}={one['library']}" for vendor in vendors for one in known.get(vendor, [])]


def _cookies(cookies: list[dict[str, Any]]) -> list[list[Any]]:
    """Return group, vendor and names of the cookies that wait for a grant, and the essential ones of the same names."""
    by_owner: dict[tuple[str, str | None], list[str]] = {}
    own = [cookie for cookie in cookies if cookie["kind"] == "cookie" and not cookie["third_party"]]
    waiting = [cookie for cookie in own if cookie["group"] != ESSENTIAL]
    for cookie in [*waiting, *(one for one in own if one["group"] == ESSENTIAL)]:
        if cookie["group"] != ESSENTIAL or any(matches(one["name"], cookie["name"]) for one in waiting):
            by_owner.setdefault((cookie["group"], cookie["vendor"]), []).append(cookie["name"])
    return [[*owner, names] for owner, names in by_owner.items()]
