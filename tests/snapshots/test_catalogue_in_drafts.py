import pytest

from consent.classify.catalogue import VENDORS, TagTemplate, Vendor, fill, load_catalogue
from consent.snapshots.draft import add_tag, change_tag, check_draft, new_draft

TEMPLATES = [
    (vendor, template)
    for vendor in load_catalogue(VENDORS).vendors
    if vendor.is_checked or vendor.id == "chartbeat"  # one of those whose tag is made from what is known
    for template in vendor.tags
]


@pytest.mark.parametrize(("vendor", "template"), TEMPLATES, ids=[template.id for _, template in TEMPLATES])
def test_every_template_makes_a_tag_that_a_draft_may_hold(vendor: Vendor, template: TagTemplate) -> None:
    parameters = {parameter.id: parameter.example for parameter in template.parameters}
    load = fill(template, parameters)
    draft = add_tag(new_draft("shop", ["https://shop.example"]), vendor, template.id, load, parameters)
    if template.group == "essential":
        draft = change_tag(draft, template.id, {"necessity": "The log-in asks it whether a person is there."})
    check_draft(draft)
    tag = draft["tags"][0]
    assert (tag["group"], tag["load"], tag["parameters"]) == (template.group, load, parameters)
