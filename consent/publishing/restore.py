"""Restore an older version: its tags, vendors, cookies, texts, look and variants, under the settings that are live."""

from consent.core.documents import Config, Draft, SiteVendor, Tag
from consent.publishing.code_approvals import Approvals, code_problem
from consent.publishing.publish import thaw
from consent.sites.custom_code import (
    CodeGuard,
    calls_of,
    catalogue_calls,
    executed_loads,
    has_foreign_calls,
    template_load,
)

RESTORED = ("tags", "vendors", "cookies", "texts", "look", "variants")
"""The sections that come back. Settings, hosts, controller and payment pages stay as they are live."""


def restored(document: Config, live: Config, draft: Draft, approvals: Approvals, guard: CodeGuard) -> Draft:
    """Return the draft that the older version `document` becomes; `draft` has what configs do not.

    Code whose approval is missing or was withdrawn comes back switched off. What the catalogue gives otherwise since then
    comes as it gives it now.
    """
    older, executed = thaw(document, draft), executed_loads(live)
    known = {vendor["id"]: vendor for vendor in live["vendors"]}
    return thaw(live, draft) | {
        "tags": [_tag(tag, approvals, guard, executed) for tag in older["tags"]],
        "vendors": [_vendor(vendor, known.get(vendor["id"]), guard) for vendor in older["vendors"]],
        "cookies": older["cookies"],
        "texts": older["texts"],
        "look": older["look"],
        "variants": older["variants"],
    }


def _tag(tag: Tag, approvals: Approvals, guard: CodeGuard, executed: set[str]) -> Tag:
    if not tag["enabled"] or not code_problem(tag, approvals, guard, executed):
        return tag
    load = None if approvals.is_withdrawn(tag["load"]) else template_load(tag, guard.catalogue)
    return tag | {"enabled": False} if load is None else tag | {"load": load}


def _vendor(vendor: SiteVendor, live: SiteVendor | None, guard: CodeGuard) -> SiteVendor:
    is_live = live is not None and calls_of(live) == calls_of(vendor)
    if is_live or not has_foreign_calls(vendor, guard.catalogue):
        return vendor
    revoke, consent = catalogue_calls(vendor, guard.catalogue)
    calm = vendor | {"revoke": revoke}
    calm.pop("consent", None)
    return calm | {"consent": consent} if consent else calm
