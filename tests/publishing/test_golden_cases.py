"""Golden cases for publishing: what no setting may cause, in every place with a known rule."""

from typing import Any

from consent.app import load_artifacts, load_rules
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.golden_cases import MAX_ERRORS, golden_errors
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.sites.draft_validation import DraftProblem

RULES, ARTIFACTS = load_rules(), load_artifacts()


def document() -> dict[str, Any]:
    return freeze(demo_draft(Ports()), None, 1, ARTIFACTS)


def found(document: dict[str, Any]) -> list[DraftProblem]:
    return list(golden_errors(config_of(document, 1, RULES)))


def test_the_demo_holds_everywhere_and_stays_so_under_each_setting() -> None:
    assert found(document()) == []
    for setting in ("honour_dnt", "ignore_gpc_where_silent", "sensitive", "addresses_children", "kill_switch"):
        changed = document()
        changed["overrides"][setting] = True
        assert found(changed) == [], setting


def test_finds_an_answer_that_would_not_count() -> None:
    changed = document()
    # As if a freeze had dropped a vendor from what its group covers.
    entry = changed["purpose_keys"]["advertising"][0]
    entry["vendors"] = []
    faults = found(changed)
    assert len(faults) == MAX_ERRORS
    assert faults[0].sentence == "A visitor in Austria who just accepted all would not get Demo Ads."


def test_finds_a_tag_that_would_run_unlawfully(monkeypatch: Any) -> None:
    from consent.runtime import compiled_config as compiled

    original = compiled.resolve

    def lax(*given: Any) -> dict[str, Any]:
        """Stand in for a `resolve` that ignores what advertising requires."""
        resolved = original(*given)
        for tag in resolved["tags"]:
            tag["level"] = 3
        return resolved

    monkeypatch.setattr(compiled, "resolve", lax)
    changed = document() | {"version": 77}
    fault = found(changed)[0]
    assert fault.sentence == "A visitor in Austria who has not chosen would get Demo Ads."
    assert fault.rule.startswith("AT eu_opt_in GDPR")
