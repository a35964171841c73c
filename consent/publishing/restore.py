"""Restore an older version: its tags, vendors, cookies, texts, look and variants, under the settings that are live."""

from consent.core.documents import Config, Draft
from consent.publishing.code_approvals import Approvals, without_unapproved
from consent.publishing.publish import thaw
from consent.sites.custom_code import CodeGuard

RESTORED = ("tags", "vendors", "cookies", "texts", "look", "variants")
"""The sections that come back. Settings, hosts, controller and payment pages stay as they are live."""


def restored(document: Config, live: Config, draft: Draft, approvals: Approvals, guard: CodeGuard) -> Draft:
    """Return the draft that the older version `document` becomes; `draft` has what configs do not.

    Code whose approval is missing or was withdrawn comes back switched off. What the catalogue gives otherwise since then
    comes as it gives it now.
    """
    older = without_unapproved(thaw(document, draft), live, approvals, guard)
    return thaw(live, draft) | {
        "tags": older["tags"],
        "vendors": older["vendors"],
        "cookies": older["cookies"],
        "texts": older["texts"],
        "look": older["look"],
        "variants": older["variants"],
    }
