"""What a tag executes: the catalog's template, or the site's own code, which a second user must approve."""

from typing import NamedTuple

from consent.classifier.catalog import Catalog, ParameterError, TagTemplate, Vendor, fill
from consent.classifier.tag_template import HOST
from consent.core.documents.config import SiteFacts
from consent.core.documents.tags import Load, Tag
from consent.core.documents.vendor_calls import FunctionCall
from consent.core.documents.vendors import SiteVendor, VendorConsent
from consent.signing.canonical_json import canonical, sha256_name

CODE = "html"
"""The load type of a tag with pasted code: script, image and frame nodes as they were parsed."""
MARKED = "marked"
NOTHING: Load = {"type": MARKED, "src": None, "attributes": {}, "calls": []}
"""The load of a tag for which the service loads nothing."""


class CodeGuard(NamedTuple):
    """The shipped catalog and the secret MAC key of approvals, which decide what code may run."""

    catalog: Catalog
    secret: bytes


def is_custom(tag: Tag) -> bool:
    """Return whether `tag` is pasted code."""
    return bool(tag["load"]["type"] == CODE)


def load_of(tag: Tag) -> Load:
    """Return what a page loads for `tag`; its own `load` is kept in the tag, so that the switch can be reversed."""
    load: Load = NOTHING if tag.get("in_page") else tag["load"]
    return load


def is_code(tag: Tag, catalog: Catalog) -> bool:
    """Return whether the service would execute something for `tag` that the shipped catalog's template doesn't contain.

    The hosts by which the blocker recognizes its snippet don't execute anything.
    """
    return _executed_part(load_of(tag)) not in (_executed_part(NOTHING), _executed_part(template_load(tag, catalog)))


def typed_hosts(tag: Tag, catalog: Catalog) -> list[str]:
    """Return the hosts that a user typed for `tag` and from which the service would load its code."""
    template = template_of(tag, catalog)
    if template is None or load_of(tag)["type"] == MARKED:
        return []
    named = (tag["parameters"].get(one.id, "") for one in template.parameters if one.kind == HOST)
    return [host.partition("/")[0] for host in named]


def template_of(tag: Tag, catalog: Catalog) -> TagTemplate | None:
    """Return the shipped catalog's template that `tag` was made from, or None if there is none."""
    vendor = _vendor(catalog, tag["vendor"])
    return next((one for one in vendor.tags if one.id == tag["template"]), None) if vendor else None


def template_load(tag: Tag, catalog: Catalog) -> Load | None:
    """Return the load that the template of `tag` gives for its parameters, or None if there is none."""
    template = template_of(tag, catalog)
    try:
        return fill(template, tag["parameters"]) if template else None
    except ParameterError:
        return None


def is_container(tag: Tag, catalog: Catalog) -> bool:
    """Return whether the service loads a container for `tag`, which executes whatever is configured in it elsewhere."""
    vendor = _vendor(catalog, tag["vendor"])
    return load_of(tag)["type"] != MARKED and vendor is not None and vendor.is_container


def executed_loads(document: SiteFacts) -> set[str]:
    """Return the hashes of what the enabled tags of `document` execute."""
    return {code_hash(load_of(tag)) for tag in document["tags"] if tag["enabled"]}


def has_foreign_calls(vendor: SiteVendor, catalog: Catalog) -> bool:
    """Return whether `vendor` has other consent calls than the shipped catalog, which has none for unknown vendors."""
    return calls_of(vendor) != catalog_calls(vendor, catalog)


def catalog_calls(vendor: SiteVendor, catalog: Catalog) -> tuple[list[FunctionCall], VendorConsent]:
    """Return the calls that the shipped catalog has for a vendor; none if it isn't listed."""
    known = _vendor(catalog, vendor["id"])
    return (known.document["revoke"], known.document.get("consent") or {}) if known else ([], {})


def calls_of(vendor: SiteVendor) -> tuple[list[FunctionCall], VendorConsent]:
    """Return the calls of a vendor of a draft or config."""
    return vendor["revoke"], vendor.get("consent") or {}


def code_hash(load: Load) -> str:
    """Return the hash that approvals refer to: `sha256:` and 64 hex digits, over the canonical JSON of the load."""
    return sha256_name(canonical(load))


def short_hash(load: Load) -> str:
    """Return the first digits of a load's hash, which users compare."""
    return code_hash(load)[: len("sha256:") + 16]


def _executed_part(load: Load | None) -> dict[str, object] | None:
    return None if load is None else {name: part for name, part in load.items() if name != "hosts"}


def _vendor(catalog: Catalog, vendor_id: str) -> Vendor | None:
    try:
        return catalog.vendor(vendor_id)
    except KeyError:
        return None
