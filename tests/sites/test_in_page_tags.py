"""An in-page tag: visitors get nothing from us that loads it, and the switch can be undone."""

import json
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.publish import differences, freeze, thaw
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import canonical, sha256_name
from consent.sites.config_file import read_file, write_json, write_yaml
from consent.sites.custom.code import NOTHING
from consent.sites.draft import DraftError, check_draft
from consent.sites.in_page_tags import is_loaded_by_service, set_in_page

TAG = "demo-ads"


def tag_of(document: dict[str, Any]) -> dict[str, Any]:
    return next(tag for tag in document["tags"] if tag["id"] == TAG)


def frozen(draft: Draft) -> dict[str, Any]:
    return freeze(draft, None, 1, load_artifacts())


def test_visitors_get_nothing_to_load_and_the_config_keeps_how_it_was_loaded() -> None:
    draft = demo_draft(Ports())
    document = frozen(set_in_page(draft, TAG, True))
    told = CompiledConfig("sha256:0", canonical(document), 1, load_rules()).acts_facts("en")["tags"]
    assert told[TAG] == NOTHING
    assert told == {tag["id"]: tag["load"] for tag in draft["tags"]} | {TAG: NOTHING}
    assert tag_of(document)["load"] == tag_of(draft)["load"]
    assert not is_loaded_by_service(tag_of(document))


def test_the_switch_back_leaves_no_trace() -> None:
    draft = demo_draft(Ports())
    back = set_in_page(set_in_page(draft, TAG, True), TAG, False)
    assert json.dumps(back) == json.dumps(draft)
    assert sha256_name(canonical(frozen(back))) == sha256_name(canonical(frozen(draft)))


def test_does_not_ask_again_when_only_the_loading_of_a_tag_changes() -> None:
    draft = demo_draft(Ports())
    live = frozen(draft)
    changed = set_in_page(draft, TAG, True)
    assert frozen(changed)["purpose_keys"] == live["purpose_keys"]
    assert [change.subject for change in differences(changed, live)] == [f"tag {TAG}"]
    assert tag_of(thaw(frozen(changed), draft))["in_page"] is True


@pytest.mark.parametrize("write", [write_yaml, write_json])
def test_a_file_carries_it(write: Any) -> None:
    draft = set_in_page(demo_draft(Ports()), TAG, True)
    read = read_file(write(draft), "demo").draft
    check_draft(read)
    assert read == draft


def test_it_is_yes_or_no() -> None:
    draft = demo_draft(Ports())
    tag_of(draft)["in_page"] = "yes"
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    (path,) = refused.value.fields
    assert path.endswith(".in_page")


def test_a_tag_that_is_not_there_cannot_be_switched() -> None:
    with pytest.raises(KeyError):
        set_in_page(demo_draft(Ports()), "unknown", True)
