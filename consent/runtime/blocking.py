"""Script blocking beyond marked tags: attributes for the blocker, and early parts of the script."""

import csv
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.documents.config import SiteFacts
from consent.core.documents.script_payload import EarlyFacts
from consent.core.documents.vendors import Cookie, SiteVendor
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import owner_of
from consent.core.paths import matches
from consent.runtime.script_build import TCF
from consent.sites.in_page_tags import hosts_of
from consent.sites.own_host.mounts import own_hosts

HOLD, RUN, ASK = "hold", "run", "ask"
"""What to do with third parties that are neither a vendor nor a code library; `ask` blocks until a user decides."""
LIBRARIES = Path(__file__).parent.parent / "data" / "code-libraries.csv"


def early_parts(document: SiteFacts, *, has_tcf: bool) -> list[str]:
    """Return the names of the script's parts that the config needs before anything else in a page.

    `has_tcf` is whether the Transparency and Consent Framework applies to the visitor.
    """
    wanted = {
        # First of all: a former tool decides what the other parts show or block.
        "old_tool": "old_tool",
        "webview": "apps",
        "account": "accounts",
        "handover": "handover",
        "marks": "foreign_marks",
        "cookie_guard": "guard_cookies",
        # Last of those that add something to our layers.
        "headless": "headless",
    }
    return [*(part for part, name in wanted.items() if document["overrides"].get(name)), *([TCF] if has_tcf else [])]


def early_facts(document: SiteFacts) -> EarlyFacts:
    """Return the facts that these parts use; empty if there are none."""
    overrides = document["overrides"]
    facts: EarlyFacts = {"foreign": overrides.get("mark_names") or True} if overrides.get("foreign_marks") else {}
    if overrides.get("guard_cookies"):
        facts["guarded"] = _cookies(document["cookies"])
    return facts


def blocker_attributes(document: SiteFacts, service: str) -> str:
    """Return the blocker element's attributes for a site; `service` is the address of the script's host.

    banner/blocker.js documents each attribute.
    """
    vendors = {vendor["id"]: places_of(document, vendor) for vendor in document["vendors"]}
    essential = [vendor for vendor in vendors if _groups(document, vendor) == {ESSENTIAL}]
    run = [
        *own_hosts(document["hosts"]),
        *filter(None, [urlsplit(service).hostname]),
        *document["overrides"].get("allowed_hosts", []),
        *(host for vendor in essential for host in vendors[vendor]),
        *(host for host in _essential_hosts() if not any(host in hosts for hosts in vendors.values())),
        *code_libraries(),
    ]
    hold = [host for vendor, hosts in vendors.items() if vendor not in essential for host in hosts]
    unknown = document["overrides"].get("unknown_hosts") == RUN
    hold += _optional_hosts() if unknown else _optional_packages()
    lists = {"run": run, "hold": hold, "unknown": [RUN] if unknown else [], "globals": _globals(list(vendors))}
    return "".join(
        f' data-{name}="{escape(" ".join(dict.fromkeys(entries)))}"' for name, entries in lists.items() if entries
    )


def places_of(document: SiteFacts, vendor: SiteVendor) -> list[str]:
    """Return a vendor's hosts, and the paths of the site's own files that fail without its library."""
    own = [f"{host}{path}" for path in _own_files().get(vendor["id"], ()) for host in own_hosts(document["hosts"])]
    return hosts_of(document, vendor) + own


@cache
def _own_files() -> dict[str, tuple[str, ...]]:
    return {vendor.id: tuple(vendor.document.get("own_files", ())) for vendor in load_catalog(VENDORS).vendors}


@cache
def code_libraries() -> tuple[str, ...]:
    """Return the hosts of harmless code that pages need, as entries such as `ajax.googleapis.com/ajax/libs/`."""
    with LIBRARIES.open(encoding="utf-8", newline="") as file:
        return tuple(row["address"] for row in csv.DictReader(file))


def _groups(document: SiteFacts, vendor: str) -> set[str]:
    return {tag["group"] for tag in document["tags"] if tag["vendor"] == vendor}


@cache
def _essential_hosts() -> tuple[str, ...]:
    """Return the hosts of catalog vendors that are essential on every site, such as payments."""
    vendors = [vendor for vendor in load_catalog(VENDORS).vendors if vendor.group == ESSENTIAL]
    return tuple(host for vendor in vendors for host in vendor.hosts if not host.replace(".", "").isdigit())


@cache
def _optional_hosts() -> tuple[str, ...]:
    vendors = [vendor for vendor in load_catalog(VENDORS).vendors if vendor.group not in (None, ESSENTIAL)]
    return tuple(host for vendor in vendors for host in vendor.hosts)


@cache
def _optional_packages() -> tuple[str, ...]:
    """Return optional vendors' paths on hosts of code libraries, which would otherwise run with the libraries."""
    libraries = {"": code_libraries()}
    return tuple(
        host for host in _optional_hosts() if "/" in host and owner_of(host.partition("/")[0], libraries) == ""
    )


def _globals(vendors: list[str]) -> list[str]:
    """Return `code=library` for each function that inline code uses from these vendors' libraries."""
    known = {vendor.id: vendor.document.get("globals", []) for vendor in load_catalog(VENDORS).vendors}
    return [f"{one['code']}={one['library']}" for vendor in vendors for one in known.get(vendor, [])]


def _cookies(cookies: list[Cookie]) -> list[tuple[str, str | None, list[str]]]:
    """Return group, vendor and names of cookies that wait for a grant, and of essential ones with matching names."""
    by_owner: dict[tuple[str, str | None], list[str]] = {}
    own = [cookie for cookie in cookies if cookie["kind"] == "cookie" and not cookie["third_party"]]
    waiting = [cookie for cookie in own if cookie["group"] != ESSENTIAL]
    for cookie in [*waiting, *(one for one in own if one["group"] == ESSENTIAL)]:
        if cookie["group"] != ESSENTIAL or any(matches(one["name"], cookie["name"]) for one in waiting):
            by_owner.setdefault((cookie["group"], cookie["vendor"]), []).append(cookie["name"])
    return [(*owner, names) for owner, names in by_owner.items()]
