"""Why a group is suggested for a finding, in words for people who know their site and not its cookies."""

from collections.abc import Mapping

from consent.classifier.result import (
    DECISION,
    DOMAIN,
    LIST,
    MODEL,
    NAME,
    NAME_AND_DOMAIN,
    PATTERN,
    SCRIPT,
)
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.scans.review_items import ReviewItem

UNKNOWN = "Nothing we know matches it. Ask whoever added it to the site what it does."
WEAK = "Too little evidence to suggest a group. Ask whoever added it to the site what it does."
SENTENCES = {
    DECISION: "Someone on your team decided this.",
    NAME_AND_DOMAIN: "{vendor} uses this name on this domain.",
    NAME: "{vendor} uses this name.",
    PATTERN: "{vendor} uses names like this one.",
    DOMAIN: "It comes from {host}, which belongs to {vendor}.",
    SCRIPT: "A script of {vendor} sets it.",
    LIST: "A public blocklist has its address under {group}.",
    MODEL: "Names like this one are mostly used for {group}. This is an estimate from the name alone.",
}
"""By what the suggestion comes from."""


def plain_reason(item: ReviewItem, vendors: Mapping[str, str]) -> str:
    """Return one sentence on why the group of `item` is suggested; `vendors` are names by id."""
    if not item.shown:
        return WEAK if item.suggestion else UNKNOWN
    finding = item.finding
    facts = {
        "vendor": vendors.get(finding.vendor, finding.vendor) or "Another product",
        "host": finding.host or finding.name,
        "group": GROUP_WORDS[item.shown].lower(),
    }
    return SENTENCES.get(item.layer, item.evidence).format_map(facts) if item.layer in SENTENCES else item.evidence
