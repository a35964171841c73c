"""Why a group is suggested for a finding, in words for users who know their site but not its cookies."""

from collections.abc import Mapping

from flask_babel import force_locale, gettext

from consent.classifier.result import (
    DECISION,
    DOMAIN,
    LIST,
    MODEL,
    NAME,
    NAME_AND_DOMAIN,
    NONE,
    PATTERN,
    SCRIPT,
)
from consent.core.translatable import translatable
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.frame.locale import Labels, lowered, translated
from consent.dashboard.scans.review_items import ReviewItem
from consent.sites.open_leaks import OWN_LAYERS
from consent.sites.seen_in_page import OWN_HOST
from consent.storage.scans.scans import REPORTED

UNKNOWN = translatable("Nothing we know matches it. Ask the person who added it to the site what it does.")
WEAK = translatable("Too little evidence to suggest a group. Ask the person who added it to the site what it does.")
SENTENCES = Labels(
    {
        DECISION: "Someone on your team decided this.",
        NAME_AND_DOMAIN: "%(vendor)s uses this name on this domain.",
        NAME: "%(vendor)s uses this name.",
        PATTERN: "%(vendor)s uses names like this one.",
        DOMAIN: "It comes from %(host)s, which belongs to %(vendor)s.",
        SCRIPT: "A script of %(vendor)s sets it.",
        LIST: "A public blocklist has its address under %(group)s.",
        MODEL: "Names like this one are mostly used for %(group)s; this is an estimate from the name alone.",
        NONE: "Most items with names like this one are essential; this is an estimate from the name alone.",
        REPORTED: "Visitors' browsers reported it; its name or address suggests %(group)s.",
    }
)
"""By source of the suggestion; without a sure answer (`NONE`), the model only suggests essential."""
OF_ANY_VENDOR = Labels(
    {
        NAME: "%(vendor)s, for one, uses this name.",
        PATTERN: "%(vendor)s, for one, uses names like this one.",
    }
)
"""Instead of `SENTENCES` on a third party's host that isn't the vendor's, where others may use the name, too."""
SITES_OWN = (*OWN_LAYERS, OWN_HOST)
"""Scanner layers whose own sentence says what the site's config or its host is evidence for."""


def plain_reason(item: ReviewItem, vendors: Mapping[str, str]) -> str:
    """Return a sentence or two on why the group of `item` is suggested; `vendors` are names by id."""
    if item.layer in SITES_OWN:
        return str(translated(item.evidence))
    finding = item.finding
    facts = {
        "vendor": vendors.get(finding.vendor, finding.vendor) or gettext("Another product"),
        "host": finding.host or finding.name,
        "group": lowered(GROUP_WORDS[item.shown]) if item.shown else "",
    }
    if not item.shown:
        if item.layer == DOMAIN:
            return f"{SENTENCES[DOMAIN] % facts} {gettext(WEAK)}"
        return str(gettext(WEAK if item.suggestion else UNKNOWN))
    sentences = OF_ANY_VENDOR if finding.third_party and finding.vendor and item.layer in OF_ANY_VENDOR else SENTENCES
    return sentences[item.layer] % facts if item.layer in sentences else str(translated(item.evidence))


def recorded_reason(item: ReviewItem, vendors: Mapping[str, str]) -> str:
    """Return what the page suggested for `item` and why, in English, to store with a decision."""
    group, confidence, by_model = item.shown, item.confidence, item.by_model
    sentences = [translatable("No group was suggested.")]
    if group:
        with force_locale("en"):
            why = plain_reason(item, vendors)
        sentences = [translatable(f"The suggestion was {group}, {confidence:.0%} sure."), why]
    if by_model:
        model, answer = by_model.model, by_model.group
        sentences.append(translatable(f"The language model {model} said {answer}."))
    return " ".join(sentences)
