"""Mounts of tags that a check or scan found: which ones the draft lacks, and how to add and remove them."""

from collections.abc import Iterable

from consent.classifier.catalog import Vendor
from consent.core.documents.config import Draft
from consent.core.paths import any_matches
from consent.sites.found_tags import FoundTag
from consent.sites.own_host.mounts import BELOW, set_mounts


def further_mounts(draft: Draft, found: FoundTag, vendor: Vendor) -> tuple[str, ...]:
    """Return the mounts of a found tag that aren't covered by its vendor's mounts in `draft`."""
    known = _mounts_of(draft, vendor.id)
    return tuple(one for one in found.mounts if one not in known and not any_matches(known, one.removesuffix(BELOW)))


def with_mounts(draft: Draft, vendor: str, mounts: Iterable[str]) -> Draft:
    """Return `draft` with `mounts` added to a vendor's."""
    return set_mounts(draft, vendor, [*_mounts_of(draft, vendor), *mounts])


def without_mounts(draft: Draft, vendor: str, mounts: Iterable[str]) -> Draft:
    """Return `draft` without these `mounts` of a vendor, if it still has that vendor."""
    if vendor not in {one["id"] for one in draft["vendors"]}:
        return draft
    removed = set(mounts)
    return set_mounts(draft, vendor, [one for one in _mounts_of(draft, vendor) if one not in removed])


def _mounts_of(draft: Draft, vendor: str) -> list[str]:
    return [mount for one in draft["vendors"] if one["id"] == vendor for mount in one.get("mounts", ())]
