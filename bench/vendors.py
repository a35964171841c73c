"""Benchmark site with ten vendors: the demo's five and the five most common ones of the catalog."""

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.sites.draft import add_tag

MORE = ("google-analytics", "meta-pixel", "hotjar", "linkedin-insight", "microsoft-clarity")


def ten_vendors(ports: Ports | None = None) -> Draft:
    """Return the demo's draft with the first tag of five more vendors."""
    draft = demo_draft(ports or Ports())
    catalog = load_catalog(VENDORS)
    for name in MORE:
        vendor = catalog.vendor(name)
        tag = vendor.tags[0]
        values = {parameter.id: parameter.example for parameter in tag.parameters}
        draft = add_tag(draft, vendor, tag.id, fill(tag, values), values, tag.id)
    return draft
