"""What a tag executes: what the catalogue's template gives, or code of the site's own that somebody else must approve."""

from typing import NamedTuple

from consent.classifier.catalogue import Catalogue, ParameterError, TagTemplate, Vendor, fill
from consent.classifier.tag_template import HOST
from consent.core.documents.config import SiteFacts
from consent.core.documents.tags import Load, Tag
from consent.core.documents.vendor_calls import FunctionCall
from consent.core.documents.vendors import SiteVendor, VendorConsent
from consent.signing.canonical_json import canonical, sha256_name

CODE = "html"
"""The type of load that a tag of pasted code has: script, image and frame nodes as they were parsed."""
MARKED = "marked"
NOTHING: Load = {"type": MARKED, "src": None, "attributes": {}, "calls": []}
"""The load of a tag for which the service loads nothing."""


class CodeGuard(NamedTuple):
    """What decides on code: the shipped catalogue, and the secret key of the MACs of approvals."""

    catalogue: Catalogue
    secret: bytes


def is_custom(tag: Tag) -> bool:
    """Return whether `tag` is pasted code."""
    return bool(tag["load"]["type"] == CODE)


def load_of(tag: Tag) -> Load:
    """Return what a page is told to load for `tag`; its own `load` is kept beside it, so that the switch can go back."""
    load: Load = NOTHING if tag.get("in_page") else tag["load"]
    return load


def is_code(tag: Tag, catalogue: Catalogue) -> bool:
    """Return whether the service would execute for `tag` what the template of the shipped catalogue does not give.

    The hosts where the blocker knows its snippet execute nothing.
    """
    return _executed(load_of(tag)) not in (_executed(NOTHING), _executed(template_load(tag, catalogue)))


def typed_hosts(tag: Tag, catalogue: Catalogue) -> list[str]:
    """Return the hosts that somebody typed for `tag` and from which the service would load its code."""
    template = template_of(tag, catalogue)
    if template is None or load_of(tag)["type"] == MARKED:
        return []
    named = (tag["parameters"].get(one.id, "") for one in template.parameters if one.kind == HOST)
    return [host.partition("/")[0] for host in named]


def template_of(tag: Tag, catalogue: Catalogue) -> TagTemplate | None:
    """Return the template of the shipped catalogue that `tag` was made from, or None where there is none."""
    vendor = _vendor(catalogue, tag["vendor"])
    return next((one for one in vendor.tags if one.id == tag["template"]), None) if vendor else None


def template_load(tag: Tag, catalogue: Catalogue) -> Load | None:
    """Return what the template of `tag` gives for its parameters, or None where there is none."""
    template = template_of(tag, catalogue)
    try:
        return fill(template, tag["parameters"]) if template else None
    except ParameterError:
        return None


def is_container(tag: Tag, catalogue: Catalogue) -> bool:
    """Return whether the service loads a container for `tag`: it executes what somebody has set in it elsewhere."""
    vendor = _vendor(catalogue, tag["vendor"])
    return load_of(tag)["type"] != MARKED and vendor is not None and vendor.is_container


def executed_loads(document: SiteFacts) -> set[str]:
    """Return the hashes of what the tags that are on execute in `document`."""
    return {code_hash(load_of(tag)) for tag in document["tags"] if tag["enabled"]}


def has_foreign_calls(vendor: SiteVendor, catalogue: Catalogue) -> bool:
    """Return whether `vendor` has other consent calls than the shipped catalogue gives it: none where it is not there."""
    return calls_of(vendor) != catalogue_calls(vendor, catalogue)


def catalogue_calls(vendor: SiteVendor, catalogue: Catalogue) -> tuple[list[FunctionCall], VendorConsent]:
    """Return the calls that the shipped catalogue gives for a vendor: none where it is not there."""
    known = _vendor(catalogue, vendor["id"])
    return (known.document["revoke"], known.document.get("consent") or {}) if known else ([], {})


def calls_of(vendor: SiteVendor) -> tuple[list[FunctionCall], VendorConsent]:
    """Return the calls of a vendor of a draft or config."""
    return vendor["revoke"], vendor.get("consent") or {}


def code_hash(load: Load) -> str:
    """Return what an approval names: `sha256:` and 64 hex digits, over the canonical JSON of the load."""
    return sha256_name(canonical(load))


def short_hash(load: Load) -> str:
    """Return the hash of a load as far as users compare it."""
    return code_hash(load)[: len("sha256:") + 16]


def _executed(load: Load | None) -> dict[str, object] | None:
    return None if load is None else {name: part for name, part in load.items() if name != "hosts"}


def _vendor(catalogue: Catalogue, vendor_id: str) -> Vendor | None:
    try:
        return catalogue.vendor(vendor_id)
    except KeyError:
        return None
