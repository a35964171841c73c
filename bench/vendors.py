"""A site of ten vendors: the demo's five, and five of the catalogue that are seen most."""

from consent.classify.catalogue import VENDORS, fill, load_catalogue
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.snapshots.draft import Draft, add_tag

MORE = ("google-analytics", "meta-pixel", "hotjar", "linkedin-insight", "microsoft-clarity")


def ten_vendors(ports: Ports | None = None) -> Draft:
    """Return the demo's draft with the first tag of five more vendors."""
    draft = demo_draft(ports or Ports())
    catalogue = load_catalogue(VENDORS)
    for name in MORE:
        vendor = catalogue.vendor(name)
        tag = vendor.tags[0]
        values = {parameter.id: parameter.example for parameter in tag.parameters}
        draft = add_tag(draft, vendor, tag.id, fill(tag, values), values, tag.id)
    return draft
