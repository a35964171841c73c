"""Vendors and hosts that checks and scans saw on a site's own pages, and tags that would run twice."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from consent.classifier.catalog import Catalog
from consent.classifier.code_libraries import code_libraries
from consent.classifier.own_host.judge import MOUNT
from consent.core.documents.config import Config, Draft
from consent.core.documents.tags import Tag
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import host_and_path, matches
from consent.sites.found_tags import BROWSER, FoundTag
from consent.sites.in_page_tags import is_loaded_by_service
from consent.storage.database.base import Transaction
from consent.storage.scans import scans, site_checks
from consent.storage.scans.scans import REPORTED, StoredFinding

WITHOUT_US = "down"
"""The scan situation in which the service is down: whatever is requested then comes from the page itself."""
WITHOUT_A_GRANT = {"none", "reject", "gpc", WITHOUT_US, REPORTED}
OWN_HOST = "own_host"
"""The layer of what a scan identified on the site's own host by the signatures of collectors."""
Live = Config | None


def checked_tags(transaction: Transaction, site_id: int, live: Live) -> list[FoundTag]:
    """Return what a site's last check found on its page, except what the `live` config loads into it."""
    finding = site_checks.newest(transaction, site_id)
    tags = [FoundTag(**tag) for tag in finding.tags] if finding else []
    loaded = _loaded_vendors(live)
    return [one for one in tags if one.source != BROWSER or one.vendor not in loaded]


def scanned_tags(transaction: Transaction, site_id: int, live: Live, catalog: Catalog) -> list[FoundTag]:
    """Return what scans and visitors' browsers saw that comes from the page itself, once for each vendor or host.

    On the site's own host these are proxied vendors, with their mounts.
    """
    loaded, tags = _loaded_vendors(live), dict[str, FoundTag]()
    for finding in scans.findings(transaction, site_id):
        if _is_from_page(finding, loaded) and not is_code_library(finding.host):
            one = _as_tag(finding, catalog)
            tags.setdefault(one.vendor or one.name, one)
        elif (mount := _proxied_mount(finding)) and (one := _as_tag(finding, catalog)).vendor:
            known = tags.get(one.vendor, one)
            tags[one.vendor] = known._replace(mounts=[*known.mounts, mount])
    return list(tags.values())


def known_pages(transaction: Transaction, site_id: int) -> list[str]:
    """Return the addresses of pages on which scans found something."""
    return list(dict.fromkeys(kept.page for kept in scans.findings(transaction, site_id) if kept.page))


def vendors_in_page(transaction: Transaction, site_id: int, live: Live, catalog: Catalog) -> frozenset[str]:
    """Return vendors whose snippet a check, scan or visit saw in the page itself, except for discontinued products."""
    seen = [*checked_tags(transaction, site_id, live), *scanned_tags(transaction, site_id, live, catalog)]
    ended = {(vendor.id, tag.id) for vendor in catalog.vendors for tag in vendor.tags if tag.ended}
    return frozenset(one.vendor for one in seen if one.vendor and (one.vendor, one.template) not in ended)


def duplicate_tags(draft: Draft, in_page: Iterable[str]) -> list[Tag]:
    """Return the tags of `draft` that the service loads although the page has a snippet from their vendor."""
    seen = set(in_page)
    return [tag for tag in draft["tags"] if tag["vendor"] in seen and is_loaded_by_service(tag)]


def is_code_library(host: str) -> bool:
    """Return whether `host` serves code libraries that pages need, at least on some of its paths."""
    return any(matches(host, entry.partition("/")[0]) for entry in code_libraries())


def host_of(found_tag: FoundTag) -> str:
    """Return the host that a found tag is loaded from."""
    return host_and_path(found_tag.address)[0] if urlsplit(found_tag.address).netloc else found_tag.name


def _loaded_vendors(live: Live) -> set[str]:
    return {tag["vendor"] for tag in live["tags"] if is_loaded_by_service(tag)} if live else set()


def _is_from_page(finding: StoredFinding, loaded: set[str]) -> bool:
    """Return whether the finding comes from the page itself and not from a tag of the service."""
    if finding.kind != "host" or not finding.third_party or finding.gone_at is not None or finding.group == ESSENTIAL:
        return False
    return finding.vendor not in loaded or WITHOUT_US in finding.situations.split(",")


def _proxied_mount(finding: StoredFinding) -> str:
    """Return the path of the site's own host at which a scan saw a vendor, or an empty string if it can't be a mount."""
    if finding.kind != "host" or finding.layer != OWN_HOST or finding.gone_at is not None or not finding.vendor:
        return ""
    path = finding.name.removeprefix(finding.host)
    mount = f"{path}*" if path.endswith("/") else path
    return mount if MOUNT.search(mount) else ""


def _as_tag(finding: StoredFinding, catalog: Catalog) -> FoundTag:
    known = next((vendor for vendor in catalog.vendors if vendor.id == finding.vendor), None)
    return FoundTag(
        vendor=known.id if known else "",
        template="",
        name=known.name if known else finding.host,
        group=known.group if known else None,
        parameters={},
        address=f"https://{finding.host}/",
        source=BROWSER,
        held=not WITHOUT_A_GRANT & set(finding.situations.split(",")),
        reason=finding.reason,
    )
