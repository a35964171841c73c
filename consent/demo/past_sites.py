"""Three demo sites with a history of six versions each, and forty vendors, 15 of them invented."""

import json

from consent.classifier.catalog import DATA, Catalog, load_catalog
from consent.classifier.tag_template import fill
from consent.classifier.vendor import Vendor, new_vendor
from consent.core.documents.config import Draft
from consent.core.documents.theme import Variant
from consent.core.groups import ESSENTIAL
from consent.demo.ports import Ports
from consent.demo.site import CONTROLLER, KEY, NAME, VENDORS, demo_draft
from consent.presentation.languages import languages
from consent.sites.draft import add_tag, change_tag, new_draft, remove_tag
from consent.sites.experiments.variants import control

VERSIONS = 6
INVENTED = 15
PATTERNS = ("demo-ads", "demo-analytics", "demo-video")
"""The demo vendors that the invented ones are copied from."""
KNOWN = (
    *("cloudflare-turnstile", "contentsquare", "google-ads", "google-analytics", "google-tag-manager", "hotjar"),
    *("hubspot", "intercom", "linkedin-insight", "matomo", "meta-pixel", "microsoft-ads", "microsoft-clarity"),
    *("pinterest-tag", "plausible", "stripe", "tiktok-pixel", "vimeo", "youtube", "youtube-cookies"),
)
"""Catalog vendors, in the order in which the travel site added them."""
VARIANTS: list[Variant] = [
    control(),
    {"id": "b", "weight": 1, "name": "Card in the corner", "look": {"position": "corner"}},
]
EXPERIMENT = slice(1, 4)
"""The shop's versions that ran the experiment, not counting the first; the last version ended it without a change."""
SITES = {KEY: NAME, "demo-travel": "Far and Near (demo travel site)", "demo-news": "The Daily Leaf (demo news site)"}


def past_drafts(ports: Ports) -> dict[str, list[Draft]]:
    """Return for each of `SITES` the drafts that its versions are frozen from, oldest first."""
    shop = demo_draft(ports)
    catalog = load_catalog(DATA / "vendors")
    known = [_with_tags("demo-travel", vendors) for vendors in _by_version([catalog.vendor(name) for name in KNOWN])]
    invented = [_with_tags("demo-news", vendors) for vendors in _by_version(invented_vendors())]
    return {KEY: _history_of(shop), "demo-travel": known, "demo-news": invented}


def invented_vendors() -> list[Vendor]:
    """Return made-up vendors that differ from the demo's only in their names."""
    catalog = load_catalog(VENDORS)
    return [_invent(catalog, number) for number in range(1, INVENTED + 1)]


def _invent(catalog: Catalog, number: int) -> Vendor:
    pattern = PATTERNS[number % len(PATTERNS)]
    word, text = f"partner-{number:02d}", json.dumps(catalog.vendor(pattern).document)
    short = pattern.removeprefix("demo-")
    for old, new in ((pattern, word), (pattern.replace("-", "_"), word.replace("-", "_")), (f"{short}_", f"{word}_")):
        text = text.replace(old, new)
    document = json.loads(text) | {"name": f"Partner {number}", "company": f"Invented Company {number}"}
    return new_vendor(document)


def _by_version(vendors: list[Vendor]) -> list[list[Vendor]]:
    """Return the vendors of each version: half of them in the first, all of them in the last."""
    half = len(vendors) / 2
    return [vendors[: round(half + half * step / (VERSIONS - 1))] for step in range(VERSIONS)]


def _with_tags(key: str, vendors: list[Vendor]) -> Draft:
    facts = CONTROLLER | {"policy_revision": f"{len(vendors)} vendors"}
    draft = new_draft(key, [f"https://{key}.example"], facts)
    for vendor in vendors:
        template = vendor.tags[0]
        parameters = {parameter.id: parameter.example for parameter in template.parameters}
        draft = add_tag(draft, vendor, template.id, fill(template, parameters), parameters)
        if draft["tags"][-1]["group"] == ESSENTIAL:
            draft = change_tag(
                draft, draft["tags"][-1]["id"], {"necessity": "The shop asks it before it takes an order."}
            )
    draft["texts"]["languages"] = {language: {} for language in languages()}
    return draft


def _history_of(draft: Draft) -> list[Draft]:
    """Return the history of the demo's draft: each version adds a tag, and the last is the draft itself."""
    drafts = [draft]
    for tag in draft["tags"][:0:-1]:
        drafts.insert(0, remove_tag(drafts[0], tag["id"]))
    drafts[EXPERIMENT] = [draft | {"variants": VARIANTS} for draft in drafts[EXPERIMENT]]
    return [drafts[0] | {"look": drafts[0]["look"] | {"accent": "#333333"}}, *drafts]
