"""What stands in the pages of a site by itself, as the last check and the scans have seen it, and what would run twice."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from consent.classify.catalogue import Catalogue
from consent.classify.code_libraries import code_libraries
from consent.core.addresses import host_and_path, matches
from consent.core.groups import ESSENTIAL
from consent.snapshots.draft import Draft
from consent.snapshots.found_tags import BROWSER, FoundTag
from consent.snapshots.in_page import loads_itself
from consent.storage import scans, site_checks
from consent.storage.base import Transaction
from consent.storage.scans import REPORTED, Kept

WITHOUT_US = "down"
"""The situation of a scan in which the service is away: what is asked then, the page itself brings."""
WITHOUT_A_GRANT = {"none", "reject", "gpc", WITHOUT_US, REPORTED}
Live = dict[str, Any] | None


def checked_tags(transaction: Transaction, site_id: int, live: Live) -> list[FoundTag]:
    """Return what the last check of a site found in its page, without what the `live` config loads into it."""
    kept = site_checks.newest(transaction, site_id)
    found = [FoundTag(**tag) for tag in kept.tags] if kept else []
    ours = _loaded(live)
    return [one for one in found if one.source != BROWSER or one.vendor not in ours]


def scanned_tags(transaction: Transaction, site_id: int, live: Live, catalogue: Catalogue) -> list[FoundTag]:
    """Return what scans and visitors' browsers met of other hosts that the page itself brings, each vendor or host once."""
    ours, found = _loaded(live), dict[str, FoundTag]()
    for kept in scans.findings(transaction, site_id):
        if _is_the_pages(kept, ours) and not is_code_library(kept.host):
            one = _as_tag(kept, catalogue)
            found.setdefault(one.vendor or one.name, one)
    return list(found.values())


def vendors_in_page(transaction: Transaction, site_id: int, live: Live, catalogue: Catalogue) -> frozenset[str]:
    """Return the vendors of whom a check or a scan saw a snippet of the page's own."""
    seen = [*checked_tags(transaction, site_id, live), *scanned_tags(transaction, site_id, live, catalogue)]
    return frozenset(one.vendor for one in seen if one.vendor)


def doubles(draft: Draft, in_page: Iterable[str]) -> list[dict[str, Any]]:
    """Return the tags of `draft` that the service loads although the page has a snippet of their vendor."""
    seen = set(in_page)
    return [tag for tag in draft["tags"] if tag["vendor"] in seen and loads_itself(tag)]


def is_code_library(host: str) -> bool:
    """Tell whether code that a page needs comes from `host`, if not from each of its paths."""
    return any(matches(host, entry.partition("/")[0]) for entry in code_libraries())


def host_of(found: FoundTag) -> str:
    """Return the host that a found tag is loaded from."""
    return host_and_path(found.address)[0] if urlsplit(found.address).netloc else found.name


def _loaded(live: Live) -> set[str]:
    return {tag["vendor"] for tag in live["tags"] if loads_itself(tag)} if live else set()


def _is_the_pages(kept: Kept, ours: set[str]) -> bool:
    """Tell whether the page brings what was found, which the service does not load or was away from."""
    if kept.kind != "host" or not kept.third_party or kept.gone_at is not None or kept.group == ESSENTIAL:
        return False
    return kept.vendor not in ours or WITHOUT_US in kept.situations.split(",")


def _as_tag(kept: Kept, catalogue: Catalogue) -> FoundTag:
    known = next((vendor for vendor in catalogue.vendors if vendor.id == kept.vendor), None)
    return FoundTag(
        vendor=known.id if known else "",
        template="",
        name=known.name if known else kept.host,
        group=known.group if known else None,
        parameters={},
        address=f"https://{kept.host}/",
        source=BROWSER,
        held=not WITHOUT_A_GRANT & set(kept.situations.split(",")),
        reason=kept.reason,
    )
