"""Why a group is suggested for a finding, in words for users who know their site but not its cookies."""

from collections.abc import Mapping

from flask_babel import gettext

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
from consent.core.translatable import translatable
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.frame.locale import Labels, lowered, translated
from consent.dashboard.scans.review_items import ReviewItem

UNKNOWN = translatable("Nothing we know matches it. Ask the person who added it to the site what it does.")
WEAK = translatable("Too little evidence to suggest a group. Ask the person who added it to the site what it does.")
SENTENCES = Labels(
    {
        DECISION: "Someone on your team decided this.",
        NAME_AND_DOMAIN: "{vendor} uses this name on this domain.",
        NAME: "{vendor} uses this name.",
        PATTERN: "{vendor} uses names like this one.",
        DOMAIN: "It comes from {host}, which belongs to {vendor}.",
        SCRIPT: "A script of {vendor} sets it.",
        LIST: "A public blocklist has its address under {group}.",
        MODEL: "Names like this one are mostly used for {group}. This is an estimate from the name alone.",
    }
)
"""By source of the suggestion."""


def plain_reason(item: ReviewItem, vendors: Mapping[str, str]) -> str:
    """Return one sentence on why the group of `item` is suggested; `vendors` are names by id."""
    if not item.shown:
        return str(gettext(WEAK if item.suggestion else UNKNOWN))
    finding = item.finding
    facts = {
        "vendor": vendors.get(finding.vendor, finding.vendor) or gettext("Another product"),
        "host": finding.host or finding.name,
        "group": lowered(GROUP_WORDS[item.shown]),
    }
    return SENTENCES[item.layer].format_map(facts) if item.layer in SENTENCES else str(translated(item.evidence))
