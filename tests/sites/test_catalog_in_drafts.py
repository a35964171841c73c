from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, TagTemplate, Vendor, fill, load_catalog
from consent.sites.draft import DraftError, add_tag, change_tag, check_draft, new_draft

TEMPLATES = [
    (vendor, template)
    for vendor in load_catalog(VENDORS).vendors
    if vendor.is_checked or vendor.id == "chartbeat"  # one of the vendors with a tag made without a checked source
    for template in vendor.tags
]


@pytest.mark.slow
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


CODE_IN_A_FILE: list[dict[str, Any]] = [
    {"calls": [{"call": "eval", "args": ["alert(1)"]}]},
    {"calls": [{"call": "setTimeout", "args": ["alert(1)"]}]},
    {"calls": [{"call": "x.constructor.constructor", "args": ["alert(1)"]}]},
    {"setup": [{"name": "location", "value": "javascript:alert(1)"}]},
    {"setup": [{"name": "document.body.innerHTML", "value": "<script>"}]},
    {"setup": [{"name": "it", "stub": "function", "handler": "constructor"}]},
    {"setup": [{"name": "it", "stub": "array", "properties": {"__proto__": {}}}]},
    {"setup": [{"name": "it", "code": "alert(1)"}]},
    {"construct": {"class": "Function", "name": "it", "queue": "q", "options": {}}},
    {"construct": {"class": "Worker", "name": "it", "queue": "q", "options": {}}},
]


@pytest.mark.parametrize("change", CODE_IN_A_FILE)
def test_a_draft_of_a_file_holds_no_code_beside_a_tags_address(change: dict[str, Any]) -> None:
    vendor = load_catalog(VENDORS).vendor("microsoft-ads")
    parameters = {"tag_id": "12345678"}
    load = fill(vendor.tag("uet"), parameters)
    draft = add_tag(new_draft("shop", ["https://shop.example"]), vendor, "uet", load, parameters)
    check_draft(draft)
    with pytest.raises(DraftError):
        check_draft(change_tag(draft, "uet", {"load": {**load, **change}}))  # type: ignore[typeddict-item]
